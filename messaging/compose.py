"""The texts of outbox rows as they are true at the moment at which they leave."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, TypeVar

from django.db.models import F
from django.utils import translation
from django.utils.text import slugify

from common.lookups import Among, LookUp
from common.phones import mobile_of
from common.text import without_accents
from conference.models import Conference
from messaging import alarms, message_kinds, sms_limits
from messaging import recipients as messaging_recipients
from messaging.batch import Batch
from messaging.models import Announcement, Rule
from messaging.recipients import Recipient
from messaging.texts import defaults
from messaging.texts.render import compile_text
from messaging.values import Values, others_of, qr_content_id
from outbox.channels import Attachment
from outbox.clock import database_clock
from outbox.models import Message
from outbox.refs import Ref
from outbox.send import Content, Later
from registrations import qr
from registrations.calendar import invitation
from registrations.messages import VALID_IN
from registrations.models import Registration

_WITH_CALENDAR = frozenset(
    {
        message_kinds.CONFIRMED,
        message_kinds.PROMOTED,
        message_kinds.MOVED,
        message_kinds.RESCHEDULED,
        message_kinds.RESTORED,
        message_kinds.DATE_FIXED,
        message_kinds.DETAILS,
    }
)
_WITH_CANCEL = frozenset({message_kinds.CANCELLED, message_kinds.CONFERENCE_CANCELLED})
#: What calls people, and is not for those who are there.
_CALLS = frozenset({message_kinds.REMINDER, message_kinds.STARTING})
_A = TypeVar("_A", Announcement, Rule)
_WITHDRAWN: LookUp[Message, list[int]] = LookUp(
    lambda numbers: Message.objects.filter(Among(F("pk"), numbers), state="cancelled").only("pk").order_by()
)
_COUNTDOWNS = ("{countdown}", "{starts_in}")
_BEGINS, _STOP = "{begins}", "{stop}"


def compose(batch: list[Message]) -> dict[int, Content | Later]:
    """The texts of ``batch`` by the number of the message, as they are right now; what no longer holds is left out.

    SMS beyond the limits of their conference or number wait, and whoever runs it is told.
    """
    recipients = messaging_recipients.load({m.person for m in batch})
    shared = Batch(database_clock()(), {r.registration.pk for r in recipients.values() if r.registration})
    worth_saying = list(_worth_saying(batch, recipients, shared))
    later = sms_limits.held_back([(one.message, one.recipient) for one in worth_saying], shared.now)
    contents: dict[int, Content | Later] = {**later}
    held_back: dict[int, Conference] = {}
    for message, recipient, text in worth_saying:
        if message.pk in later:
            held_back[recipient.conference.pk] = recipient.conference
        else:
            contents[message.pk] = content(
                text, recipient, message.kind, message.channel, message.language, shared, message.occasion
            )
    for conference in held_back.values():
        alarms.report_held_back(conference, now=shared.now)
    # Asked last: whoever changed what is said here has withdrawn it in the same transaction, and says it anew.
    for message in _WITHDRAWN.rows([*contents]):
        del contents[message.pk]
    return contents


class _WorthSaying(NamedTuple):
    """A message that is still worth saying, to whom, and its text with the placeholders."""

    message: Message
    recipient: Recipient
    text: defaults.Text


def _worth_saying(batch: list[Message], recipients: Mapping[str, Recipient], shared: Batch) -> Iterator[_WorthSaying]:
    """Those of ``batch`` that still hold."""
    sources = _Sources(batch, {r.conference.pk for r in recipients.values()}, shared)
    for message in batch:
        recipient = recipients.get(message.person)
        if recipient is None or not is_true_now(message, recipient, shared.now):
            continue
        if _comes_too_late(message, recipient, shared):
            continue
        text = sources.text_of(message, recipient)
        if text is not None:
            yield _WorthSaying(message, recipient, text)


def _comes_too_late(message: Message, recipient: Recipient, shared: Batch) -> bool:
    """Whether ``recipient`` is there already, or wants no announcements any more, since ``message`` was put in."""
    delegate = recipient.delegate
    if delegate is None:
        return False
    if message.kind == message_kinds.ANNOUNCEMENT:
        return shared.is_unsubscribed(delegate)
    return message.kind in _CALLS and shared.is_present(delegate)


class _Sources:
    """Where the texts of a batch come from: rules, announcements and the conferences' own texts, each read once."""

    def __init__(self, batch: list[Message], conferences: set[int], shared: Batch) -> None:
        self._now, self._shared = shared.now, shared
        self._own = defaults.of_conferences(conferences)
        self._announcements = _audiences(Announcement, [m for m in batch if m.kind == message_kinds.ANNOUNCEMENT])
        self._rules = _audiences(Rule, [m for m in batch if m.kind in message_kinds.BY_RULE])
        self._found: dict[tuple[int, bool, str, str, str], defaults.Text] = {}

    def text_of(self, message: Message, recipient: Recipient) -> defaults.Text | None:
        """What ``message`` says, with its placeholders; None if it is not for ``recipient`` any more."""
        audience = self._rules.get(message.occasion) or self._announcements.get(message.occasion)
        if audience and recipient.delegate and recipient.point and not audience.includes(recipient.point):
            # They have moved to a point that it is not for.
            return None
        if message.kind == message_kinds.ANNOUNCEMENT:
            return self._announcement(message, recipient)
        return None if self._is_gone(message) else self._template(message, recipient)

    def _is_gone(self, message: Message) -> bool:
        """Whether there is no more what ``message`` speaks of."""
        if message.kind in (message_kinds.TEST_ROUND, message_kinds.ROUND_CANCELLED):
            test_round = self._shared.lines.round_of(message.occasion)
            is_notice = message.kind == message_kinds.ROUND_CANCELLED
            return test_round is None or (test_round.cancelled_at is not None) != is_notice
        # Whoever asked was erased, or the answer was.
        return message.kind == message_kinds.QUESTION_ANSWERED and self._shared.answers.of(message.occasion) is None

    def _announcement(self, message: Message, recipient: Recipient) -> defaults.Text | None:
        announcement = self._announcements.get(message.occasion)
        if announcement is None or announcement.state == Announcement.State.WITHDRAWN:
            return None
        if announcement.is_of_before(recipient.conference.cancelled_at) or self._has_come(announcement, recipient):
            return None
        return announcement_text(announcement, message.channel, message.language)

    def _has_come(self, announcement: Announcement, recipient: Recipient) -> bool:
        """Whether it is for those who are absent, and ``recipient`` is there by now."""
        if announcement.presence != Announcement.Presence.ABSENT or recipient.delegate is None:
            return False
        return self._shared.is_present(recipient.delegate)

    def _template(self, message: Message, recipient: Recipient) -> defaults.Text:
        """The conference's text or ours; made once for all with the same conference, kind, channel and language."""
        key = (recipient.conference.pk, recipient.is_staff, message.kind, message.channel, message.language)
        if key not in self._found:
            self._found[key] = text_for(
                self._own, recipient, message.kind, message.channel, message.language, self._now
            )
        return self._found[key]


