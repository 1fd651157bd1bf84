"""What the messages of one batch share, each asked for once."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.conf import settings
from django.utils.translation import get_language

from bridges.models import Connection
from common.lookups import LookUp
from common.phones import written
from conference.models import Conference, Partner
from messaging import answers, line_words, presence, time_words
from messaging.models import KnownDetails, KnownTime, Unsubscription
from registrations.messages import delegates_without_address
from registrations.models import Delegate

_SIGNING = (Partner.Role.HOST, Partner.Role.ORGANISER)
_HOSTS: LookUp[Partner, int] = LookUp(
    lambda pk: Partner.objects.filter(conference=pk, role__in=_SIGNING).only("role", "name")
)


def _contact(conference: Conference, now: datetime) -> str:
    phone = written(conference.contact_phone)
    return ", ".join(part for part in (conference.contact_name, phone, conference.contact_email) if part)


#: What is the same for everybody at a conference and stands in its row.
ABOUT_CONFERENCE: dict[str, Callable[[Conference, datetime], str]] = {
    "event": lambda conference, now: conference.short_name,
    "conference": lambda conference, now: conference.name,
    "when": time_words.when_words,
    "time": time_words.span_words,
    "starts_in": time_words.starts_in_words,
    "begins": time_words.begins_words,
    "countdown": time_words.countdown_words,
    "begun": time_words.begun_words,
    "preparation": lambda conference, now: conference.preparation.strip().replace("\r\n", "\n"),
    "contact": _contact,
    "conference_page": lambda conference, now: f"{settings.SITE_URL}{conference.get_absolute_url()}",
}


class Batch:
    """What the messages of one batch share, each asked for once."""

    def __init__(self, now: datetime, registrations: Iterable[int] = ()) -> None:
        self.now = now
        self._registrations = set(registrations)
        self._without_address: dict[int, list[Delegate]] | None = None
        self._connections: dict[int, Connection | None] = {}
        self.lines = line_words.Lines()
        self.answers = answers.Answers()
        self._details: dict[int, KnownDetails | None] = {}
        self._times: dict[int, KnownTime | None] = {}
        self._hosts: dict[int, list[str]] = {}
        self._absent: dict[int, set[int]] = {}
        self._unsubscribed: set[int] | None = None
        self._words: dict[tuple[int, str], dict[str, str]] = {}

    def words_about(self, conference: Conference) -> dict[str, str]:
        """By placeholder what says the same to everybody at ``conference``, in the language of now.

        Whoever needs one that is not there yet adds it.
        """
        return self._words.setdefault((conference.pk, get_language() or ""), {})

    def connection_of(self, point_id: int) -> Connection | None:
        if point_id not in self._connections:
            self._connections[point_id] = Connection.objects.filter(bridge_point=point_id).first()
        return self._connections[point_id]

    def delegates_without_address(self, registration_id: int) -> list[Delegate]:
        if self._without_address is None or registration_id not in self._registrations:
            self._registrations.add(registration_id)
            self._without_address = delegates_without_address(self._registrations)
        return self._without_address.get(registration_id, [])

    def known_details_of(self, point_id: int) -> KnownDetails | None:
        if point_id not in self._details:
            self._details[point_id] = KnownDetails.objects.filter(bridge_point=point_id).first()
        return self._details[point_id]

    def known_time_of(self, conference_id: int) -> KnownTime | None:
        if conference_id not in self._times:
            self._times[conference_id] = KnownTime.objects.filter(conference=conference_id).first()
        return self._times[conference_id]

    def is_present(self, delegate: Delegate) -> bool:
        """Whether ``delegate``, one of this batch, is there already; nobody is before the doors open."""
        conference = delegate.registration.conference
        if self.now < conference.doors_open_at:
            return False
        if conference.pk not in self._absent:
            mine = Delegate.objects.filter(registration__in=self._registrations).order_by()
            absent = presence.without_present(mine.filter(registration__conference=conference.pk), conference)
            self._absent[conference.pk] = set(absent.values_list("pk", flat=True))
        return delegate.pk not in self._absent[conference.pk]

    def is_unsubscribed(self, delegate: Delegate) -> bool:
        """Whether ``delegate``, one of this batch, asked to get no announcements."""
        if self._unsubscribed is None:
            found = Unsubscription.objects.filter(delegate__registration__in=self._registrations)
            self._unsubscribed = set(found.values_list("delegate", flat=True))
        return delegate.pk in self._unsubscribed

    def hosts_of(self, conference_id: int) -> list[str]:
        """The names of the agencies that host the conference; of those that organise it, if none does."""
        if conference_id not in self._hosts:
            found = _HOSTS.rows(conference_id)
            names = {role: [one.name for one in found if one.role == role] for role in _SIGNING}
            self._hosts[conference_id] = next((names[role] for role in _SIGNING if names[role]), [])
        return self._hosts[conference_id]
