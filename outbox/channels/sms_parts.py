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
# What a gateway may take data_coding 0, "its default alphabet", for; by Python's names for the last two.
GSM, ASCII, LATIN_1 = "gsm7", "ascii", "latin1"
ALPHABETS = (GSM, ASCII, LATIN_1)


@dataclass(frozen=True)
class Parts:
    """``payloads`` are what goes into ``short_message``; ``with_header``: each begins with a concatenation header."""

    data_coding: int
    payloads: list[bytes]

    @property
    def with_header(self) -> bool:
        return len(self.payloads) > 1


def divide(text: str, number: int, alphabet: str = GSM) -> Parts:
    """``text`` in GSM-7 (one septet an octet) where its alphabet suffices, otherwise in UCS-2, big-endian.

    With another ``alphabet`` of the gateway the same characters are written in that, for the gateway to translate; what
    it does not have goes in UCS-2. A character is never divided: neither an escape pair nor a surrogate pair.
    ``number`` (its lowest octet) tells the parts of one message from those of the one before it to the same phone.

    Raises:
        ValueError: it would be more than 255 parts.
    """
    octets = [_octets(character, alphabet) for character in text]
    if None not in octets:
        # Lengths count in septets, as the phone gets them.
        coding, characters = GSM_7, [(piece or b"", len(_SEPTETS[c])) for piece, c in zip(octets, text, strict=True)]
    else:
        coding, characters = UCS_2, [(piece, len(piece)) for piece in (c.encode("utf-16-be") for c in text)]
    if sum(length for _octets, length in characters) <= _SINGLE[coding]:
        return Parts(coding, [b"".join(piece for piece, _length in characters)])
    pieces, used = [bytearray()], 0
    for piece, length in characters:
        if used + length > _SEVERAL[coding]:
            pieces.append(bytearray())
            used = 0
        pieces[-1] += piece
        used += length
    if len(pieces) > _MOST:
        raise ValueError(f"{len(pieces)} parts")
    # 05: length of the header; 00 03: concatenation with an 8-bit number, three octets long.
    header = bytes([5, 0, 3, number & 0xFF, len(pieces)])
    return Parts(coding, [header + bytes([place]) + piece for place, piece in enumerate(pieces, start=1)])


def _octets(character: str, alphabet: str) -> bytes | None:
    """``character`` in the ``alphabet`` of the gateway; None if that or the phone's has none."""
    septets = _SEPTETS.get(character)
    if septets is None or alphabet == GSM:
        return septets
    try:
        return character.encode(alphabet)
    except UnicodeEncodeError:
        return None
