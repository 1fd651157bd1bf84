"""One matter of all bridge points on one page, with one save: the line tests; the seats."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext

from bridges.line_tests import current_round
from bridges.models import BridgePoint
from bridges.readiness import OWN_LINE
from conference.models import Conference
from staff.edit_conflicts import StaffInlineFormSet, StaffModelForm
from staff.points import undoing
from staff.points.pages import tab_of
from staff.points.seats import warn_of_seats
from staff.workspace.access import ORGANISERS, WORKERS, Workspace, workspace_page
from staff.workspace.matter import edit_rows

_UNTESTED, _PASSED = BridgePoint.LineState.UNTESTED.value, BridgePoint.LineState.PASSED.value


class LineForm(StaffModelForm):
    """What the line test of a point has shown."""

    can_be_added_again = False

    class Meta:
        model = BridgePoint
        fields = ("line_test",)
        widgets = {"line_test": forms.RadioSelect}


class SeatsForm(StaffModelForm):
    """How many find room at a point, whether it takes registrations, and where it stands."""

    can_be_added_again = False

    class Meta:
        model = BridgePoint
        fields = ("seats", "is_open", "position")
        # Said once, below the table.
        help_texts = {"seats": ""}
        widgets = {
            "seats": forms.NumberInput(attrs={"class": "dc-short"}),
            "position": forms.NumberInput(attrs={"class": "dc-short"}),
        }


class _PointsFormSet(StaffInlineFormSet):
    """Points of a conference; whoever forges the number of another one finds nothing there."""

    #: The numbers of those that may be changed.
    mine: frozenset[int] = frozenset()

    def _existing_object(self, pk: Any) -> Any:
        found = super()._existing_object(pk)
        return found if found is not None and found.pk in self.mine else None


def _formset(workspace: Workspace, form: type[StaffModelForm], points: QuerySet[BridgePoint], data: Any) -> Any:
    if data is not None:
        # In the order of their numbers, as everybody locks them.
        list(points.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    made = forms.inlineformset_factory(
        Conference, BridgePoint, form=form, formset=_PointsFormSet, extra=0, can_delete=False
    )
    formset: Any = made(data, instance=workspace.conference, queryset=points)
    formset.mine = frozenset(workspace.scope.points)
    return formset


def _points_of(workspace: Workspace) -> QuerySet[BridgePoint]:
    return workspace.conference.bridge_points.filter(pk__in=list(workspace.scope.points)).order_by("position", "id")


def _say_saved(request: HttpRequest, workspace: Workspace) -> Callable[[Any, str], None]:
    """What says that a table is saved, with the button that takes it back."""

    def say(formset: Any, words: str) -> None:
        changes = undoing.changes_in(formset)
        undoing.offer(request, workspace, words, back=workspace.url("points"), changes=changes)

    return say


@workspace_page(*WORKERS)
def line_tests(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The line tests of all points that have a line; one button counts the rest as passed. In a round: its board."""
    if found := current_round(workspace.conference, timezone.now()):
        return redirect(workspace.url("round", found.pk))
    points = _points_of(workspace).exclude(kind__in=OWN_LINE)
    return edit_rows(
        request,
        workspace,
        make_formset=lambda data: _formset(workspace, LineForm, points, _with_the_rest(data)),
        title=gettext("Line tests"),
        tab=tab_of(workspace),
        back=workspace.url("points"),
        say_saved=_say_saved(request, workspace),
        template="points/line_tests",
    )


def _with_the_rest(data: Any) -> Any:
    """What was sent; if that button was pressed, with every line that was not tested as passed."""
    if data is None or "rest" not in data:
        return data
    filled = data.copy()
    for name in data:
        if name.endswith("-line_test") and data[name] == _UNTESTED:
            filled[name] = _PASSED
    return filled


@workspace_page(*ORGANISERS)
def seats(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Seats, registration and order of all points."""

    def after_save(formset: Any) -> None:
        for point, names in formset.changed_objects:
            if "seats" in names:
                warn_of_seats(request, point)

    return edit_rows(
        request,
        workspace,
        make_formset=lambda data: _formset(workspace, SeatsForm, _points_of(workspace), data),
        title=gettext("Seats and order"),
        tab="points",
        back=workspace.url("points"),
        say_saved=_say_saved(request, workspace),
        after_save=after_save,
        template="points/seats",
    )
