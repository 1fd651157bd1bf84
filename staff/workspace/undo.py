"""*Hoàn tác*: a message that says what was done, with a button that takes it back.

A view that has done something which is cheap to take back says so with ``offer`` in place of ``messages.success``::

    @undoable("withdraw_leader", *ORGANISERS)
    def _name_again(request, workspace, user):
        workspace.conference.leaders.add(user)

    undo.offer(request, workspace, gettext("Withdrawn."), "withdraw_leader", user=user.pk)

Where fields of one row were changed, ``offer_fields`` needs no function of its own. The button posts what it takes to
go back, signed, for this user and for ``VALID``; a function that finds that somebody else has changed the matter
meanwhile raises ``NotUndone`` with the reason, and nothing is taken back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.core import signing
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, override
from django.views.decorators.http import require_POST

from conference.models import Conference
from staff.workspace.access import EVERYBODY, ORGANISERS, WORKERS, Role, Workspace, workspace_page
from staff.workspace.matter import log

#: So long the button works.
VALID = timedelta(minutes=30)
#: Marks the message in its tags; behind it stand the address of the conference and what the button sends.
MARK = "undo"
_SALT = "staff.workspace.undo"


class NotUndone(Exception):
    """Why it is not taken back, in words."""


@dataclass(frozen=True)
class _Way:
    function: Callable[..., None]
    roles: tuple[Role, ...]


_ways: dict[str, _Way] = {}


def undoable(name: str, *roles: Role) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Makes a function the way back from what is offered as ``name``, for those of ``roles``.

    It is called with the request, the workspace and the facts that ``offer`` was given, in a transaction.
    """

    def enter(function: Callable[..., None]) -> Callable[..., None]:
        _ways[name] = _Way(function, roles)
        return function

    return enter


def offer(request: HttpRequest, workspace: Workspace, text: str, name: str, *, back: str = "", **facts: Any) -> None:
    """Say ``text`` on the next page, with a button that calls the function ``name`` with ``facts``.

    ``facts``: what JSON can hold. ``back``: the page shown then, by default the one that is asked for now.
    """
    sent = [name, workspace.user.pk, workspace.conference.pk, back or request.get_full_path(), facts]
    signed = signing.dumps(sent, salt=_SALT, compress=True)
    messages.success(request, text, extra_tags=f"{MARK}:{workspace.conference.slug}:{signed}")


def offer_fields(
    request: HttpRequest, workspace: Workspace, text: str, row: Model, before: dict[str, Any], *, back: str = ""
) -> None:
    """The same where fields of ``row`` were changed and saved: the button gives them the values ``before`` again.

    Not if somebody has given one of them yet another value since. The values: what JSON can hold.
    """
    after = {name: getattr(row, name) for name in before}
    offer(request, workspace, text, "fields", back=back, model=row._meta.label, pk=row.pk, before=before, after=after)


@undoable("fields", *WORKERS)
def _fields_as_before(
    request: HttpRequest,
    workspace: Workspace,
    model: str,
    pk: int,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    rows = apps.get_model(model)._default_manager.select_for_update()
    row = rows.filter(pk=pk).first()
    if row is None or not _is_of(workspace, row):
        raise NotUndone(gettext("It is no longer there."))
    if any(getattr(row, name) != value for name, value in after.items()):
        raise NotUndone(gettext("It was changed again meanwhile; it stays as it is now."))
    for name, value in before.items():
        setattr(row, name, value)
    row.save(update_fields=list(before))
    with override(None):
        names = [str(row._meta.get_field(name).verbose_name) for name in before]
    log(request, row, CHANGE, [{"changed": {"fields": names}}])


def _is_of(workspace: Workspace, row: Any) -> bool:
    if workspace.role in ORGANISERS:
        return bool((row.pk if isinstance(row, Conference) else row.conference_id) == workspace.conference.pk)
    return isinstance(row, apps.get_model("bridges.BridgePoint")) and row.pk in workspace.scope.points


@workspace_page(*EVERYBODY)
@require_POST
def undo(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Take back what the button of a message stands for, and say whether that was done."""
    back = workspace.url("overview")
    try:
        name, user, conference, back, facts = signing.loads(request.POST.get("undo", ""), salt=_SALT, max_age=VALID)
        way = _ways[name]
    except (signing.BadSignature, KeyError):
        way = None
    is_theirs = way is not None and workspace.role in way.roles
    if is_theirs and (user, conference) == (workspace.user.pk, workspace.conference.pk):
        _take_back(request, workspace, way, facts)
    else:
        messages.error(request, gettext("This can no longer be undone."))
    return redirect(back)


def _take_back(request: HttpRequest, workspace: Workspace, way: Any, facts: dict[str, Any]) -> None:
    try:
        with transaction.atomic():
            way.function(request, workspace, **facts)
    except NotUndone as why:
        messages.warning(request, str(why))
    else:
        messages.success(request, gettext("Undone."))


@dataclass(frozen=True)
class UndoButton:
    """Where the button of a message posts to, and what it sends as ``undo``."""

    address: str
    sent: str


def button_of(message: Any) -> UndoButton | None:
    """The button of ``message``, if it has one."""
    mark, _, rest = (message.extra_tags or "").partition(":")
    slug, _, sent = rest.partition(":")
    return UndoButton(reverse("workspace:undo", args=[slug]), sent) if mark == MARK else None
