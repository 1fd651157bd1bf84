"""How many parts an SMS takes (3GPP TS 23.038, TS 23.040)."""

from dataclasses import dataclass

_BASIC = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = set("^{}\\[~]|€\f")


@dataclass(frozen=True)
class SMSLength:
    """``encoding`` is "GSM-7" or "UCS-2"; ``units`` septets or 16-bit words; ``parts`` messages billed."""

    encoding: str
    units: int
    parts: int


def measure(text: str) -> SMSLength:
    """The length of ``text`` as an SMS: 160 or 70 units alone, 153 or 67 each in several parts."""
    if all(c in _BASIC or c in _EXTENDED for c in text):
        encoding, units, single, several = "GSM-7", sum(2 if c in _EXTENDED else 1 for c in text), 160, 153
    else:
        encoding, units, single, several = "UCS-2", len(text.encode("utf-16-be")) // 2, 70, 67
    parts = 1 if units <= single else -(-units // several)
    return SMSLength(encoding, units, parts)
