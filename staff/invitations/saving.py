"""Storing an invitation and the guests on its list, from the workspace and from the generated form alike."""

from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext

from bridges.models import BridgePoint
from common.mail_domains import question_about
from common.phones import e164_of
from registrations import services
from registrations.models import Guest, Invitation
from staff.registrations.forms import InvitationForm

#: So many names are listed at most.
_NAMED = 20
#: What decides how many seats are kept, and where.
_ABOUT_SEATS = frozenset({"quota", "is_active", "bridge_point"})


@transaction.atomic
def save_invitation(*, invitation: Invitation, form: InvitationForm, is_new: bool, now: datetime) -> str:
    """Store ``invitation`` as ``form`` has it; returns what that means for others who want seats, "" if nothing.

    Of one that exists only the columns that the form's reader has changed are written.
    """
    if not is_new and not form.changed_columns:
        return ""
    quota, is_active = invitation.quota, invitation.is_active
    # Seat counts are written under the lock of the point and nowhere else.
    invitation.skip_history_when_saving = True
    if is_new:
        invitation.quota = None
        invitation.save()
    else:
        invitation.save(update_fields=[name for name in form.changed_columns if name not in ("quota", "is_active")])
    services.keep_seats(invitation=invitation, quota=quota, is_active=is_active, now=now)
    invitation.quota, invitation.is_active = quota, is_active
    del invitation.skip_history_when_saving
    # The history has the new numbers.
    invitation.save(update_fields=["name"])
    return _seat_words(invitation) if quota and is_active and _ABOUT_SEATS & set(form.changed_data) else ""


def _seat_words(invitation: Invitation) -> str:
    """That its point has not a seat left for others, and how many too many are promised there; "" while it has."""
    if invitation.bridge_point_id is None:
        return ""
    # Its counts were written under its lock meanwhile.
    point = BridgePoint.objects.get(pk=invitation.bridge_point_id)
    if point.seats is None or point.seats > point.seats_taken + point.seats_reserved:
        return ""
    missing = point.seats_taken + point.seats_reserved - point.seats
    facts = {"point": point.label, "seats": point.seats, "taken": point.seats_taken, "kept": point.seats_reserved}
    said = gettext(
        "%(point)s: of %(seats)d seats %(taken)d are taken and %(kept)d kept for invitations. Whoever registers without"
        " an invitation goes on the waitlist there."
    )
    if not missing:
        return said % facts
    too_many = ngettext(
        "That is %(count)d seat too many; nobody was dropped. Give the point more seats, or keep fewer.",
        "That is %(count)d seats too many; nobody was dropped. Give the point more seats, or keep fewer.",
        missing,
    )
    return f"{said % facts} {too_many % {'count': missing}}"


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
    if questions := [words for guest in pasted if (words := question_about(guest.email))]:
        messages.warning(request, " ".join(questions[:_NAMED]))


def _add(invitation: Invitation, pasted: list[Guest]) -> tuple[int, list[str]]:
    """Store ``pasted``; returns how many, and the names of those who stand on the list already."""
    # Two who paste the same list, or one who presses twice: the second finds everybody there.
    Invitation.objects.select_for_update(no_key=True).get(pk=invitation.pk)
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
