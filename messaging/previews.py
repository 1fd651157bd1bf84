"""How a text reads for somebody, before it is sent.

Personal links are replaced by an example of the same length: a preview is shown around, a test message forwarded.
The ``secrets`` that remain are connection details: organisers may read them in a preview, no test message stores them.
"""

import re
from base64 import b64encode
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext

from bridges.models import BridgePoint, Connection, Coordinator, Kind
from conference.models import Conference
from messaging import message_kinds, recipients
from messaging.batch import Batch
from messaging.compose import announcement_text, content, text_for
from messaging.models import Announcement, KnownDetails, KnownTime, Template
from messaging.recipients import Recipient
from messaging.texts import defaults
from messaging.texts.defaults import Text
from messaging.texts.placeholders import fault_in
from outbox import channels
from outbox.channel_names import channel_name
from outbox.send import Content
from outbox.sms_length import SMSLength, measure
from registrations import qr
from registrations.models import Delegate, Guest, Invitation, Organisation, Registration
from registrations.tokens import TOKEN_LENGTH

#: The name of the invented person, where others are called "delegate/7".
INVENTED = "example"
_AT_MOST = 12
#: An SMS in more parts than an announcement can have is a mistake, and each part costs.
MOST_PARTS = 10
#: More than the header of a part can count.
TOO_MANY = 256
_TOKEN = ("ViDu" * TOKEN_LENGTH)[:TOKEN_LENGTH]
# A personal page, an invitation, or the link of its guest; where announcements are stopped.
_PERSONAL = re.compile(r"(/[jrigs]/|[?&;][ig]=)([\w:.-]{20,})")
_PICTURE = re.compile(r"cid:[\w.@-]+")
_STAFF = (message_kinds.STAFF_REMINDER, message_kinds.STAFF_NEWS, message_kinds.STAFF_CANCELLED)
_STATES = {
    message_kinds.WAITLISTED: (Registration.State.WAITLISTED,),
    message_kinds.CANCELLED: (Registration.State.CANCELLED,),
    message_kinds.REQUESTED: (Registration.State.REQUESTED,),
    message_kinds.DECLINED: (Registration.State.DECLINED,),
    **dict.fromkeys(message_kinds.NEEDS_SEAT, (Registration.State.CONFIRMED,)),
}
_ACTIVE = (Registration.State.CONFIRMED, Registration.State.WAITLISTED)


@dataclass(frozen=True)
class TextPreview:
    """A text as it would leave over ``channel``; or ``problem``, in words, why it cannot."""

    channel: str
    content: Content | None = None
    problem: str = ""

    @property
    def label(self) -> str:
        """The channel in words."""
        return channel_name(self.channel)

    @property
    def length(self) -> SMSLength | None:
        """How long an SMS is."""
        return measure(self.content.text) if self.content and self.channel == "sms" else None


class _Example(Batch):
    """Stands in for changes that have not happened, so that messages about changes have something to say."""

    def __init__(self, now: datetime, recipient: Recipient) -> None:
        super().__init__(now)
        self._recipient = recipient

    def known_details_of(self, point_id: int) -> KnownDetails | None:
        known = super().known_details_of(point_id)
        if known and known.changed and known.changed_for_delegates:
            return known
        point = self._recipient.point
        names = ["name", "address"] if point and point.address else ["name"]
        return KnownDetails(changed=names, changed_for_delegates=names)

    def known_time_of(self, conference_id: int) -> KnownTime | None:
        starts_at = self._recipient.conference.starts_at
        known = super().known_time_of(conference_id)
        return known if known and known.starts_at != starts_at else KnownTime(starts_at=starts_at - timedelta(days=7))


