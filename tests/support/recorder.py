"""Plugin of pytest: notes which lines and branches of the rooms a run passes. ``PYTEST_PLUGINS`` names it.

SlipCover puts a probe at each line and each branch of a room as its module is imported; a probe that was passed is
switched off. So the suite takes little longer than without, while tracing takes as long again as the tests, and most of
that in Django. What was passed becomes data of coverage, which counts and judges as ever; of a ``match`` it does not
recognise the branches, and has them missing.

It must be loaded before any room is; in workers of pytest-xdist ``-p`` comes too late. Each process writes a file of
its own, whose name begins as ``COVERAGE_FILE`` says; without that it does nothing.
"""

import ast
import os
import sys
import tomllib
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType

from coverage import CoverageData
from slipcover import Slipcover
from slipcover.importer import SlipcoverLoader

_ROOT = Path(__file__).parents[2]
#: How SlipCover and coverage call the end of a function or of a module as the target of a branch.
_EXIT = 0


class Rooms(MetaPathFinder):
    """Imports modules of the rooms with probes in them."""

    def __init__(self, sources: Sequence[str], omit: Sequence[str]) -> None:
        self._sources = frozenset(sources)
        self._omit = omit
        self.slipcover = Slipcover(branch=True, source=list(sources), omit=list(omit), exclude_lines=[])

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] not in self._sources:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec and spec.origin and isinstance(spec.loader, SourceFileLoader) and self._counts(spec.origin):
            spec.loader = SlipcoverLoader(self.slipcover, spec.loader, spec.origin)
        return spec

    def _counts(self, file: str) -> bool:
        return not any(fnmatch(file, pattern) for pattern in self._omit)


def _install() -> Rooms:
    settings = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["coverage"]["run"]
    rooms = Rooms(settings["source"], settings["omit"])
    sys.meta_path.insert(0, rooms)
    return rooms


def _ends(source: str) -> list[tuple[range, int]]:
    """Of each function in ``source``: its lines, and how coverage writes its end. The innermost come last."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            found.append((range(node.lineno, (node.end_lineno or node.lineno) + 1), -first))
    return found


def arcs(source: str, lines: Sequence[int], branches: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What coverage would have seen of ``source``: pairs of lines, one passed after the other.

    Args:
        lines: those that were passed.
        branches: from which line to which; 0 is the end of the function.
    """
    # Which line came before does not matter, unless the two are a branch.
    yield from ((-1, line) for line in lines)
    ends = _ends(source)
    for start, target in branches:
        if target != _EXIT:
            yield start, target
        else:
            yield start, next((end for inside, end in reversed(ends) if start in inside), -1)


def write(rooms: Rooms, file: str) -> None:
    """Write what was passed in ``rooms`` into ``file``, for coverage."""
    data = CoverageData(file)
    for name, seen in rooms.slipcover.get_coverage()["files"].items():
        path = Path(name).resolve()
        source = path.read_text(encoding="utf-8")
        data.add_arcs({str(path): arcs(source, seen["executed_lines"], seen["executed_branches"])})
        data.touch_file(str(path))
    data.write()
    data.close()


if _FILE := os.environ.get("COVERAGE_FILE"):
    _ROOMS = _install()

    def pytest_sessionfinish() -> None:
        """Write down what this process has passed; afterwards a worker of pytest-xdist may be killed."""
        write(_ROOMS, f"{_FILE}.{os.getpid()}")
