"""QR codes as PNG files and as pictures in a page: a reader finds the link in them."""

import struct
import zlib
from base64 import b64decode

import pytest
import zxingcpp

from registrations import qr

LINK = "https://diemcau.test/j/ABCDEFGHIJKLMNOPQRSTUV/"
#: From the shortest address of a site to one of more than a hundred letters.
LINKS = [
    "http://a.vn/j/0123456789abcdefghijkl/",
    LINK,
    "https://hoi-nghi.so-nong-nghiep-va-moi-truong.langson.gov.vn/j/zyxwvutsrqponmlkjihgfe/",
    "https://hội-nghị.vn/đường-dẫn/j/ABCDEFGHIJKLMNOPQRSTUV/",
    "http://127.0.0.1:8000/j/" + "-_" * 40 + "/",
]


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


def pixels_of(picture: bytes) -> list[list[int]]:
    """The pixels of a PNG file, line by line: 0 is black, 255 is white."""
    parts = parts_of(picture)
    width, height, depth, colour, *others = struct.unpack(">IIBBBBB", parts[b"IHDR"])
    assert (depth, colour, others, width) == (1, 0, [0, 0, 0], height)
    octets = -(-width // 8)
    data = zlib.decompress(parts[b"IDAT"])
    lines = [data[start : start + octets + 1] for start in range(0, len(data), octets + 1)]
    assert len(lines) == height
    found = []
    for line in lines:
        # Filter 0 has the pixels as they are, 2 what differs from the line above.
        above = found[-1] if line[0] == 2 else bytes(octets)
        assert line[0] in (0, 2)
        found.append(bytes((one + other) % 256 for one, other in zip(line[1:], above, strict=True)))
    return [[255 * int(bit) for bit in f"{int.from_bytes(line, 'big'):0{octets * 8}b}"[:width]] for line in found]


def read(lines: list[list[int]]) -> str:
    """What a reader of QR codes finds in a picture."""
    octets = bytes(pixel for line in lines for pixel in line)
    picture = memoryview(octets).cast("B", (len(lines), len(lines[0])))
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    assert len(found) == 1
    assert found[0].ec_level in ("M", "Q", "H")
    return found[0].text


@pytest.mark.parametrize("link", LINKS)
def test_a_reader_finds_the_link_in_the_picture_of_a_mail(link):
    assert read(pixels_of(qr.png(link))) == link


@pytest.mark.parametrize("link", LINKS)
def test_a_reader_finds_the_link_in_the_picture_of_a_page(link):
    kind, _, octets = qr.address(link).partition(",")
    assert kind == "data:image/png;base64"
    enlarged = [[pixel for pixel in line for _ in range(3)] for line in pixels_of(b64decode(octets)) for _ in range(3)]
    assert read(enlarged) == link


@pytest.mark.parametrize(("scale", "border"), [(1, 4), (5, 4), (8, 2)])
def test_there_is_a_quiet_zone_around_and_each_module_is_a_square(scale, border):
    lines = pixels_of(qr.png(LINK, scale=scale, border=border))
    modules = [line[::scale] for line in lines[::scale]]
    assert lines == [[pixel for pixel in row for _ in range(scale)] for row in modules for _ in range(scale)]
    outside = [*modules[:border], *modules[-border:], *(row[:border] + row[-border:] for row in modules)]
    assert {pixel for row in outside for pixel in row} == {255}
    # In three corners stands what a reader looks for: a ring of seven modules begins with a dark line.
    first, last = border, len(modules) - border - 7
    for top, left in ((first, first), (first, last), (last, first)):
        assert modules[top][left : left + 7] == [0] * 7


def test_a_picture_is_small_since_thousands_are_sent():
    assert len(qr.png(LINK)) < 600


def test_the_picture_of_a_page_is_smaller_still():
    assert len(qr.address(LINK)) < 400
