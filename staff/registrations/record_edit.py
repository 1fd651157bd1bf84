"""Correcting a registration in the workspace: organisation, contact person, answers, what is traded, who comes.

The services, and the questions where two have changed the same, are those of the registrant's own page.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from bridges.seat_words import seat_counts_words
from registrations import services
from registrations.forms.parts import Problem
from registrations.models import Delegate, Question, Registration
from registrations.public.people_rows import take_people
from registrations.services.common import lock_with_point
from staff.edit_conflicts import focus_in
from staff.registrations.people import say_link_is_new
from staff.registrations.record import find
from staff.registrations.record_forms import (
    AnswersForm,
    AnyPartForm,
    ContactForm,
    InterestsForm,
    OrganisationForm,
    StaffDelegateRows,
)
from staff.workspace.access import WORKERS, Workspace, workspace_page
from staff.workspace.matter import log
from staff.workspace.pages import page


@dataclass(frozen=True)
class Part:
    """A part of a registration: its form, its heading, what stands in the log, its template."""

    form: type[AnyPartForm]
    title: Any
    logged: Any
    template: str = "registrations/part"
    #: Whether the versions of the registration say what was changed.
    keeps_versions: bool = False
    #: Whether it is corrected also when registration or conference are cancelled or over: papers are written of it.
    lasts: bool = False

    def words_for_log(self, form: AnyPartForm) -> Any:
        """What stands in the log after ``form`` is stored."""
        labels = [form.fields[name].label for name in form.changed_data]
        if self.keeps_versions:
            return _in_versions(labels)
        return f"{self.logged}: {', '.join(str(capfirst(label)) for label in labels)}" if labels else str(self.logged)


PARTS = {
    "organisation": Part(OrganisationForm, _("Correct the organisation"), _("Organisation corrected"), lasts=True),
    "contact": Part(
        ContactForm,
        _("Correct the contact person"),
        _("Contact person corrected"),
        "registrations/contact",
        keeps_versions=True,
        lasts=True,
    ),
    "answers": Part(AnswersForm, _("Correct the answers"), _("Answers corrected")),
    "interests": Part(
        InterestsForm, _("What is sold or looked for"), _("What is sold or looked for corrected"),
        "registrations/interests",
    ),
}  # fmt: skip


def _open(request: HttpRequest, workspace: Workspace, pk: int) -> Registration:
    """The registration, locked with its point where something is sent, so that nobody stores at the same moment.

    Raises:
        Http404: the user does not run it, or it is erased.
    """
    found = find(workspace, pk)
    if request.method == "POST":
        lock_with_point(pk)
        found = find(workspace, pk)
    if found.erased_at:
        raise Http404
    return found


def _questions(registration: Registration) -> list[Question]:
    return list(registration.conference.questions.filter(is_active=True))


def _opened(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Hands the registration to ``view``, in one transaction."""

    @workspace_page(*WORKERS)
    def answer(request: HttpRequest, workspace: Workspace, pk: int, **arguments: Any) -> HttpResponse:
        with transaction.atomic():
            return view(request, workspace, _open(request, workspace, pk), **arguments)

    return answer


@_opened
def edit(request: HttpRequest, workspace: Workspace, registration: Registration, part: str) -> HttpResponse:
    """One of ``PARTS``."""
    chosen = PARTS[part]
    if not chosen.lasts and not services.is_ahead(registration, timezone.now()):
        messages.error(request, gettext("This registration cannot be changed any more."))
        return redirect("workspace:registration", workspace.conference.slug, registration.pk)
    data = request.POST if request.method == "POST" else None
    answers = list(registration.answers.select_related("question"))
    form = chosen.form(data, registration=registration, questions=_questions(registration), answers=answers)
    if form.is_unfinished:
        form.leave_unchecked()
    elif form.is_bound and form.is_valid() and (done := _store(request, workspace, registration, form, chosen)):
        return done
    focus_in(form, list(form.fields))
    return _draw(request, workspace, registration, chosen.template, str(chosen.title), form.all_problems, form=form)


