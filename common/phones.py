"""Phone numbers as they are stored, and which of them an SMS can reach."""

import re
from functools import cache
from typing import Any
from unicodedata import normalize

from django.conf import settings
from phonenumber_field.phonenumber import PhoneNumber, to_python
from phonenumbers import PhoneMetadata

_VIETNAM = 84
# Of Vietnam the shape alone, as carriers give it out: what exists at all is checked by the form field.
_VIETNAMESE = r"\+84[35789][0-9]{8}"
# What phonenumbers calls a number that it has read with its prefix, and one without.
_WITH_PREFIX, _WITHOUT_PREFIX = 1, 20
# How people here write one: its digits, and blanks or full stops between them.
_TYPED = re.compile(r"0[0-9 .]+")
# What stands before a number in lists, with or without accents.
_KIND = (
    r"(?:số\s+|so\s+)?"
    r"(?:điện thoại|dien thoai|s?[đd]t|[đd]t[đd][đd]|[đd][đd]|di động|di dong|tel|phone|mobile)"
)
# With what ties it to the number: "ĐT: 0912 345 678".
_LABEL = re.compile(rf"\A\s*{_KIND}\s*[:.]\s*(?=[\d+(])", re.IGNORECASE)
# Behind other words, where the number has been taken away: "Trần Thị A, SĐT:".
_LABEL_AT_END = re.compile(rf"(?<!\w){_KIND}\s*[:.]?\s*$", re.IGNORECASE)


def without_label(text: str) -> str:
    """``text`` without what only says that a phone number follows ("SĐT:", "Tel.", "Mobile:")."""
    return _LABEL.sub("", normalize("NFC", text))


def without_label_at_end(words: str) -> str:
    """``words``, behind which a phone number stood, without what only said so, with or without a colon."""
    return _LABEL_AT_END.sub("", normalize("NFC", words))


def mobile_regex() -> str:
    """The rule of ``mobile_of`` for a condition in the database (``__regex``), over a column that holds E.164."""
    return _regex(tuple(settings.SMS_COUNTRIES))


@cache
def _regex(countries: tuple[str, ...]) -> str:
    return rf"^({'|'.join(_pattern(country) for country in countries)})$" if countries else r"^\+none$"


def _pattern(country: str) -> str:
    """The mobile numbers of ``country`` (two letters, as ISO 3166 has them) in E.164.

    Raises:
        ValueError: there is no such country, or nothing is known of its mobile numbers.
    """
    if country == "VN":
        return _VIETNAMESE
    return _known_pattern(country)


@cache
def _known_pattern(country: str) -> str:
    """The mobile numbers of ``country`` in E.164 of which phonenumbers knows that they are given out.

    Raises:
        ValueError: it knows of none.
    """
    metadata = PhoneMetadata.metadata_for_region(country)
    if metadata is None or metadata.mobile is None or not metadata.mobile.national_number_pattern:
        raise ValueError(f"{country!r} is no country whose mobile numbers are known, such as VN")
    return rf"\+{metadata.country_code}(?:{metadata.mobile.national_number_pattern})"


#: What phonenumbers knows of the numbers of a country, kind by kind; a number of none of them is not valid.
_KINDS = (
    "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "voip", "personal_number", "pager", "uan",
    "voicemail",
)  # fmt: skip


@cache
def valid_regex(country: str) -> str:
    """The valid numbers of ``country`` (two letters) without prefix: the rule of ``PhoneField``, also for a browser.

    Raises:
        ValueError: there is no such country.
    """
    metadata = PhoneMetadata.metadata_for_region(country)
    if metadata is None:
        raise ValueError(f"{country!r} is no country whose numbers are known, such as VN")
    kinds = [getattr(metadata, kind) for kind in _KINDS]
    return f"^(?:{'|'.join(kind.national_number_pattern for kind in kinds if kind and kind.national_number_pattern)})$"


def e164_of(phone: Any) -> str:
    """``phone`` (a PhoneNumber, its text in E.164, or empty) in E.164, as it is stored; "" for none.

    Asking a PhoneNumber whether it is true has it written out in full first, which costs more than all the rest.
    """
    if not isinstance(phone, PhoneNumber):
        return str(phone or "")
    if phone.country_code and phone.national_number and not phone.italian_leading_zero:
        # As phonenumbers writes it, without its ten calls: each registration asks for it ten times.
        return f"+{phone.country_code}{phone.national_number}"
    return phone.as_e164 if phone.country_code else phone.raw_input or ""


def stored_phone(text: str | None) -> PhoneNumber | str | None:
    """The number whose text in E.164 is ``text``, as its column gives it out; what is no number stays a text.

    The fields of django-phonenumber-field read each anew, as if somebody had typed it: 30 µs for each of a page.
    """
    if text and re.fullmatch(_VIETNAMESE, text):
        return PhoneNumber(_VIETNAM, int(text[3:]), raw_input=text, country_code_source=_WITH_PREFIX)
    return to_python(text)


def typed_mobile(text: str) -> PhoneNumber | None:
    """The mobile number of Vietnam that ``text`` is, written as people here do; None: it is something else.

    phonenumbers would read the same number, and find it valid, in ten times as long.
    """
    if not _TYPED.fullmatch(text):
        return None
    number = text.replace(" ", "").replace(".", "")[1:]
    if not is_given_out(f"+{_VIETNAM}{number}"):
        return None
    return PhoneNumber(_VIETNAM, int(number), raw_input=text, country_code_source=_WITHOUT_PREFIX)


def is_given_out(number: str) -> bool:
    """Whether ``number``, in E.164, is a mobile number of Vietnam such as phonenumbers finds valid."""
    return re.fullmatch(_known_pattern("VN"), number) is not None


def searched(phone: Any) -> str:
    """``phone`` (a PhoneNumber, its text in E.164, or empty) as it is looked for: "0912345678", "+6591234567"."""
    number = e164_of(phone)
    return f"0{number[3:]}" if re.fullmatch(_VIETNAMESE, number) else written(phone).replace(" ", "")


def written(phone: Any) -> str:
    """``phone`` (a PhoneNumber, its text in E.164, or empty) as people here write it, and as a field takes it back.

    "0912 345 678", and a foreign one with its prefix: "+65 9123 4567". What is no number stays as it is.
    """
    stored = e164_of(phone)
    if is_given_out(stored):
        # As phonenumbers writes it, which takes longer than all else that a page does with it.
        return f"0{stored[3:6]} {stored[6:9]} {stored[9:]}"
    number = to_python(phone)
    if not isinstance(number, PhoneNumber) or not number.is_valid():
        return e164_of(phone)
    text: str = number.as_national if number.country_code == _VIETNAM else number.as_international
    return text


def mobile_of(phone: Any) -> str:
    """``phone`` (a PhoneNumber, its text in E.164, or empty) in E.164 if our SMS reach it, otherwise "".

    They reach the mobile numbers of the countries in ``SMS_COUNTRIES``, which is Vietnam unless the settings say more.
    Landlines get no SMS. Nor do foreign mobiles: eSMS, VNPT and Zalo take numbers of Vietnam only, the brand name under
    which we send is registered with Vietnamese carriers, and anybody could run up a bill with expensive numbers abroad
    (docs/adr/0033-sms-limits.md). Somebody with a foreign number is therefore reached by e-mail, and every page and
    every message counts them the same way.
    """
    number = e164_of(phone)
    return number if re.fullmatch(mobile_regex(), number) else ""
