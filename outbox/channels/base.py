"""What a channel is: a small class that sends one envelope and says what went wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail; ``mime_type`` may have parameters: "text/calendar; method=CANCEL".

    With ``content_id`` it is a picture that the HTML shows in its place, as ``cid:`` and that name; it is no file then.
    """

    filename: str
    content: str | bytes
    mime_type: str
    content_id: str = ""


@dataclass(frozen=True)
class Envelope:
    """One message, ready to send.

    ``address`` is an e-mail address or an E.164 number. ``message_id`` (for mail) and ``reference`` (at most 40
    letters, digits and hyphens) stay the same however often it is tried. ``report_url`` is where a provider may report
    what became of it, "" where there is no such address. ``html``, ``attachments``, ``reply_to`` and
    ``unsubscribe_url`` (where its reader stops more of the kind) mean something to mail only, ``template_id`` and
    ``parameters`` to channels that send templates approved beforehand. After ``valid_for`` it helps nobody: who keeps
    it for a phone that is off may give it up then; None: no limit.
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
    unsubscribe_url: str = ""
    reference: str = ""
    report_url: str = ""
    template_id: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    valid_for: timedelta | None = None


class DeliveryError(Exception):
    """Sending failed; the text says why, in words for the organiser."""


class Refused(DeliveryError):
    """This message will never arrive, however often it is tried.

    ``bad_address``: because the address itself is of no use (no such mailbox, no such subscriber).
    """

    def __init__(self, words: str, *, bad_address: bool = False) -> None:
        super().__init__(words)
        self.bad_address = bad_address


class Unavailable(DeliveryError):
    """The far side cannot take this message now; try it again later, the others are tried all the same."""


class Unreachable(Unavailable):
    """The far side does not answer, or wants us to be quiet: the whole channel rests, ``pause`` seconds if it says."""

    def __init__(self, words: str, *, pause: float | None = None) -> None:
        super().__init__(words)
        self.pause = pause


class Stopped(DeliveryError):
    """Nothing works until somebody mends it (wrong key, no balance): messages are kept, organisers are told."""


class Uncertain(DeliveryError):
    """Nobody knows whether the far side took it: the answer was lost. Never sent again by itself."""


class Interrupted(DeliveryError):
    """Nobody took it: its worker was told to stop before the far side had accepted anything."""


class Outcome(StrEnum):
    """What a delivery report says."""

    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True)
class Report:
    """A delivery report: ``reference`` is ours, or ``provider_reference`` what ``send`` returned; one of them is set.

    ``words`` say why it failed; ``bad_address`` as in ``Refused``.
    """

    outcome: Outcome
    reference: str = ""
    provider_reference: str = ""
    words: str = ""
    bad_address: bool = False


class Channel:
    """A way to reach people. Used as a context manager around a batch, so that one connection serves many messages.

    ``repeatable``: a message caught between sending and our record of it may be sent once more. True for mail, whose
    Message-ID lets the receiver see the copy, and for gateways that refuse a reference they have had; False for other
    SMS, which become *uncertain* instead.
    ``exclusive``: one worker at a time, because the far side limits the rate or the connections.
    ``reports``: whether the far side tells what became of a message.
    ``lingers``: its session stays open while reports are awaited (outbox/sessions.py); it is exclusive then.
    ``is_stopping``: asked while it talks to the far side; once true, it ends as soon as that costs nothing.
    """

    is_stopping: Callable[[], bool] = staticmethod(lambda: False)
    repeatable = False
    exclusive = False
    reports = False
    lingers = False

    def __init__(self, url: str = "") -> None:
        """``url`` says where the far side is and how to sign in there, as the setting has it.

        Raises:
            ValueError: it is not what this channel needs; the text says what is missing.
        """

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
            Unreachable: nothing can be sent now.
            Stopped: nothing can be sent until somebody mends the channel.
            Uncertain: it may have arrived.
            Interrupted: it was not sent, since the worker is to stop.
        """
        raise NotImplementedError

    def collect(self) -> list[Report]:
        """Delivery reports that wait at the far side. Called within the context, after the batch."""
        return []

    @property
    def is_open(self) -> bool:
        """Whether there is a session that may stay open; only of a channel that ``lingers``."""
        return False

    def listen(self, seconds: float) -> list[Report]:
        """The reports that come within ``seconds``; also keeps the session alive. Only of a channel that ``lingers``.

        They are acknowledged at the next call of this or another method: whoever could not record them ends the context
        by an exception, and the far side brings them again.

        Raises:
            Unreachable: the session has ended.
        """
        raise NotImplementedError

    @classmethod
    def read_callback(cls, parameters: Mapping[str, str], body: bytes) -> list[Report]:
        """The reports in a provider's call to our report address: its query and form ``parameters``, or its ``body``.

        Raises:
            ValueError: this is not what the provider's document describes.
        """
        raise ValueError("this channel has no callback")
