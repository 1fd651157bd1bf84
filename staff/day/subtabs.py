"""The pages under the tab *Ngày hội nghị*: one list, into which each subject enters its first page."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from staff.workspace.access import EVERYBODY, READERS, WORKERS, Role, Workspace, workspace_page
from staff.workspace.pages import page


@dataclass(frozen=True)
class Subtab:
    """A page under the tab: its name among the workspace's addresses, its label, and the roles that see it."""

    page: str
    label: Any
    roles: tuple[Role, ...]


#: In the order in which they stand; the first that somebody may see is where the tab leads.
SUBTABS: tuple[Subtab, ...] = (
    Subtab("board", pgettext_lazy("tab", "Board"), EVERYBODY),
    Subtab("rounds", pgettext_lazy("tab", "Test rounds"), EVERYBODY),
    Subtab("start_check", pgettext_lazy("tab", "Ready to start"), READERS),
    # The doors, and the phones at them.
    Subtab("doors", pgettext_lazy("tab", "Reception"), WORKERS),
    # Who was in the meeting of Zoom, Teams, Meet or VNPT.
    Subtab("meeting", pgettext_lazy("tab", "Online meeting"), WORKERS),
    Subtab("show", _("Run of show"), READERS),
    Subtab("slides", _("Slides"), READERS),
    Subtab("floor", pgettext_lazy("tab", "Questions"), READERS),
    Subtab("polls", pgettext_lazy("tab", "Polls"), READERS),
)


def subtabs_of(workspace: Workspace) -> list[Subtab]:
    """The pages of the day that the user of ``workspace`` sees."""
    return [subtab for subtab in SUBTABS if workspace.role in subtab.roles]


@workspace_page(*EVERYBODY)
def day(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Leads to the first page of the day that the user sees."""
    found = subtabs_of(workspace)
    if not found:
        raise Http404
    return redirect(workspace.url(found[0].page))


def day_page(
    request: HttpRequest, workspace: Workspace, template: str, *, title: str, here: str, status: int = 200, **more: Any
) -> TemplateResponse:
    """The page ``template`` of the day, headed ``title``, with the subtab of the page named ``here`` marked.

    The template extends ``staff/day/page.html``.
    """
    subtabs = [(one.label, workspace.url(one.page), one.page == here) for one in subtabs_of(workspace)]
    return page(request, workspace, template, title=title, tab="day", status=status, subtabs=subtabs, **more)
