"""What was changed at several bridge points, and taking it back as long as nobody has changed it since."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext, override

from bridges import services
from bridges.models import BridgePoint
from staff.points.seats import warn_of_seats
from staff.workspace import undo
from staff.workspace.access import WORKERS, Workspace
from staff.workspace.matter import log
from staff.workspace.undo import NotUndone, undoable

#: By the number of a point and the name of a column: what it held before, and what it holds since.
Changes = Mapping[int, Mapping[str, tuple[Any, Any]]]


def change_column(
    request: HttpRequest, workspace: Workspace, *, points: Iterable[int], name: str, value: Any
) -> Changes:
    """Set a column of some points of ``workspace``, with an entry in the log for each that it changes.

    Returns what was changed.
    """
    with transaction.atomic():
        before = services.change_points(points=points, name=name, value=value)
        for number in before:
            _log(request, workspace.scope.points[number], [name])
    return {number: {name: (old, value)} for number, old in before.items()}


def changes_in(formset: Any) -> Changes:
    """What a table of points, saved just now, has changed."""
    forms = (form for form in formset.forms if form.changed_columns)
    return {
        form.instance.pk: {name: (form.stored[name], getattr(form.instance, name)) for name in form.changed_columns}
        for form in forms
    }


def offer(request: HttpRequest, workspace: Workspace, words: str, *, back: str, changes: Changes) -> None:
    """Say ``words`` about ``changes``, with the button that takes them back."""
    undo.offer(request, workspace, words, "point_columns", back=back, changes=list(changes.items()))


@undoable("point_columns", *WORKERS)
def _columns_as_before(
    request: HttpRequest, workspace: Workspace, changes: list[tuple[int, dict[str, tuple[Any, Any]]]]
) -> None:
    mine = {number: columns for number, columns in changes if number in workspace.scope.points}
    # In the order of their numbers, as everybody locks them.
    points = list(BridgePoint.objects.select_for_update(no_key=True).filter(pk__in=list(mine)).order_by("pk"))
    still = [point for point in points if _holds(point, mine[point.pk])]
    if not still:
        raise NotUndone(gettext("It was changed again meanwhile; it stays as it is now."))
    for point in still:
        _write_back(request, point, {name: old for name, (old, _new) in mine[point.pk].items()})
    if others := [point.label for point in points if point not in still]:
        words = gettext("Changed again meanwhile, and therefore left as it is: %(points)s.")
        messages.warning(request, words % {"points": ", ".join(others)})


def _holds(point: BridgePoint, columns: Mapping[str, tuple[Any, Any]]) -> bool:
    """Whether nobody has changed ``columns`` of ``point`` since."""
    return all(getattr(point, name) == new for name, (_old, new) in columns.items())


def _write_back(request: HttpRequest, point: BridgePoint, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(point, name, value)
    point.save(update_fields=list(values))
    _log(request, point, values)
    if "seats" in values:
        warn_of_seats(request, point)


def _log(request: HttpRequest, point: BridgePoint, names: Iterable[str]) -> None:
    with override(None):
        labels = [str(BridgePoint._meta.get_field(name).verbose_name).capitalize() for name in names]  # type: ignore[union-attr]
    log(request, point, CHANGE, [{"changed": {"fields": labels}}])
