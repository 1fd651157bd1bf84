"""By what the table of a conference's people can be narrowed, each a word that one can remove."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from attendance.models import Attendance
from bridges.models import Province
from registrations.models import Interest, Invitation, OfficeNote, Organisation, Registration
from reports import numbers
from staff.workspace.access import Workspace

#: So many invitations are offered; a conference has some dozens.
_INVITATIONS = 200
#: Where the registration of a row is found: the row itself, or what a person belongs to.
OF_REGISTRATION, OF_PERSON = "", "registration__"

Choices = Sequence[tuple[str, Any]]
_YES, _NO = "yes", "no"


@dataclass(frozen=True)
class Filter:
    """One filter: its key in the address, its label, what can be chosen, and the condition that it means.

    ``condition`` is called with what is chosen and the path from a row to its registration.
    """

    key: str
    label: Any
    choices: Choices
    condition: Callable[[str, str], Q]


@dataclass(frozen=True)
class Chip:
    """A filter that is in use, in words, and the address without it."""

    label: str
    value: str
    address: str


def filters_of(workspace: Workspace) -> list[Filter]:
    """The filters of a conference, with what can be chosen there. Two queries."""
    conference = workspace.conference
    day = timezone.localtime(conference.starts_at).date()
    points = [(str(pk), point.label) for pk, point in workspace.scope.points.items()]
    provinces = [(str(pk), name) for pk, name in Province.objects.valid_on(day).values_list("pk", "name")]
    return [
        Filter("point", _("bridge point"), points, _field("bridge_point")),
        Filter("state", _("state"), Registration.State.choices, _field("state")),
        Filter("kind", _("kind of organisation"), Organisation.Kind.choices, _field("organisation__kind")),
        Filter("province", _("province"), provinces, _field("organisation__province")),
        Filter("trade", _("sells or looks for"), Interest.Side.choices, _trade(conference.pk)),
        Filter("invitation", _("invited by"), _invitations(workspace), _field("invitation")),
        Filter("opened", _("link"), [(_NO, _("not opened yet")), (_YES, _("opened"))], _opened),
        Filter(
            "present",
            _("attendance"),
            [(_YES, pgettext_lazy("people", "was there")), (_NO, pgettext_lazy("people", "was not there"))],
            _present(conference.pk),
        ),
        Filter("note", _("office note"), [(_YES, _("has one"))], _noted(conference.pk)),
    ]


def _field(name: str) -> Callable[[str, str], Q]:
    return lambda value, path: Q(**{f"{path}{name}": value})


def _invitations(workspace: Workspace) -> Choices:
    """The invitations of the conference; for coordinators those that somebody at their points came with."""
    rows = Invitation.objects.filter(conference=workspace.conference)
    if not workspace.is_organiser:
        mine = numbers.registrations(workspace.scope).exclude(invitation=None)
        rows = rows.filter(pk__in=mine.order_by().values("invitation"))
    return [(str(pk), name) for pk, name in rows.order_by("name", "pk").values_list("pk", "name")[:_INVITATIONS]]


def _trade(conference: int) -> Callable[[str, str], Q]:
    def condition(value: str, path: str) -> Q:
        said = Interest.objects.filter(registration__conference=conference, side=value)
        return Q(**{f"{path}pk__in": said.order_by().values("registration")})

    return condition


def _opened(value: str, path: str) -> Q:
    return Q(**{f"{path}link_opened_at__isnull": value == _NO})


def _present(conference: int) -> Callable[[str, str], Q]:
    """Of registrations: that one of their people was there, or none."""

    def condition(value: str, path: str) -> Q:
        there = Attendance.objects.filter(conference=conference).order_by()
        if path == OF_PERSON:
            found = Q(pk__in=there.values("delegate"))
        else:
            found = Q(pk__in=there.values("delegate__registration"))
        return found if value == _YES else ~found

    return condition


def _noted(conference: int) -> Callable[[str, str], Q]:
    notes = OfficeNote.objects.filter(registration__conference=conference).order_by()
    return lambda _value, path: Q(**{f"{path}pk__in": notes.values("registration")})


def read_chosen(filters: Iterable[Filter], given: Mapping[str, str]) -> dict[str, str]:
    """What the address says of each filter; what cannot be chosen is left out."""
    chosen = {}
    for one in filters:
        value = given.get(one.key, "")
        if value in {key for key, _label in one.choices}:
            chosen[one.key] = value
    return chosen


def condition_of(filters: Iterable[Filter], chosen: Mapping[str, str], path: str) -> Q:
    """What rows must meet of which all that is ``chosen`` is true."""
    condition = Q()
    for one in filters:
        if one.key in chosen:
            condition &= one.condition(chosen[one.key], path)
    return condition


def chips_of(
    filters: Iterable[Filter], chosen: Mapping[str, str], address_without: Callable[[str], str]
) -> Iterable[Chip]:
    """What is ``chosen`` in words; ``address_without`` says the address without a filter."""
    for one in filters:
        if one.key in chosen:
            words = str(dict(one.choices)[chosen[one.key]])
            yield Chip(str(capfirst(one.label)), words, address_without(one.key))
