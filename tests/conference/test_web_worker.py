"""The web server's worker: it answers as gunicorn's does, and closes and counts its connections itself."""

import errno
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from conference import web_worker
from conference.web_worker import Connection, HeadWithBody, Turns, WebWorker
from tests.chaos.servers import Process, Stage, basic_environment, free_port, wait_until

_APPLICATION = """
import time
def application(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        time.sleep(1)
    if environ["PATH_INFO"] == "/exit":
        raise SystemExit
    if environ["PATH_INFO"] == "/read":
        environ["wsgi.input"].read()
    if environ["PATH_INFO"] == "/broken":
        raise ValueError("broken")
    if environ["PATH_INFO"] == "/half":
        return half(start_response)
    if environ["PATH_INFO"] == "/long":
        start_response("200 OK", [("Content-Length", "2000000")])
        return [b"x" * 2_000_000]
    if environ["PATH_INFO"] == "/nothing":
        start_response("204 No Content", [])
        return []
    if environ["PATH_INFO"] == "/pieces":
        start_response("200 OK", [])
        return [b"o", b"k"]
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""
_APPLICATION += """
def half(start_response):
    start_response("200 OK", [("Content-Length", "4")])
    yield b"ha"
    raise ValueError("broken")
"""
_MOST = 6


@contextmanager
def started(folder: Path, *options: str) -> Iterator[tuple[int, Process]]:
    """Port and process of a gunicorn with one such worker of two threads, which holds six connections at most."""
    (folder / "site_of_test.py").write_text(_APPLICATION)
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "site_of_test", "--worker-class", "conference.web_worker.WebWorker",
        "--threads", "2", "--worker-connections", str(_MOST), "--bind", f"127.0.0.1:{port}", "--no-control-socket",
        *options,
    ]  # fmt: skip
    environment = basic_environment()
    environment["PYTHONPATH"] += f":{folder}"
    with Stage("web-worker") as stage:
        process = stage.process("gunicorn", command, environment={**environment, "DEBUG": "1", "VAR_DIR": str(folder)})
        wait_until(lambda: is_open(port), "gunicorn answers")
        yield port, process


@pytest.fixture(scope="module")
def port(tmp_path_factory) -> Iterator[int]:
    """Its port. Tests come in any order where several processes share them out, so that none may end it."""
    with started(tmp_path_factory.mktemp("web-worker")) as (number, _process):
        yield number


def is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def ask(port: int, path: str = "/", connection: HTTPConnection | None = None, **headers: str) -> tuple[int, bytes]:
    made = connection or HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        made.request("GET", path, headers=headers or {"Connection": "close"})
        answer = made.getresponse()
        return answer.status, answer.read()
    finally:
        if connection is None:
            made.close()


def test_far_more_visitors_come_than_it_holds_at_once_and_all_are_answered(port):
    assert [ask(port) for _ in range(5 * _MOST)] == [(200, b"ok")] * 5 * _MOST


def test_a_connection_that_is_kept_answers_again(port):
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    assert [ask(port, connection=connection, Connection="keep-alive") for _ in range(3)] == [(200, b"ok")] * 3
    connection.close()


@pytest.mark.parametrize(("path", "answer"), [("/nothing", (204, b"")), ("/pieces", (200, b"ok"))])
def test_answers_without_a_body_or_in_pieces_come_whole(port, path, answer):
    assert ask(port, path) == answer
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    assert [ask(port, path, connection=connection, Connection="keep-alive") for _ in range(3)] == [answer] * 3
    connection.close()


def test_who_says_nothing_yet_is_answered_once_they_ask(port):
    with socket.create_connection(("127.0.0.1", port), 10) as late:
        time.sleep(0.2)
        late.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert late.makefile("rb").read().endswith(b"ok")


def test_a_site_that_breaks_takes_no_connection_along(port):
    assert [ask(port, "/broken")[0] for _ in range(2 * _MOST)] == [500] * 2 * _MOST
    for _ in range(2 * _MOST):
        with pytest.raises(IncompleteRead):
            ask(port, "/half")
    assert ask(port) == (200, b"ok")


def test_who_is_slow_to_send_is_waited_for(port):
    """Longer than a thread waits for the next visitor."""
    with socket.create_connection(("127.0.0.1", port), 10) as slow:
        slow.sendall(b"POST /read HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\na")
        time.sleep(1.2)
        slow.sendall(b"b")
        assert slow.makefile("rb").read().endswith(b"ok")


def test_a_site_that_asks_to_end_takes_no_thread_along(port):
    for _ in range(4):
        with socket.create_connection(("127.0.0.1", port), 10) as visitor:
            visitor.sendall(b"GET /exit HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert visitor.makefile("rb").read() == b""
    assert ask(port) == (200, b"ok")


@pytest.mark.parametrize("unread", [0, 50_000])
def test_all_of_a_long_answer_comes_whether_or_not_all_that_was_sent_was_read(port, unread):
    with socket.create_connection(("127.0.0.1", port), 10) as visitor:
        head = f"POST /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {unread}\r\n\r\n"
        visitor.sendall(head.encode() + b"y" * unread)
        assert len(visitor.makefile("rb").read().partition(b"\r\n\r\n")[2]) == 2_000_000


def test_what_has_begun_is_answered_before_it_ends(tmp_path):
    with started(tmp_path) as (port, process), socket.create_connection(("127.0.0.1", port), 10) as slow:
        slow.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        time.sleep(0.3)
        process.tell(signal.SIGTERM)
        assert slow.makefile("rb").read().endswith(b"ok")
        assert process.wait(10) == 0


def test_others_are_answered_while_one_is_long_at_it(port):
    with socket.create_connection(("127.0.0.1", port), 10) as slow:
        slow.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert [ask(port) for _ in range(3)] == [(200, b"ok")] * 3
        # Not answered yet.
        assert not select.select([slow], [], [], 0)[0]
        assert slow.makefile("rb").read().endswith(b"ok")


def test_whoever_comes_to_a_second_address_is_answered_by_a_single_thread_too(tmp_path):
    second = free_port()
    with started(tmp_path, "--threads", "1", "--bind", f"127.0.0.1:{second}") as (first, _process):
        assert [ask(number) for number in (first, second, first, second)] == [(200, b"ok")] * 4


@pytest.fixture
def other() -> Iterator[ThreadPoolExecutor]:
    """Another thread than the test's."""
    with ThreadPoolExecutor(1) as threads:
        yield threads


