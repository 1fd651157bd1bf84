"""Who comes: people are corrected, replaced, added, and leave. Docs: docs/adr/0027-another-person.md."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.authors import changes_by
from bridges.models import BridgePoint
from common.phones import e164_of
from conference.models import Conference
from outbox import queue
from outbox.nudge import nudge_on_commit
from registrations import messages, seats
from registrations.models import Answer, Delegate, Registration
from registrations.same_person import Named, is_same
from registrations.services.common import (
    PointFull,
    RegistrationRefused,
    is_ahead,
    lock_with_point,
    require_ahead,
    require_possible,
    tell_promoted,
)
from registrations.services.contacting import readdress
from registrations.services.new_registration import Person
from registrations.services.new_rows import make_delegates
from registrations.services.opening import trust
from registrations.services.people_plan import Change, Plan, identity_of, plan_people
from registrations.signals import record_asked


def change_people(
    *,
    registration: Registration,
    people: Sequence[Change],
    known: Collection[int] | None = None,
    now: datetime,
    by_staff: bool = False,
) -> Registration:
    """Let ``people`` be the delegates of ``registration``: who is not among them leaves, who is new gets a seat.

    All of it or nothing. Who is new, or has a new address, gets their link; for whoever has no address the contact
    person does. The link of whoever leaves is dead, also when somebody else comes in their place: then the other one
    has the seat, and a new contact person has a new link to the registration, too. Seats that become free go to those
    first in line.

    ``known``: the delegates whom whoever decides this has seen; nobody else leaves. Somebody new who is there already,
    with the same name and addresses, is not taken twice. Whom staff add (``by_staff``) do not wait for their SMS until
    the contact person has opened a message.

    Raises:
        PointFull: there are not enough seats for more people.
        ChangedMeanwhile: somebody is there who is neither known nor among ``people``.
        PersonInDoubt: nobody has said whether somebody is the same person.
        RegistrationRefused: nobody would be left, or the registration cannot be changed.
    """
    if not people:
        raise RegistrationRefused(_("At least one person must stay; otherwise cancel the registration."))
    with transaction.atomic():
        point, current = lock_with_point(registration.pk)
        require_ahead(current, now)
        plan = plan_people(current, people, known)
        _resize(point, current, len(plan.people))
        _remove(current, plan.leaving)
        contact, readdressed, new = _carry_out(current, plan)
        if by_staff and new:
            trust(current, now)
        post_links(current, [*readdressed, *new], contact, now)
        # The registration itself may have been the first in line, and fits with fewer people.
        tell_promoted(seats.promote(point, now), now=now, ends_at=current.conference.ends_at)
        nudge_on_commit()
    return Registration.objects.select_related("conference", "organisation").get(pk=current.pk)


def correct_people(*, registration: Registration, people: Sequence[Change], now: datetime) -> Registration:
    """Correct or replace delegates of ``registration``, at any time; whoever is not among ``people`` stays as they are.

    Who comes in the place of somebody gets their link, unless it is over or cancelled; of the others, what has not left
    goes to their new addresses.

    Raises:
        PersonInDoubt: nobody has said whether somebody is the same person.
        RegistrationRefused: somebody is not there any more, or cannot be replaced.
    """
    with transaction.atomic():
        _point, current = lock_with_point(registration.pk)
        there = {delegate.pk: delegate for delegate in current.delegates.as_entered()}
        contact, _readdressed, new = _carry_out(current, Plan(there, people, keeps_others=True))
        if new and is_ahead(current, now):
            trust(current, now)
        post_links(current, new, contact, now)
        nudge_on_commit()
    return Registration.objects.select_related("conference", "organisation").get(pk=current.pk)


def _resize(point: BridgePoint, registration: Registration, count: int) -> None:
    """Let ``registration`` have ``count`` seats at the locked ``point``, or refuse."""
    if count > registration.seats:
        require_possible(point, count)
    if count != registration.seats and not seats.resize(point, registration, count):
        raise PointFull(_("This bridge point has not enough seats left."))


def _carry_out(registration: Registration, plan: Plan) -> tuple[Delegate | None, list[Delegate], list[Delegate]]:
    """Correct, replace and add people as ``plan`` says; returns the contact, who has new addresses, who is new."""
    readdressed = _correct_staying(registration, plan)
    added = make_delegates(registration, plan.added)
    if added:
        Delegate.history.bulk_history_create(added)
    newcomers = replace_people(registration, plan.replaced)
    contact = next((one for one in newcomers if one.is_contact), plan.contact)
    if contact is not None and contact in [*newcomers, *(delegate for delegate, _person in plan.staying)]:
        _copy_contact(registration, contact)
    if added or newcomers:
        _keep_order(plan.in_order(added, newcomers))
    return contact, readdressed, [*added, *newcomers]


def replace_people(registration: Registration, replaced: Sequence[tuple[Delegate, Person]]) -> list[Delegate]:
    """Let somebody else come in the place of each delegate; returns the new ones.

    What was recorded of the one who stood there stays theirs. With the contact person the link to ``registration``
    changes as well: it leads to the links of all.

    Raises:
        RegistrationRefused: one of them has been there.
    """
    if not replaced:
        return []
    contact = next((person for delegate, person in replaced if delegate.is_contact), None)
    _remove(registration, [delegate for delegate, _person in replaced])
    if contact is not None:
        renew_own_link(registration)
    newcomers = make_delegates(registration, [person for _delegate, person in replaced], contact=contact)
    Delegate.history.bulk_history_create(newcomers)
    return newcomers


def renew_own_link(registration: Registration) -> None:
    """Kill the link to the page of ``registration`` and make a new one."""
    registration.renew_token()
    registration.save(update_fields=["token_version", "token_hash"])


def _remove(registration: Registration, leaving: Sequence[Delegate]) -> None:
    """Take ``leaving`` off the list of ``registration``, with their links and what has not been sent to them."""
    if not leaving:
        return
    if words := refusal_of_leaving(registration.conference_id, leaving):
        raise RegistrationRefused(words)
    queue.withdraw(person=[delegate.person for delegate in leaving])
    Delegate.objects.filter(pk__in=[delegate.pk for delegate in leaving]).delete()


def refusal_of_leaving(conference: int, leaving: Sequence[Delegate]) -> str:
    """Why ``leaving`` cannot be taken off a list of ``conference``, nor others come in their place; "" if they can."""
    were_there = _find_those_who_were_there(conference, leaving)
    if not were_there:
        return ""
    words = _("Recorded as present, and therefore on the list for good: %(names)s. Others may be added.")
    return words % {"names": ", ".join(delegate.full_name for delegate in leaving if delegate.pk in were_there)}


def _find_those_who_were_there(conference: int, delegates: Sequence[Delegate]) -> set[int]:
    """Those of ``delegates``, all of ``conference``, who were at it: what is recorded of it stays."""
    there = Q(pk__in=[])
    for _receiver, present in record_asked.send(sender=Conference, conference=conference):
        there |= Q(pk__in=present)
    found = Delegate.objects.filter(there, pk__in=[delegate.pk for delegate in delegates])
    return set(found.values_list("pk", flat=True))


def _keep_order(people: Sequence[Delegate]) -> None:
    for place, delegate in enumerate(people):
        delegate.list_order = place
    Delegate.objects.bulk_update(people, ["list_order"])


def _correct_staying(registration: Registration, plan: Plan) -> list[Delegate]:
    """Store what has changed about those who stay; returns those with a new address."""
    correct_answers(registration, {delegate.pk: person.answers for delegate, person in plan.staying if person.answers})
    return [delegate for delegate, person in plan.staying if correct_delegate(delegate, person)]


def post_links(registration: Registration, people: Sequence[Delegate], contact: Delegate | None, now: datetime) -> None:
    """Send ``people`` their links; those of whoever has no address go to ``contact``, or who stands in for them."""
    if not people or not is_ahead(registration, now):
        return
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


def post_own_link(registration: Registration, now: datetime) -> None:
    """Send the contact person the link to the page of ``registration``, unless that is over or cancelled."""
    if is_ahead(registration, now):
        queue.post(messages.own_page(registration, now=now, occasion=f"contact-{int(now.timestamp())}"))


def keep_as_it_was(delegate: Delegate) -> None:
    """Before ``delegate`` is changed: note in the history how they were entered, unless it is known there.

    People who register leave no version of themselves, so that registering takes no more statements.
    """
    if not Delegate.history.filter(id=delegate.pk).exists():
        with changes_by(None):
            Delegate.history.bulk_history_create([delegate], default_date=delegate.registration.created_at)


def correct_delegate(delegate: Delegate, person: Person) -> bool:
    """Write ``person`` over ``delegate``; returns whether they are reached at a new address now."""
    if identity_of(delegate) == (person.full_name, person.position, person.phone, person.email):
        return False
    known = {address for _channel, address in messages.addresses(delegate.email, delegate.mobile)}
    keep_as_it_was(delegate)
    delegate.full_name, delegate.position = person.full_name, person.position
    delegate.phone, delegate.email = person.phone, person.email
    delegate.save()
    readdress(delegate=delegate)
    return bool({address for _channel, address in messages.addresses(delegate.email, delegate.mobile)} - known)


def correct_answers(registration: Registration, answers: Mapping[int | None, Mapping[int, str]]) -> None:
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


def as_stored(delegate: Delegate) -> Person:
    """``delegate`` as a person; their answers are left out, and stay as they are."""
    return Person(delegate.full_name, delegate.position, e164_of(delegate.phone), delegate.email)


def renew_link_of_another_contact(*, registration: Registration, before: Named, now: datetime) -> bool:
    """Give ``registration`` a new link if its contact person may be another one than ``before``; whether it has.

    In doubt it has: the new link goes to the contact person, and nobody shows this one at a door.
    """
    if is_same(before, contact_of(registration), answer=False):
        return False
    with transaction.atomic():
        renew_own_link(registration)
        post_own_link(registration, now)
        nudge_on_commit()
    return True


def contact_of(registration: Registration) -> Named:
    """The contact person of ``registration`` as they are stored."""
    return Person(
        registration.contact_name,
        registration.contact_position,
        e164_of(registration.contact_phone),
        registration.contact_email,
    )