def choices(conference: Conference, kind: str, within: Collection[int] | None = None) -> list[tuple[str, str]]:
    """Some people of ``conference`` who could get a message of ``kind``, one a point; last an invented one.

    Each as the outbox calls them, and in words. ``within``: of the points with these numbers alone, for kinds that go
    to delegates; None: of all. Two statements, however many people there are.
    """
    if kind in _STAFF:
        coordinators = Coordinator.objects.filter(bridge_point__conference=conference, user__is_active=True)
        technicians = Connection.objects.filter(bridge_point__conference=conference).exclude(technician_name="")
        found = [
            f"{recipients.COORDINATOR}/{pk}" for pk in coordinators.order_by("id").values_list("pk", flat=True)[:6]
        ]
        found += [f"{recipients.TECHNICIAN}/{pk}" for pk in technicians.order_by("id").values_list("pk", flat=True)[:6]]
    elif kind == message_kinds.INVITED:
        guests = Guest.objects.filter(invitation__conference=conference).order_by("id")
        found = [f"{recipients.GUEST}/{pk}" for pk in guests.values_list("pk", flat=True)[:_AT_MOST]]
    else:
        first = Delegate.objects.filter(
            registration__bridge_point=OuterRef("pk"), registration__state__in=_STATES.get(kind, _ACTIVE)
        ).order_by("id")
        points = _points(conference, within).annotate(first=Subquery(first.values("pk")[:1]))
        pks = points.exclude(first=None).values_list("first", flat=True)[:_AT_MOST]
        found = [f"{recipients.DELEGATE}/{pk}" for pk in pks]
    loaded = recipients.load(found)
    named = [(name, _with_point(loaded[name])) for name in found if name in loaded]
    return [*named, (INVENTED, gettext("an invented example"))]


def _with_point(to: Recipient) -> str:
    return f"{to.name} – {to.point.label}" if to.point else to.name


def _points(conference: Conference, within: Collection[int] | None) -> QuerySet[BridgePoint]:
    found = BridgePoint.objects.filter(conference=conference)
    return found if within is None else found.filter(pk__in=within)


def recipient(conference: Conference, kind: str, person: str, within: Collection[int] | None = None) -> Recipient:
    """``person`` if they belong to ``conference``, and to a point of ``within`` if given; else an invented one."""
    found = recipients.load([person]).get(person)
    if found is None or found.conference.pk != conference.pk:
        return _example_recipient(conference, kind, _example_point(conference, within))
    is_within = within is None or (found.point is not None and found.point.pk in within)
    return found if is_within else _example_recipient(conference, kind, _example_point(conference, within))


def _example_point(conference: Conference, within: Collection[int] | None = None) -> BridgePoint:
    point = _points(conference, within).select_related("province").first()
    point = point or BridgePoint(kind=Kind.VENUE, name=gettext("Example hall"), address=gettext("1 Example Street"))
    point.conference = conference
    return point


def _example_recipient(conference: Conference, kind: str, point: BridgePoint | None = None) -> Recipient:
    """An invented person at ``point`` of ``conference``, by default its first."""
    point = point or _example_point(conference)
    name = gettext("Example Person")
    if kind in _STAFF:
        coordinator = Coordinator(bridge_point=point) if point.pk else None
        return Recipient(conference, point, name, coordinator=coordinator)
    if kind == message_kinds.INVITED:
        place = point if point.pk else None
        guest = example_guest(Invitation(conference=conference, bridge_point=place, name=gettext("Example agency")))
        return Recipient(conference, place, name, guest=guest)
    state = _STATES.get(kind, _ACTIVE)[0]
    now = timezone.now()
    registration = Registration(
        conference=conference,
        bridge_point=point,
        organisation=Organisation(kind=Organisation.Kind.COOPERATIVE, name=gettext("Example cooperative")),
        number="VDVD-2345",
        reason=gettext("All seats have been given away."),
        state=state,
        queue_number=0 if state == Registration.State.WAITLISTED else None,
        created_at=now,
        confirmed_at=now if state == Registration.State.CONFIRMED else None,
    )
    delegate = Delegate(registration=registration, full_name=name, position=gettext("Director"), is_contact=True)
    return Recipient(conference, point, name, delegate=delegate)


def example_guest(invitation: Invitation) -> Guest:
    """An invented guest of ``invitation``."""
    return Guest(
        invitation=invitation,
        name=gettext("Example Person"),
        position=gettext("Director"),
        organisation=gettext("Example cooperative"),
    )


