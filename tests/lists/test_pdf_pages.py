"""What is found in a PDF of slides: programs and ways out wherever they hide, passwords, fonts, turned pages."""

import io
import logging

import pytest
from pypdf import PdfReader, PdfWriter

from lists.limited import slides
from tests.support.decks import pdf

_SHARE = "\\\\\\\\server\\\\share\\\\x.pdf"


def look(content: bytes) -> dict:
    return slides.look(io.BytesIO(content), most_pages=60)


def refused(content: bytes) -> str:
    return look(content).get("refused", "taken")


def locked(*, user: str, owner: str) -> bytes:
    """A PDF that ``user`` opens, and that ``owner`` may change."""
    writer = PdfWriter(PdfReader(io.BytesIO(pdf(2))))
    writer.encrypt(user_password=user, owner_password=owner, algorithm="AES-256")
    content = io.BytesIO()
    writer.write(content)
    return content.getvalue()


def test_a_pdf_that_opens_with_a_password_alone_is_refused():
    assert refused(locked(user="bi-mat", owner="chu")) == "password"


def test_a_pdf_that_may_only_not_be_changed_is_taken():
    assert look(locked(user="", owner="chu")) == {"kind": "pdf", "pages": 2, "warnings": []}


@pytest.mark.parametrize(
    "hidden",
    [
        {"root": "/AA << /WC << /S /JavaScript /JS (x) >> >>"},
        {"root": "/OpenAction << /S /GoTo /D [0] /Next << /S /Launch /F (cmd.exe) >> >>"},
        {"root": "/OpenAction << /S /GoTo /D [0] /Next [ << /S /GoTo /D [0] >> << /S /ImportData >> ] >>"},
        {"page": "/AA << /O << /S /JavaScript /JS (x) >> >>"},
        {"page": "/Annots [ << /Subtype /Widget /AA << /E << /S /JavaScript /JS (x) >> >> >> ]"},
        {"page": "/Annots [ << /Subtype /Link /A << /S /SubmitForm >> >> ]"},
    ],
)
def test_a_program_is_found_wherever_it_hides(hidden):
    assert refused(pdf(**hidden)) == "programs"


@pytest.mark.parametrize(
    "hidden",
    [
        {"root": f"/OpenAction << /S /GoToR /F ({_SHARE}) >>"},
        {"root": f"/OpenAction << /S /GoToR /F << /Type /Filespec /F (x.pdf) /UF ({_SHARE}) >> >>"},
        {"page": f"/Annots [ << /Subtype /Link /A << /S /URI /URI ({_SHARE}) >> >> ]"},
        {"page": f"/Annots [ << /Subtype /Link /A << /S /URI /URI (x) /Next << /S /GoToE /F ({_SHARE}) >> >> >> ]"},
        {"page": "/Annots [ << /Subtype /Link /A << /S /URI /URI (file://server/x) >> >> ]"},
    ],
)
def test_a_way_into_a_network_is_refused_since_it_shows_a_password_there(hidden):
    assert refused(pdf(**hidden)) == "external"


def test_links_to_pages_and_to_the_web_are_taken():
    web = "<< /Subtype /Link /A << /S /URI /URI (https://vidu.example/) >> >>"
    links = f"/Annots [ {web} << /Subtype /Link /Dest [0] >> ]"
    assert look(pdf(2, page=links, root="/OpenAction [3 0 R /Fit]"))["warnings"] == []


def test_actions_that_follow_one_another_for_ever_come_to_an_end():
    assert refused(pdf(root="/OpenAction 5 0 R", more=["<< /S /GoTo /D [0] /Next 5 0 R >>"])) == "damaged"


def font(**about: str) -> str:
    entries = " ".join(f"/{name} {value}" for name, value in about.items())
    return f"/Resources << /Font << /F1 << /Type /Font {entries} >> >> >>"


_WITHIN = "<< /Type /FontDescriptor /FontFile2 5 0 R >>"
_WITHOUT = "<< /Type /FontDescriptor >>"
_PART = "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /VnTime /FontDescriptor {} >>"


@pytest.mark.parametrize(
    ("page", "lacking"),
    [
        (font(Subtype="/TrueType", BaseFont="/ABCDEF+UTMAvo", FontDescriptor=_WITHOUT), ["UTMAvo"]),
        (font(Subtype="/TrueType", BaseFont="/UTMAvo"), ["UTMAvo"]),
        (font(Subtype="/TrueType", BaseFont="/UTMAvo", FontDescriptor=_WITHIN), []),
        (font(Subtype="/Type1", BaseFont="/Helvetica-Bold"), []),
        (font(Subtype="/Type1"), []),
        # Of a font that is made of others, those count; of one that is drawn in the file itself, nothing is missing.
        (font(Subtype="/Type0", BaseFont="/X", DescendantFonts=f"[ {_PART.format(_WITHOUT)} ]"), ["VnTime"]),
        (font(Subtype="/Type0", BaseFont="/X", DescendantFonts=f"[ {_PART.format(_WITHIN)} ]"), []),
        (font(Subtype="/Type3", BaseFont="/Drawn"), []),
    ],
)  # fmt: skip
def test_a_font_that_the_file_does_not_bring_along_is_named_once(page, lacking):
    # Twice in the file, since it has two pages.
    assert look(pdf(2, page=page, more=["<< /Length 0 >>\nstream\n\nendstream"]))["warnings"] == [
        ["font", name] for name in lacking
    ]


def test_a_page_that_is_turned_is_measured_as_it_is_seen():
    assert look(pdf(width=540, height=960, page="/Rotate 90"))["warnings"] == []
    assert look(pdf(width=960, height=540, page="/Rotate 270"))["warnings"] == [["shape", "0.56:1"]]


def test_nothing_that_stands_in_a_file_reaches_a_log(caplog):
    with caplog.at_level(logging.DEBUG):
        look(pdf(page="/Annots [ 99 0 R ] /Bí-mật (x"))
    assert not [record for record in caplog.records if record.name.startswith("pypdf")]
