"""Word files for tests: made, changed, read."""

import io
import zipfile
from collections.abc import Callable, Mapping

from docx import Document
from docx.oxml.ns import qn


def paper(*lines: str) -> bytes:
    """A Word file with one paragraph a line."""
    document, stream = Document(), io.BytesIO()
    for line in lines:
        document.add_paragraph(line)
    document.save(stream)
    return stream.getvalue()


def text(content: bytes) -> str:
    """The text of a Word file, one paragraph a line."""
    body = Document(io.BytesIO(content)).element.body
    return "\n".join("".join(t.text or "" for t in p.iter(qn("w:t"))) for p in body.iter(qn("w:p")))


def with_entries(content: bytes, changes: Mapping[str, bytes | Callable[[bytes], bytes]]) -> bytes:
    """``content`` with some entries of its archive added, replaced, or put through a function."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as before,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in dict.fromkeys([*before.namelist(), *changes]):
            change = changes.get(name)
            old = before.read(name) if name in before.namelist() else b""
            after.writestr(name, old if change is None else change(old) if callable(change) else change)
    return stream.getvalue()
