"""The channel to the SMS gateway of ``tests/chaos/far_side.py``: SMS_CHANNEL=tests.chaos.gateway.Gateway."""

import json
import os
import socket
from typing import Self

from outbox.channels.base import Channel, Envelope, Unavailable, Uncertain


class Gateway(Channel):
    """One JSON line an SMS, one line back; ``CHAOS_SMS_PORT`` says where. It may not be repeated."""

    repeatable = False

    def __enter__(self) -> Self:
        self._socket: socket.socket | None = None
        return self

    def __exit__(self, *exception: object) -> None:
        self._hang_up()

    def _hang_up(self) -> None:
        if self._socket:
            self._socket.close()
            self._socket = None

    def send(self, envelope: Envelope) -> str:
        try:
            if self._socket is None:
                self._socket = socket.create_connection(("127.0.0.1", int(os.environ["CHAOS_SMS_PORT"])), timeout=10)
        except OSError as error:
            raise Unavailable(str(error)) from error
        text = {"address": envelope.address, "reference": envelope.reference, "text": envelope.text}
        try:
            self._socket.sendall(json.dumps(text).encode() + b"\n")
            answer = self._socket.makefile("rb").readline()
        except OSError as error:
            self._hang_up()
            raise Uncertain(str(error)) from error
        if not answer:
            self._hang_up()
            raise Uncertain("the gateway hung up")
        return answer.decode().strip()


class ExclusiveGateway(Gateway):
    """The same, but only one worker at a time may use it."""

    exclusive = True
