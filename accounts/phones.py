"""The field for a phone that somebody signs in with."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.fields import read_phone
from common.phones import mobile_of


class MobileField(forms.CharField):
    """A mobile number as people write it; cleaned to E.164, "" if empty.

    What is no phone number is refused by the rule, and with the words, of ``PhoneField``.
    """

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"})
        super().__init__(**{"max_length": 30, "widget": widget, **kwargs})

    def clean(self, value: Any) -> str:
        number = read_phone(super().clean(value))
        if number and not mobile_of(number):
            raise ValidationError(_("Please enter a mobile number, such as 0912 345 678."), code="invalid")
        return number
