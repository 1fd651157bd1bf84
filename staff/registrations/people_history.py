"""What the history of a registration says of its people: who was added, corrected or taken off, and who did it."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from django.utils.translation import gettext

from registrations.models import Delegate, Registration
from staff.histories import ChangesInWords

State = Registration.State
_VERSIONS = 100
_FIELDS = ("full_name", "position", "phone", "email", "is_contact")


def people_versions(registration: str) -> list[Any]:
    """The latest changes of the people of the registration with this number, each in words; two statements.

    Of erased people there are none: their versions are erased with them.
    """
    if not registration.isdecimal() or len(registration) > 18:
        return []
    entered = Registration.objects.filter(pk=int(registration)).values_list("created_at", flat=True).first()
    if entered is None:
        return []
    versions = Delegate.history.filter(registration_id=int(registration)).select_related("history_user")
    # Those of one person stand next to each other; the latest changes are shown.
    by_person: dict[int, Any] = {}
    found: list[Any] = []
    for version in versions.order_by("history_id"):
        before = by_person.get(version.id)
        by_person[version.id] = version
        version.about = version.full_name
        version.who = "" if version.history_user_id else at_door(version) or gettext("registrant")
        if version.history_type == "~":
            if before is None:
                continue
            words = ChangesInWords(Delegate, version)
            delta = version.diff_against(before, included_fields=_FIELDS)
            version.history_delta_changes = words.context_for_delta_changes(delta)
            if not version.history_delta_changes:
                continue
        elif version.history_type == "+" and version.history_date <= entered:
            # How they were entered with the registration itself.
            continue
        found.append(version)
    return found[: -_VERSIONS - 1 : -1]


def at_door(version: Any) -> str:
    """At which door, by which phone ``version`` came about, as ``attendance.typed_people`` notes it; "" if at none.

    A reason is given by whoever is signed in, and by phones, at which nobody is.
    """
    return "" if version.history_user_id else version.history_change_reason or ""


def registrant_words(versions: Sequence[Any]) -> None:
    """Set ``who`` on each of ``versions``, the last first, that no user made: a phone at a door, or the registrant.

    Nobody makes the version in which a seat has become free for who waits; of the last it is not known.
    """
    for version, before in zip_longest(versions, versions[1:]):
        if version.history_user_id:
            continue
        if words := at_door(version):
            version.who = words
            continue
        if version.history_type == "+":
            is_theirs = version.source == Registration.Source.WEB
        else:
            is_theirs = before is not None and (before.state, version.state) != (State.WAITLISTED, State.CONFIRMED)
        version.who = gettext("registrant") if is_theirs else ""
