"""Storing who comes, as typed in rows: on the registrant's page, and on that of staff."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext

from bridges.models import BridgePoint
from bridges.seat_words import offer_words
from registrations import services
from registrations.forms.own_page import DelegateRows
from registrations.forms.parts import REDRAWS, Problem
from registrations.models import Registration


def take_people(
    rows: DelegateRows, data: Any, registration: Registration, change: Callable[[], Registration]
) -> tuple[Registration | None, list[Problem]]:
    """Store what was sent in ``rows`` as ``data``, or leave it unchecked if another row was asked for.

    ``change``: stores what valid rows say, as ``services.change_people`` does. Returns the registration as it is then,
    or None and what must be put right first.
    """
    problems: list[Problem] = []
    if not REDRAWS.isdisjoint(data):
        rows.leave_unchecked(data.get("add_row", ""))
    elif rows.is_valid():
        changed, problems = _store(rows, registration, change)
        if changed is not None:
            return changed, []
    return None, [*problems, *rows.problems()]


def _store(
    rows: DelegateRows, registration: Registration, change: Callable[[], Registration]
) -> tuple[Registration | None, list[Problem]]:
    try:
        return change(), []
    except services.PersonInDoubt as doubt:
        # The rows ask, and complain until it is answered.
        rows.ask_who(doubt.delegates)
        return None, []
    except services.ChangedMeanwhile as meanwhile:
        rows.add_stored(meanwhile.delegates)
        words = str(meanwhile)
    except services.PointFull:
        words = _full_words(registration)
    except services.RegistrationRefused as refused:
        words = str(refused)
    return None, [("", words)]


def _full_words(registration: Registration) -> str:
    point = BridgePoint.objects.get(pk=registration.bridge_point_id)
    words = gettext("There are not enough seats for so many people at this point (%(seats)s). Nothing was changed.")
    return words % {"seats": offer_words(point)}
