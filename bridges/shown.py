"""What the personal pages say about a conference and a bridge point: plain values, by which a page can be kept."""

from datetime import datetime
from typing import NamedTuple

from django.utils.text import capfirst

from bridges.models import BridgePoint, Kind
from common.phones import e164_of
from conference.models import Conference


class ConferenceShown(NamedTuple):
    """A conference; the names are those of the model."""

    slug: str
    name: str
    short_name: str
    starts_at: datetime
    ends_at: datetime
    doors_open_at: datetime
    is_still_tentative: bool
    is_cancelled: bool
    #: Why it is cancelled; "" if it is not, or nobody said.
    cancel_reason: str
    erased_from: datetime
    state_mark: str
    contact_name: str
    contact_email: str
    #: In E.164.
    contact_phone: str


class PointShown(NamedTuple):
    """A bridge point; the names are those of the model."""

    pk: int
    name: str
    kind_words: str
    address: str
    notes: str
    is_place: bool


def conference_shown(conference: Conference) -> ConferenceShown:
    """What is said now about ``conference``."""
    return ConferenceShown(
        slug=conference.slug,
        name=conference.name,
        short_name=conference.short_name,
        starts_at=conference.starts_at,
        ends_at=conference.ends_at,
        doors_open_at=conference.doors_open_at,
        is_still_tentative=conference.is_still_tentative,
        is_cancelled=conference.cancelled_at is not None,
        cancel_reason=conference.cancel_reason,
        erased_from=conference.erased_from,
        state_mark=conference.state_mark,
        contact_name=conference.contact_name,
        contact_email=conference.contact_email,
        contact_phone=e164_of(conference.contact_phone),
    )


def point_shown(point: BridgePoint) -> PointShown:
    """What is said about ``point`` in the present language."""
    return PointShown(
        pk=point.pk,
        name=point.name,
        kind_words=capfirst(str(Kind(point.kind).label)),
        address=point.whole_address,
        notes=point.notes,
        is_place=point.is_place,
    )
