"""The search over everything in one conference."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from common.search import fold
from registrations import searching
from registrations.models import Invitation, Registration
from reports import numbers
from staff.workspace.access import WORKERS, Workspace, workspace_page
from staff.workspace.pages import page

#: So many of each kind are shown; more are reached by more words.
MOST = 20
_INVITATIONS_READ = 1000


@dataclass(frozen=True)
class Found:
    """What stands in one line of the answer, with the page that it leads to."""

    label: str
    rest: str
    url: str


@workspace_page(*WORKERS)
def search(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """People, organisations, numbers, phones, points and invitations that hold every word; accents do not matter."""
    query = request.GET.get("q", "").strip()[:100]
    groups = _groups(workspace, query) if fold(query) else []
    return page(
        request,
        workspace,
        "workspace/search",
        title=gettext("Search"),
        tab="search",
        query=query,
        groups=groups,
        most=MOST,
    )


def _groups(workspace: Workspace, query: str) -> list[tuple[str, list[Found]]]:
    """Heading and lines of each kind of which something was found. One statement each."""
    found = [
        (gettext("Bridge points"), _points(workspace, query)),
        (gettext("People and registrations"), _registrations(workspace, query)),
        (gettext("Invitations"), _invitations(workspace, query)),
    ]
    return [(heading, rows) for heading, rows in found if rows]


def _points(workspace: Workspace, query: str) -> list[Found]:
    words = fold(query).split()
    return [
        Found(point.label, point.address, workspace.url("point", point.pk))
        for point in workspace.scope.points.values()
        if all(word in point.search_text for word in words)
    ][:MOST]


def _registrations(workspace: Workspace, query: str) -> list[Found]:
    rows: QuerySet[Registration] = numbers.registrations(workspace.scope).filter(pk__in=searching.registrations(query))
    chosen = rows.select_related("organisation", "bridge_point").prefetch_related("delegates").order_by("-pk")[:MOST]
    return [
        Found(
            f"{one.number} – {one.organisation}",
            ", ".join([*(delegate.full_name for delegate in one.delegates.all()), *_where(one)]),
            workspace.url("registration", one.pk),
        )
        for one in chosen
    ]


def _where(registration: Registration) -> list[str]:
    point = registration.bridge_point
    return [*([point.label] if point else []), str(registration.get_state_display())]


def _invitations(workspace: Workspace, query: str) -> list[Found]:
    if not workspace.is_organiser:
        return []
    # They keep no search text; a conference has some dozens.
    words = fold(query).split()
    rows = Invitation.objects.filter(conference=workspace.conference).order_by("-pk")[:_INVITATIONS_READ]
    return [
        Found(one.name, "", workspace.url("invitation", one.pk))
        for one in rows
        if all(word in fold(one.name) for word in words)
    ][:MOST]
