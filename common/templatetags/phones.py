"""Phone numbers as people here write them."""

from django import template
from phonenumber_field.phonenumber import to_python

register = template.Library()


@register.filter
def national(phone: str) -> str:
    """``phone`` (E.164) as "0912 345 678"; what is none stays as it is."""
    number = to_python(phone)
    return number.as_national if number and number.is_valid() else phone
