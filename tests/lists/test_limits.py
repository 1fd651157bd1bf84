"""Files that would starve the site are opened within limits, and people hear what was too much."""

import io
import json
import signal
import subprocess
import sys

import pytest
from django.conf import settings
from openpyxl import Workbook

from lists import reading
from lists.limited import __main__ as child
from lists.limited import process, tables
from lists.people import columns
from lists.reading import Unreadable
from tests.support import bombs
from tests.support.lists import HEADINGS, people


def read(content: bytes, name: str = "ds.xlsx") -> reading.Table:
    return reading.read(content, name, columns=columns.PEOPLE, needed=("full_name",))


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bomb", [bombs.many_styles, bombs.many_strings])
def test_formats_and_texts_that_no_cell_has_cost_next_to_nothing(bomb):
    content = bomb()
    assert len(content) < 100_000
    assert [row.cells["full_name"] for row in read(content).rows] == ["Lê Văn 1"]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (bombs.far_cell, "a.xlsx", "more than 512 MB of memory"),
        (lambda: bombs.wide_row(257), "a.xlsx", "wider than 256 columns"),
        (lambda: bombs.long_texts(4000, 4000), "a.xlsx", "too much text"),
        (lambda: b"a," * 300 + b"b\n", "a.csv", "wider than 256 columns"),
        (lambda: b'"' + b"a" * 200_000, "a.csv", "Line 1 of the file cannot be read"),
        (lambda: bombs.many_styles(9_000_000), "a.xlsx", "bigger than 40 MB"),
    ],
)
def test_what_is_too_much_is_refused_and_named(content, name, said):
    with pytest.raises(Unreadable, match=said):
        read(content(), name)


def test_empty_cells_far_to_the_right_are_no_columns():
    headings = ",".join(HEADINGS.values())
    table = read(f"{headings}{',' * 400}\nLê Ví{',' * 400}\n".encode(), "a.csv")
    assert [row.cells for row in table.rows] == [{"full_name": "Lê Ví"}]


def test_a_file_that_takes_too_long_is_refused_and_that_is_said(monkeypatch):
    monkeypatch.setattr(reading, "LIMITS", process.Limits(memory=reading.LIMITS.memory, processor=10, clock=0))
    with pytest.raises(Unreadable, match="longer than 10 seconds"):
        read(people({}))


def test_a_process_that_dies_makes_the_file_a_damaged_one(monkeypatch):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    monkeypatch.setattr(process, "_start", lambda _descriptors: subprocess.Popen(["false"], **pipes))
    with pytest.raises(Unreadable, match="damaged"):
        read(people({}))


# --- the process ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "what"),
    [(-signal.SIGXCPU, "time"), (-signal.SIGABRT, "memory"), (-signal.SIGKILL, "memory"), (-signal.SIGSEGV, "memory")],
)
def test_how_it_ended_says_what_was_too_much(code, what):
    with pytest.raises(process.TooMuch) as refused:
        process._answer(code, b"")
    assert refused.value.what == what


def limited(code: str, *, memory: int = 256 * 1024**2, processor: int = 5) -> subprocess.CompletedProcess[str]:
    """What becomes of ``code`` in a process with limits."""
    prepare = f"from lists.limited.__main__ import limit; limit(memory={memory}, processor={processor})"
    return subprocess.run(
        [sys.executable, "-c", f"{prepare}\n{code}"], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )


def test_the_limits_are_the_system_s(tmp_path):
    assert limited("while True: pass", processor=1).returncode == -signal.SIGXCPU
    assert "MemoryError" in limited("bytearray(300 * 1024**2)").stderr
    assert "File too large" in limited(f"open({str(tmp_path / 'a')!r}, 'wb', buffering=0).write(b'x')").stderr


def test_it_finds_no_secret_and_no_connection_and_does_not_load_django(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "a secret")
    # It is asked for what it has, in place of its work.
    look = (
        "import json, os, sys; import lists.limited.tables; print(json.dumps([dict(os.environ), sorted(sys.modules)]))"
    )
    real = subprocess.Popen

    def start(command: list[str], **options):
        return real([*command[: command.index("-m")], "-c", look], **options)

    monkeypatch.setattr(process.subprocess, "Popen", start)
    with process._start(()) as asked:
        environment, modules = json.loads(asked.communicate()[0])
    assert "SECRET_KEY" not in environment
    assert not {"django", "psycopg2", "openpyxl"} & set(modules)


def test_a_task_without_memory_says_so(monkeypatch, capsys):
    def burst(_content, _order):
        raise MemoryError

    monkeypatch.setitem(child._TASKS, "table", burst)
    monkeypatch.setattr(child, "limit", lambda **_limits: None)
    order = io.BytesIO(b'{"task": "table", "memory": 1, "processor": 1}\n')
    monkeypatch.setattr(child.sys, "stdin", type("Input", (), {"buffer": order}))
    child.main()
    assert capsys.readouterr().out == '{"too_much": "memory"}'


# --- what it says about tables ----------------------------------------------------------------------------------------


def test_rows_are_counted_up_to_what_is_asked_for():
    content = "".join(f"{n},x\n" for n in range(50)).encode()
    assert len(tables.read(content, "a.csv", most_rows=10)["lines"]) == 10


def test_rows_far_below_a_gap_are_not_looked_for():
    content = b"a,b\n" + b",\n" * 2001 + b"c,d\n"
    assert tables.read(content, "a.csv", most_rows=10) == {"lines": [(1, ["a", "b"])]}


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"PK\x03\x04nothing", "a.xlsx", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xls", "old"),
        (b"%PDF-1.4", "a.pdf", "no list"),
        (b"\xff\xff\xff", "a.csv", "letters"),
        (b"a,b\n" + b'"' + b"a" * 200_000, "a.csv", "line"),
    ],
)
def test_each_refusal_has_its_word_and_the_site_has_words_for_it(content, name, why):
    assert tables.read(content, name, most_rows=10)["refused"] == why
    assert why in reading._REFUSALS


def test_a_workbook_without_a_sheet_of_cells_is_damaged():
    book, stream = Workbook(), io.BytesIO()
    book.create_chartsheet()
    book.active.sheet_state = "hidden"
    book.active = 1
    book.save(stream)
    assert tables.read(stream.getvalue(), "a.xlsx", most_rows=10) == {"refused": "damaged"}
