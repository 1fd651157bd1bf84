"""The table of everybody who has registered for a conference: narrowed, searched, page by page.

It lists registrations, the latest first, or their people by name. Neither counts nor skips the rows before a page, so
that a hundred thousand of them are as quick as ten.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext, pgettext
from django.views.decorators.http import require_POST, require_safe

from common.keyset import Keyset, KeysetPage, count_up_to
from common.search import fold
from lists.models import ImportJob
from registrations import searching
from registrations.models import Delegate, Registration
from reports import numbers
from staff.broken_values import read_number
from staff.lists import people_export
from staff.registrations import table_actions
from staff.registrations.chosen import AT_ONCE
from staff.registrations.table_columns import COLUMNS, Column, Row, columns_of
from staff.registrations.table_filters import (
    OF_PERSON,
    OF_REGISTRATION,
    Chip,
    Filter,
    chips_of,
    condition_of,
    filters_of,
    read_chosen,
)
from staff.workspace.access import WORKERS, Workspace, workspace_page
from staff.workspace.pages import page

REGISTRATIONS, PEOPLE = "registrations", "people"
#: The order of each list.
_ORDERS = {REGISTRATIONS: Keyset("created_at", descending=True), PEOPLE: Keyset("sort_name")}
PER_PAGE = 50
#: So far rows are counted.
COUNTED = 10_000
#: What the session keeps of the columns.
_COLUMNS = "people_columns"


@dataclass
class Listing:
    """What the address asks for, of the rows that the user may see."""

    workspace: Workspace
    given: Mapping[str, str]

    @property
    def view(self) -> str:
        """``REGISTRATIONS`` or ``PEOPLE``."""
        return PEOPLE if self.given.get("by") == PEOPLE else REGISTRATIONS

    @property
    def query(self) -> str:
        """What is searched for; "" if nothing is."""
        typed = self.given.get("q", "").strip()[:100]
        return typed if fold(typed) else ""

    @cached_property
    def filters(self) -> list[Filter]:
        """What the list can be narrowed by."""
        return filters_of(self.workspace)

    @cached_property
    def chosen(self) -> dict[str, str]:
        """By what it is narrowed."""
        return read_chosen(self.filters, self.given)

    @property
    def is_narrowed(self) -> bool:
        """Whether it shows a part only."""
        return bool(self.chosen or self.query)

    def address(self, name: str = "people", without: str = "", **instead: Any) -> str:
        """The address of the page ``name`` with the same rows, ``without`` one of the filters; from its beginning."""
        asked = {"by": self.view if self.view == PEOPLE else "", "q": self.query, **self.chosen, **instead}
        said = {key: value for key, value in asked.items() if value and key != without}
        address = self.workspace.url(name)
        return f"{address}?{urlencode(said)}" if said else address

    @property
    def everybody(self) -> str:
        """The address of the whole list."""
        return self.workspace.url("people") + (f"?by={PEOPLE}" if self.view == PEOPLE else "")

    # --- the rows -----------------------------------------------------------------------------------------------------

    @property
    def registrations(self) -> QuerySet[Registration]:
        """The registrations in the list, or whose people are."""
        if self.view == PEOPLE:
            mine = numbers.registrations(self.workspace.scope)
            return mine.filter(pk__in=self._people().order_by().values("registration"))
        return self._registrations()

    def _registrations(self) -> QuerySet[Registration]:
        rows = numbers.registrations(self.workspace.scope).filter(self._condition(OF_REGISTRATION))
        return searching.narrow_registrations(rows, self.query) if self.query else rows

    def _people(self) -> QuerySet[Delegate]:
        """Those whose data are not erased."""
        rows = Delegate.objects.filter(self._condition(OF_PERSON), registration__erased_at=None)
        if self.workspace.is_organiser:
            rows = rows.filter(registration__conference=self.workspace.conference)
        else:
            rows = rows.filter(registration__bridge_point__in=list(self.workspace.scope.points))
        return searching.narrow_delegates(rows, self.query) if self.query else rows

    def _condition(self, path: str) -> Any:
        return condition_of(self.filters, self.chosen, path)

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """All rows of the list, in no order."""
        return self._people() if self.view == PEOPLE else self._registrations()

    def people(self) -> QuerySet[Delegate] | None:
        """Who is listed; None: all the people of ``registrations``."""
        return self._people() if self.view == PEOPLE else None

    def read(self, columns: list[Column]) -> tuple[list[Row], KeysetPage]:
        """The rows of the page that is asked for, with what ``columns`` show, and what lies around it."""
        order = _ORDERS[self.view]
        after, before = (read_number(self.given.get(name, "")) for name in ("after", "before"))
        shown = order.page(self.rows, after=after, before=before, size=PER_PAGE)
        if self.view == PEOPLE:
            return self._read_people(shown.keys, columns), shown
        return self._read_registrations(shown.keys, columns), shown

    def _read_registrations(self, keys: list[int], columns: list[Column]) -> list[Row]:
        reads = [path for column in columns for path in column.reads]
        found = (
            Registration.objects.filter(pk__in=keys)
            .select_related("organisation__province", "bridge_point", "invitation")
            .prefetch_related("delegates__attendance", *reads)
        )
        by_key = {one.pk: one for one in found}
        return [Row(by_key[key]) for key in keys if key in by_key]

    def _read_people(self, keys: list[int], columns: list[Column]) -> list[Row]:
        of = "registration"
        reads = [f"{of}__{path}" for column in columns for path in column.reads]
        found = (
            Delegate.objects.filter(pk__in=keys)
            .select_related(f"{of}__organisation__province", f"{of}__bridge_point", f"{of}__invitation", "attendance")
            .prefetch_related(*reads)
        )
        by_key = {one.pk: one for one in found}
        return [Row(by_key[key].registration, by_key[key]) for key in keys if key in by_key]


@workspace_page(*WORKERS)
def people(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The table; what is sent from it is done to those who are ticked."""
    listing = Listing(workspace, request.GET.dict())
    if request.method == "POST":
        here = listing.address(after=request.GET.get("after"), before=request.GET.get("before"))
        return table_actions.act(request, workspace, listing.registrations, here)
    columns = columns_of(listing.view, request.session.get(_COLUMNS))
    rows, shown = listing.read(columns)
    return page(
        request,
        workspace,
        "registrations/table",
        title=pgettext("tab", "People"),
        tab="people",
        listing=listing,
        lines=[(row, _address(workspace, row), _cells(row, columns)) for row in rows],
        columns=columns,
        offered_columns=[column for column in COLUMNS if column.only in ("", listing.view)],
        filters=[(one, listing.chosen.get(one.key, "")) for one in listing.filters],
        chips=_chips(listing),
        before=listing.address(before=shown.before) if shown.before else "",
        after=listing.address(after=shown.after) if shown.after else "",
        actions=table_actions.actions_of(workspace),
        **_around(listing),
    )


