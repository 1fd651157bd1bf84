"""What goes out to the people of a conference next: reminders that have not fired, announcements that wait."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from messaging import announcements, routes
from messaging.audience import Audience
from messaging.delivery.counts import Names, place
from messaging.delivery.scope import Scope
from messaging.models import Announcement
from messaging.reminders import planning


@dataclass(frozen=True)
class Departure:
    """When something goes out over a channel; ``put_off``: not at its own time, because of the quiet hours."""

    channel: str
    at: datetime
    put_off: bool


@dataclass(frozen=True)
class Upcoming:
    """A reminder or an announcement that has not gone out."""

    label: str
    route: str
    departures: list[Departure]

    @property
    def at(self) -> datetime:
        return min(departure.at for departure in self.departures)


def list_upcoming(scope: Scope, names: Names, now: datetime) -> list[Upcoming]:
    """What goes out to people of ``scope`` later than ``now``, the next first."""
    if not scope.conference.is_published:
        return []
    found = [*_reminders(scope, names, now), *_announcements(scope, names, now)]
    return sorted((one for one in found if one.departures), key=lambda one: one.at)


def _reminders(scope: Scope, names: Names, now: datetime) -> Iterator[Upcoming]:
    conference = scope.conference
    if conference.cancelled_at:
        # Of a cancelled conference nobody is reminded; what is written to its people after that still goes out.
        return
    for rule in names.rules:
        fires_at, until = planning.window(rule, conference, names.rules)
        if rule.is_active and fires_at < until and _concerns(rule, scope):
            times = {channel: planning.moment(rule, channel, fires_at, until) for channel in channels_of(rule)}
            yield _upcoming(names.label(rule.text, rule.occasion), rule, fires_at, times, now)


def _announcements(scope: Scope, names: Names, now: datetime) -> Iterator[Upcoming]:
    for announcement in names.announcements:
        is_off = announcement.is_of_before(scope.conference.cancelled_at)
        if announcement.state == Announcement.State.CONFIRMED and not is_off and _concerns(announcement, scope):
            times = {c: announcements.leaves_at(announcement, c, now) for c in channels_of(announcement)}
            yield _upcoming(announcement.title, announcement, announcement.send_at or now, times, now)


def _upcoming(label: str, audience: Audience, meant: datetime, times: dict[str, datetime], now: datetime) -> Upcoming:
    """What goes out over its channels at ``times``, of those only the ones later than ``now``."""
    departures = [Departure(channel, at, put_off=at != meant) for channel, at in times.items() if at > now]
    return Upcoming(label, str(routes.ROUTES.get(audience.route, audience.route)), departures)


def channels_of(audience: Audience) -> list[str]:
    """The channels that ``audience`` may be told over."""
    return sorted({c for group in routes.groups(audience.route) for c in group}, key=place)


def _concerns(audience: Audience, scope: Scope) -> bool:
    points = {p.pk for p in audience.points.all()}
    return scope.is_organiser or any(
        (not points or p.pk in points) and (not audience.kinds or p.kind in audience.kinds)
        for p in scope.points.values()
    )
