"""A worker that is told to stop in the middle of a mail: nothing is lost, nothing goes twice, nobody is waited for."""

import mmap
import os
import socketserver
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from outbox import channel_state, queue, tasks
from outbox.models import Message
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


class Server:
    """A mail server that keeps what it accepts, and calls ``at(verb)`` before it answers; "." is the end of a text."""

    def __init__(self) -> None:
        self.at: Callable[[str], object] = lambda verb: None
        self.heard: list[str] = []
        self.accepted = 0
        self.offers = "8BITMIME"
        server = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with suppress(ConnectionError):
                    server._talk(self)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, session: socketserver.StreamRequestHandler, verb: str, words: str) -> None:
        self.heard.append(verb)
        self.at(verb)
        session.wfile.write(f"{words}\r\n".encode())

    def _talk(self, session: socketserver.StreamRequestHandler) -> None:
        self._answer(session, "greeting", "220 slow")
        while line := session.rfile.readline():
            verb = line[:4].decode().strip().upper()
            if verb == "EHLO":
                self._answer(session, verb, f"250-slow\r\n250-SIZE\r\n250 {self.offers}")
            elif verb == "DATA":
                self._answer(session, verb, "354 go on")
                while (text := session.rfile.readline()) not in (b".\r\n", b""):
                    pass
                if text:
                    self.accepted += 1
                    self._answer(session, ".", "250 kept")
            else:
                self._answer(session, verb, "250 ok")
                if verb == "QUIT":
                    return


@pytest.fixture
def server(settings):
    far_side = Server()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", far_side.port
    yield far_side
    far_side.close()


@pytest.fixture
def two_mails():
    queue.post(
        Message(key=key, channel="email", address=f"{key}@vidu.example", text="T", due_at=NOW, created_at=NOW)
        for key in "ab"
    )


def deliver(stopping: Callable[[], bool] = lambda: False) -> None:
    queue.deliver(clock=lambda: NOW, channels=["email"], stopping=stopping)


def states() -> list[tuple[str, int]]:
    return list(Message.objects.order_by("key").values_list("state", "attempts"))


@pytest.mark.usefixtures("two_mails")
@pytest.mark.parametrize("moment", ["greeting", "EHLO", "MAIL", "RCPT", "DATA"])
def test_a_mail_that_the_server_has_not_accepted_is_given_back_at_once(server, moment):
    stop = threading.Event()
    server.at = lambda verb: verb == moment and stop.set()
    deliver(stop.is_set)
    assert server.heard[-1] == moment, "not another word, no farewell either"
    assert server.accepted == 0
    assert states() == [("queued", 0), ("queued", 0)], "and no try is used up"
    assert channel_state.is_well("email")
    server.at = lambda verb: None
    deliver()
    assert (server.accepted, states()) == (2, [("sent", 1), ("sent", 1)])


@pytest.mark.usefixtures("two_mails")
@pytest.mark.parametrize("moment", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_a_mail_announced_in_one_go_is_given_back_as_well(server, moment):
    stop = threading.Event()
    server.offers = "PIPELINING"
    server.at = lambda verb: verb == moment and stop.set()
    deliver(stop.is_set)
    assert "." not in server.heard, "the text never comes"
    assert (server.accepted, states()) == (0, [("queued", 0), ("queued", 0)])
    assert channel_state.is_well("email")
    server.at = lambda verb: None
    deliver()
    assert (server.accepted, states()) == (2, [("sent", 1), ("sent", 1)])


@pytest.mark.usefixtures("two_mails")
def test_a_mail_whose_text_is_out_is_waited_for_and_the_next_one_given_back(server):
    stop = threading.Event()
    server.at = lambda verb: verb == "." and stop.set()
    deliver(stop.is_set)
    assert server.heard[-1] == "."
    assert states() == [("sent", 1), ("queued", 0)]
    deliver()
    assert (server.accepted, states()) == (2, [("sent", 1), ("sent", 1)])


@pytest.mark.usefixtures("two_mails")
def test_the_second_mail_of_a_connection_is_given_back_as_well(server):
    stop = threading.Event()
    server.at = lambda verb: server.heard.count("MAIL") == 2 and stop.set()
    deliver(stop.is_set)
    assert (server.accepted, states()) == (1, [("sent", 1), ("queued", 0)])
    assert channel_state.is_well("email")


def test_the_processes_of_a_worker_see_that_it_is_told_to_stop():
    """They are forked before, and get no signal of their own."""
    sign, answer = tasks._StopSign(), mmap.mmap(-1, 1)
    asked, told = os.pipe()
    child = os.fork()
    if not child:
        os.read(asked, 1)
        answer[0] = 1 + sign.is_set()
        os._exit(0)
    sign.set()
    os.write(told, b"x")
    os.waitpid(child, 0)
    assert answer[0] == 2
