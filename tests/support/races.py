"""Several threads at the same rows at once, with the race window held open (PostgreSQL)."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection, connections

#: Longer than any healthy step takes; who reaches it has hung.
TIMEOUT = 20


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run each of ``calls`` in a thread with a database connection of its own; their results, or what they raised."""
    start = threading.Barrier(len(calls), timeout=TIMEOUT)

    def run(call: Callable[[], Any]) -> Any:
        try:
            start.wait()
            return call()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def somebody_waits() -> bool:
    """Whether a connection to this database waits for a lock that another holds."""
    with connection.cursor() as cursor:
        # Inside a transaction the view stands still until it is told otherwise.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0] > 0


class Window:
    """Holds whoever comes first until another thread has come as far, or waits for a lock on the way there."""

    def __init__(self) -> None:
        self._arrived = 0
        self._counting = threading.Lock()
        self._second = threading.Event()

    def hold(self) -> None:
        if threading.current_thread() is threading.main_thread():
            # Whatever is prepared before the race takes no part in it.
            return
        with self._counting:
            self._arrived += 1
            first = self._arrived == 1
        if not first:
            self._second.set()
            return
        for _ in range(int(TIMEOUT / 0.01)):
            if self._second.wait(0.01) or somebody_waits():
                return
        raise TimeoutError("nobody else came")
