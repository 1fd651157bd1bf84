"""*Bài trình chiếu*: who was asked for slides, what has come, and what goes to the machine that shows it."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from common.phones import e164_of
from control.models import Cue, SlideCall, SlideFile, SlideLink
from control.slides import asking, receiving
from control.slides.order import Entry, State, due_at, entries
from control.slides.receiving import SlidesRefused
from control.slides.uploads import sent_file, takes_slides
from control.slides.words import refusal_words, warning_words
from staff.day.slides_download import archive_response, file_response
from staff.day.slides_forms import AskForm, DueForm
from staff.day.subtabs import day_page
from staff.edit_conflicts import focus_in
from staff.workspace.access import ORGANISERS, READERS, Workspace, workspace_page
from staff.workspace.matter import edit_matter, log


def _trail(workspace: Workspace) -> list[tuple[str, str]]:
    return [(gettext("Slides"), workspace.url("slides"))]


def _due(limit: datetime | None, now: datetime) -> dict[str, Any]:
    """Until when slides are to be handed in, and whether that has passed."""
    return {"due_at": limit, "is_past": limit is not None and limit <= now}


def _words(state: State) -> str:
    return {
        State.NOT_ASKED: gettext("not asked"),
        State.ASKED: gettext("asked, nothing yet"),
        State.RECEIVED: gettext("received"),
        State.FAULTY: gettext("faulty"),
    }[state]


def _row(entry: Entry) -> dict[str, Any]:
    refused = entry.link.refused if entry.link and entry.state is State.FAULTY else None
    return {
        "entry": entry,
        "words": _words(entry.state),
        "refused": refusal_words(refused["why"], refused["about"]) if refused else "",
        "warnings": warning_words(entry.file) if entry.file else [],
    }


@require_safe
@workspace_page(*READERS)
def slides(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Each part with its slides, in order; leaders read."""
    found = entries(workspace.conference)
    now = timezone.now()
    return day_page(
        request,
        workspace,
        "day/slides",
        title=gettext("Slides"),
        here="slides",
        rows=[_row(entry) for entry in found],
        received=sum(entry.file is not None for entry in found),
        waited_for=sum(entry.is_waited_for for entry in found),
        **_due(due_at(workspace.conference), now),
        is_organiser=workspace.is_organiser,
        is_open=asking.is_open(workspace.conference, now),
    )


