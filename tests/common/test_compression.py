"""Compressed bodies: one gzip file around a token that is never compressed, and the encoding that a client takes."""

import gzip
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.compression import GzipAroundTexts, GzipWithGaps, best_encoding, compress, compress_once, takes_gzip

TOKEN = b"k3" * 32
PARTS = ['<p>Điểm cầu Chi Lăng, điểm cầu Bắc Ninh</p><input value="'.encode(), '"><p>Điểm cầu Chi Lăng</p>'.encode()]


def one_member(body: bytes) -> bytes:
    """What a browser reads of a gzip file, which is its first member only: it must be all there is."""
    reader = zlib.decompressobj(16 + zlib.MAX_WBITS)
    content = reader.decompress(body)
    assert reader.eof
    assert reader.unused_data == b""
    return content


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("GZIP", "gzip"),
        ("br;q=0.5, gzip", "gzip"),
        ("br;q=0, gzip;q=0.1", "gzip"),
        ("gzip;q=0", ""),
        ("*", "br"),
        ("*, br;q=0", "gzip"),
        ("*;q=0", ""),
        ("identity", ""),
        ("deflate", ""),
        ("xbr, gzip-2", ""),
        ("br;q=nonsense", ""),
        ("br; q=1", "br"),
        ("", ""),
    ],
)
def test_a_client_gets_the_shortest_encoding_that_it_takes(accepted, encoding):
    assert best_encoding(accepted) == encoding


@pytest.mark.parametrize(("encoding", "read"), [("br", brotli.decompress), ("gzip", one_member), ("", bytes)])
def test_a_compressed_page_is_read_as_it_was_and_is_the_same_each_time(encoding, read):
    content = "Điểm cầu ".encode() * 500
    assert read(compress(content, encoding)) == content
    assert compress(content, encoding) == compress(content, encoding)


def test_a_page_with_a_gap_is_one_gzip_file_with_whatever_fills_it():
    page = GzipWithGaps(PARTS, len(TOKEN))
    for token in (TOKEN, b"x" * 64, b"\xff" * 64):
        assert one_member(page.filled(token)) == gzip.decompress(page.filled(token)) == token.join(PARTS)


@given(parts=st.lists(st.text(), min_size=1, max_size=5), token=st.binary(min_size=1, max_size=80))
def test_any_text_with_any_gaps_is_read_as_it_was(parts, token):
    parts = [part.encode() for part in parts]
    assert one_member(GzipWithGaps(parts, len(token)).filled(token)) == token.join(parts)


def test_a_page_longer_than_the_window_of_deflate_is_read_as_it_was():
    parts = [str(list(range(start, start + 9000))).encode() for start in (0, 3000, 0)]
    assert one_member(GzipWithGaps(parts, 64).filled(TOKEN)) == TOKEN.join(parts)


def test_the_text_after_the_gap_refers_to_that_before_it():
    sentence = b"a sentence that stands on both sides of the gap, word by word" * 3
    around, before = GzipWithGaps([sentence, sentence], 64), GzipWithGaps([sentence, b""], 64)
    assert len(around.filled(TOKEN)) < len(before.filled(TOKEN)) + 20


def test_what_fills_the_gap_is_not_compressed_and_the_size_tells_nothing_about_it():
    """BREACH: a guess of the token that stands elsewhere on the page makes the page no shorter."""
    page = GzipWithGaps([PARTS[0] + TOKEN[:60], PARTS[1] + TOKEN[:60]], 64)
    right, wrong = page.filled(TOKEN), page.filled(b"Zq" * 32)
    assert len(right) == len(wrong)
    assert TOKEN in right


@given(st.binary(max_size=3000), st.integers(1, 100))
def test_what_is_sent_once_is_one_gzip_file_whatever_makes_it_longer(content, padding):
    packed = compress_once(content, padding=padding)
    assert one_member(packed) == gzip.decompress(packed) == content
    shortest = len(gzip.compress(content, 4)) + 1
    assert shortest <= len(packed) < shortest + padding


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [("gzip, br", True), ("br, gzip;q=0.1", True), ("*", True), ("br", False), ("gzip;q=0, *", False), ("", False)],
)
def test_gzip_is_sent_to_who_takes_it(accepted, takes):
    assert takes_gzip(accepted) is takes


#: Long and short parts, the first and the last empty.
AROUND = [b"", PARTS[0] * 9, b"</b><i>", b"", b'">', PARTS[1] * 9, b""]


@given(st.lists(st.binary(max_size=300), min_size=len(AROUND) - 1, max_size=len(AROUND) - 1))
def test_a_page_around_texts_of_any_length_is_one_gzip_file(texts):
    content = b"".join(piece for both in zip(AROUND, [*texts, b""], strict=True) for piece in both)
    assert one_member(GzipAroundTexts(AROUND).filled(texts)) == content


def test_a_text_that_fills_several_blocks_is_read_as_it_was():
    text = bytes(range(256)) * 800
    assert one_member(GzipAroundTexts([b"a", b"b"]).filled([text])) == b"a" + text + b"b"


def test_the_size_of_a_page_tells_nothing_of_a_text_but_how_long_it_is():
    """Neither compressed with another text, nor with what stands around it."""
    page = GzipAroundTexts([PARTS[0], b"<p>", PARTS[1]])
    sizes = {len(page.filled([PARTS[0][:20], text])) for text in (PARTS[0][:20], b"\xff" * 20, PARTS[1][:20])}
    assert len(sizes) == 1
