"""Moving a bridge point to its spare line or back, and telling whoever connects the room."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from bridges import lines
from bridges.models import BridgePoint
from messaging import enqueue, message_kinds, routes
from messaging.models import Rule
from outbox import queue
from outbox.nudge import nudge_on_commit
from outbox.refs import Ref


@transaction.atomic
def switch_line(*, point: BridgePoint, to_spare: bool, with_delegates: bool, by: User, now: datetime) -> int:
    """Join ``point`` over its spare line (else its main line) from ``now`` (UTC) on, and tell its people at once.

    Its technician and coordinators hear of it at any hour, by mail and SMS; who has a seat there, ``with_delegates``.
    Returns how many messages that takes.

    Raises:
        NoSpareLine: nothing says how the spare line is joined.
        LineInUse: it is on that line already.
    """
    move = lines.move_to_spare if to_spare else lines.move_back
    return tell_line(point=move(point=point, by=by, now=now), with_delegates=with_delegates, now=now)


@transaction.atomic
def tell_line(*, point: BridgePoint, with_delegates: bool = False, now: datetime) -> int:
    """Tell the people of ``point`` at once how it is joined now; returns how many messages that takes.

    For a move, and where the details of the line in use have changed. What nobody has read yet of an earlier move is
    withdrawn.
    """
    occasion = str(Ref("line", point.pk))
    queue.withdraw(occasion=occasion)
    told = enqueue.Occasion(
        # Each move is told anew, also two within a second.
        key=f"{occasion}/{secrets.token_hex(8)}",
        kind=message_kinds.LINE_MOVED,
        occasion=occasion,
        # Conferences overrun.
        expires_at=max(point.conference.ends_at, now) + timedelta(hours=1),
        any_hour=True,
    )
    everybody = Rule(
        conference=point.conference,
        to_confirmed=with_delegates,
        to_coordinators=True,
        to_technicians=True,
        route=routes.BOTH,
    )
    count = enqueue.put(
        everybody,
        told,
        now=now,
        delegates=everybody.delegates().filter(registration__bridge_point=point),
        coordinators=everybody.coordinators().filter(bridge_point=point),
        technicians=everybody.technicians().filter(bridge_point=point),
    )
    nudge_on_commit()
    return count
