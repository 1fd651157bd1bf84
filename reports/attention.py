"""What needs the attention of whoever runs a conference, each with the page where it is solved."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Value
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext

from bridges.models import BridgePoint, Kind
from bridges.readiness import has_line, has_way_in
from conference.models import Conference
from control.slides.order import due_at, entries
from messaging import changed_details, notices
from messaging.delivery import counts
from messaging.delivery.scope import Scope
from messaging.enqueue import DELEGATES, Role
from messaging.models import Rule
from messaging.reminders import held_back
from messaging.sms_limits import HELD_BACK
from messaging.time_words import moment_words
from outbox import channel_state, channels, health, hold
from outbox.channel_names import channel_name
from outbox.models import Message
from registrations.models import Delegate, Registration
from registrations.models.registration import RegistrationQuerySet
from reports import readiness
from reports.numbers import Overview, Seats, registrations, registrations_url, url

State = Registration.State

#: A point must be ready this long before the start.
READY_BEFORE = timedelta(days=2)
#: A date must be certain this long before.
CERTAIN_BEFORE = timedelta(days=7)


@dataclass(frozen=True)
class Item:
    """One thing to do. ``url`` "": it cannot be solved in the administration."""

    code: str
    text: str
    url: str = ""
    is_urgent: bool = False


def _reached(role: Role) -> Q:
    """The condition that some channel in use reaches a delegate of ``role``."""
    usable = Q(pk__in=[])
    for channel in channels.names():
        if channel in role.addresses:
            usable |= role.usable(channel)
    return usable


def _people_of(found: RegistrationQuerySet) -> QuerySet[Delegate]:
    return Delegate.objects.filter(registration__in=found.active().filter(erased_at=None).values("pk"))


def unreachable(found: RegistrationQuerySet) -> QuerySet[Delegate]:
    """The people of the active registrations among ``found`` who have no address that works on a channel in use."""
    return _people_of(found).exclude(_reached(DELEGATES.of_all))


def silent(found: RegistrationQuerySet) -> QuerySet[Delegate]:
    """The people among ``found`` with a mobile alone, whose SMS wait until their contact person opens our link."""
    return _people_of(found).filter(_reached(DELEGATES.of_all)).exclude(_reached(DELEGATES))


_SAME = {"tax": "organisation__tax_code", "phone": "contact_phone", "email": "contact_email"}


def doubles(found: RegistrationQuerySet) -> QuerySet[Any, tuple[Any, ...]]:
    """What several active registrations among ``found`` have in common: rows of ``what``, ``value`` and ``count``."""
    active = found.active().filter(erased_at=None).order_by()
    parts = [
        active.exclude(**{path: ""})
        .values(what=Value(what), value=F(path))
        .annotate(count=Count("*"))
        .filter(count__gt=1)
        .values_list("what", "value", "count")
        for what, path in _SAME.items()
    ]
    return parts[0].union(*parts[1:], all=True)


def with_the_same(found: RegistrationQuerySet, pairs: list[tuple[str, str]]) -> RegistrationQuerySet:
    """The active registrations among ``found`` that have one of ``pairs`` (``what``, ``value``)."""
    same = Q(pk__in=[])
    for what, path in _SAME.items():
        same |= Q(**{f"{path}__in": [value for kind, value in pairs if kind == what]})
    return found.active().filter(same, erased_at=None)


def gather(overview: Overview, now: datetime) -> list[Item]:
    """Everything in the conference of ``overview`` that needs attention at ``now``, the urgent first."""
    items = [*_messages(overview, now), *_date(overview, now), *_past_draft(overview, now), *_hidden(overview, now)]
    conference = overview.scope.conference
    if conference.is_ahead_at(now):
        items += [*_fixed_date(overview, now), *_points(overview, now), *_requests(overview), *_people(overview)]
        items += _held_back(overview.scope, now)
        items += _slides(overview.scope, now)
        items += _before_the_start(overview, {item.code for item in items}, now)
    return sorted(items, key=lambda item: not item.is_urgent)


def _messages(overview: Overview, now: datetime) -> Iterator[Item]:
    scope = overview.scope
    page = url("messaging:delivery", scope.conference.pk)
    if (installation := hold.current()) and installation.held_since:
        text = gettext("No message leaves: everything is held until an administrator releases it")
        yield Item("held", text, page, is_urgent=True)
    trouble = channel_state.in_trouble()
    if since := health.stopped_since(now, installation, trouble):
        text = gettext("No message has left since %(moment)s: nothing is running that would send them.")
        advice = gettext("Please tell an administrator.")
        yield Item("silent", f"{text % {'moment': moment_words(since)}} {advice}", page, is_urgent=True)
    for state in trouble:
        if state.stopped:
            label = channel_name(state.name)
            text = gettext("Nothing goes out over %(channel)s: %(reason)s") % {"channel": label, "reason": state.reason}
            yield Item("stopped", text, page, is_urgent=True)
    found = Message.objects.filter(topic__in=scope.topics)
    if failed := counts.select_unreached(found).order_by().count():
        words = ngettext(
            "%(count)d message failed and reached nobody by another way",
            "%(count)d messages failed and reached nobody by another way",
            failed,
        )
        yield Item("failed", words % {"count": failed}, page, is_urgent=True)
    if held := found.filter(state=Message.State.QUEUED, error=HELD_BACK).order_by().count():
        words = ngettext(
            "%(count)d SMS waits for the next hour: registering has caused more than usual",
            "%(count)d SMS wait for the next hour: registering has caused more than usual",
            held,
        )
        yield Item("held_back", words % {"count": held}, registrations_url(scope), is_urgent=True)
    in_doubt = counts.annotate_sent_again(found.filter(state=Message.State.UNCERTAIN)).order_by()
    if uncertain := in_doubt.filter(sent_again=False).count():
        words = ngettext(
            "%(count)d message may or may not have arrived",
            "%(count)d messages may or may not have arrived",
            uncertain,
        )
        yield Item("uncertain", words % {"count": uncertain}, page)


def _hidden(overview: Overview, now: datetime) -> Iterator[Item]:
    """People wait for a message that is held since the conference was taken back from publication."""
    conference = overview.scope.conference
    if overview.scope.is_organiser and notices.waits_for_publishing(conference, now):
        if conference.cancelled_at:
            text = gettext("People do not know that the conference is cancelled: it is hidden; publish it to tell them")
        else:
            text = gettext("People do not know the new time: the conference is hidden; publish it to tell them")
        yield Item("hidden", text, url("workspace:publish", conference.slug), is_urgent=True)


def _before_the_start(overview: Overview, said: set[str], now: datetime) -> Iterator[Item]:
    """What should be there when a conference is published, until it starts; ``said``: the codes that are named already.

    Only for organisers: others cannot mend it.
    """
    scope = overview.scope
    conference = scope.conference
    if not scope.is_organiser or now >= conference.starts_at:
        return
    page = url("workspace:publish", conference.slug)
    if not conference.is_published:
        yield Item("missing_publication", gettext("The conference is not published yet"), page)
    lacks = readiness.missing(conference, list(scope.points.values()), now)
    for words, found in readiness.group([lack for lack in lacks if lack.code not in said]):
        yield Item(f"missing_{found[0].code}", words.rstrip("."), found[0].url if len(found) == 1 else page)


def _past_draft(overview: Overview, now: datetime) -> Iterator[Item]:
    """The conference is a draft, and its time has come or passed: a slip, or an archive that waits to be shown."""
    conference = overview.scope.conference
    is_draft = not conference.is_published and not conference.cancelled_at
    if is_draft and conference.starts_at <= now and overview.scope.is_organiser:
        text = gettext("This is a draft, and its date has passed: set another date, or publish it for the archive")
        yield Item("past_draft", text, url("workspace:content_when", conference.slug), is_urgent=True)


def _date(overview: Overview, now: datetime) -> Iterator[Item]:
    """The date is near and still tentative."""
    conference, is_organiser = overview.scope.conference, overview.scope.is_organiser
    is_near = now < conference.starts_at <= now + CERTAIN_BEFORE
    if conference.is_tentative and is_near and not conference.cancelled_at:
        date = date_format(localtime(conference.starts_at), "DATE_FORMAT")
        text = gettext("The date of %(date)s is still tentative") % {"date": date}
        page = url("workspace:content_when", conference.slug) if is_organiser else ""
        yield Item("tentative", text, page, is_urgent=True)


def _fixed_date(overview: Overview, now: datetime) -> Iterator[Item]:
    """People know the date as tentative, and organisers have not decided whether they are told that it is fixed."""
    conference = overview.scope.conference
    if overview.scope.is_organiser and notices.is_fixed_date_news(conference, now):
        text = gettext("The date is no longer tentative, and people do not know yet.")
        yield Item("fixed_date", text, url("messaging:fixed_date", conference.pk))


def _points(overview: Overview, now: datetime) -> Iterator[Item]:
    is_soon = now >= overview.scope.conference.starts_at - READY_BEFORE
    for seats in overview.seats:
        # It is the one that is read already.
        seats.point.conference = overview.scope.conference
    too_big = _too_big(overview.scope)
    yield from _untold(overview, now)
    for seats in overview.seats:
        yield from _line(seats.point, is_soon=is_soon)
        yield from _seats(seats, too_big.get(seats.point.pk, ""))


def _untold(overview: Overview, now: datetime) -> Iterator[Item]:
    """The points whose details have changed while it was put off whether their people are told."""
    for point in changed_details.points_with_news([seats.point for seats in overview.seats], now):
        words = gettext("%(point)s: details have changed, and its people do not know yet") % {"point": point.label}
        yield Item("untold", words, url("messaging:details", point.pk), is_urgent=True)


def _line(point: BridgePoint, *, is_soon: bool) -> Iterator[Item]:
    """What is missing before ``point`` can be connected; ``is_soon``: the conference is near."""
    page = url("workspace:point", point.conference.slug, point.pk)
    names = {"point": point.label}
    if is_soon and point.kind != Kind.VENUE and not has_way_in(point):
        yield Item("details", gettext("%(point)s has no join details yet") % names, page, is_urgent=True)
    if not has_line(point):
        return
    if point.line_test == BridgePoint.LineState.FAILED:
        yield Item("line", gettext("%(point)s: the line test failed") % names, page, is_urgent=is_soon)
    elif is_soon and point.line_test == BridgePoint.LineState.UNTESTED:
        yield Item("line", gettext("%(point)s: the line has not been tested") % names, page, is_urgent=True)


def _seats(seats: Seats, too_big: str) -> Iterator[Item]:
    """Seats given beyond those that there are; ``too_big``: the number of a registration that can never fit, or ""."""
    point = seats.point
    if seats.over:
        words = ngettext(
            "%(point)s: %(count)d seat more is given than there is",
            "%(point)s: %(count)d seats more are given than there are",
            seats.over,
        )
        page = url("workspace:point", point.conference.slug, point.pk)
        yield Item("over", words % {"point": point.label, "count": seats.over}, page)
    if too_big:
        words = gettext("%(point)s: registration %(number)s waits for more seats than there are, and others behind it")
        lists = url("workspace:search", point.conference.slug, q=too_big)
        yield Item("too_big", words % {"point": point.label, "number": too_big}, lists, is_urgent=True)


def _too_big(scope: Scope) -> dict[int, str]:
    """By point the number of a registration in line for which the point has too few seats, since they were cut."""
    waiting = registrations(scope).in_line().filter(bridge_point__seats__gt=0, seats__gt=F("bridge_point__seats"))
    return dict(waiting.order_by("-queue_number").values_list("bridge_point", "number"))


def _requests(overview: Overview) -> Iterator[Item]:
    if count := overview.requests:
        words = ngettext(
            "%(count)d registration waits for your decision", "%(count)d registrations wait for your decision", count
        )
        yield Item("requests", words % {"count": count}, registrations_url(overview.scope, state=State.REQUESTED.value))


def _people(overview: Overview) -> Iterator[Item]:
    scope = overview.scope
    found = registrations(scope)
    if count := unreachable(found).count():
        words = ngettext("%(count)d person cannot be reached", "%(count)d people cannot be reached", count)
        yield Item("unreachable", words % {"count": count}, url("workspace:unreachable", scope.conference.slug))
    if count := silent(found).count():
        words = ngettext(
            "%(count)d person gets no message until their contact person opens our link",
            "%(count)d people get no message until their contact person opens our link",
            count,
        )
        yield Item("silent", words % {"count": count}, url("workspace:unreachable", scope.conference.slug) + "#silent")
    if count := doubles(found).count():
        words = ngettext(
            "%(count)d tax code, phone or e-mail address stands in several registrations",
            "%(count)d tax codes, phones or e-mail addresses stand in several registrations",
            count,
        )
        yield Item("doubles", words % {"count": count}, url("workspace:doubles", scope.conference.slug))


def _held_back(scope: Scope, now: datetime) -> Iterator[Item]:
    """People whom "starting now" will not reach, or does not reach by now, because their point has no link."""
    conference = scope.conference
    if now < conference.starts_at - READY_BEFORE:
        return
    rules = Rule.objects.filter(conference=conference, is_active=True, text=Rule.Text.STARTING)
    helping = [rule for rule in rules.prefetch_related("points") if now < rule.makes_sense_until(conference)]
    waiting = held_back.list_waiting(conference) if helping else []
    found = [one for one in held_back.of_rules(helping, waiting) if one[0].pk in scope.points]
    if count := sum(people for _point, people in found):
        words = ngettext(
            "“Starting now” is held back for %(count)d person, since the point has no link yet: %(points)s",
            "“Starting now” is held back for %(count)d people, since the point has no link yet: %(points)s",
            count,
        )
        text = words % {"count": count, "points": ", ".join(point.label for point, _people in found)}
        yield Item("no_link", text, _page_of([point for point, _people in found], conference), is_urgent=True)


def _slides(scope: Scope, now: datetime) -> Iterator[Item]:
    """Slides are missing at the end of their time limit, or the conference has moved away from it."""
    if not scope.is_organiser or (limit := due_at(scope.conference)) is None:
        return
    page = url("workspace:slides", scope.conference.slug)
    if limit > scope.conference.ends_at:
        yield Item("slides_due", gettext("The time limit for slides lies after the end of the conference"), page)
    elif limit <= now and (count := sum(entry.is_waited_for for entry in entries(scope.conference))):
        words = ngettext(
            "%(count)d speaker has sent no slides, and the time limit has passed",
            "%(count)d speakers have sent no slides, and the time limit has passed",
            count,
        )
        yield Item("slides", words % {"count": count}, page)


def _page_of(points: list[BridgePoint], conference: Conference) -> str:
    """Where the links of ``points`` are entered: the page of the point, if it is one."""
    if len(points) == 1:
        return url("workspace:point", conference.slug, points[0].pk)
    return url("workspace:points", conference.slug)
