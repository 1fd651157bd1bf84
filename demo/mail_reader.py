"""Reading a stored mail for people."""

import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import Message
from typing import cast
from urllib.parse import unquote

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy

#: The headers that are shown; those that people know, by the name that they know them by.
_SHOWN_HEADERS: dict[str, str | Promise] = {
    "From": gettext_lazy("From"),
    "To": gettext_lazy("To"),
    "Reply-To": gettext_lazy("Answers to"),
    "Subject": gettext_lazy("Subject"),
    "Date": gettext_lazy("Date"),
    "Message-ID": "Message-ID",
    "Auto-Submitted": "Auto-Submitted",
    "Content-Language": "Content-Language",
}


# How HTML refers to a part of its own mail (RFC 2392).
_PICTURE = re.compile(r"""(?<=["'])cid:([^"'<>\s]+)""")


@dataclass(frozen=True)
class ReadFile:
    """An attachment: ``content`` in bytes, ``size`` its length."""

    filename: str
    mime_type: str
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)


@dataclass(frozen=True)
class ReadMail:
    """A mail taken apart."""

    headers: list[tuple[str, str]]
    text: str
    html: str
    files: list[ReadFile]
    #: What the HTML shows in its place, by Content-ID.
    pictures: dict[str, ReadFile]

    @property
    def html_with_pictures(self) -> str:
        """The HTML with each of its pictures in the address that referred to it, as mail programs show it."""
        return _PICTURE.sub(self._embed, self.html)

    def _embed(self, found: re.Match[str]) -> str:
        picture = self.pictures.get(unquote(found[1]))
        if picture is None:
            return found[0]
        return f"data:{escape(picture.mime_type)};base64,{b64encode(picture.content).decode()}"


def read(raw: str) -> ReadMail:
    """Take the RFC 5322 text ``raw`` apart."""
    mail = message_from_bytes(raw.encode(), policy=policy.default)
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    pictures = {
        str(part["Content-ID"]).strip().strip("<>"): _file(part)
        for part in mail.walk()
        if part["Content-ID"] and part.get_content_maintype() == "image"
    }
    return ReadMail(
        headers=[(str(words), _header(mail, name)) for name, words in _SHOWN_HEADERS.items() if mail[name]],
        text=plain.get_content() if plain else "",
        html=html.get_content() if html else "",
        files=[_file(part) for part in mail.iter_attachments()],
        pictures=pictures,
    )


def _header(mail: Message, name: str) -> str:
    """The header ``name`` for people: a date by the clock of the site, unless it is none."""
    moment: datetime | None = getattr(mail[name], "datetime", None)
    if moment is None:
        return str(mail[name])
    # Without a zone ("-0000") it is UTC.
    return date_format(localtime(moment if moment.tzinfo else moment.replace(tzinfo=UTC)), "DATETIME_FORMAT")


def _file(part: Message) -> ReadFile:
    content = cast(bytes, part.get_payload(decode=True)) or b""
    return ReadFile(part.get_filename() or "file", part.get_content_type(), content)
