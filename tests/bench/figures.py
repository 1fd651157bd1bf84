"""A figure as a line of a table for people, and as a line of JSON for programs."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

_HEAD = ("value", "of limit", "p95 ms", "CPU ms", "sql", "rounds", "wrong")
_WIDE = 46


@dataclass
class Figure:
    """What one thing came to in several rounds.

    Args:
        bench: its name.
        values: one for each round.
        unit: of them.
        limit: the bare limit in the same unit, measured in turn with it; None: there is none.
        p95_ms: milliseconds in which 95 of 100 visits were through; None: not measured.
        cpu_ms: milliseconds of processor for each thing done, by group of processes.
        problems: what was wrong in rounds whose outcome was.
        more: what else a reader may want, by name.
    """

    bench: str
    tree: str
    values: list[float]
    unit: str
    limit: float | None = None
    p95_ms: float | None = None
    cpu_ms: dict[str, float] = field(default_factory=dict)
    statements: int | None = None
    problems: list[str] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def value(self) -> float:
        """The median."""
        return median(self.values)

    @property
    def ratio(self) -> float | None:
        """The value as a part of the limit."""
        return self.value / self.limit if self.limit else None

    def json_line(self) -> str:
        """The figure as one line."""
        found = {
            "bench": self.bench,
            "tree": self.tree,
            "value": round(self.value, 3),
            "unit": self.unit,
            "limit": None if self.limit is None else round(self.limit, 3),
            "ratio": None if self.ratio is None else round(self.ratio, 4),
            "p95_ms": None if self.p95_ms is None else round(self.p95_ms, 1),
            "cpu_ms": {name: round(value, 3) for name, value in self.cpu_ms.items()},
            "statements": self.statements,
            "rounds": [round(value, 3) for value in self.values],
            "problems": self.problems,
            **self.more,
        }
        return json.dumps(found, ensure_ascii=False)

    def cells(self) -> list[str]:
        """Its part of a table, but for the name."""
        total = self.cpu_ms.get("all")
        return [
            f"{_short(self.value)} {self.unit}",
            "" if self.ratio is None else f"{self.ratio:.0%}",
            "" if self.p95_ms is None else f"{self.p95_ms:.0f}",
            "" if total is None else f"{total:.1f}",
            "" if self.statements is None else str(self.statements),
            f"{_short(min(self.values))}–{_short(max(self.values))}",
            str(len(self.problems)) if self.problems else "",
        ]


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(title: str, figures: Iterable[Figure]) -> Iterable[str]:
    """The figures below a heading; under each what the processors' time was spent by."""
    yield title
    yield _row("", _HEAD)
    for figure in figures:
        yield _row(f"{figure.bench} · {figure.tree}", figure.cells())
        parts = [f"{name} {value:.1f}" for name, value in figure.cpu_ms.items() if name != "all" and value >= 0.05]
        parts += [f"{name} {value}" for name, value in figure.more.items() if not isinstance(value, dict | list)]
        if parts:
            yield "      " + ", ".join(parts)
        yield from (f"      WRONG: {problem}" for problem in figure.problems[:3])


def _row(name: str, cells: Iterable[str]) -> str:
    return f"  {name:<{_WIDE - 12}}" + "".join(f"{cell:>14}" for cell in cells)
