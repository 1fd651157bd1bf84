"""Compressed bodies of pages that many get: made once, sent often.

A page with a form has gaps, in each of which goes the visitor's own token. Around them it is one gzip member (RFC 1952:
browsers read one only) of deflate blocks (RFC 1951, 3.2.4): the text between gaps in compressed blocks, what goes into
a gap in a stored one. So a token is never compressed, and the size tells nothing of it (docs/adr/0038-kept-pages.md).
Pages that are filled in with a reader's own texts are made alike (docs/adr/0050-the-way-into-the-room.md).
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
# It looks back over 16 KB of the page: for 32 zlib gets its memory from the system each time, as long as it takes for
# the rest. As gzip: 16 more.
_WINDOW_BITS_ONCE = 14 + 16
_BROTLI_QUALITY = 7
# Brotli looks back over 64 KB. For its own choice, 4 MB, it spreads what it has seen over 8 MB of memory, which the
# system has to clear each time: of 47 KB it takes 5 ms and makes 9,299 bytes, with this window 1 ms and 9,288.
_BROTLI_WINDOW_BITS = 16
# Magic number, deflate, no flags, no time, slowest, an unknown system.
_GZIP_HEAD = bytes.fromhex("1f8b 08 00 00000000 02 ff")
# A stored block of deflate (RFC 1951, 3.2.4): bytes of its head, and the most that it holds.
_STORED_HEAD, _STORED_MOST = 5, 0xFFFF
# The last block, in which nothing is.
_END = b"\x03\x00"
# How far deflate looks back.
_WINDOW = 32 * 1024
# Stands in for what fills a gap while the text after it is compressed. No byte of UTF-8, so nothing refers back to it.
_UNKNOWN = b"\xff"


@lru_cache(maxsize=128)
def best_encoding(accepted: str) -> str:
    """The shortest encoding that a client takes whose ``Accept-Encoding`` says ``accepted`` (RFC 9110, 12.5.3)."""
    wanted = _weights(accepted)
    # At the same weight the one that comes first.
    best = max(wanted, key=lambda name: wanted[name])
    return best if wanted[best] > 0 else IDENTITY


@lru_cache(maxsize=128)
def takes_gzip(accepted: str) -> bool:
    """Whether a client takes gzip whose ``Accept-Encoding`` says ``accepted``."""
    return _weights(accepted)[GZIP] > 0


def _weights(accepted: str) -> dict[str, float]:
    """How much Brotli and gzip are wanted; 0: not at all."""
    weights: dict[str, float] = {}
    for entry in accepted.lower().split(","):
        name, _, parameters = entry.partition(";")
        weights[name.strip()] = _weight(parameters)
    others = weights.get("*", 0.0)
    return {name: weights.get(name, others) for name in (BROTLI, GZIP)}


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
        options = {"mode": brotli.MODE_TEXT, "quality": _BROTLI_QUALITY, "lgwin": _BROTLI_WINDOW_BITS}
        return bytes(brotli.compress(content, **options))
    return gzip.compress(content, _LEVEL, mtime=0) if encoding == GZIP else content


def compress_once(content: bytes, *, padding: int) -> bytes:
    """``content`` as gzip for one reader, longer by a random number of bytes below ``padding``, as Django has it.

    They are the name of a file in the header (RFC 1952, 2.3), of which a browser takes no notice.
    """
    packer = zlib.compressobj(_LEVEL_ONCE, wbits=_WINDOW_BITS_ONCE)
    packed = packer.compress(content) + packer.flush()
    name = b"a" * secrets.randbelow(padding) + b"\0"
    return packed[:3] + bytes([gzip.FNAME]) + packed[4:10] + name + packed[10:]


class GzipWithGaps:
    """UTF-8 ``parts`` with a gap of ``width`` bytes between each two, compressed once for whatever fills the gaps."""

    def __init__(self, parts: list[bytes], width: int) -> None:
        self._parts = parts
        self._blocks: list[bytes] = []
        self._stored_head = _stored_head(width)
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


class GzipAroundTexts:
    """UTF-8 ``parts`` with a text of any length between each two, compressed once for whatever the texts are.

    The texts stand in stored blocks, as they are: they are neither compressed, nor does anything refer to them. And
    since nobody knows how long they will be, nothing refers back over one of them either.
    """

    def __init__(self, parts: list[bytes]) -> None:
        self._parts = parts
        # Of each part one of both: compressed, or as it is where that is shorter.
        self._blocks = [_packed_or_plain(part) for part in parts]

    def filled(self, texts: list[bytes]) -> bytes:
        """The gzip file of the page with ``texts`` between the parts."""
        content = [self._parts[0]]
        octets, plain = [_GZIP_HEAD], b""
        for number, (packed, short) in enumerate(self._blocks):
            if number:
                text = texts[number - 1]
                content += (text, self._parts[number])
                plain += text
            if packed:
                octets += (_stored(plain), packed)
                plain = b""
            else:
                plain += short
        octets += (_stored(plain), _END)
        whole = b"".join(content)
        octets.append(zlib.crc32(whole).to_bytes(4, "little") + len(whole).to_bytes(4, "little"))
        return b"".join(octets)


def _packed_or_plain(part: bytes) -> tuple[bytes, bytes]:
    """``part`` as raw deflate that ends at a whole byte, and b""; or b"" and ``part`` where that saves nothing."""
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = compressor.compress(part) + compressor.flush(zlib.Z_FULL_FLUSH)
    # A stored block around a compressed one begins anew.
    return (packed, b"") if len(packed) + _STORED_HEAD < len(part) else (b"", part)


def _stored(text: bytes) -> bytes:
    """``text`` as it is, in deflate blocks of at most ``_STORED_MOST`` bytes; nothing if it is empty."""
    pieces = [text[start : start + _STORED_MOST] for start in range(0, len(text), _STORED_MOST)]
    return b"".join([_stored_head(len(piece)) + piece for piece in pieces])


def _stored_head(length: int) -> bytes:
    return b"\x00" + length.to_bytes(2, "little") + (length ^ _STORED_MOST).to_bytes(2, "little")
