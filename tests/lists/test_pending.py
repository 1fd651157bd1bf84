"""A list that waits for confirmation does not outlive the people whom it names."""

from datetime import timedelta

import pytest

from lists import jobs, pending
from lists.models import ImportJob
from registrations import services
from registrations.models import Erasure, Registration
from registrations.services import Change, Person
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, registered
from tests.support.lists import checked, people, uploaded, xlsx

pytestmark = pytest.mark.django_db

OTHERS = {"name": "Vũ Người Ngoài", "unit": "Công ty Khác", "phone": "0987654321", "email": "ngoai@vidu.example"}


@pytest.fixture
def registration(point) -> Registration:
    """Somebody who was corrected once: an earlier name and address stand in histories only."""
    made = registered(point, now=NOW)
    there = made.delegates.get()
    for name, phone, email in (
        ("Hoàng Thị Trước", "+84912000111", there.email),
        ("Hoàng Thị Trước", "+84912000111", "truoc@vidu.example"),
        ("Hoàng Thị Ví", "+84912345678", "truoc@vidu.example"),
        ("Hoàng Thị Ví", "+84912345678", "vi@vidu.example"),
    ):
        changed = Change(Person(name, "", phone, email), there.pk, same=True)
        services.change_people(registration=made, people=[changed], now=NOW)
    return Registration.objects.get(pk=made.pk)


def erase(registration: Registration) -> None:
    services.erase(registration=registration, way=Erasure.Way.STAFF, now=NOW + timedelta(minutes=5))


@pytest.mark.parametrize(
    "row",
    [
        {"email": "VI@vidu.example"},
        {"email": "x@vidu.example; vi@vidu.example"},
        {"email": "truoc@vidu.example"},
        {"phone": "0912.345.678"},
        {"phone": "+84 912 345 678"},
        {"phone": 912345678},
        {"phone": "9,12345678E+08"},
        {"phone": "0987654321 / 0912 000 111"},
        {"name": "HOANG THI VI"},
        {"name": "Hoàng  Thị Trước"},
    ],
)
def test_erasing_somebody_drops_the_lists_that_name_him(point, registration, row):
    checked(point.conference, people({**OTHERS}, {**OTHERS, "name": "Ai Đó", "phone": "", "email": "", **row}))
    erase(registration)
    assert not ImportJob.objects.exists()


def test_a_name_in_two_columns_names_him_too(point, registration):
    checked(point.conference, xlsx(["Họ đệm", "Tên", "Đơn vị"], [["Hoàng Thị", "Ví", "Sở Khác"]]))
    erase(registration)
    assert not ImportJob.objects.exists()


def test_a_list_that_means_him_with_other_words_is_dropped_too(point, registration):
    unit = registration.organisation.name
    job = checked(point.conference, people({"name": "Hoàng T. V.", "unit": unit, "email": "vi@vidu.example"}))
    ImportJob.objects.filter(pk=job.pk).update(rows=[[2, {"full_name": "Hoàng T. V."}]])
    assert "vi@vidu.example" in job.plan[0]["cells"]
    erase(registration)
    assert not ImportJob.objects.exists()


@pytest.mark.parametrize(
    "row", [{}, {"email": "lavi@vidu.example"}, {"phone": "0912 345 679"}, {"name": "Hoàng Thị Vinh"}, {"name": ""}]
)
def test_lists_of_other_people_stay(point, registration, row):
    checked(point.conference, people({**OTHERS, **row}))
    erase(registration)
    assert ImportJob.objects.count() == 1


def test_lists_of_other_conferences_and_those_that_are_being_applied_stay(point, registration):
    other = BridgePointFactory()
    there = checked(other.conference, people({"email": "vi@vidu.example"}))
    running = checked(point.conference, people({"email": "vi@vidu.example"}))
    failed = checked(point.conference, people({"email": "vi@vidu.example"}))
    ImportJob.objects.filter(pk=running.pk).update(state="running", run="a")
    ImportJob.objects.filter(pk=failed.pk).update(state="failed", run="b")
    erase(registration)
    assert set(ImportJob.objects.values_list("pk", flat=True)) == {there.pk, running.pk}


def test_what_cannot_drop_its_lists_erases_nobody(point, registration, monkeypatch):
    monkeypatch.setattr(pending, "drop_with", lambda *_args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        erase(registration)
    assert Registration.objects.get(pk=registration.pk).erased_at is None


def test_when_the_time_has_come_no_list_of_people_of_the_conference_is_left(point, registration):
    later = BridgePointFactory(conference__ends_at=point.conference.ends_at + timedelta(days=30))
    stays = checked(later.conference, people(OTHERS))
    without_registrations = BridgePointFactory()
    for conference in (point.conference, without_registrations.conference):
        checked(conference, people(OTHERS))
    services.erase_due(now=registration.conference.erased_from)
    assert list(ImportJob.objects.all()) == [stays]


def test_a_list_that_is_being_read_may_name_anybody_and_is_dropped(point, registration):
    unread = uploaded(point.conference, people(OTHERS))
    other = BridgePointFactory()
    elsewhere = uploaded(other.conference, people(OTHERS))
    erase(registration)
    assert ImportJob.objects.get() == elsewhere
    jobs.read(job=unread.pk, run=unread.run)
    assert ImportJob.objects.get() == elsewhere
