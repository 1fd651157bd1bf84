"""``manage.py services``: forks of one parent share its memory, come back when they die, and end when told to."""

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from conference import one_parent
from tests.bench.processors import family
from tests.chaos.servers import Redis, Stage, free_port
from tests.conference.test_documented_services import health
from tests.conference.test_supervisor import is_alive
from tests.support.fakes import SMTPSink
from tests.support.operators import wait_until
from tests.support.site_process import ROOT, copy_of_database, environment, running

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(sys.platform != "linux", reason="needs Linux"),
]
_FORKS = {"web", "worker", "loop"}


def names() -> list[str]:
    return [
        program.name
        for program in one_parent.programs(bind="127.0.0.1:1", workers=2, threads=4, concurrency=2, patience=35)
    ]


def test_without_redis_the_loop_does_what_celery_would(settings):
    settings.REDIS_URL = "redis://localhost:6379/0"
    assert names() == ["web", "worker", "loop"]
    settings.REDIS_URL = ""
    assert names() == ["web", "loop"]


def test_when_beat_breaks_its_process_ends_so_that_both_are_started_again(monkeypatch, caplog):
    told = []
    monkeypatch.setattr(one_parent.os, "kill", lambda *arguments: told.append(arguments))
    monkeypatch.setattr("celery.beat.Service.start", lambda service: 1 / 0)
    with caplog.at_level(logging.ERROR, "conference.one_parent"):
        one_parent._beat()
    assert told == [(os.getpid(), signal.SIGTERM)]
    assert "beat broke" in caplog.text


class _Worker:
    """What Celery's worker is here: it notes how it is made, and ends with 3."""

    made: dict = {}
    exitcode = 3

    def __init__(self, **how):
        type(self).made = how

    def start(self):
        type(self).made["started"] = True


def test_the_worker_has_threads_and_its_exit_code_is_that_of_its_process(monkeypatch):
    monkeypatch.setattr("conference.celery.app.Worker", _Worker)
    with pytest.raises(SystemExit) as end:
        one_parent._celery(5)
    assert end.value.code == 3
    assert _Worker.made["started"]
    assert (_Worker.made["pool_cls"], _Worker.made["concurrency"], _Worker.made["purge"]) == ("threads", 5, True)


def test_the_loop_says_why_it_cannot_run_and_waits_for_the_database_as_long_as_it_takes(monkeypatch):
    waits = []
    monkeypatch.setattr(one_parent, "limit_waiting", waits.append)

    def refuse(command, **options):
        assert (options["loop"], options["interval"]) == (True, 20)
        raise CommandError("no channel")

    monkeypatch.setattr("outbox.management.commands.deliver.Command.handle", refuse)
    with pytest.raises(SystemExit) as end:
        one_parent._deliver(20)
    assert end.value.code == "no channel"
    assert waits == [None]


def test_a_request_has_ended_before_its_server_is_killed(monkeypatch):
    seen = []
    monkeypatch.setattr("gunicorn.app.wsgiapp.WSGIApplication.run", lambda app: seen.append(app.cfg))
    monkeypatch.setattr(sys, "argv", ["manage.py"])
    web = one_parent.programs(bind="127.0.0.1:1", workers=2, threads=7, concurrency=1, patience=35)[0]
    assert sys.argv == ["manage.py"]
    web.work()
    assert (seen[0].threads, seen[0].workers, seen[0].bind) == (7, 2, ["127.0.0.1:1"])
    assert seen[0].graceful_timeout < 35


_LOAD = """
import json, os, sys
import django
django.setup()
from conference import one_parent
one_parent.load()
from django.db import connections
found = {
    "threads": len(os.listdir("/proc/self/task")),
    "is_open": connections["default"].connection is not None,
    "loaded": sorted(sys.modules),
}
one_parent.programs(bind="127.0.0.1:1", workers=1, threads=1, concurrency=1, patience=35)
before = set(sys.modules)
# What the forks do first.
from celery.beat import Scheduler
from django.core.cache import cache
from conference.celery import app
app.Worker(pool_cls="threads", concurrency=1, quiet=True, without_gossip=True)
Scheduler(app)
app.amqp.queues, app.events, app.control, app.log
cache.set("anything", 1, 9)
found["late"] = sorted(set(sys.modules) - before)
print(json.dumps(found))
"""


