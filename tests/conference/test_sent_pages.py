"""What was said to somebody is said again to whoever asks in the same way, without asking Django (SentPages)."""

from collections.abc import Iterable, Iterator
from typing import Any

import brotli
import pytest
from django.conf import settings as site
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import RequestFactory

from common.page_cache import shelf
from conference.kept_pages import SentPages
from conference.models import Conference
from tests.support.factories import BridgePointFactory, ConferenceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now", "kept_pages")]


class Server:
    """A WSGI server, which counts what Django is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self._django = WSGIHandler()
        self._application = SentPages(self._count)

    def _count(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.asked += 1
        return self._django(environ, start_response)

    def __call__(self, path: str = "/na/", method: str = "GET", **more: str) -> tuple[str, dict[str, str], bytes]:
        """Status, headers and body for a request with ``more`` in its environment."""
        begun: list[Any] = []
        environ = {**RequestFactory().generic(method, path).environ, "HTTP_HOST": "testserver", **more}
        answer = self._application(environ, lambda status, headers: begun.extend((status, headers)))
        body = b"".join(answer)
        if close := getattr(answer, "close", None):
            close()
        return begun[0], dict(begun[1]), body


@pytest.fixture(autouse=True)
def _connections_stay() -> Iterator[None]:
    """The end of a request closes the connection that holds the transaction of the test; not so here."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def conference() -> Conference:
    return BridgePointFactory(conference=ConferenceFactory(slug="na", name="Tên cũ")).conference


@pytest.fixture
def server(conference) -> Server:
    """A server that has drawn the page, and answered once with what it keeps."""
    server = Server()
    server()
    server()
    return server


def test_whoever_costs_more_than_a_kept_page_counts_as_being_here(server, monkeypatch):
    """Workers make way for them (common/visits.py)."""
    noted: list[str] = []
    monkeypatch.setattr("common.visits.note", lambda: noted.append("here"))
    server()
    assert not noted
    server("/accounts/login/")
    server(method="POST")
    assert len(noted) == 2


def test_who_asks_as_somebody_before_gets_the_same_without_django(server):
    drawn = Server()()
    before = server.asked
    for cookie in ("", "_ga=1", "csrftoken=" + "a" * 32):
        assert server(**({"HTTP_COOKIE": cookie} if cookie else {})) == drawn
    assert server.asked == before
    status, headers, body = drawn
    assert status == "200 OK"
    assert {"Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "ETag"} < headers.keys()
    assert headers["Content-Length"] == str(len(body))
    assert "Set-Cookie" not in headers


def test_who_has_the_page_is_told_so_again_without_django(server):
    mark = server()[1]["ETag"]
    first = server(HTTP_IF_NONE_MATCH=mark)
    before = server.asked
    assert server(HTTP_IF_NONE_MATCH=mark) == first
    assert server.asked == before
    status, headers, body = first
    assert (status, headers["ETag"], body) == ("304 Not Modified", mark, b"")


@pytest.mark.parametrize("has", ['"an-old-one"', "*", 'W/{mark}, "another"'])
def test_what_else_one_may_have_is_left_to_django(server, has):
    has = has.format(mark=server()[1]["ETag"])
    before = server.asked
    assert server(HTTP_IF_NONE_MATCH=has) == server(HTTP_IF_NONE_MATCH=has)
    assert server.asked == before + 2


def test_who_has_an_older_page_gets_the_new_one(server, conference):
    mark = server()[1]["ETag"]
    server(HTTP_IF_NONE_MATCH=mark)
    Conference.objects.filter(pk=conference.pk).update(name="Tên mới")
    shelf.clear()
    status, _headers, body = server(HTTP_IF_NONE_MATCH=mark)
    assert status == "200 OK"
    assert "Tên mới" in body.decode()


@pytest.mark.parametrize(
    ("method", "more", "status"),
    [
        ("GET", {"HTTP_HOST": "somebody-else.example"}, "400"),
        ("GET", {"HTTP_IF_NONE_MATCH": "*"}, "304"),
        ("GET", {"HTTP_IF_MATCH": '"other"'}, "412"),
        ("GET", {"HTTP_COOKIE": f"{site.SESSION_COOKIE_NAME}=abc"}, "200"),
        ("GET", {"HTTP_COOKIE": f"{CookieStorage.cookie_name}=abc"}, "200"),
        ("GET", {"HTTP_COOKIE": "django_language=en"}, "200"),
        ("GET", {"QUERY_STRING": "a=1"}, "200"),
        ("GET", {"HTTP_ACCEPT_ENCODING": "br"}, "200"),
        ("GET", {"HTTP_X_FORWARDED_PROTO": "http"}, "200"),
        ("GET", {"wsgi.url_scheme": "https"}, "200"),
        ("HEAD", {}, "200"),
        ("POST", {}, "4"),
    ],
)  # fmt: skip
def test_who_asks_otherwise_is_answered_by_django(server, method, more, status):
    before = server.asked
    assert server(method=method, **more)[0].startswith(status)
    assert server.asked == before + 1


def test_over_plain_http_one_is_led_to_https_whatever_was_kept(conference, settings):
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 3600
    server = Server()
    for _ in range(2):
        status, headers, _body = server(**{"wsgi.url_scheme": "https"})
        assert (status, headers["Strict-Transport-Security"]) == ("200 OK", "max-age=3600")
    assert server()[0].startswith("301")


def test_each_encoding_and_language_has_its_own(server):
    plain, english = server()[2], server(HTTP_COOKIE="django_language=en")[2]
    for _ in range(2):
        assert brotli.decompress(server(HTTP_ACCEPT_ENCODING="br")[2]) == plain
        assert server(HTTP_COOKIE="django_language=en")[2] == english != plain


def test_what_is_compressed_for_an_odd_wish_is_not_sent_to_who_has_none(conference):
    server = Server()
    server()
    odd = [server(HTTP_ACCEPT_ENCODING="gzip;q=0, identity") for _ in range(2)]
    assert [answer[1].get("Content-Encoding") for answer in odd] in (["gzip"] * 2, [None] * 2)
    assert "Content-Encoding" not in server()[1]
    assert "<html" in server()[2].decode()


def test_a_form_has_each_visitor_s_own_token(server):
    cookies = {server("/na/register/")[1]["Set-Cookie"] for _ in range(4)}
    assert len(cookies) == 4


def test_it_is_over_when_the_page_is(server, conference):
    Conference.objects.filter(pk=conference.pk).update(name="Tên mới")
    assert "Tên mới" not in server()[2].decode()
    shelf.clear()
    assert "Tên mới" in server()[2].decode()


def test_addresses_with_ever_other_ports_fill_no_memory(server):
    for port in range(100):
        assert server(HTTP_HOST=f"testserver:{port + 1000}")[0] == "200 OK"
    page = shelf.get(("vi", "/na/", ""))
    assert page is not None
    assert len(page._sent) <= 12
    # A page that says the same when it is drawn anew has room again.
    shelf.end()
    server()
    assert shelf.get(("vi", "/na/", "")) is page
    assert page._sent == {}


def test_where_no_page_is_kept_nothing_is_said_again(conference, settings):
    settings.PAGE_CACHE_SECONDS = 0
    server = Server()
    for _ in range(3):
        server()
    assert server.asked == 3
