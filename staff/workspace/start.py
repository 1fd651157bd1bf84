"""Where staff land: the conferences that they run, and a new one."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext, pgettext

from accounts.signed_in import user_of
from common.long_lists import LongPaginator
from conference.models import Conference, Phase
from outbox import hold
from reports import numbers
from staff.conferences.moving import warn_of_past
from staff.edit_conflicts import focus_in
from staff.workspace.access import Workspace, workspace_url
from staff.workspace.matter import log_form
from staff.workspace.new_conference import NewConferenceForm
from staff.workspace.tabs import home_of

_ARCHIVED_PER_PAGE = 20


def may_add(request: HttpRequest) -> bool:
    """Whether the user may make a conference."""
    user = user_of(request)
    return user.is_organiser or user.is_superuser


@admin.site.admin_view
def landing(request: HttpRequest) -> HttpResponse:
    """The first page after signing in: inside, for whoever has one conference, else the list of conferences.

    ``?conference=`` leads into the one with that number.

    Raises:
        Http404: it is none of the user's.
    """
    if number := request.GET.get("conference", ""):
        named = numbers.find(user_of(request), number)
        if named is None:
            raise Http404
        return redirect(_home(request, named))
    found = list(numbers.of_user(user_of(request)).order_by("pk")[:2])
    return redirect(_home(request, found[0])) if len(found) == 1 else conferences(request)


def _home(request: HttpRequest, conference: Conference) -> str:
    """Where the user begins in ``conference``, which is one of theirs."""
    workspace = Workspace.of(user_of(request), conference)
    return home_of(workspace) if workspace else workspace_url("overview", conference)


@admin.site.admin_view
def conferences(request: HttpRequest) -> HttpResponse:
    """The conferences of the user: running, next, drafts, and those that are over."""
    now = timezone.now()
    mine = numbers.of_user(user_of(request))
    ahead = list(mine.filter(cancelled_at=None).upcoming(now)[: numbers.AHEAD_SHOWN + 1])
    shown = LongPaginator(mine.filed_away(now), _ARCHIVED_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **admin.site.each_context(request),
        "title": gettext("Conferences"),
        "groups": _groups(ahead[: numbers.AHEAD_SHOWN], list(mine.past_drafts(now)[: numbers.AHEAD_SHOWN]), now),
        "has_more": len(ahead) > numbers.AHEAD_SHOWN,
        "archive": shown,
        "may_add": may_add(request),
        "is_held": bool((installation := hold.current()) and installation.held_since),
    }
    return TemplateResponse(request, "staff/workspace/conferences.html", context)


def _groups(ahead: list[Conference], past_drafts: list[Conference], now: Any) -> list[tuple[str, list[Conference]]]:
    """Heading and conferences: what runs, what is next, what nobody sees (past dates last); those that there are."""
    running = [one for one in ahead if one.is_published and one.starts_at <= now]
    to_come = [one for one in ahead if one.is_published and one.starts_at > now]
    drafts = [one for one in ahead if one.phase_at(now) == Phase.UNPUBLISHED] + past_drafts
    groups = [
        (gettext("Taking place now"), running),
        (pgettext("conferences", "Next"), to_come),
        (gettext("Drafts"), drafts),
    ]
    return [(heading, rows) for heading, rows in groups if rows]


@admin.site.admin_view
def new(request: HttpRequest) -> HttpResponse:
    """A short form, and one is inside the new conference, which nobody else sees yet."""
    if not may_add(request):
        raise PermissionDenied
    with transaction.atomic():
        form = NewConferenceForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            conference = form.save_for(user_of(request))
            log_form(request, form, is_new=True)
            warn_of_past(request, conference, timezone.now())
            return redirect(workspace_url("overview", conference))
    focus_in(form, list(form.fields))
    context = {**admin.site.each_context(request), "title": gettext("Add a conference"), "form": form}
    return TemplateResponse(
        request, "staff/workspace/new.html", context, status=422 if form.is_bound and form.errors else 200
    )
