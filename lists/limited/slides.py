"""What a file of slides is, by its content and not by its name. Runs in the limited process: a refusal is a word."""

from typing import Any, BinaryIO

from lists.limited import decks, pdf_pages
from lists.limited.refusals import Look, RefusedFile

_HEAD = 1024
_ARCHIVE = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def look(file: BinaryIO, *, most_pages: int) -> dict[str, Any]:
    """What ``file`` is.

    Returns:
        ``{"kind": "pptx", "pdf" or "odp", "pages": how many, "warnings": [[a word, what belongs to it], …]}``, or
        ``{"refused": a word, "about": what belongs to it}``.
    """
    try:
        found = _look(file)
        if found.pages > most_pages:
            raise RefusedFile("pages", str(found.pages))
    except RefusedFile as refused:
        return {"refused": refused.why, "about": refused.about}
    except (MemoryError, OSError):
        raise
    except Exception:  # Whatever a library stumbles over in a file is the fault of the file.
        return {"refused": "damaged", "about": ""}
    return {"kind": found.kind, "pages": found.pages, "warnings": [list(one) for one in found.warnings]}


def _look(file: BinaryIO) -> Look:
    file.seek(0)
    head = file.read(_HEAD)
    if not head:
        raise RefusedFile("empty")
    if head.startswith(_OLD_OFFICE):
        raise RefusedFile("old")
    if head.startswith(_ARCHIVE):
        return decks.look(file)
    if b"%PDF-" in head:
        return pdf_pages.look(file)
    raise RefusedFile("kind")
