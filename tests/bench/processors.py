"""What processes cost, read from ``/proc``: processor time and memory, each with everything that they started."""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_BUSY = (0, 1, 2, 5, 6)


def _table() -> tuple[dict[int, float], dict[int, list[int]]]:
    """Seconds of each process with its ended children, and the living children of each."""
    seconds: dict[int, float] = {}
    children: dict[int, list[int]] = defaultdict(list)
    for folder in os.listdir("/proc"):
        if not folder.isdigit():
            continue
        try:
            # The name in brackets may hold anything.
            fields = Path(f"/proc/{folder}/stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        # utime, stime, and those of children that were waited for.
        seconds[int(folder)] = sum(map(int, fields[11:15])) / _TICKS
        children[int(fields[1])].append(int(folder))
    return seconds, children


def family(pid: int) -> list[int]:
    """The process and all that it started, as far as they live."""
    return _family(pid, _table()[1])


def _family(pid: int, children: Mapping[int, list[int]]) -> list[int]:
    found = [pid]
    for member in found:
        found += children.get(member, ())
    return found


def processor_seconds(groups: Mapping[str, Iterable[int]]) -> dict[str, float]:
    """Seconds of processor that the processes of each group and all that they started have used so far.

    Beside the groups stands "everything here": this process with all its descendants.
    """
    seconds, children = _table()

    def used(pids: Iterable[int]) -> float:
        return sum(seconds.get(member, 0.0) for pid in pids for member in _family(pid, children))

    return {**{name: used(pids) for name, pids in groups.items()}, "everything here": used([os.getpid()])}


def milliseconds(pid: int) -> float:
    """Milliseconds of processor that the present threads of the process and its children have used, finely counted."""
    return sum(
        int(thread.read_text().split()[0]) / 1e6
        for member in family(pid)
        for thread in Path(f"/proc/{member}/task").glob("*/schedstat")
    )


def busy_seconds() -> float:
    """Seconds for which the processors of this machine have worked, added up."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    return sum(int(fields[column]) for column in _BUSY) / _TICKS


def memory_mib(pid: int) -> float:
    """PSS of the process and all that it started: what several of them share counts once, divided among them."""
    return sum(_kilobytes(member, "smaps_rollup", "Pss") for member in family(pid)) / 1024


def forget_peak(pid: int) -> None:
    """Have the peak of the process and its children begin anew."""
    for member in family(pid):
        Path(f"/proc/{member}/clear_refs").write_text("5")


def peak_mib(pid: int) -> float:
    """The most that one of the processes has held in memory, since it began or ``forget_peak``."""
    return max(_kilobytes(member, "status", "VmHWM") for member in family(pid)) / 1024


def _kilobytes(pid: int, file: str, name: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)
