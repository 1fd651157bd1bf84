"""Signs of life: /healthz, the heartbeat, and delivery without Celery."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.db import DatabaseError, InterfaceError, OperationalError

from outbox import heartbeat, hold, queue
from outbox.channels import DeliveryError, Stopped, Unavailable, Unreachable
from outbox.management.commands import deliver as deliver_command
from outbox.models import Heartbeat, Message
from outbox.tasks import deliver_due
from tests.conftest import NOW
from tests.support.factories import START, BridgePointFactory, registered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


def post(**fields) -> None:
    queue.post(
        [
            Message(
                **{
                    "key": "a",
                    "channel": "email",
                    "address": "a@vidu.example",
                    "text": "T",
                    "due_at": NOW,
                    "created_at": NOW,
                    **fields,
                }
            )
        ]
    )


def health(client) -> tuple[int, dict]:
    response = client.get("/healthz")
    assert "no-store" in response["Cache-Control"]
    return response.status_code, response.json()


def test_all_is_well_when_beat_was_seen_and_nothing_waits(client):
    heartbeat.record("beat", NOW - timedelta(seconds=5))
    assert health(client) == (
        200,
        {
            "ok": True,
            "database": True,
            "outbox_age_seconds": 0,
            "beat_age_seconds": 5.0,
            "channels": {
                "email": {"state": "working", "age_seconds": 0},
                "sms": {"state": "working", "age_seconds": 0},
            },
        },
    )


def test_a_beat_never_seen_is_ill(client):
    status, body = health(client)
    assert (status, body["ok"], body["beat_age_seconds"]) == (503, False, None)


@pytest.mark.parametrize(("age", "status"), [(59, 200), (60, 503)])
def test_a_silent_beat_is_ill_after_a_minute(client, age, status):
    heartbeat.record("beat", NOW - timedelta(seconds=age))
    assert health(client)[0] == status


@pytest.mark.parametrize(("age", "status"), [(299, 200), (300, 503)])
def test_a_stuck_outbox_is_ill_after_five_minutes(client, age, status):
    heartbeat.record("beat", NOW)
    post(due_at=NOW - timedelta(seconds=age))
    assert health(client) == (status, {**health(client)[1], "outbox_age_seconds": age})


def try_in_vain(monkeypatch, minutes: int, error: type[DeliveryError] = Unreachable) -> None:
    """A message whose every try fails from NOW on, for so many minutes, tried whenever its pause is over."""

    def send(self, envelope):
        raise error("no")

    monkeypatch.setattr("outbox.channels.email.EmailChannel.send", send)
    for minute in range(minutes + 1):
        queue.deliver(clock=lambda minute=minute: NOW + timedelta(minutes=minute))
    heartbeat.record("beat", NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize(("minutes", "status"), [(4, 200), (5, 503), (20, 503)])
def test_a_mail_server_that_is_gone_is_seen_after_five_minutes_though_each_try_moves_the_due_time(
    client, monkeypatch, minutes, status
):
    post()
    try_in_vain(monkeypatch, minutes)
    with time_machine.travel(NOW + timedelta(minutes=minutes), tick=False):
        found, body = health(client)
    assert found == status
    assert body["channels"]["email"] == {"state": "resting", "age_seconds": minutes * 60}
    assert body["channels"]["sms"]["state"] == "working"


def test_a_key_that_is_refused_is_seen_while_something_waits(client, monkeypatch):
    post()
    try_in_vain(monkeypatch, 6, Stopped)
    with time_machine.travel(NOW + timedelta(minutes=6), tick=False):
        status, body = health(client)
        assert (status, body["channels"]["email"]["state"]) == (503, "stopped")
        Message.objects.all().delete()
        assert health(client)[0] == 200, "with nothing to send nothing is late"


@pytest.mark.parametrize(
    ("waiting", "minutes", "status"),
    [
        # One mailbox, or one mail server, is no fault of ours, however long it takes.
        (["a@vidu.example"], 600, 200),
        (["a@vidu.example", "b@VIDU.example"], 600, 200),
        (["a@vidu.example", "b@khac.example"], 29, 200),
        (["a@vidu.example", "b@khac.example"], 30, 503),
    ],
)
def test_one_mail_server_that_asks_us_to_wait_is_no_fault_but_all_of_them_are(
    client, monkeypatch, waiting, minutes, status
):
    monkeypatch.setattr("outbox.channels.email.EmailChannel.send", _busy)
    for address in waiting:
        post(key=address, address=address)
    queue.deliver(clock=lambda: NOW)
    assert _health_after(client, minutes) == status


@pytest.mark.parametrize(("sent_at", "status"), [(-10, 503), (10, 200), (70, 503)])
def test_only_what_was_tried_since_the_last_success_says_something_about_a_channel(
    client, monkeypatch, sent_at, status
):
    """Of two mailboxes one waits from the beginning, two more from an hour later; something was sent in between."""
    tries = {"a@mot.example": 0, "b@hai.example": 0} if sent_at < 60 else dict.fromkeys(("c@ba.vn", "d@bon.vn"), 80)
    with monkeypatch.context() as patch:
        patch.setattr("outbox.channels.email.EmailChannel.send", _busy)
        for address, minute in {"old@khac.example": 0, **tries}.items():
            post(key=address, address=address)
            queue.deliver(clock=lambda minute=minute: NOW + timedelta(minutes=minute))
    Message.objects.update(due_at=NOW + timedelta(days=1))
    moment = NOW + timedelta(minutes=sent_at)
    post(key="sent", due_at=moment)
    queue.deliver(clock=lambda: moment)
    assert _health_after(client, 120) == status


def _busy(self, envelope):
    raise Unavailable("452 4.2.2 mailbox full")


def _health_after(client, minutes: int) -> int:
    """What /healthz answers so many minutes after NOW, with nothing due."""
    now = NOW + timedelta(minutes=minutes)
    Message.objects.filter(state="queued").update(due_at=now + timedelta(hours=1))
    heartbeat.record("beat", now)
    with time_machine.travel(now, tick=False):
        return health(client)[0]


def test_what_waits_for_a_channel_that_is_no_longer_used_is_not_ill(client, settings):
    heartbeat.record("beat", NOW)
    post(channel="zalo", address="+84912345678", due_at=NOW - timedelta(days=1))
    status, body = health(client)
    assert (status, sorted(body["channels"])) == (200, ["email", "sms"])


def test_a_held_site_says_so(client):
    heartbeat.record("beat", NOW)
    hold.hold_by_hand(NOW)
    status, body = health(client)
    assert (status, body["held"]) == (200, True)
    post(due_at=NOW - timedelta(minutes=6))
    assert health(client)[0] == 503


def test_messages_of_the_future_do_not_count_as_stuck(client):
    heartbeat.record("beat", NOW)
    post(due_at=NOW + timedelta(days=1))
    assert health(client)[0] == 200


def test_a_database_that_does_not_answer_is_ill(client, monkeypatch):
    def broken(name: str) -> None:
        raise DatabaseError("gone away")

    monkeypatch.setattr(heartbeat, "last", broken)
    assert health(client) == (503, {"ok": False, "database": False, "reason": "It answers with an error."})


def test_health_may_be_asked_under_any_scheme(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz").status_code == 503
    assert client.get("/").status_code == 301
    assert client.post("/healthz").status_code == 405


def test_a_heartbeat_keeps_the_last_time_only():
    heartbeat.record("beat", NOW - timedelta(hours=1))
    heartbeat.record("beat", NOW)
    assert heartbeat.last("beat") == NOW
    assert heartbeat.last("other") is None
    assert Heartbeat.objects.count() == 1


def test_the_task_delivers_and_only_beat_s_tick_is_a_sign_of_life():
    post()
    deliver_due()
    assert len(mail.outbox) == 1
    assert heartbeat.last("beat") is None
    deliver_due(from_beat=True)
    assert heartbeat.last("beat") == NOW


def test_deliver_plans_and_sends_without_celery():
    registered(BridgePointFactory(), now=NOW)
    Message.objects.all().delete()
    out = StringIO()
    with time_machine.travel(START - timedelta(days=1), tick=False):
        call_command("deliver", stdout=out)
    assert len(mail.outbox) == 1
    assert set(Message.objects.values_list("kind", "state")) == {("reminder", "sent")}
    assert out.getvalue().strip() == "2 sent"


def test_deliver_says_when_nothing_was_due():
    out = StringIO()
    call_command("deliver", stdout=out)
    assert out.getvalue().strip() == "nothing was due"


@pytest.mark.django_db(transaction=True)
def test_deliver_in_a_loop_stands_in_for_beat_and_stops_when_told_to(monkeypatch):
    """A message waits; whoever finds it sent, and a round planned, says stop."""
    post()
    stop, sent = [], []
    monkeypatch.setattr(deliver_command.signal, "signal", lambda number, handler: stop.append(handler))
    real = deliver_command.queue.deliver

    def deliver(**options):
        # Threads lock each other out of an SQLite in memory. Such a round keeps its lease, and the clock stands.
        Message.objects.filter(channel__in=options["channels"], lease_until__gt=NOW).update(lease_until=NOW)
        tally = real(**options)
        sent.append(sum(tally.values()))
        if sum(sent) and heartbeat.last("beat"):
            stop[0](15, None)
        return tally

    monkeypatch.setattr(deliver_command.queue, "deliver", deliver)
    call_command("deliver", "--loop", "--interval", "0.01", stdout=StringIO())
    assert len(mail.outbox) == 1
    assert heartbeat.last("beat") == NOW


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "fault", [OperationalError("gone"), InterfaceError("connection already closed"), ZeroDivisionError()]
)
def test_deliver_in_a_loop_goes_on_whatever_a_round_ends_with(monkeypatch, fault):
    post()
    stop = []
    monkeypatch.setattr(deliver_command.signal, "signal", lambda number, handler: stop.append(handler))
    real, rounds = deliver_command.queue.deliver, []

    def deliver(*, channels, **options):
        rounds.append(channels)
        if rounds.count(["email"]) <= 1:
            raise fault
        tally = real(channels=channels, **options)
        if tally:
            stop[0](15, None)
        return tally

    monkeypatch.setattr(deliver_command.queue, "deliver", deliver)
    # A thread that has died never says stop: then the one that shows signs of life does.
    signs = []
    monkeypatch.setattr(
        deliver_command.heartbeat, "record", lambda *_: signs.append(1) or (len(signs) > 300 and stop[0](15, None))
    )
    call_command("deliver", "--loop", "--interval", "0.01", stdout=StringIO(), stderr=StringIO())
    assert len(mail.outbox) == 1


def test_a_round_without_the_database_is_a_line_of_the_log_without_traceback(caplog):
    def gone() -> None:
        raise OperationalError("gone")

    assert not deliver_command._come_what_may(gone)
    (record,) = caplog.records
    assert (record.levelname, record.getMessage()) == (
        "WARNING",
        "the database does not answer (OperationalError); trying again",
    )
    assert record.exc_info is None


@pytest.mark.django_db(transaction=True)
def test_a_job_that_breaks_is_tried_in_every_round_and_keeps_the_loop_from_counting_as_well(monkeypatch):
    stop, tries = [], []

    def plan(*, now):
        tries.append(now)
        if len(tries) == 3:
            stop[0](15, None)
        raise ZeroDivisionError

    monkeypatch.setattr(deliver_command.signal, "signal", lambda number, handler: stop.append(handler))
    monkeypatch.setattr("messaging.announcements.plan_due", plan)
    call_command("deliver", "--loop", "--interval", "0.01", stdout=StringIO(), stderr=StringIO())
    assert len(tries) == 3
    assert heartbeat.last("beat") is None


def test_every_channel_and_composer_in_the_settings_exists():
    from django.conf import settings
    from django.core.checks import run_checks
    from django.utils.module_loading import import_string

    assert [m for m in run_checks() if m.id == "diemcau.E002"] == []
    for name in settings.OUTBOX_COMPOSERS.values():
        assert callable(import_string(name))


def test_a_channel_that_cannot_be_loaded_is_a_system_check(settings):
    from django.core.checks import run_checks

    settings.OUTBOX_CHANNELS = {"sms": "outbox.channels.nowhere.Channel"}
    assert [m.id for m in run_checks() if m.id.startswith("diemcau")] == ["diemcau.E002"]


def test_a_health_check_that_fails_is_no_line_in_the_log(client, caplog):
    """Whoever asked has the answer; while a site starts, somebody asks until it is well."""
    assert client.get("/healthz").status_code == 503
    assert client.get("/khong-co/").status_code == 404
    assert {record.getMessage() for record in caplog.records} == {"Not Found: /khong-co/"}
