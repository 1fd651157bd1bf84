"""Channels, composers and a mail server that do what a test tells them."""

import socket
import socketserver
import threading
from collections.abc import Callable
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage

from outbox.channels.base import Channel, Envelope
from outbox.models import Message
from outbox.send import Content


class Line:
    """What went over the fake channels, and how they answer: ``answer(envelope)`` may raise or return a reference."""

    def __init__(self) -> None:
        self.sent: list[Envelope] = []
        self.opened = 0
        self.answer: Callable[[Envelope], str] = lambda envelope: ""

    @property
    def texts(self) -> list[str]:
        return [envelope.text for envelope in self.sent]


line = Line()


class FakeEmail(Channel):
    """Mail: repeatable."""

    repeatable = True

    def __enter__(self) -> "FakeEmail":
        line.opened += 1
        return self

    def send(self, envelope: Envelope) -> str:
        reference = line.answer(envelope)
        line.sent.append(envelope)
        return reference


class FakeSMS(FakeEmail):
    """SMS: never twice."""

    repeatable = False


class Composer:
    """Answers for messages of the composer "test"; ``broken`` and ``gone`` hold keys."""

    def __init__(self) -> None:
        self.broken: set[str] = set()
        self.gone: set[str] = set()
        self.words = "Xin chào"

    def __call__(self, batch: list[Message]) -> dict[int, Content]:
        if any(m.key in self.broken for m in batch):
            raise ValueError("a fault in one message")
        link = "http://diemcau.test/j/secret-token/"
        return {
            m.pk: Content(subject=f"Về {m.key}", text=f"{self.words}, {m.key}: {link}", secrets=(link,))
            for m in batch
            if m.key not in self.gone
        }


composer = Composer()


class SMTPSink:
    """A mail server on the loopback that keeps mails and answers as told.

    ``greeting`` is its first line; ``rcpt`` and ``data`` map an address to the answer to RCPT or to the end of DATA,
    "drop" hangs up instead; ``connections`` counts who came, ``raw`` holds the octets of each mail.
    """

    def __init__(self) -> None:
        self.greeting = "220 sink"
        self.rcpt: dict[str, str] = {}
        self.data: dict[str, str] = {}
        self.mails: list[tuple[str, EmailMessage]] = []
        self.raw: list[bytes] = []
        self.connections = 0
        sink = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                sink.connections += 1
                with suppress(ConnectionError):
                    sink._talk(self)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Session)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @staticmethod
    def closed_port() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    def _talk(self, session: socketserver.StreamRequestHandler) -> None:
        def say(words: str) -> None:
            session.wfile.write(f"{words}\r\n".encode())

        say(self.greeting)
        if not self.greeting.startswith("220"):
            return
        to = ""
        while command := session.rfile.readline():
            verb = command[:4].upper()
            if verb == b"RCPT":
                to = command.decode().partition("<")[2].partition(">")[0]
                answer = self.rcpt.get(to, "250 ok")
            elif verb == b"DATA":
                say("354 go on")
                lines = []
                while (text := session.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(text[1:] if text.startswith(b"..") else text)
                answer = self.data.get(to, "250 kept")
                if answer.startswith("250"):
                    self.raw.append(b"".join(lines))
                    mail = message_from_bytes(self.raw[-1], policy=policy.default)
                    self.mails.append((to, mail))
            elif verb == b"QUIT":
                say("221 bye")
                return
            else:
                answer = "250 ok"
            if answer == "drop":
                return
            say(answer)
