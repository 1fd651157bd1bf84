"""Mail, over whichever backend Django's settings name."""

import smtplib
from contextlib import suppress
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from notifications.channels.base import Channel, Envelope, Refused, Unavailable


def _words(error: smtplib.SMTPException) -> tuple[int, str]:
    """Code and text of an SMTP answer; code 0 where there is none."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, text = error.smtp_code, error.smtp_error
    else:
        return 0, str(error)
    return code, text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)


class EmailChannel(Channel):
    """One SMTP connection for a batch; a new one after the server dropped it."""

    repeatable = True

    def __init__(self, url: str = "") -> None:
        super().__init__(url)
        self._connection = get_connection()

    def __exit__(self, *exception: object) -> None:
        # The messages are out; a server that hangs up early loses nothing.
        with suppress(smtplib.SMTPException, OSError):
            self._connection.close()

    def send(self, envelope: Envelope) -> str:
        name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
        mail = EmailMultiAlternatives(
            subject=envelope.subject,
            body=envelope.text,
            from_email=formataddr((envelope.sender_name or name, address)),
            to=[envelope.address],
            reply_to=[envelope.reply_to] if envelope.reply_to else None,
            connection=self._connection,
            headers={
                "Message-ID": envelope.message_id,
                "Content-Language": envelope.language,
                # RFC 3834: no holiday answers, please.
                "Auto-Submitted": "auto-generated",
            },
        )
        if envelope.html:
            mail.attach_alternative(envelope.html, "text/html")
        for attachment in envelope.attachments:
            mail.attach(attachment.filename, attachment.content, attachment.mime_type)
        try:
            self._connection.open()
            mail.send()
        except smtplib.SMTPException as error:
            code, text = _words(error)
            if 500 <= code < 600 and not isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPConnectError):
                self._after_refusal()
                raise Refused(f"{code} {text}") from error
            self._drop()
            raise Unavailable(f"{code or ''} {text}".strip()) from error
        except OSError as error:
            self._drop()
            raise Unavailable(str(error) or type(error).__name__) from error
        return ""

    def _after_refusal(self) -> None:
        """Leave the failed transaction, so that the next message starts clean on the same connection."""
        server = getattr(self._connection, "connection", None)
        if server is not None:
            try:
                server.rset()
            except (smtplib.SMTPException, OSError):
                self._drop()

    def _drop(self) -> None:
        try:
            self._connection.close()
        except (smtplib.SMTPException, OSError):
            self._connection = get_connection()
