"""What a Word file could load or run at whoever gets the letter, and archives that are more than they seem.

Where Word knows too many ways to do harm, what may stand is listed and not what may not.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import urlsplit

from django.utils.translation import gettext
from docx.document import Document as DocumentType
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.part import Part
from lxml import etree

from lists.papers.letters import WrongLetter

# A .docx is a packed archive: so much may come out of it, and out of one part. A letter with its pictures has half.
_MAX_UNPACKED = 10 * 1024 * 1024
_MAX_PART = 4 * 1024 * 1024
# XML of Word is packed to a tenth; what is packed to less than a hundredth says the same thing again and again.
_MAX_RATIO = 100
_SMALL_PART = 100 * 1024
_MAX_ENTRIES = 1000
#: Parts of an archive that run when somebody opens it.
_PROGRAMS = ("vbaproject", "activex", "oleobject")

#: Fields that show what is in the file, or something about it. All others may fetch, run or ask.
FIELDS = {
    "=", "AUTHOR", "COMMENTS", "CREATEDATE", "DATE", "DOCPROPERTY", "DOCVARIABLE", "EQ", "FILENAME", "FORMCHECKBOX",
    "FORMDROPDOWN", "FORMTEXT", "HYPERLINK", "IF", "INDEX", "KEYWORDS", "LISTNUM", "MERGEFIELD", "NOTEREF", "NUMCHARS",
    "NUMPAGES", "NUMWORDS", "PAGE", "PAGEREF", "PRINTDATE", "REF", "SAVEDATE", "SECTION", "SECTIONPAGES", "SEQ",
    "STYLEREF", "SUBJECT", "SYMBOL", "TA", "TC", "TIME", "TITLE", "TOA", "TOC", "XE",
}  # fmt: skip
#: In place of a field inside the code of another.
_FIELD_INSIDE = "\ufffc"
#: Each of them has its own fields.
_STORIES = {"body", "hdr", "ftr", "footnote", "endnote", "comment", "txbxContent"}
#: The switches that HYPERLINK may have, and whether a value comes after each: a place in the file, words to be shown, a
#: window, a format. A value is no address; whatever else stands there may be one.
_SWITCHES = {"\\l": True, "\\o": True, "\\t": True, "\\*": True, "\\m": False, "\\n": False}
_SCHEMES = {"http", "https", "mailto", "tel"}
#: What a part may be, beside XML and pictures.
_FONTS = {"application/vnd.openxmlformats-officedocument.obfuscatedfont", "application/x-fontdata"}
_RELATIONS = {
    "activexcontrol", "afchunk", "attachedtoolbars", "control", "frame", "oleobject", "package", "subdocument",
    "vbaproject",
}  # fmt: skip
_ELEMENTS = {"altChunk", "control", "frameset", "object", "OLEObject", "subDoc", "webVideoPr"}
_OFFICE = re.compile(r"openxmlformats\.org|purl\.oclc\.org/ooxml|microsoft")


# --- the archive ------------------------------------------------------------------------------------------------------


def check_archive(content: bytes) -> None:
    """Look at the archive before anything in it is opened.

    Raises:
        WrongLetter: it is too big unpacked, has parts that belong elsewhere, or holds programs.
        BadZipFile, KeyError: it is no Word file.
    """
    with zipfile.ZipFile(BytesIO(content)) as archive:
        entries = archive.infolist()
        # A part never yields more than it says here.
        if (
            len(entries) > _MAX_ENTRIES
            or sum(e.file_size for e in entries) > _MAX_UNPACKED
            or any(map(_swells, entries))
        ):
            raise WrongLetter(
                gettext("The file is too big when it is unpacked. Please start from the site's own file.")
            )
        archive.getinfo("word/document.xml")
        _check_names([entry.orig_filename for entry in entries])
        if _holds_programs(archive):
            raise WrongLetter(gettext("The file holds macros or other programs. Please save it as a plain .docx."))


def _swells(entry: zipfile.ZipInfo) -> bool:
    return entry.file_size > _MAX_PART or (
        entry.file_size > _SMALL_PART and entry.file_size > _MAX_RATIO * entry.compress_size
    )


def _check_names(names: list[str]) -> None:
    for name in names:
        folders = name.removesuffix("/").split("/")
        if not name.isprintable() or "\\" in name or ":" in name or {"", ".", ".."} & set(folders):
            words = gettext("The file holds “%(name)s”, which would end up in another folder when it is unpacked.")
            raise WrongLetter(words % {"name": name[:100]})
    if len({name.casefold() for name in names}) < len(names):
        raise WrongLetter(gettext("The file holds two parts of the same name. Please save it in Word once more."))


def _holds_programs(archive: zipfile.ZipFile) -> bool:
    """Whether something in the file runs when somebody opens it."""
    kinds = archive.read("[Content_Types].xml").lower()
    names = [name.lower() for name in archive.namelist()]
    return b"macroenabled" in kinds or any(part in name for name in names for part in _PROGRAMS)


# --- its parts --------------------------------------------------------------------------------------------------------


def check_parts(document: DocumentType) -> None:
    """Look through everything that ``document`` consists of.

    Raises:
        WrongLetter: something in it is loaded from elsewhere, or runs.
    """
    for relation in document.part.package.iter_rels():
        if relation.reltype.rpartition("/")[2].lower() in _RELATIONS:
            raise _refused(relation.reltype.rpartition("/")[2])
        if relation.is_external and not (
            relation.reltype == RELATIONSHIP_TYPE.HYPERLINK and _is_harmless(relation.target_ref)
        ):
            words = gettext("The file loads “%(what)s” from elsewhere. Please insert it into the file itself.")
            raise WrongLetter(words % {"what": str(relation.target_ref)[:100]})
    for part in document.part.package.iter_parts():
        _check_part(part)


def _refused(what: str) -> WrongLetter:
    words = gettext("The file holds “%(what)s”, which loads or runs something when it is opened. Please delete it.")
    return WrongLetter(words % {"what": what.strip()[:100]})


def _is_harmless(target: str) -> bool:
    """Whether a link leads to the web, to an address, or to a place in the file itself."""
    scheme = urlsplit(target).scheme.lower() if ":" in target else ""
    return "\\" not in target and (scheme in _SCHEMES or target.startswith("#"))


def _check_part(part: Part) -> None:
    kind = part.content_type.lower()
    if not kind.endswith(("+xml", "/xml")):
        if not kind.startswith("image/") and kind not in _FONTS:
            raise _refused(str(part.partname))
        return
    root = etree.fromstring(part.blob, etree.XMLParser(resolve_entities=False))
    for element in root.iter(etree.Element):
        _check_element(element, is_picture=kind.startswith("image/"))
    for code in _field_codes(root):
        _check_code(code)


def _check_element(element: etree._Element, *, is_picture: bool) -> None:
    name = etree.QName(element)
    if name.localname in _ELEMENTS and _OFFICE.search(name.namespace or ""):
        raise _refused(name.localname)
    for attribute, value in element.attrib.items():
        local = etree.QName(attribute).localname
        # A picture in SVG loads what it refers to; elsewhere that is a link.
        if (local == "src" or (local == "href" and is_picture)) and not value.startswith(("#", "data:")):
            raise _refused(value)
        if local == "href" and not is_picture and not _is_harmless(value):
            raise _refused(value)


# --- fields -----------------------------------------------------------------------------------------------------------


@dataclass
class _Field:
    """A field that is open; its code is complete once its result begins."""

    code: str = ""
    is_complete: bool = False


def _field_codes(root: etree._Element) -> Iterator[str]:
    """The code of each field below ``root``, however it is cut into pieces; of text outside a field, that text."""
    stories: dict[etree._Element, list[_Field]] = {}
    for element in root.iter(etree.Element):
        name = etree.QName(element).localname
        if name == "fldSimple":
            yield _attribute(element, "instr")
        elif name in ("instrText", "delInstrText"):
            fields = stories.setdefault(_story(element), [])
            if not fields:
                yield element.text or ""
            elif not fields[-1].is_complete:
                fields[-1].code += element.text or ""
        elif name == "fldChar":
            yield from _mark(stories.setdefault(_story(element), []), _attribute(element, "fldCharType"))
    for fields in stories.values():
        yield from (field.code for field in fields)


def _mark(fields: list[_Field], kind: str) -> Iterator[str]:
    """Open, complete or close the innermost of ``fields``; the code of one that is closed."""
    if kind == "begin":
        fields.append(_Field())
    elif fields and kind == "separate":
        fields[-1].is_complete = True
    elif fields and kind == "end":
        yield fields.pop().code
        if fields and not fields[-1].is_complete:
            fields[-1].code += _FIELD_INSIDE


def _story(element: etree._Element) -> etree._Element:
    """The text in which ``element`` stands."""
    for above in element.iterancestors():
        if etree.QName(above).localname in _STORIES:
            return above
    return element.getroottree().getroot()


def _attribute(element: etree._Element, local: str) -> str:
    return next((str(v) for name, v in element.attrib.items() if etree.QName(name).localname == local), "")


def _check_code(code: str) -> None:
    words = code.split(maxsplit=1)
    if not words:
        return
    name = words[0].upper()
    # "=1+1" has no space before its formula.
    if name not in FIELDS and not name.startswith("="):
        raise _refused(code.replace(_FIELD_INSIDE, "{}"))
    if name == "HYPERLINK" and not all(map(_is_harmless, _addresses(words[1] if len(words) > 1 else ""))):
        raise _refused(code)


def _addresses(arguments: str) -> Iterator[str]:
    """What a HYPERLINK with ``arguments`` may lead to: all that is neither a switch nor the value of one."""
    is_value = False
    for quoted, bare in re.findall(r'"([^"]*)"|([^\s"]+)', arguments):
        if bare.startswith("\\") and bare.lower() in _SWITCHES:
            is_value = _SWITCHES[bare.lower()]
        elif is_value:
            is_value = False
        else:
            yield quoted or bare
