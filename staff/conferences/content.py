"""What the public page of a conference says, section by section, each with the small form that changes it."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext

from common.edit_conflicts import moment_words
from common.phones import written
from conference.models import Conference, Partner, ProgrammeItem
from registrations.models import Question
from staff.conferences import small_forms
from staff.conferences.moving import move_programme, warn_of_past
from staff.conferences.programme import programme_table, warn_of_hours
from staff.messages.changes import report_notice
from staff.workspace.access import ORGANISERS, Workspace, workspace_page
from staff.workspace.matter import edit_matter, edit_rows, log
from staff.workspace.pages import page

#: So many words of a long text are shown.
_SHOWN = 60


@dataclass(frozen=True)
class Section:
    """A section of the page: its heading, the page on which it is changed, and what it says."""

    title: str
    page: str
    #: Label and value.
    facts: list[tuple[str, str]] = field(default_factory=list)
    #: Lines of a list, each with the quiet rest of it.
    lines: list[tuple[str, str]] = field(default_factory=list)
    #: What is said where it says nothing yet.
    empty: str = ""


@workspace_page(*ORGANISERS)
def content(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Everything that the public page says, each section with the way to change it."""
    conference = workspace.conference
    sections = [
        _texts(conference),
        _when(conference),
        _programme(conference),
        _registration(conference),
        _questions(conference),
        _products(conference),
        _partners(conference),
        _contact(conference),
    ]
    shown = [(section, workspace.url(section.page)) for section in sections]
    return page(request, workspace, "conferences/content", title=gettext("Content"), tab="content", sections=shown)


def _label(name: str) -> str:
    return str(cast(Any, Conference._meta.get_field(name)).verbose_name)


def _facts(conference: Conference, *names: str) -> list[tuple[str, str]]:
    return [(_label(name), _shorten(getattr(conference, name))) for name in names]


def _shorten(text: str) -> str:
    """``text``, or its first words; those lose their line breaks."""
    return text if len(text.split()) <= _SHOWN else Truncator(text).words(_SHOWN)


def _moment(conference: Conference, name: str, otherwise: str = "") -> tuple[str, str]:
    value = getattr(conference, name)
    return _label(name), moment_words(value) if value else otherwise


def _yes(value: bool) -> str:
    return gettext("yes") if value else gettext("no")


def _texts(conference: Conference) -> Section:
    facts = _facts(conference, "name", "short_name", "summary", "purpose", "preparation")
    return Section(gettext("Name and texts"), "content_texts", facts)


def _when(conference: Conference) -> Section:
    minutes = conference.doors_open_minutes
    doors = ngettext("%(count)d minute before the start", "%(count)d minutes before the start", minutes)
    facts = [
        _moment(conference, "starts_at"),
        _moment(conference, "ends_at"),
        (_label("is_tentative"), _yes(conference.is_tentative)),
        (_label("doors_open_minutes"), doors % {"count": minutes}),
    ]
    return Section(gettext("Time"), "content_when", facts)


def _programme(conference: Conference) -> Section:
    lines = [(f"{_span(item)} {item.title}", item.speaker) for item in conference.programme.all()]
    return Section(gettext("Programme"), "content_programme", lines=lines, empty=gettext("No programme yet."))


def _span(item: ProgrammeItem) -> str:
    clocks = [date_format(timezone.localtime(moment), "H:i") for moment in (item.starts_at, item.ends_at) if moment]
    return "–".join(clocks)


def _registration(conference: Conference) -> Section:
    days = conference.erase_after_days
    after = ngettext("%(count)d day after the end", "%(count)d days after the end", days) % {"count": days}
    facts = [
        _moment(conference, "registration_opens_at", gettext("when the conference is published")),
        _moment(conference, "registration_closes_at", gettext("when the conference starts")),
        (_label("needs_approval"), _yes(conference.needs_approval)),
        (_label("erase_after_days"), after),
    ]
    return Section(gettext("Registration"), "content_registration", facts)


def _questions(conference: Conference) -> Section:
    found = Question.objects.filter(conference=conference, is_active=True)
    lines = [(question.text, question.get_asked_display()) for question in found]
    nothing = gettext("No questions of your own yet.")
    return Section(gettext("Questions of the organisers"), "content_questions", lines=lines, empty=nothing)


def _products(conference: Conference) -> Section:
    lines = [(product.name, "") for product in conference.products.all()]
    return Section(gettext("Products"), "content_products", lines=lines, empty=gettext("No products yet."))


def _partners(conference: Conference) -> Section:
    lines = [
        (partner.name, ", ".join(part for part in (partner.get_role_display(), partner.duty) if part))
        for partner in conference.partners.all()
    ]
    return Section(gettext("Partners"), "content_partners", lines=lines, empty=gettext("No partners yet."))


def _contact(conference: Conference) -> Section:
    facts = [
        (_label("contact_name"), conference.contact_name),
        (_label("contact_phone"), written(conference.contact_phone)),
        (_label("contact_email"), conference.contact_email),
    ]
    return Section(gettext("Contact"), "content_contact", facts)


# --- the small forms --------------------------------------------------------------------------------------------------


def _trail(workspace: Workspace) -> dict[str, Any]:
    """What a small form says of the way back."""
    address = workspace.url("content")
    return {"tab": "content", "trail": [(gettext("Content"), address)], "cancel_url": address}


