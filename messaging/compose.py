"""The texts of outbox rows as they are true at the moment at which they leave."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from bridges.models import BridgePoint, Connection
from common.text import without_accents
from messaging import message_kinds, time_words
from messaging import recipients as messaging_recipients
from messaging.models import Announcement, DetailsTold, Rule, Told
from messaging.notices import changes_words
from messaging.recipients import Recipient
from messaging.texts import defaults
from messaging.texts.render import compiled
from outbox.channels import Attachment
from outbox.clock import database_clock
from outbox.models import Message
from outbox.refs import Ref
from outbox.send import Content
from registrations.calendar import invitation
from registrations.messages import VALID_IN, unreached
from registrations.models import Delegate, Guest, Registration

_WITH_CALENDAR = frozenset(
    {
        message_kinds.CONFIRMED,
        message_kinds.PROMOTED,
        message_kinds.MOVED,
        message_kinds.RESCHEDULED,
        message_kinds.RESTORED,
        message_kinds.DETAILS,
    }
)
_WITH_CANCEL = frozenset({message_kinds.CANCELLED, message_kinds.CONFERENCE_CANCELLED})
_A = TypeVar("_A", Announcement, Rule)
_LINK = re.compile(r"https?://\S+")
_COUNTDOWN = "{countdown}"


class Values(Mapping[str, str]):
    """The values of the placeholders for one recipient, each computed when it is asked for."""

    def __init__(self, recipient: Recipient, kind: str, now: datetime, batch: "Batch", channel: str) -> None:
        self._to, self._kind, self._now, self._batch, self._channel = recipient, kind, now, batch, channel
        self._known: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        if name not in self._known:
            self._known[name] = _VALUES[name](self)
        return self._known[name]

    def __iter__(self):
        return iter(_VALUES)

    def __len__(self) -> int:
        return len(_VALUES)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that the stored copy must not show."""
        hidden = [] if self._to.is_staff else [self._known.get(name, "") for name in ("link", "page")]
        hidden += [self._known.get("invitation", ""), *_LINK.findall(self._known.get("others", ""))]
        # Written as a text has them once it is filled in.
        hidden += [re.sub(r"\n{3,}", "\n\n", self._known.get(name, "")).strip() for name in ("details", "changes")]
        return tuple(secret for secret in hidden if secret)

    def link(self) -> str:
        """The personal link; for staff the point in the administration; a technician without account has none.

        A contact person who does not attend has none either. An SMS has room for one link: it is the page of a
        contact person who has no mail with it, or has the links of others to pass on.
        """
        if self._to.contact_of:
            return self.page() if self._channel == "sms" else ""
        if delegate := self._to.delegate:
            is_seated = self._to.registration.state == Registration.State.CONFIRMED
            if is_seated and self._channel == "sms" and self._needs_page():
                return self.page()
            return delegate.join_url if is_seated else ""
        if self._to.coordinator:
            return f"{settings.SITE_URL}{reverse('admin:bridges_bridgepoint_change', args=[self._to.point.pk])}"
        return ""

    def _needs_page(self) -> bool:
        """Whether an SMS about the registration itself leads a contact person to his page, where all links are."""
        delegate = self._to.delegate
        if not delegate.is_contact or self._kind not in message_kinds.NEEDS_SEAT:
            return False
        return not delegate.email or bool(self._batch.unreached_of(self._to.registration.pk))

    def page(self) -> str:
        """The registrant's own page: it can cancel, so only the contact person gets it; he has it in any case."""
        if self._to.is_contact and self._kind not in (message_kinds.CANCELLED, message_kinds.DECLINED):
            return self._to.registration.url
        return ""

    def acceptance(self) -> str:
        """Where a guest accepts his invitation; no notice leads there once registration has closed."""
        guest = self._to.guest
        if guest is None or (self._kind in message_kinds.NOTICES and self._now >= self._to.conference.closes_at):
            return ""
        return guest.url

    def others(self) -> str:
        """Name and personal link of each delegate whom no message reaches, one a line."""
        registration = self._to.registration
        if not self._to.is_contact or registration.pk is None or registration.state != Registration.State.CONFIRMED:
            return ""
        others = self._batch.unreached_of(registration.pk)
        return "\n".join(f"{delegate.full_name}: {delegate.join_url}" for delegate in others)

    def details(self) -> str:
        """The connection details, one a line; for those who connect the room."""
        connection = self._to.connection or self._batch.connection_of(self._to.point.pk)
        if not self._to.is_staff or connection is None:
            return ""
        lines = [f"{label}: {value}" for label, value in connection.shown_details()]
        if connection.web_url:
            lines.insert(0, connection.web_url)
        if connection.instructions:
            lines.append(connection.instructions)
        return "\n".join(lines)

    def changes(self) -> str:
        """What has changed: of the conference's time, or of the point since its people were told last."""
        conference = self._to.conference
        if self._kind in (message_kinds.RESCHEDULED, message_kinds.RESTORED):
            return time_words.when_words(conference)
        if self._kind == message_kinds.CONFERENCE_CANCELLED:
            return str(conference.phase.label)
        point = self._to.point
        connection, told = self._batch.connection_of(point.pk), self._batch.told_of(point.pk)
        return changes_words(point, connection, told, for_staff=self._to.is_staff)

    def earlier(self) -> str:
        """When the conference was to start, as people know it."""
        told = self._batch.told_about(self._to.conference.pk)
        return time_words.moment_words(told.starts_at if told else self._to.conference.starts_at)


