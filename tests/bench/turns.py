"""Things measured in turn: round by round each of them, so that whatever else the machine does meets all alike."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

from tests.bench.crowd import Visit, crowd, well
from tests.bench.figures import Figure
from tests.bench.processors import busy_seconds, processor_seconds


def _nothing() -> None:
    pass


def _is_well(count: int) -> str:
    return ""


class Meter:
    """Processor time of ``groups`` from now on."""

    def __init__(self, groups: dict[str, list[int]]) -> None:
        self._groups = groups
        self._busy, self._before, self._started = busy_seconds(), processor_seconds(groups), time.perf_counter()

    def read(self) -> tuple[dict[str, float], float]:
        """Seconds of processor by group, and how many processors others than this run kept busy."""
        after = processor_seconds(self._groups)
        used = {name: after[name] - self._before[name] for name in after}
        others = busy_seconds() - self._busy - used.pop("everything here")
        return used, max(others, 0.0) / (time.perf_counter() - self._started)


def each_ms(used: Sequence[dict[str, float]]) -> dict[str, float]:
    """Medians by group of what each round used for one thing, and of all groups together."""
    totals = {"all": median(sum(each.values()) for each in used)}
    return totals | {name: median(each[name] for each in used) for name in used[0]}


@dataclass
class Thing:
    """What is measured, and what its rounds came to.

    Args:
        name: of the figure.
        tree: whose servers do it.
        visits: makes the visits of a round, given its number, before the clock runs.
        groups: the processes whose time counts, by name.
        settle: waits until the servers have done what the visits left to do; their processor time counts, the
            seconds do not.
        check: what is wrong with the outcome of so many visits; "" if nothing.
        limit: the bare limit in turn with it.
    """

    name: str
    tree: str
    visits: Callable[[int], Sequence[Visit]]
    groups: Callable[[], dict[str, list[int]]]
    at_once: int = 8
    settle: Callable[[], None] = _nothing
    check: Callable[[int], str] = _is_well
    limit: "Thing | None" = None
    statements: int | None = None
    more: dict[str, Any] = field(default_factory=dict)

    rates: list[float] = field(default_factory=list, init=False)
    seconds: list[float] = field(default_factory=list, init=False)
    milliseconds: list[float] = field(default_factory=list, init=False)
    cpu: list[dict[str, float]] = field(default_factory=list, init=False)
    visitors: list[float] = field(default_factory=list, init=False)
    others: list[float] = field(default_factory=list, init=False)
    requests: list[float] = field(default_factory=list, init=False)
    problems: list[str] = field(default_factory=list, init=False)

    def measure(self, turn: int) -> None:
        """One round."""
        visits = self.visits(turn)
        count, meter, started = len(visits), Meter(self.groups()), time.perf_counter()
        spent = time.process_time()
        seen = crowd(visits, self.at_once)
        took = time.perf_counter() - started
        self.visitors.append((time.process_time() - spent) / count * 1000)
        self.settle()
        used, others = meter.read()
        self.rates.append(count / took)
        self.seconds.append(took)
        self.milliseconds += [each.seconds * 1000 for each in seen]
        self.cpu.append({name: value / count * 1000 for name, value in used.items()})
        self.others.append(others)
        self.requests += [each.requests for each in seen]
        failed = f"{count - well(seen)} of {count} visits failed" if well(seen) < count else ""
        if problem := failed or self.check(count):
            self.problems.append(f"round {turn + 1}: {problem}")

    def figure(self, unit: str = "1/s") -> Figure:
        """What the rounds came to: visits a second, or with ``unit`` "s" the seconds of a round."""
        rounds, limit = (self.seconds, "seconds") if unit == "s" else (self.rates, "rates")
        return Figure(
            bench=self.name,
            tree=self.tree,
            values=rounds,
            unit=unit,
            limit=median(getattr(self.limit, limit)) if self.limit else None,
            p95_ms=quantiles(self.milliseconds, n=20)[-1] if len(self.milliseconds) > 1 else None,
            cpu_ms=each_ms(self.cpu),
            statements=self.statements,
            problems=self.problems,
            more={
                "requests": round(median(self.requests)),
                "visitors_ms": round(median(self.visitors), 2),
                "others_load": round(median(self.others), 2),
                **self.more,
            },
        )


def take_turns(things: Sequence[Thing], rounds: int) -> None:
    """Measure all ``things`` so many times; each round begins with another one."""
    for turn in range(rounds):
        first = turn % len(things)
        for thing in (*things[first:], *things[:first]):
            thing.measure(turn)
