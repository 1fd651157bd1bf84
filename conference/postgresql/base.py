"""Django's backend for PostgreSQL, with an end to waiting."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.postgresql import base
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from conference.postgresql.waiting import Away, has_spoken, longest_wait, no_longer_than, to_ask_kept_connection

#: Seconds for which a connection that has answered counts as usable while its server does not close it.
TRUSTED = 1.0

#: One for the process: its threads talk to one server.
_away = Away()


class Travelling:
    """A transaction that the server hears of with its statements: BEGIN before the first, COMMIT after the last.

    The driver is not told: it would send each by itself and wait for the answer.
    """

    def __init__(self) -> None:
        #: Whether Django has begun it, and not ended.
        self.is_open = False
        #: Whether the server has heard that it has begun, or hears it with the next statement.
        self.is_begun = False
        self._end: Callable[[str], None] | None = None

    def take_begin(self) -> str:
        """What to say before the next statement: "" if the server knows that a transaction has begun."""
        if not self.is_open or self.is_begun:
            return ""
        self.is_begun = True
        return "BEGIN"

    def end_with(self, send: Callable[[str], None]) -> None:
        """Have ``send`` say the last words: it is given COMMIT, and sends that after them."""
        self._end = send

    def take_end(self) -> Callable[[str], None] | None:
        """Whoever says the last words, once."""
        end, self._end = self._end, None
        return end


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that the server ends before this side gives up on it."""

    _trusted_until = 0.0
    #: The transaction of ``travel_together`` that runs now.
    travelling: Travelling | None = None

    def get_connection_params(self) -> dict[str, Any]:
        """libpq's parameters; where this process limits its waiting, the server breaks off what takes as long."""
        params: dict[str, Any] = super().get_connection_params()
        # Compiling a statement of many conditions takes a second; running it, at a hundred thousand rows, a tenth.
        # What is prepared is meant to be planned once, and not five times to see whether the values matter.
        options = "-c jit=off -c plan_cache_mode=force_generic_plan"
        if seconds := longest_wait():
            # A little earlier: then the connection lives, and the log has the statement.
            most = int(seconds * 900)
            options += f" -c statement_timeout={most} -c lock_timeout={most * 4 // 5}"
        params["options"] = f"{options} {params.get('options', '')}".strip()
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A new connection.

        Raises:
            OperationalError: the server does not answer, or did not a moment ago.
        """
        if self.travelling is not None:
            # What had begun ended with the connection before.
            self.travelling.is_open = False
        return _away.connect(lambda: super(DatabaseWrapper, self).get_new_connection(conn_params))

    def is_usable(self) -> bool:
        """Whether a kept connection still works; asked before it is used again."""
        # Many requests a second need not ask each: a server that was restarted has closed the connection.
        if time.monotonic() < self._trusted_until and not has_spoken(self.connection):
            return True
        with no_longer_than(to_ask_kept_connection()):
            usable: bool = super().is_usable()
        self._trusted_until = time.monotonic() + TRUSTED if usable else 0.0
        return usable

    @contextmanager
    def travel_together(self) -> Iterator[Travelling | None]:
        """Inside, ``transaction.atomic`` begins with its first statement and ends with its last.

        None inside a transaction, which begins and ends as it does anyway.
        """
        if self.in_atomic_block or not self.get_autocommit():
            yield None
            return
        self.travelling = Travelling()
        try:
            yield self.travelling
        finally:
            self.travelling = None

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor; whatever it is asked, the transaction has begun before."""
        if self.travelling is not None and (begin := self.travelling.take_begin()):
            with super().create_cursor() as cursor:
                cursor.execute(begin)
        return super().create_cursor(name)

    def _set_autocommit(self, autocommit: bool) -> None:
        travelling = self.travelling
        if travelling is not None and not autocommit:
            travelling.is_open = True
        elif travelling is not None and travelling.is_open:
            travelling.is_open = False
            # What broke its end was no error of the database, after which Django rolls back: nothing is stored.
            if self.connection is not None and self.connection.info.transaction_status != TRANSACTION_STATUS_IDLE:
                self.close()
        else:
            super()._set_autocommit(autocommit)  # type: ignore[misc]

    def _commit(self) -> None:
        if self.travelling is None or not self.travelling.is_open:
            super()._commit()  # type: ignore[misc]
        elif end := self.travelling.take_end():
            end("COMMIT")
        else:
            self._end_by("COMMIT")

    def _rollback(self) -> None:
        if self.travelling is None or not self.travelling.is_open:
            super()._rollback()  # type: ignore[misc]
        else:
            self._end_by("ROLLBACK")

    def _end_by(self, statement: str) -> None:
        """End the transaction, if the server knows of it."""
        if self.connection is not None and self.travelling is not None and self.travelling.is_begun:
            with self.wrap_database_errors, super().create_cursor() as cursor:
                cursor.execute(statement)
