"""Slides as packed archives: PowerPoint's and OpenDocument's. Runs in the limited process."""

import re
import zipfile
from typing import BinaryIO

from lxml import etree

from lists.limited.refusals import Look, RefusedFile, leads_to_share

#: So much may come out of an archive; its media are packed already, so that it is hardly more than the file.
MAX_UNPACKED = 400 * 1024 * 1024
_MAX_ENTRIES = 10_000
# Of a part that big, XML is packed to a twentieth. What is packed to less than this says the same again and again.
_BIG, _MAX_RATIO = 8 * 1024 * 1024, 200
#: The parts that are read here.
_MAX_XML = 20 * 1024 * 1024
_ODP = "application/vnd.oasis.opendocument.presentation"
_PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
_MEDIA = (".mp4", ".mov", ".wmv", ".avi", ".m4v", ".mpg", ".mpeg", ".webm", ".mp3", ".wav", ".m4a", ".wma", ".ogv")
_PROGRAMS = ("vbaproject", "activex")
_WITH_PROGRAMS = (".xlsm", ".docm", ".pptm", ".xlsb", ".exe", ".js", ".vbs", ".bat", ".cmd", ".ps1", ".hta", ".lnk")
#: Relations that may lead out of the file: a click follows a link, a film is played.
_LINKS, _PLAYED = {"hyperlink"}, {"video", "audio", "media", "image"}
_HARMLESS = re.compile(r"(?:https?://|mailto:|tel:|#|[\w-]+\.xml)", re.IGNORECASE)
#: What OpenDocument does at a click: addresses that run something, and what is done with others.
_SCRIPTS, _RUN = ("vnd.sun.star.script:", "macro:", "javascript:"), {"execute", "macro", "verb"}
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
#: Fonts that every machine at a main point has.
_USUAL_FONTS = {
    "aptos", "aptos display", "arial", "arial black", "arial narrow", "calibri", "calibri light", "cambria", "candara",
    "comic sans ms", "consolas", "constantia", "corbel", "courier new", "franklin gothic medium", "georgia", "impact",
    "palatino linotype", "segoe ui", "segoe ui light", "segoe ui semibold", "symbol", "tahoma", "times new roman",
    "trebuchet ms", "verdana", "wingdings",
}  # fmt: skip


def look(file: BinaryIO) -> Look:
    """What the archive ``file`` is.

    Raises:
        RefusedFile: it is no presentation, or one that does harm.
        Exception: it is damaged.
    """
    with zipfile.ZipFile(file) as archive:
        _check_entries(archive.infolist())
        names = set(archive.namelist())
        if "ppt/presentation.xml" in names:
            return _Deck(archive, names).look_at_powerpoint()
        if "mimetype" in names and _text(archive, "mimetype").strip() == _ODP:
            return _Deck(archive, names).look_at_opendocument()
    raise RefusedFile("kind")


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if len(names) > _MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise RefusedFile("unpacked")
    if any(entry.file_size > _BIG and entry.file_size > _MAX_RATIO * entry.compress_size for entry in entries):
        raise RefusedFile("unpacked")
    # Two programs may read the same archive in two ways; to PowerPoint a.xml and A.XML are one part.
    is_twice = len({name.lower() for name in names}) != len(names)
    if is_twice or any(".." in name.split("/") or name.startswith("/") for name in names):
        raise RefusedFile("damaged")
    if any(entry.flag_bits & 1 for entry in entries):
        raise RefusedFile("password")


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > _MAX_XML:
        raise RefusedFile("unpacked")
    return archive.read(name)


def _text(archive: zipfile.ZipFile, name: str) -> str:
    return _read(archive, name).decode("utf-8", errors="replace")


def _xml(archive: zipfile.ZipFile, name: str) -> etree._Element:
    return etree.fromstring(_read(archive, name), etree.XMLParser(resolve_entities=False, no_network=True))


def _local(element: etree._Element) -> str:
    return str(etree.QName(element).localname)


def _value(element: etree._Element, local: str) -> str:
    return next((str(v) for name, v in element.attrib.items() if etree.QName(name).localname == local), "")


def _elements(root: etree._Element, *locals_: str) -> list[etree._Element]:
    return [element for element in root.iter(etree.Element) if _local(element) in locals_]


