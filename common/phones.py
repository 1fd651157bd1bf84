"""Phone numbers as they are stored, and which of them an SMS can reach."""

import re
from typing import Any

from phonenumber_field.phonenumber import PhoneNumber, to_python

#: The rule of ``mobile_of`` for a condition in the database (``__regex``), over a column that holds E.164.
MOBILE_REGEX = r"^\+84[35789][0-9]{8}$"
_VIETNAM = 84
_MOBILE = re.compile(MOBILE_REGEX)


def e164_of(phone: Any) -> str:
    """``phone`` (a PhoneNumber, its text in E.164, or empty) in E.164, as it is stored; "" for none.

    Asking a PhoneNumber whether it is true has it written out in full first, which costs more than all the rest.
    """
    if not isinstance(phone, PhoneNumber):
        return str(phone or "")
    return phone.as_e164 if phone.country_code else phone.raw_input or ""


def written(phone: Any) -> str:
    """``phone`` (a PhoneNumber, its text in E.164, or empty) as people here write it, and as a field takes it back.

    "0912 345 678", and a foreign one with its prefix: "+65 9123 4567". What is no number stays as it is.
    """
    number = to_python(phone)
    if not isinstance(number, PhoneNumber) or not number.is_valid():
        return e164_of(phone)
    text: str = number.as_national if number.country_code == _VIETNAM else number.as_international
    return text


def mobile_of(phone: Any) -> str:
    """``phone`` (a PhoneNumber, its text in E.164, or empty) in E.164 if our SMS reach it, otherwise "".

    They reach the mobile numbers of Vietnam: +84, then 3, 5, 7, 8 or 9, then eight digits. Landlines get no SMS. Nor
    do foreign mobiles: eSMS, VNPT and Zalo take numbers of Vietnam only, and the brand name under which we send is
    registered with Vietnamese carriers. Somebody with a foreign number is therefore reached by e-mail, and every page
    and every message counts them the same way. Whether a typed number exists at all is checked by the form field.
    """
    number = e164_of(phone)
    return number if _MOBILE.fullmatch(number) else ""
