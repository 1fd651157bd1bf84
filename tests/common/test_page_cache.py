"""Public pages are kept some seconds for everybody without a session, compressed and ready to be sent."""

import gzip
import re
from concurrent.futures import ThreadPoolExecutor

import brotli
import pytest
from django.conf import settings as site
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.views.decorators.cache import never_cache

from common import page_cache
from common.page_cache import Page, Shelf, kept_by_nobody, shelf
from conference.models import Conference
from registrations.models import Invitation
from tests.support.factories import BridgePointFactory, ConferenceFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture(autouse=True)
def _keeping(kept_pages):
    pass


@pytest.fixture
def conference() -> Conference:
    return BridgePointFactory(conference=ConferenceFactory(slug="na", name="Tên cũ")).conference


def rename(conference: Conference) -> None:
    Conference.objects.filter(pk=conference.pk).update(name="Tên mới")


def page(client, address: str = "/na/") -> str:
    return client.get(address).content.decode()


READERS = {"br": brotli.decompress, "gzip": gzip.decompress}
# Without a session; the last cookie is one of another site of the same domain.
COOKIES = [{}, {"csrftoken": "a" * 32}, {"csrftoken": "not a token"}, {"django_language": "vi"}, {"_ga": "1"}]


@pytest.mark.parametrize("cookies", COOKIES)
@pytest.mark.parametrize("address", ["/", "/na/"])
def test_whoever_has_no_session_gets_the_kept_page_without_asking_the_database(
    client, conference, address, cookies, django_assert_num_queries
):
    first = client.get(address)
    assert "Set-Cookie" not in first.headers
    visitor = Client()
    visitor.cookies.load(cookies)
    with django_assert_num_queries(0):
        second = visitor.get(address)
    assert second.content == first.content
    assert not second.cookies


@pytest.mark.parametrize("accepted", ["", "gzip", "br"])
@pytest.mark.parametrize("address", ["/", "/na/", "/na/register/"])
@pytest.mark.parametrize("is_secure", [True, False])
def test_a_kept_page_has_every_header_of_one_that_was_drawn(conference, settings, address, accepted, is_secure):
    settings.SECURE_HSTS_SECONDS = 3600

    def headers() -> dict[str, str]:
        response = Client().get(address, secure=is_secure, headers={"accept-encoding": accepted})
        assert int(response["Content-Length"]) == len(response.content)
        assert sorted(response["Vary"].split(", ")) == ["Accept-Encoding", "Cookie"]
        own = ("Vary", "ETag", "Content-Length", "Content-Encoding", "Expires")
        return {name: value for name, value in response.items() if name not in own}

    settings.PAGE_CACHE_SECONDS = 0
    drawn = headers()
    settings.PAGE_CACHE_SECONDS = 5
    first, second = headers(), headers()
    assert drawn == first == second
    assert {"Content-Security-Policy", "X-Frame-Options", "Referrer-Policy", "Content-Language"} < drawn.keys()
    assert ("Strict-Transport-Security" in drawn) == is_secure


@pytest.mark.parametrize("encoding", READERS)
def test_a_kept_page_is_compressed_once_and_not_for_every_visitor(conference, monkeypatch, encoding):
    done = []

    def counted(content: bytes, encoding: str) -> bytes:
        done.append(encoding)
        return compress(content, encoding)

    compress = page_cache.compress
    monkeypatch.setattr(page_cache, "compress", counted)
    plain = Client().get("/na/").content
    for _ in range(3):
        response = Client().get("/na/", headers={"accept-encoding": encoding})
        assert response["Content-Encoding"] == encoding
        assert READERS[encoding](response.content) == plain
    assert done == ["", encoding]


def test_a_page_that_has_not_changed_is_not_sent_again(conference):
    tags = set()
    for accepted in ("", "gzip", "br"):
        client = Client(headers={"accept-encoding": accepted})
        tag = client.get("/na/")["ETag"]
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            answer = client.get("/na/", headers={"if-none-match": known})
            assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
            assert "Cookie" in answer["Vary"]
        tags.add(tag)
    assert len(tags) == 3
    # Drawn anew, it says the same.
    shelf.clear()
    assert client.get("/na/", headers={"if-none-match": tag}).status_code == 304
    english = Client(headers={"accept-encoding": "br", "cookie": "django_language=en"})
    assert english.get("/na/", headers={"if-none-match": tag}).status_code == 200
    rename(conference)
    shelf.clear()
    assert client.get("/na/", headers={"if-none-match": tag}).status_code == 200


