"""Mail, over whichever backend Django's settings name: SMTP, or a mail service by Anymail."""

import re
import smtplib
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext

from outbox.channels import smtp_session
from outbox.channels.base import (
    Channel,
    DeliveryError,
    Envelope,
    Interrupted,
    Refused,
    Stopped,
    Unavailable,
    Unreachable,
)
from outbox.channels.letter import letter, octets

_ENHANCED = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")
# RFC 5321, 4.2.2 and 4.2.3, where the server gives no enhanced code.
_NO_MAILBOX = {550, 551, 553}
_SIGN_IN = {530, 534, 535}
_CLOSING = 421
_TOO_MUCH = 552
_TOO_MUCH_ENHANCED = ("5.2.2", "5.2.3", "5.3.4")


def no_such_mailbox(enhanced: str) -> bool:
    """Whether an enhanced status code (RFC 3463) says that the recipient's mailbox is of no use."""
    # X.1.7 and X.1.8 are about the sender's address.
    return enhanced == "5.2.1" or (enhanced.startswith("5.1.") and enhanced not in ("5.1.7", "5.1.8"))


def enhanced_code(text: str) -> str:
    """The first enhanced status code in a mail server's ``text``, "" if it has none."""
    found = _ENHANCED.search(text)
    return found[0] if found else ""


def _service_errors() -> tuple[type[Exception], ...]:
    """What a mail service behind Anymail raises. Its package, with that for HTTP, is loaded only where one is used."""
    loaded = sys.modules.get("anymail.exceptions")
    return (loaded.AnymailError, loaded.AnymailConfigurationError) if loaded else ()


class EmailChannel(Channel):
    """One connection for a batch; a new one after the server dropped it.

    Repeatable: the Message-ID stays the same, so a copy can be told. That is why a lost answer is no ``Uncertain``.
    """

    repeatable = True

    def __init__(self, url: str = "") -> None:
        super().__init__(url)
        try:
            self._connection = self._new_connection()
        except ImproperlyConfigured as error:
            raise ValueError(str(error)) from error
        # How many mails the connection has taken.
        self._carried = 0

    def __exit__(self, *exception: object) -> None:
        # The messages are out; a server that hangs up early loses nothing.
        with suppress(smtplib.SMTPException, OSError):
            self._connection.close()

    def send(self, envelope: Envelope) -> str:
        mail, hand_over = None, self._to_server(envelope)
        if hand_over is None:
            # A mail service is told the parts of the mail.
            mail = letter(envelope, self._connection)
            hand_over = mail.send
        try:
            try:
                self._send(hand_over)
            except smtplib.SMTPException as error:
                if not self._carried or not _is_dropped(error):
                    raise
                # Many servers take a certain number of mails by one connection.
                self._drop()
                self._send(hand_over)
        except smtp_session.HungUp as error:
            self._drop()
            raise Interrupted from error
        except smtplib.SMTPException as error:
            raise self._smtp_fault(error) from error
        except _service_errors() as error:
            from outbox.channels import mail_service

            raise mail_service.fault(error) from error
        except OSError as error:
            self._drop()
            raise Unreachable(
                gettext("The mail server cannot be reached. (%(fault)s)")
                % {"fault": str(error) or type(error).__name__}
            ) from error
        self._carried += 1
        status = getattr(mail, "anymail_status", None)
        return str(status.message_id or "") if status is not None else ""

    def _to_server(self, envelope: Envelope) -> Callable[[], object] | None:
        """What hands ``envelope`` over to an SMTP server; None where there is none."""
        if not isinstance(self._connection, smtp_session.Backend):
            return None
        sender, recipient, mail = octets(envelope)
        # The connection may be a new one at the second try.
        return lambda: self._connection.hand_over(sender, recipient, mail)

    def _send(self, hand_over: Callable[[], object]) -> None:
        try:
            self._connection.open()
        except smtp_session.HungUp:
            raise
        except smtplib.SMTPException as error:
            self._drop()
            raise _sign_in_fault(error) from error
        hand_over()

    def _smtp_fault(self, error: smtplib.SMTPException) -> DeliveryError:
        """What ``error`` means, with the connection left so that the next mail starts clean."""
        code, text = _answer(error)
        line = f"{code} {text}" if code else text or type(error).__name__
        if _is_dropped(error) or not code or isinstance(error, smtplib.SMTPHeloError):
            self._drop()
            return Unreachable(gettext("The mail server broke off. (%(line)s)") % {"line": line})
        if isinstance(error, smtplib.SMTPDataError):
            # smtplib leaves the transaction open if DATA itself is refused.
            self._reset()
        return _answer_fault(error, code, enhanced_code(text), {"line": line})

    def _reset(self) -> None:
        server = getattr(self._connection, "connection", None)
        if server is not None:
            try:
                server.rset()
            except (smtplib.SMTPException, OSError):
                self._drop()

    def _drop(self) -> None:
        self._carried = 0
        try:
            self._connection.close()
        except (smtplib.SMTPException, OSError):
            self._connection = self._new_connection()

    def _new_connection(self) -> Any:
        # Whoever sends a batch says later when to stop.
        return smtp_session.connect(lambda: self.is_stopping())


