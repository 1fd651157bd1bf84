"""Changing a registration: cancelling, moving, correcting it, who comes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.phone_numbers import e164_of
from bridges.models import BridgePoint
from notifications import outbox
from notifications.nudge import nudge_on_commit
from registrations import messages, seats
from registrations.models import Answer, Delegate, Interest, Registration
from registrations.services.common import (
    ChangedMeanwhile,
    PointFull,
    RegistrationRefused,
    lock_with_point,
    require_possible,
    tell_promoted,
)
from registrations.services.contacting import readdress, readdress_contact
from registrations.services.registering import (
    InterestData,
    OrganisationData,
    Person,
    interest_rows,
    make_delegates,
)


def cancel(*, registration: Registration, now: datetime) -> Registration:
    """Cancel ``registration``: frees its seats, promotes those first in line, tells both. Twice is once.

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
        outbox.withdraw(person=messages.persons(current, delegates))
        outbox.post(messages.about(current, delegates, kind="cancelled", now=now, ends_at=current.conference.ends_at))
        if had_seat or point.waiting_count:
            tell_promoted(seats.promote(point, now), now=now, ends_at=current.conference.ends_at)
        nudge_on_commit()
    return current


def move(*, registration: Registration, point: BridgePoint, now: datetime, by_staff: bool = False) -> Registration:
    """Move ``registration`` to ``point`` of the same conference: it gets its seats there or nothing changes.

    The seats it leaves go to those first in line. Nobody moves onto a waitlist. What was not sent about the old point
    vanishes, and one message tells about the new one; reminders that wait follow. Where organisers decide, only
    somebody whom they have accepted moves in, unless it is done ``by_staff``.

    Raises:
        PointFull: the seats there are not free.
        RegistrationRefused: moving is not possible; the text says why.
    """
    with transaction.atomic():
        old, current = lock_with_point(registration.pk, also=point.pk)
        new = old if old.pk == point.pk else seats.lock(point.pk)
        ends_at = current.conference.ends_at
        if not current.is_active:
            raise RegistrationRefused(_("This registration is cancelled."))
        if current.state == Registration.State.REQUESTED:
            raise RegistrationRefused(_("The organisers have not decided on this registration yet."))
        _require_ahead(current, now)
        if new.conference_id != current.conference_id or not new.is_open:
            raise RegistrationRefused(_("This bridge point takes no registrations."))
        if new.pk == old.pk:
            return current
        new.conference = current.conference
        if new.needs_approval and not by_staff and not current.decided_at:
            raise RegistrationRefused(_("The organisers decide on each registration there: please ask them."))
        if not seats.has_room(new, current.seats, current.invitation_id):
            raise PointFull(_("This bridge point has not enough seats left."))
        seats.vacate(old, current)
        current.bridge_point = new
        seats.admit(new, current, now)
        current.save(update_fields=["bridge_point", "state", "queue_number", "confirmed_at", "holds_seats"])
        delegates = list(current.delegates.all())
        people = messages.persons(current, delegates)
        # Reminders and what organisers wrote still hold; they are made when they leave, with the new point.
        outbox.withdraw(person=people, kinds=messages.OF_POINT)
        outbox.change_topic(person=people, topic=messages.topic(new.pk))
        occasion = f"{new.pk}-{int(now.timestamp())}"
        outbox.post(messages.about(current, delegates, kind="moved", occasion=occasion, now=now, ends_at=ends_at))
        tell_promoted(seats.promote(old, now), now=now, ends_at=ends_at)
        nudge_on_commit()
    return current


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


def _require_ahead(registration: Registration, now: datetime) -> None:
    """Refuse changes to what is over or cancelled."""
    if not registration.is_active:
        raise RegistrationRefused(_("This registration is cancelled."))
    if registration.conference.cancelled_at or now >= registration.conference.ends_at:
        raise RegistrationRefused(_("This conference is over; its registrations can no longer be changed."))


@dataclass(frozen=True)
class Change:
    """A delegate as he is to be; ``delegate`` None for a new one."""

    person: Person
    delegate: int | None = None


def change_people(
    *, registration: Registration, people: Sequence[Change], known: Collection[int] | None = None, now: datetime
) -> Registration:
    """Let ``people`` be the delegates of ``registration``: who is not among them leaves, who is new gets a seat.

    All of it or nothing. Who is new, or has a new address, gets his link; for whoever has no address the contact person
    does. The link of whoever leaves is dead. Seats that become free go to those first in line.

    ``known``: the delegates whom whoever decides this has seen; nobody else leaves. Somebody new who is there already,
    with the same name and addresses, is not taken twice.

    Raises:
        PointFull: there are not enough seats for more people.
        ChangedMeanwhile: somebody is there who is neither known nor among ``people``.
        RegistrationRefused: nobody would be left, or the registration cannot be changed.
    """
    if not people:
        raise RegistrationRefused(_("At least one person must stay; otherwise cancel the registration."))
    with transaction.atomic():
        point, current = lock_with_point(registration.pk)
        _require_ahead(current, now)
        there = {delegate.pk: delegate for delegate in current.delegates.all()}
        if known is not None:
            people = _with_unknown(people, [delegate for pk, delegate in there.items() if pk not in known])
        named = [change.delegate for change in people if change.delegate is not None]
        staying = set(named)
        if not staying <= set(there) or len(named) > len(staying):
            raise RegistrationRefused(_("This list has changed meanwhile. Please look at it once more."))
        if len(people) > current.seats:
            require_possible(point, len(people))
        if len(people) != current.seats and not seats.resize(point, current, len(people)):
            raise PointFull(_("This bridge point has not enough seats left."))
        answered = {change.delegate: change.person.answers for change in people if change.delegate is not None}
        _correct_answers(current, {pk: answers for pk, answers in answered.items() if answers})
        leaving = [delegate for pk, delegate in there.items() if pk not in staying]
        outbox.withdraw(person=[delegate.person for delegate in leaving])
        Delegate.objects.filter(pk__in=[delegate.pk for delegate in leaving]).delete()
        to_tell = [
            delegate
            for change in people
            if change.delegate is not None
            and (delegate := there[change.delegate])
            and _correct_delegate(delegate, change.person)
        ]
        contact = next((delegate for delegate in there.values() if delegate.is_contact), None)
        if contact is not None and contact.pk in staying:
            _follow(current, contact)
        new = make_delegates(current, [change.person for change in people if change.delegate is None])
        ends_at = current.conference.ends_at
        occasion = f"people-{int(now.timestamp())}"
        told = [*to_tell, *new]
        unreached = any(not messages.addresses(delegate.email, delegate.mobile) for delegate in told)
        if unreached and contact is not None and contact.pk in staying and contact not in told:
            told.append(contact)
        outbox.post(
            messages.about(
                current, told, kind=current.state, occasion=occasion, now=now, ends_at=ends_at, to_contact=unreached
            )
        )
        tell_promoted(seats.promote(point, now), now=now, ends_at=ends_at)
        nudge_on_commit()
    # It may have been the first in line, and fits with fewer.
    return Registration.objects.select_related("conference", "organisation").get(pk=current.pk)


