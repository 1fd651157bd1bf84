"""Visitors as the site sees them behind its reverse proxy: each a new one, with the headers of a browser.

A visitor asks for a page and for whatever that page shows from this host as an image, a style or a script of its own
address; files below ``/static/`` are left out, since they are the same for all and kept by browsers.
"""

import re
from collections.abc import Iterable
from html import unescape
from urllib.parse import urlencode, urlsplit

from tests.bench.crowd import Answer, Visit
from tests.chaos import visitors as chaos

HOST = "diemcau.example"
LANGUAGE_COOKIE = "django_language"
_SHOWN = re.compile(rb"<(?:img|script|source|iframe|embed)\b[^>]*?\ssrc=\"(/[^/\"][^\"]*)\"")
_LINKED = re.compile(rb"<link\b[^>]*?\srel=\"(?:stylesheet|icon|manifest|preload)\"[^>]*?\shref=\"(/[^/\"][^\"]*)\"")
_DRAWN = re.compile(rb"<(?:image|object)\b[^>]*?\s(?:href|data)=\"(/[^/\"][^\"]*)\"")
_HIDDEN = re.compile(rb"<input\b[^>]*\btype=\"hidden\"[^>]*>")
_NAME, _VALUE = re.compile(rb"\bname=\"([^\"]*)\""), re.compile(rb"\bvalue=\"([^\"]*)\"")
_FORM = re.compile(rb"<form\b[^>]*\bmethod=\"post\"[^>]*>.*?</form>", re.IGNORECASE | re.DOTALL)


class Visitor:
    """One browser: an address of its own, its cookies.

    Args:
        port: where the site listens.
        number: different for each visitor of a run; below 16 millions.
        cookies: what it has from an earlier visit.
    """

    def __init__(self, port: int, number: int, cookies: dict[str, str] | None = None) -> None:
        self.port = port
        self.cookies = dict(cookies or {})
        self._head = (
            f"Host: {HOST}\r\nConnection: close\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Firefox/146.0\r\n"
            "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\nAccept-Language: vi,en;q=0.5\r\n"
            "Accept-Encoding: gzip, deflate, br\r\nX-Forwarded-Proto: https\r\n"
            f"X-Forwarded-For: 10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}\r\n"
        )

    def get(self, path: str, extra: str = "") -> tuple[int, bytes]:
        """The request for ``path``; ``extra``: more headers, each with its line end."""
        return self.port, f"GET {path} HTTP/1.1\r\n{self._head}{self._cookie_line()}{extra}\r\n".encode()

    def post(self, path: str, values: Iterable[tuple[str, str]]) -> tuple[int, bytes]:
        """The request that sends a form of the page ``path`` to itself."""
        body = urlencode(list(values)).encode()
        head = (
            f"POST {path} HTTP/1.1\r\n{self._head}{self._cookie_line()}Origin: https://{HOST}\r\n"
            f"Referer: https://{HOST}{path}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return self.port, head.encode() + body

    def post_json(self, path: str, text: str) -> tuple[int, bytes]:
        """The request by which a script of the site sends ``text``."""
        body = text.encode()
        head = (
            f"POST {path} HTTP/1.1\r\n{self._head}{self._cookie_line()}Origin: https://{HOST}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return self.port, head.encode() + body

    def keep(self, answer: Answer) -> None:
        """Keep the cookies of ``answer``."""
        self.cookies |= answer.cookies

    def _cookie_line(self) -> str:
        if not self.cookies:
            return ""
        return "Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()) + "\r\n"


def look(visitor: Visitor, path: str, notes: list[str] | None = None) -> Visit:
    """Ask for a page and for what it shows; ``notes`` gets the path of each request that was answered well."""
    answer = yield visitor.get(path)
    visitor.keep(answer)
    if answer.status != 200:
        return False
    shown = shown_on(answer.content)
    for other in shown:
        further = yield visitor.get(other)
        if further.status != 200:
            return False
    if notes is not None:
        notes += [path, *shown]
    return True


def shown_on(page: bytes) -> list[str]:
    """The addresses on this host that a browser asks for when it shows ``page``, but for static files."""
    found = [match for pattern in (_SHOWN, _LINKED, _DRAWN) for match in pattern.findall(page)]
    paths = dict.fromkeys(unescape(path.decode()) for path in found)
    return [path for path in paths if not path.startswith("/static/")]


def hidden_fields(form: bytes) -> list[tuple[str, str]]:
    """What a browser sends without showing it."""
    fields = []
    for field in _HIDDEN.findall(form):
        name, value = _NAME.search(field), _VALUE.search(field)
        if name:
            fields.append((name[1].decode(), unescape(value[1].decode()) if value else ""))
    return fields


def path_of(location: str) -> str:
    """Path and query of an address."""
    parts = urlsplit(location)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def register(port: int, slug: str, *, point: int, number: int, links: list[str] | None = None) -> Visit:
    """Fetch the form, send it, look at the page one is led to; ``links`` gets that page's path."""
    visitor, path = Visitor(port, number), f"/{slug}/register/"
    typed = chaos.fields(point, number)
    form = yield visitor.get(path)
    visitor.keep(form)
    if form.status != 200:
        return False
    hidden = [(name, value) for name, value in hidden_fields(form.content) if name not in typed]
    done = yield visitor.post(path, [*hidden, *typed.items()])
    visitor.keep(done)
    if done.status != 302:
        return False
    led_to = path_of(done.header("location"))
    if links is not None:
        links.append(urlsplit(led_to).path)
    return (yield from look(visitor, led_to))


def press(port: int, path: str, *, number: int, is_looking_again: bool = False) -> Visit:
    """Open the personal page at ``path`` and press its button, which leads to a room on another host.

    ``is_looking_again``: the page is opened once more, as by who comes back from the room.
    """
    visitor = Visitor(port, number)
    page = yield visitor.get(path)
    visitor.keep(page)
    if page.status != 200:
        return False
    for other in shown_on(page.content):
        further = yield visitor.get(other)
        if further.status != 200:
            return False
    form = next((form for form in _FORM.findall(page.content) if b"csrfmiddlewaretoken" in form), b"")
    room = yield visitor.post(path, hidden_fields(form))
    if room.status != 302 or HOST in room.header("location") or room.header("location").startswith("/"):
        return False
    return (yield from look(visitor, path)) if is_looking_again else True
