"""What is read of a file of slides, and which are refused: in the limited process, by content and not by name."""

import io
import tempfile
import zipfile

import pytest

from control.slides.receiving import LIMITS
from lists.limited import process, slides
from lists.limited.refusals import leads_to_share
from tests.support.decks import archive, odp, pdf, pptx, pptx_parts, relations


def look(content: bytes, most_pages: int = 60) -> dict:
    return slides.look(io.BytesIO(content), most_pages=most_pages)


def refused(content: bytes) -> str:
    return look(content).get("refused", "taken")


@pytest.mark.parametrize(("content", "kind"), [(pptx(3), "pptx"), (odp(3), "odp"), (pdf(3), "pdf")])
def test_kind_and_pages_are_read_from_the_content(content, kind):
    assert look(content) == {"kind": kind, "pages": 3, "warnings": []}


def test_the_limited_process_reads_a_file_that_is_open_here():
    with tempfile.TemporaryFile() as file:
        file.write(pdf(4))
        file.flush()
        found = process.run_on("slides", file, limits=LIMITS, most_pages=60)
    assert found == {"kind": "pdf", "pages": 4, "warnings": []}


def test_a_file_that_needs_too_much_is_given_up():
    with tempfile.TemporaryFile() as file:
        file.write(pdf(4))
        file.flush()
        with pytest.raises(process.TooMuch):
            process.run_on("slides", file, limits=process.Limits(LIMITS.memory, 5, clock=0), most_pages=60)


