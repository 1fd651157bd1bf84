"""What may be done to the registrations that are ticked in the table of a conference's people.

The pages that ask first, and the services behind them, are those of the generated list.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from registrations.models import Registration
from staff.registrations import deciding, resending
from staff.registrations.chosen import AT_ONCE, read_numbers
from staff.workspace.access import Workspace

_PAGE = "admin:registrations_registration_"


@dataclass(frozen=True)
class Action:
    """Something that may be done: its key, which is the name of its page, and its label.

    ``do``: done at once, since it can be made good; otherwise its page asks first.
    """

    key: str
    label: Any
    do: Callable[..., HttpResponse] | None = None
    for_organisers: bool = False


_ACTIONS = (
    Action("accept", _("Accept"), deciding.accept),
    Action("decline", _("Decline …")),
    Action("move", _("Move to another bridge point …")),
    Action("resend", _("Send the messages again"), resending.resend),
    Action("renew", _("Replace the personal links …")),
    Action("promote", _("Promote out of turn …"), for_organisers=True),
    Action("cancel", _("Cancel …")),
    Action("erase", _("Erase personal data …"), for_organisers=True),
)


def actions_of(workspace: Workspace) -> list[Action]:
    """What the user may do."""
    return [action for action in _ACTIONS if workspace.is_organiser or not action.for_organisers]


def act(request: HttpRequest, workspace: Workspace, rows: QuerySet[Registration], back: str) -> HttpResponse:
    """Do what was chosen to those of ``rows`` that are ticked, or lead to the page that asks; then ``back``."""
    action = next((one for one in actions_of(workspace) if one.key == request.POST.get("what")), None)
    numbers = _numbers(request, rows)
    if action is None:
        messages.warning(request, gettext("Please choose what is to be done."))
    elif not numbers:
        messages.warning(request, gettext("Please tick those to whom it is to be done."))
    elif len(numbers) > AT_ONCE:
        words = gettext("Please choose at most %(count)d registrations.") % {"count": AT_ONCE}
        messages.warning(request, words)
    elif action.do is not None:
        action.do(admin.site.get_model_admin(Registration), request, "-".join(map(str, numbers)))
    else:
        return redirect(page_address(action.key, numbers, back))
    return redirect(back)


def _numbers(request: HttpRequest, rows: QuerySet[Registration]) -> list[int]:
    """The registrations that are meant: all of ``rows``, or the ticked ones among them; at most one too many."""
    if "all" not in request.POST:
        rows = rows.filter(pk__in=read_numbers("-".join(request.POST.getlist("chosen"))))
    return list(rows.order_by("created_at", "pk").values_list("pk", flat=True)[: AT_ONCE + 1])


def page_address(name: str, numbers: list[int], back: str) -> str:
    """The address of the page ``name`` that asks before something is done to registrations, and leads ``back`` then."""
    ids = "-".join(map(str, numbers))
    if name == "move":
        return f"{reverse(f'{_PAGE}move')}?{urlencode({'ids': ids, 'next': back})}"
    return f"{reverse(f'{_PAGE}{name}', args=[ids])}?{urlencode({'next': back})}"
