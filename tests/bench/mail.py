"""Mails a second: the site's workers beside Django and smtplib alone, and beside people who register."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from statistics import median

from tests.bench.bench import Bench
from tests.bench.crowd import crowd, well
from tests.bench.figures import Figure, table
from tests.bench.inside import MAIN
from tests.bench.installation import Installation, Site
from tests.bench.turns import Meter, each_ms
from tests.bench.visitors import register
from tests.chaos.rig import FarSide
from tests.chaos.servers import Hung, wait_until

_CLIENTS = 8
_KEPT = 100
#: Numbers of visitors of a round: above those of all rounds before.
_NUMBERS = 10_000


def _rate(far: FarSide) -> float:
    """Arrivals of mails a second, from the first to the last."""
    moments = [moment for moment, *_ in far.ledger()["mails"]]
    return (len(moments) - 1) / (max(moments) - min(moments)) if len(moments) > 1 else 0.0


def fill(bench: Bench) -> None:
    """Give each installation a database ``mails``: confirmations by e-mail as many as asked for, due tomorrow."""
    for each in bench.installations:
        if each.has_database("mails"):
            continue
        each.postgres.execute("CREATE DATABASE mails TEMPLATE filled")
        each.inside("mails", "people", count=bench.options.messages, slug=MAIN, channels=["email"])
        with Site(each, "mails") as site:
            site.query("UPDATE outbox_message SET due_at = now() + interval '1 day'")
            # What a round begins with.
            site.query("CREATE TABLE outbox_as_filled AS SELECT * FROM outbox_message")
            site.query("ANALYZE")


def _refill(site: Site) -> None:
    """The outbox as it was filled."""
    site.query("DELETE FROM outbox_message")
    site.query("INSERT INTO outbox_message SELECT * FROM outbox_as_filled")
    site.far.forget()


def _due_now(site: Site) -> None:
    site.query("UPDATE outbox_message SET due_at = now(), created_at = now() WHERE due_at > now() + interval '1 h'")


class _Rounds:
    """What rounds of sending came to."""

    def __init__(self, name: str, tree: str, send: Callable[["_Rounds"], None]) -> None:
        self.name, self.tree, self.send = name, tree, send
        self.rates: list[float] = []
        self.cpu: list[dict[str, float]] = []
        self.problems: list[str] = []

    def note(self, rate: float, cpu: dict[str, float], arrived: int, expected: int) -> None:
        self.rates.append(rate)
        self.cpu.append(cpu)
        if arrived != expected:
            self.problems.append(f"round {len(self.rates)}: {arrived} mails of {expected}")

    def figure(self, limit: "_Rounds | None") -> Figure:
        bare = median(limit.rates) if limit else None
        cpu = each_ms(self.cpu)
        return Figure(self.name, self.tree, self.rates, "1/s", limit=bare, cpu_ms=cpu, problems=self.problems)


def _alone(way: str, installation: Installation, folder: Path, count: int) -> _Rounds:
    """Django or smtplib with the mails in ``folder``."""

    def send(rounds: _Rounds) -> None:
        far = installation.far
        far.forget()
        words = ["-m", "tests.bench.alone", way, str(folder), str(far.mail_port), str(count)]
        process = installation.stage.process(way, [sys.executable, *words])
        if process.wait(300):
            raise Hung(f"{way} alone failed: {process.words(2000)}")
        rounds.note(_rate(far), {way: float(process.words())}, far.arrived(), count)

    return _Rounds(f"limit: {way} alone", "django" if way == "django" else "python", send)


def _workers(site: Site, name: str, services: dict[str, list[str]], count: int) -> _Rounds:
    """These services, which stand still between the rounds."""

    def send(rounds: _Rounds) -> None:
        _refill(site)
        for service, words in services.items():
            site.start_process(service, *words)
        # Beat never asks the database.
        site.wait_until_connected(*(service for service in services if service != "beat"))
        meter = Meter(site.groups())
        _due_now(site)
        site.wait_until_sent()
        used, _ = meter.read()
        cpu = {("worker" if key in services else key): 0.0 for key in used}
        for key, value in used.items():
            cpu["worker" if key in services else key] += value * 1000 / count
        site.stop(*services)
        rounds.note(_rate(site.far), cpu, site.far.arrived(), count)

    return _Rounds(name, site.installation.tree.name, send)


def _samples(installation: Installation, folder: Path) -> None:
    """Keep some mails of the site in ``folder``, as they come over the line."""
    with installation.site("mails") as site:
        site.query("DELETE FROM outbox_message WHERE id > (SELECT min(id) + %s FROM outbox_message)", _KEPT - 1)
        _due_now(site)
        site.far.keep(_KEPT)
        installation.manage(site.database, "deliver", "--verbosity", "0")
        for number, octets in enumerate(site.far.kept()):
            (folder / f"{number:03d}.eml").write_bytes(octets + b"\r\n")


def run(bench: Bench) -> Iterator[Figure | str]:
    """Mails a second."""
    fill(bench)
    count, first = bench.options.messages, bench.installations[0]
    folder = bench.stage.folder / "mails"
    folder.mkdir()
    _samples(first, folder)
    size = sum(path.stat().st_size for path in folder.iterdir()) / _KEPT / 1024
    django, smtplib = (_alone(way, first, folder, count) for way in ("django", "smtplib"))
    loop = [sys.executable, "manage.py", "deliver", "--loop", "--verbosity", "0"]
    with ExitStack() as stack:
        ours = []
        for site in [stack.enter_context(each.site("mails")) for each in bench.installations]:
            celery = {name: words for name, words in site.services.items() if name in ("worker", "beat")}
            ours += [
                _workers(site, "mail, one loop", {"loop": loop}, count),
                _workers(site, "mail, two loops", {"loop": loop, "loop-2": loop}, count),
                _workers(site, "mail, Celery as documented", celery, count),
            ]
        for turn in range(bench.options.rounds):
            everything = [django, smtplib, *ours]
            for each in everything[turn:] + everything[:turn]:
                each.send(each)
    figures = [django.figure(None), smtplib.figure(None), *(each.figure(django) for each in ours)]
    yield from table(f"MAIL  {count} mails of {size:.1f} KB that are due at once", figures)
    yield from figures


class _Beside:
    """Registrations with and without mails going out."""

    def __init__(self, bench: Bench, site: Site) -> None:
        self.site, self.count, self.messages = site, bench.options.registrations // 2, bench.options.messages
        self.alone: list[float] = []
        self.rates: list[float] = []
        self.meanwhile: list[int] = []
        self.problems: list[str] = []
        self._turn = 0
        _refill(site)
        bench.warm_up(site, MAIN)

    def _register(self) -> float:
        """Registrations a second."""
        point, first = self.site.installation.points[MAIN], self._turn * _NUMBERS
        self._turn += 1
        numbers = range(first, first + self.count)
        started = time.perf_counter()
        seen = crowd([register(self.site.port, MAIN, point=point, number=number) for number in numbers], _CLIENTS)
        if well(seen) < self.count:
            self.problems.append(f"{self.count - well(seen)} of {self.count} visits failed")
        return self.count / (time.perf_counter() - started)

    def measure_alone(self) -> None:
        """Half a round. One more follows the last round: each time with mails stands between two without."""
        self.alone.append(self._register())
        self.site.wait_until_sent()

    def measure(self) -> None:
        """One round: first alone, then while mails leave."""
        site = self.site
        self.measure_alone()
        _refill(site)
        _due_now(site)
        wait_until(site.far.arrived, "mails leave", 60, 0.02)
        before = site.far.arrived()
        self.rates.append(self._register())
        self.meanwhile.append(site.far.arrived() - before)
        if not site.unfinished():
            self.problems.append("the mails were through before the registrations: take more --messages")
        site.wait_until_sent()

    def figure(self) -> Figure:
        # What the machine does meanwhile, in its disk above all, moves slowly: half of it falls on each side.
        between = zip(self.rates, pairwise(self.alone), strict=True)
        ratios = [round(2 * beside / (before + after), 3) for beside, (before, after) in between]
        return Figure(
            "during: registering while mails leave",
            self.site.installation.tree.name,
            self.rates,
            "1/s",
            limit=median(self.alone),
            problems=self.problems,
            more={"ratios": ratios, "lowest_ratio": min(ratios), "messages_meanwhile": round(median(self.meanwhile))},
        )


def run_during(bench: Bench) -> Iterator[Figure | str]:
    """Registrations a second while mails go out, as a part of those when none do."""
    fill(bench)
    with bench.sites(template="mails") as sites:
        ours = [_Beside(bench, site) for site in sites]
        for _ in range(bench.options.rounds):
            for each in ours:
                each.measure()
        for each in ours:
            each.measure_alone()
    figures = [each.figure() for each in ours]
    yield from table(f"DURING  registering, {_CLIENTS} at once, while {bench.options.messages} mails leave", figures)
    yield from figures
