"""Registering, cancelling, asking for the messages again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from bridges.models import BridgePoint, Province
from conference.models import Conference
from notifications import outbox
from notifications.models import Message
from notifications.nudge import nudge_on_commit
from registrations import messages, seats
from registrations.models import Delegate, Organisation, Registration

CONSENT_VERSION = "2026-11"
RESEND_PAUSE = timedelta(minutes=2)


class RegistrationRefused(Exception):
    """Registering is not possible; the text says why, for the visitor."""


@dataclass(frozen=True)
class Person:
    """A delegate to be. ``phone`` in E.164, ``email`` in lower case; one of them is enough to be reached."""

    full_name: str
    position: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class OrganisationData:
    """The organisation as it was typed."""

    kind: str
    name: str
    province: Province | None = None


def register(
    *,
    conference: Conference,
    point: BridgePoint,
    organisation: OrganisationData,
    people: Sequence[Person],
    language: str,
    now: datetime,
    source: str = Registration.Source.WEB,
    consented: bool = True,
    submission_key: str | None = None,
) -> Registration:
    """Register ``people`` of one organisation for ``point``; the first of them is the contact person.

    One transaction writes all of it, claims the seats last and puts the confirmation into the outbox. The result is
    confirmed or on the waitlist. ``submission_key`` marks one filled-in form: the same key again gives the same
    registration.

    Raises:
        RegistrationRefused: the conference or the point does not take registrations at ``now``.
    """
    if refusal := conference.refusal_at(now):
        raise RegistrationRefused(refusal)
    if submission_key and (earlier := Registration.objects.filter(submission_key=submission_key).first()):
        return earlier
    try:
        with transaction.atomic():
            registration = _write(
                conference=conference,
                point=point,
                organisation=organisation,
                people=people,
                language=language,
                now=now,
                source=source,
                consented=consented,
                submission_key=submission_key,
            )
            nudge_on_commit()
    except IntegrityError:
        # The other press of a double press was faster by a moment.
        if submission_key and (earlier := Registration.objects.filter(submission_key=submission_key).first()):
            return earlier
        raise
    return registration


def _write(*, conference, point, organisation, people, language, now, source, consented, submission_key):
    owner = Organisation(kind=organisation.kind, name=organisation.name, province=organisation.province)
    owner.save()
    contact = people[0]
    registration = Registration(
        conference=conference,
        bridge_point=point,
        organisation=owner,
        # Provisional, seen by nobody: the seats are claimed at the end of this transaction.
        state=Registration.State.CANCELLED,
        seats=len(people),
        contact_name=contact.full_name,
        contact_email=contact.email,
        contact_phone=contact.phone,
        language=language,
        source=source,
        consent_version=CONSENT_VERSION if consented else "",
        consented_at=now if consented else None,
        submission_key=submission_key,
        created_at=now,
    )
    registration.skip_history_when_saving = True
    registration.save()
    delegates = [
        Delegate(
            registration=registration,
            full_name=person.full_name,
            position=person.position,
            phone=person.phone,
            email=person.email,
            is_contact=person is contact,
        )
        for person in people
    ]
    for delegate in delegates:
        delegate.refresh_search_text()
    delegates = Delegate.objects.bulk_create(delegates)

    locked = seats.lock(point.pk)
    if not locked.is_open or locked.conference_id != conference.pk:
        raise RegistrationRefused(_("This bridge point takes no registrations."))
    seats.admit(locked, registration, now)
    registration.bridge_point = locked
    del registration.skip_history_when_saving
    Registration.history.bulk_history_create([registration], default_date=now)
    kind = "confirmed" if registration.state == Registration.State.CONFIRMED else "waitlisted"
    outbox.post(messages.about(registration, delegates, kind=kind, now=now, ends_at=conference.ends_at))
    return registration


def cancel(*, registration: Registration, now: datetime) -> Registration:
    """Cancel ``registration``: frees its seats, promotes those first in line, tells both. Twice is once.

    Raises:
        RegistrationRefused: the conference is over.
    """
    with transaction.atomic():
        point, current = _lock_with_point(registration.pk)
        if current.state == Registration.State.CANCELLED:
            return current
        if now >= current.conference.ends_at:
            raise RegistrationRefused(_("This conference is over; its registrations can no longer be cancelled."))
        had_seat = current.state == Registration.State.CONFIRMED
        seats.release(point, current, now)
        delegates = list(current.delegates.all())
        outbox.withdraw(person=[d.person for d in delegates])
        outbox.post(messages.about(current, delegates, kind="cancelled", now=now, ends_at=current.conference.ends_at))
        if had_seat or point.waiting_count:
            _tell_promoted(seats.promote(point, now), now=now, ends_at=current.conference.ends_at)
        nudge_on_commit()
    return current


class PointFull(RegistrationRefused):
    """The other bridge point has not enough seats; nothing was changed."""


def move(*, registration: Registration, point: BridgePoint, now: datetime) -> Registration:
    """Move ``registration`` to ``point`` of the same conference: it gets its seats there or nothing changes.

    The seats it leaves go to those first in line. Nobody moves onto a waitlist. What was not sent about the old point
    vanishes, and one message tells about the new one.

    Raises:
        PointFull: the seats there are not free.
        RegistrationRefused: moving is not possible; the text says why.
    """
    with transaction.atomic():
        old, current = _lock_with_point(registration.pk, also=point.pk)
        new = old if old.pk == point.pk else seats.lock(point.pk)
        ends_at = current.conference.ends_at
        if current.state == Registration.State.CANCELLED:
            raise RegistrationRefused(_("This registration is cancelled."))
        if now >= ends_at:
            raise RegistrationRefused(_("This conference is over; its registrations can no longer be moved."))
        if new.conference_id != current.conference_id or not new.is_open:
            raise RegistrationRefused(_("This bridge point takes no registrations."))
        if new.pk == old.pk:
            return current
        if not seats.has_room(new, current.seats):
            raise PointFull(_("This bridge point has not enough seats left."))
        seats.vacate(old, current)
        current.bridge_point = new
        seats.admit(new, current, now)
        current.save(update_fields=["bridge_point", "state", "queue_number", "confirmed_at"])
        delegates = list(current.delegates.all())
        outbox.withdraw(person=[d.person for d in delegates])
        occasion = f"{new.pk}-{int(now.timestamp())}"
        outbox.post(messages.about(current, delegates, kind="moved", occasion=occasion, now=now, ends_at=ends_at))
        _tell_promoted(seats.promote(old, now), now=now, ends_at=ends_at)
        nudge_on_commit()
    return current


def fill_free_seats(*, point_id: int, now: datetime) -> list[Registration]:
    """Promote those first in line at the point, for example after it was given more seats; tells them."""
    with transaction.atomic():
        point = seats.lock(point_id)
        ends_at = point.conference.ends_at
        promoted = seats.promote(point, now) if now < ends_at else []
        _tell_promoted(promoted, now=now, ends_at=ends_at)
        if promoted:
            nudge_on_commit()
    return promoted


def resend(*, registration: Registration, now: datetime) -> bool:
    """Send the messages about ``registration`` again, at most once every two minutes; whether there was anything to.

    Asking again within the two minutes is true as well: they are on their way.
    """
    kind = registration.state
    if kind == Registration.State.CANCELLED or now >= registration.conference.ends_at:
        return False
    occasion = f"resend-{int(now.timestamp())}"
    delegates = list(registration.delegates.all())
    with transaction.atomic():
        seats.lock(registration.bridge_point_id)
        recent = Message.objects.filter(
            person__in=[d.person for d in delegates], key__contains="/resend-", created_at__gt=now - RESEND_PAUSE
        )
        if recent.exists():
            return True
        outbox.post(
            messages.about(
                registration, delegates, kind=kind, occasion=occasion, now=now, ends_at=registration.conference.ends_at
            )
        )
        nudge_on_commit()
    return True


def renew_links(*, registration: Registration, now: datetime) -> None:
    """Kill the personal links of ``registration``, for example after one was passed on, and send new ones."""
    with transaction.atomic():
        _point, current = _lock_with_point(registration.pk)
        delegates = list(current.delegates.all())
        for holder in (current, *delegates):
            holder.renew_token()
            holder.save(update_fields=["token_version", "token_hash"])
        outbox.withdraw(person=[d.person for d in delegates])
        if current.state != Registration.State.CANCELLED:
            occasion = f"links-{current.token_version}"
            ends_at = current.conference.ends_at
            outbox.post(
                messages.about(current, delegates, kind=current.state, occasion=occasion, now=now, ends_at=ends_at)
            )
            nudge_on_commit()


def readdress(*, delegate: Delegate) -> None:
    """Send what has not left yet to the corrected addresses of ``delegate``."""
    now_reached = dict(messages.addresses(delegate))
    for channel in ("email", "sms"):
        unsent = Message.objects.unsent().filter(person=delegate.person, channel=channel)
        if channel in now_reached:
            unsent.update(address=now_reached[channel])
        else:
            unsent.update(state=Message.State.CANCELLED, lease_until=None)


def _tell_promoted(promoted: Iterable[Registration], *, now: datetime, ends_at: datetime) -> None:
    by_registration: dict[int, list[Delegate]] = {r.pk: [] for r in promoted}
    if not by_registration:
        return
    for delegate in Delegate.objects.filter(registration__in=by_registration):
        by_registration[delegate.registration_id].append(delegate)
    for registration in promoted:
        delegates = by_registration[registration.pk]
        outbox.withdraw(person=[d.person for d in delegates])
        outbox.post(messages.about(registration, delegates, kind="promoted", now=now, ends_at=ends_at))


def _lock_with_point(registration_id: int, *, also: int = 0) -> tuple[BridgePoint, Registration]:
    """The registration and its point, the point locked; a registration that moved meanwhile is followed.

    The point ``also`` is locked with it, in the order of their numbers, so that two who swap points do not block each
    other for ever.
    """
    while True:
        point_id = Registration.objects.values_list("bridge_point", flat=True).get(pk=registration_id)
        if also and also < point_id:
            seats.lock(also)
        point = seats.lock(point_id)
        current = Registration.objects.select_related("conference", "organisation").get(pk=registration_id)
        if current.bridge_point_id == point_id:
            return point, current
