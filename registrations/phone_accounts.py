"""Accounts by phone alone: whoever stands in a registration signs in with a code by SMS, and has no other account."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from accounts.models import User
from common.phones import e164_of
from registrations.models import Registration

# Whoever asked for a code and never typed it in leaves nothing behind.
_UNPROVED_FOR = timedelta(days=1)


def account_for(phone: str, now: datetime) -> User | None:
    """Whom a code to ``phone`` (E.164) lets in; None: nobody, so that none need be sent.

    A phone that registrations name opens an account of its own, made here and kept if the code is typed in.
    """
    found = User.objects.of_phone(phone)
    stale = User.objects.filter(email=None, phone_verified_at=None, date_joined__lt=now - _UNPROVED_FOR)
    if found:
        stale = stale.exclude(pk=found.pk)
    stale.delete()
    # Asked in any case: how long the answer takes must not tell whether there is an account.
    is_known = _has_registrations(phone)
    if found or not is_known:
        return found
    user, is_new = User.objects.get_or_create(email=None, phone=phone, defaults={"date_joined": now})
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user if user.is_active else None


def delete_unused(phones: Iterable[str]) -> int:
    """Delete the accounts by phone alone of those ``phones`` (E.164) that no registration names; returns how many.

    Whoever has an account by e-mail address has made it themselves, and keeps it.
    """
    alone = User.objects.filter(email=None, is_staff=False, phone__in=list(phones))
    unused = [user.pk for user in alone if not _has_registrations(e164_of(user.phone))]
    return User.objects.filter(pk__in=unused).delete()[0] if unused else 0


def _has_registrations(phone: str) -> bool:
    return Registration.objects.of_addresses([], [phone]).exists()
