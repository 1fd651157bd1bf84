"""``make test`` runs several pytests beside each other, and one when another is through."""

import sys
import time

import pytest

from tests.support.runs import Run, beside_each_other


class Script(Run):
    """A run that writes its begin and its end into a file."""

    def __init__(self, name, file, *, passes=True, seconds=0.0, comes_later=False):
        super().__init__(name, [], {}, comes_later=comes_later)
        note = "open(sys.argv[1], 'a').write(sys.argv[2] + {!r})"
        script = f"import sys, time; {note.format(' begins ')}; time.sleep({seconds}); {note.format(' ends ')}"
        self._command = [sys.executable, "-c", f"{script}; sys.exit({0 if passes else 1})", str(file), name]


def test_what_comes_later_begins_when_the_one_before_it_has_ended(tmp_path):
    file = tmp_path / "notes"
    runs = [Script("browser", file), Script("SQLite", file, passes=False, comes_later=True)]
    with beside_each_other(runs) as result:
        assert {run.name: result(run) for run in runs} == {"browser": True, "SQLite": False}
    assert file.read_text() == "browser begins browser ends SQLite begins SQLite ends "


def test_none_of_them_goes_on_when_something_breaks(tmp_path):
    file = tmp_path / "notes"
    runs = [Script("long", file, seconds=60), Script("later", file, comes_later=True)]
    began = time.monotonic()
    with pytest.raises(ZeroDivisionError), beside_each_other(runs):
        raise ZeroDivisionError
    assert time.monotonic() - began < 30
    assert not file.exists() or "ends" not in file.read_text()
