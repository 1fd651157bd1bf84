"""A conversation with a mail server that ends early when its worker is told to stop.

A mail takes six answers of the server or more, and a slow one has ten seconds for each of their lines. Until the text
with its closing dot is out, the server has accepted nothing: whoever hangs up before loses nothing and sends nothing
twice. The answer to that is waited for.
"""

import smtplib
import socket
from collections.abc import Callable
from typing import Any, BinaryIO

from django.core.mail import get_connection
from django.core.mail.backends import smtp


class HungUp(smtplib.SMTPServerDisconnected):
    """We ended the conversation before the server had accepted the mail."""


class _Lines:
    """What the server says, line by line; ``ask`` is called before each of them."""

    def __init__(self, file: BinaryIO, ask: Callable[[], None]) -> None:
        self._file, self._ask = file, ask
        self.close = file.close

    def readline(self, size: int) -> bytes:
        self._ask()
        return self._file.readline(size)


class _Conversation:
    """Says and hears nothing more once ``is_stopping``, unless the server is about to accept the text."""

    is_stopping: Callable[[], bool]

    def __init__(self, *args: Any, is_stopping: Callable[[], bool], **kwargs: Any) -> None:
        self.is_stopping = is_stopping
        # What is said from DATA on: the command, then the text.
        self._said_since_data: int | None = None
        super().__init__(*args, **kwargs)

    def _get_socket(self, *args: Any) -> socket.socket:
        self._ask()
        found: socket.socket = super()._get_socket(*args)  # type: ignore[misc]
        if self.is_stopping():
            found.close()
            self._ask()
        return found

    def data(self, msg: Any) -> Any:
        self._said_since_data = 0
        try:
            return super().data(msg)  # type: ignore[misc]
        finally:
            self._said_since_data = None

    def send(self, s: Any) -> None:
        self._ask()
        if self._said_since_data is not None:
            self._said_since_data += 1
        super().send(s)  # type: ignore[misc]

    def getreply(self) -> Any:
        if self.file is None:
            self.file: Any = _Lines(self.sock.makefile("rb"), self._ask)  # type: ignore[attr-defined]
        try:
            return super().getreply()  # type: ignore[misc]
        except smtplib.SMTPServerDisconnected:
            # The library makes one fault of every end.
            self._ask()
            raise

    def _ask(self) -> None:
        """Hang up if we are to stop and nothing is lost by it.

        Raises:
            HungUp: so it is.
        """
        text_is_out = (self._said_since_data or 0) > 1
        if self.is_stopping() and not text_is_out:
            raise HungUp("told to stop")


class _Plain(_Conversation, smtplib.SMTP):
    pass


class _Encrypted(_Conversation, smtplib.SMTP_SSL):
    pass


class _Backend(smtp.EmailBackend):
    """Django's, with conversations that end early."""

    is_stopping: Callable[[], bool]

    @property
    def connection_class(self) -> Callable[..., smtplib.SMTP]:  # type: ignore[override]
        kind = _Encrypted if self.use_ssl else _Plain
        return lambda *args, **kwargs: kind(*args, is_stopping=self.is_stopping, **kwargs)


def connect(is_stopping: Callable[[], bool]) -> Any:
    """The connection that the settings name, not yet open; to an SMTP server it hangs up once ``is_stopping``.

    Raises:
        AnymailConfigurationError: the settings of a mail service are incomplete.
    """
    connection = get_connection()
    if type(connection) is not smtp.EmailBackend:
        return connection
    ours = _Backend()
    ours.is_stopping = is_stopping
    return ours
