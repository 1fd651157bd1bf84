"""Slides on their way out: one file, or all of them in order in one archive that is made while it is sent."""

import zipfile
from collections.abc import Iterator
from typing import IO

from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from control.models import SlideFile
from control.slides import receiving, store
from control.slides.order import Entry

_BLOCK = 256 * 1024
_TYPES = {
    SlideFile.Kind.PPTX: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    SlideFile.Kind.PDF: "application/pdf",
    SlideFile.Kind.ODP: "application/vnd.oasis.opendocument.presentation",
}


def file_response(file: SlideFile, name: str) -> HttpResponseBase | None:
    """``file`` to be saved as ``name``, never to be shown in the browser; None if it is no longer on the disk."""
    if not store.path_of(file.uid).exists():
        return None
    response = StreamingHttpResponse(_blocks(file), content_type=_TYPES[SlideFile.Kind(file.kind)])
    response["Content-Length"] = str(file.size)
    return _to_be_saved(response, name)


def _blocks(file: SlideFile) -> Iterator[bytes]:
    with store.path_of(file.uid).open("rb") as content:
        while block := content.read(_BLOCK):
            yield block


def archive_response(entries: list[Entry], name: str) -> HttpResponseBase:
    """The files of ``entries`` in one archive, each under its numbered name."""
    return _to_be_saved(StreamingHttpResponse(_archive(entries), content_type="application/zip"), name)


def _to_be_saved(response: HttpResponseBase, name: str) -> HttpResponseBase:
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


class _Passage:
    """What an archive is written to, a little at a time; it cannot be gone back in."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._waiting.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing to be done: what waits is taken."""

    def take(self) -> bytes:
        """What was written since this was called last."""
        taken = b"".join(self._waiting)
        self._waiting.clear()
        return taken


def _archive(entries: list[Entry]) -> Iterator[bytes]:
    passage = _Passage()
    # Stored, not packed: slides are packed already.
    with zipfile.ZipFile(passage, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload] # it is written to
        for entry in entries:
            content = receiving.opened(entry.file) if entry.file and entry.number else None
            if entry.file is None or content is None:
                continue
            with content:
                yield from _member(archive, passage, entry.file, entry.file_name, content)
    yield passage.take()


def _member(
    archive: zipfile.ZipFile, passage: _Passage, file: SlideFile, name: str, content: IO[bytes]
) -> Iterator[bytes]:
    moment = timezone.localtime(file.uploaded_at)
    with archive.open(zipfile.ZipInfo(name, moment.timetuple()[:6]), "w") as member:
        while block := content.read(_BLOCK):
            member.write(block)
            yield passage.take()
