"""What the suite notes while it runs, coverage counts as if it had traced."""

import importlib
import json
import sys

import coverage
import pytest

from tests.support.recorder import Rooms, write

ROOM = """\
def kind(number):
    if number < 0:
        return "less"
    for _ in range(number):
        if number > 5:
            break
    if number == 3:
        number += 1


def never():
    return 1
"""


@pytest.fixture
def counted(tmp_path, monkeypatch):
    """The JSON report of coverage on a module of which ``kind`` was called with a number; another was not imported."""
    (tmp_path / "small_room").mkdir()
    (tmp_path / "small_room" / "__init__.py").write_text("")
    (tmp_path / "small_room" / "kinds.py").write_text(ROOM)
    (tmp_path / "small_room" / "alone.py").write_text("A = 1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    rooms = Rooms(["small_room"], [])
    monkeypatch.setattr(sys, "meta_path", [rooms, *sys.meta_path])
    importlib.import_module("small_room.kinds").kind(3)
    for name in ["small_room.kinds", "small_room"]:
        sys.modules.pop(name)
    write(rooms, str(tmp_path / "data"))
    reader = coverage.Coverage(data_file=str(tmp_path / "data"), config_file=False)
    reader.set_option("run:branch", True)
    reader.load()
    reader.json_report(outfile=str(tmp_path / "report.json"))
    return json.loads((tmp_path / "report.json").read_text())["files"]


def test_what_was_not_passed_is_missing(counted):
    kinds = counted["small_room/kinds.py"]
    assert kinds["missing_lines"] == [3, 6, 12]
    # A negative target is the end of the function that begins there.
    assert sorted(kinds["missing_branches"]) == [[2, 3], [5, 6], [7, -1]]
    assert sorted(kinds["executed_branches"]) == [[2, 4], [4, 5], [4, 7], [5, 4], [7, 8]]


def test_a_module_that_no_test_imports_is_missing_as_a_whole(counted):
    assert counted["small_room/alone.py"]["missing_lines"] == [1]
