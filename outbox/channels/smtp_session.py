"""A conversation with a mail server that ends early when its worker is told to stop.

A mail takes six answers of the server or more, and a slow one has ten seconds for each of their lines. Until the text
with its closing dot is out, the server has accepted nothing: whoever hangs up before loses nothing and sends nothing
twice. The answer to that is waited for.
"""

import re
import smtplib
import socket
from collections.abc import Callable
from contextlib import suppress
from smtplib import quoteaddr
from typing import Any, BinaryIO, cast

from django.core.mail import get_connection
from django.core.mail.backends import smtp

# What a server answers (RFC 5321, 4.2): taken, give me the text, no (this and above), and that it is about to hang up.
_TAKEN, _GO_ON, _NO, _CLOSING = 250, 354, 400, 421
_FORWARDED = 251
# Before the text: MAIL, RCPT, DATA.
_COMMANDS = 3
# An address that stands as it is.
_PLAIN = re.compile(r"[\w+-]+(\.[\w+-]+)*@[\w-]+(\.[\w-]+)*", re.ASCII)


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
    """Hands mails over. Says and hears nothing more once ``is_stopping``, unless the server is about to accept one."""

    is_stopping: Callable[[], bool]

    def __init__(self, *args: Any, is_stopping: Callable[[], bool], **kwargs: Any) -> None:
        self.is_stopping = is_stopping
        self._is_text_out = False
        super().__init__(*args, **kwargs)

    def _get_socket(self, *args: Any) -> socket.socket:
        self._ask()
        found: socket.socket = super()._get_socket(*args)  # type: ignore[misc]
        if self.is_stopping():
            found.close()
            self._ask()
        return found

    def hand_over(self, sender: str, recipient: str, mail: bytes) -> None:
        """Have the server take ``mail``, which has the line ends of mail, for one recipient.

        Servers that offer it (RFC 2920) hear what comes before the text in one go: two round trips a mail, not four.

        Raises:
            SMTPException: it does not take it; which one says at what the server said no.
        """
        self.ehlo_or_helo_if_needed()  # type: ignore[attr-defined]
        size = f" size={len(mail)}" if self.has_extn("size") else ""  # type: ignore[attr-defined]
        commands = [f"MAIL FROM:{_quoted(sender)}{size}", f"RCPT TO:{_quoted(recipient)}", "DATA"]
        replies = self._announce(commands)
        if fault := _refusal(replies, sender, recipient):
            self._leave(replies)
            raise fault
        self._ask()
        self._is_text_out = True
        try:
            self.send(_as_text(mail))
            code, words = self.getreply()
        finally:
            self._is_text_out = False
        if code != _TAKEN:
            raise smtplib.SMTPDataError(code, words)

    def _announce(self, commands: list[str]) -> list[tuple[int, bytes]]:
        """Say ``commands`` and return what the server answers; without pipelining nothing more after a no."""
        if self.has_extn("pipelining"):  # type: ignore[attr-defined]
            self.send("".join(f"{command}\r\n" for command in commands))
            return self._answers(len(commands))
        replies = []
        for command in commands:
            self.send(f"{command}\r\n")
            replies.append(self.getreply())
            if replies[-1][0] >= _NO:
                break
        return replies

    def _answers(self, count: int) -> list[tuple[int, bytes]]:
        """What the server answers to ``count`` commands; fewer if it hangs up after a no, which stands."""
        replies: list[tuple[int, bytes]] = []
        while len(replies) < count:
            try:
                replies.append(self.getreply())
            except smtplib.SMTPServerDisconnected:
                if not any(code >= _NO for code, _words in replies):
                    raise
                break
            if replies[-1][0] == _CLOSING:
                break
        return replies

    def _leave(self, replies: list[tuple[int, bytes]]) -> None:
        """End a mail that the server did not want, so that the next one starts clean."""
        code, _words = replies[-1]
        if code == _CLOSING:
            self.close()  # type: ignore[attr-defined]
            return
        # If it hangs up now, what it said of the mail stands.
        with suppress(smtplib.SMTPServerDisconnected):
            if len(replies) == _COMMANDS and code == _GO_ON:
                # It waits for a text although it refused the recipient (RFC 2920, 3.1).
                self.send(".\r\n")
                self.getreply()
            self.rset()  # type: ignore[attr-defined]

    def send(self, s: Any) -> None:
        self._ask()
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
        if self.is_stopping() and not self._is_text_out:
            raise HungUp("told to stop")


def _refusal(replies: list[tuple[int, bytes]], sender: str, recipient: str) -> smtplib.SMTPException | None:
    """The first no in ``replies`` to MAIL, RCPT and DATA, as the library would raise it; None: there is none."""
    if replies[0][0] != _TAKEN:
        return smtplib.SMTPSenderRefused(*replies[0], sender)
    if len(replies) > 1 and replies[1][0] not in (_TAKEN, _FORWARDED):
        return smtplib.SMTPRecipientsRefused({recipient: replies[1]})
    code, words = replies[-1]
    return None if code == _GO_ON else smtplib.SMTPDataError(code, words)


def _quoted(address: str) -> str:
    """``address`` as SMTP takes it, in angle brackets."""
    # The library's parser costs more than all the rest of the commands.
    return f"<{address}>" if _PLAIN.fullmatch(address) else quoteaddr(address)


def _as_text(mail: bytes) -> bytes:
    """``mail`` as it follows DATA (RFC 5321, 4.5.2): no line of it is a lone dot, and one is its end."""
    if mail.startswith(b"."):
        mail = b"." + mail
    return mail.replace(b"\r\n.", b"\r\n..") + (b".\r\n" if mail.endswith(b"\r\n") else b"\r\n.\r\n")


class _Plain(_Conversation, smtplib.SMTP):
    pass


class _Encrypted(_Conversation, smtplib.SMTP_SSL):
    pass


class Backend(smtp.EmailBackend):
    """Django's, with conversations that end early."""

    is_stopping: Callable[[], bool]

    @property
    def connection_class(self) -> Callable[..., smtplib.SMTP]:  # type: ignore[override]
        kind = _Encrypted if self.use_ssl else _Plain
        return lambda *args, **kwargs: kind(*args, is_stopping=self.is_stopping, **kwargs)

    def open(self) -> bool | None:
        """Connect; anew if the server hung up after the last mail, which the library takes for an open connection."""
        if self.connection is not None and self.connection.sock is None:
            self.connection = None
        return super().open()

    def hand_over(self, sender: str, recipient: str, mail: bytes) -> None:
        """Have the server take ``mail``; the connection is open.

        Raises:
            SMTPException: it does not.
        """
        server = cast(_Conversation, self.connection)
        server.hand_over(sender, recipient, mail)


def connect(is_stopping: Callable[[], bool]) -> Any:
    """The connection that the settings name, not yet open; to an SMTP server it hangs up once ``is_stopping``.

    Raises:
        AnymailConfigurationError: the settings of a mail service are incomplete.
    """
    connection = get_connection()
    if type(connection) is not smtp.EmailBackend:
        return connection
    ours = Backend()
    ours.is_stopping = is_stopping
    return ours
