"""The screens of a day, from one thread: ``python -m tests.bench.pollers PLAN.json PORT``.

Join pages, rooms, boards and walls, each of which asks again so many seconds after its last answer, with the mark of
that answer, as static/js/live.js and static/js/room.js do; and what changes meanwhile: doors that send what they have
read, rooms that report, a hand at the run of show. Each request has a connection of its own, as from the nginx of
docs/operate.md.

Whoever connects to PORT gives orders, a line each: "go", "rest" (and wait for the last answers), "tell". Each is
answered by a line of JSON; that to "tell" says what was seen since the last one.
"""

import errno
import heapq
import itertools
import json
import random
import select
import socket
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.bench.visitors import Visitor

#: Seconds after which an answer that has not come counts as none.
PATIENCE = 20
#: As long as a form token of Django must be; each browser has its own.
_TOKEN = "b" * 32


class Screen:
    """Something that asks one address again and again.

    Args:
        kind: what it is counted as.
        path: that it asks.
        every: seconds from an answer to the next time.
        visitor: its browser.
    """

    def __init__(self, kind: str, path: str, every: float, visitor: Visitor) -> None:
        self.kind, self.every, self._path, self._visitor = kind, every, path, visitor
        self._mark = ""

    def request(self) -> bytes:
        extra = f"If-None-Match: {self._mark}\r\n" if self._mark else ""
        return self._visitor.get(self._path, extra)[1]

    def hear(self, status: int, head: bytes) -> bool:
        """Take the answer; whether it was a good one."""
        if status == 200:
            self._mark = _header(head, b"etag:")
        return status in (200, 304)


class Door:
    """A phone at a door: so many people every few seconds, in one batch."""

    kind = "scans"

    def __init__(self, codes: list[str], people: int, every: float, visitor: Visitor, dice: random.Random) -> None:
        self.every, self._codes, self._people, self._visitor, self._dice = every, codes, people, visitor, dice

    def request(self) -> bytes:
        now = round(time.time() * 1000)
        scans = [
            {"uid": str(uuid4()), "kind": "arrive", "code": code, "verdict": "welcome", "at": now - 1000 * place}
            for place, code in enumerate(self._dice.sample(self._codes, self._people))
        ]
        body = json.dumps({"clock": now, "queue": len(scans), "since": now - 10_000, "scans": scans})
        return self._visitor.post_json("/desk/scans/", body)[1]

    def hear(self, status: int, head: bytes) -> bool:
        return status == 200


class Rooms:
    """Every few seconds one of the rooms reports: mostly a head count, sometimes a lost line."""

    kind = "reports"

    def __init__(self, tokens: list[str], every: float, visitor: Visitor, dice: random.Random) -> None:
        self.every, self._tokens, self._visitor, self._dice = every, tokens, visitor, dice
        self._lost = ""

    def _say(self) -> tuple[str, str, str]:
        if self._lost:
            token, self._lost = self._lost, ""
            return token, "state", "connected"
        token = self._dice.choice(self._tokens)
        if self._dice.random() < 0.1:
            self._lost = token
            return token, "state", "lost"
        return token, "head_count", str(self._dice.randint(10, 30))

    def request(self) -> bytes:
        token, kind, value = self._say()
        now = round(time.time() * 1000)
        report = {"uid": str(uuid4()), "kind": kind, "value": value, "at": now}
        return self._visitor.post_json(f"/room/{token}/reports/", json.dumps({"sent": now, "reports": [report]}))[1]

    def hear(self, status: int, head: bytes) -> bool:
        return status == 200


class Hand:
    """A hand at the run of show: a minute more, a minute less."""

    kind = "presses"

    def __init__(self, slug: str, version: int, every: float, visitor: Visitor) -> None:
        self.every, self._slug, self._version, self._visitor = every, slug, version, visitor
        self._what = itertools.cycle(("longer", "shorter"))

    def request(self) -> bytes:
        values = {"csrfmiddlewaretoken": _TOKEN, "version": str(self._version), "what": next(self._what)}
        return self._visitor.post(f"/admin/c/{self._slug}/day/show/press/", values.items())[1]

    def hear(self, status: int, head: bytes) -> bool:
        # A press that is refused leads to the page without its beginning.
        is_done = status == 302 and b"#show-now" in head
        self._version += is_done
        return is_done


def _header(head: bytes, name: bytes) -> str:
    for line in head.split(b"\r\n")[1:]:
        if line[: len(name)].lower() == name:
            return line[len(name) :].strip().decode("latin-1")
    return ""


def actors_of(plan: dict[str, Any], port: int) -> list[Any]:
    """Everybody who asks or says something, by the plan that ``tests/bench/day.py`` makes."""
    dice, numbers = random.Random(7), itertools.count(1)
    slug = plan["slug"]

    def browser(**cookies: str) -> Visitor:
        return Visitor(port, 500_000 + next(numbers), cookies)

    staff = [browser(**dict([cookie.split("=", 1)]), csrftoken=_TOKEN) for cookie in plan["sessions"]]
    screen = plan["screen_every"]
    found: list[Any] = [
        Screen("join", f"/{slug}/now/live/?l=vi", plan["join_every"], browser(csrftoken=_TOKEN))
        for _ in range(plan["joins"])
    ]
    found += [Screen("rooms", f"/room/{token}/live/", screen, browser()) for token in plan["rooms"]]
    found += [Screen("walls", f"/wall/{token}/live/", screen, browser()) for token in plan["walls"]]
    found += [Screen("boards", f"/admin/c/{slug}/day/board/live/", screen, one) for one in staff]
    found += [
        Door(plan["codes"], plan["people_at_once"], plan["door_every"], browser(desk=secret), dice)
        for secret in plan["doors"]
    ]
    found.append(Rooms(plan["rooms"], plan["report_every"], browser(), dice))
    found.append(Hand(slug, plan["version"], plan["press_every"], staff[0]))
    return found


