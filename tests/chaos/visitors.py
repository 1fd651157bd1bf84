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
_NONCE = re.compile(rb'name="nonce" value="([^"]+)"')
_COOKIE = re.compile(r"csrftoken=([^;]+)")


@dataclass(frozen=True)
class Visit:
    """One try to register: the answer's status to the post (0: no answer), and seconds for the form and the post."""

    email: str
    status: int
    form_seconds: float
    post_seconds: float


class NoForm(Exception):
    """The form did not come."""


def register(port: int, slug: str, *, point: int, number: int, host: str = "127.0.0.1") -> Visit:
    """Fetch the form as somebody new and send it in."""
    email = f"khach{number}@vidu.example"
    address = f"/{slug}/register/"
    started = time.monotonic()
    got = started
    status = 0
    try:
        form, cookie = _get(port, address, host)
        got = time.monotonic()
        fields = {
            "csrfmiddlewaretoken": _found(_CSRF, form),
            "nonce": _found(_NONCE, form),
            "point": point,
            "organisation_kind": "cooperative",
            "organisation_name": f"HTX Khách {number}",
            "full_name": f"Trần Thị {number}",
            "phone": f"0912{number:06d}",
            "email": email,
            "consent": "on",
        }
        status = _post(port, address, host, urlencode(fields), cookie)
    except (OSError, HTTPException, NoForm):
        status = 0
    ended = time.monotonic()
    return Visit(email, status, got - started, ended - got if got > started else 0.0)


def _found(pattern: re.Pattern[bytes], page: bytes) -> str:
    match = pattern.search(page)
    if not match:
        raise NoForm
    return match[1].decode()


def _get(port: int, address: str, host: str) -> tuple[bytes, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", address, headers={"Host": host})
        answer = connection.getresponse()
        page = answer.read()
        if answer.status != 200:
            raise NoForm
        cookie = _COOKIE.search(answer.headers.get("Set-Cookie", ""))
        return page, cookie[1] if cookie else ""
    finally:
        connection.close()


def _post(port: int, address: str, host: str, body: str, cookie: str) -> int:
    headers = {
        "Host": host,
        "Cookie": f"csrftoken={cookie}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("POST", address, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def crowd(visit: Callable[[int], Visit], numbers: range, *, at_once: int) -> list[Visit]:
    """Each number visits, ``at_once`` of them at a time."""
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(visit, numbers))
