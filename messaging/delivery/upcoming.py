"""What goes out to the people of a conference next: reminders that have not fired, announcements that wait."""

from dataclasses import dataclass
from datetime import datetime

from messaging import announcements, routes
from messaging.delivery.counts import Names, Scope, place
from messaging.models import Announcement, Audience, Rule
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


def later_than(scope: Scope, names: Names, now: datetime) -> list[Upcoming]:
    """What goes out to people of ``scope`` later than ``now``, the next first."""
    conference = scope.conference
    if not conference.is_published:
        return []
    found = []
    # Of a cancelled conference nobody is reminded; what is written to its people after that still goes out.
    for rule in () if conference.cancelled_at else names.rules:
        fires_at, until = planning.window(rule, conference, names.rules)
        if rule.is_active and fires_at < until and _concerns(rule, scope):
            found.append((names.label(rule.text, rule.occasion), rule, fires_at, _departures(rule, fires_at, until)))
    for announcement in names.announcements:
        is_off = announcement.is_of_before(conference.cancelled_at)
        if announcement.state == Announcement.State.CONFIRMED and not is_off and _concerns(announcement, scope):
            meant = announcement.send_at or now
            times = {c: announcements.leaves_at(announcement, c, now) for c in channels_of(announcement)}
            found.append((announcement.subject, announcement, meant, times))
    result = [
        Upcoming(label, str(routes.ROUTES.get(audience.route, audience.route)), departures)
        for label, audience, meant, times in found
        if (departures := [Departure(c, at, at != meant) for c, at in times.items() if at > now])
    ]
    return sorted(result, key=lambda one: one.at)


def channels_of(audience: Audience) -> list[str]:
    """The channels that ``audience`` may be told over."""
    return sorted({c for group in routes.groups(audience.route) for c in group}, key=place)


def _departures(rule: Rule, fires_at: datetime, until: datetime) -> dict[str, datetime]:
    return {channel: planning.moment(rule, channel, fires_at, until) for channel in channels_of(rule)}


def _concerns(audience: Audience, scope: Scope) -> bool:
    points = {p.pk for p in audience.points.all()}
    return scope.is_organiser or any(
        (not points or p.pk in points) and (not audience.kinds or p.kind in audience.kinds)
        for p in scope.points.values()
    )
