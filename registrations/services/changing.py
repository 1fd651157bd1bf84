"""Changing a registration: cancelling, moving, correcting it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from bridges.models import BridgePoint
from common.phones import mobile_of
from outbox import queue
from outbox.nudge import nudge_on_commit
from registrations import messages, seats
from registrations.models import Interest, Registration
from registrations.same_person import is_same
from registrations.services.common import (
    PersonInDoubt,
    PointFull,
    RegistrationRefused,
    StandsElsewhere,
    lock_with_point,
    require_ahead,
    tell_promoted,
)
from registrations.services.contacting import readdress_contact
from registrations.services.new_registration import InterestData, OrganisationData, Person
from registrations.services.new_rows import interest_rows
from registrations.services.opening import trust
from registrations.services.people import (
    contact_of,
    correct_answers,
    correct_delegate,
    post_links,
    post_own_link,
    renew_own_link,
    replace_people,
)


def cancel(*, registration: Registration, now: datetime, by_staff: bool = False, notify: bool = True) -> Registration:
    """Cancel ``registration``: frees its seats, promotes those first in line, tells both. Twice is once.

    Colleagues who still wait for their SMS get none of it, also ``by_staff``: it would be the first that they hear, and
    what staff cancel may be what somebody made up. Not ``notify``: its own people are told nothing; what waits for them
    is withdrawn all the same, and whoever is promoted is told.

    Raises:
        RegistrationRefused: the conference is over.
    """
    with transaction.atomic():
        point, current = lock_with_point(registration.pk)
        if not current.is_active:
            return current
        if now >= current.conference.ends_at:
            raise RegistrationRefused(_("This conference is over; its registrations can no longer be cancelled."))
        had_seat = current.holds_seats
        seats.release(point, current, now)
        delegates = list(current.delegates.all())
        queue.withdraw(person=messages.persons(current, delegates))
        ends_at = current.conference.ends_at
        if notify:
            told = messages.about(current, delegates, kind="cancelled", now=now, ends_at=ends_at, by_staff=by_staff)
            queue.post(told)
        if had_seat or point.waiting_count:
            tell_promoted(seats.promote(point, now), now=now, ends_at=ends_at)
        nudge_on_commit()
    return current


def move(
    *,
    registration: Registration,
    point: BridgePoint,
    now: datetime,
    by_staff: bool = False,
    seen: str | None = None,
) -> Registration:
    """Move ``registration`` to ``point`` of the same conference: it gets its seats there or nothing changes.

    The seats it leaves go to those first in line. Nobody moves onto a waitlist. What was not sent about the old point
    vanishes, and one message tells about the new one; reminders that wait follow. Where organisers decide, only
    somebody whom they have accepted moves in, unless it is done ``by_staff``. ``seen`` is the ``standing_mark`` on
    which it was decided; None: whatever it is.

    Raises:
        StandsElsewhere: the ``standing_mark`` is another by now.
        PointFull: the seats there are not free.
        RegistrationRefused: moving is not possible; the text says why.
    """
    with transaction.atomic():
        old, current = lock_with_point(registration.pk, also=point.pk)
        new = old if old.pk == point.pk else seats.lock(point.pk)
        _require_movable(current, now)
        if seen is not None and seen != current.standing_mark:
            raise StandsElsewhere(_("The registration has changed since this page was drawn. Nothing was changed."))
        if new.conference_id != current.conference_id or not new.is_open:
            raise RegistrationRefused(_("This bridge point takes no registrations."))
        if new.pk == old.pk:
            return current
        new.conference = current.conference
        _require_admission(new, current, by_staff=by_staff)
        had_seat = current.state == Registration.State.CONFIRMED
        seats.vacate(old, current)
        current.bridge_point = new
        seats.admit(new, current, now)
        current.save(update_fields=["bridge_point", "state", "queue_number", "confirmed_at", "holds_seats"])
        if by_staff:
            trust(current, now)
        _post_move(current, now, had_seat=had_seat, by_staff=by_staff)
        tell_promoted(seats.promote(old, now), now=now, ends_at=current.conference.ends_at)
        nudge_on_commit()
    return current


def _require_movable(registration: Registration, now: datetime) -> None:
    """Refuse to move what is cancelled, over, or not decided on yet."""
    if registration.state == Registration.State.REQUESTED:
        raise RegistrationRefused(_("The organisers have not decided on this registration yet."))
    require_ahead(registration, now)


def _require_admission(point: BridgePoint, registration: Registration, *, by_staff: bool) -> None:
    """Refuse whoever has no right to the seats of the locked ``point``, or finds them taken."""
    if point.needs_approval and not by_staff and not registration.decided_at:
        raise RegistrationRefused(_("The organisers decide on each registration there: please ask them."))
    if not seats.has_room(point, registration.seats, registration.invitation_id):
        raise PointFull(_("This bridge point has not enough seats left."))


def _post_move(registration: Registration, now: datetime, *, had_seat: bool, by_staff: bool) -> None:
    """Tell the people of ``registration`` its new point, and let what waits for them be about that point.

    Who waited until now hear that they have a seat, with all that goes with it, as if one had become free.
    """
    delegates = list(registration.delegates.all())
    people = messages.persons(registration, delegates)
    # Reminders and what organisers wrote still hold; they are made when they leave, with the new point.
    queue.withdraw(person=people, kinds=messages.OF_POINT)
    queue.change_topic(person=people, topic=messages.topic(registration.bridge_point_id))
    queue.post(
        messages.about(
            registration,
            delegates,
            kind="moved" if had_seat else "promoted",
            occasion=f"{registration.bridge_point_id}-{int(now.timestamp())}",
            now=now,
            ends_at=registration.conference.ends_at,
            by_staff=by_staff,
        )
    )


def fill_free_seats(*, point_id: int, now: datetime) -> list[Registration]:
    """Promote those first in line at the point, for example after it was given more seats; tells them."""
    with transaction.atomic():
        point = seats.lock(point_id)
        ends_at = point.conference.ends_at
        promoted = seats.promote(point, now) if now < ends_at else []
        tell_promoted(promoted, now=now, ends_at=ends_at)
        if promoted:
            nudge_on_commit()
    return promoted


def correct(
    *,
    registration: Registration,
    organisation: OrganisationData | None = None,
    contact: Person | None = None,
    same: bool | None = None,
    interests: Sequence[InterestData] | None = None,
    answers: Mapping[int, str] | None = None,
    now: datetime,
    at_any_time: bool = False,
) -> Registration:
    """Correct organisation, contact person, interests and answers of ``registration``; None leaves each as it is.

    A contact person who is reached at a new address gets the link to the registrant's page there. If somebody else is
    the contact person now, that link is a new one, and the old one is dead. ``same``: whether it is the same person,
    where that is in doubt; None: nobody was asked. ``at_any_time``: also what is over or cancelled, since papers are
    written from it; nothing is sent about it then.

    Raises:
        PersonInDoubt: nobody has said whether the contact person is the same.
        RegistrationRefused: it cannot be changed any more.
    """
    with transaction.atomic():
        _point, current = lock_with_point(registration.pk)
        if not at_any_time:
            require_ahead(current, now)
        is_same_contact = is_same(contact_of(current), contact, same) if contact else True
        if is_same_contact is None:
            raise PersonInDoubt
        if organisation is not None:
            _correct_organisation(current, organisation)
        if interests is not None:
            current.interests.all().delete()
            Interest.objects.bulk_create(interest_rows(current, interests))
        if answers is not None:
            correct_answers(current, {None: answers})
        if contact is None:
            # It is searched by its organisation as well.
            current.refresh_search_text()
            Registration.objects.filter(pk=current.pk).update(search_text=current.search_text)
        elif is_same_contact:
            _correct_contact(current, contact, now)
        else:
            _replace_contact(current, contact, now)
        nudge_on_commit()
    return current


def add_to_answers(
    *, registration: Registration, answers: Mapping[int, str], interests: Sequence[InterestData]
) -> None:
    """Write ``answers`` of the organisation over those to the same questions, and add ``interests`` to the others.

    Inside the caller's transaction, who has locked the bridge point.
    """
    if answers:
        correct_answers(registration, {None: answers})
    Interest.objects.bulk_create(interest_rows(registration, interests))


def _correct_organisation(registration: Registration, organisation: OrganisationData) -> None:
    owner = registration.organisation
    owner.kind, owner.name, owner.province = organisation.kind, organisation.name, organisation.province
    owner.tax_code = organisation.tax_code
    owner.save()


def _correct_contact(registration: Registration, contact: Person, now: datetime) -> None:
    """Write ``contact`` over the contact person, who gets the link where they were not reached before."""
    known = _ways_to_contact(registration)
    _write_contact(registration, contact)
    attending = registration.delegates.filter(is_contact=True).first()
    if attending is None:
        readdress_contact(registration=registration)
    else:
        correct_delegate(attending, contact)
    if _ways_to_contact(registration) - known:
        post_own_link(registration, now)


def _replace_contact(registration: Registration, contact: Person, now: datetime) -> None:
    """Let ``contact`` be the contact person, and attend if the one before them did; the links of before are dead."""
    attending = registration.delegates.filter(is_contact=True).first()
    _write_contact(registration, contact)
    if attending is None:
        renew_own_link(registration)
        readdress_contact(registration=registration)
        post_own_link(registration, now)
    else:
        (new,) = replace_people(registration, [(attending, contact)])
        post_links(registration, [new], new, now)


def _write_contact(registration: Registration, contact: Person) -> None:
    registration.contact_name, registration.contact_position = contact.full_name, contact.position
    registration.contact_email, registration.contact_phone = contact.email, contact.phone
    registration.save()


def _ways_to_contact(registration: Registration) -> set[tuple[str, str]]:
    """Over which channels and where a message finds the contact person."""
    return set(messages.addresses(registration.contact_email, mobile_of(registration.contact_phone)))
