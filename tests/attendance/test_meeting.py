"""Attendance from who was in the meeting: each source is kept, each person counts once, the same twice is nothing."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance import meeting, services
from attendance.deriving import derive
from attendance.meeting import Choice, NotChosen
from attendance.meeting_numbers import numbers_of
from attendance.meeting_presence import together
from attendance.models import Attendance, Door, MeetingStay, Scan
from attendance.presence import present_of
from attendance.services import desk_opens_at
from conference.models import day_version
from lists import jobs, starting
from lists.meeting.matching import Match, Means
from lists.meeting.stays import Stay, file_key
from lists.models import ImportJob, KnownParticipant
from registrations.public import own_data
from registrations.services import erase
from tests.conftest import NOW
from tests.support.factories import START, BridgePointFactory, ConferenceFactory, OrganiserFactory, registered
from tests.support.lists import checked
from tests.support.meetings import zoom

pytestmark = pytest.mark.django_db


@pytest.fixture
def point(db):
    return BridgePointFactory(kind="online", name="Trực tuyến")


@pytest.fixture
def delegate(point):
    return registered(point, now=NOW).delegates.get()


def after(minutes: float):
    return START + timedelta(minutes=minutes)


def stay(delegate, begin, end, name="Ai đó", **match):
    joined, left = after(begin), None if end is None else after(end)
    found = Match(Means.PERSON, delegate.pk, way="name") if delegate else Match(**{"means": Means.OPEN, **match})
    return Stay(file_key(name, "", joined, left), name, "", joined, left, found)


def store(point, *stays):
    meeting.store_stays(conference=point.conference, point=None, source="zoom", stays=stays, now=after(200))


def applied(conference, content, monkeypatch):
    monkeypatch.setattr(starting, "_hand_over", lambda *_arguments: None)
    job = checked(conference, content, kind=ImportJob.Kind.MEETING, name="hop.csv")
    if job.state == "checked" and any(job.counts[verdict] for verdict in ("new", "room", "open", "nobody")):
        starting.start(job=job, notify=False, now=after(200))
        job.refresh_from_db()
        jobs.apply(job=job.pk, run=job.run)
        job.refresh_from_db()
        assert job.state == "done", job.error
    return job


def test_times_that_overlap_count_once():
    met = together([(after(0), after(30)), (after(20), after(40)), (after(50), after(60)), (after(70), None)])
    assert (met.begin, met.end, met.seconds) == (after(0), after(70), 50 * 60)


def test_who_was_in_the_meeting_alone_is_present_online(point, delegate):
    version = day_version(point.conference_id)
    store(point, stay(delegate, -5, 60), stay(delegate, 70, 100))
    row = delegate.attendance
    assert (row.mode, row.presses, row.first_at, row.last_at) == ("online", 0, after(-5), after(100))
    assert (row.met_from, row.met_until, row.met_minutes) == (after(-5), after(100), 95)
    assert row.has_pressed is False
    assert services.has_come(delegate)
    assert day_version(point.conference_id) > version


def test_who_also_pressed_the_button_and_came_to_the_door_counts_once_with_each_source(point, delegate):
    services.record(delegate=delegate, now=after(-10))
    store(point, stay(delegate, 0, 60))
    services.check_in(delegate=delegate, by=OrganiserFactory(), now=after(20))
    row = Attendance.objects.get()
    assert (row.mode, row.has_pressed, row.met_minutes) == ("in_person", True, 60)
    assert (row.first_at, row.checked_in_at) == (after(-10), after(20))
    numbers = numbers_of([point])[point.pk]
    assert (numbers.total, numbers.at_door, numbers.pressed, numbers.met, numbers.met_alone) == (1, 1, 1, 1, 0)
    assert present_of([point])[point.pk].total == 1


def test_the_button_pressed_after_the_meeting_had_shown_them_is_kept_as_a_press(point, delegate):
    store(point, stay(delegate, 0, None))
    services.record(delegate=delegate, now=after(5))
    row = Attendance.objects.get()
    assert (row.presses, row.has_pressed, row.first_at, row.met_from) == (1, True, after(0), after(0))


def test_the_check_in_that_is_taken_back_leaves_the_meeting(point, delegate):
    clerk = OrganiserFactory()
    store(point, stay(delegate, 10, 60))
    services.check_in(delegate=delegate, by=clerk, now=after(61))
    services.undo_check_in(delegate=delegate, by=clerk, now=after(61.5))
    row = Attendance.objects.get()
    assert (row.mode, row.presses, row.first_at, row.met_from) == ("online", 0, after(10), after(10))


def test_the_scan_that_is_taken_back_leaves_the_meeting(point, delegate):
    conference = point.conference
    store(point, stay(delegate, 10, 60))
    from attendance import devices

    door = Door.objects.create(bridge_point=point, name="Cửa")
    phone = devices.make_device(door=door, name="Máy", role="scan", by=OrganiserFactory(), now=NOW)
    uid = uuid4()
    facts = {
        "conference": conference, "bridge_point": point, "device": phone, "door": door, "delegate": delegate,
        "verdict": "welcome",
    }  # fmt: skip
    Scan.objects.create(uid=uid, kind="arrive", happened_at=after(5), device_at=after(5), received_at=after(5), **facts)
    derive(conference=conference, delegates=[delegate], opens_at=desk_opens_at(conference))
    row = Attendance.objects.get()
    assert (row.mode, row.first_at, row.met_minutes) == ("in_person", after(5), 50)
    Scan.objects.create(
        uid=uuid4(),
        kind="undo",
        undoes=uid,
        happened_at=after(5.5),
        device_at=after(5.5),
        received_at=after(6),
        **facts,
    )
    derive(conference=conference, delegates=[delegate], opens_at=desk_opens_at(conference))
    row = Attendance.objects.get()
    assert (row.mode, row.checked_in_at, row.first_at, row.presses) == ("online", None, after(10), 0)


def test_the_meeting_of_an_earlier_date_is_forgotten_when_they_join_at_the_new_one(point, delegate):
    store(point, stay(delegate, 0, 60))
    conference = point.conference
    conference.starts_at += timedelta(days=30)
    conference.ends_at += timedelta(days=30)
    conference.save()
    delegate.registration.conference = conference
    assert not services.has_come(delegate)
    services.record(delegate=delegate, now=conference.starts_at)
    row = Attendance.objects.get()
    assert (row.met_from, row.met_until, row.met_seconds, row.presses) == (None, None, 0, 1)


def test_a_trial_days_before_makes_nobody_present(point, delegate):
    store(point, stay(delegate, -3000, -2900))
    assert not Attendance.objects.exists()
    assert MeetingStay.objects.count() == 1


def test_of_a_meeting_that_was_open_all_night_the_day_counts(point, delegate):
    store(point, stay(delegate, -900, 30))
    opens_at = desk_opens_at(point.conference)
    row = Attendance.objects.get()
    assert (row.met_from, row.met_until) == (opens_at, after(30))


def test_the_same_file_twice_changes_nothing(point, delegate, monkeypatch):
    content = zoom(
        f"{delegate.full_name},,07/19/2027 07:55:10 AM,07/19/2027 10:58:02 AM,183,Yes,,No",
        "iPhone,,07/19/2027 08:00:10 AM,07/19/2027 08:10:02 AM,10,Yes,,No",
    )
    first = applied(point.conference, content, monkeypatch)
    before = Attendance.objects.values().get()
    assert (first.counts["new"], first.counts["open"], MeetingStay.objects.count()) == (1, 1, 2)
    second = applied(point.conference, content, monkeypatch)
    assert (second.state, second.counts["same"]) == ("checked", 2)
    assert MeetingStay.objects.count() == 2
    assert Attendance.objects.values().get() == before


def test_a_longer_file_later_adds_what_is_new(point, delegate, monkeypatch):
    row = f"{delegate.full_name},,07/19/2027 07:55:00 AM,07/19/2027 08:55:00 AM,60,Yes,,No"
    applied(point.conference, zoom(row), monkeypatch)
    again = f"{delegate.full_name},,07/19/2027 09:55:00 AM,07/19/2027 10:55:00 AM,60,Yes,,No"
    job = applied(point.conference, zoom(row, again), monkeypatch)
    assert (job.counts["new"], job.counts["same"]) == (1, 1)
    assert Attendance.objects.get().met_minutes == 120


def test_a_name_chosen_by_hand_counts_everywhere_and_is_remembered(point, delegate, monkeypatch):
    store(point, stay(None, 0, 30, "iPhone"), stay(None, 40, 60, "iphone"), stay(None, 0, 5, "Lạ"))
    one = MeetingStay.objects.filter(name="iPhone").get()
    by = OrganiserFactory()
    assert meeting.choose(stay=one, choice=Choice(delegate=delegate), by=by, now=after(100)) == 2
    assert Attendance.objects.get().met_minutes == 50
    job = applied(
        point.conference, zoom("IPHONE,,07/19/2027 10:00:00 AM,07/19/2027 10:10:00 AM,10,Yes,,No"), monkeypatch
    )
    assert job.counts["new"] == 1
    assert Attendance.objects.get().met_minutes == 60
    assert KnownParticipant.objects.get().by == by


def test_two_names_without_a_letter_are_two(point, delegate):
    store(point, stay(None, 0, 30, "🙂"), stay(None, 0, 30, "🌻"))
    one = MeetingStay.objects.get(name="🙂")
    assert meeting.choose(stay=one, choice=Choice(delegate=delegate), by=OrganiserFactory(), now=after(100)) == 1


def test_a_choice_that_is_changed_takes_the_attendance_away_again(point, delegate):
    store(point, stay(delegate, 0, 30, "iPhone"))
    other = registered(point, now=NOW, number=2).delegates.get()
    one, by = MeetingStay.objects.get(), OrganiserFactory()
    meeting.choose(stay=one, choice=Choice(delegate=other), by=by, now=after(100))
    assert Attendance.objects.get().delegate == other
    meeting.choose(stay=one, choice=Choice(), by=by, now=after(101))
    assert not Attendance.objects.exists()
    assert MeetingStay.objects.get().means == Means.NOBODY


def test_what_else_is_known_stays_when_the_meeting_is_taken_away(point, delegate):
    services.record(delegate=delegate, now=after(5))
    store(point, stay(delegate, 0, 30, "iPhone"))
    assert Attendance.objects.get().first_at == after(0)
    meeting.choose(stay=MeetingStay.objects.get(), choice=Choice(), by=OrganiserFactory(), now=after(100))
    row = Attendance.objects.get()
    assert (row.met_from, row.met_seconds, row.presses) == (None, 0, 1)


def test_a_delegate_of_another_conference_cannot_be_chosen(point):
    store(point, stay(None, 0, 30, "iPhone"))
    foreign = registered(BridgePointFactory(), now=NOW, number=9).delegates.get()
    with pytest.raises(NotChosen):
        meeting.choose(
            stay=MeetingStay.objects.get(), choice=Choice(delegate=foreign), by=OrganiserFactory(), now=after(1)
        )
    assert not KnownParticipant.objects.exists()


def test_the_device_of_a_room_is_no_person(point):
    room = BridgePointFactory(conference=point.conference, kind="video_room", name="VNPT Bắc Ninh")
    store(
        point,
        stay(None, -30, 10, "VNPT", means=Means.ROOM, room=room.pk),
        stay(None, 0, 200, "V", means=Means.ROOM, room=room.pk),
    )
    numbers = numbers_of([point, room])
    assert (numbers[room.pk].total, numbers[room.pk].room.begin, numbers[room.pk].room.until) == (
        0,
        after(-30),
        after(200),
    )
    assert not Attendance.objects.exists()


def test_own_data_hold_the_times_in_the_meeting(point, delegate):
    store(point, stay(delegate, 0, 30, "iPhone của Mai"))
    said = own_data.collect(delegate.registration)
    assert said["meetingstay"][0]["name"] == "iPhone của Mai"
    assert said["attendance"][0]["met_from"] == after(0)


def test_erasing_takes_out_names_and_leaves_times(point, delegate):
    theirs = stay(delegate, 0, 30, "iPhone của Mai"), stay(None, 0, 5, delegate.full_name.upper())
    store(point, *theirs, stay(None, 1, 5, "Lạ"))
    erase(registration=delegate.registration, way="staff", now=after(100))
    assert sorted(MeetingStay.objects.values_list("name", flat=True)) == ["", "", "Lạ"]
    assert Attendance.objects.get().met_minutes == 30


def test_statements_do_not_grow_with_the_people(point):
    def statements(number):
        people = registered(point, now=NOW, people=number, number=number).delegates.all()
        stays = [stay(one, 0, 30, f"{number}-{one.pk}") for one in people]
        with CaptureQueriesContext(connection) as queries:
            store(point, *stays)
        return len(queries)

    store(point, stay(None, 0, 1, "Trước"))
    assert statements(1) == statements(3)


def test_numbers_cost_the_same_for_one_point_and_for_three():
    conference = ConferenceFactory()
    points = [BridgePointFactory(conference=conference) for _ in range(3)]
    for some in (points[:1], points):
        with CaptureQueriesContext(connection) as queries:
            numbers_of(some)
        assert len(queries) == 2
