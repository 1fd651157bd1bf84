"""Changing a registration: cancelling, moving, correcting it, who comes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bridges.models import BridgePoint
from common.phones import e164_of
from outbox import queue
from outbox.nudge import nudge_on_commit
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
        queue.withdraw(person=messages.persons(current, delegates))
        queue.post(messages.about(current, delegates, kind="cancelled", now=now, ends_at=current.conference.ends_at))
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
        _require_movable(current, now)
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
        _post_move(current, now, had_seat=had_seat)
        tell_promoted(seats.promote(old, now), now=now, ends_at=current.conference.ends_at)
        nudge_on_commit()
    return current


def _require_movable(registration: Registration, now: datetime) -> None:
    """Refuse to move what is cancelled, over, or not decided on yet."""
    if registration.state == Registration.State.REQUESTED:
        raise RegistrationRefused(_("The organisers have not decided on this registration yet."))
    _require_ahead(registration, now)


def _require_admission(point: BridgePoint, registration: Registration, *, by_staff: bool) -> None:
    """Refuse whoever has no right to the seats of the locked ``point``, or finds them taken."""
    if point.needs_approval and not by_staff and not registration.decided_at:
        raise RegistrationRefused(_("The organisers decide on each registration there: please ask them."))
    if not seats.has_room(point, registration.seats, registration.invitation_id):
        raise PointFull(_("This bridge point has not enough seats left."))


def _post_move(registration: Registration, now: datetime, *, had_seat: bool) -> None:
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


def _require_ahead(registration: Registration, now: datetime) -> None:
    """Refuse changes to what is over or cancelled."""
    if not registration.is_active:
        raise RegistrationRefused(_("This registration is cancelled."))
    if registration.conference.cancelled_at or now >= registration.conference.ends_at:
        raise RegistrationRefused(_("This conference is over; its registrations can no longer be changed."))


@dataclass(frozen=True)
class Change:
    """A delegate as they are to be; ``delegate`` None for a new one."""

    person: Person
    delegate: int | None = None


@dataclass(frozen=True)
class _Plan:
    """Who stays, leaves and comes: the delegates ``there`` by number, and the ``people`` who are to be there."""

    there: Mapping[int, Delegate]
    people: Sequence[Change]

    def __post_init__(self) -> None:
        """Raises RegistrationRefused if somebody is named twice, or is not there any more."""
        named = [change.delegate for change in self.people if change.delegate is not None]
        if not set(named) <= set(self.there) or len(named) > len(set(named)):
            raise RegistrationRefused(_("This list has changed meanwhile. Please look at it once more."))

    @cached_property
    def staying(self) -> list[tuple[Delegate, Person]]:
        """The delegates who stay, each with what is to be stored about them."""
        return [(self.there[one.delegate], one.person) for one in self.people if one.delegate is not None]

    @property
    def leaving(self) -> list[Delegate]:
        staying = {delegate.pk for delegate, _person in self.staying}
        return [delegate for pk, delegate in self.there.items() if pk not in staying]

    @property
    def new(self) -> list[Person]:
        return [change.person for change in self.people if change.delegate is None]

    @property
    def contact(self) -> Delegate | None:
        """The contact person, if they are one of those who stay."""
        return next((delegate for delegate, _person in self.staying if delegate.is_contact), None)


def change_people(
    *, registration: Registration, people: Sequence[Change], known: Collection[int] | None = None, now: datetime
) -> Registration:
    """Let ``people`` be the delegates of ``registration``: who is not among them leaves, who is new gets a seat.

    All of it or nothing. Who is new, or has a new address, gets their link; for whoever has no address the contact
    person does. The link of whoever leaves is dead. Seats that become free go to those first in line.

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
        plan = _plan(current, people, known)
        _resize(point, current, len(plan.people))
        _remove(plan.leaving)
        readdressed = _correct_staying(current, plan)
        new = make_delegates(current, plan.new)
        _post_links(current, [*readdressed, *new], plan.contact, now)
        # The registration itself may have been the first in line, and fits with fewer people.
        tell_promoted(seats.promote(point, now), now=now, ends_at=current.conference.ends_at)
        nudge_on_commit()
    return Registration.objects.select_related("conference", "organisation").get(pk=current.pk)


