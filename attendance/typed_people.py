"""Who came without a registration, or instead of somebody: registered by the rules of registering, once it is known.

Phones take them down without network; what was typed waits in the scan until it is settled here.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext

from attendance.deriving import derive
from attendance.models import Device, Scan
from attendance.services import UNDO_FOR, desk_opens_at
from common.fields import read_phone
from conference.models import Conference, raise_day_version
from outbox import queue
from registrations import services as registrations
from registrations.messages import persons
from registrations.models import Delegate, Organisation, Registration
from registrations.services import Change, NewRegistration, OrganisationData, Person, RegistrationRefused
from registrations.signals import ErasedPeople

TYPED = (Scan.Kind.WALK_IN, Scan.Kind.SUBSTITUTE)


def settle_typed(*, device: Device, now: datetime) -> int:
    """Register whom ``device`` has taken down; returns how many. Each in a transaction of its own.

    Apart from taking the scans: the lock of a point comes before those of its delegates everywhere. Who cannot be
    registered, because the conference is cancelled, stays as it was typed, for staff to see.
    """
    waiting = Scan.objects.filter(device=device, kind__in=TYPED).exclude(details={}).order_by("happened_at", "pk")
    return sum(_settle(pk, now) for pk in waiting.values_list("pk", flat=True))


def _settle(pk: int, now: datetime) -> bool:
    """Register what was typed in the scan with this number; False: it is settled, was taken back, or cannot be."""
    try:
        with transaction.atomic():
            locked = Scan.objects.select_for_update(of=("self",)).select_related(
                "conference", "bridge_point", "door", "device"
            )
            scan = locked.get(pk=pk)
            if not scan.details:
                # Another request has been quicker.
                return False
            if Scan.objects.filter(undoes=scan.uid, device=scan.device_id).exists():
                Scan.objects.filter(pk=pk).update(details={})
                return False
            before = _last_versions()
            delegate = _registered(scan, now)
            _note_door(scan, delegate.registration_id, before)
            Scan.objects.filter(pk=pk).update(details={}, delegate=delegate)
            derive(conference=scan.conference, delegates=[delegate], opens_at=desk_opens_at(scan.conference))
            raise_day_version(scan.conference_id)
    except RegistrationRefused:
        return False
    return True


def cancel_taken_back(*, device: Device, now: datetime) -> int:
    """Cancel the registrations of those whom ``device`` has taken down and taken back since; returns how many.

    Taken back before it was settled, nobody is registered: this is the same, a moment later. Their seats go to those
    first in line; they themselves get no message, neither of this nor a reminder. Who is there by another sign keeps
    theirs, so does whoever somebody was added to since, or was put in the place of somebody registered before.
    """
    _hear_late_undos(device)
    undone = Scan.objects.filter(device=device, kind=Scan.Kind.UNDO).values("undoes")
    meant = Scan.objects.filter(device=device, kind__in=TYPED, uid__in=undone).exclude(delegate=None)
    active = meant.filter(delegate__registration__state__in=Registration.ACTIVE, delegate__attendance=None)
    return sum(_cancel(scan, now) for scan in active.select_related("door", "device", "delegate__registration"))


def _hear_late_undos(device: Device) -> None:
    """Take back whom ``device`` has taken down and back, where both came in while they were being registered.

    A request whose answer was lost may still be at work when the phone sends the same again, with what it took back
    since: then neither has seen the other, and the undo is of nobody.
    """
    of_nobody = Scan.objects.filter(device=device, kind=Scan.Kind.UNDO, delegate=None).values("undoes")
    meant = Scan.objects.filter(device=device, kind__in=TYPED, uid__in=of_nobody)
    for pk in meant.values_list("pk", flat=True):
        with transaction.atomic():
            # Whoever registers them holds this lock until it is done (``_settle``).
            scan = Scan.objects.select_for_update(of=("self",)).select_related("conference").get(pk=pk)
            if scan.delegate_id is None:
                # Nobody has registered them; whoever does it now sees that they were taken back.
                continue
            Scan.objects.filter(device=device, undoes=scan.uid, delegate=None).update(delegate=scan.delegate_id)
            locked = Delegate.objects.select_for_update(of=("self",), no_key=True).select_related("registration")
            people = list(locked.filter(pk=scan.delegate_id))
            derive(conference=scan.conference, delegates=people, opens_at=desk_opens_at(scan.conference))
            raise_day_version(scan.conference_id)


def _cancel(scan: Scan, now: datetime) -> bool:
    """Cancel the registration that ``scan`` alone has made; False: it has not, or the conference is over."""
    registration = scan.delegate.registration if scan.delegate is not None else None
    if registration is None or not has_made(scan, registration) or registration.delegates.count() > 1:
        return False
    try:
        with transaction.atomic():
            before = _last_versions()
            registrations.cancel(registration=registration, now=now, by_staff=True, notify=False)
            _note_door(scan, registration.pk, before)
    except RegistrationRefused:
        return False
    return True


def _key(scan: Scan) -> str:
    """What marks the registration that ``scan`` makes, as the key of a form marks that of the form."""
    return f"scan-{scan.uid.hex}"


def has_made(scan: Scan, registration: Registration) -> bool:
    """Whether ``scan`` has made ``registration``; else its person is in the place of somebody who was in it."""
    return registration.submission_key == _key(scan)


def _last_versions() -> tuple[int, int]:
    """The numbers of the last versions of registrations and of delegates in the history."""
    histories: tuple[Any, Any] = (Registration.history, Delegate.history)
    of_registrations, of_delegates = (one.aggregate(last=Max("history_id"))["last"] or 0 for one in histories)
    return of_registrations, of_delegates


def _note_door(scan: Scan, registration: int, before: tuple[int, int]) -> None:
    """Say in the history that the phone at the door of ``scan`` has done what came after ``before``.

    Nobody signs in there; whoever is signed in with the same browser has not done it.
    """
    words = gettext("At the door: %(door)s, %(phone)s") % {"door": scan.door.name, "phone": scan.device.name}
    said = {"history_user": None, "history_change_reason": words[:100]}
    registrations_before, delegates_before = before
    history: Any = Registration.history
    history.filter(id=registration, history_id__gt=registrations_before).update(**said)
    history = Delegate.history
    history.filter(registration_id=registration, history_id__gt=delegates_before).update(**said)


def _registered(scan: Scan, now: datetime) -> Delegate:
    """The delegate whom ``scan`` has made: in the place of somebody where that is possible, else of a new registration.

    Raises:
        RegistrationRefused: nobody can be registered.
    """
    before = _replaced(scan)
    if before is not None:
        try:
            with transaction.atomic():
                return _in_place_of(before, scan, now)
        except RegistrationRefused:
            # Whoever was there stays on the list: then there is one person more.
            return _newly_registered(scan, before.registration.organisation, now)
    return _newly_registered(scan, None, now)


def _replaced(scan: Scan) -> Delegate | None:
    """In whose place somebody came."""
    if scan.kind != Scan.Kind.SUBSTITUTE or not scan.code:
        return None
    ours = Delegate.objects.filter(registration__conference=scan.conference_id, token_hash__startswith=scan.code)
    return ours.select_related("registration__organisation").first()


def _in_place_of(before: Delegate, scan: Scan, now: datetime) -> Delegate:
    there = set(before.registration.delegates.values_list("pk", flat=True))
    change = Change(person=_person(scan), delegate=before.pk, same=False)
    registrations.correct_people(registration=before.registration, people=[change], now=now)
    people = Delegate.objects.select_related("registration").filter(registration=before.registration_id)
    # Of one name they are the same person, whose slip was corrected.
    return people.exclude(pk__in=there).first() or people.get(pk=before.pk)


def _newly_registered(scan: Scan, organisation: Organisation | None, now: datetime) -> Delegate:
    """Registered at the time at which they came, so that somebody whose phone was late is not too late."""
    name = organisation.name if organisation else scan.details.get("organisation") or gettext("unknown")
    form = NewRegistration(
        organisation=OrganisationData(organisation.kind if organisation else Organisation.Kind.OTHER.value, name),
        people=[_person(scan)],
        language=settings.LANGUAGE_CODE,
        consent_way="",
        source=Registration.Source.STAFF,
    )
    registration = registrations.register(
        conference=scan.conference,
        point=scan.bridge_point,
        form=form,
        now=scan.happened_at,
        submission_key=_key(scan),
        notify=now < scan.conference.ends_at,
    )
    delegate = Delegate.objects.select_related("registration").get(registration=registration)
    # For so long the phone takes them back; then they hear nothing (``cancel_taken_back``).
    until = min(scan.happened_at, now) + UNDO_FOR
    queue.put_off(person=persons(registration, [delegate]), until=until)
    return delegate


def _person(scan: Scan) -> Person:
    return Person(full_name=scan.details["name"], phone=_phone(scan.details.get("phone", "")))


def _phone(text: str) -> str:
    """``text`` in E.164; "" if it is no number: nobody waits at the door for that."""
    try:
        return read_phone(text)
    except ValidationError:
        return ""


def erase_typed(*, conference: Conference, people: ErasedPeople, everybody: bool, **kwargs: object) -> None:
    """Take out what was typed about ``people``, or about everybody, and has not been registered."""
    typed = Scan.objects.filter(conference=conference, kind__in=TYPED).exclude(details={})
    if not everybody:
        names = {name.casefold() for name in people.names}
        found = [pk for pk, said in typed.values_list("pk", "details") if said.get("name", "").casefold() in names]
        typed = Scan.objects.filter(pk__in=found)
    typed.update(details={})
