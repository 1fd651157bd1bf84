"""Whether anything may leave: a restored installation is held until an administrator has seen what would.

A dump holds messages that have left since it was made, and none of those that were planned and left afterwards. So a
database that was restored sends nothing by itself. It is recognised by what no dump brings along: the place of its
tables, and a count that a file in ``VAR_DIR`` keeps beside it. Docs: docs/adr/0031-held-after-a-restore.md.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import ProgrammingError, connection, transaction
from django.db.models import F, Q

from common.lookups import LookUp
from common.round_trips import RoundTrip
from outbox.models import Installation

log = logging.getLogger(__name__)

#: Why a message was not sent, as it stands in the outbox.
DROPPED = "Not sent: it may have left before the installation was restored."
_BEAT = timedelta(seconds=30)
# The file may be ahead by what a loss of power took from the database, and by what was written between two looks.
_AHEAD = 2
# An installation that was restored is another one since: whatever has its old name is an old dump.
_RETIRED = 2**62
_REMEMBERED = 20
# Nobody plans or sends later than this after a sign of life; a reminder that fired so shortly before the dump may have
# been planned after it.
_MARGIN = timedelta(minutes=2)
# A sign of life older than this at the moment of a hold by hand: the database may be an old one.
_STALE = timedelta(minutes=5)

# The system identifier changes with the cluster, the two numbers when database or table are made anew, which each
# restoring of a dump does, into the same database as well. No restart, no VACUUM and no failover changes any of them.
_CLUSTER = "SELECT system_identifier::text FROM pg_control_system()"
_TABLE = """
SELECT (SELECT oid FROM pg_database WHERE datname = current_database())::text || '/' || to_regclass(%s)::oid::text
"""
# By connection: which cluster is at the other end does not change while it lasts. Where a pool stands between, it may;
# then the table and the file in VAR_DIR tell.
_clusters: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
# One row at most: evaluated once for all messages. PostgreSQL takes an OR in place of CASE for a condition that hardly
# any row meets, and then sorts all that are due for each batch.
_HELD_SINCE = "(SELECT max(held_since) FROM outbox_installation)"
_MAY_LEAVE = (
    f"CASE WHEN {_HELD_SINCE} IS NULL THEN TRUE ELSE composer IN ({{names}}) AND created_at >= {_HELD_SINCE} END"
)


_ROW: LookUp[Installation, int] = LookUp(lambda pk: Installation.objects.filter(pk=pk))


def look(now: datetime) -> Installation:
    """Leave a sign of life at ``now`` (UTC), and hold everything if this database is a restored one.

    Whoever sends or plans calls it first. Returns what is known of the installation.
    """
    here = place()
    row, is_new = _ROW.first(Installation.ONLY), False
    if row is None:
        row, is_new = Installation.objects.get_or_create(pk=Installation.ONLY, defaults={"seen_at": now, "place": here})
    if not is_new and _is_restored(row, here):
        return _hold_restored(row, here, now)
    if is_new or not row.seen_at <= now < row.seen_at + _BEAT:
        _beat(row, here, now)
    return row


def current() -> Installation | None:
    """What is known of the installation, without a sign of life; None before the first delivery."""
    return _ROW.first(Installation.ONLY)


def may_leave() -> Q | None:
    """The condition on messages that may leave now; None: all of them.

    While everything is held, a code to sign in leaves that was asked for since: administrators need one to get in.
    """
    return may_leave_from(current())


def may_leave_from(row: Installation | None) -> Q | None:
    """As ``may_leave``, for an installation ``row`` that is known already."""
    if row is None or row.held_since is None:
        return None
    return Q(composer__in=settings.OUTBOX_WHILE_HELD, created_at__gte=row.held_since)


def may_leave_sql() -> tuple[str, list[str]]:
    """As ``may_leave``, to stand in a statement about ``outbox_message``: the condition, and its values in order."""
    composers = [*settings.OUTBOX_WHILE_HELD]
    return _MAY_LEAVE.format(names=", ".join(["%s"] * len(composers)) or "NULL"), composers


def hold_by_hand(now: datetime) -> Installation:
    """Let nothing leave from ``now`` on (UTC).

    On a database that nobody has used for some minutes, its last sign of life counts as the moment of the dump.
    """
    row = look(now) if (row := current()) is None or not _is_stale(row, now) else row
    if row.held_since is None:
        gap = {"gap_from": _gap_from(row), "gap_until": now} if _is_stale(row, now) else {}
        Installation.objects.filter(pk=row.pk, held_since=None).update(held_since=now, is_restored=False, **gap)
        log.warning("nothing leaves from now on, by hand")
    return Installation.objects.get(pk=row.pk)


def lift(*, drop: bool) -> None:
    """Let messages leave again. ``drop``: what belongs between the dump and the hold is not planned any more."""
    gap = {} if drop else {"gap_from": None, "gap_until": None}
    Installation.objects.filter(pk=Installation.ONLY).update(held_since=None, is_restored=False, **gap)
    log.warning("messages leave again; those of before were %s", "dropped" if drop else "kept")


def left_out(row: Installation) -> Callable[[datetime], bool]:
    """Asked with a moment: whether what belonged out then was sent, or given up, before ``row`` was restored."""
    since, until = row.gap_from, row.gap_until
    return lambda moment: since is not None and until is not None and since < moment <= until


def place() -> str:
    """Where the tables are; "" where nothing can be said."""
    if connection.vendor == "postgresql":
        ((table,),) = RoundTrip().fetch_planned(_TABLE, [Installation._meta.db_table])
        return f"{_cluster() or '-'}/{table or ''}"
    # A demo's files may lie on a shared folder whose numbers change at each start.
    if connection.vendor == "sqlite" and not settings.RELAXED:
        with suppress(OSError):
            return str(Path(connection.settings_dict["NAME"]).stat().st_ino)
    return ""


def _beat(row: Installation, here: str, now: datetime) -> None:
    """Leave a sign of life; of several processes that want to, one does."""
    same = Installation.objects.filter(pk=row.pk, uid=row.uid, pulse=row.pulse)
    if same.update(pulse=F("pulse") + 1, seen_at=now, place=here):
        _write_mark({row.uid: row.pulse + 1})


def _cluster() -> str:
    """The identifier of the cluster, asked for once a connection; "" if the server does not tell it."""
    connection.ensure_connection()
    if (known := _clusters.get(connection.connection)) is not None:
        return known
    try:
        # Where a transaction is open, a refusal must not end it.
        with transaction.atomic():
            found = _ask(_CLUSTER)
    except ProgrammingError:
        found = ""
    _clusters[connection.connection] = found
    return found


def _ask(sql: str) -> str:
    """What the database answers to ``sql``; "" for NULL."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        (found,) = cursor.fetchone()
    return str(found or "")


