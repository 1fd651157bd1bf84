"""What rooms report: once, in the order in which it happened, and what follows from it."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from conference.models import day_version
from control import incidents, rooms, silence
from control.models import Incident, Room, RoomReport
from control.rooms import BadReport, Outcome, Report
from tests.support.factories import START, BridgePointFactory, OrganiserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def point():
    return BridgePointFactory(kind="video_room")


def minute(number: float) -> datetime:
    """So many minutes after the start."""
    return START + timedelta(minutes=number)


def say(point, kind: str, value: str, at: float, *, received: float | None = None, by=None, uid: UUID | None = None):
    report = Report(uid or uuid4(), kind, value, minute(at))
    moment = minute(at if received is None else received)
    return rooms.note_reports(point=point, reports=[report], now=moment, by=by)[report.uid]


def loss() -> Incident:
    """The one loss that was entered; that its page was silent in between is another matter."""
    return Incident.objects.get(kind="lost")


def room_of(point) -> Room:
    return Room.objects.get(pk=point.pk)


def test_a_report_that_comes_twice_is_one(point):
    uid = uuid4()
    assert say(point, "state", "connected", 0, uid=uid) is Outcome.TAKEN
    version = day_version(point.conference_id)
    assert say(point, "state", "connected", 0, received=5, uid=uid) is Outcome.KNOWN
    assert RoomReport.objects.count() == 1
    assert day_version(point.conference_id) == version


def test_a_number_that_is_used_for_something_else_counts_once_and_is_said(point):
    uid = uuid4()
    say(point, "state", "connected", 0, uid=uid)
    assert say(point, "state", "lost", 1, uid=uid) is Outcome.OTHER
    assert room_of(point).state == "connected"


def test_the_same_number_at_another_point_is_another_report(point):
    uid = uuid4()
    say(point, "state", "connected", 0, uid=uid)
    assert say(BridgePointFactory(), "state", "connected", 0, uid=uid) is Outcome.TAKEN


def test_each_new_report_raises_the_day_version(point):
    for number, (kind, value) in enumerate(
        [("state", "ready"), ("head_count", "20"), ("help", "yes"), ("floor", "yes")]
    ):
        say(point, kind, value, number)
        assert day_version(point.conference_id) == number + 1


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("state", "silent"),
        ("head_count", "-1"),
        ("head_count", "99999"),
        ("head_count", "٣"),
        ("help", "1"),
        ("x", "yes"),
    ],
)
def test_what_is_no_report_is_refused(kind, value):
    with pytest.raises(BadReport):
        Report(uuid4(), kind, value, START)


def test_a_late_report_keeps_its_time_and_changes_nothing_that_is_newer(point):
    say(point, "head_count", "30", 10)
    say(point, "head_count", "12", 5, received=12)
    say(point, "help", "no", 10)
    say(point, "help", "yes", 5, received=12)
    say(point, "floor", "no", 10)
    say(point, "floor", "yes", 5, received=12)
    room = room_of(point)
    assert (room.head_count, room.head_count_at) == (30, minute(10))
    assert room.needs_help_since is None
    assert room.wants_floor_since is None
    late = RoomReport.objects.get(kind="head_count", value="12")
    assert (late.happened_at, late.received_at) == (minute(5), minute(12))


def test_saying_it_again_does_not_move_since_when_it_is_so(point):
    say(point, "state", "connected", 0)
    say(point, "help", "yes", 1)
    say(point, "state", "connected", 5)
    say(point, "help", "yes", 6)
    room = room_of(point)
    assert (room.since, room.needs_help_since) == (minute(0), minute(1))


def test_a_lost_line_opens_an_incident_and_being_back_ends_it(point):
    say(point, "state", "connected", 0)
    say(point, "state", "lost", 3)
    say(point, "state", "lost", 4)
    incident = loss()
    assert (incident.kind, incident.began_at, incident.ended_at) == ("lost", minute(3), None)
    say(point, "state", "connected", 8)
    incident.refresh_from_db()
    assert incident.ended_at == minute(8)


def test_a_queue_that_comes_late_and_in_disorder_tells_the_incident_of_its_time(point):
    reports = [Report(uuid4(), "state", value, minute(at)) for value, at in [("connected", 5), ("lost", 3)]]
    say(point, "state", "connected", 0)
    rooms.note_reports(point=point, reports=reports, now=minute(20))
    incident = loss()
    assert (incident.began_at, incident.ended_at) == (minute(3), minute(5))
    assert room_of(point).state == "connected"


def test_a_loss_that_is_heard_of_after_the_room_is_back_is_entered_with_its_times(point):
    say(point, "state", "connected", 0)
    say(point, "state", "connected", 9, by=OrganiserFactory())
    say(point, "state", "lost", 4, received=12)
    incident = loss()
    assert (incident.began_at, incident.ended_at) == (minute(4), minute(9))
    assert room_of(point).state == "connected"
    # Its end comes last of all.
    say(point, "state", "connected", 6, received=13)
    incident.refresh_from_db()
    assert incident.ended_at == minute(6)


def test_an_earlier_word_of_the_same_loss_moves_its_beginning(point):
    say(point, "state", "lost", 4)
    say(point, "state", "connected", 9)
    say(point, "state", "lost", 2, received=12)
    assert (loss().began_at, loss().ended_at) == (minute(2), minute(9))


def test_an_earlier_word_of_a_loss_that_goes_on_moves_its_beginning(point):
    say(point, "state", "lost", 4)
    say(point, "state", "lost", 2, received=12)
    assert (loss().began_at, loss().ended_at) == (minute(2), None)


def test_a_room_that_was_back_in_between_and_is_lost_again_has_lost_twice(point):
    say(point, "state", "lost", 2)
    say(point, "state", "lost", 6)
    # That it was back in between is heard of last of all.
    say(point, "state", "connected", 4, received=12)
    found = Incident.objects.filter(kind="lost").order_by("began_at").values_list("began_at", "ended_at")
    assert list(found) == [(minute(2), minute(4)), (minute(6), None)]
    assert room_of(point).state == "lost"
    say(point, "state", "connected", 13)
    assert list(found.all()) == [(minute(2), minute(4)), (minute(6), minute(13))]


def test_a_room_that_shows_no_sign_of_life_for_a_minute_is_silent_and_entered_once(point):
    say(point, "state", "connected", 0)
    assert silence.enter_silent_rooms(minute(0.9)) == 0
    assert silence.enter_silent_rooms(minute(1)) == 1
    assert silence.enter_silent_rooms(minute(2)) == 0
    incident = Incident.objects.get()
    assert (incident.kind, incident.began_at) == ("silent", minute(0))
    silence.show_sign_of_life(room=room_of(point), conference=point.conference_id, now=minute(4))
    incident.refresh_from_db()
    assert incident.ended_at == minute(4)


def test_a_silence_that_nobody_noticed_is_entered_when_it_ends(point):
    say(point, "state", "ready", 0)
    version = day_version(point.conference_id)
    silence.show_sign_of_life(room=room_of(point), conference=point.conference_id, now=minute(2))
    incident = Incident.objects.get()
    assert (incident.kind, incident.began_at, incident.ended_at) == ("silent", minute(0), minute(2))
    assert day_version(point.conference_id) == version + 1


def test_a_sign_of_life_is_written_seldom_and_does_not_raise_the_day_version(point, django_assert_num_queries):
    say(point, "state", "connected", 0)
    version = day_version(point.conference_id)
    room = room_of(point)
    with django_assert_num_queries(0):
        silence.show_sign_of_life(room=room, conference=point.conference_id, now=minute(0.1))
    with django_assert_num_queries(1):
        silence.show_sign_of_life(room=room, conference=point.conference_id, now=minute(0.5))
    assert room_of(point).last_seen_at == minute(0.5)
    assert day_version(point.conference_id) == version


@pytest.mark.parametrize("state", ["closed", "lost"])
def test_nobody_waits_for_a_room_that_is_closed_or_lost(point, state):
    say(point, "state", state, 0)
    assert silence.enter_silent_rooms(minute(5)) == 0


def test_nobody_waits_for_a_conference_that_is_over_or_cancelled(point):
    say(point, "state", "connected", 0)
    conference = point.conference
    conference.cancelled_at = START
    conference.save()
    assert silence.enter_silent_rooms(minute(5)) == 0
    conference.cancelled_at, conference.ends_at = None, minute(30)
    conference.save()
    assert silence.enter_silent_rooms(minute(5)) == 1
    assert silence.enter_silent_rooms(minute(91)) == 0


def test_who_was_telephoned_is_not_waited_for_until_the_page_speaks_again(point):
    say(point, "state", "connected", 0)
    silence.enter_silent_rooms(minute(2))
    say(point, "state", "connected", 3, by=OrganiserFactory())
    assert Incident.objects.get().ended_at == minute(3)
    assert silence.enter_silent_rooms(minute(9)) == 0
    silence.show_sign_of_life(room=room_of(point), conference=point.conference_id, now=minute(10))
    assert silence.enter_silent_rooms(minute(12)) == 1


def test_what_was_so_at_the_rehearsal_says_nothing_of_the_day(point):
    say(point, "state", "lost", -24 * 60)
    say(point, "head_count", "3", -24 * 60)
    say(point, "state", "connected", 0)
    room = room_of(point)
    assert (room.since, room.head_count) == (minute(0), None)
    assert Incident.objects.get().ended_at == minute(-24 * 60)


def test_an_incident_by_hand_begins_and_ends_by_hand_and_once(point):
    incident = incidents.enter(point=point, note="Mất điện cả tầng", now=minute(1))
    say(point, "state", "connected", 2)
    incident.refresh_from_db()
    assert incident.is_open
    incidents.end(incident=incident, now=minute(3))
    with pytest.raises(incidents.IncidentEnded):
        incidents.end(incident=incident, now=minute(4))
    incident.refresh_from_db()
    assert incident.ended_at == minute(3)


def test_a_silence_that_was_ended_by_hand_is_not_entered_again(point):
    say(point, "state", "connected", 0)
    silence.enter_silent_rooms(minute(2))
    incidents.end(incident=Incident.objects.get(), now=minute(3))
    assert silence.enter_silent_rooms(minute(4)) == 0


def test_minutes_lost_count_overlaps_once_and_only_those_of_the_day(point):
    other = BridgePointFactory(conference=point.conference)
    spans = [("lost", 0, 10), ("silent", 5, 12), ("lost", -60, -20), ("other", 0, 50), ("lost", 20, None)]
    for kind, begins, ends in spans:
        ended_at = None if ends is None else minute(ends)
        Incident.objects.create(bridge_point=point, kind=kind, began_at=minute(begins), ended_at=ended_at)
    rows = list(Incident.objects.all())
    lost = incidents.minutes_lost(rows, {other.pk: minute(27)}, start=minute(-30), end=minute(30))
    assert lost == {point.pk: 10 + 12 + 10, other.pk: 3}


def test_the_day_shows_its_own_incidents_and_a_rehearsal_those_of_the_last_hours(point):
    old = Incident.objects.create(
        bridge_point=point, kind="lost", began_at=minute(-3 * 1440), ended_at=minute(-3 * 1440 + 5)
    )
    today = Incident.objects.create(bridge_point=point, kind="lost", began_at=minute(5), ended_at=minute(6))
    open_one = Incident.objects.create(bridge_point=point, kind="lost", began_at=minute(3))
    assert incidents.of_day(point.conference, minute(10)) == [open_one, today]
    assert incidents.of_day(point.conference, minute(-3 * 1440 + 60)) == [old]


def test_the_link_is_made_once_and_a_renewed_one_lets_nobody_in_with_the_old(point):
    link = rooms.link_of(point=point, now=START)
    old = link.token
    assert rooms.link_of(point=point, now=START) == link
    assert rooms.renew_link(point=point, now=START).token != old
    assert not type(link).objects.by_token(old).exists()
