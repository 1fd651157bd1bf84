"""The web server is killed, also in the middle of uploads, and PostgreSQL restarted, while doors and rooms report."""

import itertools
import random
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.chaos.devices import Phone, RoomPage
from tests.chaos.rig import SLUG, Rig, Site, Verdict
from tests.chaos.servers import Hung, Process, wait_until

_PEOPLE = 500
#: People whom each door had read before it had network: in the half hour before.
_OFFLINE = 300
_HALF_HOUR = 1800
#: People that a door reads at each try, and rooms.
_AT_ONCE, _ROOMS = 4, 6
_ROUNDS = 3
#: Milliseconds that the clock of the second phone is ahead, and by how much a corrected time may be off.
_HOUR, _TOLERANCE = 3_600_000, timedelta(seconds=30)
#: Whose first door and time must be what the phones noted, by the earliest; the doors in words.
_ARRIVALS = """
    SELECT d.token_hash, a.checked_in_at, door.name, a.is_twice, s.uid::text
    FROM attendance_attendance a JOIN registrations_delegate d ON d.id = a.delegate_id
    JOIN attendance_scan s ON s.id = a.arrival_id JOIN attendance_door door ON door.id = s.door_id
"""
_LOSSES = "SELECT ended_at IS NULL FROM control_incident WHERE bridge_point_id = %s AND kind = 'lost'"


@dataclass
class _Made:
    codes: list[str]
    secrets: list[str]
    rooms: dict[int, str]


def _make(rig: Rig, site: Site) -> _Made:
    """A conference that takes place now, with two phones at two doors, and rooms with their links."""
    from accounts.models import User
    from attendance import devices
    from bridges.models import BridgePoint
    from conference.models import Conference
    from control.rooms import link_of
    from registrations.models import Delegate

    rig.use(site.database)
    now = datetime.now(UTC)
    Conference.objects.filter(slug=SLUG).update(starts_at=now - timedelta(minutes=5), ends_at=now + timedelta(hours=3))
    conference = Conference.objects.get(slug=SLUG)
    hall = BridgePoint.objects.get(conference=conference, kind="venue")
    by = User.objects.create(email="truc.ban@vidu.example")
    secrets, rooms = [], {}
    for name in ("A", "B"):
        door = devices.add_door(point=hall, name=name)
        device = devices.make_device(door=door, name=name, role="scan", by=by, now=now)
        secrets.append(devices.pair(token=device.token, now=now)[1])
    for number in range(_ROOMS):
        point = BridgePoint.objects.create(
            conference=conference, kind="video_room", name=f"Phòng {number}", position=10 + number
        )
        rooms[point.pk] = link_of(point=point, now=now).token
    codes = list(Delegate.objects.order_by("pk").values_list("token_hash", flat=True)[:_PEOPLE])
    rig.use("empty")
    return _Made(codes, secrets, rooms)


def _door(codes: list[str], seed: int) -> Any:
    """What happens at a door: all of ``codes`` in an order of its own, the first of them while it had no network."""
    order = random.Random(seed).sample(codes, len(codes))
    waiting = iter(order[_OFFLINE:])

    def happen(phone: Phone) -> None:
        if not phone.all:
            for place, code in enumerate(order[:_OFFLINE]):
                phone.read(code, ago=_HALF_HOUR * (1 - place / _OFFLINE))
        for code in itertools.islice(waiting, _AT_ONCE):
            phone.read(code)

    return happen


def _room(seed: int) -> Any:
    """What happens in a room: connected, lost, connected …, and people are counted; its page is open."""
    states, dice = itertools.cycle(("connected", "lost")), random.Random(seed)

    def happen(page: RoomPage) -> None:
        page.look()
        if not page.all or dice.random() < 0.3:
            page.press("state", next(states))
        else:
            page.press("head_count", str(dice.randint(5, 40)))

    return happen