class _Deck:
    """An archive that is looked through."""

    def __init__(self, archive: zipfile.ZipFile, names: set[str]) -> None:
        self._archive, self._names = archive, names
        self._found = Look("")

    # --- PowerPoint ---------------------------------------------------------------------------------------------------

    def look_at_powerpoint(self) -> Look:
        """What a .pptx is."""
        self._found.kind = "pptx"
        self._refuse_programs()
        self._refuse_other_kinds()
        for name in sorted(self._names):
            if name.lower().endswith(".rels"):
                self._check_relations(name)
        show = _xml(self._archive, "ppt/presentation.xml")
        self._found.pages = self._count_slides(show)
        for size in _elements(show, "sldSz"):
            self._found.warn_of_shape(float(_value(size, "cx") or 0), float(_value(size, "cy") or 0))
        self._warn_of_media()
        if not _elements(show, "embeddedFont"):
            self._warn_of_fonts()
        return self._found

    def _refuse_programs(self) -> None:
        for name in map(str.lower, self._names):
            if any(program in name for program in _PROGRAMS) or name.endswith(_WITH_PROGRAMS):
                raise RefusedFile("macros")
            if "oleobject" in name or (name.startswith("ppt/embeddings/") and name.endswith(".bin")):
                raise RefusedFile("embedded")

    def _refuse_other_kinds(self) -> None:
        listed = [
            (_value(one, "PartName"), _value(one, "ContentType"))
            for one in _elements(_xml(self._archive, "[Content_Types].xml"), "Override", "Default")
        ]
        if any("macroenabled" in kind.lower() or "vba" in kind.lower() for _name, kind in listed):
            raise RefusedFile("macros")
        main = dict(listed).get("/ppt/presentation.xml", "")
        if main != _PPTX:
            raise RefusedFile("slideshow" if "slideshow" in main or "template" in main else "damaged")

    def _check_relations(self, name: str) -> None:
        for relation in _elements(_xml(self._archive, name), "Relationship"):
            if _value(relation, "TargetMode").lower() == "external":
                self._check_way_out(_value(relation, "Type").rpartition("/")[2].lower(), _value(relation, "Target"))

    def _check_way_out(self, what: str, target: str) -> None:
        if leads_to_share(target):
            raise RefusedFile("external", target)
        if what in _PLAYED:
            self._found.warn("linked", target.rpartition("/")[2] or target)
        elif what not in _LINKS or not _HARMLESS.match(target):
            raise RefusedFile("external", target)

    def _count_slides(self, show: etree._Element) -> int:
        """How many slides are shown, each of which must be in the file."""
        relations = _elements(_xml(self._archive, "ppt/_rels/presentation.xml.rels"), "Relationship")
        targets = {_value(relation, "Id"): _value(relation, "Target") for relation in relations}
        slides = _elements(show, "sldId")
        for slide in slides:
            target = targets[next(str(v) for name, v in slide.attrib.items() if str(name).endswith("}id"))]
            self._archive.getinfo(target.lstrip("/") if target.startswith("/") else f"ppt/{target}")
        if not slides:
            raise RefusedFile("no pages")
        return len(slides)

    def _warn_of_media(self) -> None:
        if any(name.lower().endswith(_MEDIA) for name in self._names):
            self._found.warn("media")

    def _warn_of_fonts(self) -> None:
        """Note fonts of the theme that the machine at the main point may not have."""
        if "ppt/theme/theme1.xml" not in self._names:
            return
        for kind in _elements(_xml(self._archive, "ppt/theme/theme1.xml"), "majorFont", "minorFont"):
            for font in kind.iterchildren("{*}latin"):
                face = font.get("typeface", "")
                if face and not face.startswith("+") and face.lower() not in _USUAL_FONTS:
                    self._found.warn("font", face)

    # --- OpenDocument -------------------------------------------------------------------------------------------------

    def look_at_opendocument(self) -> Look:
        """What an .odp is."""
        self._found.kind = "odp"
        self._refuse_programs()
        if any(name.startswith(("Basic/", "Scripts/")) for name in self._names):
            raise RefusedFile("macros")
        if "META-INF/manifest.xml" in self._names and "encryption-data" in _text(
            self._archive, "META-INF/manifest.xml"
        ):
            raise RefusedFile("password")
        content = _xml(self._archive, "content.xml")
        self._found.pages = len([page for page in _elements(content, "page") if ":drawing:" in str(page.tag)])
        if not self._found.pages:
            raise RefusedFile("no pages")
        for part in [content, *([_xml(self._archive, "styles.xml")] if "styles.xml" in self._names else [])]:
            self._check_references(part)
            self._warn_of_page_sizes(part)
        self._warn_of_media()
        return self._found

    def _check_references(self, root: etree._Element) -> None:
        for element in root.iter(etree.Element):
            name, target = _local(element), _value(element, "href")
            is_run = name == "event-listener" and _value(element, "action") in _RUN
            if is_run or target.lower().startswith(_SCRIPTS):
                raise RefusedFile("macros")
            if name in ("object-ole", "applet", "floating-frame"):
                raise RefusedFile("embedded")
            if target:
                self._check_target(name, target)

    def _check_target(self, name: str, target: str) -> None:
        is_inside = not _SCHEME.match(target) and not target.startswith(("../", "/")) and "\\" not in target
        if leads_to_share(target) or (name == "a" and not is_inside and not _HARMLESS.match(target)):
            raise RefusedFile("external", target)
        if name != "a" and not is_inside:
            self._found.warn("linked", target.rpartition("/")[2] or target)

    def _warn_of_page_sizes(self, root: etree._Element) -> None:
        sizes = [
            (_value(one, "page-width"), _value(one, "page-height")) for one in _elements(root, "page-layout-properties")
        ]
        measured = [(_length(width), _length(height)) for width, height in sizes]
        # The notes for the speaker lie upright.
        for width, height in [size for size in measured if size[0] > size[1]][:1]:
            self._found.warn_of_shape(width, height)


def _length(text: str) -> float:
    found = re.match(r"[\d.]+", text)
    return float(found[0]) if found else 0.0