def _contact(values: Values) -> str:
    conference = values._to.conference
    phone = str(conference.contact_phone) if conference.contact_phone else ""
    return ", ".join(part for part in (conference.contact_name, phone, conference.contact_email) if part)


def _of_registration(attribute: Callable[[Registration], str]) -> Callable[[Values], str]:
    return lambda values: attribute(values._to.registration) if values._to.registration else ""


def _of_point(attribute: Callable[[BridgePoint], str]) -> Callable[[Values], str]:
    return lambda values: attribute(values._to.point) if values._to.point else ""


def _of_guest(attribute: Callable[[Guest], str]) -> Callable[[Values], str]:
    return lambda values: attribute(values._to.guest) if values._to.guest else ""


_organisation = _of_registration(lambda registration: registration.organisation.name)

_VALUES: dict[str, Callable[[Values], str]] = {
    "name": lambda v: v._to.name,
    "position": lambda v: getattr(v._to.delegate or v._to.guest, "position", ""),
    "inviter": _of_guest(lambda guest: guest.invitation.name),
    "words": _of_guest(lambda guest: guest.invitation.text.strip().replace("\r\n", "\n")),
    "invitation": Values.acceptance,
    "others": Values.others,
    "reason": _of_registration(lambda r: r.reason),
    "organisation": lambda v: v._to.guest.organisation if v._to.guest else _organisation(v),
    "number": _of_registration(lambda r: r.number),
    "event": lambda v: v._to.conference.short_name,
    "conference": lambda v: v._to.conference.name,
    "when": lambda v: time_words.when_words(v._to.conference),
    "countdown": lambda v: time_words.countdown_words(v._to.conference, v._now),
    "begun": lambda v: time_words.begun_words(v._to.conference, v._now),
    "point": _of_point(lambda point: point.name),
    "point_short": _of_point(lambda point: point.label),
    "point_kind": _of_point(lambda point: str(point.get_kind_display())),
    "address": _of_point(lambda point: point.address),
    "link": Values.link,
    "page": Values.page,
    "place": _of_registration(lambda r: str(r.place_in_line or "")),
    "preparation": lambda v: v._to.conference.preparation.strip().replace("\r\n", "\n"),
    "contact": _contact,
    "conference_page": lambda v: f"{settings.SITE_URL}{v._to.conference.get_absolute_url()}",
    "earlier": Values.earlier,
    "changes": Values.changes,
    "details": Values.details,
}


