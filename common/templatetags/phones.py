"""Phone numbers as people here write them."""

from typing import Any

from django import template

from common import phones

register = template.Library()


@register.filter
def written(phone: Any) -> str:
    """``phone`` (a PhoneNumber or its E.164) as "0912 345 678" or "+65 9123 4567"; what is none stays as it is."""
    return phones.written(phone)


@register.filter
def e164(phone: Any) -> str:
    """``phone`` (a PhoneNumber or its E.164) as a link dials it: "+84912345678"."""
    return phones.e164_of(phone)
