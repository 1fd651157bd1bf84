"""Mail, over whichever backend Django's settings name: SMTP, or a mail service by Anymail."""

import binascii
import re
import secrets
import smtplib
from contextlib import suppress
from email.header import decode_header, make_header
from email.message import Message as MIMEPart
from email.mime.image import MIMEImage
from email.mime.multipart import MIMEMultipart
from email.utils import formataddr, parseaddr
from functools import lru_cache
from typing import Any, cast

from anymail.exceptions import AnymailAPIError, AnymailConfigurationError, AnymailError, AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext

from outbox.channels import smtp_session
from outbox.channels.base import (
    Attachment,
    Channel,
    DeliveryError,
    Envelope,
    Interrupted,
    Refused,
    Stopped,
    Unavailable,
    Unreachable,
)

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


class _Mail(EmailMultiAlternatives):
    """A mail that any server takes as it is: lines of at most 76 characters, nothing but ASCII in them.

    Its parts are set apart by random boundaries; the library would search the whole text for one.
    """

    # The stubs describe Django 6, where a policy goes in and another class comes out.
    def message(self) -> Any:  # type: ignore[override]
        message = super().message()
        _put_pictures_beside_the_html(message)
        _fold_headers(message)
        for part in message.walk():
            if part.is_multipart():
                part.set_param("boundary", f"=={secrets.token_hex(16)}==")
            elif part["Content-Transfer-Encoding"] == "8bit":
                _write_in_ascii(part)
        return message


def _put_pictures_beside_the_html(message: MIMEPart) -> None:
    """Move the parts that the HTML shows (``cid:``) from the end of the mail to the HTML (RFC 2387).

    Else programs list them as files, and some show none of them in their place.
    """
    if not message.is_multipart():
        return
    parts = cast(list[MIMEPart], message.get_payload())
    pictures = [part for part in parts if part["Content-ID"]]
    if not pictures:
        return
    # A mail with pictures has HTML, and that stands beside the plain text in the first part.
    bodies = cast(list[MIMEPart], parts[0].get_payload())
    bodies[-1] = MIMEMultipart("related", None, [bodies[-1], *pictures], type="text/html")
    parts[:] = [part for part in parts if part not in pictures]


def _fold_headers(message: MIMEPart) -> None:
    """Fold the headers that hold encoded words anew, their own name counted: else the first line would be empty."""
    # Its own way to set a header refuses what is folded already.
    message._headers = [(name, _folded(name, str(value))) for name, value in message._headers]  # type: ignore[attr-defined]


def _folded(name: str, value: str) -> str:
    if "=?" not in value:
        return value
    # RFC 2047 allows lines of 76; the library writes one more than it is asked for.
    return make_header(decode_header(value), header_name=name, maxlinelen=75).encode()


def _write_in_ascii(part: MIMEPart) -> None:
    """Let the text of ``part`` be quoted-printable: 8-bit text is for servers that offer 8BITMIME, and not all do."""
    octets: Any = part.get_payload(decode=True)
    part._payload = binascii.b2a_qp(octets, istext=True).decode("ascii")  # type: ignore[attr-defined]
    part.replace_header("Content-Transfer-Encoding", "quoted-printable")


