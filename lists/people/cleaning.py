"""What stands in a cell, made into what the site stores; refusals in words for the organiser."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext, gettext_lazy

from bridges.models import Province
from bridges.provinces import successors
from common.fields import read_phone
from common.search import fold
from lists.people.columns import plain
from registrations.models import clean_tax_code

_EXPONENT = re.compile(r"(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})")
# Several numbers in one cell.
_BETWEEN_PHONES = re.compile(r"\s*(?:[;/\n]|, | - |\bvà\b|\bhoặc\b)\s*")
_BETWEEN_EMAILS = re.compile(r"[;,/\s]+")
# With their accents, or without any: "Tống" is a family name, and so is "Công".
_TOTAL = re.compile(r"(?:(?:tổng|cộng|tong|cong|total|sum)\b(?: (?:số|cộng|so|cong))?)(?P<rest>.*)")
_check_email = EmailValidator()
# By the codes of PhoneField.
_PHONE_FAULTS = {
    "invalid": gettext_lazy("“%(text)s” is not a phone number."),
    "more": gettext_lazy("“%(text)s” is more than a phone number: please give the number alone, without letters."),
}


class Refused(Exception):
    """This cell cannot be used; the text says why."""


def digits(text: str) -> str:
    """A number as Excel mangles it: "'0912…", "912345678.0", "9,12345678E+08".

    Raises:
        Refused: Excel has dropped digits that nobody can know.
    """
    text = text.strip().lstrip("'’`‘").strip()
    if match := _EXPONENT.fullmatch(text.replace(" ", "")):
        whole, fraction, exponent = match[1], match[2] or "", int(match[3])
        if len(fraction) < exponent:
            raise Refused(
                gettext(
                    "Excel has shortened this number to “%(text)s”. Please format the column as text and type it again."
                )
                % {"text": text}
            )
        return whole + fraction[:exponent]
    return re.sub(r"[.,]0+$", "", text) if re.fullmatch(r"\d{6,}[.,]0+", text) else text


def full_name(cells: dict[str, str]) -> str:
    """The name in a row of a list, from one column or from two."""
    return cells.get("full_name") or " ".join(filter(None, [cells.get("last_name"), cells.get("first_name")]))


def is_total(name: str) -> bool:
    """Whether what stands where a name should is the sum below a table: "Tổng cộng: 12 người"."""
    match = _TOTAL.fullmatch(" ".join(unicodedata.normalize("NFC", name).casefold().split()))
    if match is None:
        return False
    return not match["rest"].strip(" .…–-") or bool(re.search(r"[\d:]", match["rest"]))


def phone(text: str) -> tuple[str, bool]:
    """The phone number in ``text`` in E.164, "" if there is none; True: there are several and this is the first.

    Raises:
        Refused: it is no phone number.
    """
    if not text or text.strip("-–. ") in ("", "0"):
        return "", False
    whole = digits(text)
    found, fault = _number(whole)
    if found:
        return found, False
    candidates = [part for part in _BETWEEN_PHONES.split(whole) if part]
    if len(candidates) > 1:
        found, fault = _number(candidates[0])
    if not found:
        words = _PHONE_FAULTS.get(fault, _PHONE_FAULTS["invalid"])
        raise Refused(str(words) % {"text": text[:40]})
    return found, len(candidates) > 1


@lru_cache(maxsize=8192)
def _number(text: str) -> tuple[str, str]:
    """The phone number in ``text`` in E.164; where there is none that can be taken, "" and the code of the fault."""
    try:
        return read_phone(text), ""
    except ValidationError as error:
        return "", error.error_list[0].code or ""


def email(text: str) -> tuple[str, bool]:
    """The e-mail address in ``text`` in lower case, "" if there is none; True: there are several and this is the first.

    Raises:
        Refused: it is no e-mail address.
    """
    parts = [part for part in _BETWEEN_EMAILS.split(text.strip("<> ").lower()) if part]
    if not parts or text.strip("-–. ") == "" or fold(text) in ("khong", "khong co", "no"):
        return "", False
    try:
        _check_email(parts[0])
        if len(parts[0]) > 254:
            raise ValidationError("")
    except ValidationError as error:
        raise Refused(gettext("“%(text)s” is not an e-mail address.") % {"text": text[:60]}) from error
    return parts[0], len(parts) > 1 and "@" in parts[1]


def tax_code(text: str) -> str:
    """The tax code in ``text``; Excel drops the zero that it begins with.

    Raises:
        Refused: it is none.
    """
    text = digits(text)
    if not text.strip("-– "):
        return ""
    bare = re.sub(r"[\s.]", "", text)
    candidates = [
        text,
        bare.zfill(10) if len(bare) == 9 else "",
        f"0{bare}" if re.fullmatch(r"\d{9}-\d{3}", bare) else "",
    ]
    for candidate in filter(None, candidates):
        try:
            return clean_tax_code(candidate)
        except ValidationError:
            continue
    raise Refused(gettext("“%(text)s” is not a tax code; it is left out.") % {"text": text[:40]})


class Provinces:
    """Finds provinces by name: with or without accents, "Tỉnh", "TP."."""

    _RANK = re.compile(r"^(tinh|thanh pho|tp|t p)\s+")
    _SHORT = {
        "hcm": "ho chi minh", "tphcm": "ho chi minh", "hochiminh": "ho chi minh", "sai gon": "ho chi minh",
        "hn": "ha noi", "brvt": "ba ria vung tau", "hue": "thua thien hue", "tt hue": "thua thien hue",
        "dak lak": "dak lak", "dac lac": "dak lak",
    }  # fmt: skip

    def __init__(self, provinces: Iterable[Province], former: Iterable[Province] = ()) -> None:
        """``provinces``: those of the time. ``former``: others, each found by its name as the one in which it lies."""
        valid = list(provinces)
        self._by_name = {self._key(province.name): province for province in valid}
        by_code = {province.code: province for province in valid}
        after = successors()
        self._former = {
            self._key(old.name): by_code[after[old.code]] for old in former if after.get(old.code) in by_code
        }

    @classmethod
    def of(cls, day: date) -> "Provinces":
        """Those of ``day``, and all others by their successors. Two queries."""
        valid = list(Province.objects.valid_on(day))
        return cls(valid, Province.objects.exclude(pk__in=[province.pk for province in valid]))

    def _key(self, name: str) -> str:
        return self._RANK.sub("", plain(name))

    def find(self, text: str) -> Province | None:
        """The province of the time that ``text`` names."""
        return self._in(self._by_name, text)

    def find_successor(self, text: str) -> Province | None:
        """The province of the time in which that lies which ``text`` names, if there is none of that name any more."""
        return self._in(self._former, text)

    def read(self, text: str) -> tuple[Province | None, str]:
        """The province of the time that ``text`` names or lies in; and, in words, that it is not the one named."""
        if province := self.find(text):
            return province, ""
        if not (province := self.find_successor(text)):
            return None, ""
        words = gettext("“%(old)s” belongs to %(new)s today; %(new)s is taken.")
        return province, words % {"old": text[:40], "new": province.name}

    def _in(self, names: Mapping[str, Province], text: str) -> Province | None:
        key = self._key(text)
        return names.get(key) or names.get(self._SHORT.get(key, ""))
