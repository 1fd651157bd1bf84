"""``manage.py serve``: what it starts, and that the demo lives on whatever dies, and leaves nothing behind."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.request import urlopen

import pytest
from django.conf import settings as site_settings
from django.core.management import call_command
from django.core.management.base import CommandError

from conference import embedded_valkey
from conference.management.commands import serve
from conference.servers import broker_url
from conference.supervisor import PATIENCE, Supervisor, stop_signals
from tests.chaos.servers import Process, Stage, wait_until
from tests.soak.demo import Demo
from tests.soak.people import People

#: Seconds in which everything must have ended.
STOPPED_WITHIN = 10


def names(**options) -> list[str]:
    return [program.name for program in serve.programs("127.0.0.1", 8000, 2, **options)]


def test_messages_leave_without_celery_where_its_broker_may_go_away(monkeypatch):
    monkeypatch.setattr(serve, "_FORKS", False)
    assert names(dev=False, redis_url="redis://localhost:6379/0") == ["web", "worker", "beat", "loop"]


def test_where_processes_fork_one_parent_runs_everything_and_ends_before_it_is_killed(monkeypatch):
    monkeypatch.setattr(serve, "_FORKS", True)
    (only,) = serve.programs("127.0.0.1", 8000, 3, dev=False, redis_url="redis://localhost:6379/0")
    words = [str(word) for word in only.command]
    options = dict(zip(words[3::2], words[4::2], strict=True))
    assert words[1:3] == ["manage.py", "services"]
    assert (options["--bind"], options["--workers"]) == ("127.0.0.1:8000", "3")
    assert float(options["--patience"]) < PATIENCE
    assert only.environment == {"REDIS_URL": "redis://localhost:6379/0"}


def test_without_a_broker_a_loop_does_celery_s_work(monkeypatch):
    monkeypatch.setattr(serve, "_FORKS", False)
    started = serve.programs("127.0.0.1", 8000, 2, dev=False, redis_url=None)
    assert [program.name for program in started] == ["web", "loop"]
    assert list(started[1].command[1:4]) == ["manage.py", "deliver", "--loop"]
    assert started[0].environment == {"REDIS_URL": ""}


def test_while_developing_a_loop_delivers():
    assert names(dev=True, redis_url="unix:///run/valkey.sock?db=0") == ["web", "loop"]


@pytest.mark.parametrize(
    ("url", "broker"),
    [
        ("redis://:word@r.example:6380/1", "redis://:word@r.example:6380/1"),
        ("rediss://r.example/0", "rediss://r.example/0"),
        ("unix:///run/a%20b/valkey.sock?db=2", "redis+socket:///run/a%20b/valkey.sock?virtual_host=2"),
        ("unix://:word@/run/valkey.sock", "redis+socket://:word@/run/valkey.sock?virtual_host=0"),
    ],
)
def test_celery_is_told_of_a_socket_in_its_own_words(url, broker):
    assert broker_url(url) == broker


@pytest.mark.parametrize(("is_set", "shown"), [(False, "http://127.0.0.1:9999"), (True, "https://diemcau.example")])
def test_links_in_messages_lead_to_the_port_of_the_option(settings, monkeypatch, is_set, shown):
    settings.PORT = 8000
    settings.SITE_URL = "https://diemcau.example" if is_set else "http://127.0.0.1:8000"
    # Taken back by monkeypatch, whatever the command writes there.
    monkeypatch.setenv("PORT", "8000")
    monkeypatch.setenv("SITE_URL", settings.SITE_URL if is_set else "")
    serve._take_port(9999)
    assert shown == settings.SITE_URL
    # What every program that is started reads.
    assert os.environ["PORT"] == "9999"


# --- the embedded Valkey ----------------------------------------------------------------------------------------------


def need_valkey() -> None:
    if embedded_valkey.find_server() is None:
        (pytest.fail if os.environ.get("REQUIRE_ALL") == "1" else pytest.skip)("there is no Valkey for this machine")


def test_a_path_too_long_for_a_socket_becomes_a_port_with_a_password(tmp_path):
    short, long = tmp_path / "v", tmp_path / ("v" * 100)
    assert [address.url.partition(":")[0] for address in embedded_valkey.addresses(short)] == ["unix", "redis"]
    (only,) = embedded_valkey.addresses(long)
    assert only.url.startswith("redis://:")
    assert f"requirepass {only.url.partition('@')[0].removeprefix('redis://:')}" in only.listen


@pytest.mark.parametrize("folder", ["with a space", "v" * 100])
def test_the_valkey_starts_wherever_its_folder_is(tmp_path, folder):
    import redis

    need_valkey()
    (tmp_path / folder).mkdir()
    # What a killed one left.
    (tmp_path / folder / "valkey.sock").touch()
    with Supervisor(lambda line: None) as supervisor:
        url = embedded_valkey.start(supervisor, tmp_path / folder)
        assert url.startswith("redis:" if folder[0] == "v" else "unix:")
        with redis.Redis.from_url(url) as client:
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "volatile-lru"}
    assert (tmp_path / folder / "valkey.conf").stat().st_mode & 0o077 == 0
    assert not list((tmp_path / folder).glob("*.rdb"))


def test_without_a_server_or_with_one_that_does_not_run_there_is_none(tmp_path, monkeypatch):
    with Supervisor(lambda line: None) as supervisor:
        monkeypatch.setattr(embedded_valkey, "find_server", lambda: None)
        assert embedded_valkey.start(supervisor, tmp_path / "a") is None
        broken = tmp_path / "valkey-server"
        broken.write_text("#!/bin/sh\nexit 1\n")
        monkeypatch.setattr(embedded_valkey, "find_server", lambda: broken)
        assert embedded_valkey.start(supervisor, tmp_path / "b") is None
        broken.chmod(0o755)
        assert embedded_valkey.start(supervisor, tmp_path / "c") is None
        assert supervisor._children == []


# --- the demo ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """The demo with its folder; each test starts it, and the next one goes on with its data."""
    if site_settings.REDIS_URL:
        pytest.skip("the demo brings its own servers: tried once, with the suite that has none")
    with Stage("serve") as stage:
        yield Demo(stage, DJANGO_SETTINGS_MODULE="tests.conference.plain_static")


def assert_stops(demo: Demo, process: Process, number: signal.Signals) -> None:
    """``number`` ends everything in time; nothing is left."""
    assert {"serve", "guard", "web", "loop"} <= set(demo.processes().values())
    process.tell(number)
    assert process.wait(STOPPED_WITHIN) == 0
    assert demo.processes() == {}
    assert process.words().rstrip().endswith("Stopped.")


@pytest.fixture
def _handlers() -> Iterator[None]:
    """The command takes the signals; the suite wants them back."""
    earlier = {number: signal.getsignal(number) for number in stop_signals()}
    yield
    for number, handler in earlier.items():
        signal.signal(number, handler)


# Both run as what a script puts into its background, where SIGINT is ignored unless somebody takes care.


@pytest.mark.usefixtures("_handlers")
def test_the_demo_outlives_its_worker_and_its_valkey_and_stops_when_told_to(demo, settings):
    need_valkey()
    process = demo.start("--web-workers", "1", in_background=True)
    first_lines = process.log.read_text()
    assert not any(word in first_lines for word in ("WARNING", "ERROR", "Warning", "Traceback", "ended")), first_lines
    assert "broker and cache Valkey" in first_lines

    settings.VAR_DIR = demo.var
    with pytest.raises(CommandError, match=f"process {process.pid}"):
        call_command("serve")

    # A few people, for two seconds: the soak run in short.
    people = People(demo, at_once=2)
    diary = people.use(2)
    assert diary.errors == []
    assert people.count_lost() == 0

    # What browsers open ahead of need and leave idle.
    with ExitStack() as idle:
        for _ in range(3):
            idle.enter_context(socket.create_connection(("127.0.0.1", demo.port), timeout=5))
        assert urlopen(f"http://127.0.0.1:{demo.port}/", timeout=5).status == 200

    killed = {name: demo.pid(name) for name in ("worker", "valkey")}
    for pid in killed.values():
        os.kill(pid, signal.SIGKILL)
    number = people.register()
    assert number, "nobody can register while the worker and the Valkey are away"
    assert len(people.wait_for_messages(number)) == 2
    wait_until(lambda: len(demo.restarts) == 2, "both are noticed")
    wait_until(lambda: killed.keys() <= set(demo.processes().values()), "both run again")
    assert diary.errors == []
    assert_stops(demo, process, signal.SIGTERM)


def test_ctrl_c_stops_the_site_under_development(demo):
    assert_stops(demo, demo.start("--dev", in_background=True), signal.SIGINT)
