"""Signing in by SMS: whose account a number opens, registrations say. Named in ``ACCOUNT_FORMS``."""

from django.utils import timezone

from accounts import sign_in_forms
from registrations.phone_accounts import account_for


class RequestLoginCodeForm(sign_in_forms.RequestLoginCodeForm):
    """Where the code goes; a number that stands in a registration opens an account of its own."""

    def clean_phone(self) -> str:
        phone = super().clean_phone()
        if phone:
            self._user = account_for(phone, timezone.now())
        return phone
