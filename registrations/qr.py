"""QR codes: PNG files for mails and letters, and pictures that stand in a page itself (docs/adr/0036-own-pages.md)."""

import struct
import zlib
from base64 import b64encode
from functools import lru_cache
from typing import Any

import zxingcpp

# White modules around the code: ISO/IEC 18004 asks for four.
_BORDER = 4
# Any of the eight patterns makes a valid code. To find the one that is easiest on the eye takes five times as long as
# all the rest, and links are as random as the patterns.
_MASK = 2
# A code is small: zlib's usual 32 KB to look back over would have to be got from the system for each, which takes it
# longer than the rest.
_WINDOW_BITS, _MEMORY_LEVEL = 12, 5
# Filters of a line in a PNG (PNG 9.2): pixels as they are; what each differs by from the one above, which is quick to
# compress where it is nothing.
_AS_IT_IS, _AS_ABOVE = b"\0", b"\2"
# The library has 0 for a dark module and 255 for a light one; in a PNG of one bit a pixel 1 is white.
_BITS = bytes.maketrans(b"\x00\xff", b"01")


def png(text: str, *, scale: int = 5, border: int = _BORDER) -> bytes:
    """The QR code of ``text`` as a PNG file of one bit a pixel; as it is, about 200 pixels wide and half a kilobyte.

    ``scale`` are the pixels of a module, ``border`` the white modules around the code. The file is written out here:
    a mail is composed for each of many thousand people, and no library for pictures is needed for it.
    """
    rows = _rows(text)
    side = (len(rows) + 2 * border) * scale
    octets = -(-side // 8)
    # Each line of pixels begins with its filter. All lines as one number: to make one of each takes longer.
    left, right = b"0" * 8 + b"1" * (border * scale), b"1" * (octets * 8 - side + border * scale)
    if scale > 1:
        rows = [row.replace(b"0", b"0" * scale).replace(b"1", b"1" * scale) for row in rows]
    bits = left + (right + left).join(rows) + right
    lines = int(bits, 2).to_bytes(len(bits) // 8, "big")
    same = _AS_ABOVE + b"\0" * octets
    repeated = same * (scale - 1)
    white = _AS_IT_IS + b"\xff" * octets + same * (border * scale - 1)
    pixels = repeated.join([lines[start : start + octets + 1] for start in range(0, len(lines), octets + 1)]) + repeated
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(wbits=_WINDOW_BITS, memLevel=_MEMORY_LEVEL)
    data = packer.compress(white + pixels + white) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


# Who opens their page comes back to it, pressing its button for one: 600 bytes each, kept by this process alone.
@lru_cache(maxsize=1024)
def address(text: str) -> str:
    """The QR code of ``text`` as the address of a picture (``data:``): a module is one pixel, for CSS to enlarge."""
    return f"data:image/png;base64,{b64encode(png(text, scale=1)).decode()}"


def _rows(text: str) -> list[bytes]:
    """The modules of the code of ``text``, a row a line: "0" is dark."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M", data_mask=_MASK)
    # A buffer, which its types do not say.
    picture: Any = code.to_image(add_quiet_zones=False)
    modules, side = memoryview(picture).tobytes().translate(_BITS), picture.shape[0]
    return [modules[start : start + side] for start in range(0, side * side, side)]


def _chunk(kind: bytes, data: bytes) -> bytes:
    """One part of a PNG file: length, kind, data and checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