@pytest.fixture
def site(tmp_path) -> Iterator[dict[str, str]]:
    """What the processes see: a copy of the database, and a Redis of its own."""
    sink = SMTPSink()
    database = copy_of_database(tmp_path)
    with Stage("one-parent") as stage:
        yield environment(tmp_path, sink, database.url, REDIS_URL=Redis(stage).url, PYTHONPATH=str(ROOT))
    sink.close()
    database.drop()


@pytest.mark.redis
def test_what_is_loaded_before_forking_has_no_thread_no_connection_and_what_forks_need_but_not_what_few_need(site):
    done = subprocess.run(
        [sys.executable, "-c", _LOAD],
        cwd=ROOT, env={**site, "DJANGO_SETTINGS_MODULE": "conference.settings"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["threads"], found["is_open"]) == (1, False)
    # What Celery's command line loads for its shell.
    assert not {"prompt_toolkit", "celery.bin.celery"} & set(found["loaded"])
    # Each fork would load it for itself.
    assert found["late"] == []
    assert {"celery.worker.consumer", "gunicorn.workers.gthread", "messaging.tasks", "staff.site"} <= set(
        found["loaded"]
    )


def forks(parent: int) -> dict[str, int]:
    """The forks of ``parent`` by name."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    found = {Path(f"/proc/{pid}/comm").read_text().strip(): int(pid) for pid in children}
    return {name.removeprefix("diemcau-"): pid for name, pid in found.items() if name.startswith("diemcau-")}


@contextmanager
def services(site: dict[str, str], folder: Path) -> Iterator[tuple[subprocess.Popen, int]]:
    """The running service and its port, once it is well."""
    port = free_port()
    command = [sys.executable, "manage.py", "services", "--bind", f"127.0.0.1:{port}", "--workers", "1"]
    with running({"services": command}, site, folder) as processes:
        parent = processes["services"]
        wait_until(lambda: health(port).get("ok") and forks(parent.pid).keys() >= _FORKS, "the services are well", 120)
        yield parent, port


def own_part(pid: int) -> float:
    """Which part of the memory of the process it shares with nobody."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    rollup = {line.partition(":")[0]: int(line.split()[1]) for line in lines}
    return rollup["Private_Dirty"] / rollup["Rss"]


@pytest.mark.redis
@pytest.mark.slow
def test_forks_share_memory_come_back_when_they_die_and_end_when_told_to(site, tmp_path):
    with services(site, tmp_path) as (parent, port):
        first = forks(parent.pid)
        assert {name: own_part(pid) < 0.4 for name, pid in first.items()} == dict.fromkeys(first, True)
        before = set(family(parent.pid))
        for name in _FORKS:
            os.kill(first[name], signal.SIGKILL)

        def are_new() -> bool:
            now = forks(parent.pid)
            return now.keys() >= _FORKS and not {now[name] for name in _FORKS} & set(first.values())

        wait_until(are_new, "all have been started again", 30)
        wait_until(lambda: health(port).get("ok"), "the site is well again", 60)
        # Neither are the children of those that were killed left.
        assert [pid for pid in before - {parent.pid, first["guard"]} if is_alive(pid)] == []
        everything = family(parent.pid)
        parent.terminate()
        assert parent.wait(35) == 0
        assert [pid for pid in everything if is_alive(pid)] == []
    log = (tmp_path / "services.log").read_text()
    for name in _FORKS:
        assert f"{name} ended (signal 9); it starts again in" in log


@pytest.mark.redis
@pytest.mark.slow
def test_beat_asks_the_worker_and_nothing_outlives_a_parent_that_is_killed(site, tmp_path):
    import redis

    with services(site, tmp_path) as (parent, _port), redis.Redis.from_url(site["REDIS_URL"]) as broker:
        # Ticks come, and somebody takes them.
        wait_until(lambda: broker.info("commandstats").get("cmdstat_lpush", {}).get("calls", 0) >= 3, "ticks", 60)
        wait_until(lambda: broker.llen("celery") == 0, "the worker has taken them", 60)
        everything = family(parent.pid)
        parent.kill()
        wait_until(lambda: not any(is_alive(pid) for pid in everything if pid != parent.pid), "all have ended", 30)
