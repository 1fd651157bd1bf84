"""Reading a post with a file of slides in it: no more of it than may be kept, and all of it or nothing."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from control.slides.receiving import LATER, SlidesRefused, most_bytes

log = logging.getLogger(__name__)

#: A post that is longer than a file may be by so many bytes is still read to its end, so that its sender gets an answer
#: in words; of a longer one nothing is read.
_PATIENCE = 64 * 1024 * 1024


class _Bounded(TemporaryFileUploadHandler):
    """Writes a file to the disk up to the limit; of what is bigger it keeps nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_too_big = False
        #: Whether the disk would not take it.
        self.is_lost = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        with self._noting_loss():
            super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if start + len(raw_data) > most_bytes():
            self.is_too_big = True
            raise SkipFile
        with self._noting_loss():
            return super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> "UploadedFile[bytes] | None":
        try:
            return super().file_complete(file_size)
        except OSError:
            log.exception("slides cannot be read: the disk takes nothing")
            self.is_lost = True
            with suppress(OSError):
                self.file.close()
            return None

    @contextmanager
    def _noting_loss(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            log.exception("slides cannot be read: the disk takes nothing")
            self.is_lost = True
            raise SkipFile from error


def takes_slides(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For a view that calls ``sent_file``: its post is read as far as the limit and no further.

    The token of the form is looked for after that, since looking reads the whole post.
    """
    protected: Callable[..., HttpResponse] = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST":
            if is_far_too_long(request):
                return HttpResponse(status=413)
            request.upload_handlers = [_Bounded(request)]
        return protected(request, *args, **kwargs)

    return answer


def is_far_too_long(request: HttpRequest) -> bool:
    """Whether nothing of this post is read."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return True
    return length > most_bytes() + _PATIENCE


def sent_file(request: HttpRequest) -> "UploadedFile[bytes]":
    """The file that was sent in the field ``file``.

    Raises:
        SlidesRefused: there is none, it is too big, or the post was cut off.
    """
    # The post is read here, if nobody has looked into it yet.
    is_whole = "whole" in request.POST
    if any(getattr(handler, "is_too_big", False) for handler in request.upload_handlers):
        raise SlidesRefused("big")
    if any(getattr(handler, "is_lost", False) for handler in request.upload_handlers):
        raise SlidesRefused(LATER)
    # It stands behind the file in the form: what was cut off lacks it.
    if not is_whole:
        raise SlidesRefused("cut off")
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise SlidesRefused("missing")
    if not file.size:
        raise SlidesRefused("empty")
    return file
