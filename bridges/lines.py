"""Over which line a bridge point is joined: its main line, or the spare one while that is in use."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from bridges.models import BridgePoint, Connection, JoinDetails, SpareLine
from common.lookups import LookUp
from conference.models import raise_day_version

_MAIN = LookUp[Connection, int](lambda point: Connection.objects.filter(bridge_point=point).order_by())
_SPARE = LookUp[SpareLine, int](lambda point: SpareLine.objects.filter(bridge_point=point).order_by())


class NoSpareLine(Exception):
    """Nothing says how the spare line is joined."""


class LineInUse(Exception):
    """The point is on that line already."""


def main_line(point: BridgePoint) -> Connection:
    """The main line of ``point``; empty and not stored where it has none. One statement, unless it is loaded."""
    return _loaded(point, "connection", _MAIN) or Connection(bridge_point=point)


def spare_line(point: BridgePoint) -> SpareLine:
    """The spare line of ``point``; empty and not stored where it has none. One statement, unless it is loaded."""
    return _loaded(point, "spare_line", _SPARE) or SpareLine(bridge_point=point)


def _loaded(point: BridgePoint, name: str, look_up: LookUp[Any, int]) -> Any:
    relation: Any = BridgePoint._meta.get_field(name)
    if relation.is_cached(point):
        return relation.get_cached_value(point)
    # The point in the example of a text that is being edited is not stored.
    return None if point.pk is None else look_up.first(point.pk)


def line_in_use(point: BridgePoint) -> JoinDetails:
    """How ``point`` is joined now; empty and not stored where nothing is known.

    One statement, or none if the line was loaded with the point. Whatever says or resolves the way in asks here.
    """
    return main_line(point) if point.on_spare_since is None else spare_line(point)


def move_to_spare(*, point: BridgePoint, by: User, now: datetime) -> BridgePoint:
    """Join ``point`` over its spare line from ``now`` (UTC) on: everybody's link leads there. Returns it as stored.

    Raises:
        NoSpareLine: nothing says how that is joined.
        LineInUse: it is on its spare line already.
    """
    return _move(point, now, by, gettext("Moved to the spare line."))


def move_back(*, point: BridgePoint, by: User, now: datetime) -> BridgePoint:
    """Join ``point`` over its main line again. Returns it as stored.

    Raises:
        LineInUse: it is on its main line.
    """
    return _move(point, None, by, gettext("Moved back to the main line."))


@transaction.atomic
def _move(point: BridgePoint, since: datetime | None, by: User, reason: str) -> BridgePoint:
    current: Any = BridgePoint.objects.select_for_update(no_key=True).select_related(None).get(pk=point.pk)
    if (current.on_spare_since is None) == (since is None):
        raise LineInUse
    if since is not None and not spare_line(current).is_known:
        raise NoSpareLine
    current.on_spare_since = since
    current._history_user, current._change_reason = by, reason[:100]
    current.save(update_fields=["on_spare_since"])
    raise_day_version(current.conference_id)
    stored: BridgePoint = current
    return stored
