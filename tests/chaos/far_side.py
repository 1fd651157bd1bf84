"""The far sides, a process of its own: a mail server and an SMS gateway that count, and misbehave as they are told.

``python -m tests.chaos.far_side MAIL_PORT SMS_PORT CONTROL_PORT``. The control port takes one JSON object a line and
answers with one: ``{"mail": {…}}`` and ``{"sms": {…}}`` set the fields of ``MailMode`` and ``SMSMode``,
``{"forget": true}`` empties the counts, ``{"tell": true}`` returns them. ``{"keep": 9}`` has the text of so many mails
kept from then on, and ``{"kept": true}`` returns those.
"""

import asyncio
import json
import re
import sys
import time
from dataclasses import dataclass, field, fields
from typing import Any

_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>]*>)", re.IGNORECASE | re.MULTILINE)


@dataclass
class MailMode:
    """How the mail server behaves.

    ``greeting`` other than 220 ends the conversation. ``hang``: it takes the connection and says nothing. ``down``:
    nobody listens. ``delay``: seconds before the answer to DATA, ``line_delay``: before any other. ``everybody`` is the
    answer to any recipient, ``answers`` to single ones; the answer "drop" cuts the connection in the middle of DATA.
    ``drops``: how many more mails to cut off, of whomever.
    """

    greeting: str = "220 sink"
    hang: bool = False
    down: bool = False
    delay: float = 0
    line_delay: float = 0
    everybody: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    drops: int = 0


@dataclass
class SMSMode:
    """How the SMS gateway behaves: ``delay`` seconds pass between its counting a message and its answer."""

    delay: float = 0


@dataclass
class Ledger:
    """What arrived: one entry for each copy."""

    #: time, Message-ID, recipient
    mails: list[tuple[float, str, str]] = field(default_factory=list)
    #: time, our reference, number, text
    texts: list[tuple[float, str, str, str]] = field(default_factory=list)
    #: when somebody connected to the mail server
    connections: list[float] = field(default_factory=list)


class FarSide:
    """Both servers and their state."""

    def __init__(self) -> None:
        self.mail = MailMode()
        self.sms = SMSMode()
        self.ledger = Ledger()
        #: how many more mails to keep, and those that were, as they came
        self.keep = 0
        self.kept: list[str] = []
        self.sessions: set[MailSession] = set()
        self.listener: asyncio.Server | None = None

    async def listen(self, port: int) -> None:
        """Open or close the mail server's port, as its mode says."""
        if self.mail.down and self.listener:
            self.listener.close()
            self.listener = None
            for session in list(self.sessions):
                session.cut()
        elif not self.mail.down and not self.listener:
            loop = asyncio.get_running_loop()
            self.listener = await loop.create_server(lambda: MailSession(self), "127.0.0.1", port)


class MailSession(asyncio.Protocol):
    """One conversation with a mail client."""

    def __init__(self, far_side: FarSide) -> None:
        self._far_side = far_side
        self._buffer = b""
        self._in_data = False
        self._to = ""
        self._cut_off = False

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._far_side.sessions.add(self)
        self._far_side.ledger.connections.append(time.time())
        mode = self._far_side.mail
        if mode.hang:
            return
        self._say(mode.greeting)
        if not mode.greeting.startswith("220"):
            transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._far_side.sessions.discard(self)

    def cut(self) -> None:
        """Hang up without a word."""
        self._transport.abort()

    def _say(self, words: str) -> None:
        octets = f"{words}\r\n".encode()
        if wait := self._far_side.mail.line_delay:
            asyncio.get_running_loop().call_later(wait, self._transport.write, octets)
        else:
            self._transport.write(octets)

    def data_received(self, data: bytes) -> None:
        if self._far_side.mail.hang:
            return
        self._buffer += data
        while True:
            if self._in_data:
                if self._cut_off:
                    self.cut()
                    return
                text, end, rest = self._buffer.partition(b"\r\n.\r\n")
                if not end:
                    return
                self._buffer, self._in_data = rest, False
                self._take(text)
            else:
                line, end, rest = self._buffer.partition(b"\r\n")
                if not end:
                    return
                self._buffer = rest
                self._command(line)

    def _command(self, line: bytes) -> None:
        verb, mode = line[:4].upper(), self._far_side.mail
        if verb == b"RCPT":
            self._to = line.decode().partition("<")[2].partition(">")[0]
            answer = mode.answers.get(self._to) or mode.everybody
            self._cut_off = answer == "drop"
            if not self._cut_off and mode.drops:
                mode.drops -= 1
                self._cut_off = True
            self._say("250 ok" if self._cut_off or not answer else answer)
        elif verb == b"DATA":
            self._in_data = True
            self._say("354 go on")
        elif verb == b"QUIT":
            self._say("221 bye")
            self._transport.close()
        elif verb == b"EHLO":
            self._say("250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8")
        else:
            self._say("250 ok")

    def _take(self, text: bytes) -> None:
        found = _MESSAGE_ID.search(text)
        identity = found[1].decode() if found else ""
        if self._far_side.keep:
            self._far_side.keep -= 1
            self._far_side.kept.append(text.decode("latin-1"))

        def count() -> None:
            if not self._transport.is_closing():
                self._far_side.ledger.mails.append((time.time(), identity, self._to))
                self._say("250 kept")

        if self._far_side.mail.delay:
            asyncio.get_running_loop().call_later(self._far_side.mail.delay, count)
        else:
            count()


async def _take_texts(far_side: FarSide, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while line := await reader.readline():
            text = json.loads(line)
            far_side.ledger.texts.append((time.time(), text["reference"], text["address"], text["text"]))
            if far_side.sms.delay:
                await asyncio.sleep(far_side.sms.delay)
            writer.write(f"ok {len(far_side.ledger.texts)}\n".encode())
    except ConnectionError:
        pass
    finally:
        writer.close()


async def _obey(far_side: FarSide, mail_port: int, order: dict[str, Any]) -> dict[str, Any]:
    for mode, wanted in ((far_side.mail, order.get("mail")), (far_side.sms, order.get("sms"))):
        if wanted is not None:
            for known in fields(mode):
                # What an order does not name is as at the beginning.
                default = known.default_factory() if callable(known.default_factory) else known.default
                setattr(mode, known.name, wanted.get(known.name, default))
    if order.get("forget"):
        far_side.ledger = Ledger()
    if "keep" in order:
        far_side.keep, far_side.kept = order["keep"], []
    await far_side.listen(mail_port)
    ledger = far_side.ledger
    answer: dict[str, Any] = {"mails": len(ledger.mails), "texts": len(ledger.texts)}
    if order.get("tell"):
        answer |= {"mails": ledger.mails, "texts": ledger.texts, "connections": ledger.connections}
    if order.get("kept"):
        answer["kept"] = far_side.kept
    return answer


async def _serve(mail_port: int, sms_port: int, control_port: int) -> None:
    far_side = FarSide()
    await far_side.listen(mail_port)

    async def control(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            answer = await _obey(far_side, mail_port, json.loads(line))
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()

    async def texts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _take_texts(far_side, reader, writer)

    await asyncio.start_server(texts, "127.0.0.1", sms_port)
    # Last: whoever can talk to the control port finds the others open.
    await (await asyncio.start_server(control, "127.0.0.1", control_port, limit=2**24)).serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(*(int(port) for port in sys.argv[1:4])))
