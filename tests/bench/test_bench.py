"""The bench: what its visitors ask for, how it counts, and that it runs. No test says how fast anything is."""

import gzip
import json
import os
import sys

import brotli
import pytest

from tests.bench.__main__ import PARTS, main
from tests.bench.crowd import Answer
from tests.bench.figures import Figure, table
from tests.bench.installation import Tree
from tests.bench.processors import family, memory_mib, processor_seconds
from tests.bench.visitors import Visitor, hidden_fields, look, path_of, shown_on
from tests.chaos.servers import ROOT, Stage, wait_until

_PAGE = b"""
<link rel="stylesheet" href="/static/css/site.css"><link rel="canonical" href="/hoi-nghi/">
<link rel="icon" href="/favicon.ico"><script src="/static/js/site.js" defer></script>
<img alt="QR" src="/r/abc/qr.svg?v=1&amp;w=2"><img src="https://other.example/a.png"><img src="//other.example/b.png">
<a href="/r/abc/people/">people</a><svg><use href="#icon"/></svg>
<form method="post"><input type="hidden" name="csrfmiddlewaretoken" value="T"><input name="full_name" value="">
<input type="hidden" name="point" value="&quot;7&quot;"></form>
"""


def test_a_visitor_asks_for_what_the_page_shows_from_this_host_but_not_for_static_files():
    assert shown_on(_PAGE) == ["/r/abc/qr.svg?v=1&w=2", "/favicon.ico"]


def test_a_visitor_sends_the_hidden_fields_of_the_form():
    assert hidden_fields(_PAGE) == [("csrfmiddlewaretoken", "T"), ("point", '"7"')]


@pytest.mark.parametrize(("encoding", "pack"), [("br", brotli.compress), ("gzip", gzip.compress), ("", bytes)])
@pytest.mark.parametrize("is_chunked", [True, False])
def test_an_answer_is_read_as_a_browser_reads_it(encoding, pack, is_chunked):
    body = pack(_PAGE)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\n"
    if is_chunked:
        head += "Transfer-Encoding: chunked\r\n"
        body = b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (9, body[:9], len(body) - 9, body[9:])
    answer = Answer(head.encode() + b"\r\n" + body)
    assert (answer.status, answer.cookies, answer.content) == (200, {"a": "1", "b": "2"}, _PAGE)


def test_a_server_that_hangs_up_has_not_answered():
    assert Answer(b"").status == 0
    walk = look(Visitor(1, 1), "/")
    next(walk)
    with pytest.raises(StopIteration) as end:
        walk.send(Answer(b""))
    assert end.value.value is False


def test_a_visitor_follows_a_redirect_by_path_or_by_whole_address():
    assert path_of("/r/abc/?new=1") == path_of("https://diemcau.example/r/abc/?new=1") == "/r/abc/?new=1"


def test_the_documented_services_are_the_measured_ones():
    services = Tree("here").services(port=8123, web_workers=2)
    assert {"web", "worker"} <= services.keys()
    assert services["web"][0] == sys.executable
    assert "127.0.0.1:8123" in services["web"]
    assert services["web"][services["web"].index("--workers") + 1] == "2"


def test_a_figure_is_one_line_of_json_with_its_ratio_to_the_limit():
    figure = Figure("own page", "here", [90.0, 100.0, 120.0], "1/s", limit=400.0, cpu_ms={"all": 3.0, "web": 2.0})
    found = json.loads(figure.json_line())
    assert (found["bench"], found["value"], found["unit"], found["limit"], found["ratio"]) == (
        "own page",
        100,
        "1/s",
        400,
        0.25,
    )
    assert found["cpu_ms"] == {"all": 3, "web": 2}
    assert any("25%" in line for line in table("PAGES", [figure]))


def test_processor_time_and_memory_are_those_of_a_process_with_all_that_it_started():
    with Stage("bench-test") as stage:
        command = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
        process = stage.process("parent", [sys.executable, "-c", f"{command}"])
        wait_until(lambda: len(family(process.pid)) > 1 and memory_mib(process.pid), "the process and its own run")
        used = processor_seconds({"parent": [process.pid]})
        assert process.pid in family(os.getpid())
    assert used["everything here"] >= used["parent"] >= 0


def test_every_part_that_the_document_names_can_be_asked_for():
    document = (ROOT / "docs" / "speed.md").read_text()
    named = {line.split("`")[1] for line in document.splitlines() if line.startswith("| `")}
    assert named == PARTS.keys()


def test_an_unknown_part_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["everything"])
    assert "no such part" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.postgresql
def test_the_bench_runs_and_each_figure_is_a_line_of_json(capsys):
    code = main(["registrations", "--rounds", "1", "--registrations", "4", "--web-workers", "1"])
    printed = capsys.readouterr().out
    if "Cannot measure" in printed:
        pytest.skip(printed)
    assert code == 0, printed
    figures = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    names = {figure["bench"] for figure in figures}
    assert names == {"registrations", "limit: one insert", "limit: an empty page"}
    for figure in figures:
        assert figure["value"] > 0
        assert not figure["problems"]
    ours = next(figure for figure in figures if figure["bench"] == "registrations")
    assert {"web", "worker", "postgresql", "redis", "all"} <= ours["cpu_ms"].keys()
    assert ours["requests"] >= 3
    # How large it is, four registrations on a busy machine do not say.
    assert ours["ratio"] == pytest.approx(ours["value"] / ours["limit"], rel=0.01)
    assert ours["statements"] > 0
