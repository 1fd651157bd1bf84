"""What a channel is: a small class that sends one envelope and says what went wrong."""

from dataclasses import dataclass, field
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail."""

    filename: str
    content: str
    mime_type: str


@dataclass(frozen=True)
class Envelope:
    """One message, ready to send.

    ``address`` is an e-mail address or an E.164 number; ``message_id`` stays the same however often the message is
    tried; ``html``, ``attachments`` and ``reply_to`` mean something to mail only.
    """

    address: str
    message_id: str
    text: str
    subject: str = ""
    html: str = ""
    language: str = "vi"
    sender_name: str = ""
    reply_to: str = ""
    attachments: list[Attachment] = field(default_factory=list)


class DeliveryError(Exception):
    """Sending failed; the text says why, in words for the organiser."""


class Refused(DeliveryError):
    """This message will never arrive, however often it is tried."""


class Unavailable(DeliveryError):
    """The far side cannot take it now; try again later."""


class Channel:
    """A way to reach people. Used as a context manager around a batch, so that one connection serves many messages.

    ``repeatable``: a message caught between sending and our record of it may be sent once more. True for mail, whose
    Message-ID lets the receiver see the copy; False for SMS, which becomes *uncertain* instead.
    """

    repeatable = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        return None

    def send(self, envelope: Envelope) -> str:
        """Send ``envelope`` and return the provider's reference for it ("" where there is none).

        Raises:
            Refused: it will never arrive.
            Unavailable: it may arrive later.
        """
        raise NotImplementedError