def going_on(times: int) -> Callable[[], bool]:
    """Says so often that it goes on, then no more."""
    left = [True] * times
    return lambda: bool(left and left.pop())


def test_it_is_one_thread_s_turn_for_as_long_as_it_answers_soon(other):
    turns = Turns()
    assert turns.comes(lambda: True)
    for _visitor in range(2):
        turns.begin()
        turns.end()
    assert not other.submit(turns.comes, going_on(3)).result()
    assert turns.comes(lambda: True)


def test_it_is_another_thread_s_turn_while_one_is_long_at_it_and_afterwards(other):
    turns = Turns()
    turns.comes(lambda: True)
    turns.begin()
    assert other.submit(turns.comes, going_on(100)).result()
    turns.end()
    assert not turns.comes(going_on(3))
    assert other.submit(turns.comes, lambda: True).result()


def test_it_is_another_thread_s_turn_when_one_leaves(other):
    turns = Turns()
    turns.comes(lambda: True)
    turns.leave()
    assert other.submit(turns.comes, going_on(2)).result()
    turns.leave()
    assert not turns.comes(going_on(3))


class Sent(list):
    """A socket that notes what it was given to send."""

    def sendall(self, data: bytes) -> None:
        self.append(data)

    def fileno(self) -> int:
        return 7


HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


def test_the_head_of_an_answer_goes_with_the_first_piece_of_its_body():
    sent = Sent()
    together = HeadWithBody(sent)
    for piece in (HEAD, b"one", b"two"):
        together.sendall(piece)
    assert sent == [HEAD + b"one", b"two"]


@pytest.mark.parametrize("piece", [HEAD, b"x" * 100_000])
def test_a_head_goes_before_another_answer_and_before_a_long_piece_that_is_not_copied(piece):
    sent = Sent()
    together = HeadWithBody(sent)
    together.sendall(HEAD)
    together.sendall(piece)
    together.flush()
    together.flush()
    assert b"".join(sent) == HEAD + piece
    assert sent[-1] is piece or piece == HEAD


def test_a_head_goes_before_anything_else_is_done_with_the_socket():
    sent = Sent()
    together = HeadWithBody(sent)
    together.sendall(HEAD)
    assert (together.fileno(), sent) == (7, [HEAD])


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, Connection]]:
    """A visitor's end, and the connection that a thread has for it."""
    visitor, sock = socket.socketpair()
    with visitor, sock:
        yield visitor, Connection(Config(), sock, ("127.0.0.1", 1), ("127.0.0.1", 2))


def request_of(connection: Connection):
    connection.init()
    return next(connection.parser)


GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "is_read"),
    [
        (GET, True),
        (GET + b"\r\n", False),
        (GET + GET, False),
        (POST + b"a=bc", True),
        (POST + b"a=bc\r\n", False),
        (POST + b"a=", False),
        (POST, False),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", False),
    ],
)
def test_a_connection_knows_whether_all_that_was_sent_has_been_read(ends, sent, is_read):
    visitor, connection = ends
    visitor.sendall(sent)
    request = request_of(connection)
    if sent.startswith(POST + b"a=bc"):
        assert request.body.read() == b"a=bc"
    assert connection.has_been_read() is is_read


def test_a_connection_whose_visitor_is_gone_needs_no_waiting(ends):
    visitor, connection = ends
    visitor.sendall(GET)
    request_of(connection)
    visitor.close()
    assert connection.has_been_read()


def test_a_connection_on_which_nothing_was_asked_has_not_been_read(ends):
    assert not ends[1].has_been_read()


def test_a_sign_of_life_is_given_once_a_second(monkeypatch):
    given: list[float] = []
    monkeypatch.setattr(ThreadWorker, "notify", lambda self: given.append(0))
    worker = WebWorker(1, 1, [], None, 30, Config(), None)
    for seconds in (100, 100.2, 100.9, 101.1, 101.9, 102.2):
        monkeypatch.setattr(web_worker.time, "monotonic", lambda seconds=seconds: seconds)
        worker.notify()
    worker.tmp.close()
    assert len(given) == 3


class Door:
    """A listener to which nobody can come."""

    def accept(self) -> None:
        raise OSError(errno.EMFILE, "Too many open files")


def test_a_process_that_can_let_nobody_in_ends_so_that_another_is_started(caplog):
    config = Config()
    worker = WebWorker(1, 1, [], None, 30, config, Logger(config))
    worker.alive, worker._accepting = True, True
    worker.method_queue.init()
    worker._let_in(Door(), ("127.0.0.1", 1), Turns())
    assert not worker.alive
    worker.method_queue.close()
    worker.tmp.close()