def _is_restored(row: Installation, here: str) -> bool:
    if row.place and here and row.place != here:
        return True
    return _read_mark().get(row.uid.hex, 0) > row.pulse + _AHEAD


def _hold_restored(row: Installation, here: str, now: datetime) -> Installation:
    """Hold everything, and make the installation another one, so that files of before say nothing about it."""
    fresh = {"uid": uuid4(), "pulse": row.pulse + 1, "place": here, "seen_at": now}
    held = {"held_since": now, "is_restored": True, "gap_from": _gap_from(row), "gap_until": now}
    if Installation.objects.filter(pk=row.pk, uid=row.uid).update(**fresh, **held):
        log.error("this database was restored: nothing leaves until an administrator releases it")
    found = Installation.objects.get(pk=row.pk)
    # The same dump may be restored once more.
    _write_mark({row.uid: _RETIRED, found.uid: found.pulse})
    return found


def _gap_from(row: Installation) -> datetime:
    """Since when this database may not know what has left; of several restorings the first counts."""
    since = row.seen_at - _MARGIN
    return min(since, row.gap_from) if row.gap_from else since


def _is_stale(row: Installation, now: datetime) -> bool:
    return now - row.seen_at > _STALE


def unsent_of_before(row: Installation) -> Q:
    """The condition on messages that belonged out before everything was held: they may have left already."""
    return Q(due_at__lte=row.gap_until or row.held_since)


def _mark() -> Path:
    return Path(settings.VAR_DIR) / "installation"


def _read_mark() -> dict[str, int]:
    """The counts that the file beside the database has, by installation."""
    with suppress(OSError, ValueError):
        lines = _mark().read_text(encoding="ascii").splitlines()
        return {uid: int(pulse) for uid, pulse in (line.split() for line in lines)}
    return {}


def _write_mark(counts: dict[UUID, int]) -> None:
    """Note the ``counts``. Without a folder to write in, the place of the tables alone must do."""
    known = _read_mark()
    for uid, pulse in counts.items():
        # The last one written stands last.
        known.pop(uid.hex, None)
        known[uid.hex] = pulse
    lines = [f"{uid} {pulse}\n" for uid, pulse in known.items()][-_REMEMBERED:]
    fresh = _mark().with_name(f"installation.{uuid4().hex[:8]}")
    try:
        fresh.write_text("".join(lines), encoding="ascii")
        fresh.replace(_mark())
    except OSError as error:
        log.debug("%s cannot be written: %s", fresh, error)
