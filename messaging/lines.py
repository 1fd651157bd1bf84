"""Moving a bridge point to its spare line or back, and telling whoever connects the room."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from bridges import lines
from bridges.models import BridgePoint
from messaging import changed_details, enqueue, message_kinds, routes
from messaging.models import Rule
from outbox import queue
from outbox.models import Message
from outbox.nudge import nudge_on_commit
from outbox.refs import Ref

#: In the keys of messages that say that a point is on its main line.
_MAIN = "main"


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
    withdrawn. Delegates who never heard of the spare line read, ``with_delegates``, what has changed of the main line
    since they were told of it last; if nothing has, they get no message.
    """
    occasion = str(Ref("line", point.pk))
    queue.withdraw(occasion=occasion)
    is_back = point.on_spare_since is None
    is_move_to_delegates = with_delegates and not (is_back and _delegates_are_on_main(occasion))
    # Conferences overrun.
    expires_at = max(point.conference.ends_at, now) + timedelta(hours=1)
    told = enqueue.Occasion(
        # Each move is told anew, also two within a second.
        key=f"{occasion}/{_MAIN if is_back else 'spare'}/{secrets.token_hex(8)}",
        kind=message_kinds.LINE_MOVED,
        occasion=occasion,
        expires_at=expires_at,
        any_hour=True,
    )
    everybody = Rule(
        conference=point.conference,
        to_confirmed=is_move_to_delegates,
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
    if is_back and is_move_to_delegates:
        changed_details.note_line(point=point)
    elif is_back and with_delegates:
        count += changed_details.tell_line_to_delegates(point=point, now=now, expires_at=expires_at)
    nudge_on_commit()
    return count


def _delegates_are_on_main(occasion: str) -> bool:
    """Whether, for all that delegates have heard of moves on ``occasion``, their point is on its main line."""
    heard = Message.objects.filter(occasion=occasion, person__startswith=f"{enqueue.DELEGATES.name}/")
    last = heard.exclude(state=Message.State.CANCELLED).order_by("-id").values_list("key", flat=True).first()
    return last is None or last.startswith(f"{occasion}/{_MAIN}/")