@workspace_page(*ORGANISERS)
def due(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Until when slides are to be handed in."""
    conference = workspace.conference

    def make_form(data: Any) -> DueForm:
        known = SlideCall.objects.filter(conference=conference).first()
        if known is None and data is not None:
            known = SlideCall.objects.get_or_create(conference=conference)[0]
        form = DueForm(data, instance=known or SlideCall(conference=conference))
        form.page_of = conference
        return form

    address = workspace.url("slides")
    return edit_matter(
        request,
        workspace,
        make_form=make_form,
        title=gettext("Time limit for slides"),
        tab="day",
        back=address,
        template="day/slides_due",
        trail=_trail(workspace),
        cancel_url=address,
    )


@require_POST
@workspace_page(*ORGANISERS)
def remind(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Remind everybody who was asked and has handed in nothing."""
    found = entries(workspace.conference)
    count = asking.remind(entries=found, now=timezone.now())
    if count:
        parts = ", ".join(entry.cue.title for entry in found if entry.is_waited_for)
        log(request, workspace.conference, CHANGE, gettext("Reminded of slides: %(parts)s") % {"parts": parts})
        words = ngettext("%(count)d speaker is reminded.", "%(count)d speakers are reminded.", count)
        messages.success(request, words % {"count": count})
    else:
        messages.info(request, gettext("There is nobody to remind."))
    return redirect(workspace.url("slides"))


@require_safe
@workspace_page(*READERS)
def archive(request: HttpRequest, workspace: Workspace) -> HttpResponseBase:
    """All slides that count, in order, in one archive."""
    found = [entry for entry in entries(workspace.conference) if entry.file and entry.number]
    if not found:
        messages.info(request, gettext("No slides have come yet."))
        return redirect(workspace.url("slides"))
    return archive_response(found, f"bai-trinh-chieu-{workspace.conference.slug}.zip")


# --- one part ---------------------------------------------------------------------------------------------------------


def _cue(workspace: Workspace, number: int) -> Cue:
    cue = Cue.objects.filter(conference=workspace.conference, pk=number).first()
    if cue is None:
        raise Http404
    cue.conference = workspace.conference
    return cue


def _entry(workspace: Workspace, cue: Cue) -> Entry:
    found = next((entry for entry in entries(workspace.conference) if entry.cue.pk == cue.pk), None)
    if found is None:
        raise Http404
    return found


def _mark(link: SlideLink | None) -> str:
    """What tells one state of the link from the next."""
    return f"{link.token_version}-{link.asked_at}" if link else "new"


@require_safe
@workspace_page(*ORGANISERS)
def one(request: HttpRequest, workspace: Workspace, number: int) -> HttpResponse:
    """A part: whom its slides are asked of, the link, the files."""
    return _draw(request, workspace, _cue(workspace, number))


def _draw(
    request: HttpRequest,
    workspace: Workspace,
    cue: Cue,
    *,
    form: AskForm | None = None,
    refused: SlidesRefused | None = None,
) -> HttpResponse:
    entry = _entry(workspace, cue)
    link = entry.link
    first = {"email": link.email, "phone": link.phone} if link else {}
    if form is not None:
        focus_in(form, list(form.fields))
    now = timezone.now()
    return day_page(
        request,
        workspace,
        "day/slides_of",
        title=cue.title,
        here="slides",
        status=refused.status if refused else 422 if form else 200,
        **_row(entry),
        files=SlideFile.objects.filter(cue=cue).select_related("by"),
        form=form or AskForm(initial=first),
        seen=_mark(link),
        error=refusal_words(refused.why, refused.about) if refused else "",
        **_due(entry.due_at, now),
        is_open=asking.is_open(workspace.conference, now),
        trail=_trail(workspace),
    )


@require_POST
@workspace_page(*ORGANISERS)
def ask(request: HttpRequest, workspace: Workspace, number: int) -> HttpResponse:
    """Send the speaker the link."""
    cue = _cue(workspace, number)
    link = SlideLink.objects.filter(cue=cue).first()
    # What was sent to before is not asked about again.
    form = AskForm(request.POST, initial={"email": link.email} if link else None)
    address = workspace.url("slides_of", cue.pk)
    if request.POST.get("seen") != _mark(link):
        form.add_error(
            None, gettext("Meanwhile somebody else has asked, or withdrawn the link. Look at it, and send again.")
        )
    if not form.is_valid():
        return _draw(request, workspace, cue, form=form)
    try:
        asking.ask(
            cue=cue, email=form.cleaned_data["email"], phone=e164_of(form.cleaned_data["phone"]), now=timezone.now()
        )
    except asking.NoLongerAsked:
        messages.error(request, gettext("The conference is over or cancelled: nobody is asked any more."))
        return redirect(address)
    except asking.NoAddress:
        form.add_error("email", gettext("No channel in use reaches this address."))
        return _draw(request, workspace, cue, form=form)
    _log(request, cue, gettext("Slides asked for: %(part)s"))
    messages.success(request, gettext("The link is on its way to the speaker."))
    if _due(due_at(workspace.conference), timezone.now())["is_past"]:
        words = gettext("The time limit has passed: the speaker reads that the slides are wanted as soon as possible.")
        messages.warning(request, words)
    return redirect(address)


def _log(request: HttpRequest, cue: Cue, words: str) -> None:
    """Note at the conference what was done to the slides of ``cue``."""
    log(request, cue.conference, CHANGE, words % {"part": cue.title})


@require_POST
@workspace_page(*ORGANISERS)
def withdraw(request: HttpRequest, workspace: Workspace, number: int) -> HttpResponse:
    """Withdraw the link: whoever has it is let in no more. What was handed in stays."""
    cue = _cue(workspace, number)
    if asking.withdraw(cue=cue, now=timezone.now()):
        _log(request, cue, gettext("Link for slides withdrawn: %(part)s"))
        messages.success(
            request, gettext("The link is withdrawn. What was handed in stays; asking again sends another link.")
        )
    else:
        messages.info(request, gettext("There is no link to withdraw."))
    return redirect(workspace.url("slides_of", cue.pk))


@require_POST
@workspace_page(*ORGANISERS)
@takes_slides
def upload(request: HttpRequest, workspace: Workspace, number: int) -> HttpResponse:
    """Hand in slides for the speaker."""
    cue = _cue(workspace, number)
    try:
        file = sent_file(request)
        taken = receiving.take(
            cue=cue, file=file, name=file.name or "", size=file.size or 0, now=timezone.now(), by=workspace.user
        )
    except SlidesRefused as refused:
        return _draw(request, workspace, cue, refused=refused)
    if taken.is_known:
        messages.info(request, gettext("We have this file already; nothing has changed."))
    else:
        _log(request, cue, gettext("Slides uploaded: %(part)s"))
        messages.success(request, gettext("Saved."))
    return redirect(workspace.url("slides_of", cue.pk))


@require_safe
@workspace_page(*READERS)
def file(request: HttpRequest, workspace: Workspace, number: int, pk: int) -> HttpResponseBase:
    """A file to be saved: the one that counts under its number, an earlier one under its own name."""
    entry = _entry(workspace, _cue(workspace, number))
    wanted = SlideFile.objects.filter(cue=entry.cue, pk=pk).first()
    if wanted is None:
        raise Http404
    is_current = entry.file is not None and entry.file.pk == wanted.pk
    response = file_response(wanted, entry.file_name if is_current else wanted.name)
    if response is None:
        raise Http404
    return response
