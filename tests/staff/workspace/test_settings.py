"""The settings of a conference: publishing, its address, once more, cancelling, deleting a draft."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bridges.models import Province
from conference import services
from conference.models import Conference, Partner, ProgrammeItem
from messaging.models import Template
from outbox import queue
from outbox.models import Message
from reports import attention, numbers, readiness
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    ConnectionFactory,
    CoordinatorFactory,
    registered,
)
from tests.support.html_forms import filled_in
from tests.support.two_people import browser, coordinator, organiser, point

__all__ = ["coordinator", "organiser", "point"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

PAGES = ("", "publish/", "address/", "duplicate/", "cancel/", "restore/")
REASON = "Bão số 5 đổ bộ"


@pytest.fixture
def conference(point) -> Conference:
    return point.conference


@pytest.fixture
def page(organiser):
    return browser(organiser)


def address(conference, name: str = "") -> str:
    return f"/admin/c/{conference.slug}/settings/{name}"


def words(response) -> str:
    return response.content.decode()


# --- who --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*PAGES, "delete/"])
def test_whoever_does_not_run_the_conference_finds_nothing(conference, coordinator, client, name):
    client.force_login(coordinator)
    assert client.get(address(conference, name)).status_code == 404
    assert client.post(address(conference, name), {"sure": "on", "publish": "1"}).status_code == 404
    leader = CoordinatorFactory(bridge_point=BridgePointFactory()).user
    conference.leaders.add(leader)
    client.force_login(leader)
    assert client.get(address(conference, name)).status_code == 404


def test_the_settings_lead_to_every_page(page, conference):
    text = words(page.get(address(conference)))
    for name in ("publish/", "address/", "duplicate/", "cancel/"):
        assert address(conference, name) in text
    assert address(conference, "delete/") not in text
    assert address(conference, "restore/") not in text


# --- publishing -------------------------------------------------------------------------------------------------------


@pytest.fixture
def draft(organiser) -> Conference:
    return ConferenceFactory(is_published=False, organisers=[organiser], contact_phone="", contact_email="")


def lacks(conference, now=NOW) -> dict[str, readiness.Lack]:
    points = list(conference.bridge_points.select_related("connection"))
    return {lack.code: lack for lack in readiness.missing(conference, points, now)}


def complete(conference) -> None:
    """Give ``conference`` everything that is asked for."""
    Conference.objects.filter(pk=conference.pk).update(is_tentative=False, contact_phone="+84912345678")
    conference.refresh_from_db()
    Partner.objects.create(conference=conference, name="Sở Công Thương", role="host")
    province = Province.objects.get(code="lang-son")
    hall = BridgePointFactory(conference=conference, is_hub=True, seats=50, address="Số 1", province=province)
    CoordinatorFactory(bridge_point=hall, user__phone="+84912345679")


def test_a_conference_with_everything_lacks_nothing(draft):
    complete(draft)
    assert lacks(draft) == {}


def test_what_is_missing_is_named_with_the_form_that_mends_it(page, draft):
    draft.is_tentative, draft.erase_after_days = True, 900
    draft.save()
    hall = BridgePointFactory(conference=draft, is_hub=True, seats=None, name="Hội trường")
    online = BridgePointFactory(conference=draft, kind="online", name="Trực tuyến")
    ProgrammeItem.objects.create(conference=draft, starts_at=draft.ends_at + timedelta(minutes=1), title="Liên hoan")
    found = lacks(draft)
    assert set(found) == {
        "tentative", "seats", "address", "province", "details", "coordinator", "contact", "programme", "consent",
        "erasure",
    }  # fmt: skip
    assert found["tentative"].url == f"/admin/c/{draft.slug}/content/when/"
    assert f"/points/{hall.pk}/" in found["seats"].url
    assert found["address"].url == found["province"].url == f"/admin/c/{draft.slug}/points/{hall.pk}/place/"
    assert f"/points/{online.pk}/" in found["details"].url
    assert found["coordinator"].url.endswith(f"/points/{hall.pk}/people/")
    text = words(page.get(address(draft, "publish/")))
    for lack in found.values():
        assert f'href="{lack.url}"' in text
        assert page.get(lack.url).status_code in (200, 302)


def test_the_address_of_every_room_is_asked_for_and_the_province_of_the_main_hall_alone(draft):
    BridgePointFactory(conference=draft, kind="video_room", address="")
    BridgePointFactory(conference=draft, kind="ecommerce", address="")
    assert [code for code in lacks(draft) if code in ("address", "province")] == ["address"]


def test_a_conference_without_points_says_so(draft):
    assert "no_points" in lacks(draft)


def test_a_start_that_has_passed_is_named(draft):
    assert "past" in lacks(draft, START)
    assert "tentative" not in lacks(draft, START)


@pytest.mark.parametrize(
    ("body", "keep_accents", "is_named"),
    [
        ("Ngắn thôi", False, False),
        ("Dài " * 60, False, True),
        ("Giữ dấu " * 12, True, True),
        ("Bỏ dấu " * 12, False, False),
    ],
)
def test_an_sms_that_takes_several_parts_is_named(draft, body, keep_accents, is_named):
    Template.objects.create(
        conference=draft, kind="confirmed", channel="sms", language="vi", body=body, keep_accents=keep_accents
    )
    assert ("sms" in lacks(draft)) is is_named


def test_nothing_that_is_missing_keeps_anybody_from_publishing(page, draft):
    assert lacks(draft)
    assert page.post(address(draft, "publish/"), {"publish": "1"}).status_code == 302
    draft.refresh_from_db()
    assert draft.is_published
    assert LogEntry.objects.latest("pk").object_id == str(draft.pk)


def test_publishing_is_taken_back_and_undone(page, conference):
    response = page.post(address(conference, "publish/"), {"hide": "1"}, follow=True)
    conference.refresh_from_db()
    assert not conference.is_published
    page.post(f"/admin/c/{conference.slug}/undo/", {"undo": filled_in(response)["undo"]})
    conference.refresh_from_db()
    assert conference.is_published


def test_the_number_of_statements_does_not_grow_with_what_is_missing(page, draft):
    counts = []
    for numbers_added in ((1,), (2, 3)):
        for number in numbers_added:
            for kind in ("venue", "online"):
                CoordinatorFactory(bridge_point=BridgePointFactory(conference=draft, kind=kind, seats=None))
            ProgrammeItem.objects.create(conference=draft, starts_at=draft.ends_at + timedelta(days=1), title="Lạc")
            kind = ("confirmed", "reminder", "starting")[number - 1]
            Template.objects.create(conference=draft, kind=kind, channel="sms", language="vi", body="Dài " * 80)
        with CaptureQueriesContext(connection) as queries:
            page.get(address(draft, "publish/"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- what is to be done -----------------------------------------------------------------------------------------------


def needs(user, conference, now=NOW) -> dict[str, attention.Item]:
    found = numbers.overview(numbers.scope_of(user, conference), now)
    return {item.code: item for item in attention.gather(found, now)}


def test_what_is_missing_is_something_to_do_until_the_start(organiser, coordinator, conference, point):
    assert "missing_consent" in needs(organiser, conference)
    assert "missing_consent" in needs(organiser, conference, START - timedelta(minutes=1))
    assert not [code for code in needs(organiser, conference, START) if code.startswith("missing_")]
    assert not [code for code in needs(coordinator, conference) if code.startswith("missing_")]


def test_several_points_that_lack_the_same_are_one_thing_to_do(organiser, conference):
    one = BridgePointFactory(conference=conference, seats=None)
    assert needs(organiser, conference)["missing_seats"].url.startswith(f"/admin/c/{conference.slug}/points/{one.pk}/")
    BridgePointFactory(conference=conference, seats=None)
    item = needs(organiser, conference)["missing_seats"]
    assert (item.url, "2" in item.text) == (address(conference, "publish/"), True)


def test_what_is_urgent_already_is_not_named_twice(organiser, conference):
    BridgePointFactory(conference=conference, kind="online")
    soon = START - timedelta(days=1)
    assert "missing_details" in needs(organiser, conference)
    assert "details" in needs(organiser, conference, soon)
    assert "missing_details" not in needs(organiser, conference, soon)


def test_details_put_off_stay_something_to_do_for_whoever_left_the_page(
    page, organiser, coordinator, conference, point
):
    queue.deliver(clock=lambda: NOW)
    point.refresh_from_db()
    point.address = "Số 2"
    point.save()
    page.get(f"/admin/details/{point.pk}/")
    for user in (organiser, coordinator):
        assert needs(user, conference)["untold"].url == f"/admin/details/{point.pk}/"


def test_a_move_that_nobody_hears_of_while_the_conference_is_hidden_is_something_to_do(organiser, conference):
    services.publish(conference=conference, is_published=False)
    conference.refresh_from_db()
    assert "hidden" not in needs(organiser, conference)
    conference.starts_at += timedelta(days=1)
    conference.ends_at += timedelta(days=1)
    conference.save()
    item = needs(organiser, conference)["hidden"]
    assert (item.url, item.is_urgent) == (address(conference, "publish/"), True)
    conference = services.publish(conference=conference, is_published=True)
    assert "hidden" not in needs(organiser, conference)


def test_so_is_a_cancellation(organiser, conference):
    services.publish(conference=conference, is_published=False)
    conference = services.cancel(conference=conference, now=NOW)
    assert "hidden" in needs(organiser, conference)


def test_a_leader_reads_what_is_to_be_done_without_links_to_pages_of_others(client, conference):
    leader = CoordinatorFactory(bridge_point=BridgePointFactory()).user
    conference.leaders.add(leader)
    client.force_login(leader)
    with time_machine.travel(START - timedelta(days=1), tick=False):
        client.force_login(leader)
        found = client.get(f"/admin/c/{conference.slug}/").context["attention"]
    assert found
    assert not any(item.url for item in found)


# --- the address ------------------------------------------------------------------------------------------------------


def test_a_new_address_leads_to_itself(page, conference):
    where = address(conference, "address/")
    response = page.post(where, filled_in(page.get(where), slug="na-2027"))
    assert response.headers["Location"] == "/admin/c/na-2027/settings/"
    assert page.get("/admin/c/na-2027/settings/").status_code == 200


@pytest.mark.parametrize("slug", ["", "admin", "của ai"])
def test_an_address_that_cannot_be_is_explained(page, conference, slug):
    where = address(conference, "address/")
    response = page.post(where, filled_in(page.get(where), slug=slug))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["slug"]
    assert f"/admin/c/{conference.slug}/points/" in words(response)


def test_the_address_of_another_conference_is_refused(page, conference):
    other, where = ConferenceFactory(), address(conference, "address/")
    response = page.post(where, filled_in(page.get(where), slug=other.slug))
    assert response.status_code == 422
    assert f"/admin/c/{other.slug}/" not in words(response)


# --- once more --------------------------------------------------------------------------------------------------------


def test_a_copy_is_made_on_a_new_date_and_opened(page, conference, organiser):
    where = address(conference, "duplicate/")
    response = page.post(
        where, filled_in(page.get(where), slug="lan-hai", starts_at_0="2028-07-19", starts_at_1="08:00")
    )
    made = Conference.objects.get(slug="lan-hai")
    assert response.headers["Location"] == "/admin/c/lan-hai/"
    assert organiser in made.organisers.all()
    assert not made.is_published
    assert page.post(where, filled_in(page.get(where), slug="lan-hai")).status_code == 422


# --- cancelling -------------------------------------------------------------------------------------------------------


def test_the_text_is_shown_before_and_nothing_is_done(page, conference):
    response = page.get(address(conference, "cancel/"))
    assert conference.name in words(response)
    assert [preview.channel for preview in response.context["previews"]] == ["email", "sms"]
    shown = page.post(address(conference, "cancel/"), {"reason": REASON, "look": "1"})
    assert shown.status_code == 200
    assert f"Lý do: {REASON}" in shown.context["previews"][0].content.text
    assert "Ly do: Bao so 5 do bo" in shown.context["previews"][1].content.text
    # As people know it, not a week before.
    assert "19/7/2027" in shown.context["previews"][0].content.text
    assert Conference.objects.get(pk=conference.pk).cancelled_at is None
    assert not Message.objects.filter(kind="called_off").exists()


def test_a_reason_that_was_not_read_in_the_text_is_shown_first(page, conference):
    where = address(conference, "cancel/")
    shown = page.post(where, {"sure": "on", "reason": REASON})
    assert shown.status_code == 200
    assert Conference.objects.get(pk=conference.pk).cancelled_at is None
    assert page.post(where, filled_in(shown)).status_code == 302
    cancelled = Conference.objects.get(pk=conference.pk)
    assert (cancelled.cancelled_at, cancelled.cancel_reason) == (NOW, REASON)


def test_whoever_did_not_tick_the_box_keeps_their_reason(page, conference):
    response = page.post(address(conference, "cancel/"), {"reason": REASON, "seen": REASON})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["sure"]
    assert f'value="{REASON}"' in words(response)


def test_a_reason_that_is_too_long_is_not_lost(page, conference):
    response = page.post(address(conference, "cancel/"), {"reason": "x" * 201, "look": "1"})
    assert response.status_code == 422
    assert "x" * 201 in words(response)


def test_a_text_of_its_own_without_the_reason_is_named(page, conference):
    Template.objects.create(
        conference=conference, kind="called_off", channel="sms", language="vi", body="{event} da huy."
    )
    where = address(conference, "cancel/")
    assert page.get(where).context["silent"] == []
    ((label, link),) = page.post(where, {"reason": REASON, "look": "1"}).context["silent"]
    assert label == "SMS"
    assert page.get(link).status_code == 200


def test_taking_it_back_forgets_the_reason(page, conference):
    page.post(address(conference, "cancel/"), {"sure": "on", "reason": REASON, "seen": REASON})
    assert REASON in words(page.get(address(conference)))
    assert page.get(address(conference, "restore/")).status_code == 200
    page.post(address(conference, "restore/"))
    conference.refresh_from_db()
    assert (conference.cancelled_at, conference.cancel_reason) == (None, "")


# --- a draft ----------------------------------------------------------------------------------------------------------


def test_a_draft_is_deleted_after_a_question(page, draft):
    BridgePointFactory(conference=draft)
    assert address(draft, "delete/") in words(page.get(address(draft)))
    assert page.get(address(draft, "delete/")).status_code == 200
    assert Conference.objects.filter(pk=draft.pk).exists()
    assert page.post(address(draft, "delete/")).headers["Location"] == "/admin/conferences/"
    assert not Conference.objects.filter(pk=draft.pk).exists()


def test_what_is_published_or_has_registrations_is_not_deleted(page, conference, draft):
    assert page.post(address(conference, "delete/")).status_code == 404
    point = BridgePointFactory(conference=draft)
    ConnectionFactory(bridge_point=point)
    services.publish(conference=draft, is_published=True)
    point.refresh_from_db()
    registered(point, now=NOW)
    services.publish(conference=draft, is_published=False)
    assert page.post(address(draft, "delete/")).status_code == 404
    assert Conference.objects.filter(pk=draft.pk).exists()