def test_a_page_that_is_drawn_anew_and_says_the_same_is_not_compressed_again(conference, monkeypatch):
    done = []
    compress = page_cache.compress
    monkeypatch.setattr(page_cache, "compress", lambda *given: (done.append(given), compress(*given))[1])
    reader = Client(headers={"accept-encoding": "br"})
    first = reader.get("/na/")
    shelf.end()
    assert reader.get("/na/").content == first.content
    assert len(done) == 1
    rename(conference)
    # Its time is not over.
    assert reader.get("/na/").content == first.content
    shelf.end()
    assert "Tên mới" in brotli.decompress(reader.get("/na/").content).decode()
    assert len(done) == 2


def test_a_row_of_a_bridge_point_is_never_older_than_its_page(conference):
    point = BridgePointFactory(conference=conference, name="Hội trường", seats=3)
    for change in (
        {"seats_taken": 1},
        {"waiting_count": 1},
        {"name": "Nhà văn hoá"},
        {"seats": None},
        {"is_open": False},
    ):
        before = page(Client())
        type(point).objects.filter(pk=point.pk).update(**change)
        shelf.end()
        assert page(Client()) != before


def test_of_pages_that_are_over_only_the_last_stay(monkeypatch):
    now = 1000.0
    monkeypatch.setattr(page_cache.time, "monotonic", lambda: now)
    shelf, pages = Shelf(), [Page([b"%d" % number], {}) for number in range(60)]
    for number, kept in enumerate(pages):
        shelf.put((str(number),), kept, 5)
    now += 5
    for number in range(60):
        assert shelf.get((str(number),)) is None
    shelf.put(("one more",), Page([b""], {}), 5)
    # The last twenty, which are compressed already if they come again.
    assert [shelf.put((str(number),), Page([b"%d" % number], {}), 5) is pages[number] for number in (38, 59)] == [
        False,
        True,
    ]


@pytest.mark.parametrize("address", ["/", "/na/", "/na/register/"])
def test_who_asks_for_the_head_alone_gets_that_of_the_page(conference, address):
    page = Client().get(address)
    head: dict[str, str] = {}
    # Not through Django's client, which takes away what an answer to HEAD must not have.
    answer = WSGIHandler()(RequestFactory().head(address).environ, lambda status, headers: head.update(headers))
    assert b"".join(answer) == b""
    assert head["Content-Length"] == page["Content-Length"] == str(len(page.content))
    assert head.get("ETag") == page.get("ETag")


def test_a_host_that_is_not_ours_gets_no_kept_page(conference):
    assert Client().get("/na/").status_code == 200
    assert Client().get("/na/", headers={"host": "evil.example"}).status_code == 400


