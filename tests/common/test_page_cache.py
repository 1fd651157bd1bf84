"""Public pages are kept some seconds for newcomers, and for nobody else."""

import re

import pytest
from django.core.cache import caches
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.test import Client

from common.page_cache import form_for_newcomers
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


@pytest.mark.parametrize("address", ["/", "/na/"])
def test_a_second_newcomer_gets_the_kept_page_without_asking_the_database(
    client, conference, address, django_assert_num_queries
):
    first = client.get(address)
    assert "Set-Cookie" not in first.headers
    with django_assert_num_queries(0):
        second = client.get(address)
    assert second.content == first.content
    assert "Cookie" in second["Vary"]
    for header in ("Content-Security-Policy", "X-Frame-Options", "Referrer-Policy", "Content-Language", "Content-Type"):
        assert second[header] == first[header], header


def test_a_kept_page_is_drawn_anew_when_its_time_is_over(client, conference, settings):
    page(client)
    rename(conference)
    assert "Tên cũ" in page(client)
    caches["pages"].clear()
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


def test_a_form_that_shows_its_token_elsewhere_is_kept_for_nobody(rf, conference):
    @form_for_newcomers(query="")
    def view(request):
        token = get_token(request)
        return HttpResponse(f'<input name="csrfmiddlewaretoken" value="{token}"><body data-token="{token}">')

    assert view(rf.get("/odd/")).content != view(rf.get("/odd/")).content


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
