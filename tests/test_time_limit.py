"""A test in the browser that hangs fails by its name, and the suite goes on."""

import subprocess
import sys

import pytest

from common.catalogue import ROOT
from tests.support import failed_names

_CONFTEST = """
from tests.support import failed_names, time_limit

def pytest_configure(config):
    time_limit.register(config, seconds=1)
    failed_names.register(config)
"""
_TESTS = """
import time
import pytest

@pytest.fixture(scope="session")
def django_db_setup(): time.sleep(1.5)

@pytest.fixture
def slow_to_go():
    yield
    time.sleep(60)

@pytest.mark.browser
def test_that_makes_the_database(django_db_setup): pass

@pytest.mark.browser
def test_that_hangs_with_the_database(django_db_setup): time.sleep(60)

@pytest.mark.browser
def test_before(): pass

@pytest.mark.browser
def test_that_hangs(): time.sleep(60)

@pytest.mark.browser
def test_that_fails_and_hangs_at_its_end(slow_to_go): assert False

def test_without_the_browser(): time.sleep(1.5)

@pytest.mark.browser
def test_after(): pass
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs those tests; gives the exit code and what pytest said."""
    (tmp_path / "conftest.py").write_text(_CONFTEST)
    (tmp_path / "test_some.py").write_text(_TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = browser\naddopts = -p no:django -p no:cacheprovider\n")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    # Those of the run that this test belongs to, such as its notes for the coverage.
    for variable in ("PYTEST_PLUGINS", "PYTEST_ADDOPTS", "COVERAGE_FILE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv(failed_names.FILE, str(tmp_path / "failed"))

    def pytest_of(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "pytest", "-q", "--rootdir", str(tmp_path), *arguments, str(tmp_path)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stdout + done.stderr

    return pytest_of


@pytest.mark.slow
def test_what_hangs_fails_by_its_name_and_the_suite_goes_on(run, tmp_path):
    code, said = run("-n", "1")
    assert code == pytest.ExitCode.TESTS_FAILED
    # What failed before it hung is counted twice, and named once.
    assert "4 failed, 4 passed" in said
    assert "test_some.py::test_that_hangs is not over after 1 seconds." in said
    assert "in slow_to_go" in said, "where it hung"
    hung = [
        "test_some.py::test_that_hangs_with_the_database",
        "test_some.py::test_that_hangs",
        "test_some.py::test_that_fails_and_hangs_at_its_end",
    ]
    assert failed_names.tests(tmp_path / "failed") == hung


def test_a_run_without_workers_ends_there_and_does_not_pass_for_one_that_came_to_its_end(run):
    code, said = run("-k", "hangs and not database")
    assert code == pytest.ExitCode.INTERNAL_ERROR
    assert "test_some.py::test_that_hangs is not over after 1 seconds." in said