class EmailChannel(Channel):
    """One connection for a batch; a new one after the server dropped it.

    Repeatable: the Message-ID stays the same, so a copy can be told. That is why a lost answer is no ``Uncertain``.
    """

    repeatable = True

    def __init__(self, url: str = "") -> None:
        super().__init__(url)
        try:
            self._connection = self._new_connection()
        except AnymailConfigurationError as error:
            raise ValueError(str(error)) from error
        # How many mails the connection has taken.
        self._carried = 0

    def __exit__(self, *exception: object) -> None:
        # The messages are out; a server that hangs up early loses nothing.
        with suppress(smtplib.SMTPException, OSError):
            self._connection.close()

    def send(self, envelope: Envelope) -> str:
        mail = self._mail(envelope)
        try:
            try:
                self._send(mail)
            except smtplib.SMTPException as error:
                if not self._carried or not _is_dropped(error):
                    raise
                # Many servers take a certain number of mails by one connection.
                self._drop()
                self._send(mail)
        except smtp_session.HungUp as error:
            self._drop()
            raise Interrupted from error
        except smtplib.SMTPException as error:
            raise self._smtp_fault(error) from error
        except (AnymailError, AnymailConfigurationError) as error:
            raise _service_fault(error) from error
        except OSError as error:
            self._drop()
            raise Unreachable(
                gettext("The mail server cannot be reached. (%(fault)s)")
                % {"fault": str(error) or type(error).__name__}
            ) from error
        self._carried += 1
        status = getattr(mail, "anymail_status", None)
        return str(status.message_id or "") if status is not None else ""

    def _mail(self, envelope: Envelope) -> EmailMultiAlternatives:
        mail = _Mail(
            subject=envelope.subject,
            body=envelope.text,
            from_email=_sender(settings.DEFAULT_FROM_EMAIL, envelope.sender_name),
            to=[envelope.address],
            reply_to=[envelope.reply_to] if envelope.reply_to else None,
            connection=self._connection,
            headers=_headers(envelope),
        )
        if envelope.html:
            mail.attach_alternative(envelope.html, "text/html")
        for attachment in envelope.attachments:
            if not attachment.content_id:
                mail.attach(attachment.filename, attachment.content, attachment.mime_type)
            elif envelope.html:
                mail.attach(_picture(attachment))
        return mail

    def _send(self, mail: EmailMultiAlternatives) -> None:
        try:
            self._connection.open()
        except smtp_session.HungUp:
            raise
        except smtplib.SMTPException as error:
            self._drop()
            raise _sign_in_fault(error) from error
        mail.send()

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


def _headers(envelope: Envelope) -> dict[str, str]:
    """What stands in the head of the mail beside sender, recipient and subject."""
    headers = {
        "Message-ID": envelope.message_id,
        "Content-Language": envelope.language,
        # RFC 3834: no holiday answers, please.
        "Auto-Submitted": "auto-generated",
    }
    if envelope.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{envelope.unsubscribe_url}>"
    if envelope.unsubscribe_url.startswith("https:"):
        # RFC 8058: mail programs show a button that posts to it; it must be HTTPS.
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _picture(attachment: Attachment) -> MIMEImage:
    """A picture for the HTML to show where it names it; known to ``anymail`` as an inline one."""
    content = attachment.content
    octets = content if isinstance(content, bytes) else content.encode()
    picture = MIMEImage(octets, attachment.mime_type.partition("/")[2])
    picture["Content-ID"] = f"<{attachment.content_id}>"
    picture.add_header("Content-Disposition", "inline", filename=attachment.filename)
    return picture


@lru_cache(maxsize=32)
def _sender(default: str, name: str) -> str:
    own_name, address = parseaddr(default)
    return formataddr((name or own_name, address))


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


def _service_fault(error: Exception) -> DeliveryError:
    """What a fault of a mail service behind Anymail means."""
    if isinstance(error, AnymailRecipientsRefused):
        return Refused(gettext("The mail service does not send to this address."), bad_address=True)
    if isinstance(error, AnymailConfigurationError):
        return Stopped(
            gettext("The mail service is not set up. (%(fault)s)") % {"fault": " ".join(str(error).split())[:200]}
        )
    if not isinstance(error, AnymailAPIError):
        return Refused(gettext("The mail service cannot send this mail. (%(fault)s)") % {"fault": type(error).__name__})
    status, names = error.status_code, {"status": f"HTTP {error.status_code}"}
    if status is None:
        return Unreachable(
            gettext("The mail service cannot be reached. (%(status)s)")
            % {"status": type(error.__cause__ or error).__name__}
        )
    if status == 429:
        return Unreachable(gettext("The mail service asks us to wait. (%(status)s)") % names)
    if status >= 500:
        return Unavailable(gettext("The mail service is out of order. (%(status)s)") % names)
    if status in (401, 402, 403, 404):
        return Stopped(gettext("The mail service does not accept our key, domain or account. (%(status)s)") % names)
    return Refused(gettext("The mail service refused this mail. (%(status)s)") % names)
