"""Public pages are kept some seconds for newcomers, and for nobody else."""

import pytest
from django.core.cache import caches

from conference.models import Conference
from tests.factories import BridgePointFactory, ConferenceFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _keeping(settings):
    settings.PAGE_CACHE_SECONDS = 5
    settings.CACHES = {
        **settings.CACHES,
        "pages": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "test-pages"},
    }
    caches["pages"].clear()
    yield
    caches["pages"].clear()


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


def test_a_page_with_a_form_is_kept_for_nobody(client, conference):
    tokens = set()
    for _ in range(2):
        client.cookies.clear()
        client.get("/na/register/")
        tokens.add(client.cookies["csrftoken"].value)
    assert len(tokens) == 2


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
