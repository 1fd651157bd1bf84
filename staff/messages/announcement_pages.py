"""Messages to people in the workspace: those that were written, a draft with its preview, who gets it, taking back."""

from collections import Counter
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import DELETION
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from accounts.models import display_name
from messaging import message_kinds
from messaging.models import Announcement
from messaging.texts import placeholders
from messaging.time_words import moment_words
from staff.edit_conflicts import focus_in
from staff.messages import announcements, audience_words, writing
from staff.messages.forms import NARROWING_FIELDS
from staff.messages.texts import framed_mail
from staff.messages.writing import WriteForm, announcement_or_404
from staff.workspace.access import WORKERS, Workspace, workspace_page
from staff.workspace.matter import log, log_form
from staff.workspace.pages import page

_PER_PAGE = 50


@workspace_page(*WORKERS)
def overview(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The messages that were written to people of the conference, the newest first, with who wrote each."""
    rows = writing.announcements_of(workspace).select_related("created_by").prefetch_related("points", "provinces")
    shown = Paginator(rows.order_by("-id"), _PER_PAGE).get_page(request.GET.get("page"))
    found = list(shown.object_list)
    counts = announcements.count_by_state(found)
    lines = [_line(one, counts.get(one.pk, Counter())) for one in found]
    return page(
        request,
        workspace,
        "messages/announcements",
        title=gettext("Write to people"),
        tab="messages",
        rows=lines,
        shown=shown,
    )


def _line(announcement: Announcement, counts: Counter) -> dict[str, Any]:
    moment = announcement.planned_at or announcement.send_at
    return {
        "announcement": announcement,
        "to_whom": audience_words.people_words(announcement),
        "points": audience_words.points_words(announcement),
        "narrowed": audience_words.narrowing_words(announcement),
        "written_by": _name(announcement.created_by),
        "when": moment_words(moment) if moment else "",
        **_counted(announcement, counts),
    }


def _counted(announcement: Announcement, counts: Counter) -> dict[str, int | None]:
    """How many of its messages wait, have left and have failed; None before there are any."""
    states = announcements.STATES.items()
    return {key: sum(counts[s] for s in found) if announcement.planned_at else None for key, found in states}


def _name(user: Any) -> str:
    return display_name(user) if user else ""


@workspace_page(*WORKERS)
def write(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Begin a message."""
    return _draft_page(request, workspace, writing.new_draft(workspace))


@workspace_page(*WORKERS)
def announcement(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """A draft, to be changed; of one that was confirmed, what became of it."""
    if request.method == "POST" and writing.was_deleted(workspace, pk):
        messages.warning(
            request, gettext("Somebody has deleted this draft meanwhile; what you wrote becomes a new one.")
        )
        return _draft_page(request, workspace, writing.new_draft(workspace))
    found = announcement_or_404(workspace, pk)
    if not found.is_editable:
        return _confirmed_page(request, workspace, found)
    return _draft_page(request, workspace, found)


def _draft_page(request: HttpRequest, workspace: Workspace, draft: Announcement) -> HttpResponse:
    is_new = draft.pk is None
    with transaction.atomic():
        if not is_new and not _is_still_draft(draft):
            messages.warning(request, gettext("Somebody has confirmed this message while you were writing."))
            return redirect(workspace.url("announcement", draft.pk))
        data = request.POST if request.method == "POST" else None
        form = WriteForm(data, instance=draft, workspace=workspace)
        if form.is_bound and form.is_valid():
            return _save(request, workspace, form, is_new=is_new)
    focus_in(form, list(form.fields))
    has_errors = form.is_bound and "_preview" not in request.POST
    return page(
        request,
        workspace,
        "messages/announcement",
        title=gettext("Write a message") if is_new else draft.title,
        tab="messages",
        status=422 if has_errors else 200,
        **_draft_context(request, workspace, form),
    )


def _is_still_draft(draft: Announcement) -> bool:
    state = Announcement.objects.select_for_update().values_list("state", flat=True).filter(pk=draft.pk).first()
    if state is None:
        raise Http404
    return state == Announcement.State.DRAFT


def _save(request: HttpRequest, workspace: Workspace, form: WriteForm, *, is_new: bool) -> HttpResponse:
    form.save()
    if is_new or form.has_changed():
        log_form(request, form, is_new=is_new)
        messages.success(request, gettext("Saved as a draft."))
    page_name = "announcement_preview" if "_check" in request.POST else "announcement"
    return redirect(workspace.url(page_name, form.instance.pk))


def _draft_context(request: HttpRequest, workspace: Workspace, form: WriteForm) -> dict[str, Any]:
    """The form, and what stands beside it: the preview, and the placeholders."""
    values = form.data if form.is_bound else {name: form[name].value() for name in form.fields if name != "send_at"}
    draft = announcements.draft_from(workspace.conference, values)
    saved = form.instance.pk
    return {
        **announcements.live_context(request, draft, writing.within(workspace)),
        "form": form,
        **_folded(form),
        "written_by": _name(form.instance.created_by) if saved else "",
        "placeholders": placeholders.of_kind(message_kinds.ANNOUNCEMENT),
        "live_url": workspace.url("announcement_live"),
        "frame_url": workspace.url("announcement_html"),
        "delete_url": workspace.url("announcement_delete", saved) if saved else "",
    }


def _folded(form: WriteForm) -> dict[str, Any]:
    """What is chosen, as it is stored, among the fields that are folded away; they are unfolded if one is wrong."""
    draft = form.instance
    names = ["kinds", *NARROWING_FIELDS] + ([] if draft.only_points else ["points"])
    words: list[str] = []
    if draft.pk and not draft.only_points and draft.is_narrowed:
        words.append(audience_words.points_words(draft))
    if draft.pk:
        words.append(audience_words.narrowing_words(draft))
    return {"folded_words": ", ".join(filter(None, words)), "is_unfolded": any(form[name].errors for name in names)}


def _confirmed_page(request: HttpRequest, workspace: Workspace, found: Announcement) -> HttpResponse:
    counts = announcements.count_by_state([found]).get(found.pk, Counter())
    line = _line(found, counts)
    is_planned = found.state == Announcement.State.PLANNED
    return page(
        request,
        workspace,
        "messages/confirmed",
        title=found.title,
        tab="messages",
        route=audience_words.route_words(found),
        confirmed_by=_name(found.confirmed_by),
        confirmed_at=moment_words(found.confirmed_at) if found.confirmed_at else "",
        can_withdraw=bool(line["queued"]) if is_planned else found.state == Announcement.State.CONFIRMED,
        **line,
    )


@workspace_page(*WORKERS)
def preview(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """Exactly who gets it; the button there confirms it."""
    found = announcement_or_404(workspace, pk)
    place = writing.place_of(workspace, found)
    if found.state not in (Announcement.State.DRAFT, Announcement.State.CONFIRMED):
        messages.info(request, gettext("This message has left; here is what became of it."))
        return redirect(place.page)
    if request.method == "POST" and "_test" in request.POST:
        announcements.trial(request, found, place, request.POST["_test"], request.POST.get("person", ""))
        return redirect(request.get_full_path())
    if request.method == "POST":
        return announcements.confirm(request, found, place)
    return announcements.preview(request, found, place)


@workspace_page(*WORKERS)
def withdraw(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """Takes back what has not left."""
    found = announcement_or_404(workspace, pk)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    return announcements.withdraw(request, found, writing.place_of(workspace, found))


@workspace_page(*WORKERS)
def delete(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """Ask, and delete a draft."""
    found = announcement_or_404(workspace, pk)
    if request.method == "POST":
        with transaction.atomic():
            if not _is_still_draft(found):
                messages.warning(request, gettext("Somebody has confirmed this message meanwhile; it stays."))
                return redirect(workspace.url("announcement", pk))
            log(request, found, DELETION, found.title)
            found.delete()
        messages.success(request, gettext("The draft was deleted."))
        return redirect(workspace.url("announcements"))
    if not found.is_editable:
        return redirect(workspace.url("announcement", pk))
    return page(
        request,
        workspace,
        "messages/delete",
        title=gettext("Delete this draft?"),
        tab="messages",
        subtab="write",
        what=found.title,
        note=gettext("Nobody has got it."),
        back=workspace.url("announcement", pk),
    )


@require_POST
@workspace_page(*WORKERS)
def live(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The preview of what is typed, as a piece of the draft's page."""
    return announcements.show_live(request, workspace.conference, writing.within(workspace))


@require_POST
@xframe_options_sameorigin
@framed_mail
@workspace_page(*WORKERS)
def html(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The HTML part of the mail of what is typed."""
    return announcements.show_html(request, workspace.conference, writing.within(workspace))