def _answer(error: smtplib.SMTPException) -> tuple[int, str]:
    """Code and text of an SMTP answer in one line; code 0 where there is none."""
    text: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, text = error.smtp_code, error.smtp_error
    else:
        return 0, str(error)
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return max(code, 0), " ".join(words.split())


def _is_dropped(error: smtplib.SMTPException) -> bool:
    """Whether the connection is gone: the server hung up, or said that it is about to."""
    return isinstance(error, smtplib.SMTPServerDisconnected) or _answer(error)[0] == _CLOSING


def _answer_fault(error: smtplib.SMTPException, code: int, enhanced: str, words: dict[str, str]) -> DeliveryError:
    """What the server's answer to one mail means, by its ``code`` and its ``enhanced`` code ("" if it gave none)."""
    if code in _SIGN_IN:
        return Stopped(gettext("The mail server wants another sign-in. (%(line)s)") % words)
    is_too_much = code == _TOO_MUCH or enhanced in _TOO_MUCH_ENHANCED
    if isinstance(error, smtplib.SMTPSenderRefused) and not is_too_much:
        # The sender is the same for every mail.
        if code < 500:
            return Unreachable(gettext("The mail server takes no mail now. (%(line)s)") % words)
        return Stopped(gettext("The mail server does not accept our sender address. (%(line)s)") % words)
    if code < 500:
        return Unavailable(gettext("The mail server asks us to try later. (%(line)s)") % words)
    if is_too_much:
        return Refused(gettext("The mailbox is full or does not take mails of this size. (%(line)s)") % words)
    if _says_no_mailbox(error, code, enhanced):
        return Refused(gettext("The mailbox does not exist. (%(line)s)") % words, bad_address=True)
    return Refused(gettext("The mail server refused this mail. (%(line)s)") % words)


def _says_no_mailbox(error: smtplib.SMTPException, code: int, enhanced: str) -> bool:
    """Whether a refusal says that there is no such mailbox: by the enhanced code, else by the plain one."""
    if enhanced:
        return no_such_mailbox(enhanced)
    return isinstance(error, smtplib.SMTPRecipientsRefused) and code in _NO_MAILBOX


def _sign_in_fault(error: smtplib.SMTPException) -> DeliveryError:
    """What a connection that did not come about means: for all mails the same."""
    code, text = _answer(error)
    line = f"{code} {text}" if code else text or type(error).__name__
    if isinstance(error, smtplib.SMTPAuthenticationError) and code >= 500:
        return Stopped(
            gettext("The mail server does not accept our user name and password. (%(line)s)") % {"line": line}
        )
    if isinstance(error, smtplib.SMTPNotSupportedError) or type(error) is smtplib.SMTPException:
        # No STARTTLS or no way to sign in, though the settings say so.
        return Stopped(gettext("The mail server does not offer what the settings ask for. (%(line)s)") % {"line": line})
    return Unreachable(gettext("The mail server does not let us in now. (%(line)s)") % {"line": line})
