"""Letters from a Word file with placeholders: the site's own file, or one that an office has made.

The file is filled by docxtpl. What people typed stands in it as they typed it: it is never markup, never a placeholder.
"""

import zlib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from django.utils.translation import gettext, gettext_lazy
from docx.opc.exceptions import OpcError
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree
from markupsafe import Markup, escape

from common.titles import with_one_title
from lists.papers.sheet import as_bytes, describe, printable
from registrations import qr

#: The letter that a conference has until its office brings another.
OWN_FILE = Path(__file__).parent / "giay-moi.docx"

#: What a letter may hold, and what each means; in the office's language, since people write them in Word.
TEXTS = {
    "co_quan": gettext_lazy("who invites: by the invitation, else the host of the conference or its organiser"),
    "co_quan_in_hoa": gettext_lazy("the same in capitals, for the head"),
    "co_quan_chu_quan": gettext_lazy("its superior body, by the partners of the conference; may be empty"),
    "co_quan_chu_quan_in_hoa": gettext_lazy("the superior body in capitals, for the head"),
    "chuc_vu_nguoi_ky": gettext_lazy("the title of who signs, in capitals"),
    "nguoi_ky": gettext_lazy("the name of who signs; may be empty"),
    "dia_danh": gettext_lazy("the province where the letter is written"),
    "ngay_thang": gettext_lazy("the date of the letter, in words"),
    "hoi_nghi": gettext_lazy("the name of the conference"),
    "hoi_nghi_ngan": gettext_lazy("its short name"),
    "trich_yeu": gettext_lazy("its short name, after what kind of meeting it is where that is not said"),
    "ho_ten": gettext_lazy("the guest's name"),
    "chuc_vu": gettext_lazy("the guest's position"),
    "don_vi": gettext_lazy("the guest's organisation"),
    "chuc_vu_don_vi": gettext_lazy("position and organisation, with a comma between"),
    "loi_moi": gettext_lazy("the words of the invitation, a paragraph for each line"),
    "thoi_gian": gettext_lazy("when the conference begins, in words"),
    "dia_diem": gettext_lazy("bridge point and address, or how to attend online"),
    "duong_link": gettext_lazy("the guest's own link"),
}
PICTURE = "ma_qr"
SWITCHES = {
    "truc_tuyen": gettext_lazy("for {% if … %}: the bridge point is online"),
    "da_dang_ky": gettext_lazy("for {% if … %}: the letter is to somebody who is registered, not to a guest"),
}
PLACEHOLDERS = {**TEXTS, PICTURE: gettext_lazy("a picture: the QR code of that link"), **SWITCHES}

#: What a damaged Word file makes the libraries raise; broken XML is a SyntaxError.
DAMAGED = (
    BadZipFile, zlib.error, OpcError, SyntaxError, LookupError, ValueError, TypeError, AttributeError, OSError,
    EOFError, NotImplementedError, RuntimeError,
)  # fmt: skip


class WrongLetter(Exception):
    """The Word file cannot be filled in; the text says why, for people."""


class LetterFile(DocxTemplate):
    """docxtpl for the text alone. A paragraph that was cut in two is an error and not a paragraph that is gone."""

    def fix_tables(self, xml: str) -> Any:
        etree.fromstring(xml, etree.XMLParser(resolve_entities=False))
        return super().fix_tables(xml)

    def render_properties(self, context: Any, jinja_env: Any = None) -> None:
        """Title, author and so on hold no placeholders."""

    def render_footnotes(self, context: Any, jinja_env: Any = None) -> None:
        """Nor do footnotes."""


def environment() -> ImmutableSandboxedEnvironment:
    """Where placeholders are looked up: nothing to call, nothing to filter by, an unknown name is an error."""
    found = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    for offered in (found.globals, found.filters, found.tests):
        offered.clear()
    return found


