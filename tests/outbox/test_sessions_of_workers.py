"""Celery's own workers and an operator: whichever process sends, the session stays, and every receipt arrives."""

import signal
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from outbox import queue
from outbox.models import ChannelState, Message
from tests.support.fakes import SMTPSink
from tests.support.operators import Operator, receipt, wait_until
from tests.support.site_process import ROOT, environment, postgresql_url, running

pytestmark = [pytest.mark.postgresql, pytest.mark.redis, pytest.mark.django_db(transaction=True)]
_CELERY = [str(Path(sys.executable).parent / "celery"), "-A", "conference"]
_LONG = 60


def state(key: str) -> str:
    return Message.objects.get(key=key).state


def is_listened_to() -> bool:
    return ChannelState.objects.filter(name="sms", is_parked=True).exists()


@pytest.mark.parametrize("pool", ["prefork", "threads"])
def test_receipts_arrive_over_a_session_that_workers_hand_to_each_other(tmp_path, pool):
    operator, sink = Operator(), SMTPSink()
    site = environment(
        tmp_path,
        sink,
        postgresql_url(connection.settings_dict["NAME"]),
        # A database of Redis of its own: other runs have their tasks in theirs.
        REDIS_URL=settings.REDIS_URL.rpartition("/")[0] + "/13",
        SMS_URL=f"smpp://diemcau:mat-khau@127.0.0.1:{operator.port}/?sender=DIEMCAU&rate=1000",
        PYTHONPATH=str(ROOT),
    )
    commands = {
        "worker": [*_CELERY, "worker", "--pool", pool, "--concurrency", "2", "--purge", "--loglevel", "WARNING"],
        "beat": [*_CELERY, "beat", "--pidfile=", "--loglevel", "WARNING"],
    }
    try:
        with running(commands, site, tmp_path) as processes:
            for number in range(1, 5):
                now = timezone.now()
                message = Message(
                    key=f"{number}", channel="sms", address="+84912345678", text="Xin chao", due_at=now, created_at=now
                )
                queue.post([message])
                wait_until(lambda number=number: state(f"{number}") == "sent", "the SMS", _LONG)
                wait_until(
                    lambda: ChannelState.objects.filter(name="sms", is_parked=True).exists(), "a listener", _LONG
                )
                # The last one stays open.
                if number < 4:
                    operator.push(receipt(f"id:id-{number} stat:DELIVRD err:000"))
                    wait_until(lambda number=number: state(f"{number}") == "delivered", "the receipt", _LONG)
            assert operator.unbound < len(operator.binds) <= 4, "a session is open, and no more were than had to be"
            processes["worker"].send_signal(signal.SIGTERM)
            assert processes["worker"].wait(_LONG) == 0
            wait_until(lambda: operator.unbound == len(operator.binds), "the farewell")
            assert not is_listened_to()
    finally:
        operator.close()
        sink.close()
