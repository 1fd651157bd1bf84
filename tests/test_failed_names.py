"""The end of ``make test`` names the tests that failed."""

from types import SimpleNamespace

from tests.support import failed_names


def _told(monkeypatch, file, *failures: tuple[str, str]) -> list[str]:
    monkeypatch.setenv(failed_names.FILE, str(file))
    plugin = failed_names.FailedNames()
    plugin.pytest_runtest_logreport(SimpleNamespace(nodeid="fine", when="call", failed=False))
    for name, when in failures:
        plugin.pytest_runtest_logreport(SimpleNamespace(nodeid=name, when=when, failed=True))
    return failed_names.read(file)


def test_the_names_of_failed_tests_are_kept_once_with_the_part_that_failed(monkeypatch, tmp_path):
    found = _told(monkeypatch, tmp_path / "names", ("a.py::one", "call"), ("a.py::two", "setup"), ("a.py::one", "call"))
    assert found == ["a.py::one", "a.py::two (setup)"]


def test_a_run_without_failures_names_none(monkeypatch, tmp_path):
    assert _told(monkeypatch, tmp_path / "names") == []


def test_of_very_many_names_the_first_are_told(monkeypatch, tmp_path):
    found = _told(monkeypatch, tmp_path / "names", *((f"a.py::{number}", "call") for number in range(40)))
    assert len(found) == failed_names.MOST + 1
    assert found[-1] == "and 10 more"