def fill(file: bytes, letters: Sequence[Mapping[str, str | bool]], *, title: str) -> bytes:
    """A Word file called ``title`` with one letter after the other, each in a section of its own as Word's mail merge
    has it. ``letters`` have a text for each of TEXTS and True or False for each of SWITCHES.

    Raises:
        WrongLetter: ``file`` cannot be filled in.
    """
    try:
        return _fill(file, letters, title)
    except (TemplateError, *DAMAGED) as error:
        words = gettext(
            "The Word file cannot be filled in. Perhaps an “if” begins in one paragraph and ends in another: to leave"
            " out whole paragraphs, write {%p if … %} and {%p endif %} in paragraphs of their own."
        )
        raise WrongLetter(words) from error


def _fill(file: bytes, letters: Sequence[Mapping[str, str | bool]], title: str) -> bytes:
    template = LetterFile(BytesIO(file))
    template.init_docx()
    body = template.docx.element.body
    forget_identities(body)
    _repeat(body)
    rows = [
        (*(_text(letter[name]) for name in TEXTS), _qr_code(template, letter), *(bool(letter[n]) for n in SWITCHES))
        for letter in letters
    ]
    template.render({"letters": rows}, environment(), autoescape=True)
    for words in template.docx.element.body.iter(qn("w:t")):
        if words.text:
            words.text = with_one_title(words.text)
    describe(template.docx, title)
    return as_bytes(template)


def _repeat(body: Any) -> None:
    """Put the whole of ``body`` into a loop over the letters."""
    section = body.find(qn("w:sectPr"))
    if section is None:
        section = OxmlElement("w:sectPr")
        body.append(section)
    # How the first section begins is how a letter begins: on a new page, if nothing else is said.
    first = next(body.iter(qn("w:sectPr")))
    for kind in first.findall(qn("w:type")):
        first.remove(kind)
    body.insert(0, _statement(f"for {', '.join(PLACEHOLDERS)} in letters"))
    for added in (_statement("if not loop.last"), _end_of_section(section), _statement("endif"), _statement("endfor")):
        section.addprevious(added)


def _statement(words: str) -> Any:
    paragraph, run, text = OxmlElement("w:p"), OxmlElement("w:r"), OxmlElement("w:t")
    text.text = f"{{%p {words} %}}"
    run.append(text)
    paragraph.append(run)
    return paragraph


def _end_of_section(section: Any) -> Any:
    """The paragraph that ends a letter, so low that it does not need a page of its own."""
    paragraph, about = OxmlElement("w:p"), OxmlElement("w:pPr")
    spacing, mark, size = OxmlElement("w:spacing"), OxmlElement("w:rPr"), OxmlElement("w:sz")
    for name, value in (("before", "0"), ("after", "0"), ("line", "20"), ("lineRule", "exact")):
        spacing.set(qn(f"w:{name}"), value)
    size.set(qn("w:val"), "2")
    mark.append(size)
    for part in (spacing, mark, deepcopy(section)):
        about.append(part)
    paragraph.append(about)
    return paragraph


def forget_identities(body: Any) -> None:
    """What Word numbers once in a document would stand there once a letter."""
    for element in list(body.iter(qn("w:bookmarkStart"), qn("w:bookmarkEnd"), qn("w:proofErr"))):
        element.getparent().remove(element)
    for element in body.iter(qn("w:p"), qn("w:r"), qn("w:tr"), qn("w:sectPr")):
        for name in list(element.attrib):
            if name.rpartition("}")[2] in ("paraId", "textId") or name.startswith(qn("w:rsid")):
                del element.attrib[name]


def _text(value: str | bool) -> Markup:
    """``value`` as it is put into the file: a line is a paragraph, everything else is what it looks like."""
    # docxtpl gives brackets with a line between a meaning, and takes this character for the end of a paragraph.
    safe = str(escape(printable(str(value)))).replace("{", "&#123;").replace("}", "&#125;")
    return Markup("\a".join(safe.splitlines()))  # noqa: S704 - escaped above


def _qr_code(template: DocxTemplate, letter: Mapping[str, str | bool]) -> InlineImage:
    picture = BytesIO(qr.png(str(letter["duong_link"]), scale=8, border=2))
    return InlineImage(template, picture, width=Mm(30))
