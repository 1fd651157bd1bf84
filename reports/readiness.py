"""What is missing before a conference can be shown to everybody, each with the small form that mends it.

None of it keeps anybody from publishing: somebody may know better.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext, ngettext

from bridges.models import BridgePoint, Coordinator, Kind
from bridges.readiness import has_way_in, lacks_address
from conference.models import Conference, Partner
from messaging import message_kinds, previews
from reports.numbers import url

#: Whoever keeps personal data for longer than this must have a reason.
_KEPT_DAYS = 365


@dataclass(frozen=True)
class Lack:
    """One thing that is missing; ``code`` is the same for each point that lacks it."""

    code: str
    text: str
    url: str


#: What can be missing several times, in words for all of them.
_SEVERAL: dict[str, Callable[[int], str]] = {
    "seats": lambda count: ngettext(
        "%(count)d point without a number of seats", "%(count)d points without a number of seats", count
    ),
    "address": lambda count: ngettext(
        "%(count)d point without an address", "%(count)d points without an address", count
    ),
    "details": lambda count: ngettext(
        "%(count)d point without a link to join", "%(count)d points without a link to join", count
    ),
    "coordinator": lambda count: ngettext(
        "%(count)d point without a coordinator with a phone",
        "%(count)d points without a coordinator with a phone",
        count,
    ),
    "sms": lambda count: ngettext("%(count)d SMS is too long", "%(count)d SMS are too long", count),
    "programme": lambda count: ngettext(
        "%(count)d entry of the programme is outside the hours",
        "%(count)d entries of the programme are outside the hours",
        count,
    ),
}


def group(lacks: Sequence[Lack]) -> list[tuple[str, list[Lack]]]:
    """``lacks`` by what is missing, in words; never empty groups."""
    found: dict[str, list[Lack]] = {}
    for lack in lacks:
        found.setdefault(lack.code, []).append(lack)
    return [
        (rows[0].text if len(rows) == 1 else _SEVERAL[code](len(rows)) % {"count": len(rows)}, rows)
        for code, rows in found.items()
    ]


def missing(conference: Conference, points: Sequence[BridgePoint], now: datetime) -> list[Lack]:
    """What ``conference`` lacks at ``now``; ``points``: all of its points, with their connections.

    The number of statements does not depend on the number of points, texts or entries.
    """
    return [
        *_date(conference, now),
        *_points(conference, points),
        *_contact(conference),
        *_texts(conference),
        *_programme(conference),
        *_data(conference),
    ]


def _date(conference: Conference, now: datetime) -> Iterator[Lack]:
    page = url("workspace:content_when", conference.slug)
    if conference.starts_at <= now:
        yield Lack("past", gettext("The start has passed."), page)
    elif conference.is_tentative:
        yield Lack("tentative", gettext("The date is tentative."), page)


def _points(conference: Conference, points: Sequence[BridgePoint]) -> Iterator[Lack]:
    if not points:
        text = gettext("There is no bridge point yet: nobody can register.")
        yield Lack("no_points", text, url("workspace:points", conference.slug))
    coordinators = Coordinator.objects.filter(bridge_point__in=[point.pk for point in points])
    reached = set(coordinators.exclude(user__phone="").values_list("bridge_point", flat=True))
    for point in points:
        names, at = {"point": point.label}, (conference.slug, point.pk)
        yield from _place(conference, point)
        if point.kind != Kind.VENUE and not has_way_in(point):
            yield Lack(
                "details", gettext("%(point)s: the link to join is missing.") % names, url("workspace:point", *at)
            )
        if point.kind != Kind.ONLINE and point.pk not in reached:
            words = gettext("%(point)s: a coordinator with a phone is missing.") % names
            yield Lack("coordinator", words, url("workspace:point_people", *at))


def _place(conference: Conference, point: BridgePoint) -> Iterator[Lack]:
    """Where ``point`` is, and how many find room there."""
    names, page = {"point": point.label}, url("workspace:point_place", conference.slug, point.pk)
    if lacks_address(point):
        yield Lack("address", gettext("%(point)s: the address is missing.") % names, page)
    if point.is_hub and point.province_id is None:
        words = gettext("%(point)s: the province is missing, which letters and lists name as their place.")
        yield Lack("province", words % names, page)
    if point.is_place and point.seats is None:
        yield Lack("seats", gettext("%(point)s: the number of seats is missing.") % names, page)


def _contact(conference: Conference) -> Iterator[Lack]:
    if not (conference.contact_phone or conference.contact_email):
        text = gettext("People do not know whom to ask: phone and e-mail address are missing.")
        yield Lack("contact", text, url("workspace:content_contact", conference.slug))


def _texts(conference: Conference) -> Iterator[Lack]:
    labels = dict(message_kinds.TEMPLATED)
    for template, parts in previews.long_sms(conference):
        page = url("messaging:text", conference.pk, template.kind, template.channel, template.language)
        facts = {"text": labels.get(template.kind, template.kind), "count": parts}
        if template.keep_accents:
            words = gettext("SMS “%(text)s” keeps its accents and is sent in %(count)d parts.")
        else:
            words = gettext("SMS “%(text)s” is too long and is sent in %(count)d parts.")
        yield Lack("sms", words % facts, page)


def _programme(conference: Conference) -> Iterator[Lack]:
    for item in conference.programme.select_related("conference"):
        if item.is_outside_hours:
            words = gettext("“%(item)s” in the programme is outside the hours of the conference.")
            yield Lack("programme", words % {"item": item.title}, url("workspace:content_programme", conference.slug))


def _data(conference: Conference) -> Iterator[Lack]:
    """To whom people give their data, and for how long."""
    named = Partner.objects.filter(conference=conference, role__in=(Partner.Role.HOST, Partner.Role.ORGANISER))
    if not named.exists():
        text = gettext("No agency is named that hosts or organises: people do not know who keeps their data.")
        yield Lack("consent", text, url("workspace:content_partners", conference.slug))
    if conference.erase_after_days > _KEPT_DAYS:
        words = gettext("Personal data would be kept for %(count)d days after the end.")
        page = url("workspace:content_registration", conference.slug)
        yield Lack("erasure", words % {"count": conference.erase_after_days}, page)
