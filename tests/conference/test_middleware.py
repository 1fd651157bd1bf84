"""What the site's own middleware makes of what Django's and django-csp's would do."""

import gzip

import pytest
from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpResponse
from django.middleware.gzip import GZipMiddleware
from django.test import RequestFactory

from conference import middleware
from conference.middleware import CompressionMiddleware, PolicyMiddleware
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, registered

PAGE = "Điểm cầu " * 200


def directives(response: HttpResponse) -> set[str]:
    return set(response.headers.get(HEADER, "").split("; "))


def answered(middleware: type, response: HttpResponse, **headers: str) -> HttpResponse:
    return middleware(lambda request: response)(RequestFactory().get("/", headers=headers))


@pytest.mark.parametrize(
    "marks",
    [
        {},
        {"_csp_update": {"form-action": ["https:"]}},
        {"_csp_replace": {"style-src": ["'unsafe-inline'"]}},
        {"_csp_config": {"default-src": ["'none'"]}},
        {"_csp_exempt": True},
    ],
)
def test_the_policy_of_an_answer_is_the_one_that_django_csp_would_write(marks):
    def response() -> HttpResponse:
        made = HttpResponse()
        vars(made).update(marks)
        return made

    usual, ours = answered(CSPMiddleware, response()), answered(PolicyMiddleware, response())
    assert directives(ours) == directives(usual)
    assert (HEADER in ours) == (HEADER in usual)


def test_a_policy_that_stands_already_stays():
    assert directives(answered(PolicyMiddleware, HttpResponse(headers={HEADER: "sandbox"}))) == {"sandbox"}


def test_the_policy_is_written_in_the_same_order_by_every_process():
    policy = answered(PolicyMiddleware, HttpResponse())[HEADER]
    assert policy.split("; ") == sorted(policy.split("; "))


SESSION = "sessionid=x"


@pytest.mark.parametrize(
    ("cookie", "site", "is_compressed"),
    [
        ("", "", True),
        ("", "cross-site", True),
        ("csrftoken=x", "cross-site", True),
        (SESSION, "", True),
        (SESSION, "none", True),
        (SESSION, "same-origin", True),
        (SESSION, "same-site", False),
        (SESSION, "cross-site", False),
    ],
)
def test_a_page_is_not_compressed_where_another_site_has_a_signed_in_visitor_ask_for_it(cookie, site, is_compressed):
    response = answered(
        CompressionMiddleware,
        HttpResponse(PAGE),
        accept_encoding="gzip",
        **{name: value for name, value in (("cookie", cookie), ("sec_fetch_site", site)) if value},
    )
    assert (response.get("Content-Encoding") == "gzip") == is_compressed
    assert (gzip.decompress(response.content) if is_compressed else response.content).decode() == PAGE


def test_the_size_of_a_compressed_page_is_blurred():
    sizes = {
        len(answered(CompressionMiddleware, HttpResponse(PAGE), accept_encoding="gzip").content) for _ in range(50)
    }
    assert len(sizes) > 5


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse("short"),
        HttpResponse(bytes(range(256))),
        HttpResponse(PAGE, headers={"Content-Encoding": "br"}),
        HttpResponse(PAGE, headers={"ETag": '"1"'}),
        HttpResponse(PAGE),
    ],
)
@pytest.mark.parametrize("accepted", ["gzip", "br", None])
def test_the_headers_are_those_of_django(response, accepted):
    given = {"accept_encoding": accepted} if accepted else {}
    usual = answered(GZipMiddleware, HttpResponse(response.content, headers=response.headers), **given)
    ours = answered(CompressionMiddleware, HttpResponse(response.content, headers=response.headers), **given)
    length = ours.get("Content-Length")
    for one in (usual, ours):
        one.headers["Content-Length"] = "?" if "Content-Length" in one else "none"
    assert dict(ours.items()) == dict(usual.items())
    assert length is None or int(length) == len(ours.content)


@pytest.mark.django_db
@pytest.mark.usefixtures("at_now")
def test_where_messages_are_kept_is_looked_up_only_by_who_has_one(client, monkeypatch):
    asked = []

    def storage(request):
        asked.append(request.path)
        return FallbackStorage(request)

    monkeypatch.setattr(middleware, "default_storage", storage)
    own_page = registered(BridgePointFactory(), now=NOW).get_absolute_url()
    client.get(own_page)
    assert asked == []
    client.post(f"{own_page}resend/")
    assert asked == [f"{own_page}resend/"]
    assert "alert-" in client.get(own_page).content.decode()
    assert "alert-" not in client.get(own_page).content.decode()
