"""Django's backend for PostgreSQL, with an end to waiting."""

import time
from typing import Any

from django.db.backends.postgresql import base

from conference.postgresql.waiting import TO_CONNECT, Away, has_spoken, longest_wait, no_longer_than

#: Seconds for which a connection that has answered counts as usable while its server does not close it.
TRUSTED = 1.0

#: One for the process: its threads talk to one server.
_away = Away()


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that the server ends before this side gives up on it."""

    _trusted_until = 0.0

    def get_connection_params(self) -> dict[str, Any]:
        """libpq's parameters; where this process limits its waiting, the server breaks off what takes as long."""
        params: dict[str, Any] = super().get_connection_params()
        # Compiling a statement of many conditions takes a second; running it, at a hundred thousand rows, a tenth.
        options = "-c jit=off"
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
        return _away.connect(lambda: super(DatabaseWrapper, self).get_new_connection(conn_params))

    def is_usable(self) -> bool:
        """Whether a kept connection still works; asked before it is used again."""
        # Many requests a second need not ask each: a server that was restarted has closed the connection.
        if time.monotonic() < self._trusted_until and not has_spoken(self.connection):
            return True
        with no_longer_than(TO_CONNECT):
            usable: bool = super().is_usable()
        self._trusted_until = time.monotonic() + TRUSTED if usable else 0.0
        return usable
