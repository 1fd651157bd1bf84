"""SMS lengths and text without accents."""

import unicodedata

import pytest

from common import text as texts
from common.text import without_accents
from outbox.sms_length import measure


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("[]", "GSM-7", 4, 1),
        ("[" * 80, "GSM-7", 160, 1),
        ("[" * 81, "GSM-7", 162, 2),
        ("€^{}\\~|", "GSM-7", 14, 1),
        ("\f", "GSM-7", 2, 1),
        ("@£$¥\n\rÅÖÑ§à", "GSM-7", 11, 1),
        ("ă", "UCS-2", 1, 1),
        ("ă" * 70, "UCS-2", 70, 1),
        ("ă" * 71, "UCS-2", 71, 2),
        ("ă" * 134, "UCS-2", 134, 2),
        ("ă" * 135, "UCS-2", 135, 3),
        ("a" * 69 + "đ", "UCS-2", 70, 1),
        ("🍈", "UCS-2", 2, 1),
        ("🍈" * 35, "UCS-2", 70, 1),
        ("🍈" * 36, "UCS-2", 72, 2),
        ("`", "UCS-2", 1, 1),
        ("\t", "UCS-2", 1, 1),
        ("ç", "UCS-2", 1, 1),
        ("Ç", "GSM-7", 1, 1),
    ],
)
def test_the_length_of_an_sms_is_counted_as_operators_do(text, encoding, units, parts):
    measured = measure(text)
    assert (measured.encoding, measured.units, measured.parts) == (encoding, units, parts)


def test_the_basic_alphabet_has_128_places_with_the_escape():
    basic = [chr(n) for n in range(0x3A9 + 1) if measure(chr(n)).encoding == "GSM-7" and measure(chr(n)).units == 1]
    assert len(basic) == 127


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Điểm cầu Chi Lăng", "Diem cau Chi Lang"),
        ("đĐ", "dD"),
        ("ắằẳẵặ ếềểễệ ốồổỗộ ớờởỡợ ứừửữự ýỳỷỹỵ", "aaaaa eeeee ooooo ooooo uuuuu yyyyy"),
        ("Tiki – BigC/GO — “na” ‘ngon’…", "Tiki - BigC/GO - \"na\" 'ngon'..."),
        ("", ""),
        ("100 % ASCII [ok]", "100 % ASCII [ok]"),
        ("Привет 你好", "Привет 你好"),
    ],
)
def test_accents_go_and_everything_else_stays(text, plain):
    assert without_accents(text) == plain
    assert without_accents(unicodedata.normalize("NFD", text)) == plain


def test_vietnamese_without_accents_fits_the_cheap_alphabet():
    alphabet = "aăâbcdđeêghiklmnoôơpqrstuưvxy"
    tones = ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]
    every = "".join(unicodedata.normalize("NFC", letter + tone) for letter in alphabet for tone in tones)
    assert measure(without_accents(every + every.upper())).encoding == "GSM-7"


def test_letters_of_other_scripts_are_not_remembered_for_good():
    """Anybody may send a million letters; the process keeps those of the languages that are written here."""
    texts._BARE.clear()
    assert without_accents("Điểm cầu – 北京 🎋") == "Diem cau - 北京 🎋"
    assert texts._BARE.keys() == set(map(ord, unicodedata.normalize("NFD", "Điểm cầu –")))
