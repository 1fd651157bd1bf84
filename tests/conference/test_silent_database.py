"""A PostgreSQL that accepts and says nothing: nobody waits for ever, and not everybody waits in turn."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from types import SimpleNamespace

import psycopg2
import pytest
from django.db import OperationalError, connection
from django.db.backends.postgresql.psycopg_any import is_psycopg3
from psycopg2 import extensions

from conference.postgresql import base, waiting
from conference.postgresql.waiting import Away, Silence, limit_waiting, no_longer_than, patiently
from tests.support.site_settings import settings_with

# Nothing is asked of the suite's own database; without the mark nothing may be asked of any.
pytestmark = pytest.mark.django_db
#: Seconds; the test would hang without.
SHORT = 0.1


@pytest.fixture(autouse=True)
def _limited(monkeypatch) -> Iterator[None]:
    monkeypatch.setattr(base, "_away", Away())
    monkeypatch.setattr(waiting, "_limits", waiting._Limits())
    limit_waiting(SHORT)
    yield
    limit_waiting(None)


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that accepts connections and never says a word."""
    with closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server


def connections_of(server: socket.socket) -> int:
    """How many connections wait at ``server``."""
    server.setblocking(False)
    found = 0
    while True:
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return found
        found += 1


@pytest.fixture
def wrapper(silent) -> base.DatabaseWrapper:
    """Django's connection to it, as the site's settings make it."""
    port = silent.getsockname()[1]
    made = settings_with(DATABASE_URL=f"postgres://u:p@127.0.0.1:{port}/d")["DATABASES"]["default"]
    usual = {"TIME_ZONE": None, "CONN_HEALTH_CHECKS": True, "AUTOCOMMIT": True, "ATOMIC_REQUESTS": False, "TEST": {}}
    return base.DatabaseWrapper({**usual, **made}, "silent")


def test_the_driver_is_the_one_whose_waiting_can_be_limited():
    assert not is_psycopg3


def test_connecting_ends_although_the_server_says_nothing(wrapper):
    with pytest.raises(OperationalError, match="does not answer") as raised:
        wrapper.ensure_connection()
    assert isinstance(raised.value.__cause__, Silence)


def test_connecting_has_a_shorter_limit_than_a_statement(wrapper, monkeypatch):
    limit_waiting(3600)
    monkeypatch.setattr(waiting, "TO_CONNECT", SHORT)
    with pytest.raises(OperationalError, match="does not answer"):
        wrapper.ensure_connection()


def test_whoever_comes_next_is_told_at_once_and_connects_no_more(wrapper, silent):
    for _ in range(3):
        with pytest.raises(OperationalError):
            wrapper.ensure_connection()
    assert connections_of(silent) == 1


def test_after_a_rest_one_asks_and_the_others_go_on_without(monkeypatch):
    monkeypatch.setattr(waiting, "REST", 0)
    away, asking, go_on = Away(), threading.Event(), threading.Event()

    def silent() -> None:
        raise Silence

    def slow() -> str:
        asking.set()
        assert go_on.wait(10)
        return "connected"

    with pytest.raises(Silence):
        away.connect(silent)
    answers: list[str] = []
    one = threading.Thread(target=lambda: answers.append(away.connect(slow)))
    one.start()
    assert asking.wait(10)
    with pytest.raises(Silence, match="a moment ago"):
        away.connect(lambda: "connected")
    go_on.set()
    one.join(10)
    assert answers == ["connected"]
    assert away.connect(lambda: "at once") == "at once"


def test_what_the_server_refuses_is_no_silence():
    def refused() -> None:
        raise psycopg2.OperationalError("too many clients")

    away = Away()
    with pytest.raises(psycopg2.OperationalError, match="too many clients"):
        away.connect(refused)
    assert away.connect(lambda: "connected") == "connected"


def test_health_says_what_is_wrong(client, wrapper, monkeypatch):
    monkeypatch.setattr("outbox.health.look", lambda now: wrapper.ensure_connection())
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (
        503,
        {"ok": False, "database": False, "reason": "It does not answer."},
    )


def test_a_kept_connection_is_asked_first_and_not_for_long(monkeypatch):
    seen = []

    def usable(self) -> bool:
        seen.append(waiting._limits.seconds)
        return True

    monkeypatch.setattr("django.db.backends.postgresql.base.DatabaseWrapper.is_usable", usable)
    assert base.DatabaseWrapper({"NAME": "x"}, "x").is_usable()
    assert seen == [waiting.TO_CONNECT - waiting.TO_CONNECT_ANEW]
    assert waiting._limits.seconds is None


def limit_while(status: int) -> float:
    """Seconds that this thread waits for a connection with ``status``."""
    return waiting._limit_for(SimpleNamespace(status=status))


CONNECTING, CONNECTED = 20, extensions.STATUS_READY


def test_asking_a_kept_connection_in_vain_and_connecting_anew_take_no_longer_than_connecting(wrapper):
    limit_waiting(3600)
    assert limit_while(CONNECTING) == waiting.TO_CONNECT
    with pytest.raises(OperationalError), no_longer_than(SHORT):
        wrapper.ensure_connection()
    assert limit_while(CONNECTING) + waiting.to_ask_kept_connection() == waiting.TO_CONNECT
    # A server that answers has as long as ever.
    assert limit_while(CONNECTED) == 3600


