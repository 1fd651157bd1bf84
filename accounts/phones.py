"""Phones that people sign in with: which numbers can be, and whose account one opens."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from phonenumber_field.phonenumber import to_python

from accounts.models import User
from common.phones import e164_of, mobile_of

# Whoever asked for a code and never typed it in leaves nothing behind.
_UNPROVED_FOR = timedelta(days=1)


class MobileField(forms.CharField):
    """A mobile number as people write it; cleaned to E.164, "" if empty."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"})
        super().__init__(**{"max_length": 30, "widget": widget, **kwargs})

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        if not typed:
            return ""
        number = to_python(typed)
        if not number or not number.is_valid() or not mobile_of(number):
            raise ValidationError(_("Please enter a mobile number, such as 0912 345 678."), code="invalid")
        return number.as_e164


def has_rows(phone: str) -> bool:
    """Whether ``phone`` (E.164) stands in anything that its owner could look at: see ``PHONE_HOLDERS``."""
    models = (apps.get_model(label) for label in settings.PHONE_HOLDERS)
    return any(model.objects.of_addresses([], [phone]).exists() for model in models)


def account_for(phone: str, now: datetime) -> User | None:
    """Whom a code to ``phone`` (E.164) lets in; None: nobody, so that none need be sent.

    A phone that registrations name opens an account of its own, made here and kept if the code is typed in.
    """
    found = User.objects.of_phone(phone)
    stale = User.objects.filter(email=None, phone_verified_at=None, date_joined__lt=now - _UNPROVED_FOR)
    stale.exclude(pk=found.pk if found else None).delete()
    # Asked in any case: how long the answer takes must not tell whether there is an account.
    is_known = has_rows(phone)
    if found or not is_known:
        return found
    user, is_new = User.objects.get_or_create(email=None, phone=phone, defaults={"date_joined": now})
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user if user.is_active else None


def forget(phones: Iterable[str]) -> int:
    """Delete the accounts by phone alone of those ``phones`` (E.164) that stand in nothing any more; returns how many.

    Whoever has an account by e-mail address has made it themselves, and keeps it.
    """
    alone = User.objects.filter(email=None, is_staff=False, phone__in=list(phones))
    unused = [user.pk for user in alone if not has_rows(e164_of(user.phone))]
    return User.objects.filter(pk__in=unused).delete()[0] if unused else 0
