"""``make test``: the suite on SQLite, on PostgreSQL with Redis, and in the browser, beside each other.

PostgreSQL and Redis are servers of the suite's own (tests/support/engines.py). The browser drives the site once, on
SQLite: the pages are the same. Arguments for pytest go to one run on each engine, one after the other, without
coverage. ``REQUIRE_ALL=1`` makes a missing engine or browser a failure.
"""

import os
import sys
from pathlib import Path

from tests.chaos.servers import Missing, Stage
from tests.support import engines, measuring
from tests.support.databases import FOLDER
from tests.support.runs import Run, beside_each_other

SQLITE, SERVERS, BROWSER = "SQLite", "PostgreSQL, Redis", "browser"
_BROWSER_FOLDER = "tests/browser"


def _find_servers(stage: Stage) -> tuple[dict[str, str], list[str]]:
    """What the environment of the second run names, and why it cannot run."""
    found, missing = {}, []
    for variable, find in (("DATABASE_URL", engines.find_postgres), ("REDIS_URL", engines.find_redis)):
        try:
            found[variable] = find(stage)
        except Missing as reason:
            missing.append(str(reason))
    return found, missing


def _one_after_the_other(servers: dict[str, str], arguments: list[str]) -> dict[str, bool]:
    runs = [Run(SQLITE, arguments, {})]
    if servers:
        runs.append(Run(SERVERS, arguments, servers))
    return {run.name: run.passes_here() for run in runs}


def _whole_suite(servers: dict[str, str], folder: Path) -> dict[str, bool]:
    """The result of each run, and of the coverage of all of them."""
    quiet = ["-q", *_workers()]
    plain = [*quiet, f"--ignore={_BROWSER_FOLDER}", *measuring.ARGUMENTS]
    (folder / "templates").mkdir()
    templates = {FOLDER: str(folder / "templates")}
    data = folder / "coverage"
    runs = [
        Run(SQLITE, plain, templates | measuring.environment(data, "sqlite", shared=bool(servers))),
        Run(BROWSER, ["-q", _BROWSER_FOLDER], templates),
    ]
    if servers:
        runs.append(Run(SERVERS, plain, servers | measuring.environment(data, "postgresql", shared=True)))
    with beside_each_other(runs):
        results = {run.name: run.wait() for run in runs}
    if all(results.values()):
        results["coverage"] = measuring.report(data)
    return results


def _workers() -> list[str]:
    """Two runs share the processors with the browser; on two of them more processes would only wait."""
    workers = (os.cpu_count() or 1) // 2
    return ["-n", str(workers), "--dist", "worksteal"] if workers > 1 else []


def _print_results(results: dict[str, bool], missing: list[str]) -> None:
    print("\n=== Results")  # noqa: T201
    for name, passed in results.items():
        print(f"{name}: {'passed' if passed else 'FAILED'}")  # noqa: T201
    for reason in missing:
        print(f"{SERVERS}: not run ({reason})")  # noqa: T201


def main() -> int:
    """Run the suite on every engine; 0 if all of it passed."""
    required = os.environ.get("REQUIRE_ALL") == "1"
    with Stage("tests", engines.memory_folder()) as stage:
        servers, missing = _find_servers(stage)
        if missing:
            print(f"=== {SERVERS}: not run: {'; '.join(missing)}", flush=True)  # noqa: T201
            servers = {}
        arguments = sys.argv[1:]
        results = _one_after_the_other(servers, arguments) if arguments else _whole_suite(servers, stage.folder)
    _print_results(results, missing)
    return 0 if all(results.values()) and not (missing and required) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