class _Web:
    """gunicorn on one port, started again after each death."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.process: Process
        self.process, self.port = site.web()

    def kill(self) -> None:
        self.process.kill()
        time.sleep(0.7)
        self.process, _port = self._site.web(port=self.port)


def _break_things(rig: Rig, web: _Web, phones: list[Phone]) -> None:
    for number in range(_ROUNDS):
        time.sleep(2)
        phone = phones[number % len(phones)]
        # Nobody reads the answer; first to a half of an upload, then to a whole one that may have been stored.
        for part in (0.5, 1.0):
            with phone.lock, suppress(OSError):
                line = phone.send_and_hang_up(part)
                time.sleep(0.1 * number)
                web.kill()
                line.close()
            time.sleep(0.5)
        rig.postgres.crash()
        time.sleep(0.5)
        rig.postgres.start()
    time.sleep(2)


def _check_doors(site: Site, phones: list[Phone], verdict: Verdict) -> None:
    """Nothing lost, nothing twice, the earliest door and time kept."""
    happened = {uid: (scan, phone) for phone in phones for uid, scan in phone.all.items()}
    stored = site.query("SELECT uid::text, happened_at, is_corrected FROM attendance_scan")
    lost = happened.keys() - {uid for uid, *_ in stored}
    verdict.promise(not lost, f"{len(lost)} of {len(happened)} scans are lost")
    verdict.promise(len(stored) == len(happened), f"{len(stored)} scans are stored of {len(happened)}")
    wrong = [uid for uid, moment, _ in stored if abs(moment - _true(*happened[uid])) > _TOLERANCE]
    verdict.promise(not wrong, f"{len(wrong)} scans have another time than they happened at")
    unmarked = [uid for uid, _, is_corrected in stored if is_corrected != (happened[uid][1] is phones[1])]
    verdict.promise(not unmarked, f"{len(unmarked)} scans are marked as corrected that were not, or the other way")
    _check_arrivals(site.query(_ARRIVALS), happened, verdict)


def _true(scan: dict[str, Any], phone: Phone) -> datetime:
    return datetime.fromtimestamp((scan["at"] - phone.wrong_by) / 1000, UTC)


def _check_arrivals(rows: list[tuple], happened: dict[str, tuple[dict, Phone]], verdict: Verdict) -> None:
    first: dict[str, tuple[datetime, str]] = {}
    twice: dict[str, int] = {}
    close: set[str] = set()
    for uid, (scan, phone) in happened.items():
        code, moment = scan["code"], _true(scan, phone)
        twice[code] = twice.get(code, 0) + 1
        if code in first and abs(first[code][0] - moment) < _TOLERANCE:
            # A corrected time is not so exact that it could be told who was first.
            close.add(code)
        first[code] = min(first.get(code, (moment, uid)), (moment, uid))
    verdict.promise(len(rows) == len(first), f"{len(rows)} people are present, {len(first)} came")
    later = [code for code, _at, _door, _twice, uid in rows if code not in close and first[code][1] != uid]
    verdict.promise(not later, f"of {len(later)} people another door or time counts than the first")
    unseen = [code for code, *_, is_twice, _uid in rows if is_twice != (twice[code] > 1)]
    verdict.promise(not unseen, f"of {len(unseen)} people it is not known at how many doors they were read")


def _check_rooms(site: Site, pages: dict[int, RoomPage], verdict: Verdict) -> None:
    """Every press once; how the room stands is the last; an incident for each loss, ended when the room was back."""
    for point, page in pages.items():
        stored = site.query("SELECT uid::text FROM control_roomreport WHERE bridge_point_id = %s", point)
        verdict.promise({uid for (uid,) in stored} == page.all.keys(), f"room {point}: presses are lost")
        verdict.promise(len(stored) == len(page.all), f"room {point}: presses are stored twice")
        states = [report["value"] for report in page.all.values() if report["kind"] == "state"]
        state = site.number("SELECT state FROM control_room WHERE bridge_point_id = %s", point)
        verdict.promise(state == states[-1], f"room {point}: it is {state}, the last press was {states[-1]}")
        found = [is_open for (is_open,) in site.query(_LOSSES, point)]
        losses = states.count("lost")
        verdict.promise(len(found) == losses, f"room {point}: {len(found)} incidents for {losses} losses")
        verdict.promise(sum(found) == (states[-1] == "lost"), f"room {point}: {sum(found)} incidents are open")
    overlaps = site.number(
        "SELECT count(*) FROM control_incident a JOIN control_incident b ON a.bridge_point_id = b.bridge_point_id"
        " AND a.kind = b.kind AND a.id < b.id AND a.began_at < coalesce(b.ended_at, now())"
        " AND b.began_at < coalesce(a.ended_at, now())"
    )
    verdict.promise(not overlaps, f"{overlaps} incidents of a room overlap")


def run(rig: Rig) -> Verdict:
    verdict = Verdict()
    with rig.site(messages=_PEOPLE, channels=["email"]) as site:
        made = _make(rig, site)
        web = _Web(site)
        phones = [
            Phone(web.port, secret, _door(made.codes, seed), wrong_by=seed * _HOUR)
            for seed, secret in enumerate(made.secrets)
        ]
        pages = {pk: RoomPage(web.port, token, _room(pk)) for pk, token in made.rooms.items()}
        devices = [*phones, *pages.values()]
        for device in devices:
            device.start()
        try:
            _break_things(rig, web, phones)
            # Everybody has come before the doors close.
            with suppress(Hung):
                wait_until(lambda: all(len(phone.all) == _PEOPLE for phone in phones), "all have been read", 60)
        finally:
            started = time.monotonic()
            sent = [device.stop(60) for device in devices]
            took = time.monotonic() - started
        _check_doors(site, phones, verdict)
        _check_rooms(site, pages, verdict)
    outcomes = sum((phone.outcomes for phone in phones), phones[0].outcomes.__class__())
    scans, presses = sum(len(phone.all) for phone in phones), sum(len(page.all) for page in pages.values())
    failed = sum(count for device in devices for status, count in device.statuses.items() if status != 200)
    beats = sum(page.heartbeats for page in pages.values())
    verdict.figure(f"{2 * _ROUNDS} kills, {_ROUNDS} restarts, {failed} requests failed")
    verdict.figure(f"{scans} scans ({outcomes['twice']} twice), {presses} presses, {beats} signs of life")
    verdict.figure(f"all sent {took:.0f} s after the last")
    verdict.promise(all(sent), "something was never taken")
    verdict.promise(failed, "nothing failed, so nothing was tried")
    refused = outcomes["bad"] + outcomes["conflict"] + outcomes["unknown"]
    verdict.promise(not refused, f"{refused} scans were refused")
    verdict.promise(scans == 2 * _PEOPLE, f"{scans} scans happened")
    return verdict
