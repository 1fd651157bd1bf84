"""Public pages are kept for some seconds in the memory of the process, ready to be sent (docs/adr/0038-kept-pages.md).

A conference that the news has just named is asked for by many at once, and all of them see the same: the language picks
the page, and a form carries each visitor's own CSRF token. Whoever has a session or a message waiting gets their own,
fresh page. ``conference/kept_pages.py`` answers with what is kept here.
"""

import re
import time
from collections.abc import Callable, Hashable, Mapping
from functools import wraps
from hashlib import sha256
from threading import Lock
from typing import Any, NamedTuple, TypeVar, cast

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpResponse, HttpResponseBase
from django.middleware.csrf import CSRF_TOKEN_LENGTH
from django.utils.cache import patch_vary_headers

from common.compression import GZIP, IDENTITY, GzipWithGaps, compress

_View = TypeVar("_View", bound=Callable[..., HttpResponseBase])
_TOKEN = re.compile(rb'(?<=name="csrfmiddlewaretoken" value=")([^"]*)')
#: Name of the attribute of a view that says for which queries its answers may be kept.
_QUERY = "kept_query"
#: Nobody fills the memory of a process by asking for ever more addresses.
_AT_MOST = 200
#: Of pages whose time is over: drawn anew, most of them say what they said.
_OVER_AT_MOST = 20
_WAYS_TO_ASK = 12
_KEPT_BY_NOBODY = "max-age=0, no-cache, no-store, must-revalidate, private"


def kept_page(*, query: str = "") -> Callable[[_View], _View]:
    """Have the answers of a view kept for ``PAGE_CACHE_SECONDS`` for everybody without a session.

    Without a query, and with one that the regular expression ``query`` fully matches. The view must answer everybody
    alike: its answer depends on address, language and data, and may hold a CSRF token in hidden fields of forms.
    """

    def mark(view: _View) -> _View:
        # Decorators around it hand the attribute on, as functools.wraps does.
        setattr(view, _QUERY, re.compile(query))
        return view

    return mark


def kept_by_nobody(view: _View) -> _View:
    """As Django's ``never_cache``, which writes for each answer anew when it ends: nobody may keep it at all."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(*args, **kwargs)
        response.headers["Cache-Control"] = _KEPT_BY_NOBODY
        return response

    return cast(_View, answer)


def may_be_kept(view: Callable[..., Any], query: str) -> bool:
    """Whether the answers of ``view`` to the query string ``query`` are the same for everybody without a session."""
    pattern: re.Pattern[str] | None = getattr(view, _QUERY, None)
    return pattern is not None and (not query or pattern.fullmatch(query) is not None)


def has_own_pages(cookies: Mapping[str, str]) -> bool:
    """Whether pages may say something to the visitor with these alone: they have a session, or a message waits."""
    return settings.SESSION_COOKIE_NAME in cookies or CookieStorage.cookie_name in cookies


class Sent(NamedTuple):
    """An answer as it left, with what every middleware added."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


