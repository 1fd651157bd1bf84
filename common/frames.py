"""Pages that say the same to many, but for what is each reader's own: drawn once, and filled in for each.

Django takes twenty times as long to draw such a page as this to fill it in. A frame is drawn from its key alone,
without a request: what is a reader's own is not there yet, so that no other reader can be given it.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from html import escape
from types import NoneType
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.utils.translation import get_language

from common.compression import GzipAroundTexts, takes_gzip
from common.csrf_tokens import get_token
from common.page_cache import has_own_pages

#: Texts by their names, and rows of such texts.
Own = Mapping[str, str | Sequence[Mapping[str, str]]]
_Row = tuple[tuple[str, bool], ...]
# By name: whether there is a text, or that for each row.
_Shape = tuple[tuple[str, bool | tuple[_Row, ...]], ...]

# Nobody can write such a place themselves: the middle is another one in each process.
_MARK = secrets.token_hex(8)
_PLACE = re.compile(f"\ue000{_MARK}([0-9a-z]+)\ue001")
#: Pages whose frames are kept, some 10 KB each.
_KEPT = 128


def draw(
    request: HttpRequest,
    template: str,
    shared: NamedTuple,
    own: Own,
    more: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page that ``template`` makes of ``shared``, ``own`` and ``more``.

    Args:
        shared: what the page says to everybody for whom it has equal values: texts, numbers, moments, tuples of them.
        own: what is the reader's own. The template writes these texts as they are, or asks whether they are empty: it
            knows a place in their stead, to which no filter but that can be applied.
        more: what only few pages say. With any of it a page is drawn anew, as it is for whoever is signed in.
        status: of the answer.
    """
    if _is_drawn_anew(request, more):
        return render(request, template, {**shared._asdict(), **own, **(more or {})}, status=status)
    texts: list[str] = []
    make = _frame if not settings.DEBUG else _frame.__wrapped__
    frame = make(template, get_language(), settings.DEMO, shared, _shape(own, texts))
    return frame.filled(request, _values(request, frame.places, texts), status)


class Frame:
    """A page as the parts that all its readers get, and the names of the places between them."""

    def __init__(self, parts: list[bytes], places: list[str]) -> None:
        self.parts, self.places = parts, places

    @cached_property
    def _gzip(self) -> GzipAroundTexts:
        return GzipAroundTexts(self.parts)

    def filled(self, request: HttpRequest, values: Mapping[str, bytes], status: int) -> HttpResponse:
        """The page with ``values`` in its places, for the reader who asks; as gzip if they take that."""
        texts = [values[place] for place in self.places]
        if not takes_gzip(request.META.get("HTTP_ACCEPT_ENCODING", "")):
            pieces = [piece for both in zip(self.parts, [*texts, b""], strict=True) for piece in both]
            return HttpResponse(b"".join(pieces), status=status)
        headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return HttpResponse(self._gzip.filled(texts), status=status, headers=headers)


def _is_drawn_anew(request: HttpRequest, more: Mapping[str, Any] | None) -> bool:
    """Whether the page may say more than the frame: something rare, who is signed in, or a message."""
    rare = more is not None and any(more.values())
    return rare or has_own_pages(request.COOKIES)


def _shape(own: Own, texts: list[str]) -> _Shape:
    """Which texts of ``own`` are not empty; those are added to ``texts``, in the order of their places."""
    return tuple(
        [
            (name, _present(value, texts) if isinstance(value, str) else tuple([_row(row, texts) for row in value]))
            for name, value in own.items()
        ]
    )


def _row(row: Mapping[str, str], texts: list[str]) -> _Row:
    return tuple([(name, _present(text, texts)) for name, text in row.items()])


def _present(text: str, texts: list[str]) -> bool:
    if text:
        texts.append(text)
    return bool(text)


@lru_cache(maxsize=_KEPT)
def _frame(template: str, language: str | None, is_demo: bool, shared: NamedTuple, shape: _Shape) -> Frame:
    """The page in ``language``, the present one."""
    _require_plain(shared)
    number = 0

    def place(is_present: bool) -> str:
        nonlocal number
        number += is_present
        return _place(str(number - 1)) if is_present else ""

    def row(cells: _Row) -> dict[str, str]:
        return {name: place(is_present) for name, is_present in cells}

    own = {name: place(found) if isinstance(found, bool) else [row(cells) for cells in found] for name, found in shape}
    reader = {"csrf_token": _place("token"), "request": {"get_full_path": _place("address")}}
    text = get_template(template).render({**shared._asdict(), **own, **reader, "DEMO": is_demo})
    found = _PLACE.split(text)
    return Frame([part.encode() for part in found[::2]], found[1::2])


def _place(name: str) -> str:
    return f"\ue000{_MARK}{name}\ue001"


def _require_plain(value: Any) -> None:
    """Refuse what can change while it is kept, or has more behind it, such as a row of the database.

    Raises:
        TypeError: ``value`` is, or holds, such a thing.
    """
    if isinstance(value, tuple):
        for one in value:
            _require_plain(one)
    elif not isinstance(value, str | int | float | datetime | NoneType):
        raise TypeError(f"{value!r} may not be part of what a page is kept by")


def _values(request: HttpRequest, places: list[str], texts: list[str]) -> dict[str, bytes]:
    """What stands in the places of a page for the reader who asks."""
    values = {str(number): escape(text).encode() for number, text in enumerate(texts)}
    values["address"] = escape(request.get_full_path()).encode()
    if "token" in places:
        values["token"] = get_token(request).encode()
    return values