def _store(
    request: HttpRequest, workspace: Workspace, registration: Registration, form: AnyPartForm, part: Part
) -> HttpResponse | None:
    """Store what the valid ``form`` says; None: it asks or complains now."""
    if not form.is_changed:
        return _nothing_changed(request, workspace, registration)
    token = registration.token
    try:
        corrected = services.correct(
            registration=registration, now=timezone.now(), at_any_time=part.lasts, **form.values()
        )
    except services.PersonInDoubt:
        form.ask_who()
        return None
    except services.RegistrationRefused as refused:
        form.add_error(None, str(refused))
        return None
    log(request, corrected, CHANGE, part.words_for_log(form))
    messages.success(request, gettext("Saved."))
    return _back(request, workspace, corrected, token)


def _nothing_changed(request: HttpRequest, workspace: Workspace, registration: Registration) -> HttpResponse:
    messages.info(request, gettext("Nothing was changed: everything stays as it is stored."))
    return redirect("workspace:registration", workspace.conference.slug, registration.pk)


def _back(request: HttpRequest, workspace: Workspace, registration: Registration, token: str) -> HttpResponse:
    if registration.token != token:
        say_link_is_new(request, registration)
    return redirect("workspace:registration", workspace.conference.slug, registration.pk)


@_opened
def delegates(request: HttpRequest, workspace: Workspace, registration: Registration) -> HttpResponse:
    """Who comes: corrected, replaced, added, taken off; all of it or nothing. When it is over nobody comes or goes."""
    is_ahead = services.is_ahead(registration, timezone.now())
    asked = [question for question in _questions(registration) if question.asked == Question.Asked.DELEGATE]
    rows = StaffDelegateRows(
        request.POST if request.method == "POST" else None,
        asked if is_ahead else [],
        list(registration.delegates.as_entered()),
        list(registration.answers.select_related("question")),
        registration=registration,
        corrects_only=not is_ahead,
    )
    problems: list[Problem] = []
    if request.method == "POST":
        changed, problems = take_people(rows, request.POST, registration, lambda: _change_people(registration, rows))
        if changed is not None:
            return _say_people_are_stored(request, workspace, changed, rows, registration.token)
        any(focus_in(row, list(row.fields)) for row in rows.filled)
    room = seat_counts_words(registration.bridge_point)
    title = gettext("Who comes") if is_ahead else gettext("Correct names and addresses")
    return _draw(request, workspace, registration, "registrations/delegates", title, problems, rows=rows, room=room)


def _change_people(registration: Registration, rows: StaffDelegateRows) -> Registration:
    """Store what valid ``rows`` say."""
    people, now = rows.changes(), timezone.now()
    if rows.corrects_only:
        return services.correct_people(registration=registration, people=people, now=now)
    return services.change_people(registration=registration, people=people, known=rows.known, now=now, by_staff=True)


def _say_people_are_stored(
    request: HttpRequest, workspace: Workspace, registration: Registration, rows: StaffDelegateRows, token: str
) -> HttpResponse:
    if not rows.changed:
        return _nothing_changed(request, workspace, registration)
    log(request, registration, CHANGE, _words_for_log(rows))
    messages.success(request, gettext("Saved."))
    return _back(request, workspace, registration, token)


def _words_for_log(rows: StaffDelegateRows) -> Any:
    """What the log says of people who were changed: their answers, of which no version is kept, or that it was they."""
    if questions := rows.changed_questions:
        return f"{PARTS['answers'].logged}: {', '.join(map(str, questions))}"
    return _in_versions([Delegate._meta.verbose_name_plural])


def _in_versions(labels: Iterable[Any]) -> list[dict[str, Any]]:
    """A message of the log about fields of which versions are kept: the history shows those, and not this."""
    with override(None):
        return [{"changed": {"fields": [str(label) for label in labels]}}]


def _draw(
    request: HttpRequest,
    workspace: Workspace,
    registration: Registration,
    template: str,
    title: str,
    problems: list[Problem],
    **context: Any,
) -> HttpResponse:
    """The page of a part of ``registration``, with ``problems`` at its head if there are any."""
    context = {"problems": problems, "registration": registration, **context}
    context["cancel_url"] = workspace.url("registration", registration.pk)
    context["is_ahead"] = services.is_ahead(registration, timezone.now())
    status = 422 if problems else 200
    return page(request, workspace, template, title=title, tab="people", status=status, **context)
