"""Short forms of the faults that ``make chaos`` tries with real processes: seconds, in one process."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg2
import pytest
import time_machine
from django.core.management import call_command
from django.db import Error, connection
from django.utils import timezone

from attendance import scanning
from attendance.models import Attendance, Scan
from bridges.models import BridgePoint
from control import rooms
from control.models import Incident, RoomReport
from messaging.reminders import planning
from outbox import bookkeeping, queue
from outbox.clock import database_clock
from outbox.models import Message
from registrations import seats
from registrations.models import Delegate, Organisation, Registration
from tests.conftest import NOW
from tests.support import fakes
from tests.support.doors import Phone, arrival
from tests.support.factories import START, BridgePointFactory, ConferenceFactory, registered
from tests.support.races import at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def line(settings, monkeypatch) -> fakes.Line:
    """Fake channels, new for each test."""
    monkeypatch.setattr(fakes, "line", fakes.Line())
    settings.OUTBOX_CHANNELS = {
        "email": "tests.support.fakes.FakeEmail",
        "sms": "tests.support.fakes.FakeSMS",
    }
    return fakes.line


def post(count: int, *, due_at: datetime = NOW, **fields: str) -> None:
    queue.post(
        Message(
            **{"key": f"{n}/email", "channel": "email", "address": f"{n}@vidu.example", "text": f"Thư {n}", **fields},
            due_at=due_at,
            created_at=due_at,
        )
        for n in range(count)
    )


def cut_connection() -> None:
    """What a restart of the server does to our connection."""
    pid = connection.connection.info.backend_pid
    other = psycopg2.connect(**connection.get_connection_params())
    try:
        other.autocommit = True
        with other.cursor() as cursor:
            # Waits until it is gone.
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    finally:
        other.close()


def once(call: Callable[[], None]) -> Callable[..., None]:
    """``call`` at the first time, then nothing."""
    calls = iter([call])
    return lambda *arguments: next(calls, lambda: None)()


# --- postgres ---------------------------------------------------------------------------------------------------------


def test_a_database_that_goes_away_in_mid_registration_leaves_nothing_and_the_next_try_works(monkeypatch):
    point = BridgePointFactory(seats=5)
    admit, cut = seats.admit, once(cut_connection)

    def cut_off(*arguments, **options) -> None:
        admit(*arguments, **options)
        cut()

    monkeypatch.setattr(seats, "admit", cut_off)
    with pytest.raises(Error):
        registered(point, now=NOW, submission_key="one form")
    connection.close()
    assert [m.objects.count() for m in (Registration, Organisation, Delegate, Message)] == [0, 0, 0, 0]
    assert BridgePoint.objects.get().seats_taken == 0
    registered(point, now=NOW, submission_key="one form")
    assert [m.objects.count() for m in (Registration, Organisation, Delegate, Message)] == [1, 1, 1, 2]
    assert BridgePoint.objects.get().seats_taken == 1


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_a_database_that_goes_away_after_the_far_side_s_yes_and_comes_back_loses_nothing(line, channel):
    post(3, channel=channel)
    cut = once(cut_connection)
    line.answer = lambda envelope: cut() or ""
    queue.deliver(clock=lambda: NOW)
    assert Counter(Message.objects.values_list("state", flat=True)) == {"sent": 3}
    assert set(Counter(envelope.message_id for envelope in line.sent).values()) == {1}, "and sends no copy"


@pytest.mark.parametrize(
    ("channel", "states", "copies"), [("email", {"sent": 3}, 1), ("sms", {"sent": 2, "uncertain": 1}, 0)]
)
def test_a_database_that_stays_away_after_the_far_side_s_yes_loses_nothing(line, monkeypatch, channel, states, copies):
    monkeypatch.setattr(bookkeeping, "_PATIENCE", 0)
    # A far side that is not quick: each mail is noted before the next one is sent.
    monkeypatch.setattr(bookkeeping, "QUICK", 0)
    post(3, channel=channel)
    cut = once(cut_connection)
    line.answer = lambda envelope: cut() or ""
    with pytest.raises(Error):
        queue.deliver(clock=lambda: NOW)
    connection.close()
    queue.deliver(clock=lambda: NOW + timedelta(seconds=90))
    assert Counter(Message.objects.values_list("state", flat=True)) == states
    arrived = Counter(envelope.message_id for envelope in line.sent)
    assert (len(arrived), arrived.total() - len(arrived)) == (3, copies)


# --- many -------------------------------------------------------------------------------------------------------------


def test_reminders_planned_by_three_at_once_are_planned_once():
    point = BridgePointFactory(seats=None)
    for number in range(10):
        registered(point, now=NOW, number=number)
    Message.objects.all().delete()
    now = START - timedelta(days=1)
    plan = lambda: planning.plan_due(now=now)  # noqa: E731
    results = at_once(plan, plan, plan)
    assert all(isinstance(result, int) for result in results), results
    assert Counter(Message.objects.values_list("channel", flat=True)) == {"email": 10, "sms": 10}
    assert sum(results) == 20


# --- term -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def _handlers() -> Iterator[None]:
    """The command takes the signals; the suite wants them back."""
    earlier = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in earlier.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("_handlers")
def test_the_loop_that_is_told_to_stop_gives_back_what_it_holds(line):
    post(30, due_at=timezone.now())
    told = threading.Event()

    def stop_at_the_third(envelope) -> str:
        if len(line.sent) == 2:
            os.kill(os.getpid(), signal.SIGTERM)
            told.set()
        return ""

    line.answer = stop_at_the_third
    call_command("deliver", loop=True, interval=0.01)
    assert told.is_set()
    states = Counter(Message.objects.values_list("state", "attempts"))
    assert states.keys() == {("sent", 1), ("queued", 0)}
    assert states["sent", 1] == len(line.sent)


# --- clock ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [timedelta(days=2), timedelta(hours=-1)])
def test_a_worker_with_a_wrong_clock_sends_nothing_early_and_holds_nothing_long(settings, line, wrong):
    settings.DATABASE_CLOCK = True
    now = datetime.now(UTC)
    post(2, due_at=now)
    post(1, key="tomorrow/email", due_at=now + timedelta(days=1))
    leases = []

    def look(envelope) -> str:
        leases.extend(Message.objects.exclude(lease_until=None).values_list("lease_until", flat=True))
        return ""

    line.answer = look
    with time_machine.travel(now + wrong, tick=True):
        queue.deliver(clock=database_clock())
    assert Counter(Message.objects.values_list("key", "state")) == {
        ("0/email", "sent"): 1,
        ("1/email", "sent"): 1,
        ("tomorrow/email", "queued"): 1,
    }
    assert leases
    assert all(timedelta(0) < lease - now < timedelta(seconds=90) for lease in leases)


def test_a_reminder_from_a_worker_with_a_wrong_clock_is_sent_and_says_the_right_time(settings, line):
    settings.DATABASE_CLOCK = True
    now = datetime.now(UTC)
    conference = ConferenceFactory(
        starts_at=now + timedelta(minutes=50), ends_at=now + timedelta(hours=3), scheduled_at=now - timedelta(days=30)
    )
    registered(BridgePointFactory(conference=conference), now=now)
    Message.objects.all().delete()
    with time_machine.travel(now + timedelta(days=2), tick=True):
        planning.plan_due(now=database_clock()())
        queue.deliver(clock=database_clock())
    assert Counter(Message.objects.values_list("state", flat=True)) == {"sent": 2}
    assert all("50 ph" in text or "49 ph" in text for text in line.texts), line.texts


# --- day --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def doors(clock_of_the_day) -> tuple[Phone, Phone]:
    hall = BridgePointFactory(kind="venue", seats=100)
    return Phone(hall, START, door="Cửa trước"), Phone(hall, START, door="Cửa sau")


@pytest.fixture
def clock_of_the_day():
    with time_machine.travel(START, tick=False) as clock:
        yield clock


def test_a_database_that_goes_away_in_mid_upload_loses_no_scan_and_counts_nobody_twice(doors, monkeypatch):
    front, back = doors
    hall = BridgePoint.objects.get()
    people = [registered(hall, now=NOW, number=number).delegates.get() for number in range(5)]
    late = START + timedelta(minutes=2)
    queues = [(front, [arrival(one, START) for one in people]), (back, [arrival(one, late) for one in people])]
    derive, cut = scanning.derive, once(cut_connection)

    def cut_off(**options):
        cut()
        return derive(**options)

    monkeypatch.setattr(scanning, "derive", cut_off)
    now = START + timedelta(minutes=3)
    # The second door is first, and is cut off; its page sends the same again.
    with pytest.raises(Error):
        back.send(*queues[1][1], now=now)
    connection.close()
    assert not Scan.objects.exists()
    for phone, scans in (*reversed(queues), *queues):
        assert len(phone.send(*scans, now=now).outcomes) == 5
    assert Scan.objects.count() == 10
    rows = Attendance.objects.select_related("arrival__door")
    assert {(row.arrival.door.name, row.checked_in_at, row.is_twice) for row in rows} == {("Cửa trước", START, True)}
    assert len(rows) == 5


def test_a_database_that_goes_away_while_a_room_reports_leaves_no_half_of_it(clock_of_the_day, monkeypatch):
    point = BridgePointFactory(kind="video_room")
    said = [
        rooms.Report(uuid4(), "state", state, START + timedelta(seconds=second))
        for second, state in enumerate(("connected", "lost", "connected"))
    ]
    cut, raised = once(cut_connection), rooms.raise_day_version

    def cut_off(conference: int) -> None:
        cut()
        raised(conference)

    monkeypatch.setattr(rooms, "raise_day_version", cut_off)
    now = START + timedelta(seconds=5)
    with pytest.raises(Error):
        rooms.note_reports(point=point, reports=said, now=now)
    connection.close()
    assert (RoomReport.objects.count(), Incident.objects.count()) == (0, 0)
    for _again in range(2):
        rooms.note_reports(point=point, reports=said, now=now)
    assert RoomReport.objects.count() == 3
    incident = Incident.objects.get()
    assert (incident.began_at, incident.ended_at) == (said[1].happened_at, said[2].happened_at)
