"""Changes at a bridge point of which its technician alone was told: what delegates do not know, telling them too."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Min

from bridges.models import BridgePoint
from messaging import enqueue, notices
from messaging.models import KnownDetails
from outbox.models import Message
from outbox.nudge import nudge_on_commit


@dataclass(frozen=True)
class TechnicianAlone:
    """When (UTC) the message about the last change was written to the technician alone, and what changed, as labels."""

    at: datetime
    labels: Sequence[str]


def technician_alone(point: BridgePoint, now: datetime) -> TechnicianAlone | None:
    """How the technician alone was told of the last change at ``point`` (with its conference); four queries at most.

    None if it was written to delegates as well, to nobody, or if there is nobody any more who needs to know.
    """
    details = KnownDetails.objects.filter(bridge_point=point).first()
    if details is None or not notices.lies_ahead(point.conference, now):
        return None
    written = Message.objects.filter(occasion=details.occasion).exclude(state=Message.State.CANCELLED)
    at = written.aggregate(at=Min("created_at"))["at"]
    if at is None or written.filter(person__startswith=f"{enqueue.DELEGATES.name}/").exists():
        return None
    _audience, delegates, _technicians = notices.people_of(point)
    return TechnicianAlone(at, [notices.detail_label(name) for name in details.changed]) if delegates.exists() else None


@transaction.atomic
def tell_delegates_too(*, point: BridgePoint, now: datetime) -> int:
    """Tell the delegates of ``point`` of the change of which its technician was told.

    Returns how many messages that takes: pressed twice, none the second time, as delegates have theirs by then.
    """
    details = KnownDetails.objects.select_for_update().filter(bridge_point=point).first()
    if details is None or technician_alone(point, now) is None:
        return 0
    audience, delegates, technicians = notices.people_of(point)
    occasion = notices.details_occasion(details, point)
    count = enqueue.put(audience, occasion, now=now, delegates=delegates, technicians=technicians.none())
    nudge_on_commit()
    return count
