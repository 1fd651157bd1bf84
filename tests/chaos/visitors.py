"""Visitors who register over HTTP, each a new one: the form, the post, and how long that took."""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode

#: Seconds after which a visitor gives up.
PATIENCE = 30
_CSRF = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')
_COOKIE = re.compile(r"csrftoken=([^;]+)")
_EMPTY = (
    *("homepage", "province", "tax_code", "position", "people_text"),
    *("people-0-full_name", "people-0-position", "people-0-phone", "people-0-email"),
    *("interests-0-side", "interests-0-other", "interests-0-amount", "interests-0-season", "interests-0-ocop_stars"),
)


@dataclass(frozen=True)
class Visit:
    """One try to register: the answer's status to the post (0: no answer), and seconds for the form and the post."""

    email: str
    status: int
    form_seconds: float
    post_seconds: float


class NoForm(Exception):
    """The form did not come."""


def address_of(number: int) -> str:
    """The e-mail address of visitor ``number``."""
    return f"khach{number}@vidu.example"


def fields(point: int, number: int) -> dict[str, str]:
    """What visitor ``number`` sends: what they type, and everything that a browser sends empty."""
    return {
        **dict.fromkeys(_EMPTY, ""),
        "point": str(point),
        "organisation_kind": "cooperative",
        "organisation_name": f"HTX Khách {number}",
        "full_name": f"Trần Thị {number}",
        "phone": f"0912{number:06d}",
        "email": address_of(number),
        "consent": "on",
    }


def register(port: int, slug: str, *, point: int, number: int, host: str = "127.0.0.1") -> Visit:
    """Fetch the form as somebody new and send it in."""
    address = f"/{slug}/register/"
    started = time.monotonic()
    got = started
    status = 0
    try:
        answer, form, cookie = ask(port, "GET", address, host=host)
        got = time.monotonic()
        if answer != 200:
            raise NoForm
        hidden = {"csrfmiddlewaretoken": _found(_CSRF, form)}
        body = urlencode(hidden | fields(point, number))
        status, _, _ = ask(port, "POST", address, host=host, body=body, cookie=cookie)
    except (OSError, HTTPException, NoForm):
        status = 0
    ended = time.monotonic()
    return Visit(address_of(number), status, got - started, ended - got if got > started else 0.0)


def _found(pattern: re.Pattern[bytes], page: bytes) -> str:
    match = pattern.search(page)
    if not match:
        raise NoForm
    return match[1].decode()


def ask(
    port: int, method: str, address: str, *, host: str = "127.0.0.1", body: str | None = None, cookie: str = ""
) -> tuple[int, bytes, str]:
    """One request over a connection of its own; status, body and the CSRF cookie that came with it ("": none).

    Raises:
        OSError, HTTPException: there was no answer.
    """
    headers = {"Host": host}
    if cookie:
        headers["Cookie"] = f"csrftoken={cookie}"
    if body is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, address, body, headers)
        answer = connection.getresponse()
        page = answer.read()
        found = _COOKIE.search(answer.headers.get("Set-Cookie", ""))
        return answer.status, page, found[1] if found else ""
    finally:
        connection.close()


def crowd(visit: Callable[[int], Visit], numbers: range, *, at_once: int) -> list[Visit]:
    """Each number visits, ``at_once`` of them at a time."""
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(visit, numbers))