@pytest.mark.parametrize("content", [pptx(61), odp(61), pdf(61)])
def test_too_many_pages_are_refused_with_their_number(content):
    assert look(content) == {"refused": "pages", "about": "61"}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"GIF89a not slides at all", "kind"),
        (archive({"word/document.xml": "<w/>"}), "kind"),
        (archive({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<c/>"}), "kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old .ppt", "old"),
        (pptx(more={"ppt/vbaProject.bin": b"x"}), "macros"),
        (pptx(main="application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml"), "macros"),
        (pptx(more={"ppt/activeX/activeX1.xml": "<x/>"}), "macros"),
        (pptx(more={"ppt/embeddings/book.xlsm": b"x"}), "macros"),
        (pptx(more={"ppt/embeddings/oleObject1.bin": b"x"}), "embedded"),
        (pptx(main="application/vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml"), "slideshow"),
        (pptx(0), "no pages"),
        (pptx(more={"../../etc/cron.d/x": b"x"}), "damaged"),
        (archive({name: part for name, part in pptx_parts().items() if "slide2" not in name}), "damaged"),
        (pptx()[:-40], "damaged"),
        (odp(more={"Basic/Standard/Module1.xml": "<x/>"}), "macros"),
        (odp(inside='<script:event-listener xlink:href="vnd.sun.star.script:x"/>'), "macros"),
        (odp(inside='<draw:object-ole xlink:href="./Object 1"/>'), "embedded"),
        (odp(more={"META-INF/manifest.xml": "<manifest:encryption-data/>"}), "password"),
        (pdf(root="/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"), "programs"),
        (pdf(root="/Names << /JavaScript << >> >>"), "programs"),
        (pdf(root="/Names << /EmbeddedFiles << >> >>"), "attachments"),
        (pdf(page="/Annots [ << /Subtype /Link /A << /S /Launch /F (cmd.exe) >> >> ]"), "programs"),
        (pdf(page="/Annots [ << /Subtype /FileAttachment >> ]"), "attachments"),
        (pdf()[:-60], "damaged"),
        (b"%PDF-1.4 and nothing more %%EOF", "damaged"),
        (pdf(0), "no pages"),
    ],
)
def test_what_is_no_presentation_or_may_do_harm_is_refused(content, why):
    assert refused(content) == why


@pytest.mark.parametrize(
    ("kind", "target", "why"),
    [
        ("oleObject", "file:///C:/x.xlsx", "external"),
        ("attachedTemplate", "https://vidu.example/x.potx", "external"),
        ("hyperlink", "file:///C:/Windows/cmd.exe", "external"),
        ("hyperlink", "\\\\server\\share", "external"),
        ("image", "file://server/share/a.png", "external"),
        ("image", "\\\\server\\share\\a.png", "external"),
        ("hyperlink", "https://vidu.example/", "taken"),
        ("hyperlink", "mailto:a@vidu.example", "taken"),
    ],
)
def test_ways_out_of_a_presentation(kind, target, why):
    assert refused(pptx(more={"ppt/slides/_rels/slide1.xml.rels": relations(("rId9", kind, target))})) == why


@pytest.mark.parametrize(
    ("inside", "why"),
    [
        ('<draw:a xlink:href="vnd.sun.star.script:lib.x?language=Basic"/>', "macros"),
        ('<draw:a xlink:href="Macro:Standard.x()"/>', "macros"),
        ('<script:event-listener script:action="execute" xlink:href="../../usr/bin/x"/>', "macros"),
        ('<draw:a xlink:href="C:/x.exe"/>', "external"),
        ('<draw:a xlink:href="https://vidu.example/"/>', None),
        ('<draw:a xlink:href="#trang-2"/>', None),
        ('<draw:image xlink:href="Pictures/1.png"/>', None),
    ],
)
def test_a_click_in_a_presentation_of_opendocument_runs_nothing(inside, why):
    assert look(odp(inside=inside)).get("refused") == why


def test_a_program_declared_for_a_kind_of_part_is_seen_behind_others():
    types = str(pptx_parts()["[Content_Types].xml"]).replace(
        "</Types>",
        '<Default Extension="dat" ContentType="application/vnd.ms-office.vbaProject"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
    )
    assert look(pptx(more={"[Content_Types].xml": types, "ppt/x.dat": b"1"}))["refused"] == "macros"


def test_letters_of_another_size_hide_nothing():
    out = relations(("rId1", "image", "\\\\may\\x.png"))
    assert look(pptx(more={"ppt/slides/_rels/slide1.xml.RELS": out}))["refused"] == "external"
    assert look(pptx(more={"ppt/slides/SLIDE1.xml": "<x/>"}))["refused"] == "damaged"


@pytest.mark.parametrize(
    ("root", "page"),
    [
        ("/OpenAction << /S /GoTo /Next << /S /JavaScript /JS (x) >> >>", ""),
        ("/OpenAction << /S /GoTo /Next [<< /S /URI >> << /S /Launch >>] >>", ""),
        ("/AcroForm << /XFA (x) >>", ""),
        ("", "/Annots [<< /Subtype /Widget /AA << /E << /S /JavaScript >> >> >>]"),
    ],
)
def test_what_runs_in_a_pdf_is_found_behind_other_actions(root, page):
    assert look(pdf(root=root, page=page))["refused"] == "programs"


def test_actions_that_follow_each_other_in_a_circle_are_given_up():
    # The catalogue is taken for the action that follows itself.
    assert refused(pdf(root="/OpenAction 1 0 R /Next 1 0 R")) == "damaged"


def test_actions_that_only_turn_pages_are_no_harm():
    assert "refused" not in look(pdf(root="/OpenAction << /S /GoTo /Next [<< /S /Named >> << /S /URI >>] >>"))


def test_places_in_a_network_are_told_from_those_on_the_own_disk():
    shares = ["\\\\server\\x", "//server/x", "file://server/x", "file:////server/x", "FILE:\\\\server\\x"]
    assert all(map(leads_to_share, shares))
    assert not any(map(leads_to_share, ["file:///C:/x.mp4", "C:\\x.mp4", "https://vidu.example/x", "media/x.mp4"]))


def test_a_bomb_is_refused_before_anything_in_it_is_opened():
    assert refused(pptx(more={"ppt/media/image1.bmp": bytes(30 * 1024 * 1024)})) == "unpacked"
    assert refused(pptx(more={f"ppt/media/{n}.xml": b"" for n in range(10_001)})) == "unpacked"


def test_entities_that_swell_come_to_nothing():
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    part = f'{bomb}]><p:presentation xmlns:p="x">&i;</p:presentation>'
    assert refused(archive(pptx_parts() | {"ppt/presentation.xml": part})) in ("no pages", "damaged")


def test_a_name_that_stands_twice_is_refused():
    content = io.BytesIO(pptx())
    with zipfile.ZipFile(content, "a") as made, pytest.warns(UserWarning, match="Duplicate name"):
        made.writestr("ppt/presentation.xml", "<p/>")
    assert refused(content.getvalue()) == "damaged"


@pytest.mark.parametrize(
    ("content", "warning"),
    [
        (pptx(size=(9144000, 6858000)), ["shape", "4:3"]),
        (pdf(width=595, height=842), ["shape", "0.71:1"]),
        (pptx(more={"ppt/media/media1.mp4": b"x"}), ["media", ""]),
        (pptx(font="UTM Avo"), ["font", "UTM Avo"]),
        (pdf(page="/Annots [ << /Subtype /Movie >> ]"), ["media", ""]),
        (odp(inside='<draw:plugin xlink:href="../phim.mp4"/>'), ["linked", "phim.mp4"]),
        (
            pptx(more={"ppt/slides/_rels/slide1.xml.rels": relations(("rId9", "video", "file:///C:/phim.mp4"))}),
            ["linked", "phim.mp4"],
        ),
    ],
)
def test_what_to_look_at_beforehand_is_said(content, warning):
    assert look(content)["warnings"] == [warning]
