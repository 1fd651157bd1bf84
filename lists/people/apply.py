"""Applying a list of people: new registrations through the service, corrections to those who are known."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import cast

from django.conf import settings

from bridges.models import BridgePoint
from common.phones import e164_of
from conference.models import Conference
from lists.people import answers
from lists.people.entries import CHANGED, Entry
from lists.people.known_people import Known
from lists.people.plan import groups
from registrations import consent, seats, services
from registrations.models import Delegate, Registration
from registrations.services import Change, NewRegistration, OrganisationData, Person

# So many registrations are written at once; in between it is noted how far it is.
_AT_ONCE = 100


def apply(
    conference: Conference, entries: Sequence[Entry], *, notify: bool, now: datetime, tick: Callable[[int], None]
) -> None:
    """Do what ``entries`` say, inside the caller's transaction; ``tick`` hears how many rows are done.

    Raises:
        RegistrationRefused: something is not possible; nothing may be stored then.
    """
    new = groups(entries)
    changed = [entry for entry in entries if entry.verdict == CHANGED]
    # In the order of their numbers, as everywhere: two who lock the same points do not block each other for ever.
    points = {_point_of(group).pk for group in new} | {_known(entry).point for entry in changed}
    for pk in sorted(points):
        seats.lock(pk)
    done = _correct(changed, now=now, tick=tick)
    for start in range(0, len(new), _AT_ONCE):
        some = new[start : start + _AT_ONCE]
        forms = [(_point_of(group), _form(group)) for group in some]
        services.register_all(conference=conference, forms=forms, notify=notify, now=now)
        done += sum(map(len, some))
        tick(done)


def _point_of(group: list[Entry]) -> BridgePoint:
    # What is to be registered has one: the plan refuses the others.
    return cast(BridgePoint, group[0].point)


def _known(entry: Entry) -> Known:
    # What is to be changed is known.
    return cast(Known, entry.known)


def _form(group: list[Entry]) -> NewRegistration:
    # The first is the contact person: one who can be reached.
    people = [entry.person for entry in sorted(group, key=lambda e: (not e.is_reached, not e.person.phone))]
    said = [entry.organisation for entry in group]
    organisation = OrganisationData(
        said[0].kind,
        said[0].name,
        next((data.province for data in said if data.province), None),
        next((data.tax_code for data in said if data.tax_code), ""),
    )
    return NewRegistration(
        organisation=organisation,
        people=people,
        language=settings.LANGUAGE_CODE,
        interests=answers.without_repetitions(interest for entry in group for interest in entry.interests),
        answers=_answers(group),
        consent_way=consent.LIST,
        source=Registration.Source.IMPORT,
    )


def _answers(entries: Sequence[Entry]) -> dict[int, str]:
    """What the organisation answers in ``entries``, by question; what stands first counts."""
    return {question: text for entry in reversed(entries) for question, text in entry.answers.items()}


def _correct(changed: Sequence[Entry], *, now: datetime, tick: Callable[[int], None]) -> int:
    by_registration: dict[int, list[Entry]] = {}
    for entry in changed:
        by_registration.setdefault(_known(entry).registration, []).append(entry)
    done = 0
    rows = Registration.objects.select_related("organisation__province", "conference").in_bulk(by_registration)
    for pk in sorted(by_registration):
        registration, entries = rows[pk], by_registration[pk]
        people = {_known(entry).pk: entry.person for entry in entries}
        delegates = list(registration.delegates.all())
        services.change_people(
            registration=registration,
            # The preview has said of each row in doubt that it corrects the name of the same person.
            people=[Change(people.get(d.pk) or _as_is(d), d.pk, same=True) for d in delegates],
            now=now,
        )
        contact = next((people[d.pk] for d in delegates if d.is_contact and d.pk in people), None)
        if contact is not None:
            owner = registration.organisation
            services.correct(
                registration=registration,
                organisation=OrganisationData(owner.kind, owner.name, owner.province, owner.tax_code),
                contact=contact,
                same=True,
                now=now,
            )
        services.add_to_answers(
            registration=registration,
            answers=_answers(entries),
            interests=answers.without_repetitions(i for entry in entries for i in entry.interests),
        )
        done += len(people)
        tick(done)
    return done


def _as_is(delegate: Delegate) -> Person:
    phone = e164_of(delegate.phone)
    return Person(delegate.full_name, delegate.position, phone, delegate.email)
