"""The history of a conference: one stream of who did what and when."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.models import User, display_name
from registrations.models import Delegate, Registration
from staff.registrations.people_history import at_door
from staff.roles import history_sources
from staff.roles.history_sources import Place, Row
from staff.roles.history_words import Line, lines
from staff.workspace.access import ORGANISERS, Workspace, workspace_page
from staff.workspace.pages import page

#: Lines of one page; those that say nothing are left out of it.
PER_PAGE = 50
KINDS = {
    "conference": _("the conference"),
    "parts": _("partners, programme, products, questions"),
    "roles": _("roles"),
    "points": _("bridge points and connections"),
    "messages": _("reminders, texts, messages to people"),
    "people": _("registrations and people"),
    "invitations": _("invitations"),
    "imports": _("lists from Excel"),
    "erasures": _("erasures"),
}
Source = Registration.Source
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@require_safe
@workspace_page(*ORGANISERS)
def history(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Everything that was done in the conference, the latest first; by kind and by person if so wished."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    who = _number(request.GET.get("who", ""))
    place = _place(request.GET.get("before", ""))
    found = history_sources.read(workspace, kind=kind, who=who, place=place, most=PER_PAGE + 1)
    shown = found[:PER_PAGE]
    query = {name: value for name, value in (("kind", kind), ("who", who)) if value}
    older = urlencode({**query, "before": _mark(shown[-1])}) if len(found) > PER_PAGE else ""
    return page(
        request,
        workspace,
        "roles/history",
        title=gettext("History"),
        tab="settings",
        days=_by_day(lines(workspace, shown)),
        kinds=KINDS.items(),
        kind=kind,
        people=_people(workspace, shown),
        who=who,
        older=older,
        is_first=place is None,
        newest=urlencode(query),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None


def _mark(row: Row) -> str:
    """The place of ``row``, as it stands in an address."""
    return f"{(row.at - _EPOCH) // timedelta(microseconds=1)}-{row.order}-{row.number}"


def _place(mark: str) -> Place | None:
    numbers = [_number(part) for part in mark.split("-")]
    if len(numbers) != 3 or None in numbers:
        return None
    at, order, number = numbers
    try:
        return Place(_EPOCH + timedelta(microseconds=at or 0), order or 0, number or 0)
    except OverflowError:
        return None


def _people(workspace: Workspace, shown: Iterable[Row]) -> list[tuple[int, str]]:
    """Those with a role in the conference, and whoever did something of what is shown; nobody else. One query."""
    conference = workspace.conference
    mine = Q(conferences=conference) | Q(coordinated__bridge_point__conference=conference)
    mine |= Q(conferences_led=conference) | Q(pk=workspace.user.pk)
    mine |= Q(pk__in={row.by.pk for row in shown if row.by is not None})
    users = User.objects.filter(mine, is_staff=True).distinct().order_by("name", "email")
    return [(user.pk, display_name(user)) for user in users]


def _by_day(found: Iterable[Line]) -> list[tuple[date, list[dict[str, Any]]]]:
    days: dict[date, list[dict[str, Any]]] = {}
    for line in found:
        moment = timezone.localtime(line.row.at).replace(microsecond=0)
        days.setdefault(moment.date(), []).append({"line": line, "moment": moment, "who": _who(line.row)})
    return list(days.items())


def _is_promotion(row: Row) -> bool:
    """Whether a registration got seats from the waitlist, which nobody does: they were given to the first in line."""
    if row.source.model is not Registration or row.before is None or (row.by is not None and row.by.is_staff):
        return False
    states = Registration.State
    return (row.before.state, row.row.state) == (states.WAITLISTED, states.CONFIRMED)


def _who(row: Row) -> str:
    if _is_promotion(row):
        return gettext("the system")
    if row.by is not None:
        return display_name(row.by)
    if row.source.model not in (Registration, Delegate):
        return gettext("the system")
    if at_door(row.row):
        return gettext("reception")
    is_from_list = row.source.model is Registration and row.row.history_type == "+" and row.row.source != Source.WEB
    return gettext("the system") if is_from_list else gettext("registrant")