class Batch:
    """What the messages of one batch share, each asked for once."""

    def __init__(self, now: datetime, registrations: Iterable[int] = ()) -> None:
        self.now = now
        self._registrations = set(registrations)
        self._unreached: dict[int, list[Delegate]] | None = None
        self._connections: dict[int, Connection | None] = {}
        self._details: dict[int, DetailsTold | None] = {}
        self._told: dict[int, Told | None] = {}

    def connection_of(self, point_id: int) -> Connection | None:
        if point_id not in self._connections:
            self._connections[point_id] = Connection.objects.filter(bridge_point=point_id).first()
        return self._connections[point_id]

    def unreached_of(self, registration_id: int) -> list[Delegate]:
        if self._unreached is None or registration_id not in self._registrations:
            self._registrations.add(registration_id)
            self._unreached = unreached(self._registrations)
        return self._unreached.get(registration_id, [])

    def told_of(self, point_id: int) -> DetailsTold | None:
        if point_id not in self._details:
            self._details[point_id] = DetailsTold.objects.filter(bridge_point=point_id).first()
        return self._details[point_id]

    def told_about(self, conference_id: int) -> Told | None:
        if conference_id not in self._told:
            self._told[conference_id] = Told.objects.filter(conference=conference_id).first()
        return self._told[conference_id]


def compose(batch: list[Message]) -> dict[int, Content]:
    """The texts of ``batch`` as they are right now; what no longer holds true is left out."""
    recipients = messaging_recipients.load({m.person for m in batch})
    shared = Batch(database_clock()(), {r.registration.pk for r in recipients.values() if r.registration})
    own = defaults.of_conferences({r.conference.pk for r in recipients.values()})
    announcements = _audiences(Announcement, [m for m in batch if m.kind == message_kinds.ANNOUNCEMENT])
    rules = _audiences(Rule, [m for m in batch if m.kind in message_kinds.BY_RULE])
    contents = {}
    for message in batch:
        recipient = recipients.get(message.person)
        if recipient is None or not still_true(message, recipient, shared.now):
            continue
        audience = rules.get(message.occasion) or announcements.get(message.occasion)
        if audience and recipient.delegate and not audience.includes(recipient.point):
            # He has moved to a point that it is not for.
            continue
        if message.kind == message_kinds.ANNOUNCEMENT:
            announcement = announcements.get(message.occasion)
            if announcement is None or announcement.state == Announcement.State.WITHDRAWN:
                continue
            if announcement.is_of_before(recipient.conference.cancelled_at):
                continue
            text = announcement_text(announcement, message.channel)
        else:
            text = text_for(own, recipient, message.kind, message.channel, message.language, shared.now)
        if text is not None:
            contents[message.pk] = content(text, recipient, message.kind, message.channel, message.language, shared)
    return contents


def _audiences(model: type[_A], messages: list[Message]) -> dict[str, _A]:
    """The rules or announcements that ``messages`` come from, with their points, by occasion."""
    numbers = {ref.number for m in messages if (ref := Ref.parse(m.occasion)) and ref.part is None}
    return {one.occasion: one for one in model.objects.filter(pk__in=numbers).prefetch_related("points")}


def text_for(
    own: Mapping[tuple[int, str, str, str], defaults.Text],
    recipient: Recipient,
    kind: str,
    channel: str,
    language: str,
    now: datetime,
) -> defaults.Text:
    """The text for ``recipient``: the conference's own, else our default; an empty one where Zalo has no template.

    What counts down to the start in an own subject or SMS is put in our words once it has begun: the line that a mail
    leaves out may be all that they say.
    """
    if recipient.is_staff:
        kind = message_kinds.for_staff(kind)
    found, ours = own.get((recipient.conference.pk, kind, channel, language)), defaults.default(kind, channel, language)
    if found and ours and now >= recipient.conference.starts_at:
        if _COUNTDOWN in found.subject:
            found = replace(found, subject=ours.subject)
        if channel == "sms" and _COUNTDOWN in found.body:
            found = ours
    return found or ours or defaults.Text("", "")