def _audiences(model: type[_A], messages: list[Message]) -> dict[str, _A]:
    """The rules or announcements that ``messages`` come from, with their points, by occasion."""
    numbers = {ref.number for m in messages if (ref := Ref.parse(m.occasion)) and ref.part is None}
    if not numbers:
        # Even a query that finds nothing has to be put together.
        return {}
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
        found = _without_countdown(found, ours, kind, channel)
    return found or ours or defaults.Text("", "")


def _without_countdown(own: defaults.Text, ours: defaults.Text, kind: str, channel: str) -> defaults.Text:
    if kind == message_kinds.STARTING and _BEGINS not in own.body:
        # Whatever it says, it says that the conference is about to start.
        return ours
    if channel == "sms" and any(name in own.body for name in _COUNTDOWNS):
        return ours
    return replace(own, subject=ours.subject) if any(name in own.subject for name in _COUNTDOWNS) else own


def announcement_text(announcement: Announcement, channel: str, language: str) -> defaults.Text:
    """What an organiser wrote, for ``channel``; a mail ends with the way to get no more of them."""
    if channel == "email":
        text = announcement.text
        if _STOP not in text:
            with translation.override(language):
                text = f"{text.rstrip()}\n\n{defaults.ANNOUNCEMENT_CLOSING}\n"
        return defaults.Text(announcement.subject, text)
    if channel == "sms":
        return defaults.Text("", announcement.sms_text, announcement.keep_accents)
    return defaults.Text("", "")


# --- what still holds -------------------------------------------------------------------------------------------------


def is_true_now(message: Message, recipient: Recipient, now: datetime) -> bool:
    """Whether ``message`` is still worth saying at ``now``, as conference and registration are."""
    if message.channel == "sms" and not mobile_of(message.address):
        # A country was taken out of the settings since.
        return False
    if recipient.conference.cancelled_at and message.kind not in _SAID_OF_CANCELLED:
        return False
    guest = recipient.guest
    if guest and (guest.registration_id or not guest.invitation.is_active):
        # They have accepted, or are no longer invited.
        return False
    return _CONDITIONS.get(message.kind, _lies_ahead)(recipient, now)


def _is_active(to: Recipient, now: datetime) -> bool:
    """Whether their registration is not over; who have none look after a point, or are invited."""
    return to.registration is None or to.registration.is_active


