"""What fails in the browser while other runs keep the machine busy is run once more, alone, before it counts."""

import sys

import pytest

from tests import __main__ as suite
from tests.support import failed_names
from tests.support.runs import Run

#: In the place of pytest: "fails" fails always, "late" where it is not alone, and "dies" ends the run.
PYTEST = """
import os, sys
tests = sys.argv[1:]
failed = [test for test in tests if "fails" in test or ("late" in test and "first" in tests)]
open(os.environ["FAILED_NAMES"], "a").writelines(f"{test} (setup)\\n" for test in failed)
sys.exit(3 if "dies" in tests else 1 if failed else 0)
"""


class Script(Run):
    """A run of ``PYTEST``; its arguments, without options, are the names of the tests."""

    def __init__(self, name, arguments, environment):
        super().__init__(name, [], environment)
        self._command = [sys.executable, "-c", PYTEST, *(one for one in arguments if not one.startswith("-"))]


@pytest.fixture
def results(monkeypatch, tmp_path, capfd):
    """Runs the browser with tests of these names, then what failed; whether it passed, and what the end says."""
    monkeypatch.setattr(suite, "Run", Script)

    def run(*tests: str) -> tuple[bool, list[str]]:
        browser = Script(suite.BROWSER, ["first", *tests], suite._names_into(tmp_path, suite.BROWSER))
        passed = browser.passes_here() or suite._passes_alone(browser, {}, tmp_path)
        capfd.readouterr()
        suite._print_results({suite.BROWSER: passed}, [], tmp_path)
        return passed, capfd.readouterr().out.splitlines()[2:]

    return run


def test_what_passes_alone_is_named_and_does_not_count(results):
    assert results("late one", "fine") == (True, ["browser: passed", "passed only alone: late one"])


def test_what_fails_again_counts_and_is_named_without_the_rest(results):
    assert results("late", "fails") == (False, ["browser: FAILED", "  fails", "passed only alone: late"])


def test_a_run_that_did_not_come_to_its_end_is_not_saved_by_what_passes_alone(results):
    assert results("late", "dies") == (False, ["browser: FAILED", "  late (setup)"])


def test_so_many_failures_are_not_the_machine(results):
    passed, lines = results(*(f"late {number}" for number in range(failed_names.MOST + 1)))
    assert not passed
    assert lines[-1] == "  and 1 more"


def test_a_second_run_that_breaks_off_saves_nothing(results, monkeypatch):
    monkeypatch.setattr(f"{__name__}.PYTEST", PYTEST.replace("sys.exit(", "sys.exit(4 if 'first' not in tests else "))
    assert results("late") == (False, ["browser: FAILED", "  late (setup)"])