def test_nobody_gets_a_kept_page_over_http_where_there_is_https(conference, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get("/na/", secure=True).status_code == 200
    assert Client().get("/na/")["Location"] == "https://testserver/na/"


def test_a_kept_page_is_drawn_anew_when_its_time_is_over(client, conference, settings, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(page_cache.time, "monotonic", lambda: now)
    page(client)
    rename(conference)
    now += settings.PAGE_CACHE_SECONDS - 0.1
    assert "Tên cũ" in page(client)
    now += 0.2
    assert "Tên mới" in page(client)


def test_who_is_signed_in_gets_his_own_fresh_page_and_leaves_it_to_nobody(client, conference):
    user = UserFactory(is_staff=True)
    client.force_login(user)
    assert 'href="/admin/"' in page(client)
    client.cookies.clear()
    assert 'href="/admin/"' not in page(client)
    rename(conference)
    client.force_login(user)
    assert "Tên mới" in page(client)


def test_who_has_a_message_waiting_gets_it(conference):
    page(Client())
    client = Client()
    request = RequestFactory().get("/")
    storage = CookieStorage(request)
    storage.add(20, "Đã lưu")
    response = HttpResponse()
    storage.update(response)
    client.cookies.load(response.cookies.output(header=""))
    assert "Đã lưu" in page(client)
    assert "Đã lưu" not in page(client)
    assert "Đã lưu" not in page(Client())


def test_who_chose_a_language_gets_it(client, conference):
    page(client)
    client.cookies["django_language"] = "en"
    assert '<html lang="en"' in page(client)
    client.cookies.clear()
    assert '<html lang="vi"' in page(client)


def hidden(page: str, name: str) -> str:
    """The one value of the hidden fields ``name``."""
    (value,) = set(re.findall(rf'name="{name}" value="([^"]+)"', page))
    return value


@pytest.mark.parametrize("address", ["/na/register/", "/na/register/?point=1"])
def test_a_kept_form_gives_each_newcomer_his_own_token(conference, address, django_assert_num_queries):
    Client().get(address)
    pages = []
    for _ in range(2):
        client = Client(enforce_csrf_checks=True)
        with django_assert_num_queries(0):
            response = client.get(address)
        assert "Cookie" in response["Vary"]
        assert "no-store" in response["Cache-Control"]
        pages.append((client, response.content.decode()))
    (one, first), (two, second) = pages
    assert one.cookies["csrftoken"].value != two.cookies["csrftoken"].value
    tokens = [hidden(page, "csrfmiddlewaretoken") for page in (first, second)]
    assert tokens[0] != tokens[1]
    assert first.replace(tokens[0], "") == second.replace(tokens[1], "")


@pytest.mark.parametrize("accepted", ["gzip, deflate, br, zstd", "gzip"])
def test_a_kept_form_is_compressed_around_the_token(conference, accepted):
    plain = page(Client(), "/na/register/")
    client = Client(enforce_csrf_checks=True)
    response = client.get("/na/register/", headers={"accept-encoding": accepted})
    assert response["Content-Encoding"] == "gzip"
    assert len(response.content) < len(plain) / 3
    text = gzip.decompress(response.content).decode()
    token = hidden(text, "csrfmiddlewaretoken")
    assert token.encode() in response.content
    assert text.replace(token, "") == plain.replace(hidden(plain, "csrfmiddlewaretoken"), "")
    assert client.post("/na/register/", {"csrfmiddlewaretoken": token}).status_code == 422


def test_who_has_a_token_already_keeps_it(conference):
    page(Client(), "/na/register/")
    client = Client(enforce_csrf_checks=True)
    old = hidden(page(client, "/na/find/"), "csrfmiddlewaretoken")
    secret = client.cookies["csrftoken"].value
    new = hidden(page(client, "/na/register/"), "csrfmiddlewaretoken")
    # Another mask over the same secret.
    assert old != new
    assert client.cookies["csrftoken"].value == secret
    for token in (old, new):
        assert client.post("/na/register/", {"csrfmiddlewaretoken": token}).status_code == 422


def test_whose_token_is_broken_gets_a_new_one(conference):
    page(Client(), "/na/register/")
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = "broken"
    token = hidden(page(client, "/na/register/"), "csrfmiddlewaretoken")
    assert client.cookies["csrftoken"].value != "broken"
    assert client.post("/na/register/", {"csrfmiddlewaretoken": token}).status_code == 422


def test_a_form_that_was_kept_can_be_sent_by_whoever_got_it_and_by_nobody_else(conference):
    Client().get("/na/register/")
    one, two = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    token = hidden(page(one, "/na/register/"), "csrfmiddlewaretoken")
    two.get("/na/register/")
    assert two.post("/na/register/", {"csrfmiddlewaretoken": token}).status_code == 403
    # Its fields are empty: the answer is about them.
    assert one.post("/na/register/", {"csrfmiddlewaretoken": token}).status_code == 422


def test_a_form_with_the_visitors_own_data_is_kept_for_nobody(client, conference):
    invitation = Invitation.objects.create(conference=conference, name="Sở Công Thương")
    assert "Sở Công Thương" in page(client, f"/na/register/?i={invitation.token}")
    client.cookies.clear()
    assert "Sở Công Thương" not in page(client, "/na/register/")
    client.force_login(UserFactory(is_staff=True))
    assert 'href="/admin/"' in page(client, "/na/register/")
    client.cookies.clear()
    assert 'href="/admin/"' not in page(client, "/na/register/")


FIELD = 'name="csrfmiddlewaretoken" value="{}"'


@pytest.mark.parametrize(
    ("body", "cookies"),
    [
        (FIELD.format("t" * 64) + "t" * 64, {"csrftoken": "s"}),
        (FIELD.format("t" * 64) + FIELD.format("u" * 64) + f'data-token="{"u" * 64}"', {"csrftoken": "s"}),
        (FIELD.format("t" * 32), {"csrftoken": "s"}),
        (FIELD.format("t" * 64), {}),
        ("no form", {"csrftoken": "s"}),
        ("no form", {"sessionid": "s"}),
        (FIELD.format("t" * 64), {"csrftoken": "s", "sessionid": "s"}),
    ],
)
def test_an_answer_to_one_visitor_is_kept_for_nobody(body, cookies):
    response = HttpResponse(body)
    for name, value in cookies.items():
        response.set_cookie(name, value)
    assert Page.of(response) is None


@pytest.mark.parametrize("fields", [1, 2])
def test_an_answer_is_kept_without_the_token_of_its_visitor(fields):
    response = HttpResponse("<form>".join([FIELD.format("t" * 64)] * fields))
    response.set_cookie(site.CSRF_COOKIE_NAME, "s")
    kept = Page.of(response)
    assert kept.has_token
    for encoding, read in {"": bytes, "gzip": gzip.decompress, "br": gzip.decompress}.items():
        answer = kept.with_token("u" * 64, encoding)
        assert read(answer.content).decode() == "<form>".join([FIELD.format("u" * 64)] * fields)
        assert not answer.cookies


def test_many_at_once_get_the_same(conference):
    kept = Page.of(HttpResponse("Điểm cầu " * 3000))
    with ThreadPoolExecutor(8) as pool:
        bodies = set(pool.map(lambda _: kept.without_token("gzip").content, range(40)))
    assert [gzip.decompress(body) for body in bodies] == [("Điểm cầu " * 3000).encode()]


def test_the_shelf_drops_what_is_over_and_never_grows_without_end(monkeypatch):
    now = 1000.0
    monkeypatch.setattr(page_cache.time, "monotonic", lambda: now)
    own = Shelf()
    first, second = Page.of(HttpResponse("1")), Page.of(HttpResponse("2"))
    own.put(("vi", "/"), first, 5)
    now += 4.9
    assert own.get(("vi", "/")) is first
    own.put(("en", "/"), second, 5)
    now += 0.2
    assert own.get(("vi", "/")) is None
    assert own.get(("en", "/")) is second
    for number in range(1000):
        own.put(("vi", f"/{number}/"), first, 5)
    assert own.get(("en", "/")) is None
    kept = [number for number in range(1000) if own.get(("vi", f"/{number}/"))]
    assert kept == list(range(800, 1000))


def test_what_was_not_found_is_not_kept(client, conference):
    Conference.objects.update(is_published=False)
    assert client.get("/na/").status_code == 404
    Conference.objects.update(is_published=True)
    assert client.get("/na/").status_code == 200


def test_a_query_in_the_address_fills_no_memory(client, conference):
    page(client, "/na/?a=1")
    rename(conference)
    assert "Tên mới" in page(client, "/na/?a=1")


def test_a_forged_host_leaves_nothing_for_others(client, conference, settings):
    settings.ALLOWED_HOSTS = ["*"]
    client.get("/na/", HTTP_HOST="evil.example")
    assert "evil.example" not in page(client)


def test_what_nobody_may_keep_says_so_as_django_does():
    def view(request):
        return HttpResponse("x")

    request = RequestFactory().get("/")
    ours, django = kept_by_nobody(view)(request), never_cache(view)(request)
    assert set(ours["Cache-Control"].split(", ")) == set(django["Cache-Control"].split(", "))
