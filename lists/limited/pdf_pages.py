"""Slides as PDF. Runs in the limited process."""

import logging
from collections.abc import Iterator
from typing import Any, BinaryIO

from lists.limited.refusals import Look, RefusedFile, leads_to_share

_RUNS = {"/JavaScript", "/Launch", "/ImportData", "/SubmitForm"}
_PLAYED = {"/Movie", "/Screen", "/RichMedia", "/Sound", "/3D"}
_ATTACHED = {"/FileAttachment"}
#: Of so many pages the fonts are looked at.
_PAGES_FOR_FONTS = 30
#: Fonts that every reader brings along.
_BROUGHT_ALONG = ("/Helvetica", "/Times", "/Courier", "/Symbol", "/ZapfDingbats", "/Arial")
_TAIL = 2048
#: So many actions may follow one another.
_MOST_ACTIONS = 50


def look(file: BinaryIO) -> Look:
    """What the PDF ``file`` is.

    Raises:
        RefusedFile: it has a password, or runs programs, or holds files, or leads into a network.
        Exception: it is damaged.
    """
    # Here alone: it takes a while to load.
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    _refuse_cut_off(file)
    reader = PdfReader(file, strict=False)
    # One that may only not be changed opens without a password.
    if reader.is_encrypted and not reader.decrypt(""):
        raise RefusedFile("password")
    root = _resolved(reader.trailer["/Root"])
    _refuse_programs(root)
    found = Look("pdf", pages=len(reader.pages))
    if not found.pages:
        raise RefusedFile("no pages")
    for number, page in enumerate(reader.pages):
        _look_at_annotations(page, found)
        if number < _PAGES_FOR_FONTS:
            _warn_of_fonts(page, found)
    box = reader.pages[0].mediabox
    width, height = float(box.width), float(box.height)
    if reader.pages[0].rotation % 180:
        width, height = height, width
    found.warn_of_shape(width, height)
    return found


def _refuse_cut_off(file: BinaryIO) -> None:
    """The library mends a file of which the end is missing; its last pages are missing then."""
    file.seek(0, 2)
    file.seek(max(0, file.tell() - _TAIL))
    if b"%%EOF" not in file.read():
        raise RefusedFile("damaged")
    file.seek(0)


def _resolved(value: Any) -> Any:
    return value.get_object() if hasattr(value, "get_object") else value


def _entry(of: Any, name: str) -> Any:
    """The value of ``name`` in the dictionary ``of``; None if there is none, or ``of`` is no dictionary."""
    return _resolved(of.get(name)) if isinstance(of, dict) else None


def _refuse_programs(root: Any) -> None:
    names = _entry(root, "/Names")
    if _entry(names, "/JavaScript") is not None or _entry(root, "/AA") is not None:
        raise RefusedFile("programs")
    if _entry(names, "/EmbeddedFiles") is not None:
        raise RefusedFile("attachments")
    if _entry(_entry(root, "/AcroForm"), "/XFA") is not None:
        raise RefusedFile("programs")
    _refuse_action(_entry(root, "/OpenAction"))


def _refuse_action(action: Any, depth: int = 0) -> None:
    """Refuse ``action``, and those that come after it, if one of them runs something or opens a place in a network."""
    if depth > _MOST_ACTIONS:
        raise RefusedFile("damaged")
    if _entry(action, "/S") in _RUNS:
        raise RefusedFile("programs")
    for target in _targets(action):
        if leads_to_share(target):
            raise RefusedFile("external", target)
    following = _entry(action, "/Next")
    for one in following if isinstance(following, list) else [following]:
        if one is not None:
            _refuse_action(_resolved(one), depth + 1)


def _targets(action: Any) -> Iterator[str]:
    """Where ``action`` leads: files and addresses; a file may be named several times."""
    for name in ("/F", "/URI"):
        value = _entry(action, name)
        for one in [value] if not isinstance(value, dict) else [_entry(value, "/F"), _entry(value, "/UF")]:
            if one is not None:
                yield one.decode("latin-1") if isinstance(one, bytes) else str(one)


def _look_at_annotations(page: Any, found: Look) -> None:
    if _entry(page, "/AA") is not None:
        raise RefusedFile("programs")
    for one in _entry(page, "/Annots") or []:
        annotation = _resolved(one)
        _refuse_action(_entry(annotation, "/A"))
        for action in (_entry(annotation, "/AA") or {}).values():
            _refuse_action(_resolved(action))
        kind = _entry(annotation, "/Subtype")
        if kind in _ATTACHED:
            raise RefusedFile("attachments")
        if kind in _PLAYED:
            found.warn("media")


def _warn_of_fonts(page: Any, found: Look) -> None:
    for font in _fonts_of(page):
        name = str(_entry(font, "/BaseFont") or "")
        if name and not name.startswith(_BROUGHT_ALONG) and not _is_embedded(font):
            found.warn("font", name.lstrip("/").rpartition("+")[2])


def _fonts_of(page: Any) -> Iterator[Any]:
    """The fonts of ``page``; of one that is made of others, those."""
    for font in (_entry(_entry(page, "/Resources"), "/Font") or {}).values():
        resolved = _resolved(font)
        if _entry(resolved, "/Subtype") == "/Type0":
            yield from (_resolved(part) for part in _entry(resolved, "/DescendantFonts") or [])
        elif _entry(resolved, "/Subtype") != "/Type3":
            yield resolved


def _is_embedded(font: Any) -> bool:
    described = _entry(font, "/FontDescriptor")
    return any(_entry(described, name) is not None for name in ("/FontFile", "/FontFile2", "/FontFile3"))
