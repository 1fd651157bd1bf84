"""What a delivery receipt of SMPP says: in its optional parameters, else in its text, whose form is not fixed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from smpplib import consts

from outbox.channels.base import Outcome, Report
from outbox.channels.smpp_codes import STATES, failure

# network_error_code (section 5.3.2.31): network type GSM, MAP error 1 (3GPP TS 29.002): unknown subscriber.
_UNKNOWN_SUBSCRIBER = bytes([3, 0, 1])
_IN_TEXT = {key: re.compile(rf"\b{key}:\s*([^\s:]+)", re.IGNORECASE) for key in ("id", "stat", "err")}
_TAGS = consts.OPTIONAL_PARAMS


@dataclass(frozen=True)
class Receipt:
    """One receipt. ``message_id``: the parameter, None where it is missing; ``id_in_text`` stands in then.

    ``state`` and ``error`` are ``stat`` and ``err`` of appendix B.
    """

    text: str
    message_id: bytes | None
    id_in_text: str
    state: str
    error: str
    is_unknown_subscriber: bool

    def report(self, reference: str) -> Report | None:
        """The report on the message ``reference``; None where it may yet arrive."""
        if self.state[:7].upper() == "DELIVRD":
            return Report(Outcome.DELIVERED, provider_reference=reference)
        if words := failure(self.state, self.error):
            return Report(
                Outcome.FAILED, provider_reference=reference, words=words, bad_address=self.is_unknown_subscriber
            )
        return None


def read(short_message: bytes | None, parameters: Mapping[int, bytes]) -> Receipt:
    """Read a receipt from the text and the optional parameters (by tag) of its deliver_sm."""
    text = (short_message or parameters.get(_TAGS["message_payload"], b"")).decode("latin-1")
    in_text = {key: found[1] for key, pattern in _IN_TEXT.items() if (found := pattern.search(text))}
    state = parameters.get(_TAGS["message_state"])
    return Receipt(
        text=text,
        message_id=parameters.get(_TAGS["receipted_message_id"]) or None,
        id_in_text=in_text.get("id", ""),
        state=STATES.get(state[0], "") if state else in_text.get("stat", ""),
        error=in_text.get("err", ""),
        is_unknown_subscriber=parameters.get(_TAGS["network_error_code"]) == _UNKNOWN_SUBSCRIBER,
    )
