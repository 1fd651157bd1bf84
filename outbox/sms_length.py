"""How long a text is as an SMS, for people: the parts are those in which it leaves."""

from collections.abc import Callable
from dataclasses import dataclass

from common.text import without_accents
from outbox.channels.sms_parts import ALPHABET, GSM_7, divide

_HEADER = 6


@dataclass(frozen=True)
class SMSLength:
    """``encoding`` is "GSM-7" or "UCS-2"; ``units`` septets or 16-bit words; ``parts`` messages billed."""

    encoding: str
    units: int
    parts: int


def measure(text: str) -> SMSLength:
    """The length of ``text`` as an SMS: 160 or 70 units alone, 153 or 67 each in several parts.

    Raises:
        ValueError: it is too long for any SMS.
    """
    parts = divide(text, 0)
    octets = sum(len(payload) - (_HEADER if parts.with_header else 0) for payload in parts.payloads)
    if parts.data_coding == GSM_7:
        return SMSLength("GSM-7", octets, len(parts.payloads))
    return SMSLength("UCS-2", octets // 2, len(parts.payloads))


def plain(words: str) -> str:
    """``words`` in letters that an SMS of 160 characters has; others are left out."""
    return " ".join("".join(letter for letter in without_accents(words) if letter in ALPHABET).split())


def cut_for_one(text: str, words: Callable[[str], str]) -> str:
    """As much of ``text``, made plain, as leaves what ``words`` makes of it one SMS; "" if nothing does."""
    text = plain(text)
    if measure(words(text)).parts == 1:
        return text
    while text and measure(words(f"{text}...")).parts > 1:
        text = text[:-1].rstrip()
    return f"{text}..." if text else ""