def _address(workspace: Workspace, row: Row) -> str:
    return workspace.url("registration", row.registration.pk)


def _cells(row: Row, columns: list[Column]) -> list[tuple[Any, Any]]:
    return [(column.label, column.cell(row)) for column in columns]


def _around(listing: Listing) -> dict[str, Any]:
    return {**_counted(listing), **_ways(listing)}


def _counted(listing: Listing) -> dict[str, Any]:
    """How many rows there are in words, and whether so few that something can be done to all of them at once."""
    count = count_up_to(listing.rows, COUNTED)
    number = number_format(min(count, COUNTED), force_grouping=True)
    if listing.view == PEOPLE:
        words = ngettext("%(count)s person", "%(count)s people", count)
    else:
        words = ngettext("%(count)s registration", "%(count)s registrations", count)
    said = words % {"count": number}
    return {
        "count_words": gettext("more than %(rows)s") % {"rows": said} if count > COUNTED else said,
        "may_take_all": listing.is_narrowed and PER_PAGE < count <= AT_ONCE,
    }


def _ways(listing: Listing) -> dict[str, str]:
    """Where else the page leads."""
    conference = listing.workspace.conference
    return {
        "by_registration": listing.address(by=""),
        "by_name": listing.address(by=PEOPLE),
        "everybody": listing.everybody,
        "without_query": listing.address(without="q"),
        "columns_address": listing.address("people_columns"),
        "xlsx": listing.address("people_xlsx"),
        "csv": listing.address("people_csv"),
        "add": listing.workspace.url("telephone") if conference.is_ahead_at(timezone.now()) else "",
        "import": reverse("lists:upload", args=[conference.pk, ImportJob.Kind.PEOPLE]),
    }


def _chips(listing: Listing) -> list[Chip]:
    return list(chips_of(listing.filters, listing.chosen, lambda key: listing.address(without=key)))


@workspace_page(*WORKERS)
@require_POST
def choose_columns(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Keep which columns the user wants to see, for this browser; "usual" forgets it."""
    listing = Listing(workspace, request.GET.dict())
    known = {column.key for column in COLUMNS}
    if "usual" in request.POST:
        request.session.pop(_COLUMNS, None)
    else:
        # What the other list has stays as it was chosen there.
        offered = {column.key for column in COLUMNS if column.only in ("", listing.view)}
        kept = request.session.get(_COLUMNS)
        others = known - offered if kept is None else set(kept) - offered
        usual = {column.key for column in COLUMNS if column.usual} if kept is None else known
        ticked = set(request.POST.getlist("column")) & offered
        request.session[_COLUMNS] = sorted(ticked | (others & usual))
    return redirect(listing.address())


@workspace_page(*WORKERS)
@require_safe
def export(request: HttpRequest, workspace: Workspace, ending: str) -> HttpResponseBase:
    """The people of the list as it is narrowed, for Excel."""
    listing = Listing(workspace, request.GET.dict())
    respond = people_export.xlsx_response if ending == "xlsx" else people_export.csv_response
    return respond(listing.registrations, f"dai-bieu-{workspace.conference.slug}", only=listing.people())