def test_later_connecting_has_its_whole_time_again(wrapper, monkeypatch):
    limit_waiting(3600)
    monkeypatch.setattr(waiting, "REST", 0)
    with pytest.raises(OperationalError), no_longer_than(SHORT):
        wrapper.ensure_connection()
    assert limit_while(CONNECTING) == waiting.TO_CONNECT


def test_after_a_refusal_connecting_has_its_whole_time(wrapper, silent):
    limit_waiting(3600)
    silent.close()
    with pytest.raises(OperationalError, match="refused"):
        wrapper.ensure_connection()
    assert limit_while(CONNECTING) == waiting.TO_CONNECT


def test_all_answers_together_have_one_limit_and_half_of_it_is_kept_for_connecting_anew(wrapper):
    limit_waiting(3600)
    with waiting.all_within(SHORT):
        assert 0 < waiting.to_ask_kept_connection() <= SHORT / 2
        with pytest.raises(OperationalError):
            wrapper.ensure_connection()
        assert limit_while(CONNECTED) == 0
    assert limit_while(CONNECTED) == 3600


def test_health_has_one_limit_for_all_it_asks(client, monkeypatch):
    limit_waiting(3600)
    seen = []

    def look(now):
        seen.append(limit_while(CONNECTED))
        raise OperationalError

    monkeypatch.setattr("outbox.health.look", look)
    started = time.monotonic()
    client.get("/healthz")
    took = time.monotonic() - started
    assert 2 - took <= seen[0] <= 2


def test_the_server_breaks_off_what_takes_as_long(wrapper):
    limit_waiting(10)
    parameters = wrapper.get_connection_params()
    assert (
        parameters["options"]
        == "-c jit=off -c plan_cache_mode=force_generic_plan -c statement_timeout=9000 -c lock_timeout=7200"
    )
    limit_waiting(0)
    assert wrapper.get_connection_params()["options"] == "-c jit=off -c plan_cache_mode=force_generic_plan"
    # A machine that is gone is noticed without a limit as well.
    assert parameters["tcp_user_timeout"] == 20_000


@pytest.fixture
def postgresql() -> Iterator[base.DatabaseWrapper]:
    """A further connection to the real server, limited from its beginning."""
    limit_waiting(5)
    made = connection.copy()
    yield made
    made.close()


@pytest.mark.postgresql
def test_a_statement_without_an_answer_ends_and_its_connection_with_it(postgresql):
    with postgresql.cursor() as cursor:
        cursor.execute("SELECT 1")
        with pytest.raises(OperationalError, match="does not answer"), no_longer_than(SHORT):
            cursor.execute("SELECT pg_sleep(4)")
    assert not postgresql.is_usable()
    postgresql.close()
    with postgresql.cursor() as cursor:
        cursor.execute("SELECT 2")
        assert cursor.fetchone() == (2,)


@pytest.mark.postgresql
def test_after_an_answer_that_did_not_come_a_server_that_lives_is_connected_to_at_once(postgresql):
    with pytest.raises(OperationalError), no_longer_than(SHORT), postgresql.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(4)")
    postgresql.close()
    with postgresql.cursor() as cursor:
        cursor.execute("SELECT 2")
        assert cursor.fetchone() == (2,)


@pytest.mark.postgresql
def test_a_connection_that_has_just_answered_is_not_asked_again_for_a_second(postgresql, monkeypatch):
    asked = []

    def usable(self) -> bool:
        asked.append(self)
        return True

    postgresql.ensure_connection()
    monkeypatch.setattr("django.db.backends.postgresql.base.DatabaseWrapper.is_usable", usable)
    assert postgresql.is_usable()
    assert postgresql.is_usable()
    assert len(asked) == 1
    later = base.time.monotonic() + base.TRUSTED
    monkeypatch.setattr(base.time, "monotonic", lambda: later)
    assert postgresql.is_usable()
    assert len(asked) == 2


@pytest.mark.postgresql
def test_a_server_that_has_closed_the_connection_is_noticed_within_that_second(postgresql):
    postgresql.ensure_connection()
    assert postgresql.is_usable()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [postgresql.connection.info.backend_pid])
    assert not postgresql.is_usable()


@pytest.mark.postgresql
def test_a_slow_statement_is_broken_off_by_the_server_and_the_connection_lives(postgresql):
    with postgresql.cursor() as cursor:
        cursor.execute("SET statement_timeout = 50")
        with pytest.raises(OperationalError, match="statement timeout"):
            cursor.execute("SELECT pg_sleep(4)")
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


@pytest.mark.postgresql
def test_one_statement_that_does_the_work_of_many_may_take_longer_and_the_next_one_may_not(postgresql):
    limit_waiting(1)
    with patiently(postgresql, 20), postgresql.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(1.3)")
    with pytest.raises(OperationalError), postgresql.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(30)")


@pytest.mark.postgresql
def test_after_such_a_statement_what_database_url_says_itself_counts_again(postgresql):
    postgresql.settings_dict["OPTIONS"]["options"] = "-c statement_timeout=2345"
    with postgresql.cursor() as cursor:
        with patiently(postgresql, 20):
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("18s",)
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("2345ms",)


@pytest.mark.postgresql
def test_after_a_fault_meanwhile_the_next_connection_has_the_usual_limits(postgresql):
    limit_waiting(1)
    with pytest.raises(ZeroDivisionError), patiently(postgresql, 20):
        raise ZeroDivisionError
    assert postgresql.connection is None
    with pytest.raises(OperationalError), postgresql.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(30)")
