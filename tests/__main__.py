"""``make test``: the suite on SQLite, most of it on PostgreSQL with Redis, and in the browser, beside each other.

On two processors SQLite begins when the browser is through, and then has a worker on each, for PostgreSQL ends first.

PostgreSQL runs what an engine can change (tests/support/second_engine.py). It and Redis are servers of the suite's own
(tests/support/engines.py). The browser drives the site once, on SQLite: the pages are the same. What fails there is run
once more at the end, alone on the machine: only what fails again counts, and what passed only alone is named, to be
mended.

Arguments for pytest go to one run on each engine, one after the other, without coverage. ``REQUIRE_ALL=1`` makes a
missing engine or browser a failure.
"""

import os
import sys
from pathlib import Path

import pytest

from tests.chaos.servers import Missing, Stage
from tests.support import engines, failed_names, measuring, second_engine
from tests.support.databases import FOLDER
from tests.support.runs import Run, beside_each_other

SQLITE, SERVERS, BROWSER = "SQLite", "PostgreSQL, Redis", "browser"
#: What failed in the browser, once more.
ALONE = "browser, alone"
_PASSED_ALONE = "passed only alone"
_BROWSER_FOLDER = "tests/browser"
#: Where a test hangs, its process ends (tests/support/time_limit.py): a worker that is replaced, and not the whole run.
_ONE_WORKER = ["-n", "1"]
#: On so few processors SQLite waits for the browser: three runs at once slow each other down until pages are late.
_FEW = 2


def _find_servers(stage: Stage) -> tuple[dict[str, str], list[str]]:
    """What the environment of the second run names, and why it cannot run."""
    found, missing = {}, []
    for variable, find in (("DATABASE_URL", engines.find_postgres), ("REDIS_URL", engines.find_redis)):
        try:
            found[variable] = find(stage)
        except Missing as reason:
            missing.append(str(reason))
    return found, missing


def _one_after_the_other(servers: dict[str, str], arguments: list[str], folder: Path) -> dict[str, bool]:
    runs = [Run(SQLITE, arguments, _names_into(folder, SQLITE))]
    if servers:
        runs.append(Run(SERVERS, arguments, servers | _names_into(folder, SERVERS)))
    return {run.name: run.passes_here() for run in runs}


def _file_of_names(folder: Path, name: str) -> Path:
    """Where the run ``name`` writes which of its tests failed."""
    return folder / f"failed in {name}"


def _names_into(folder: Path, name: str) -> dict[str, str]:
    return {failed_names.FILE: str(_file_of_names(folder, name))}


def _passes_alone(browser: Run, environment: dict[str, str], folder: Path) -> bool:
    """Run what failed in ``browser`` once more, with nothing beside it; whether all of it passes now.

    While other runs keep the machine busy, a page may be later than a test waits. What fails again is what counts: its
    names replace those of the first run. Not tried again: a run that did not come to its end, and more failures than a
    busy machine makes.
    """
    failed = _file_of_names(folder, BROWSER)
    tests = failed_names.tests(failed)
    if browser.exit_code != pytest.ExitCode.TESTS_FAILED or not 0 < len(tests) <= failed_names.MOST:
        return False
    again = Run(ALONE, ["-q", *_ONE_WORKER, *tests], environment | _names_into(folder, ALONE))
    passed = again.passes_here()
    if again.exit_code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return False
    failed_again = failed_names.tests(_file_of_names(folder, ALONE))
    failed_names.write(failed, failed_again)
    failed_names.write(folder / _PASSED_ALONE, [test for test in tests if test not in failed_again])
    return passed


def _whole_suite(servers: dict[str, str], folder: Path) -> dict[str, bool]:
    """The result of each run, and of the coverage of all of them."""
    processors = os.cpu_count() or 1
    waits = bool(servers) and processors <= _FEW
    (folder / "templates").mkdir()
    templates = {FOLDER: str(folder / "templates")}
    data = folder / "coverage"
    plain = ["-q", f"--ignore={_BROWSER_FOLDER}"]
    browser = Run(BROWSER, ["-q", *_ONE_WORKER, _BROWSER_FOLDER], templates | _names_into(folder, BROWSER))
    runs = [
        browser,
        Run(
            SQLITE,
            [*plain, *_workers(processors if waits else processors // 2)],
            templates | measuring.environment(data, "sqlite") | _names_into(folder, SQLITE),
            comes_later=waits,
        ),
    ]
    if servers:
        engine = servers | measuring.environment(data, "postgresql") | {second_engine.VARIABLE: "1"}
        engine |= _names_into(folder, SERVERS)
        runs.append(Run(SERVERS, [*plain, *_workers(processors // 2)], engine))
    with beside_each_other(runs) as result:
        # What comes later waits for the browser alone, so it stands behind it.
        results = {run.name: result(run) for run in runs}
    if not results[BROWSER]:
        results[BROWSER] = _passes_alone(browser, templates, folder)
    results["coverage"] = measuring.report(data)
    return results


def _workers(count: int) -> list[str]:
    return ["-n", str(count), "--dist", "worksteal"] if count > 1 else []


def _print_results(results: dict[str, bool], missing: list[str], folder: Path) -> None:
    print("\n=== Results")  # noqa: T201
    for name, passed in results.items():
        print(f"{name}: {'passed' if passed else 'FAILED'}")  # noqa: T201
        for test in failed_names.read(_file_of_names(folder, name)):
            print(f"  {test}")  # noqa: T201
    for test in failed_names.read(folder / _PASSED_ALONE):
        print(f"passed only alone: {test}")  # noqa: T201
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
        if arguments:
            results = _one_after_the_other(servers, arguments, stage.folder)
        else:
            results = _whole_suite(servers, stage.folder)
        _print_results(results, missing, stage.folder)
    return 0 if all(results.values()) and not (missing and required) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
