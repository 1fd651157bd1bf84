"""Polls: opening and closing, one vote each, hands that rooms count, and the result for each bridge point."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from control import floor, polls, rooms
from control.models import Hands, Poll, RoomReport, Vote
from control.poll_results import published, results, whole_percents
from control.polls import NotCounted, PollStep
from control.presses import PressRefused, StalePress
from control.rooms import BadReport, Report
from registrations.models import Delegate
from registrations.signals import ErasedPeople, personal_data_erased
from tests.support.factories import START, BridgePointFactory, ConferenceFactory
from tests.support.floor import open_floor, open_poll, person_at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("with_floor")]


def at(minutes: float):
    return START + timedelta(minutes=minutes)


@pytest.fixture
def hall(conference):
    return BridgePointFactory(conference=conference, short_name="Hội trường")


@pytest.fixture
def room(conference):
    return BridgePointFactory(conference=conference, short_name="VNPT Một", kind="video_room")


@pytest.fixture
def poll(conference) -> Poll:
    return open_poll(conference)


def press(poll: Poll, step: PollStep, minutes: float = 5, **more) -> Poll:
    version = more.pop("version", Poll.objects.get(pk=poll.pk).version)
    return polls.press(conference=poll.conference, poll=poll.pk, step=step, version=version, now=at(minutes))


def vote(delegate: Delegate, poll: Poll, option: int) -> None:
    polls.vote(delegate=delegate, poll=poll.pk, option=option, now=at(1))


def hands(room, poll: Poll, option: int, count: int, minutes: float = 1) -> None:
    report = Report(uuid4(), RoomReport.Kind.HANDS, f"{poll.pk}:{option}:{count}", at(minutes))
    rooms.note_reports(point=room, reports=[report], now=at(minutes))


@pytest.mark.parametrize("options", [["A"], list("ABCDEFG"), ["A", "a"], ["A", "B" * 101], ["", " "]])
def test_what_is_no_choice_makes_no_poll(conference, options):
    with pytest.raises(PressRefused):
        polls.make(conference=conference, question="?", options=options)
    assert not Poll.objects.exists()


def test_a_poll_goes_from_draft_to_its_published_result_and_back(poll):
    assert (poll.state, poll.opened_at) == (Poll.State.OPEN, START)
    assert press(poll, PollStep.CLOSE).closed_at == at(5)
    assert press(poll, PollStep.PUBLISH).state == Poll.State.PUBLISHED
    assert press(poll, PollStep.WITHDRAW).state == Poll.State.CLOSED
    again = press(poll, PollStep.OPEN, 9)
    assert (again.state, again.opened_at, again.closed_at) == (Poll.State.OPEN, START, None)


@pytest.mark.parametrize("step", [PollStep.OPEN, PollStep.PUBLISH, PollStep.WITHDRAW, PollStep.DELETE])
def test_what_cannot_be_done_to_an_open_poll_is_refused(poll, step):
    with pytest.raises(PressRefused):
        press(poll, step)
    assert Poll.objects.get().state == Poll.State.OPEN


def test_a_press_for_a_former_state_and_one_of_another_conference_are_refused(poll):
    with pytest.raises(StalePress):
        press(poll, PollStep.CLOSE, version=0)
    with pytest.raises(PressRefused):
        polls.press(conference=ConferenceFactory(), poll=poll.pk, step=PollStep.CLOSE, version=1, now=START)
    assert Poll.objects.get().state == Poll.State.OPEN


def test_one_poll_is_open_at_a_time(conference, poll):
    other = polls.make(conference=conference, question="?", options=["A", "B"])
    with pytest.raises(PressRefused):
        press(other, PollStep.OPEN)
    with pytest.raises(IntegrityError), transaction.atomic():
        Poll.objects.filter(pk=other.pk).update(state=Poll.State.OPEN)
    press(poll, PollStep.CLOSE)
    assert press(other, PollStep.OPEN).state == Poll.State.OPEN


def test_a_draft_can_be_deleted(conference):
    draft = polls.make(conference=conference, question="?", options=["A", "B"])
    press(draft, PollStep.DELETE)
    assert not Poll.objects.exists()


def test_somebody_has_one_vote_and_the_last_counts(poll, hall):
    delegate = person_at(hall)
    for option in (0, 1, 0, 1):
        vote(delegate, poll, option)
    (only,) = Vote.objects.all()
    assert (only.delegate, only.point, only.option) == (delegate, hall, 1)


def test_a_vote_for_what_is_closed_or_no_option_or_elsewhere_is_not_counted(conference, poll, hall):
    delegate, stranger = person_at(hall), person_at(BridgePointFactory(), 7)
    open_floor(stranger.registration.conference)
    for who, option in ((delegate, 2), (delegate, -1), (stranger, 0)):
        with pytest.raises(NotCounted):
            vote(who, poll, option)
    press(poll, PollStep.CLOSE)
    with pytest.raises(NotCounted):
        vote(delegate, poll, 0)
    assert not Vote.objects.exists()


def test_a_vote_that_arrives_while_the_poll_is_being_closed_is_taken_back(poll, hall, monkeypatch):
    delegate = person_at(hall)
    store = Vote.objects.bulk_create

    def close_first(*args, **kwargs):
        Poll.objects.filter(pk=poll.pk).update(state=Poll.State.CLOSED)
        return store(*args, **kwargs)

    monkeypatch.setattr(Vote.objects, "bulk_create", close_first)
    with pytest.raises(NotCounted):
        vote(delegate, poll, 0)
    assert not Vote.objects.exists()


def test_of_the_hands_of_a_room_the_last_number_counts_whenever_it_comes(poll, room):
    hands(room, poll, 0, 12, minutes=2)
    hands(room, poll, 0, 10, minutes=1)
    hands(room, poll, 1, 3, minutes=1)
    assert sorted(Hands.objects.values_list("option", "count")) == [(0, 12), (1, 3)]
    hands(room, poll, 0, 11, minutes=3)
    assert Hands.objects.get(option=0).count == 11


def test_hands_count_only_if_they_were_raised_while_the_poll_was_open(poll, room):
    press(poll, PollStep.CLOSE, 5)
    hands(room, poll, 0, 7, minutes=6)
    hands(room, poll, 0, 7, minutes=-1)
    assert not Hands.objects.exists()
    hands(room, poll, 0, 8, minutes=4)
    assert Hands.objects.get().count == 8


def test_hands_for_a_poll_of_another_conference_do_not_count(poll):
    elsewhere = BridgePointFactory(kind="video_room")
    hands(elsewhere, poll, 0, 7)
    hands(elsewhere, Poll(pk=10**9), 0, 7)
    assert not Hands.objects.exists()


@pytest.mark.parametrize("value", ["", "1", "1:2", "1:2:x", "1:2:-3", "1:9:3", "1:0:20001", "1:0:²", "9" * 20 + ":0:1"])
def test_what_is_no_count_of_hands_is_no_report(value):
    with pytest.raises(BadReport):
        Report(uuid4(), RoomReport.Kind.HANDS, value, START)


def test_the_result_keeps_hands_and_devices_apart_and_names_the_points_that_have_both(poll, hall, room):
    for number in (1, 2):
        vote(person_at(hall, number), poll, 0)
    vote(person_at(room, 3), poll, 1)
    hands(room, poll, 0, 4)
    found = results([poll], [hall, room])[poll.pk]
    assert [(one.hands, one.devices, one.percent) for one in found.options] == [(4, 2, 86), (0, 1, 14)]
    assert (found.hands, found.devices, found.total) == (4, 3, 7)
    assert [(row.point, row.cells) for row in found.points] == [
        (hall, [("Sáng", 0, 2), ("Chiều", 0, 0)]),
        (room, [("Sáng", 4, 0), ("Chiều", 0, 1)]),
    ]
    assert found.points_in_both == [room]


def test_more_hands_than_people_are_counted_and_said(poll, room):
    rooms.note_reports(point=room, reports=[Report(uuid4(), "head_count", "3", START)], now=START)
    hands(room, poll, 0, 4)
    (row,) = results([poll], [room])[poll.pk].points
    assert (row.has_too_many_hands, row.hands) == (True, [4, 0])


def test_what_was_published_stands_and_late_hands_of_a_room_are_added(conference, poll, hall, room):
    vote(person_at(hall), poll, 0)
    press(poll, PollStep.CLOSE, 5)
    press(poll, PollStep.PUBLISH, 6)
    before = floor.version_of(conference.pk)
    assert published(Poll.objects.get()).total == 1
    hands(room, poll, 1, 9, minutes=4)
    assert published(Poll.objects.get()).total == 10
    assert floor.version_of(conference.pk) > before


@pytest.mark.parametrize(
    ("counts", "percents"),
    [
        ([1, 1, 1], [34, 33, 33]),
        ([1, 1, 1, 1, 1, 1], [17, 17, 17, 17, 16, 16]),
        # Rounded one by one they would be 38, 38 and 25: 101.
        ([3, 3, 2], [38, 37, 25]),
        ([1, 999], [0, 100]),
        ([0, 5], [0, 100]),
        ([0, 0], [0, 0]),
    ],
)
def test_the_per_cents_of_a_poll_add_up_to_100(counts, percents):
    assert whole_percents(counts) == percents
    assert sum(percents) == (100 if sum(counts) else 0)


def test_nobody_has_voted_yet(poll):
    assert [one.percent for one in results([poll], [])[poll.pk].options] == [0, 0]


def test_the_results_cost_the_same_for_one_poll_and_for_many(conference, poll, hall, room):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            results(Poll.objects.all(), [hall, room])
        return len(queries)

    vote(person_at(hall), poll, 0)
    few = cost()
    for number in (2, 3):
        press(Poll.objects.get(state=Poll.State.OPEN), PollStep.CLOSE)
        another = open_poll(conference)
        vote(person_at(room, number), another, 1)
    assert cost() == few == 4


def test_the_vote_of_somebody_who_is_erased_stays_counted_without_them(conference, poll, hall):
    delegate = person_at(hall)
    vote(delegate, poll, 1)
    people = ErasedPeople(delegates={delegate.pk})
    personal_data_erased.send(sender=Delegate, conference=conference, people=people, everybody=False)
    assert (Vote.objects.get().delegate, Vote.objects.get().option) == (None, 1)
