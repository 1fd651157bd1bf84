"""Memory of the services at rest, and what the first request of a process takes."""

import time
from collections.abc import Iterator
from statistics import median

from tests.bench.bench import Bench
from tests.bench.crowd import Answer, Visit, one
from tests.bench.figures import Figure, table
from tests.bench.inside import MAIN
from tests.bench.installation import ONE_PARENT, Installation, Site
from tests.bench.processors import busy_seconds, memory_mib, milliseconds
from tests.bench.visitors import Visitor, register
from tests.chaos.servers import wait_until

_AT_REST = 24
#: Seconds for which a page is kept: a worker draws one when it starts, and the first visitor shall not find that.
_KEPT = 5


def _rest(site: Site) -> None:
    """Wait until the services have done nothing for a while."""
    last = [-1.0]

    def is_still() -> bool:
        before, last[0] = (
            last[0],
            sum(value for name, value in site.processor_seconds().items() if name in site.running),
        )
        return last[0] - before <= 0.01

    wait_until(is_still, "the services rest", 60, 0.5)


def _first_visit(site: Site, notes: list[tuple[str, float, float]], number: int) -> Visit:
    """The conference's page, the form, the post and the own page, noting milliseconds of each: taken, of processor."""
    web = site.running["web"].pid

    def timed(name: str, request: tuple[int, bytes]):
        started, used = time.perf_counter(), milliseconds(web)
        answer: Answer = yield request
        notes.append((name, (time.perf_counter() - started) * 1000, milliseconds(web) - used))
        return answer

    answer = yield from timed("conference", Visitor(site.port, number).get(f"/{MAIN}/"))
    if answer.status != 200:
        return False
    walk = register(site.port, MAIN, point=site.installation.points[MAIN], number=number)
    names = iter(("form", "post", "own page"))
    request = next(walk)
    while True:
        answer = yield from timed(next(names, "shown on it"), request)
        try:
            request = walk.send(answer)
        except StopIteration as end:
            return bool(end.value)


def _start(installation: Installation, turn: int) -> tuple[dict[str, tuple[float, float]], float, bool]:
    """The first requests of a web server with one worker: milliseconds taken, and of processor; and its processor until
    then.
    """
    with installation.site() as site:
        words = site.services["web"]
        words[words.index("--workers") + 1] = "1"
        site.start_process("web", *words)
        _wait_for_port(site)
        _rest(site)
        time.sleep(_KEPT)
        used = site.processor_seconds()["web"] * 1000
        notes: list[tuple[str, float, float]] = []
        seen = one(_first_visit(site, notes, turn + 1))
        # Later ones of the same name belong to what the own page shows.
        return {name: (taken, spent) for name, taken, spent in reversed(notes)}, used, seen.is_well


def _wait_for_port(site: Site) -> None:
    """Wait until gunicorn listens, without asking it for anything."""
    wanted = f"0100007F:{site.port:04X} 00000000:0000 0A"

    def listens() -> bool:
        with open("/proc/net/tcp") as table_of_sockets:
            return wanted in table_of_sockets.read()

    wait_until(listens, "gunicorn listens", 60)


def _at_rest(bench: Bench, installation: Installation, *services: str) -> dict[str, float]:
    """MiB of each of these services (default: all that do one thing) after some registrations and their messages.

    Empty where the tree has none of them.
    """
    with installation.site() as site:
        site.start(*services)
        if site.running:
            bench.warm_up(site, MAIN, _AT_REST)
            _rest(site)
        return {name: memory_mib(process.pid) for name, process in site.running.items()}


def run(bench: Bench) -> Iterator[Figure | str]:
    """MiB at rest, milliseconds of first requests."""
    figures = []
    firsts: dict[str, list] = {each.tree.name: [] for each in bench.installations}
    for turn in range(bench.options.rounds):
        for installation in bench.installations:
            busy = busy_seconds()
            firsts[installation.tree.name].append((*_start(installation, turn), busy_seconds() - busy))
    for tree, rounds in firsts.items():
        wrong = ["the first visit failed" for _, _, is_well, _ in rounds if not is_well]
        for name in ("conference", "form", "post", "own page"):
            values = [taken[name] for taken, *_ in rounds if name in taken] or [(0.0, 0.0)]
            spent = {"web": median(processor for _, processor in values)}
            waited = [wait for wait, _ in values]
            figures.append(Figure(f"first {name} of a process", tree, waited, "ms", cpu_ms=spent, problems=wrong))
        figures.append(Figure("start of the web server, processor", tree, [used for _, used, *_ in rounds], "ms"))
    for installation in bench.installations:
        # One after the other: memory that two installations share would count for each by half.
        found = _at_rest(bench, installation)
        counted = [value for name, value in found.items() if name != "deliver"]
        more = {f"{name} MiB": round(value, 1) for name, value in found.items()}
        tree = installation.tree.name
        figures.append(Figure("memory: web, worker, beat", tree, [sum(counted)], "MiB", more=more))
        if together := _at_rest(bench, installation, ONE_PARENT):
            figures.append(Figure("memory: all of it with one parent", tree, [sum(together.values())], "MiB"))
    yield from table("MEMORY  PSS at rest after some registrations; first requests of a process", figures)
    yield from figures
