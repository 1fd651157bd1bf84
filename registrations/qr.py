"""QR codes, drawn as SVG for pages and as PNG for mails."""

import struct
import zlib

import segno
from django.utils.safestring import SafeString, mark_safe

# Pixels a module, and white modules around the code (ISO/IEC 18004 asks for four).
_SCALE, _BORDER = 5, 4
# Any of the eight patterns makes a valid code. To find the one that is easiest on the eye takes five times as long as
# all the rest, and links are as random as the patterns.
_MASK = 2


def svg(text: str, label: str) -> SafeString:
    """The QR code of ``text`` as inline SVG, dark on white in every colour scheme; ``label`` is its title."""
    code = segno.make(text, error="m", micro=False)
    # segno escapes the title; nothing else in the markup comes from outside.
    return mark_safe(code.svg_inline(border=3, light="#fff", omitsize=True, title=label, svgclass="qr", lineclass=None))


def png(text: str) -> bytes:
    """The QR code of ``text`` as a PNG file of one bit a pixel, about 200 pixels wide and half a kilobyte.

    Written out here: a mail is composed for each of many thousand people, and segno's writer takes six times as long.
    """
    matrix = segno.make(text, error="m", micro=False, mask=_MASK).matrix
    side = (len(matrix) + 2 * _BORDER) * _SCALE
    octets = -(-side // 8)
    # Each line of pixels begins with its filter, 0: none. A 1 is white.
    white = (b"\0" + b"\xff" * octets) * (_BORDER * _SCALE)
    margin = "1" * (_BORDER * _SCALE)
    lines = [white]
    for row in matrix:
        pixels = "".join(("0" if is_dark else "1") * _SCALE for is_dark in row)
        bits = f"{margin}{pixels}{margin}".ljust(octets * 8, "1")
        lines.append((b"\0" + int(bits, 2).to_bytes(octets, "big")) * _SCALE)
    lines.append(white)
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    data = zlib.compress(b"".join(lines))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    """One part of a PNG file: length, kind, data and checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
