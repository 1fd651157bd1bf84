"""Whether a Word file that somebody has uploaded may become the letter of a conference."""

import re
from dataclasses import dataclass
from io import BytesIO

from django.utils.translation import gettext, ngettext
from docx import Document
from docx.document import Document as DocumentType
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.oxml import parse_xml
from docx.oxml.ns import qn
from jinja2 import TemplateError, nodes
from lxml import etree

from lists.papers import dangers, letters
from lists.papers.letters import PLACEHOLDERS, WrongLetter
from lists.papers.sheet import as_bytes

MAX_BYTES = 1024 * 1024
# In characters of XML. A page needs a tenth of it; five hundred letters stand in one file.
_MAX_TEXT = 96 * 1024
_MAX_TAGS = 300
#: Relations that an office's files have as a rule, and a letter does not need.
_TIES = {"attachedTemplate", "mailMergeSource", "mailMergeHeaderSource", "recipientData"}
_OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# Neither may hold a bracket, so that no text makes the search slow.
_TAG = re.compile(r"\{\{([^{}]*)\}\}|\{%([^{}%]*)%\}")
_NAME = re.compile(r"\s*(\w+)\s*", re.ASCII)
# In a paragraph; with p, tr or tc for the whole paragraph, row or cell of a table.
_STATEMENT = re.compile(r"(?:p|tr|tc)?\s+(?:(?:if|elif)\s[\w\s()]+|else\s*|endif\s*)", re.ASCII)
_MARK = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_OTHER_TEXT = re.compile(r"(?:header|footer|footnotes|endnotes|comments)\+xml$")
#: Everything that a letter may be made of once it is parsed: no call, no filter, no attribute, no loop.
_ALLOWED = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.If, nodes.Not, nodes.And, nodes.Or)

#: An invented guest of whom everything is known, and one of whom nothing is: each "if" is tried both ways.
_KNOWN: dict[str, str | bool] = {
    **dict.fromkeys(letters.TEXTS, "Nguyễn Thị Ví Dụ"),
    "loi_moi": "Trân trọng kính mời.\nRất mong được đón tiếp.",
    "duong_link": "https://vidu.example/r/vi-du",
    **dict.fromkeys(letters.SWITCHES, True),
}
_UNKNOWN: dict[str, str | bool] = {
    **dict.fromkeys(letters.TEXTS, ""),
    "duong_link": "-",
    **dict.fromkeys(letters.SWITCHES, False),
}


@dataclass(frozen=True)
class Checked:
    """A letter that can be filled in."""

    content: bytes
    #: Placeholders that letters have, as a rule, and this one has not.
    lacking: tuple[str, ...]


def check(content: bytes) -> Checked:
    """Look through an uploaded file and fill it in once.

    Returns:
        The file to keep; without the office's Word template (.dotm) or list that it may have been attached to.

    Raises:
        WrongLetter: it is no Word file, runs programs, loads things from elsewhere, or asks for what there is not.
    """
    try:
        return _check(content)
    except letters.DAMAGED as error:
        raise WrongLetter(gettext("This is no Word file (.docx), or it is damaged.")) from error


def _check(content: bytes) -> Checked:
    if len(content) > MAX_BYTES:
        raise WrongLetter(gettext("The file is bigger than 1 MB. Please make its pictures smaller."))
    if content.startswith(_OLD_WORD):
        raise WrongLetter(gettext("This is an old Word file (.doc) or one with a password. Please save it as .docx."))
    dangers.check_archive(content)
    document = Document(BytesIO(content))
    _detach(document)
    # What is looked at is what is kept: of parts that nothing refers to neither.
    content = as_bytes(document)
    _check_other_texts(document)
    letters.forget_identities(document.element.body)
    _check_tags(etree.tostring(document.element.body, encoding="unicode"))
    dangers.check_parts(document)
    used = _names(content)
    # Also raises what only comes up when it is filled in.
    Document(BytesIO(letters.fill(content, [_KNOWN, _UNKNOWN], title="Giấy mời")))
    return Checked(content, tuple(name for name in ("ho_ten", letters.PICTURE, "duong_link") if name not in used))


