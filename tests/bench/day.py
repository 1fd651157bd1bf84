"""The day itself: sixty boards, walls and rooms and 2,500 join pages that ask, while everything changes as on a day."""

import json
import random
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

from tests.bench.bench import Bench
from tests.bench.crowd import Visit
from tests.bench.figures import Figure, table
from tests.bench.inside import DAY
from tests.bench.installation import Site
from tests.bench.registrations import registering
from tests.bench.scans import send_batch
from tests.bench.turns import Meter, Thing
from tests.chaos.servers import Hung, basic_environment, free_port, wait_until

ROOMS, WALLS, BOARDS, JOINS = 45, 3, 12, 2500
#: Seconds between two looks: of a screen, and of a join page.
SCREEN_EVERY, JOIN_EVERY = 3.0, 10.0
_PEOPLE = 2500
#: Doors at which people arrive, 1.2 a second in all; other doors send whole batches when scanning is measured.
_DOORS, _SCANNING, _BATCH = 4, 4, 200
_PACE = {"door_every": 10.0, "people_at_once": 3, "report_every": 5.0, "press_every": 240.0}
_SCREENS = ("join", "rooms", "walls", "boards")
_CHANGES = ("scans", "reports", "presses")


class _Pollers:
    """The process that asks, and how it is told what to do."""

    def __init__(self, site: Site, plan: dict[str, Any]) -> None:
        stage, port = site.installation.stage, free_port()
        file = stage.folder / f"{site.database}-plan.json"
        file.write_text(json.dumps({**plan, "port": site.port}))
        command = [sys.executable, "-m", "tests.bench.pollers", str(file), str(port)]
        self.process = stage.process("pollers", command, environment=basic_environment())
        wait_until(lambda: self._connects(port), "the pollers listen")

    def _connects(self, port: int) -> bool:
        if self.process.exit_code is not None:
            raise Hung(f"the pollers do not start: {self.process.words()}")
        try:
            self._line = socket.create_connection(("127.0.0.1", port), 60)
        except OSError:
            return False
        self._answers = self._line.makefile("rb")
        return True

    def order(self, word: str) -> dict[str, Any]:
        self._line.sendall(word.encode() + b"\n")
        return json.loads(self._answers.readline())

    def close(self) -> None:
        self._line.close()
        self.process.kill()


@dataclass
class _Watched:
    """What the pollers told of some time, and what the servers used meanwhile."""

    took: dict[str, list[float]] = field(default_factory=dict)
    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    failed: Counter[str] = field(default_factory=Counter)
    cpu: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    others: list[float] = field(default_factory=list)

    def add(self, told: dict[str, Any], used: dict[str, float], others: float) -> None:
        for kind, took in told["took_ms"].items():
            self.took.setdefault(kind, []).extend(took)
            found = self.statuses.setdefault(kind, Counter())
            found.update({int(status): count for status, count in told["statuses"][kind].items()})
        self.failed.update(told["failed"])
        self.cpu.update(used)
        self.cpu["pollers"] += told["cpu_seconds"]
        self.seconds += told["seconds"]
        self.others.append(others)

    def polls(self) -> list[float]:
        """Milliseconds of every look of every screen."""
        return [one for kind in _SCREENS for one in self.took.get(kind, [])]

    def share_unchanged(self, *kinds: str) -> float:
        """Which part of the looks was answered by 304."""
        counts = sum((self.statuses.get(kind, Counter()) for kind in kinds), Counter())
        return counts[304] / max(counts.total(), 1)

    def figure(self, name: str, tree: str) -> Figure:
        """Polls a second; processor milliseconds for each of them, by group."""
        polls = self.polls()
        cpu = {group: 1000 * seconds / len(polls) for group, seconds in self.cpu.items() if group != "pollers"}
        servers = sum(seconds for group, seconds in self.cpu.items() if group != "pollers")
        wrong = [f"{count} {kind} went wrong" for kind, count in self.failed.items() if count]
        each = {
            f"{kind}_p95_ms": round(_percentile(self.took[kind], 95), 1) for kind in _SCREENS if self.took.get(kind)
        }
        unchanged = {f"{kind}_304": round(self.share_unchanged(kind), 4) for kind in _SCREENS}
        return Figure(
            bench=name,
            tree=tree,
            values=[len(polls) / self.seconds],
            unit="polls/s",
            p95_ms=_percentile(polls, 95),
            cpu_ms={"all": sum(cpu.values()), **cpu},
            problems=wrong,
            more={
                "p50_ms": round(median(polls), 2),
                "p99_ms": round(_percentile(polls, 99), 1),
                "share_304": round(self.share_unchanged(*_SCREENS), 4),
                **unchanged,
                **each,
                "changes": sum(len(self.took.get(kind, ())) for kind in _CHANGES),
                "server_ms_a_second": round(1000 * servers / self.seconds, 1),
                "pollers_ms_a_second": round(1000 * self.cpu["pollers"] / self.seconds, 1),
                "minutes": round(self.seconds / 60, 1),
                "others_load": round(median(self.others), 2),
            },
        )


