"""The overview of a conference, and the lists behind what needs attention."""

from dataclasses import replace
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format, localize
from django.utils.translation import gettext, gettext_lazy, ngettext

from common.phones import e164_of, written
from registrations.models import Registration
from reports import attention, plots
from reports.numbers import (
    ROWS_SHOWN,
    Day,
    Overview,
    Row,
    Seats,
    overview,
    registrations,
    registrations_url,
    url,
)
from staff.day.start import start_panel
from staff.workspace.access import EVERYBODY, READERS, WORKERS, Role, Workspace, workspace_page
from staff.workspace.pages import page

State = Registration.State

_PER_PAGE = 50
#: What a leader reads of what needs attention; none of it names anybody.
_FOR_LEADERS = {"tentative", "details", "line", "over"}
_SAME_WORDS = {
    "tax": gettext_lazy("tax code"),
    "phone": gettext_lazy("phone"),
    "email": gettext_lazy("e-mail address"),
}


@workspace_page(*EVERYBODY)
def overview_page(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """How the conference stands, and what needs attention."""
    now = timezone.now()
    conference, scope = workspace.conference, workspace.scope
    found = overview(scope, now)
    needs = attention.gather(found, now)
    reads_only = workspace.role == Role.LEADER
    return page(
        request,
        workspace,
        "overview/page",
        title=gettext("Overview"),
        tab="overview",
        overview=found,
        attention=_for_leader(needs) if reads_only else needs,
        until_words=_until_words((timezone.localdate(conference.starts_at) - timezone.localdate(now)).days),
        facts=[(*words, "" if reads_only else address) for *words, address in _facts(found)],
        points=[_point(workspace, seats) for seats in found.seats],
        start=start_panel(workspace, now) if workspace.role in READERS else None,
        reads_only=reads_only,
        may_register_callers=not reads_only and conference.is_ahead_at(now),
        plot=_plot(found),
        tables=_tables(found),
        point_kinds=_point_kinds(found),
        totals=found.totals.values(),
    )


def _for_leader(needs: list[attention.Item]) -> list[attention.Item]:
    """What somebody who only reads is told of ``needs``: how ready the points are, and nothing about people."""
    return [replace(item, url="") for item in needs if item.code in _FOR_LEADERS]


def _until_words(days: int) -> str:
    if days < 0:
        return ""
    if days == 0:
        return gettext("today")
    return ngettext("in %(count)d day", "in %(count)d days", days) % {"count": days}


def _facts(found: Overview) -> list[tuple[int, str, str, str]]:
    """Number, what it counts, the rest of the sentence, and where they are listed."""
    totals, scope = found.totals, found.scope
    facts = [(totals[State.CONFIRMED].people, gettext("people with a seat"), State.CONFIRMED)]
    if found.requests:
        facts.append((totals[State.REQUESTED].people, gettext("people in requests"), State.REQUESTED))
    facts.append((totals[State.WAITLISTED].people, gettext("people on the waitlist"), State.WAITLISTED))
    rows = [
        (
            people,
            label,
            ngettext("in %(count)d registration", "in %(count)d registrations", totals[state].registrations)
            % {"count": totals[state].registrations},
            registrations_url(scope, state=state.value),
        )
        for people, label, state in facts
    ]
    gone = totals[State.CANCELLED].registrations + totals[State.DECLINED].registrations
    came_in = ngettext("%(count)d cancelled or declined", "%(count)d cancelled or declined", gone) % {"count": gone}
    return [*rows, (found.came_in, gettext("registrations came in"), came_in, registrations_url(scope))]


def _point(workspace: Workspace, seats: Seats) -> dict[str, Any]:
    """A point with its bar, and the numbers of the bar with the lists behind them."""
    point, scope = seats.point, workspace.scope
    parts = [("dc-ov-taken", seats.taken), ("dc-ov-held", seats.held), ("dc-ov-kept", seats.kept)]
    numbers = [
        (
            "dc-ov-taken",
            gettext("taken"),
            seats.taken,
            registrations_url(scope, point=point, state=State.CONFIRMED.value),
        ),
    ]
    if seats.held or seats.requests:
        address = registrations_url(scope, point=point, state=State.REQUESTED.value)
        numbers.append(("dc-ov-held", gettext("held by requests"), seats.held, address))
    if seats.kept:
        address = url("workspace:invitations", workspace.conference.slug)
        numbers.append(
            ("dc-ov-kept", gettext("kept for invitations"), seats.kept, address if scope.is_organiser else "")
        )
    if seats.free is not None:
        parts.append(("dc-ov-free", seats.free))
        numbers.append(("dc-ov-free", gettext("free"), seats.free, ""))
    if seats.waiting:
        parts.append(("dc-ov-waiting", seats.waiting))
        address = registrations_url(scope, point=point, state=State.WAITLISTED.value)
        numbers.append(("dc-ov-waiting", gettext("waiting"), seats.waiting, address))
    return {
        "point": point,
        "url": workspace.url("point", point.pk),
        "bar": plots.bar(parts),
        "numbers": numbers,
        "over": seats.over,
    }


def _label(day: Day) -> str:
    return f"{day.first.day}/{day.first.month}"


def _plot(found: Overview) -> dict[str, Any] | None:
    """The registrations over time: drawing, title and the same as a table."""
    if not found.days:
        return None
    title = gettext("Registrations a week") if found.by_week else gettext("Registrations a day")
    most = max(found.days, key=lambda day: day.count)
    if found.by_week:
        words = gettext("From %(first)s to %(last)s %(count)s came in, the most (%(most)s) from %(day)s.")
    else:
        words = gettext("From %(first)s to %(last)s %(count)s came in, the most (%(most)s) on %(day)s.")
    description = words % {
        "first": date_format(found.days[0].first, "DATE_FORMAT"),
        "last": date_format(found.days[-1].first, "DATE_FORMAT"),
        "count": localize(found.came_in),
        "most": localize(most.count),
        "day": date_format(most.first, "DATE_FORMAT"),
    }
    values = [(_label(day), day.count) for day in found.days]
    return {
        "title": title,
        "description": description,
        "drawing": plots.columns(values, title=title, description=description, uid="ov-days"),
        "first_column": gettext("week from") if found.by_week else gettext("day"),
        "rows": [(date_format(day.first, "DATE_FORMAT"), day.count) for day in found.days],
    }


def _tables(found: Overview) -> list[dict[str, Any]]:
    """Who comes: the same table by kind, province and inviter."""
    tables = [
        (gettext("By kind of organisation"), gettext("kind"), found.by_kind),
        (gettext("By province"), gettext("province"), found.by_province),
        (gettext("By inviter"), gettext("invited by"), found.by_inviter),
    ]
    return [
        {"title": title, "head": head, "rows": drawn[:ROWS_SHOWN], "more": drawn[ROWS_SHOWN:]}
        for title, head, rows in tables
        if (drawn := _with_bars(rows))
    ]


def _with_bars(rows: list[Row]) -> list[tuple[Row, str]]:
    most = max((row.registrations for row in rows), default=0)
    return [(row, plots.bar([("dc-ov-taken", row.registrations)], end=most, css="dc-ov-share")) for row in rows]


def _point_kinds(found: Overview) -> dict[str, Any]:
    """People by kind of point and by what has become of their registration, the states that occur."""
    shown = [s for s in Registration.ACTIVE if s == State.CONFIRMED or found.totals[s].people]
    return {
        "heads": [found.totals[state].label for state in shown],
        "rows": [(label, [people.get(state, 0) for state in shown]) for label, people in found.by_point_kind],
    }


@workspace_page(*WORKERS)
def unreachable(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The people whom no channel can reach, each with the page where their addresses are corrected.

    Below them those whose SMS waits until their contact person opens our link: their numbers are right.
    """
    mine, parts = registrations(workspace.scope), ("registration__organisation", "registration__bridge_point")
    found, waiting = (
        people.select_related(*parts).order_by("sort_name", "id")
        for people in (attention.unreachable(mine), attention.silent(mine))
    )
    shown = Paginator(found, _PER_PAGE).get_page(request.GET.get("page"))
    title = gettext("People who cannot be reached")
    context: dict[str, Any] = {
        "shown": shown,
        "silent": waiting[:_PER_PAGE],
        "more_silent": max(waiting.count() - _PER_PAGE, 0),
    }
    return page(request, workspace, "overview/unreachable", title=title, tab="overview", **context)


@workspace_page(*WORKERS)
def doubles(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Registrations that share a tax code, a phone or an e-mail address, group by group."""
    mine = registrations(workspace.scope)
    groups = attention.doubles(mine).order_by("what", "value")
    shown = Paginator(groups, _PER_PAGE).get_page(request.GET.get("page"))
    pairs = [(what, value) for what, value, _count in shown]
    rows = (
        attention.with_the_same(mine, pairs).select_related("organisation", "bridge_point").order_by("created_at", "id")
    )
    by_value: dict[tuple[str, str], list[Registration]] = {}
    for row in rows:
        for pair in _common(row):
            by_value.setdefault(pair, []).append(row)
    found = [(_SAME_WORDS[what], _readable(what, value), by_value.get((what, value), [])) for what, value in pairs]
    title = gettext("Possible double registrations")
    return page(request, workspace, "overview/doubles", title=title, tab="overview", shown=shown, groups=found)


def _common(registration: Registration) -> list[tuple[str, str]]:
    phone = registration.contact_phone
    return [
        ("tax", registration.organisation.tax_code),
        ("phone", e164_of(phone)),
        ("email", registration.contact_email),
    ]


def _readable(what: str, value: str) -> str:
    return written(value) if what == "phone" else value