def _part(
    form_class: Callable[..., Any], title: Callable[[], str], after: Callable[[HttpRequest, Any], None] | None = None
) -> Callable[..., HttpResponse]:
    """The page with the small form ``form_class`` about a part of the conference; ``after`` is called once saved."""

    @workspace_page(*ORGANISERS)
    def answer(request: HttpRequest, workspace: Workspace) -> HttpResponse:
        # A copy: the frame around the form goes on to say what is stored.
        mine = copy(workspace.conference)
        return edit_matter(
            request,
            workspace,
            make_form=lambda data: form_class(data, instance=mine),
            title=title(),
            back=workspace.url("content"),
            after_save=(lambda form: after(request, form)) if after else None,
            template="conferences/matter",
            **_trail(workspace),
        )

    return answer


def _report_time(request: HttpRequest, form: small_forms.WhenForm) -> None:
    """Move the programme along, and say who hears of the new time, and when."""
    move_programme(request, form)
    if form.times_changed:
        warn_of_hours(request, form.instance)
        warn_of_past(request, form.instance, timezone.now())
    if {"starts_at", "is_tentative"} & set(form.changed_data):
        report_notice(request, form.instance)


texts = _part(small_forms.TextsForm, lambda: gettext("Name and texts"))
when = _part(small_forms.WhenForm, lambda: gettext("Time"), _report_time)
registration = _part(small_forms.RegistrationForm, lambda: gettext("Registration"))
contact = _part(small_forms.ContactForm, lambda: gettext("Contact"))


def _table(
    make_table: Callable[[Conference, Any], Any],
    title: Callable[[], str],
    lead: Callable[[], str],
    template: str,
    after: Callable[[HttpRequest, Conference], None] | None = None,
) -> Callable[..., HttpResponse]:
    """The page with a table of rows that belong to the conference."""

    @workspace_page(*ORGANISERS)
    def answer(request: HttpRequest, workspace: Workspace) -> HttpResponse:
        return edit_rows(
            request,
            workspace,
            make_formset=lambda data: make_table(workspace.conference, data),
            title=title(),
            lead=lead(),
            after_save=(lambda _formset: after(request, workspace.conference)) if after else None,
            template=template,
            partners=Partner.objects.filter(conference=workspace.conference),
            **_trail(workspace),
        )

    return answer


programme = _table(
    programme_table,
    lambda: gettext("Programme"),
    lambda: gettext("Times only; the day is that of the conference. Rows come into the order of their times."),
    "conferences/rows",
    warn_of_hours,
)
products = _table(
    small_forms.product_table,
    lambda: gettext("Products"),
    lambda: gettext("What is sold; people choose among it when they register."),
    "conferences/rows",
)
partners = _table(
    small_forms.partner_table,
    lambda: gettext("Partners"),
    lambda: gettext("The agencies, and what each does for the conference."),
    "conferences/partners",
)


@workspace_page(*ORGANISERS)
def partner_letters(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """What stands on letters and papers in the name of a partner."""
    partner = Partner.objects.filter(conference=workspace.conference, pk=pk).first()
    if partner is None:
        raise Http404

    def make_form(data: Any) -> small_forms.PartnerLetterForm:
        form = small_forms.PartnerLetterForm(data, instance=partner)
        form.page_of = workspace.conference
        return form

    back = workspace.url("content_partners")
    context = {**_trail(workspace), "cancel_url": back}
    context["trail"] = [*context["trail"], (gettext("Partners"), back)]
    lead = gettext("On letters and papers in the name of %(partner)s.") % {"partner": partner.name}
    return edit_matter(
        request,
        workspace,
        make_form=make_form,
        title=gettext("Letters and papers"),
        back=back,
        template="conferences/matter",
        lead=lead,
        **context,
    )


# --- questions --------------------------------------------------------------------------------------------------------


@workspace_page(*ORGANISERS)
def questions(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The organisers' own questions."""
    found = Question.objects.filter(conference=workspace.conference)
    title = gettext("Questions of the organisers")
    return page(request, workspace, "conferences/questions", title=title, questions=found, **_trail(workspace))


@workspace_page(*ORGANISERS)
def question(request: HttpRequest, workspace: Workspace, pk: int | None = None) -> HttpResponse:
    """One question; None: a new one. What has been answered is taken out of the form, and never deleted."""
    found = Question(conference=workspace.conference)
    if pk is not None:
        stored = Question.objects.filter(conference=workspace.conference, pk=pk).first()
        if stored is None:
            raise Http404
        found = stored
    back = workspace.url("content_questions")
    if request.method == "POST" and "delete" in request.POST and pk is not None:
        return _delete_question(request, workspace, found)

    def make_form(data: Any) -> small_forms.OneQuestionForm:
        form = small_forms.OneQuestionForm(data, instance=found)
        form.page_of = workspace.conference
        return form

    context = {**_trail(workspace), "cancel_url": back, "pk": pk, "is_answered": pk and found.answers.exists()}
    context["trail"] = [*context["trail"], (gettext("Questions of the organisers"), back)]
    title = gettext("Question") if pk else gettext("Add a question")
    return edit_matter(
        request, workspace, make_form=make_form, title=title, back=back, template="conferences/question", **context
    )


def _delete_question(request: HttpRequest, workspace: Workspace, found: Question) -> HttpResponse:
    with transaction.atomic():
        # Locked, so that nobody answers it meanwhile.
        mine = Question.objects.select_for_update().filter(pk=found.pk).first()
        if mine is None or mine.answers.exists():
            messages.error(request, gettext("It has been answered: take it out of the form instead of deleting it."))
        else:
            log(request, workspace.conference, CHANGE, [{"deleted": {"name": "question", "object": mine.text}}])
            mine.delete()
            messages.success(request, gettext("The question is deleted."))
    return redirect(workspace.url("content_questions"))
