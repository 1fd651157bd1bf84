"""Erasing personal data: from every table, from the outbox, from histories; the counts stay.

Law 91/2025/QH15: people may have their data erased, and organisers erase them when the purpose is over.
"""

import secrets
from datetime import datetime, timedelta

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import F, Q, QuerySet

from conference.models import Conference
from notifications import outbox
from notifications.models import BadAddress, MailboxItem, Message
from notifications.nudge import nudge_on_commit
from registrations import messages, seats
from registrations.models import Answer, Delegate, Erasure, Guest, Interest, Organisation, Registration
from registrations.services.common import lock_with_point, tell_promoted
from registrations.tokens import fingerprint

# So many registrations in one transaction when a whole conference is erased.
_AT_ONCE = 200


def erase(*, registration: Registration, way: str, now: datetime) -> None:
    """Erase everything personal about ``registration``; one that is still active gives its seats back first.

    Nobody is told, since there is nobody left to tell; whoever gets the seats is.
    """
    with transaction.atomic():
        point, current = lock_with_point(registration.pk)
        if current.erased_at:
            return
        if current.is_active:
            seats.release(point, current, now)
            ends_at = current.conference.ends_at
            if now < ends_at:
                tell_promoted(seats.promote(point, now), now=now, ends_at=ends_at)
                nudge_on_commit()
        _erase(current.conference, Registration.objects.filter(pk=current.pk), way=way, now=now)


def erase_due(*, now: datetime) -> int:
    """Erase the registrations of the conferences whose time has come; returns how many."""
    erased = 0
    for conference in Conference.objects.filter(erased_at=None, ends_at__lte=now - timedelta(days=1)):
        if conference.erased_from > now:
            continue
        while True:
            with transaction.atomic():
                rows = Registration.objects.filter(conference=conference, erased_at=None)
                chunk = list(rows.order_by("id").values_list("pk", flat=True)[:_AT_ONCE])
                if chunk:
                    _erase(
                        conference,
                        Registration.objects.filter(pk__in=chunk),
                        way=Erasure.Way.AUTOMATIC,
                        now=now,
                    )
                    erased += len(chunk)
            if not chunk:
                break
        Guest.objects.filter(invitation__conference=conference).delete()
        Conference.objects.filter(pk=conference.pk).update(erased_at=now)
    return erased


def _erase(conference: Conference, registrations: QuerySet[Registration], *, way: str, now: datetime) -> None:
    rows = list(registrations.only("id", "contact_email", "contact_phone", "organisation_id"))
    numbers = [row.pk for row in rows]
    delegates = list(Delegate.objects.filter(registration__in=numbers))
    emails = {text for text in (*(r.contact_email for r in rows), *(d.email for d in delegates)) if text}
    phones = {phone.as_e164 for phone in (*(r.contact_phone for r in rows), *(d.phone for d in delegates)) if phone}
    persons = [d.person for d in delegates] + [messages.contact_person(r) for r in rows]
    outbox.withdraw(person=persons)
    told = Message.objects.filter(person__in=persons).update(
        address="", subject="", text="", error="", fallback="", provider_reference=""
    )
    addresses = Q(address__in=[*emails, *phones])
    BadAddress.objects.filter(addresses).delete()
    MailboxItem.objects.filter(addresses).delete()
    Guest.objects.filter(
        Q(registration__in=numbers) | Q(email__in=emails) | Q(phone__in=phones), invitation__conference=conference
    ).delete()
    Answer.objects.filter(registration__in=numbers).delete()
    Interest.objects.filter(registration__in=numbers).update(other="", amount="", season="")
    for delegate in delegates:
        delegate.token_hash = _dead_link()
        delegate.full_name = delegate.position = delegate.email = delegate.phone = delegate.mobile = ""
        delegate.search_text = delegate.sort_name = ""
    fields = ["full_name", "position", "email", "phone", "mobile", "search_text", "sort_name", "token_hash"]
    Delegate.objects.bulk_update(delegates, fields, batch_size=100)
    Organisation.objects.filter(registrations__in=numbers).update(name="", tax_code="", search_text="")
    for row in rows:
        row.token_hash = _dead_link()
    Registration.objects.bulk_update(rows, ["token_hash"], batch_size=100)
    Registration.objects.filter(pk__in=numbers).update(
        contact_name="",
        contact_position="",
        contact_email="",
        contact_phone="",
        reason="",
        submission_key=None,
        search_text=F("number"),
        erased_at=now,
    )
    Registration.history.filter(id__in=numbers).delete()
    Delegate.history.filter(id__in=[d.pk for d in delegates]).delete()
    _erase_admin_log(numbers, delegates)
    Erasure.objects.create(
        conference=conference, at=now, way=way, registrations=len(rows), delegates=len(delegates), messages=told
    )


def _dead_link() -> str:
    """A fingerprint that belongs to no token."""
    return fingerprint(secrets.token_urlsafe(32))


def _erase_admin_log(registrations: list[int], delegates: list[Delegate]) -> None:
    of_type = ContentType.objects.get_for_model
    about = Q(content_type=of_type(Registration), object_id__in=[str(pk) for pk in registrations])
    about |= Q(content_type=of_type(Delegate), object_id__in=[str(d.pk) for d in delegates])
    LogEntry.objects.filter(about).update(object_repr="–", change_message="")
