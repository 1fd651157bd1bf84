"""Machines, mistakes and mischief: what costs others something has its limits."""

from types import SimpleNamespace

import pytest
import time_machine

from common import rate_limits
from registrations.models import Registration
from tests.conftest import NOW
from tests.registrations.test_register_page import answers
from tests.support.factories import BridgePointFactory, ConferenceFactory, registered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture
def point():
    return BridgePointFactory(conference=ConferenceFactory(slug="na"), seats=None)


def test_a_machine_that_fills_in_everything_is_thanked_and_stores_nothing(client, point):
    response = client.post("/na/register/", answers(point, homepage="https://spam.example"))
    assert response.status_code == 200
    assert "<form class" not in response.content.decode()
    assert not Registration.objects.exists()


def test_whoever_is_taken_for_a_machine_by_accident_is_led_back_to_the_form(client, point):
    page = client.post("/na/register/", answers(point, homepage="https://tu-dien.example")).content.decode()
    assert 'href="/na/register/"' in page
    # Nothing was stored, so nothing is on its way.
    assert "đang được gửi" not in page


def test_people_do_not_meet_the_field_for_machines(client, point):
    page = client.get("/na/register/").content.decode()
    box = page.split('<div class="dc-pot" aria-hidden="true">')[-1].split("</div>")[0]
    field = box.split("<input")[-1]
    for part in ('name="homepage"', 'tabindex="-1"', 'autocomplete="off"'):
        assert part in field


@pytest.mark.parametrize("address", ["/na/register/", "/na/find/"])
def test_no_field_says_where_to_go_next(client, point, address):
    sent = {**answers(point), "address": "a@vidu.example", "next": "https://evil.example/"}
    response = client.post(f"{address}?next=https://evil.example/", sent)
    assert response.status_code == 302
    assert response["Location"].startswith("/")
    assert "evil" not in response["Location"]


def test_fields_that_are_none_of_the_form_change_nothing(client, point):
    extra = {"state": "confirmed", "seats": "9", "source": "staff", "decided_at": "2027-01-01", "conference": "1"}
    point.seats = 0
    point.save()
    client.post("/na/register/", answers(point, **extra, **{"people-x-full_name": "X", "people-0-is_contact": "on"}))
    registration = Registration.objects.get()
    assert (registration.state, registration.seats, registration.source) == ("waitlisted", 1, "web")


def test_an_office_registers_sixty_times_in_an_hour_and_then_waits(client, point, settings):
    settings.REQUESTS_PER_HOUR = {"register": 3}
    for number in range(3):
        assert client.post("/na/register/", answers(point, full_name=f"Khách {number}")).status_code == 302
    refused = client.post("/na/register/", answers(point, full_name="Một Người Nữa"))
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 3600
    assert Registration.objects.count() == 3
    with time_machine.travel(NOW.replace(hour=NOW.hour + 1), tick=False):
        assert client.post("/na/register/", answers(point, full_name="Đến Sau")).status_code == 302


def test_a_whole_office_passes_the_real_limit(rf):
    requests = [rate_limits.is_too_much(rf.post("/"), "register") for _ in range(61)]
    assert requests == [False] * 60 + [True]


def test_mistakes_in_the_form_do_not_count(client, point, settings):
    settings.REQUESTS_PER_HOUR = {"register": 1}
    for _ in range(5):
        assert client.post("/na/register/", answers(point, full_name="")).status_code == 422
    assert client.post("/na/register/", answers(point)).status_code == 302


def test_a_hundred_tries_to_find_somebody_end_in_429(client, point):
    statuses = [client.post("/na/find/", {"address": f"a{n}@vidu.example"}).status_code for n in range(100)]
    assert statuses == [302] * 30 + [429] * 70
    assert client.get("/na/find/").status_code == 200


def test_one_address_has_its_limit_and_another_its_own(client, point, settings):
    settings.REQUESTS_PER_HOUR = {"find": 1}
    sent = {"address": "a@vidu.example"}
    assert [client.post("/na/find/", sent).status_code for _ in range(2)] == [302, 429]
    assert client.post("/na/find/", sent, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_of_ipv6_a_customers_whole_network_counts(rf):
    one, two = (rate_limits.visitor_address(rf.get("/", REMOTE_ADDR=a)) for a in ("2001:db8::1", "2001:db8::ffff:2"))
    assert one == two == "2001:db8::"


def test_an_address_that_cannot_be_told_is_not_limited(rf, settings):
    settings.REQUESTS_PER_HOUR = {"find": 1}
    assert [rate_limits.is_too_much(rf.post("/", REMOTE_ADDR=""), "find") for _ in range(3)] == [False] * 3


@pytest.mark.parametrize("answer", [None, ConnectionError("down")])
def test_a_cache_that_is_down_limits_nobody(client, point, settings, monkeypatch, answer):
    settings.REQUESTS_PER_HOUR = {"register": 1}

    def broken(*args, **kwargs):
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(rate_limits, "cache", SimpleNamespace(add=broken, incr=broken))
    for number in range(3):
        assert client.post("/na/register/", answers(point, full_name=f"Khách {number}")).status_code == 302


def test_sending_again_has_its_limit_too(client, point, settings):
    settings.REQUESTS_PER_HOUR = {"resend": 1}
    url = f"{registered(point, now=NOW).get_absolute_url()}resend/"
    assert [client.post(url).status_code for _ in range(2)] == [302, 429]


def test_trying_tokens_tells_nothing(client, point):
    for page in ("", "correct/", "people/", "move/", "cancel/", "erase/", "data.json", "calendar.ics"):
        assert client.get(f"/r/no-such-token/{page}").status_code == 404
        assert client.post(f"/r/no-such-token/{page}").status_code in (404, 405)