def _percentile(values: list[float], which: int) -> float:
    return quantiles(values, n=100)[which - 1] if len(values) > 1 else values[0]


def _scanning(site: Site, secrets: list[str], codes: list[str], batches: int) -> Thing:
    """Batches of 200 from four doors at once, with the same people as everywhere."""
    dice = random.Random(5)

    def visits(turn: int) -> list[Visit]:
        site.query("DELETE FROM attendance_attendance")
        site.query("DELETE FROM attendance_scan")
        return [
            send_batch(site, secrets[number % _SCANNING], dice.sample(codes, _BATCH), number + 1)
            for number in range(batches)
        ]

    def check(expected: int) -> str:
        # The pollers' own doors send beside it.
        stored = site.number("SELECT count(*) FROM attendance_scan")
        return "" if stored >= expected * _BATCH else f"{stored} scans of {expected * _BATCH}"

    return Thing("scans", site.installation.tree.name, visits, site.groups, at_once=_SCANNING, check=check)


class _Day:
    """A site on which the conference of today takes place, measured with and without those who look at it."""

    def __init__(self, bench: Bench, site: Site) -> None:
        inside, self._site = site.installation.inside, site
        inside(site.database, "people", count=_PEOPLE, slug=DAY, channels=[])
        phones = inside(site.database, "phones", count=_DOORS + _SCANNING, slug=DAY)
        made = inside(site.database, "day", rooms=ROOMS, boards=BOARDS, walls=WALLS)
        site.query("ANALYZE")
        secrets, codes = phones["secrets"], phones["codes"]
        plan = {
            **made,
            **_PACE,
            "joins": JOINS,
            "screen_every": SCREEN_EVERY,
            "join_every": JOIN_EVERY,
            "doors": secrets[:_DOORS],
            "codes": codes,
        }
        self.pollers = _Pollers(site, plan)
        count = bench.options.registrations
        batches = max(4, count // 10)
        self.work = {
            name: (
                registering(bench, site, count),
                _scanning(site, secrets[_DOORS:], codes, batches),
            )
            for name in ("alone", "beside")
        }
        self.quiet, self.busy = _Watched(), _Watched()

    def measure(self, turn: int, seconds: float) -> None:
        """One round: with the pollers and without them, in turn."""
        for is_polled in (True, False) if turn % 2 == 0 else (False, True):
            if is_polled:
                self._watch(turn, seconds)
            else:
                self._work("alone", 2 * turn)

    def _work(self, name: str, turn: int) -> None:
        for thing in self.work[name]:
            thing.measure(turn)

    def _watch(self, turn: int, seconds: float) -> None:
        self.pollers.order("go")
        # Until each has looked once: a page that has just been opened has no mark.
        time.sleep(JOIN_EVERY + 2)
        self.pollers.order("tell")
        self._note(self.quiet, lambda: time.sleep(seconds))
        self._note(self.busy, lambda: self._work("beside", 2 * turn + 1))
        self.pollers.order("rest")
        self.pollers.order("tell")

    def _note(self, watched: _Watched, do: Any) -> None:
        meter = Meter(self._site.groups())
        do()
        used, others = meter.read()
        watched.add(self.pollers.order("tell"), used, others)

    def figures(self) -> list[Figure]:
        tree = self._site.installation.tree.name
        found = [self.quiet.figure("looking on", tree), self.busy.figure("… while others register and scan", tree)]
        for alone, beside in zip(self.work["alone"], self.work["beside"], strict=True):
            figure = beside.figure()
            figure.limit = median(alone.rates)
            figure.bench = f"{figure.bench} beside them"
            figure.more["alone"] = round(figure.limit, 2)
            found.append(figure)
        return found


def run(bench: Bench) -> Iterator[Figure | str]:
    """What screens cost that ask all the time, how long they wait, and what they take from who registers and scans."""
    seconds = 60 * bench.options.minutes / bench.options.rounds
    with bench.sites() as sites:
        days = [_Day(bench, site) for site in sites]
        try:
            for turn in range(bench.options.rounds):
                for day in days:
                    day.measure(turn, seconds)
        finally:
            for day in days:
                day.pollers.close()
    figures = [figure for day in days for figure in day.figures()]
    screens = ROOMS + WALLS + BOARDS
    yield from table(
        f"DAY  {screens} boards, walls and rooms every {SCREEN_EVERY:.0f} s, {JOINS} join pages every"
        f" {JOIN_EVERY:.0f} s; the limit: the same without them",
        figures,
    )
    yield from figures
