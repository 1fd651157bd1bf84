"""The calendar file that goes with a confirmation."""

from datetime import timedelta

import pytest
import time_machine
from icalendar import Calendar
from icalendar.parser import Contentline

from registrations.calendar import _fold, invitation
from registrations.models import Registration
from tests.conftest import NOW
from tests.support.factories import START, BridgePointFactory, registered

pytestmark = pytest.mark.django_db


@pytest.fixture
def registration() -> Registration:
    point = BridgePointFactory(name="Hội trường, tầng 2; cổng A", address="Số 1\nĐường Ví Dụ")
    return registered(point, now=NOW)


def event(registration: Registration):
    text = invitation(Registration.objects.get(pk=registration.pk), "http://diemcau.test/j/abc/")
    assert "\r\n" in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    (only,) = Calendar.from_ical(text).walk("VEVENT")
    return only


def test_the_calendar_file_says_when_where_and_what(registration):
    entry = event(registration)
    assert entry.decoded("dtstart") == START
    assert entry.decoded("dtend") == START + timedelta(hours=3)
    assert entry["location"].startswith("Hội trường, tầng 2; cổng A")
    assert registration.number in entry["description"]
    assert entry["url"] == "http://diemcau.test/j/abc/"
    assert (entry["status"], entry["dtstamp"].dt) == ("CONFIRMED", NOW)


def test_a_tentative_conference_is_tentative_in_the_calendar(registration):
    type(registration.conference).objects.update(is_tentative=True)
    assert event(registration)["status"] == "TENTATIVE"


def test_a_moved_conference_replaces_its_entry(registration):
    before = event(registration)
    conference = Registration.objects.get(pk=registration.pk).conference
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        conference.starts_at += timedelta(days=1)
        conference.ends_at += timedelta(days=1)
        conference.save()
    after = event(registration)
    assert after["uid"] == before["uid"]
    assert after["sequence"] > before["sequence"]
    assert after.decoded("dtstart") == START + timedelta(days=1)


def test_saving_without_a_new_date_keeps_the_sequence(registration):
    before = event(registration)["sequence"]
    Registration.objects.get(pk=registration.pk).conference.save()
    assert event(registration)["sequence"] == before


def test_every_registration_has_an_entry_of_its_own(registration):
    other = registered(registration.bridge_point, now=NOW, number=2)
    assert event(registration)["uid"] != event(other)["uid"]


def test_the_file_is_downloaded_from_the_registrant_s_page(client, registration):
    response = client.get(f"{registration.get_absolute_url()}calendar.ics")
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert "attachment" in response["Content-Disposition"]
    assert Calendar.from_ical(response.content).walk("VEVENT")


def test_the_number_is_named_so_that_a_calendar_takes_it_for_no_telephone(registration):
    lines = event(registration)["description"].split("\n")
    assert f"Số đăng ký: {registration.number}" in lines
    assert "Trang cá nhân: http://diemcau.test/j/abc/" in lines


def test_what_takes_the_entry_out_holds_no_dead_link(registration):
    text = invitation(registration, "http://diemcau.test/j/abc/", method="CANCEL")
    (entry,) = Calendar.from_ical(text).walk("VEVENT")
    assert "http" not in text
    assert entry["status"] == "CANCELLED"
    assert registration.number in entry["description"]


@pytest.mark.parametrize("character", ["a", "đ", "ệ", "😀"])
def test_long_lines_are_folded_as_the_library_folds_them(character):
    for length in (*range(10, 80), 400):
        line = f"DESCRIPTION:{character * length}"
        assert _fold(line) == (line if len(line.encode()) <= 75 else Contentline(line).to_ical().decode())
