"""The bytes of an SMS, in as many parts as it takes (3GPP TS 23.038, alphabets; TS 23.040 section 9.2.3.24, parts)."""

from dataclasses import dataclass

# The default alphabet of TS 23.038 section 6.2.1: the place is the code. 0x1B leads to the extension table.
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPE = 0x1B
_SEPTETS = {character: bytes([code]) for code, character in enumerate(_BASIC) if code != _ESCAPE} | {
    character: bytes([_ESCAPE, code])
    for character, code in {
        "\f": 0x0A,
        "^": 0x14,
        "{": 0x28,
        "}": 0x29,
        "\\": 0x2F,
        "[": 0x3C,
        "~": 0x3D,
        "]": 0x3E,
        "|": 0x40,
        "€": 0x65,
    }.items()
}
#: Every character that GSM-7 can write.
ALPHABET = frozenset(_SEPTETS)
# data_coding of SMPP 3.4 section 5.2.19.
GSM_7, UCS_2 = 0x00, 0x08
# Octets as they go to the gateway: one for each septet (the gateway packs them), two for each UCS-2 unit.
_SINGLE = {GSM_7: 160, UCS_2: 140}
_SEVERAL = {GSM_7: 153, UCS_2: 134}
# The header counts the parts in one octet.
_MOST = 255


@dataclass(frozen=True)
class Parts:
    """``payloads`` are what goes into ``short_message``; ``with_header``: each begins with a concatenation header."""

    data_coding: int
    payloads: list[bytes]

    @property
    def with_header(self) -> bool:
        return len(self.payloads) > 1


def divide(text: str, number: int) -> Parts:
    """``text`` in GSM-7 (one septet an octet) where its alphabet suffices, otherwise in UCS-2, big-endian.

    A character is never divided: neither an escape pair nor a surrogate pair. ``number`` (its lowest octet) tells the
    parts of one message from those of the one before it to the same phone.

    Raises:
        ValueError: it would be more than 255 parts.
    """
    if all(character in _SEPTETS for character in text):
        coding, characters = GSM_7, [_SEPTETS[character] for character in text]
    else:
        coding, characters = UCS_2, [character.encode("utf-16-be") for character in text]
    if sum(map(len, characters)) <= _SINGLE[coding]:
        return Parts(coding, [b"".join(characters)])
    pieces = [bytearray()]
    for octets in characters:
        if len(pieces[-1]) + len(octets) > _SEVERAL[coding]:
            pieces.append(bytearray())
        pieces[-1] += octets
    if len(pieces) > _MOST:
        raise ValueError(f"{len(pieces)} parts")
    # 05: length of the header; 00 03: concatenation with an 8-bit number, three octets long.
    header = bytes([5, 0, 3, number & 0xFF, len(pieces)])
    return Parts(coding, [header + bytes([place]) + piece for place, piece in enumerate(pieces, start=1)])
