"""Storing an invitation and the guests on its list, from the workspace and from the generated form alike."""

from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext

from common.phones import e164_of
from registrations import services
from registrations.models import Guest, Invitation
from staff.registrations.forms import InvitationForm

#: So many names are listed at most.
_NAMED = 20
#: What decides how many seats are kept, and where.
_ABOUT_SEATS = frozenset({"quota", "is_active", "bridge_point"})


@transaction.atomic
def save_invitation(*, invitation: Invitation, form: InvitationForm, is_new: bool, now: datetime) -> int:
    """Store ``invitation`` as ``form`` has it; returns how many of the seats that it keeps are not there.

    Of one that exists only the columns that the form's reader has changed are written.
    """
    if not is_new and not form.changed_columns:
        return 0
    quota, is_active = invitation.quota, invitation.is_active
    # Seat counts are written under the lock of the point and nowhere else.
    invitation.skip_history_when_saving = True
    if is_new:
        invitation.quota = None
        invitation.save()
    else:
        invitation.save(update_fields=[name for name in form.changed_columns if name not in ("quota", "is_active")])
    missing = services.keep_seats(invitation=invitation, quota=quota, is_active=is_active, now=now)
    invitation.quota, invitation.is_active = quota, is_active
    del invitation.skip_history_when_saving
    # The history has the new numbers.
    invitation.save(update_fields=["name"])
    return missing if quota and is_active and _ABOUT_SEATS & set(form.changed_data) else 0


def missing_words(missing: int) -> str:
    """That seats are promised which are not there."""
    words = ngettext(
        "%(count)d seat too many is promised at this point: others have it already, nobody was dropped."
        " Give the point more seats, or keep fewer.",
        "%(count)d seats too many are promised at this point: others have them already, nobody was dropped."
        " Give the point more seats, or keep fewer.",
        missing,
    )
    return words % {"count": missing}


def add_guests(request: HttpRequest, invitation: Invitation, pasted: list[Guest]) -> None:
    """Put ``pasted`` on the list of ``invitation``, and say who was added and who stood there already."""
    if not pasted:
        return
    added, skipped = _add(invitation, pasted)
    if added:
        words = ngettext("%(count)d guest added.", "%(count)d guests added.", added) % {"count": added}
        messages.success(request, words)
    else:
        messages.warning(request, gettext("Nobody new was among the lines of the box."))
    if skipped:
        names = ", ".join(skipped[:_NAMED]) + (" …" if len(skipped) > _NAMED else "")
        words = ngettext(
            "%(count)d line was skipped, since this guest is on the list already: %(names)s.",
            "%(count)d lines were skipped, since these guests are on the list already: %(names)s.",
            len(skipped),
        )
        messages.warning(request, words % {"count": len(skipped), "names": names})


def _add(invitation: Invitation, pasted: list[Guest]) -> tuple[int, list[str]]:
    """Store ``pasted``; returns how many, and the names of those who stand on the list already."""
    known = {mark for guest in invitation.guests.all() for mark in _marks(guest)}
    added, skipped = 0, []
    for guest in pasted:
        own = _marks(guest)
        if own & known:
            skipped.append(guest.name)
            continue
        known |= own
        guest.invitation = invitation
        guest.save()
        added += 1
    return added, skipped


def _marks(guest: Guest) -> set[tuple[str, str]]:
    """By what ``guest`` is known: their addresses, or without any their name and organisation."""
    found = {("email", guest.email), ("phone", e164_of(guest.phone))} - {("email", ""), ("phone", "")}
    return found or {("name", f"{guest.name}\n{guest.organisation}".casefold())}
