"""The services that docs/operate.md sets up, started as it says: what they promise holds, also while Redis is away."""

import json
import re
import sys
import urllib.error
import urllib.request
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from outbox.models import Message
from tests.chaos.servers import Redis, Stage, free_port
from tests.support.factories import BridgePointFactory, ConferenceFactory, registered
from tests.support.fakes import SMTPSink
from tests.support.operators import wait_until
from tests.support.site_process import ROOT, copy_of_database, environment, running

pytestmark = pytest.mark.django_db(transaction=True)
_PREFIX = "ExecStart=/srv/diemcau/.venv/bin/"
_PEOPLE = 20


def documented_commands(port: int) -> dict[str, list[str]]:
    """The commands of the services by what they run, with the programs of this environment."""
    document = (ROOT / "docs" / "operate.md").read_text()
    section = document.partition("\n## Services\n")[2].partition("\n## ")[0].partition("**Without Celery**")[0]
    found = {}
    for line in re.findall(rf"^{re.escape(_PREFIX)}(.*)$", section, re.MULTILINE):
        program, *arguments = line.replace(":8000", f":{port}").split()
        known = ("services", "gunicorn", "worker", "beat", "deliver")
        name = next(word for word in known if word in arguments)
        path = sys.executable if program == "python" else str(Path(sys.executable).parent / program)
        found[name] = [path, *arguments]
    return found


def health(port: int) -> dict:
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
        return json.loads(answer.read())
    return {}


def check_that_mails_leave(tmp_path: Path, redis_url: str, *names: str) -> None:
    """Each mail of a copy of the database leaves once by these services, and the site is well; nobody tells them."""
    now = timezone.now()
    conference = ConferenceFactory(starts_at=now + timedelta(days=30), ends_at=now + timedelta(days=30, hours=3))
    point = BridgePointFactory(conference=conference)
    for number in range(_PEOPLE):
        registered(point, now=now, number=number)
    Message.objects.exclude(channel="email").delete()
    sink, port = SMTPSink(), free_port()
    commands = documented_commands(port)
    assert sorted(commands) == ["deliver", "gunicorn", "services", "worker"]
    database = copy_of_database(tmp_path)
    site = environment(tmp_path, sink, database.url, REDIS_URL=redis_url, PYTHONPATH=str(ROOT))
    try:
        with running({name: commands[name] for name in names}, site, tmp_path):
            wait_until(lambda: len(sink.mails) >= _PEOPLE, "the mails", 100)
            wait_until(lambda: health(port).get("ok"), "/healthz", 60)
    finally:
        sink.close()
        database.drop()
    assert len(sink.mails) == len({to for to, _mail in sink.mails}) == _PEOPLE


_ONE_PARENT = pytest.param(["services"], marks=pytest.mark.skipif(sys.platform != "linux", reason="needs Linux"))


@pytest.mark.parametrize("names", [["deliver", "gunicorn", "worker"], _ONE_PARENT])
def test_with_redis_away_the_documented_services_deliver(tmp_path, names):
    away = f"redis://127.0.0.1:{SMTPSink.closed_port()}/0"
    check_that_mails_leave(tmp_path, away, *names)


@pytest.mark.redis
def test_the_beat_in_the_documented_worker_asks_it_what_is_due(tmp_path):
    with Stage("documented") as stage:
        check_that_mails_leave(tmp_path, Redis(stage).url, "gunicorn", "worker")