class _Asked:
    """A request on its way."""

    def __init__(self, actor: Any, port: int) -> None:
        self.actor = actor
        self.octets = actor.request()
        self.started = time.perf_counter()
        self.parts: list[bytes] = []
        self.line = socket.socket()
        self.line.setblocking(False)
        # The loopback takes or refuses it at once.
        result = self.line.connect_ex(("127.0.0.1", port))
        self.is_refused = result not in (0, errno.EINPROGRESS)


class Load:
    """All actors, and what came of it."""

    def __init__(self, plan: dict[str, Any], port: int) -> None:
        self._port = port
        self._actors = actors_of(plan, port)
        self._dice = random.Random(11)
        self._due: list[tuple[float, int, Any]] = []
        self._number = itertools.count()
        self._asked: dict[int, _Asked] = {}
        self._ears = select.epoll()
        self._forget()

    def _forget(self) -> None:
        self._since, self._used = time.perf_counter(), time.process_time()
        self._took: dict[str, list[float]] = defaultdict(list)
        self._statuses: dict[str, Counter[int]] = defaultdict(Counter)
        self._failed: Counter[str] = Counter()
        self._octets = 0

    def begin(self) -> None:
        """Everybody at a moment of their own."""
        now = time.perf_counter()
        for actor in self._actors:
            self._later(actor, now + self._dice.random() * actor.every)

    def _later(self, actor: Any, moment: float) -> None:
        heapq.heappush(self._due, (moment, next(self._number), actor))

    def rest(self) -> None:
        """Ask nothing more, and wait for the last answers."""
        self._due.clear()
        while self._asked:
            self._hear_all(0.1)
        self._due.clear()

    def tell(self) -> dict[str, Any]:
        """What was seen since the last time; milliseconds that each answer took, by kind."""
        told = {
            "seconds": time.perf_counter() - self._since,
            "cpu_seconds": time.process_time() - self._used,
            "octets": self._octets,
            "took_ms": {kind: [round(1000 * one, 2) for one in took] for kind, took in self._took.items()},
            "statuses": {kind: dict(found) for kind, found in self._statuses.items()},
            "failed": dict(self._failed),
        }
        self._forget()
        return told

    def go_on(self, until_at_most: float) -> None:
        """Ask whoever is due, and hear what has come, for at most so many seconds."""
        now = time.perf_counter()
        while self._due and self._due[0][0] <= now:
            self._ask(heapq.heappop(self._due)[2])
        wait = min(until_at_most, self._due[0][0] - now) if self._due else until_at_most
        self._hear_all(max(wait, 0.0))

    def _ask(self, actor: Any) -> None:
        asked = _Asked(actor, self._port)
        if asked.is_refused:
            self._end(asked, b"")
            return
        self._asked[asked.line.fileno()] = asked
        self._ears.register(asked.line, select.EPOLLOUT)

    def _hear_all(self, seconds: float) -> None:
        for number, _event in self._ears.poll(seconds, 512):
            self._hear(number, self._asked[number])
        overdue = time.perf_counter() - PATIENCE
        for number, asked in list(self._asked.items())[:4]:
            # The oldest stand first.
            if asked.started < overdue:
                del self._asked[number]
                self._end(asked, b"")

    def _hear(self, number: int, asked: _Asked) -> None:
        try:
            if asked.octets:
                asked.octets = asked.octets[asked.line.send(asked.octets) :]
                if not asked.octets:
                    self._ears.modify(asked.line, select.EPOLLIN)
                return
            octets = asked.line.recv(262_144)
        except BlockingIOError:
            return
        except OSError:
            octets = b""
        if octets:
            asked.parts.append(octets)
            return
        del self._asked[number]
        self._end(asked, b"".join(asked.parts))

    def _end(self, asked: _Asked, answer: bytes) -> None:
        # Closing takes the socket off the list.
        asked.line.close()
        now, actor = time.perf_counter(), asked.actor
        status = int(answer[9:12]) if answer.startswith(b"HTTP/") else 0
        is_well = actor.hear(status, answer.partition(b"\r\n\r\n")[0])
        self._took[actor.kind].append(now - asked.started)
        self._statuses[actor.kind][status] += 1
        self._failed[actor.kind] += not is_well
        self._octets += len(answer)
        self._later(actor, now + actor.every)


def _obey(order: str, load: Load) -> dict[str, Any]:
    if order == "go":
        load.begin()
    elif order == "rest":
        load.rest()
    elif order == "tell":
        return load.tell()
    return {"done": order}


def main() -> None:
    """Do as one is told, until whoever tells hangs up."""
    plan = json.loads(Path(sys.argv[1]).read_text())
    load = Load(plan, plan["port"])
    with socket.create_server(("127.0.0.1", int(sys.argv[2]))) as ear:
        line, _address = ear.accept()
    line.setblocking(False)
    heard = b""
    while True:
        load.go_on(0.05)
        try:
            octets = line.recv(4096)
        except BlockingIOError:
            continue
        if not octets:
            return
        heard += octets
        while b"\n" in heard:
            order, _, heard = heard.partition(b"\n")
            answer = json.dumps(_obey(order.decode(), load)).encode() + b"\n"
            line.setblocking(True)
            line.sendall(answer)
            line.setblocking(False)


if __name__ == "__main__":
    main()
