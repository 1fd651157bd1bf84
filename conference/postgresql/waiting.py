"""How long this process waits for PostgreSQL.

A server that is stopped, or a network that swallows packets, accepts a connection and says nothing. libpq then waits
for ever, and the server's own time-outs do not help. So psycopg2 asks ``_wait`` whenever there is nothing to read yet.
"""

import select
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg2
from psycopg2 import extensions

#: Seconds to connect; asking a kept connection whether it still works is part of them.
TO_CONNECT = 3.0
#: Seconds of these to connect anew after a connection has fallen silent: a server that was restarted needs a tenth.
TO_CONNECT_ANEW = 1.0
#: Seconds in which nobody asks a server again that has not answered; then one asks, and the others go on without.
REST = 5.0
# While connecting psycopg2 has states of its own, without names.
_CONNECTED = (extensions.STATUS_READY, extensions.STATUS_BEGIN, extensions.STATUS_PREPARED)
_T = TypeVar("_T")


class Silence(psycopg2.OperationalError):
    """The database does not answer. The connection is closed; what it had not committed is not stored."""


class _Limits(threading.local):
    """Seconds for one answer, for the code that runs now in this thread; None: as everywhere."""

    seconds: float | None = None
    #: More than everywhere; see ``patiently``.
    at_least: float = 0
    #: When all answers together must be there (monotonic); see ``all_within``.
    until: float | None = None
    #: When this thread waited in vain last (monotonic).
    in_vain_at: float | None = None


_limits = _Limits()
_everywhere: float | None = None


def limit_waiting(seconds: float | None) -> None:
    """Wait at most ``seconds`` for each answer, in all of this process; None, or 0: as long as it takes."""
    global _everywhere
    _everywhere = seconds or None
    extensions.set_wait_callback(_wait if _everywhere else None)


def longest_wait() -> float | None:
    """Seconds that this process waits for an answer; None: as long as it takes."""
    return _everywhere


@contextmanager
def no_longer_than(seconds: float) -> Iterator[None]:
    """Inside, this thread waits at most ``seconds`` for each answer, if this process limits its waiting at all."""
    before = _limits.seconds
    _limits.seconds = seconds if before is None else min(seconds, before)
    try:
        yield
    finally:
        _limits.seconds = before


@contextmanager
def all_within(seconds: float) -> Iterator[None]:
    """Inside, this thread waits at most ``seconds`` for all answers together, connecting included.

    If this process limits its waiting at all. Not to be nested.
    """
    _limits.until = time.monotonic() + seconds
    try:
        yield
    finally:
        _limits.until = None


def to_ask_kept_connection() -> float:
    """Seconds for a kept connection to say that it still works, so that enough are left to connect anew."""
    usual = TO_CONNECT - TO_CONNECT_ANEW
    return usual if _limits.until is None else min(usual, _left(_limits.until) / 2)


def _left(until: float) -> float:
    return max(0.0, until - time.monotonic())


@contextmanager
def patiently(connection: Any, seconds: float) -> Iterator[None]:
    """Inside, this thread waits up to ``seconds`` for each answer over Django's ``connection``, and the server works.

    For one statement that does the work of many, such as a list of a hundred thousand people. Outside transactions.
    """
    usual = longest_wait()
    if connection.vendor != "postgresql" or usual is None or usual >= seconds:
        yield
        return
    before, _limits.at_least = _limits.at_least, seconds
    try:
        _execute(connection, "SELECT set_config('statement_timeout', %s, false)", str(int(seconds * 900)))
        yield
        # To what was said at connecting, by this process or by DATABASE_URL.
        _execute(connection, "RESET statement_timeout")
    except BaseException:
        # The next one has the usual limits.
        connection.close()
        raise
    finally:
        _limits.at_least = before


def _execute(connection: Any, statement: str, *values: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _limit_for(connection: extensions.connection) -> float:
    limits = [max(_everywhere if _everywhere is not None else TO_CONNECT, _limits.at_least)]
    if connection.status not in _CONNECTED:
        limits.append(TO_CONNECT_ANEW if _has_just_waited_in_vain() else TO_CONNECT)
    if _limits.seconds is not None:
        limits.append(_limits.seconds)
    if _limits.until is not None:
        limits.append(_left(_limits.until))
    return min(limits)


def _has_just_waited_in_vain() -> bool:
    return _limits.in_vain_at is not None and time.monotonic() < _limits.in_vain_at + REST


def _wait(connection: extensions.connection) -> None:
    """Wait for the answer that ``connection`` expects; psycopg2 calls it.

    Raises:
        Silence: there is none in time.
    """
    state = connection.poll()
    if state == extensions.POLL_OK:
        return
    deadline = time.monotonic() + _limit_for(connection)
    while state != extensions.POLL_OK:
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN if state == extensions.POLL_READ else select.POLLOUT)
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            _limits.in_vain_at = time.monotonic()
            raise Silence("The database does not answer.")
        state = connection.poll()


def has_spoken(connection: extensions.connection) -> bool:
    """Whether the server has sent something that nobody has read, or has closed the connection."""
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


class Away:
    """Whether the server has fallen silent: then not every thread waits for it in turn, static files have to go out."""

    def __init__(self) -> None:
        self._is_away = False
        self._ask_at = 0.0
        self._asking = threading.Lock()

    def connect(self, connect: Callable[[], _T]) -> _T:
        """What ``connect`` returns.

        Raises:
            Silence: the server does not answer, or did not a moment ago.
        """
        if not self._is_away:
            return self._try(connect)
        if time.monotonic() < self._ask_at or not self._asking.acquire(blocking=False):
            raise Silence("The database did not answer a moment ago.")
        try:
            return self._try(connect)
        finally:
            self._asking.release()

    def _try(self, connect: Callable[[], _T]) -> _T:
        try:
            made = connect()
        except Silence:
            self._is_away, self._ask_at = True, time.monotonic() + REST
            raise
        self._is_away = False
        return made
