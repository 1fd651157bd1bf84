"""QR codes as PNG."""

import struct
import zlib

import segno

from registrations import qr

LINK = "https://diemcau.test/j/ABCDEFGHIJKLMNOPQRSTUV/"


def parts_of(picture: bytes) -> dict[bytes, bytes]:
    """The parts of a PNG file by kind; their checksums hold."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    found, rest = {}, picture[8:]
    while rest:
        (length,) = struct.unpack(">I", rest[:4])
        kind, data = rest[4:8], rest[8 : 8 + length]
        assert rest[8 + length : 12 + length] == struct.pack(">I", zlib.crc32(kind + data))
        found[kind], rest = data, rest[12 + length :]
    return found


def test_the_picture_shows_the_modules_of_the_code_with_a_quiet_zone_around():
    parts = parts_of(qr.png(LINK))
    width, height, depth, colour, *others = struct.unpack(">IIBBBBB", parts[b"IHDR"])
    assert (depth, colour, others, width) == (1, 0, [0, 0, 0], height)
    data = zlib.decompress(parts[b"IDAT"])
    octets = -(-width // 8)
    lines = [data[start : start + octets + 1] for start in range(0, len(data), octets + 1)]
    assert len(lines) == height
    assert {line[0] for line in lines} == {0}
    bits = [f"{int.from_bytes(line[1:], 'big'):0{octets * 8}b}"[:width] for line in lines]
    modules = [[bit == "0" for bit in line[2::5]] for line in bits[2::5]]
    wanted = segno.make(LINK, error="m", micro=False, mask=2)
    assert modules == [[bool(cell) for cell in row] for row in wanted.matrix_iter(border=4)]
    # Every pixel of a module is as its middle.
    assert all(line == "".join(bit * 5 for bit in line[2::5]) for line in bits)
    assert all(bits[row * 5 : row * 5 + 5] == [bits[row * 5]] * 5 for row in range(height // 5))


def test_a_picture_is_small_since_thousands_are_sent():
    assert len(qr.png(LINK)) < 600