def preview_saved(to: Recipient, kind: str, language: str) -> list[TextPreview]:
    """What ``to`` would read of ``kind`` on each channel in use: the conference's own texts, else ours. One query."""
    own, now = defaults.of_conferences({to.conference.pk}), timezone.now()
    return [
        preview_text(text_for(own, to, kind, channel, language, now), to, kind, channel, language)
        for channel in ("email", "sms")
        if channel in channels.names()
    ]


def preview_text(text: Text, to: Recipient, kind: str, channel: str, language: str) -> TextPreview:
    """``text`` filled in for ``to``, personal links replaced by an example."""
    if fault := fault_in(f"{text.subject}\n{text.body}", kind):
        return TextPreview(channel, problem=fault)
    filled = content(text, to, kind, channel, language, _Example(timezone.now(), to))
    if channel == "sms" and parts_of(filled.text) > MOST_PARTS:
        words = gettext("Filled in, this SMS is longer than %(count)d parts. Please shorten it.") % {
            "count": MOST_PARTS
        }
        return TextPreview(channel, problem=words)
    return TextPreview(channel, _without_links(filled))


def parts_of(text: str) -> int:
    """In how many parts ``text`` leaves as an SMS; one too many for any SMS if it cannot."""
    try:
        return measure(text).parts
    except ValueError:
        return TOO_MANY


def problem_of_sms(text: Text, conference: Conference, kind: str, language: str) -> str:
    """Why ``text`` cannot be saved as an SMS of ``conference``: too long for its example; "" if it can."""
    return preview_text(text, _example_recipient(conference, kind), kind, "sms", language).problem


def long_sms(conference: Conference) -> list[tuple[Template, int]]:
    """The SMS texts of its own that ``conference`` would send in several parts, each with their number.

    The number of statements does not depend on how many texts there are.
    """
    own = list(Template.objects.filter(conference=conference, channel="sms"))
    if not own:
        return []
    point = _example_point(conference)
    shared = _Example(timezone.now(), _example_recipient(conference, own[0].kind, point))
    found = []
    for template in own:
        to = _example_recipient(conference, template.kind, point)
        text = Text("", template.body, template.keep_accents)
        parts = parts_of(content(text, to, template.kind, "sms", template.language, shared).text)
        if parts > 1:
            found.append((template, parts))
    return found


def preview_cancellation(conference: Conference, reason: str, language: str) -> list[tuple[TextPreview, Text]]:
    """What people would read if ``conference`` were cancelled for ``reason``, each beside the text it is made from."""
    kind, now = message_kinds.CONFERENCE_CANCELLED, timezone.now()
    person = choices(conference, kind)[0][0]
    to = recipient(conference, kind, person)
    # Not saved: as it would be.
    to.conference.cancel_reason, to.conference.cancelled_at = reason, now
    own = defaults.of_conferences({conference.pk})
    found = []
    for channel in ("email", "sms"):
        if channel in channels.names():
            text = text_for(own, to, kind, channel, language, now)
            filled = content(text, to, kind, channel, language, Batch(now))
            found.append((TextPreview(channel, _without_links(filled)), text))
    return found


def preview_announcement(announcement: Announcement, to: Recipient, language: str) -> list[TextPreview]:
    """What an organiser writes, for ``to``, on each channel for which there is a text."""
    found = []
    for channel in ("email", "sms"):
        text = announcement_text(announcement, channel, language)
        if channel in announcement.route.replace("+", ",").split(",") and text.body.strip():
            found.append(preview_text(text, to, message_kinds.ANNOUNCEMENT, channel, language))
    return found


def _example_picture() -> str:
    """The address of a QR code that leads nowhere, with the picture in it: a preview has no files."""
    picture = qr.png(f"{settings.SITE_URL}/j/{_TOKEN}/")
    return f"data:image/png;base64,{b64encode(picture).decode()}"


def _without_links(filled: Content) -> Content:
    def put(text: str) -> str:
        return _PERSONAL.sub(lambda found: found[1] + (_TOKEN * 9)[: len(found[2])], text)

    return replace(
        filled,
        subject=put(filled.subject),
        text=put(filled.text),
        html=_PICTURE.sub(lambda found: _example_picture(), put(filled.html)),
        parameters={name: put(value) for name, value in filled.parameters.items()},
        attachments=[],
    )
