"""What the codes of SMPP mean for a message and for the channel, in words for the organiser."""

from django.utils.translation import gettext
from smpplib import consts

from outbox.channels.base import DeliveryError, Refused, Stopped, Unavailable, Unreachable

# Seconds that the channel rests when the far side wants that.
_THROTTLED, _QUEUE_FULL, _BOUND_ELSEWHERE = 10.0, 60.0, 60.0
_NAMES = {code: name[5:] for name, code in vars(consts).items() if name.startswith("SMPP_ESME_")}
_SIGN_IN = {consts.SMPP_ESME_RINVPASWD, consts.SMPP_ESME_RINVSYSID, consts.SMPP_ESME_RBINDFAIL}
_SENDER = {consts.SMPP_ESME_RINVSRCADR, consts.SMPP_ESME_RINVSRCTON, consts.SMPP_ESME_RINVSRCNPI}
# What we say in the same way for every message, so that the next one would be refused, too.
_SETTINGS = {
    consts.SMPP_ESME_RINVCMDID,
    consts.SMPP_ESME_RINVBNDSTS,
    consts.SMPP_ESME_RINVPRTFLG,
    consts.SMPP_ESME_RINVREGDLVFLG,
    consts.SMPP_ESME_RINVSERTYP,
    consts.SMPP_ESME_RINVSYSTYP,
    consts.SMPP_ESME_RINVDSTTON,
    consts.SMPP_ESME_RINVDSTNPI,
}
_CONTENT = {
    consts.SMPP_ESME_RINVMSGLEN,
    consts.SMPP_ESME_RINVCMDLEN,
    consts.SMPP_ESME_RINVESMCLASS,
    consts.SMPP_ESME_RINVPARLEN,
    consts.SMPP_ESME_RX_P_APPN,
    consts.SMPP_ESME_RX_R_APPN,
    consts.SMPP_ESME_RDELIVERYFAILURE,
    0x104,  # ESME_RINVDCS of SMPP 5.0, which 3.4 gateways send as well
}
# message_state (section 5.2.28) in the words of appendix B.
STATES = {
    consts.SMPP_MESSAGE_STATE_DELIVERED: "DELIVRD",
    consts.SMPP_MESSAGE_STATE_EXPIRED: "EXPIRED",
    consts.SMPP_MESSAGE_STATE_DELETED: "DELETED",
    consts.SMPP_MESSAGE_STATE_UNDELIVERABLE: "UNDELIV",
    consts.SMPP_MESSAGE_STATE_REJECTED: "REJECTD",
}


def status_name(status: int) -> str:
    """The name that the specification has for a command_status, or the number of one that it does not know."""
    return _NAMES.get(status) or f"0x{status:08X}"


def refusal(status: int) -> DeliveryError:
    """What a command_status other than 0 means for the message and the channel (SMPP 3.4, section 5.1.3).

    A code that says nothing about the message (a fault over there, or a vendor's own code) means "later".
    """
    code = {"code": status_name(status)}
    if status in _SIGN_IN:
        return Stopped(gettext("The SMS gateway does not accept our user name or password (%(code)s).") % code)
    if status in _SENDER:
        return Stopped(gettext("The SMS gateway does not accept our sender name (%(code)s).") % code)
    if status in _SETTINGS:
        return Stopped(gettext("The SMS gateway does not accept our settings (%(code)s).") % code)
    if status == consts.SMPP_ESME_RALYBND:
        words = gettext("Another connection to the SMS gateway is still open (%(code)s).")
        return Unreachable(words % code, pause=_BOUND_ELSEWHERE)
    if status == consts.SMPP_ESME_RTHROTTLED:
        return Unreachable(gettext("The SMS gateway wants us to send more slowly (%(code)s).") % code, pause=_THROTTLED)
    if status == consts.SMPP_ESME_RMSGQFUL:
        return Unreachable(gettext("The SMS gateway's queue is full (%(code)s).") % code, pause=_QUEUE_FULL)
    if status == consts.SMPP_ESME_RINVDSTADR:
        return Refused(gettext("The SMS gateway does not know this phone number (%(code)s).") % code, bad_address=True)
    if status in _CONTENT:
        return Refused(gettext("The SMS gateway refuses this message (%(code)s).") % code)
    return Unavailable(gettext("The SMS gateway cannot take this message now (%(code)s).") % code)


def failure(state: str, error: str = "") -> str | None:
    """Why a message did not arrive, by ``stat`` and ``err`` of a receipt (SMPP 3.4, appendix B); None: it may yet."""
    code = {"code": f"{state} {error}".strip()}
    match state[:7].upper():
        case "UNDELIV":
            return gettext("The phone could not be reached (%(code)s).") % code
        case "EXPIRED":
            return gettext("The phone could not be reached in time (%(code)s).") % code
        case "DELETED":
            return gettext("The operator deleted the message (%(code)s).") % code
        case "REJECTD":
            return gettext("The operator refused the message (%(code)s).") % code
    return None