def announcement_text(announcement: Announcement, channel: str) -> defaults.Text:
    """What an organiser wrote, for ``channel``."""
    if channel == "email":
        return defaults.Text(announcement.subject, announcement.text)
    if channel == "sms":
        return defaults.Text("", announcement.sms_text, announcement.keep_accents)
    return defaults.Text("", "")


def still_true(message: Message, recipient: Recipient, now: datetime) -> bool:
    """Whether ``message`` is still worth saying at ``now``, as conference and registration are."""
    conference, registration = recipient.conference, recipient.registration
    kind = message.kind
    if conference.cancelled_at and kind not in (
        message_kinds.CANCELLED,
        message_kinds.CONFERENCE_CANCELLED,
        message_kinds.ANNOUNCEMENT,
    ):
        return False
    if recipient.guest and not (recipient.guest.invitation.is_active and not recipient.guest.registration_id):
        return False
    if kind == message_kinds.CONFERENCE_CANCELLED:
        return conference.cancelled_at is not None and _is_active(registration)
    if kind == message_kinds.INVITED:
        return recipient.guest is not None and now < conference.closes_at
    if kind == message_kinds.OWN_PAGE:
        return registration is not None and registration.is_active
    if kind in VALID_IN:
        return registration is not None and registration.state == VALID_IN[kind]
    if kind == message_kinds.ANNOUNCEMENT:
        return _is_active(registration)
    return _is_active(registration) and (kind == message_kinds.FOLLOW_UP or now < conference.ends_at)


def _is_active(registration: Registration | None) -> bool:
    return registration is None or registration.is_active


def content(
    text: defaults.Text, recipient: Recipient, kind: str, channel: str, language: str, shared: Batch
) -> Content:
    """``text`` filled in for ``recipient``, as ``channel`` sends it."""
    with translation.override(language):
        source = Values(recipient, kind, shared.now, shared, channel)
        parts = compiled(text.subject, text.body, language, channel == "email")
        values = {name: source[name] for name in parts.names}
        filled = parts.fill_text(values)
        if channel == "email":
            return Content(
                subject=parts.fill_subject(values)[:200],
                text=f"{filled}\n",
                html=parts.fill_html(values),
                sender_name=recipient.conference.short_name,
                reply_to=recipient.conference.contact_email,
                attachments=_calendar(recipient, kind, shared.now),
                secrets=source.secrets,
            )
        if channel == "zalo":
            lines = (line.partition(":") for line in filled.splitlines() if ":" in line)
            parameters = {name.strip(): value.strip() for name, _, value in lines}
            return Content(text=filled, template_id=text.subject.strip(), parameters=parameters, secrets=source.secrets)

        def fit(words: str) -> str:
            words = " ".join(words.split())
            return words if text.keep_accents else without_accents(words)

        # What is to be blanked must be written as it stands in the text.
        return Content(text=fit(filled), secrets=tuple(fit(secret) for secret in source.secrets))


def _calendar(recipient: Recipient, kind: str, now: datetime) -> list[Attachment]:
    registration = recipient.registration
    if registration is None or recipient.delegate is None:
        return []
    if kind in _WITH_CALENDAR and registration.state == Registration.State.CONFIRMED:
        method = "PUBLISH"
    elif kind in _WITH_CANCEL and registration.confirmed_at:
        method = "CANCEL"
    else:
        return []
    changed_at = now if kind == message_kinds.DETAILS else None
    text = invitation(registration, recipient.delegate.join_url, method=method, changed_at=changed_at)
    return [Attachment("hoi-nghi.ics", text, f"text/calendar; method={method}")]
