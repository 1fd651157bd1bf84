"""``make soak``: people use the demo for half an hour; does it stay well?

The demo runs as ``make run`` starts it, in a temporary folder and on a free port. The exit code is 1 if something went
wrong: an error, a lost message, a program that had to be started again, memory that grows.
"""

import argparse
import sys
import time
from collections import Counter
from statistics import quantiles

from tests.chaos.servers import Hung, Missing, Stage
from tests.soak.demo import Demo
from tests.soak.people import People

#: Megabytes that a process may grow by after it has warmed up.
GROWTH = 40
#: The part of the time after which everything has been used once.
WARM_UP = 0.2
_REPORT_EVERY = 60


class Memory:
    """What each process uses, now and when it had warmed up."""

    def __init__(self, demo: Demo, seconds: float) -> None:
        self._demo = demo
        self._warm_at = time.monotonic() + WARM_UP * seconds
        self._warm: dict[str, float] = {}
        self.now: dict[str, float] = {}

    def look(self) -> None:
        self.now = self._demo.memory()
        if not self._warm and time.monotonic() >= self._warm_at:
            self._warm = self.now

    def growth(self) -> dict[str, float]:
        """Megabytes by process."""
        return {name: now - self._warm.get(name, now) for name, now in self.now.items()}

    def total(self) -> float:
        """Megabytes of all processes together; what they share counts several times."""
        return sum(self.now.values())

    def words(self) -> str:
        grown = self.growth()
        return ", ".join(f"{name} {now:.0f} ({grown[name]:+.0f})" for name, now in sorted(self.now.items()))


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def _times(seconds: list[float], unit: float = 1000) -> str:
    """Median, 95th percentile and longest of ``seconds``, in units of which one second has ``unit``."""
    if len(seconds) < 2:
        return "-"
    cuts = quantiles(seconds, n=20, method="inclusive")
    digits = 0 if unit > 1 else 1
    return " / ".join(f"{value * unit:.{digits}f}" for value in (cuts[9], cuts[18], max(seconds)))


def run(minutes: float, at_once: int) -> bool:
    """Have ``at_once`` people use the demo; prints what happened, and returns whether all was well."""
    with Stage("soak") as stage:
        demo = Demo(stage)
        demo.start()
        people = People(demo, at_once)
        memory = Memory(demo, minutes * 60)
        started = reported = time.monotonic()

        def watch() -> None:
            nonlocal reported
            memory.look()
            now = time.monotonic()
            if now - reported >= _REPORT_EVERY:
                reported = now
                diary = people.diary
                used = f"{len(diary.registered)} registrations, {len(diary.pages)} pages"
                went = f"{len(diary.errors)} errors, {len(demo.restarts)} restarts, {memory.total():.0f} MB"
                _say(f"{(now - started) / 60:4.0f} min  {used}, {went}")

        people.use(minutes * 60, watch)
        memory.look()
        lost = people.count_lost()
        return _judge(people, demo, memory, lost, minutes)


def _judge(people: People, demo: Demo, memory: Memory, lost: int, minutes: float) -> bool:
    """Print the figures, and what speaks against the demo; returns whether nothing does."""
    diary, restarts = people.diary, demo.restarts
    _say(f"soak       {minutes:g} min: {len(diary.registered)} registrations, {len(diary.pages)} pages")
    _say(f"pages      {_times(diary.pages)} ms (median / 95 % / longest)")
    _say(f"register   {_times(diary.posts)} ms")
    _say(f"delivery   {_times(diary.delays, 1)} s until mail and SMS were seen, {len(diary.delays)} times")
    _say(f"memory     {memory.words()} MB (growth after the first {WARM_UP:.0%} of the time)")
    _say(f"lost {lost}, errors {len(diary.errors)}, restarts {len(restarts)}, tracebacks {demo.tracebacks}")
    grown = [f"{name} grew by {growth:.0f} MB" for name, growth in memory.growth().items() if growth > GROWTH]
    errors = [f"{count} times {words}" for words, count in Counter(diary.errors).most_common(5)]
    faults = [
        *([] if diary.registered else ["nobody registered"]),
        *([f"{lost} people without mail or SMS"] if lost else []),
        *([f"{demo.tracebacks} tracebacks:\n{demo.serve.words(3000)}"] if demo.tracebacks else []),
        *(errors + restarts + grown),
    ]
    _say("\n".join(["FAIL", *faults]) if faults else "PASS")
    return not faults


def main() -> int:
    """0 if all was well."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30, help="for how long (30)")
    parser.add_argument("--people", type=int, default=4, help="how many at once (4)")
    arguments = parser.parse_args()
    try:
        return 0 if run(arguments.minutes, arguments.people) else 1
    except (Hung, Missing) as error:
        _say(f"FAIL: {error}")
        return 1
    except KeyboardInterrupt:
        _say("Interrupted; everything that was started has been ended.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
