"""Use cases that write several models of the conference."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext

from conference.models import Conference, Partner, Product, ProgrammeItem


def _shift(moment: datetime | None, by: timedelta) -> datetime | None:
    """``moment`` moved by whole local days, so that 08:00 stays 08:00."""
    if moment is None:
        return None
    local = timezone.localtime(moment).replace(tzinfo=None)
    return timezone.make_aware(local + by)


class CancellingRefused(Exception):
    """The conference cannot be cancelled, or not taken back; the text says why."""


@transaction.atomic
def cancel(*, conference: Conference, now: datetime, reason: str = "") -> Conference:
    """Cancel ``conference``; upper rooms tell its people, with ``reason``, when it is saved. Twice is once.

    Raises:
        CancellingRefused: it is over.
    """
    current = Conference.objects.select_for_update().get(pk=conference.pk)
    if now >= current.ends_at:
        raise CancellingRefused(gettext("This conference is over; it can no longer be cancelled."))
    if current.cancelled_at is None:
        current.cancelled_at, current.cancel_reason = now, reason
        current.save(update_fields=["cancelled_at", "cancel_reason"])
    return current


@transaction.atomic
def restore(*, conference: Conference, now: datetime) -> Conference:
    """Take the cancellation of ``conference`` back: it takes place after all. Twice is once.

    Raises:
        CancellingRefused: it would be over by now.
    """
    current = Conference.objects.select_for_update().get(pk=conference.pk)
    if now >= current.ends_at:
        raise CancellingRefused(gettext("The time of this conference has passed; its cancellation stands."))
    if current.cancelled_at is not None:
        current.cancelled_at, current.cancel_reason = None, ""
        # Its date holds from now on. Calendars take the entry again only with a later mark than the cancellation had.
        current.scheduled_at = now
        current.save(update_fields=["cancelled_at", "cancel_reason", "scheduled_at"])
    return current


@transaction.atomic
def publish(*, conference: Conference, is_published: bool) -> Conference:
    """Show ``conference`` to everybody, or hide it again; upper rooms hear of it when it is saved. Twice is once."""
    current = Conference.objects.select_for_update().get(pk=conference.pk)
    if current.is_published != is_published:
        current.is_published = is_published
        current.save(update_fields=["is_published"])
    return current


@transaction.atomic
def copy(
    *, conference: Conference, slug: str, name: str, short_name: str, starts_at: datetime, now: datetime
) -> Conference:
    """A copy of ``conference`` on the date of ``starts_at`` (UTC), unpublished, with what this room holds of it.

    Organisers, partners, products and programme come along, times moved with the date. What other rooms hold,
    ``attendance.duplicating`` copies.

    Raises:
        ValidationError: the new address, name or date is not possible.
    """
    days = timedelta(days=(timezone.localtime(starts_at).date() - timezone.localtime(conference.starts_at).date()).days)
    lasts = conference.ends_at - conference.starts_at
    new = Conference(
        name=name,
        short_name=short_name,
        slug=slug,
        summary=conference.summary,
        purpose=conference.purpose,
        starts_at=starts_at,
        ends_at=starts_at + lasts,
        is_tentative=True,
        registration_opens_at=_shift(conference.registration_opens_at, days),
        registration_closes_at=_shift(conference.registration_closes_at, days),
        doors_open_minutes=conference.doors_open_minutes,
        tells_next_room=conference.tells_next_room,
        preparation=conference.preparation,
        needs_approval=conference.needs_approval,
        holds_seats=conference.holds_seats,
        erase_after_days=conference.erase_after_days,
        contact_name=conference.contact_name,
        contact_email=conference.contact_email,
        contact_phone=conference.contact_phone,
        scheduled_at=now,
    )
    new.full_clean(exclude=["search_text"])
    new.save()
    new.organisers.set(conference.organisers.all())
    Partner.objects.bulk_create(
        Partner(
            conference=new,
            name=p.name,
            role=p.role,
            duty=p.duty,
            position=p.position,
            superior=p.superior,
            signer_title=p.signer_title,
            signer_name=p.signer_name,
        )
        for p in conference.partners.all()
    )
    Product.objects.bulk_create(
        Product(conference=new, name=p.name, position=p.position) for p in conference.products.all()
    )
    # The programme keeps its distance from the start, also when the new one starts at another hour.
    moved = starts_at - conference.starts_at
    ProgrammeItem.objects.bulk_create(
        ProgrammeItem(
            conference=new,
            starts_at=item.starts_at + moved,
            ends_at=item.ends_at + moved if item.ends_at else None,
            title=item.title,
            speaker=item.speaker,
        )
        for item in conference.programme.all()
    )
    return new


def move_programme(*, conference: Conference, by: timedelta, but: Iterable[int] = ()) -> int:
    """Move the programme of ``conference`` ``by`` so much, ``but`` not these entries; returns how many."""
    entries = conference.programme.exclude(pk__in=list(but))
    return entries.update(starts_at=F("starts_at") + by, ends_at=F("ends_at") + by)
