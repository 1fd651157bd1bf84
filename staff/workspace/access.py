"""Who is let into the workspace of a conference, as what, and what they see of it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, wraps
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from accounts.models import User
from accounts.signed_in import user_of
from bridges.models import BridgePoint
from conference.models import Conference
from messaging.delivery.scope import Scope


class Role(StrEnum):
    """What somebody is in a conference. A superuser is an organiser of each."""

    #: Runs the conference.
    ORGANISER = "organiser"
    #: Runs bridge points of it, and sees nothing else.
    COORDINATOR = "coordinator"
    #: Lãnh đạo: reads numbers and papers without phone numbers or addresses, and changes nothing.
    LEADER = "leader"


ORGANISERS = (Role.ORGANISER,)
COORDINATORS = (Role.COORDINATOR,)
#: Those who see the whole conference.
READERS = (Role.ORGANISER, Role.LEADER)
#: Those who work with people and messages, each with their own.
WORKERS = (Role.ORGANISER, Role.COORDINATOR)
EVERYBODY = (Role.ORGANISER, Role.COORDINATOR, Role.LEADER)


@dataclass(frozen=True)
class Workspace:
    """A conference as one staff user sees it."""

    conference: Conference
    user: User
    role: Role

    @classmethod
    def of(cls, user: User, conference: Conference) -> "Workspace | None":
        """The workspace of ``conference`` for ``user``; None if they have nothing to do with it. At most 3 queries."""
        if Conference.objects.run_by(user).filter(pk=conference.pk).exists():
            return cls(conference, user, Role.ORGANISER)
        if BridgePoint.objects.run_by(user).filter(conference=conference).exists():
            return cls(conference, user, Role.COORDINATOR)
        if conference.leaders.filter(pk=user.pk).exists():
            return cls(conference, user, Role.LEADER)
        return None

    @property
    def is_organiser(self) -> bool:
        """Whether the user runs the whole conference."""
        return self.role == Role.ORGANISER

    @cached_property
    def scope(self) -> Scope:
        """The points that the user may look at, with their connections: those they run; all of them for a leader."""
        if self.role != Role.LEADER:
            return Scope.of(self.user, self.conference, "connection", "spare_line")
        points = self.conference.bridge_points.select_related("connection", "spare_line")
        return Scope(self.conference, {point.pk: point for point in points}, is_organiser=False)

    def url(self, name: str, *arguments: Any) -> str:
        """The address of the page ``name`` of this workspace; ``arguments`` stand behind the conference's address."""
        return workspace_url(name, self.conference, *arguments)


def workspace_url(name: str, conference: Conference, *arguments: Any) -> str:
    """The address of the page ``name`` in the workspace of ``conference``."""
    return reverse(f"workspace:{name}", args=[conference.slug, *arguments])


def workspace_page(*roles: Role) -> Callable[..., Callable[..., HttpResponse]]:
    """Makes a view a page of the workspace for those of ``roles``; for everybody else it does not exist (404).

    The view gets the ``Workspace`` in place of the address of the conference. Who is not signed in is asked to.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def answer(request: HttpRequest, slug: str, **arguments: Any) -> HttpResponse:
            conference = Conference.objects.filter(slug=slug).first()
            workspace = Workspace.of(user_of(request), conference) if conference else None
            if workspace is None or workspace.role not in roles:
                raise Http404
            return view(request, workspace, **arguments)

        page: Callable[..., HttpResponse] = admin.site.admin_view(answer)
        return page

    return decorate
