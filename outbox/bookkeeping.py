"""What became of the messages of a batch, written down in few statements and few commits.

Docs: docs/adr/0037-outbox-in-bulk.md.
"""

import logging
import time
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection

from common.round_trips import RoundTrip
from outbox.models import Message

log = logging.getLogger(__name__)

# A far side that takes a message in less than this (seconds) would wait for our commits most of the time: so many are
# written down together, or as many as it took within this (seconds).
QUICK, TOGETHER, AT_THE_LATEST = 0.01, 10, 0.025
# What somebody has in their hands is written down even if the database is away for so long (seconds).
_PATIENCE, _PAUSE = 10.0, 0.5
State = Message.State
# Of these a worker may note that it sent them: they are in its hand, or somebody withdrew or freed them meanwhile; the
# same stands in _SENT.
_MAY_BE_SENT = (State.CLAIMED, State.SENDING, State.QUEUED, State.CANCELLED, State.EXPIRED)

_NEWS = "news (id, sent_at, reference, subject, text) AS (VALUES {rows})"
# PostgreSQL is told the types, since it plans these statements before it has any values; SQLite knows none of them.
_ROW, _TYPED_ROW = "(%s, %s, %s, %s, %s)", "(%s::bigint, %s::timestamptz, %s, %s, %s)"
# Both find their rows by number. They are planned while the table is small: were their other conditions written so that
# an index fits them, PostgreSQL would go on reading all of that index when there are thousands.
_SENT = """
UPDATE outbox_message
SET state = 'sent', lease_until = NULL, sent_at = news.sent_at, error = '',
    provider_reference = news.reference, subject = news.subject, text = news.text
FROM news
WHERE outbox_message.id = news.id AND address <> ''
    AND (state IN ('claimed', 'sending', 'queued', 'cancelled', 'expired')) IS TRUE
RETURNING outbox_message.id
"""
_BEGIN = """
UPDATE outbox_message SET state = 'sending', lease_until = %s
WHERE id = %s AND (state = 'claimed' AND lease_until > %s) IS TRUE
RETURNING id
"""
_BOTH = "WITH {news}, sent AS ({sent}), begun AS ({begun}) SELECT id FROM sent UNION ALL SELECT id FROM begun"


class Books:
    """Notes of one batch over one channel.

    Args:
        lease: for how long a message that is being sent is nobody else's.
        begins: whether each message is noted by ``begin`` before it is sent; what became of the one before is written
            in the same statement.
        together: whether several that were sent may be written at once, as long as the far side is quick.
    """

    def __init__(self, lease: timedelta, *, begins: bool, together: bool) -> None:
        self._lease = lease
        self._begins = begins
        self._together = together
        # Asked once for a batch: each look at the connection finds out again which one is the thread's.
        self._is_postgresql = connection.vendor == "postgresql"
        self._row = _TYPED_ROW if self._is_postgresql else _ROW
        # A moment as the database takes it; SQLite takes text.
        self._moment = connection.ops.adapt_datetimefield_value
        self._news: list[tuple[Any, ...]] = []
        self._since = 0.0
        self._sent = 0

    def begin(self, message: Message, now: datetime) -> bool:
        """Write that ``message`` is on its way, before it is: whoever finds it so later does not send it again.

        False if somebody took it back.
        """
        begin = _BEGIN, [self._moment(now + self._lease), message.pk, self._moment(now)]
        if not self._news or not self._is_postgresql:
            self._write()
            return bool(_ask_patiently(*begin))
        # One commit for what became of the last one and for the next; two changes by one statement.
        news, values = self._as_rows()
        both = _BOTH.format(news=news, sent=_SENT, begun=_BEGIN)
        done = _ask_patiently(both, [*values, *begin[1]])
        self._count(done)
        return message.pk in done

    def note_sent(
        self, message: Message, now: datetime, *, took: float, reference: str, subject: str, text: str
    ) -> None:
        """Note that the far side took ``message`` after ``took`` seconds, and what it said."""
        if not self._news:
            self._since = time.monotonic()
        self._news.append((message.pk, now, reference, subject, text))
        if self._begins:
            return
        is_full = len(self._news) >= TOGETHER or time.monotonic() - self._since >= AT_THE_LATEST
        if is_full or took >= QUICK or not self._together:
            self._write()

    @property
    def is_clear(self) -> bool:
        """Whether all that was sent is written down."""
        return not self._news

    def close(self) -> int:
        """Write what is only noted; returns how many messages were sent and are noted so.

        That a message was sent is written even if it was withdrawn meanwhile: nobody may read "withdrawn" of what
        people have in their hands.
        """
        self._write()
        return self._sent

    def _write(self) -> None:
        if self._news:
            news, values = self._as_rows()
            self._count(_ask_patiently(f"WITH {news} {_SENT}", values))

    def _as_rows(self) -> tuple[str, list[Any]]:
        values = [value for number, sent_at, *said in self._news for value in (number, self._moment(sent_at), *said)]
        return _NEWS.format(rows=", ".join([self._row] * len(self._news))), values

    def _count(self, done: set[int]) -> None:
        """Forget the news, of which ``done`` are written; of people erased meanwhile only that it was sent is noted."""
        for number, sent_at, *_said in self._news:
            self._sent += number in done or _note_of_erased(number, sent_at)
        self._news = []


def _note_of_erased(number: int, sent_at: datetime) -> bool:
    """Note that the message ``number``, whose people were erased meanwhile, was sent; False if it is another's."""
    erased = Message.objects.filter(pk=number, address="", state__in=_MAY_BE_SENT)
    return bool(erased.update(state=State.SENT, lease_until=None, sent_at=sent_at))


def _ask_patiently(sql: str, values: list[Any]) -> set[int]:
    """The numbers that ``sql`` returns, planned once a connection; a database that is away is asked for seconds."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return {pk for (pk,) in RoundTrip().fetch_planned(sql, values)}
        except (OperationalError, InterfaceError) as error:
            if connection.in_atomic_block or time.monotonic() >= until:
                raise
            log.warning("the database is away (%s); what was sent is noted as soon as it is back", type(error).__name__)
            connection.close()
            time.sleep(_PAUSE)