def _lies_ahead(to: Recipient, now: datetime) -> bool:
    return now < to.conference.ends_at and _is_active(to, now)


def _is_cancelled(to: Recipient, now: datetime) -> bool:
    return to.conference.cancelled_at is not None and _is_active(to, now)


def _can_accept(to: Recipient, now: datetime) -> bool:
    return to.guest is not None and now < to.conference.closes_at


def _has_active_registration(to: Recipient, now: datetime) -> bool:
    return to.registration is not None and to.registration.is_active


def _is_in(state: Registration.State) -> Callable[[Recipient, datetime], bool]:
    """The condition that somebody's registration is in ``state``."""
    return lambda to, now: to.registration is not None and to.registration.state == state


#: What is said of a cancelled conference; everything else is not.
_SAID_OF_CANCELLED = frozenset(
    {message_kinds.CANCELLED, message_kinds.CONFERENCE_CANCELLED, message_kinds.ANNOUNCEMENT}
)
#: What must hold for a kind of message; for every other the conference must lie ahead.
_CONDITIONS: dict[str, Callable[[Recipient, datetime], bool]] = {
    **{kind: _is_in(state) for kind, state in VALID_IN.items()},
    message_kinds.CONFERENCE_CANCELLED: _is_cancelled,
    message_kinds.INVITED: _can_accept,
    message_kinds.OWN_PAGE: _has_active_registration,
    message_kinds.ANNOUNCEMENT: _is_active,
    message_kinds.FOLLOW_UP: _is_active,
    # Conferences overrun, and rooms are moved then as well.
    message_kinds.LINE_MOVED: _is_active,
    message_kinds.QUESTION_ANSWERED: _is_active,
}


# --- filling in -------------------------------------------------------------------------------------------------------


def content(
    text: defaults.Text,
    recipient: Recipient,
    kind: str,
    channel: str,
    language: str,
    shared: Batch,
    occasion: str = "",
) -> Content:
    """``text`` filled in for ``recipient``, as ``channel`` sends it; ``occasion`` is that of the message, if known."""
    with translation.override(language):
        source = Values(recipient, kind, shared, channel, occasion)
        parts = compile_text(text.subject, text.body, language, channel == "email")
        values = {name: source[name] for name in parts.names}
        if channel == "email":
            return Content(
                subject=parts.fill_subject(values)[:200],
                text=f"{parts.fill_text(values)}\n",
                html=parts.fill_html(values),
                sender_name=recipient.conference.short_name,
                reply_to=recipient.conference.contact_email,
                attachments=[*_calendar(recipient, kind, shared.now), *_qr_codes(recipient, values, shared)],
                unsubscribe_url=source["stop"],
                secrets=source.secrets,
            )
        if channel == "zalo":
            return _zalo_content(text.subject, parts.fill_text(values), source.secrets)
        return _sms_content(parts.fill_text(values), source.secrets, text.keep_accents)


def _zalo_content(template_id: str, filled: str, secrets: tuple[str, ...]) -> Content:
    lines = (line.partition(":") for line in filled.splitlines() if ":" in line)
    parameters = {name.strip(): value.strip() for name, _, value in lines}
    return Content(text=filled, template_id=template_id.strip(), parameters=parameters, secrets=secrets)


def _sms_content(filled: str, secrets: tuple[str, ...], keep_accents: bool) -> Content:
    def fit(words: str) -> str:
        words = " ".join(words.split())
        return words if keep_accents else without_accents(words)

    # What is to be blanked must be written as it stands in the text.
    return Content(text=fit(filled), secrets=tuple(fit(secret) for secret in secrets))


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
    # Of these changes neither registration nor conference keeps the time.
    changed_at = now if kind in (message_kinds.DETAILS, message_kinds.DATE_FIXED) else None
    text = invitation(registration, recipient.delegate.join_url, method=method, changed_at=changed_at)
    return [Attachment("hoi-nghi.ics", text, f"text/calendar; method={method}")]


def _qr_codes(recipient: Recipient, values: Mapping[str, str], shared: Batch) -> list[Attachment]:
    """The QR codes of the links that the mail filled in with ``values`` shows: one's own, and those to be passed on.

    One's own stands in the HTML and is a file as well, for those who read plain text.
    """
    found = []
    if (own := recipient.delegate) and values.get("qr"):
        picture = qr.png(own.join_url)
        found = [
            Attachment("ma-qr.png", picture, "image/png", content_id=qr_content_id(own)),
            Attachment("ma-qr.png", picture, "image/png"),
        ]
    if values.get("others"):
        for other in others_of(recipient, shared):
            name = slugify(without_accents(other.full_name))[:60]
            found.append(Attachment(f"ma-qr-{name}-{other.pk}.png", qr.png(other.join_url), "image/png"))
    return found
