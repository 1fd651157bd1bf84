"""Compressed bodies of pages that many get: made once, sent often.

A page with a form has gaps, in each of which goes the visitor's own token. Around them it is one gzip member (RFC 1952:
browsers read one only) of deflate blocks (RFC 1951, 3.2.4): the text between gaps in compressed blocks, what goes into
a gap in a stored one. So a token is never compressed, and the size tells nothing of it (docs/adr/0038-kept-pages.md).
"""

import gzip
import secrets
import zlib
from functools import lru_cache

import brotli

#: As Accept-Encoding and Content-Encoding name them; "" is no compression.
BROTLI, GZIP, IDENTITY = "br", "gzip", ""

_LEVEL = 9
# For what is sent once: of a page of 10 KB it takes 60 µs less than 6 and makes 2 % more of it.
_LEVEL_ONCE = 4
_BROTLI_QUALITY = 7
# Magic number, deflate, no flags, no time, slowest, an unknown system.
_GZIP_HEAD = bytes.fromhex("1f8b 08 00 00000000 02 ff")
# How far deflate looks back.
_WINDOW = 32 * 1024
# Stands in for what fills a gap while the text after it is compressed. No byte of UTF-8, so nothing refers back to it.
_UNKNOWN = b"\xff"


@lru_cache(maxsize=128)
def best_encoding(accepted: str) -> str:
    """The shortest encoding that a client takes whose ``Accept-Encoding`` says ``accepted`` (RFC 9110, 12.5.3)."""
    weights: dict[str, float] = {}
    for entry in accepted.lower().split(","):
        name, _, parameters = entry.partition(";")
        weights[name.strip()] = _weight(parameters)
    others = weights.get("*", 0.0)
    wanted = {name: weights.get(name, others) for name in (BROTLI, GZIP)}
    # At the same weight the one that comes first.
    best = max(wanted, key=lambda name: wanted[name])
    return best if wanted[best] > 0 else IDENTITY


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def compress(content: bytes, encoding: str) -> bytes:
    """``content`` in ``encoding``, as small as is worth the time for what is sent often; the same bytes each time."""
    if encoding == BROTLI:
        return bytes(brotli.compress(content, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY))
    return gzip.compress(content, _LEVEL, mtime=0) if encoding == GZIP else content


def compress_once(content: bytes, *, padding: int) -> bytes:
    """``content`` as gzip for one reader, longer by a random number of bytes below ``padding``, as Django has it.

    They are the name of a file in the header (RFC 1952, 2.3), of which a browser takes no notice.
    """
    packed = gzip.compress(content, _LEVEL_ONCE, mtime=0)
    name = b"a" * secrets.randbelow(padding) + b"\0"
    return packed[:3] + bytes([gzip.FNAME]) + packed[4:10] + name + packed[10:]


class GzipWithGaps:
    """UTF-8 ``parts`` with a gap of ``width`` bytes between each two, compressed once for whatever fills the gaps."""

    def __init__(self, parts: list[bytes], width: int) -> None:
        self._parts = parts
        self._blocks: list[bytes] = []
        self._stored_head = b"\x00" + width.to_bytes(2, "little") + (width ^ 0xFFFF).to_bytes(2, "little")
        before = b""
        for part in parts:
            is_last = len(self._blocks) + 1 == len(parts)
            # Raw deflate, which may repeat what stood before the gap. Flushed, it ends at a whole byte.
            compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=before[-_WINDOW:])
            text = compressor.compress(part)
            self._blocks.append(text + compressor.flush(zlib.Z_FINISH if is_last else zlib.Z_FULL_FLUSH))
            before += part + _UNKNOWN * width

    def filled(self, filling: bytes) -> bytes:
        """The gzip file of the page with ``filling``, of the promised width, in each gap."""
        content = filling.join(self._parts)
        tail = zlib.crc32(content).to_bytes(4, "little") + len(content).to_bytes(4, "little")
        return _GZIP_HEAD + (self._stored_head + filling).join(self._blocks) + tail