def _with_unknown(people: Sequence[Change], unknown: Sequence[Delegate]) -> list[Change]:
    """``people``, each of the ``unknown`` in the place of somebody new who is the same."""
    people = list(people)
    new = {_as_said(one.person): place for place, one in enumerate(people) if one.delegate is None}
    others = []
    for delegate in unknown:
        if (place := new.pop(_as_said(delegate), None)) is None:
            others.append(delegate)
        else:
            people[place] = replace(people[place], delegate=delegate.pk)
    if others:
        words = _("Meanwhile somebody has added %(names)s, now at the end of the list. Nothing is stored yet.")
        raise ChangedMeanwhile(words % {"names": ", ".join(delegate.full_name for delegate in others)}, others)
    return people


def _as_said(one: Person | Delegate) -> tuple[str, str, str, str]:
    return one.full_name, one.position, e164_of(one.phone), one.email


def _correct_delegate(delegate: Delegate, person: Person) -> bool:
    """Write ``person`` over ``delegate``; whether he has a new address now."""
    before = delegate.full_name, delegate.position, str(delegate.phone or ""), delegate.email
    phone = e164_of(delegate.phone)
    if before[:2] == (person.full_name, person.position) and (phone, delegate.email) == (person.phone, person.email):
        return False
    moved = {person.phone, person.email} - {phone, delegate.email, ""}
    delegate.full_name, delegate.position = person.full_name, person.position
    delegate.phone, delegate.email = person.phone, person.email
    delegate.save()
    readdress(delegate=delegate)
    return bool(moved)


def _correct_answers(registration: Registration, answers: Mapping[int | None, Mapping[int, str]]) -> None:
    """Write ``answers`` by delegate (None: the organisation) and question; "" takes one back, others stay."""
    old = Q(pk__in=[])
    for delegate, by_question in answers.items():
        old |= Q(delegate=delegate, question__in=list(by_question))
    registration.answers.filter(old).delete()
    Answer.objects.bulk_create(
        Answer(registration=registration, delegate_id=delegate, question_id=question, value=value)
        for delegate, by_question in answers.items()
        for question, value in by_question.items()
        if value
    )


def _follow(registration: Registration, contact: Delegate) -> None:
    """The contact person of ``registration`` is called and reached as the delegate who he is."""
    now_is = contact.full_name, contact.position, contact.email, contact.phone
    fields = ["contact_name", "contact_position", "contact_email", "contact_phone"]
    if tuple(getattr(registration, name) for name in fields) != now_is:
        for name, value in zip(fields, now_is, strict=True):
            setattr(registration, name, value)
        registration.save(update_fields=fields)


def correct(
    *,
    registration: Registration,
    organisation: OrganisationData,
    contact: Person,
    interests: Sequence[InterestData] | None = None,
    answers: Mapping[int, str] | None = None,
    now: datetime,
) -> Registration:
    """Correct organisation, contact person, interests and answers of ``registration``; None leaves them as they are.

    A contact person with a new address gets the link to the registrant's page there.

    Raises:
        RegistrationRefused: it cannot be changed any more.
    """
    with transaction.atomic():
        _point, current = lock_with_point(registration.pk)
        _require_ahead(current, now)
        owner = current.organisation
        owner.kind, owner.name, owner.province = organisation.kind, organisation.name, organisation.province
        owner.tax_code = organisation.tax_code
        owner.save()
        known = {current.contact_email, e164_of(current.contact_phone), ""}
        current.contact_name, current.contact_position = contact.full_name, contact.position
        current.contact_email, current.contact_phone = contact.email, contact.phone
        current.save()
        if interests is not None:
            current.interests.all().delete()
            Interest.objects.bulk_create(interest_rows(current, interests))
        if answers is not None:
            _correct_answers(current, {None: answers})
        attending = current.delegates.filter(is_contact=True).first()
        if attending is None:
            readdress_contact(registration=current)
        else:
            _correct_delegate(attending, contact)
        if {contact.email, contact.phone} - known:
            outbox.post(messages.own_page(current, now=now, occasion=f"contact-{int(now.timestamp())}"))
            nudge_on_commit()
    return current
