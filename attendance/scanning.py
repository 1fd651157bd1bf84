"""Taking what the phones at the doors have read. Docs: docs/adr/0048-doors-and-scans.md."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Substr

from attendance.batches import Batch, Read
from attendance.deriving import derive
from attendance.models import Attendance, Device, Door, Scan
from attendance.services import desk_opens_at
from conference.models import raise_day_version
from registrations.models import Delegate, Registration

#: What the clock of a phone may be wrong without being corrected: sending takes time, too.
CLOCK_MAY_DIFFER = timedelta(seconds=30)
#: A request may be so long on its way, while a server starts anew or a line is slow.
_LONG_ON_ITS_WAY = (timedelta(seconds=10), timedelta(minutes=5))
PREFIX = 16


class Outcome(StrEnum):
    """What became of a scan; the phone takes it out of its queue whatever it is."""

    HERE = "here"
    #: They had been read at another door.
    TWICE = "twice"
    NO_SEAT = "no_seat"
    #: Nobody of this conference has the code.
    UNKNOWN = "unknown"
    #: Somebody of another conference has it.
    FOREIGN = "foreign"
    #: It was before anybody can be checked in.
    TRIAL = "trial"
    TAKEN_BACK = "taken_back"
    #: What was typed waits to be registered.
    TYPED = "typed"
    #: The same identifier came before with other content; the first one stays.
    CONFLICT = "conflict"
    BAD = "bad"


@dataclass
class Taken:
    """What became of a batch: by the identifier of each scan as it was sent."""

    outcomes: dict[str, str] = field(default_factory=dict)
    #: How many of them were stored now; the others were known, or are nothing.
    stored: int = 0


def take_scans(*, device: Device, batch: Batch, now: datetime) -> Taken:
    """Store what ``device`` sends, and derive attendance from it.

    Nothing that happened is refused: also what came late, twice, from the wrong point or of somebody without a seat is
    stored. The same batch again changes nothing. The number of statements does not grow with the batch. The day version
    is raised once if anything was new.

    Args:
        device: of the phone that sends it, with its conference.
        batch: what it sends; times are moved by the difference between its clock and ``now``.
        now: the server's clock.
    """
    taken = Taken({uid: Outcome.BAD.value for uid in batch.bad if uid})
    with transaction.atomic():
        refused = len(batch.bad)
        if batch.reads:
            people = _People.of(device, batch.reads)
            known = {scan.uid: scan for scan in Scan.objects.filter(uid__in=[read.uid for read in batch.reads])}
            fresh, conflicts = _fresh(batch.reads, known)
            refused += len(conflicts)
            taken.outcomes |= {str(uid): Outcome.CONFLICT.value for uid in conflicts}
            rows = _rows(device, fresh, _offset(batch, now), people, now)
            Scan.objects.bulk_create(rows, ignore_conflicts=True)
            _settle(device, rows, [known[r.uid] for r in batch.reads if r.uid in known], people, taken, conflicts)
            taken.stored = len(rows)
        _note_life(device, batch, refused, now)
        if taken.stored:
            raise_day_version(device.conference_id)
    return taken


@dataclass(frozen=True)
class _People:
    """Whom the codes of a batch mean; their rows are locked until the transaction ends."""

    by_code: dict[str, Delegate]
    #: Whole hashes of people of other conferences.
    foreign: frozenset[str]
    #: By the scan that an undo may take back.
    by_scan: dict[UUID, Delegate]

    @classmethod
    def of(cls, device: Device, reads: Iterable[Read]) -> "_People":
        undone = _numbers_of_undone(device, reads)
        by_pk = _locked({pk for pk in undone.values() if pk is not None} | _numbers_of_codes(device, reads))
        by_code, foreign = {}, set()
        for one in by_pk.values():
            if one.registration.conference_id == device.conference_id:
                by_code[one.token_hash] = by_code[one.token_hash[:PREFIX]] = one
            else:
                foreign.add(one.token_hash)
        by_scan = {uid: by_pk[pk] for uid, pk in undone.items() if pk in by_pk}
        # An undo may stand in one batch with what it takes back. Who came instead of somebody is not that one.
        arrived = [read for read in reads if read.kind == Scan.Kind.ARRIVE]
        by_scan |= {read.uid: by_code[read.code] for read in arrived if read.code in by_code}
        return cls(by_code, frozenset(foreign), by_scan)

    def meant_by(self, read: Read) -> Delegate | None:
        return self.by_scan.get(read.undoes) if read.undoes is not None else self.by_code.get(read.code)

    def everybody(self, rows: Iterable[Scan]) -> list[Delegate]:
        """Those of whom ``rows`` are."""
        numbers = {row.delegate_id for row in rows}
        found = {one.pk: one for one in [*self.by_code.values(), *self.by_scan.values()]}
        return [one for one in found.values() if one.pk in numbers]


def _numbers_of_undone(device: Device, reads: Iterable[Read]) -> dict[UUID, int | None]:
    """Of whom the scans were that are taken back, if ``device`` has sent them before."""
    undone = {read.undoes for read in reads if read.undoes is not None}
    if not undone:
        return {}
    return dict(Scan.objects.filter(uid__in=undone, device=device).values_list("uid", "delegate"))


def _numbers_of_codes(device: Device, reads: Iterable[Read]) -> set[int]:
    """The numbers of the delegates with these hashes, and of those of the conference whose hashes begin so."""
    whole = {read.code for read in reads if len(read.code) > PREFIX}
    chosen = {read.code for read in reads if len(read.code) == PREFIX}
    numbers: set[int] = set()
    if whole:
        numbers |= set(Delegate.objects.filter(token_hash__in=whole).order_by().values_list("pk", flat=True))
    if chosen:
        ours = Delegate.objects.filter(registration__conference=device.conference_id).order_by()
        begins = ours.annotate(prefix=Substr("token_hash", 1, PREFIX))
        numbers |= set(begins.filter(prefix__in=chosen).values_list("pk", flat=True))
    return numbers


def _locked(numbers: Collection[int]) -> dict[int, Delegate]:
    """The delegates with these numbers and their registrations; they are locked until the transaction ends.

    In one order, so that two doors with the same people do not wait for each other for ever.
    """
    locked = Delegate.objects.select_for_update(of=("self",), no_key=True).select_related("registration")
    found = locked.filter(pk__in=numbers).order_by("pk").defer("search_text", "registration__search_text")
    return {delegate.pk: delegate for delegate in found}


def _fresh(reads: Iterable[Read], known: dict[UUID, Scan]) -> tuple[list[Read], set[UUID]]:
    """The scans that are not stored yet, each once; and the identifiers that come again with other content."""
    fresh: dict[UUID, Read] = {}
    conflicts = set()
    for read in reads:
        if read.uid in known:
            if not read.is_same(known[read.uid]):
                conflicts.add(read.uid)
        elif fresh.setdefault(read.uid, read) != read:
            conflicts.add(read.uid)
    return list(fresh.values()), conflicts


def _offset(batch: Batch, now: datetime) -> timedelta:
    """By how much the clock of the phone is behind ``now``.

    A request that was long on its way makes it look slow. Then what the phone has heard from earlier answers counts,
    unless it is so much else that the clock must have been set since.
    """
    offset, (shortest, longest) = now - batch.clock, _LONG_ON_ITS_WAY
    if batch.offset is not None and shortest <= offset - batch.offset <= longest:
        return batch.offset
    return offset


def _rows(device: Device, reads: Iterable[Read], offset: timedelta, people: _People, now: datetime) -> list[Scan]:
    is_corrected = abs(offset) > CLOCK_MAY_DIFFER
    doors = set(Door.objects.filter(bridge_point=device.bridge_point_id).values_list("pk", flat=True))
    return [
        Scan(
            uid=read.uid,
            conference_id=device.conference_id,
            bridge_point_id=device.bridge_point_id,
            device=device,
            # What was read before the phone was paired with another door of the point.
            door_id=read.door if read.door in doors else device.door_id,
            # Who came instead of somebody is not that one.
            delegate=people.meant_by(read) if read.kind != Scan.Kind.SUBSTITUTE else None,
            kind=read.kind,
            code=read.code[:PREFIX],
            undoes=read.undoes,
            verdict=read.verdict,
            # Nothing has happened later than now.
            happened_at=min(read.at + offset if is_corrected else read.at, now),
            device_at=read.at,
            is_corrected=is_corrected,
            received_at=now,
            details=dict(read.details),
        )
        for read in reads
    ]


def _settle(
    device: Device, rows: list[Scan], known: list[Scan], people: _People, taken: Taken, conflicts: Collection[UUID]
) -> None:
    """Derive attendance from the new ``rows``, and say of these and of the ``known`` ones what became of them."""
    opens_at = desk_opens_at(device.conference)
    here: dict[int, Attendance] = {}
    if delegates := people.everybody([*rows, *known]):
        here = derive(conference=device.conference, delegates=delegates, opens_at=opens_at)
    by_pk = {delegate.pk: delegate for delegate in delegates}
    for row in [*rows, *known]:
        if row.uid not in conflicts:
            delegate = by_pk.get(row.delegate_id or 0)
            taken.outcomes[str(row.uid)] = _outcome(row, delegate, here, people, opens_at).value


def _outcome(
    row: Scan, delegate: Delegate | None, here: dict[int, Attendance], people: _People, opens_at: datetime
) -> Outcome:
    if row.kind == Scan.Kind.UNDO:
        return Outcome.TAKEN_BACK
    if row.details:
        return Outcome.TYPED
    if delegate is None:
        is_foreign = any(code.startswith(row.code) for code in people.foreign)
        return Outcome.FOREIGN if is_foreign else Outcome.UNKNOWN
    if row.happened_at < opens_at:
        return Outcome.TRIAL
    if _came_elsewhere(here.get(delegate.pk), row):
        return Outcome.TWICE
    return Outcome.HERE if delegate.registration.state == Registration.State.CONFIRMED else Outcome.NO_SEAT


def _came_elsewhere(attendance: Attendance | None, row: Scan) -> bool:
    """Whether another door has read them first."""
    if attendance is None or not attendance.is_twice or attendance.arrival is None:
        return False
    return attendance.arrival.door_id != row.door_id


def _note_life(device: Device, batch: Batch, refused: int, now: datetime) -> None:
    """Note that the phone has shown itself. This does not raise the day version: it changes every few seconds."""
    values = {"last_seen_at": now, "queue_length": batch.queue_length, "list_made_at": batch.list_made_at}
    if refused:
        values["refused_count"] = F("refused_count") + refused
    Device.objects.filter(pk=device.pk).update(**values)
