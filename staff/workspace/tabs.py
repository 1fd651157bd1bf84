"""The tabs of the workspace: one list, into which each subject enters its pages."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import pgettext_lazy

from staff.workspace.access import COORDINATORS, EVERYBODY, ORGANISERS, READERS, WORKERS, Role, Workspace


@dataclass(frozen=True)
class Tab:
    """A tab: its key, which its pages name, its label, its first page, and the roles that see it."""

    key: str
    label: Any
    page: str
    roles: tuple[Role, ...]


#: In the order in which they stand.
TABS = (
    # What a coordinator runs stands on one page, which is the first that they see.
    Tab("my_point", pgettext_lazy("tab", "My bridge point"), "my_point", COORDINATORS),
    Tab("overview", pgettext_lazy("tab", "Overview"), "overview", READERS),
    Tab("content", pgettext_lazy("tab", "Content"), "content", ORGANISERS),
    Tab("points", pgettext_lazy("tab", "Bridge points"), "points", ORGANISERS),
    Tab("people", pgettext_lazy("tab", "People"), "people", WORKERS),
    Tab("invitations", pgettext_lazy("tab", "Invitations"), "invitations", ORGANISERS),
    Tab("messages", pgettext_lazy("tab", "Messages"), "messages", WORKERS),
    Tab("day", pgettext_lazy("tab", "The day"), "day", EVERYBODY),
    Tab("papers", pgettext_lazy("tab", "Papers"), "papers", EVERYBODY),
    Tab("settings", pgettext_lazy("tab", "Settings"), "settings", ORGANISERS),
)


def home_of(workspace: Workspace) -> str:
    """The address where the user of ``workspace`` begins: their first tab."""
    return tabs_of(workspace)[0][1]


def tabs_of(workspace: Workspace) -> list[tuple[Tab, str]]:
    """The tabs that the user of ``workspace`` has, each with the address of its first page."""
    return [(tab, workspace.url(tab.page)) for tab in TABS if workspace.role in tab.roles]
