"""What one press changes at several bridge points, and taking it back as long as nobody has changed it since."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.models import CHANGE
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext, override

from bridges import services
from bridges.models import BridgePoint
from staff.workspace import undo
from staff.workspace.access import WORKERS, Workspace
from staff.workspace.matter import log
from staff.workspace.undo import NotUndone, undoable


def change_column(
    request: HttpRequest, workspace: Workspace, *, points: Iterable[int], name: str, value: Any
) -> dict[int, Any]:
    """Set a column of some points of ``workspace``, with an entry in the log for each that it changes.

    Returns what those held before, by number.
    """
    with override(None):
        label = str(BridgePoint._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    with transaction.atomic():
        before = services.change_points(points=points, name=name, value=value)
        for number in before:
            point = workspace.scope.points[number]
            log(request, point, CHANGE, [{"changed": {"fields": [label.capitalize()]}}])
    return before


def offer(
    request: HttpRequest, workspace: Workspace, words: str, *, back: str, name: str, value: Any, before: dict[int, Any]
) -> None:
    """Say ``words`` about what ``change_column`` has done, with the button that takes it back."""
    undo.offer(request, workspace, words, "points", back=back, column=name, value=value, before=list(before.items()))


@undoable("points", *WORKERS)
def _points_as_before(
    request: HttpRequest, workspace: Workspace, column: str, value: Any, before: list[tuple[int, Any]]
) -> None:
    mine = {number: old for number, old in before if number in workspace.scope.points}
    still = BridgePoint.objects.filter(pk__in=list(mine), **{column: value})
    unchanged = set(still.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    if not unchanged:
        raise NotUndone(gettext("It was changed again meanwhile; it stays as it is now."))
    for old in {mine[number] for number in unchanged}:
        numbers = [number for number in unchanged if mine[number] == old]
        change_column(request, workspace, points=numbers, name=column, value=old)