def _detach(document: DocumentType) -> None:
    """Loosen the ties to the Word template it was made from and to the list of a mail merge: Word would load them."""
    settings = document.settings.element
    for tie in [*settings.findall(qn("w:attachedTemplate")), *settings.findall(qn("w:mailMerge"))]:
        settings.remove(tie)
    relations = document.part.part_related_by(RELATIONSHIP_TYPE.SETTINGS).rels
    for number in [n for n, relation in relations.items() if relation.reltype.rpartition("/")[2] in _TIES]:
        del relations[number]


def _check_other_texts(document: DocumentType) -> None:
    for part in document.part.package.iter_parts():
        if not _OTHER_TEXT.search(part.content_type):
            continue
        if _MARK.search("".join(parse_xml(part.blob).itertext())):
            raise WrongLetter(
                gettext(
                    "Placeholders can stand in the text of the letter only: not in headers, footers, notes or comments."
                )
            )


def _check_tags(xml: str) -> None:
    """Whether each placeholder is one, before anything is made of them."""
    if len(xml) > _MAX_TEXT:
        raise WrongLetter(gettext("The text of the letter is too long. A letter is a few pages at most."))
    # Without python-docx, for which the text of a paragraph is that of all its parts.
    body = etree.fromstring(xml, etree.XMLParser(resolve_entities=False))
    _check_marks_elsewhere(body)
    count, left = 0, []
    for paragraph in body.iter(qn("w:p")):
        text = "".join(part.text or "" for part in paragraph.iter(qn("w:t")))
        for tag in _TAG.finditer(text):
            count += 1
            _check_tag(tag)
        left.append(_TAG.sub(" ", text))
        if _MARK.search(left[-1]):
            words = gettext("“%(text)s”: this placeholder is not closed, or not opened. It looks like {{ ho_ten }}.")
            raise WrongLetter(words % {"text": left[-1].strip()[:100]})
    if count > _MAX_TAGS or _MARK.search("".join(left)):
        raise WrongLetter(gettext("The file has too many placeholders, or one that begins in another paragraph."))


def _check_marks_elsewhere(body: etree._Element) -> None:
    """Whether a placeholder stands where it is never filled in: in an attribute, or in text that is not printed."""
    for element in body.iter():
        texts = list(element.attrib.values())
        if element.tag != qn("w:t"):
            texts.append(element.text or "")
        if found := next(filter(_MARK.search, texts), ""):
            words = gettext(
                "“%(text)s” cannot stand in a field, in the settings of a picture, or in text that is deleted."
            )
            raise WrongLetter(words % {"text": found.strip()[:100]})


def _check_tag(tag: re.Match[str]) -> None:
    name, statement = tag.groups()
    if name is not None and not _NAME.fullmatch(name):
        words = gettext("“%(text)s” is no placeholder: between the brackets stands one name, as in {{ ho_ten }}.")
        raise WrongLetter(words % {"text": tag.group()[:100]})
    if statement is not None and not _STATEMENT.fullmatch(statement):
        words = gettext(
            "“%(text)s” cannot stand in a letter: beside placeholders there are “if”, “else” and “endif” only."
        )
        raise WrongLetter(words % {"text": tag.group()[:100]})


def _names(content: bytes) -> set[str]:
    """The placeholders in the text of the letter as they will be looked up."""
    template = letters.LetterFile(BytesIO(content))
    template.init_docx()
    try:
        tree = letters.environment().parse(template.patch_xml(template.get_xml()))
    except (TemplateError, RecursionError) as error:
        words = gettext("“if” and “endif” do not match: each {%% if … %%} needs its {%% endif %%}. (%(reason)s)")
        raise WrongLetter(words % {"reason": error}) from error
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _ALLOWED):
            words = gettext(
                "“%(text)s” cannot stand in a letter: beside placeholders there are “if”, “else” and “endif” only."
            )
            raise WrongLetter(words % {"text": type(node).__name__})
    found = {node.name for node in tree.find_all(nodes.Name)}
    if unknown := sorted(found - set(PLACEHOLDERS)):
        words = ngettext(
            "There is no such placeholder: %(names)s.", "There are no such placeholders: %(names)s.", len(unknown)
        )
        raise WrongLetter(words % {"names": ", ".join(f"{{{{ {name} }}}}" for name in unknown)})
    return found