class Page:
    """An answer as it goes to everybody, compressed in each encoding when it is first asked for."""

    def __init__(self, parts: list[bytes], headers: dict[str, str]) -> None:
        """Between each two of ``parts`` goes a visitor's CSRF token."""
        self._parts = parts
        self._headers = headers
        # Headers too: who has the page would not hear of new ones otherwise.
        self._tag = sha256(repr((parts, headers)).encode()).hexdigest()[:24]
        self._answers: dict[str, tuple[bytes, dict[str, str]]] = {}
        self._gzip: GzipWithGaps | None = None
        self._sent: dict[Hashable, Sent] = {}

    @classmethod
    def of(cls, response: HttpResponse) -> "Page | None":
        """What ``response`` says to everybody; None where it says something to its visitor alone."""
        # Text and token in turn.
        found = _TOKEN.split(response.content)
        parts, tokens = found[::2], found[1::2]
        has_cookie = settings.CSRF_COOKIE_NAME in response.cookies
        is_shared = (
            has_cookie == bool(tokens)
            and len(response.cookies) == has_cookie
            and all(len(token) == CSRF_TOKEN_LENGTH for token in tokens)
            # What stands anywhere else as well would go to others.
            and not any(token in part for token in tokens for part in parts)
        )
        if not is_shared:
            return None
        patch_vary_headers(response, ["Accept-Encoding", "Cookie"])
        return cls(parts, {name: value for name, value in response.items() if name != "Content-Length"})

    def renewed(self, drawn: "Page") -> "Page":
        """``drawn``, or this page where both say the same to everybody: it is compressed already."""
        if (self._parts, self._headers) != (drawn._parts, drawn._headers):
            return drawn
        # Those who ask in ways of their own fill the room for that for the time of one page only.
        self._sent = {}
        return self

    @property
    def has_token(self) -> bool:
        """Whether each visitor gets it with their own CSRF token."""
        return len(self._parts) > 1

    def with_token(self, token: str, encoding: str) -> HttpResponse:
        """The answer to the visitor with this ``token``. Gzip stands in for Brotli, which can leave no gap for it."""
        if encoding == IDENTITY:
            return _response(token.encode().join(self._parts), self._headers)
        if self._gzip is None:
            self._gzip = GzipWithGaps(self._parts, CSRF_TOKEN_LENGTH)
        return _response(self._gzip.filled(token.encode()), {**self._headers, "Content-Encoding": GZIP})

    def without_token(self, encoding: str) -> HttpResponse:
        """The answer to everybody who takes ``encoding``, with an entity tag."""
        if encoding not in self._answers:
            headers = {**self._headers, "ETag": f'"{self._tag}"'}
            if encoding != IDENTITY:
                headers |= {"ETag": f'"{self._tag}-{encoding}"', "Content-Encoding": encoding}
            self._answers[encoding] = compress(self._parts[0], encoding), headers
        return _response(*self._answers[encoding])

    def sent(self, asked: Hashable) -> Sent | None:
        """What left for those who asked so; None: nobody has yet."""
        return self._sent.get(asked)

    def note(self, asked: Hashable, sent: Sent) -> None:
        """Have ``sent`` for whoever asks so from now on. Of an address with ever more ports, the first few are kept."""
        if len(self._sent) < _WAYS_TO_ASK:
            self._sent[asked] = sent


def _response(body: bytes, headers: dict[str, str]) -> HttpResponse:
    return HttpResponse(body, headers={**headers, "Content-Length": str(len(body))})


class Shelf:
    """The pages that this process keeps, by what they were asked for with."""

    def __init__(self) -> None:
        self._pages: dict[tuple[str, ...], tuple[float, Page]] = {}
        self._lock = Lock()

    def get(self, key: tuple[str, ...]) -> Page | None:
        """The page, unless its time is over."""
        found = self._pages.get(key)
        return found[1] if found and found[0] > time.monotonic() else None

    def put(self, key: tuple[str, ...], page: Page, seconds: float) -> Page:
        """Keep ``page`` for ``seconds``; returns it, or the one before it where that says the same.

        That is compressed already. With too many those are dropped that were put first, of those that are over sooner.
        """
        now = time.monotonic()
        with self._lock:
            if before := self._pages.get(key):
                page = before[1].renewed(page)
            others = [(name, entry) for name, entry in self._pages.items() if name != key]
            over = [name for name, entry in others if entry[0] <= now]
            dropped = frozenset(over[:-_OVER_AT_MOST])
            kept = [(name, entry) for name, entry in others if name not in dropped]
            self._pages = dict([*kept[-(_AT_MOST - 1) :], (key, (now + seconds, page))])
        return page

    def end(self) -> None:
        """Have every page drawn anew, and compared with what it said."""
        with self._lock:
            self._pages = {key: (0.0, page) for key, (_, page) in self._pages.items()}

    def clear(self) -> None:
        """Forget every page."""
        self._pages = {}


shelf = Shelf()
