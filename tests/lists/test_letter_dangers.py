"""Word files that would load or run something at whoever gets the letter, and bombs: none of them is kept."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import translation
from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml

from lists.limited import __main__ as child
from lists.limited import process
from lists.papers import checks, dangers, letters, uploads
from lists.papers.letters import WrongLetter
from tests.support.papers import paper, with_entries

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_NAMES = (
    f'xmlns:w="{_W}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    ' xmlns:v="urn:schemas-microsoft-com:vml" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
)


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def _char(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def _code(*pieces: str) -> str:
    """The code of a field, cut into runs."""
    return "".join(f'<w:r><w:instrText xml:space="preserve">{piece}</w:instrText></w:r>' for piece in pieces)


def field(*pieces: str) -> str:
    """A paragraph with a field whose code is cut into ``pieces``."""
    return f"<w:p>{_char('begin')}{_code(*pieces)}{_char('separate')}<w:r><w:t>1</w:t></w:r>{_char('end')}</w:p>"


def _element(xml: str):
    """The first element in ``xml``, which may use the usual prefixes."""
    return parse_xml(f"<w:x {_NAMES}>{xml}</w:x>")[0]


def in_body(xml: str) -> bytes:
    document = Document(io.BytesIO(paper("{{ ho_ten }}")))
    document.element.body.insert(0, _element(xml))
    return _saved(document)


def in_header(xml: str) -> bytes:
    document = Document(io.BytesIO(paper("{{ ho_ten }}")))
    document.sections[0].header._element.append(_element(xml))
    return _saved(document)


def in_footer(xml: str) -> bytes:
    document = Document(io.BytesIO(paper("{{ ho_ten }}")))
    document.sections[0].footer._element.append(_element(xml))
    return _saved(document)


def in_textbox(xml: str) -> bytes:
    return in_body(
        "<w:p><w:r><mc:AlternateContent><mc:Fallback><w:pict><v:shape><v:textbox><w:txbxContent>"
        f"{xml}</w:txbxContent></v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )


def in_footnote(xml: str) -> bytes:
    document = Document(io.BytesIO(paper("{{ ho_ten }}")))
    notes = f'<w:footnotes {_NAMES}><w:footnote w:id="1">{xml}</w:footnote></w:footnotes>'
    _add_part(document, "/word/footnotes.xml", "wordprocessingml.footnotes+xml", notes.encode(), "footnotes")
    return _saved(document)


def _add_part(document, name: str, kind: str, blob: bytes, relation: str) -> None:
    kind = kind if "/" in kind else f"application/vnd.openxmlformats-officedocument.{kind}"
    part = Part(PackURI(name), kind, blob, document.part.package)
    document.part.relate_to(part, f"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{relation}")


def _saved(document) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


PLACES = [in_body, in_header, in_footer, in_textbox, in_footnote]
FETCHING = [
    ("DDE Excel sheet A1",),
    (" DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe &quot;/k calc&quot; ",),
    ("DD", "EAU", "TO cmd"),
    ("include", "PICTURE &quot;http://vidu.example/a.png&quot; \\d"),
    ("INCLUDETEXT &quot;C:\\\\mat.docx&quot;",),
    ("IMPORT a.gif",),
    ("LINK Excel.Sheet.8 a.xls",),
    ("DATABASE \\c x",),
    ("RD a.docx",),
    ("MACROBUTTON x y",),
    ("PRINT 27",),
    ("QUOTE 68 68 69",),
    ("HYPERLINK &quot;file:///c:/a.exe&quot;",),
    ("HYPERLINK &quot;\\\\\\\\may\\\\a&quot;",),
    ("HYPERLINK \\l &quot;a&quot; &quot;file://may/a&quot;",),
    ("HYPERLINK \\l &quot;a&quot; &quot;\\\\\\\\may\\\\a&quot;",),
    ("HYPERLINK \\o &quot;a&quot; \\t &quot;b&quot; file://may/a",),
    ("HYPERLINK \\m &quot;file://may/a&quot;",),
    ("HYPERLINK &quot;https://vidu.example/&quot; &quot;file://may/a&quot;",),
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("pieces", FETCHING)
def test_a_field_that_fetches_or_runs_something_is_refused_wherever_it_stands(place, pieces):
    with pytest.raises(WrongLetter, match="loads or runs something"):
        checks.check(place(field(*pieces)))


@pytest.mark.parametrize("place", PLACES)
def test_fields_that_count_pages_and_tell_dates_may_stand(place):
    for code in ("PAGE", " NUMPAGES \\* MERGEFORMAT ", "DATE \\@ &quot;dd/MM/yyyy&quot;", "TOC \\o"):
        checks.check(place(field(code)))
    for arguments in (
        "&quot;https://vidu.example/&quot;",
        "\\l &quot;_Toc1&quot;",
        "\\l &quot;_Toc1&quot; \\o &quot;C:\\a: words&quot;",
        "&quot;https://vidu.example/&quot; \\l a \\t _blank \\n \\* MERGEFORMAT",
    ):
        checks.check(place(field(f"HYPERLINK {arguments}")))


@pytest.mark.parametrize(
    "xml",
    [
        '<w:p><w:fldSimple w:instr=" DDEAUTO cmd "><w:r><w:t>1</w:t></w:r></w:fldSimple></w:p>',
        # The name of the outer field is what the inner one says.
        f"<w:p>{_char('begin')}{_char('begin')}{_code('SEQ a')}{_char('end')}{_code(' cmd')}{_char('end')}</w:p>",
        # The field has no result, or is never closed.
        f"<w:p>{_char('begin')}{_code('DDEAUTO cmd')}{_char('end')}</w:p>",
        f"<w:p>{_char('begin')}{_code('DDEAUTO cmd')}</w:p>",
        f"<w:p>{_code('DDEAUTO cmd')}</w:p>",
        # Inside the code of a harmless one, and deleted with changes kept.
        f"<w:p>{_char('begin')}{_code('IF 1=1 ')}{_char('begin')}{_code('DDE a b')}{_char('end')}{_char('end')}</w:p>",
        f"<w:p><w:del>{_char('begin')}<w:r><w:delInstrText>DDE a</w:delInstrText></w:r>{_char('end')}</w:del></w:p>",
        '<w:altChunk r:id="rId1"/>',
        '<w:subDoc r:id="rId1"/>',
        "<w:p><w:r><w:object/></w:r></w:p>",
        "<w:p><w:r><w:control/></w:r></w:p>",
        '<w:p><w:r><w:pict><v:shape><v:imagedata src="http://vidu.example/a.png"/></v:shape></w:pict></w:r></w:p>',
    ],
)
def test_whatever_loads_or_runs_is_refused(xml):
    with pytest.raises(WrongLetter, match="loads or runs something"):
        checks.check(in_body(xml))


@pytest.mark.parametrize(
    ("name", "kind", "relation"),
    [
        ("/word/a.html", "text/html", "aFChunk"),
        ("/word/a.mht", "message/rfc822", "aFChunk"),
        ("/word/a.rtf", "application/rtf", "image"),
        ("/word/a.docx", "application/octet-stream", "subDocument"),
        ("/word/embeddings/a.bin", "application/octet-stream", "oleObject"),
        ("/word/embeddings/b.bin", "wordprocessingml.oleObject", "image"),
        ("/word/c.bin", "application/octet-stream", "control"),
    ],
)
def test_a_part_that_is_a_program_or_another_document_is_refused(name, kind, relation):
    document = Document(io.BytesIO(paper("{{ ho_ten }}")))
    _add_part(document, name, kind, b"<p>x</p>", relation)
    with pytest.raises(WrongLetter, match="loads or runs something"):
        checks.check(_saved(document))


@pytest.mark.parametrize("target", ["file:///c:/a.exe", "\\\\may\\a", "javascript:x", "smb://may/a", "FILE://a"])
def test_a_link_leads_to_the_web_or_an_address_and_nowhere_else(target):
    document = Document(io.BytesIO(paper("{{ ho_ten }}")))
    document.part.relate_to(target, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    with pytest.raises(WrongLetter, match="from elsewhere"):
        checks.check(_saved(document))


@pytest.mark.parametrize("target", ["https://vidu.example/", "http://a.example", "mailto:a@vidu.example", "tel:0205"])
def test_links_to_the_web_and_to_addresses_may_stand(target):
    document = Document(io.BytesIO(paper("{{ ho_ten }}")))
    document.part.relate_to(target, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    checks.check(_saved(document))


def test_the_tie_to_the_list_of_a_mail_merge_is_loosened():
    document = Document(io.BytesIO(paper("{{ ho_ten }}")))
    settings = document.part.part_related_by(RELATIONSHIP_TYPE.SETTINGS)
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/mailMergeSource"
    number = settings.relate_to("file:///C:/khach.xlsx", kind, is_external=True)
    merge = _element(f'<w:mailMerge><w:query w:val="SELECT"/><w:dataSource r:id="{number}"/></w:mailMerge>')
    settings.element.insert(0, merge)
    kept = Document(io.BytesIO(checks.check(_saved(document)).content))
    assert not any(relation.is_external for relation in kept.part.package.iter_rels())
    assert "mailMerge" not in kept.settings.element.xml


# --- the archive ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["../a.txt", "word/../../a.txt", "/etc/a", "\\\\may\\a", "word\\a.xml", "C:/a.txt", "word/./a", "word//a"],
)
def test_a_part_that_would_be_unpacked_elsewhere_is_refused(name):
    with pytest.raises(WrongLetter, match="in another folder"):
        checks.check(with_entries(paper("{{ ho_ten }}"), {name: b"x"}))


def test_of_two_parts_of_one_name_neither_is_believed():
    stream = io.BytesIO(paper("{{ ho_ten }}"))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("Word/Document.xml", b"<x/>")
    with pytest.raises(WrongLetter, match="two parts"):
        checks.check(stream.getvalue())


def spaces(megabytes: float) -> Callable[[bytes], bytes]:
    """Makes XML longer, and no bigger when it is packed."""
    return lambda xml: xml.replace(b"?>", b"?>" + b" " * int(megabytes * 1024**2), 1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"word/styles.xml": spaces(19)}, "too big when it is unpacked"),
        ({"word/styles.xml": spaces(3)}, "too big when it is unpacked"),
        ({f"word/media/{n}.png": b"\0" * 1024**2 for n in range(12)}, "too big when it is unpacked"),
        ({"customXml/item1.xml": b"<a>" + b"<b/>" * 400_000 + b"</a>"}, "too big when it is unpacked"),
    ],
)
def test_what_is_unpacked_is_limited_part_by_part_and_in_all(changes, said):
    with pytest.raises(WrongLetter, match=said):
        checks.check(with_entries(paper("{{ ho_ten }}"), changes))


def test_what_nothing_in_the_file_refers_to_is_not_kept():
    content = checks.check(with_entries(paper("{{ ho_ten }}"), {"word/khong-ai-dung.xml": b"<x/>"})).content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert "word/khong-ai-dung.xml" not in archive.namelist()


# --- in a process of its own ------------------------------------------------------------------------------------------


def test_an_uploaded_letter_is_opened_in_the_limited_process():
    checked = uploads.check(letters.OWN_FILE.read_bytes())
    assert checked.lacking == ()
    assert Document(io.BytesIO(checked.content)).tables


@pytest.mark.parametrize(
    ("language", "said"), [("en", "There is no such placeholder"), ("vi", "Không có chỗ điền nào")]
)
def test_the_process_refuses_in_the_language_of_whoever_uploads(language, said):
    with translation.override(language), pytest.raises(WrongLetter, match=said):
        uploads.check(paper("{{ ten_khach }}"))


@pytest.mark.parametrize("failure", [process.TooMuch("time"), process.TooMuch("memory"), process.Broken(1)])
def test_a_letter_that_reaches_a_limit_is_refused_in_words(failure, monkeypatch):
    def fail(*_given, **_order):
        raise failure

    monkeypatch.setattr(uploads.process, "run", fail)
    with pytest.raises(WrongLetter, match="cannot be opened"):
        uploads.check(paper("{{ ho_ten }}"))


def test_a_letter_that_comes_third_is_to_be_sent_again(monkeypatch):
    monkeypatch.setattr(uploads.process, "PATIENCE", 0.05)
    places = uploads.process._at_most_two
    with places, places, pytest.raises(WrongLetter, match="in a minute"):
        uploads.check(paper("{{ ho_ten }}"))
    assert uploads.check(paper("{{ ho_ten }}")).content


def test_the_task_answers_with_the_file_or_with_what_is_wrong():
    order = {"language": "en", "catalogues": []}
    assert set(child._letter(paper("{{ ho_ten }}"), order)) == {"content", "lacking"}
    assert "no such placeholder" in child._letter(paper("{{ ten_khach }}"), order)["wrong"]


def test_each_name_of_a_field_that_may_stand_is_in_capitals():
    assert {name.upper() for name in dangers.FIELDS} == dangers.FIELDS


def test_what_runs_in_the_process_knows_no_models():
    for name in ("checks", "dangers", "letters", "sheet"):
        source = (Path(checks.__file__).parent / f"{name}.py").read_text(encoding="utf-8")
        assert "models" not in source, name
