"""Reading a stored mail for people."""

from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import cast

from django.utils.functional import Promise
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


def read(raw: str) -> ReadMail:
    """Take the RFC 5322 text ``raw`` apart."""
    mail = message_from_bytes(raw.encode(), policy=policy.default)
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    files = [
        ReadFile(
            part.get_filename() or "file", part.get_content_type(), cast(bytes, part.get_payload(decode=True)) or b""
        )
        for part in mail.iter_attachments()
    ]
    return ReadMail(
        headers=[(str(words), str(mail[name])) for name, words in _SHOWN_HEADERS.items() if mail[name]],
        text=plain.get_content() if plain else "",
        html=html.get_content() if html else "",
        files=files,
    )
