"""A mail as any server takes it: written by the library, once for all that differ only in what they say.

Docs: docs/adr/0037-outbox-in-bulk.md.
"""

import binascii
import re
import secrets
from base64 import encodebytes
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.message import Message as MIMEPart
from email.mime.image import MIMEImage
from email.mime.multipart import MIMEMultipart
from email.policy import compat32
from email.utils import formataddr, formatdate, parseaddr
from functools import lru_cache
from typing import Any, NamedTuple, cast

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import forbid_multi_line_headers, sanitize_address

from outbox.channels.base import Attachment, Envelope

_CHARSET = "utf-8"
_LINES = compat32.clone(linesep="\r\n")
# RFC 5322 asks for lines of at most 78; this and shorter ones the library leaves as they are.
_SHORT = 76
# What the library writes into a header or an envelope as it is; anything else is left to it.
_SIMPLE_ADDRESS = re.compile(r"[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
# Stands for what is filled in; nothing from outside has it, and the library writes it as it is.
_MARK = secrets.token_hex(8)
# Makes the library write a text as quoted-printable.
_BEYOND_ASCII = "ế"


class Letter(EmailMultiAlternatives):
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
                # Two "=" never stand beside each other in quoted-printable, nor behind "--" in base64 (RFC 2045).
                part.set_param("boundary", f"=={secrets.token_hex(16)}==")
            elif part["Content-Transfer-Encoding"] == "8bit":
                _write_in_ascii(part)
        return message


def letter(envelope: Envelope, connection: Any = None) -> Letter:
    """``envelope`` as a mail of Django's, for whichever backend ``connection`` is."""
    mail = Letter(
        subject=envelope.subject,
        body=envelope.text,
        from_email=_sender(settings.DEFAULT_FROM_EMAIL, envelope.sender_name),
        to=[envelope.address],
        reply_to=[envelope.reply_to] if envelope.reply_to else None,
        connection=connection,
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


def octets(envelope: Envelope) -> tuple[str, str, bytes]:
    """``envelope`` as it goes to a mail server: its sender, its recipient, and the mail.

    Raises:
        BadHeaderError: a header would have more than one line.
    """
    sender = _bare(settings.DEFAULT_FROM_EMAIL)
    if not _SIMPLE_ADDRESS.fullmatch(envelope.address) or not all(map(_is_usual, envelope.attachments)):
        return sender, sanitize_address(envelope.address, _CHARSET), letter(envelope).message().as_bytes(linesep="\r\n")
    values = dict(_values(envelope))
    parts = _frame(_shape_of(envelope))
    return sender, envelope.address, b"".join(values[part] if isinstance(part, str) else part for part in parts)


# --- by the library ---------------------------------------------------------------------------------------------------


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
    text: Any = part.get_payload(decode=True)
    part._payload = binascii.b2a_qp(text, istext=True).decode("ascii")  # type: ignore[attr-defined]
    part.replace_header("Content-Transfer-Encoding", "quoted-printable")


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
    pixels = content if isinstance(content, bytes) else content.encode()
    picture = MIMEImage(pixels, attachment.mime_type.partition("/")[2])
    picture["Content-ID"] = f"<{attachment.content_id}>"
    picture.add_header("Content-Disposition", "inline", filename=attachment.filename)
    return picture


@lru_cache(maxsize=32)
def _sender(default: str, name: str) -> str:
    own_name, address = parseaddr(default)
    # A line break, which no form lets in, would stop every mail of the conference: headers have none (RFC 5322, 2.2).
    return formataddr((" ".join(name.split()) or own_name, address))


@lru_cache(maxsize=4)
def _bare(default: str) -> str:
    """The address in ``default``, as it stands in the envelope."""
    return sanitize_address(parseaddr(default)[1], _CHARSET)


# --- once for all of one shape ----------------------------------------------------------------------------------------


class _File(NamedTuple):
    """What the head of a part says of a file."""

    filename: str
    mime_type: str
    is_shown: bool

    @property
    def is_text(self) -> bool:
        return self.mime_type.startswith("text/")


class _Shape(NamedTuple):
    """What mails have in common that differ only in what they say, and to whom."""

    default_sender: str
    sender_name: str
    reply_to: str
    language: str
    #: The scheme of the address for getting no more of the kind; "" without one.
    stop: str
    has_html: bool
    files: tuple[_File, ...]


def _shape_of(envelope: Envelope) -> _Shape:
    return _Shape(
        settings.DEFAULT_FROM_EMAIL,
        envelope.sender_name,
        envelope.reply_to,
        envelope.language,
        envelope.unsubscribe_url.partition(":")[0],
        bool(envelope.html),
        tuple(_File(one.filename, one.mime_type, bool(one.content_id)) for one in envelope.attachments),
    )


#: Headers that each mail has for itself, and what stands for them in the frame.
_OWN_HEADERS = {"To": f"to.{_MARK}@example.org", "Subject": f"subject.{_MARK}", "Message-ID": f"<{_MARK}>"}
_DATE = f"date.{_MARK}"
_STOP = f"{_MARK}.example"


@lru_cache(maxsize=128)
def _frame(shape: _Shape) -> tuple[bytes | str, ...]:
    """A mail of ``shape`` by the library: its octets and, between them, the names of ``_values``."""
    files = [
        Attachment(
            file.filename,
            f"{_mark(number)}{_BEYOND_ASCII}" if file.is_text else _mark(number).encode(),
            file.mime_type,
            f"cid{number}.{_MARK}" if file.is_shown else "",
        )
        for number, file in enumerate(shape.files)
    ]
    sample = Envelope(
        address=_OWN_HEADERS["To"],
        message_id=_OWN_HEADERS["Message-ID"],
        subject=_OWN_HEADERS["Subject"],
        text=f"{_mark('text')}{_BEYOND_ASCII}",
        html=f"{_mark('html')}{_BEYOND_ASCII}" if shape.has_html else "",
        sender_name=shape.sender_name,
        reply_to=shape.reply_to,
        language=shape.language,
        attachments=files,
        unsubscribe_url=f"{shape.stop}:{_STOP}" if shape.stop else "",
    )
    mail = letter(sample)
    mail.extra_headers = {"Date": _DATE, **mail.extra_headers}
    found = {_head(name, mark): name for name, mark in {**_OWN_HEADERS, "Date": _DATE}.items()}
    if shape.stop:
        found[_head("List-Unsubscribe", f"<{sample.unsubscribe_url}>")] = "List-Unsubscribe"
    found[_quoted(sample.text)] = "text"
    found[_quoted(sample.html)] = "html"
    for number, file in enumerate(files):
        found[_encoded(file.content)] = f"file {number}"
        found[_head("Content-ID", f"<{file.content_id}>")] = f"cid {number}"
    written = mail.message().as_bytes(linesep="\r\n")
    split = re.split(b"(" + b"|".join(re.escape(octets) for octets in found if octets) + b")", written)
    return tuple(found.get(piece, piece) for piece in split)


def _mark(part: object) -> str:
    return f"{_MARK}.{part}."


def _values(envelope: Envelope) -> Iterator[tuple[str, bytes]]:
    """What ``envelope`` has in the places of its frame."""
    yield "To", _head("To", envelope.address)
    yield "Subject", _subject(envelope.subject)
    yield "Message-ID", _head("Message-ID", envelope.message_id)
    yield "Date", _head("Date", formatdate(localtime=settings.EMAIL_USE_LOCALTIME))
    yield "List-Unsubscribe", _head("List-Unsubscribe", f"<{envelope.unsubscribe_url}>")
    yield "text", _quoted(envelope.text)
    yield "html", _quoted(envelope.html)
    encoded: dict[str | bytes, bytes] = {}
    for number, file in enumerate(envelope.attachments):
        # The same picture may be shown and be a file as well.
        if file.content not in encoded:
            encoded[file.content] = _encoded(file.content)
        yield f"file {number}", encoded[file.content]
        yield f"cid {number}", _head("Content-ID", f"<{file.content_id}>")


@lru_cache(maxsize=256)
def _subject(subject: str) -> bytes:
    return _head("Subject", subject)


def _head(name: str, value: str) -> bytes:
    """A header as the library writes it: encoded and folded if need be."""
    if value.isascii() and value.isprintable() and len(name) + len(value) + 2 <= _SHORT:
        return f"{name}: {value}\r\n".encode()
    _name, encoded = forbid_multi_line_headers(name, value, _CHARSET)
    return _LINES.fold_binary(name, _folded(name, encoded))


def _is_usual(file: Attachment) -> bool:
    """Whether ``file`` is written as its kind says: text as text, everything else, and what is shown, in base64."""
    is_text = isinstance(file.content, str)
    return is_text == file.mime_type.startswith("text/") and not (is_text and file.content_id)


def _encoded(content: str | bytes) -> bytes:
    if isinstance(content, str):
        return _quoted(content)
    return encodebytes(content).rstrip().replace(b"\n", b"\r\n")


def _quoted(text: str) -> bytes:
    """``text`` as quoted-printable (RFC 2045), with the line ends of mail."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    return binascii.b2a_qp(lines, istext=True).replace(b"\n", b"\r\n")
