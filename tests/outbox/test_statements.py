"""How many statements delivery takes: counted, so that nothing slow comes back unseen."""

from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from outbox import bookkeeping, hold, queue, send
from outbox.models import Installation, Message
from tests.conftest import NOW
from tests.support import fakes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def line(settings, monkeypatch) -> fakes.Line:
    monkeypatch.setattr(fakes, "line", fakes.Line())
    settings.OUTBOX_CHANNELS = {"email": "tests.support.fakes.FakeEmail", "sms": "tests.support.fakes.FakeSMS"}
    # However busy the machine is.
    monkeypatch.setattr(bookkeeping, "QUICK", 60)
    monkeypatch.setattr(bookkeeping, "AT_THE_LATEST", 60)
    return fakes.line


def post(count: int, channel: str = "email", **fields) -> None:
    queue.post(
        Message(
            key=f"{channel}/{n}",
            channel=channel,
            address=f"{n}@vidu.example",
            text=f"Thư {n}",
            due_at=NOW,
            created_at=NOW,
            **fields,
        )
        for n in range(count)
    )


def statements(channel: str) -> list[str]:
    """What a delivery that a nudge asked for says to the database."""
    hold.look(NOW)
    # What has a plan already would be called by its name alone.
    with patch("common.round_trips.plans_of", return_value=None), CaptureQueriesContext(connection) as queries:
        queue.deliver(clock=lambda: NOW, channels=[channel], tidies=False)
    return [query["sql"] for query in queries]


def about_messages(found: list[str]) -> list[str]:
    return [sql for sql in found if "outbox_message" in sql]


def test_a_lone_mail_is_claimed_and_noted_by_one_statement_each():
    post(1)
    found = statements("email")
    assert len(about_messages(found)) == 2, found
    # Whether this installation is held, the place of its tables (PostgreSQL), how the channel is doing.
    assert len(found) <= 5, found


def test_mails_to_a_quick_server_are_noted_ten_at_a_time():
    post(30)
    found = about_messages(statements("email"))
    assert len(found) == 1 + 30 / bookkeeping.TOGETHER, found
    assert set(Message.objects.values_list("state", "attempts", "sent_at")) == {("sent", 1, NOW)}
    assert set(Message.objects.values_list("text", flat=True)) == {f"Thư {n}" for n in range(30)}


def test_mails_to_a_slow_server_are_noted_one_by_one(monkeypatch, line):
    monkeypatch.setattr(bookkeeping, "QUICK", 0)
    seen = []
    line.answer = lambda envelope: seen.append(Message.objects.filter(state="sent").count()) or ""
    post(4)
    statements("email")
    assert seen == [0, 1, 2, 3], "before the next one is sent"


def test_an_sms_is_noted_before_it_is_sent_and_what_became_of_the_last_one_with_it(line):
    seen = []

    def look(envelope) -> str:
        seen.append(sorted(Message.objects.exclude(state="claimed").values_list("state", flat=True)))
        return ""

    line.answer = look
    post(3, "sms")
    assert queue.deliver(clock=lambda: NOW, channels=["sms"]) == {"sent": 3}
    assert seen == [["sending"], ["sending", "sent"], ["sending", "sent", "sent"]]


@pytest.mark.postgresql
def test_an_sms_takes_one_commit(line):
    post(10, "sms")
    # One claims, one notes the first; then one each.
    assert len(about_messages(statements("sms"))) == 1 + 10 + 1


def test_what_dead_workers_held_is_freed_by_deliveries_by_the_clock_alone():
    post(1, state=Message.State.CLAIMED, lease_until=NOW)
    queue.deliver(clock=lambda: NOW + send.LEASE, tidies=False)
    assert Message.objects.get().state == "claimed"
    queue.deliver(clock=lambda: NOW + send.LEASE)
    assert Message.objects.get().state == "sent"


@pytest.mark.parametrize("held", [False, True])
def test_what_may_leave_is_the_same_condition_in_both_forms(settings, held):
    settings.OUTBOX_WHILE_HELD = ["accounts", "other"]
    hold.look(NOW)
    Installation.objects.update(held_since=NOW if held else None)
    for number, composer in enumerate(("accounts", "other", "conference", "")):
        for created_at in (NOW - send.LEASE, NOW, NOW + send.LEASE):
            Message.objects.create(
                key=f"{number}/{created_at}", channel="email", composer=composer, due_at=NOW, created_at=created_at
            )
    sql, values = hold.may_leave_sql()
    rows = Message.objects.raw(f"SELECT * FROM outbox_message WHERE {sql}", values)
    condition = hold.may_leave()
    expected = Message.objects.all() if condition is None else Message.objects.filter(condition)
    assert {row.pk for row in rows} == set(expected.values_list("pk", flat=True))
    assert len(expected) == (4 if held else 12)


@pytest.mark.postgresql
def test_a_batch_is_taken_from_the_index_however_many_are_due():
    hold.look(NOW)
    post(4000, composer="messaging")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE outbox_message, outbox_installation")
        sql, values = queue._claiming("email", NOW, 100)
        cursor.execute(f"EXPLAIN {sql}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Scan using message_due" in plan, plan
    assert "Sort Key: outbox_message" not in plan, plan


@pytest.mark.postgresql
def test_a_message_is_in_few_indexes_whatever_its_state():
    """Each state that it goes through is written into all of them; those that hold what waits are small."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'outbox_message'")
        definitions = [definition for (definition,) in cursor.fetchall()]
    whole = sorted(definition.partition(" USING ")[2] for definition in definitions if " WHERE " not in definition)
    assert whole == [
        "btree (id)",
        "btree (key varchar_pattern_ops)",
        "btree (occasion)",
        "btree (person)",
        "btree (topic, kind, occasion, channel, state)",
    ]
    assert len(definitions) <= 12


@pytest.mark.postgresql
def test_what_messages_leave_behind_is_cleared_away_before_it_is_much():
    with connection.cursor() as cursor:
        cursor.execute("SELECT unnest(reloptions) FROM pg_class WHERE relname = 'outbox_message'")
        assert ("autovacuum_vacuum_scale_factor=0.02",) in cursor.fetchall()