def _plan(registration: Registration, people: Sequence[Change], known: Collection[int] | None) -> _Plan:
    there = {delegate.pk: delegate for delegate in registration.delegates.all()}
    if known is not None:
        people = _with_unknown(people, [delegate for pk, delegate in there.items() if pk not in known])
    return _Plan(there, people)


def _resize(point: BridgePoint, registration: Registration, count: int) -> None:
    """Let ``registration`` have ``count`` seats at the locked ``point``, or refuse."""
    if count > registration.seats:
        require_possible(point, count)
    if count != registration.seats and not seats.resize(point, registration, count):
        raise PointFull(_("This bridge point has not enough seats left."))


def _remove(leaving: Sequence[Delegate]) -> None:
    queue.withdraw(person=[delegate.person for delegate in leaving])
    Delegate.objects.filter(pk__in=[delegate.pk for delegate in leaving]).delete()


def _correct_staying(registration: Registration, plan: _Plan) -> list[Delegate]:
    """Store what has changed about those who stay; returns those with a new address."""
    _correct_answers(registration, {delegate.pk: person.answers for delegate, person in plan.staying if person.answers})
    readdressed = [delegate for delegate, person in plan.staying if _correct_delegate(delegate, person)]
    if plan.contact is not None:
        _copy_contact(registration, plan.contact)
    return readdressed


def _post_links(
    registration: Registration, people: Sequence[Delegate], contact: Delegate | None, now: datetime
) -> None:
    """Send ``people`` their links; those of whoever has no address go to ``contact``, or who stands in for them."""
    is_anybody_unreached = any(not messages.addresses(one.email, one.mobile) for one in people)
    if is_anybody_unreached and contact is not None and contact not in people:
        people = [*people, contact]
    queue.post(
        messages.about(
            registration,
            people,
            kind=registration.state,
            occasion=f"people-{int(now.timestamp())}",
            now=now,
            ends_at=registration.conference.ends_at,
            to_contact=is_anybody_unreached,
        )
    )


def _with_unknown(people: Sequence[Change], unknown: Sequence[Delegate]) -> list[Change]:
    """``people``, each of the ``unknown`` in the place of somebody new who is the same."""
    people = list(people)
    new = {_identity(one.person): place for place, one in enumerate(people) if one.delegate is None}
    others = []
    for delegate in unknown:
        if (place := new.pop(_identity(delegate), None)) is None:
            others.append(delegate)
        else:
            people[place] = replace(people[place], delegate=delegate.pk)
    if others:
        words = _("Meanwhile somebody has added %(names)s, now at the end of the list. Nothing is stored yet.")
        raise ChangedMeanwhile(words % {"names": ", ".join(delegate.full_name for delegate in others)}, others)
    return people


def _identity(one: Person | Delegate) -> tuple[str, str, str, str]:
    """By what a person and a delegate are known to be the same."""
    return one.full_name, one.position, e164_of(one.phone), one.email


def _correct_delegate(delegate: Delegate, person: Person) -> bool:
    """Write ``person`` over ``delegate``; returns whether they have a new address now."""
    phone = e164_of(delegate.phone)
    if _identity(delegate) == (person.full_name, person.position, person.phone, person.email):
        return False
    new_addresses = {person.phone, person.email} - {phone, delegate.email, ""}
    delegate.full_name, delegate.position = person.full_name, person.position
    delegate.phone, delegate.email = person.phone, person.email
    delegate.save()
    readdress(delegate=delegate)
    return bool(new_addresses)


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


def _copy_contact(registration: Registration, contact: Delegate) -> None:
    """Let the contact person of ``registration`` be called and reached as ``contact``, the delegate who they are."""
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
            queue.post(messages.own_page(current, now=now, occasion=f"contact-{int(now.timestamp())}"))
            nudge_on_commit()
    return current
