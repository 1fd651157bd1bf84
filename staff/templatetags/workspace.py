"""The frame of the workspace around every page for staff that is about one conference."""

from typing import Any

from django import template
from django.template.context import Context

from conference.models import Conference
from staff.workspace.access import Workspace
from staff.workspace.tabs import home_of, tabs_of
from staff.workspace.undo import UndoButton, button_of

register = template.Library()


@register.inclusion_tag("staff/workspace/frame.html", takes_context=True)
def workspace_frame(context: Context) -> dict[str, Any]:
    """Name, date, state, search and tabs of the conference of the page; nothing where the page is about none.

    A page names its ``conference``, or a ``workspace`` that it has looked up already, and the key of its ``tab``.
    """
    conference: Any = context.get("conference")
    workspace = context.get("workspace")
    if workspace is None and isinstance(conference, Conference):
        workspace = Workspace.of(context["request"].user, conference)
    if workspace is None:
        return {"workspace": None}
    return {
        "workspace": workspace,
        "conference": workspace.conference,
        "tabs": tabs_of(workspace),
        "home": home_of(workspace),
        "tab": context.get("tab", ""),
        "query": context.get("query", "") if context.get("tab") == "search" else "",
    }


@register.filter
def undo_button(message: Any) -> UndoButton | None:
    """The button *Hoàn tác* of a message; None where nothing can be undone."""
    return button_of(message)
