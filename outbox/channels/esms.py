"""SMS by eSMS (ViHAT): customer care messages under a brandname.

Source: developers.esms.vn, "Tin nhắn SMS OTP/CSKH", "Bảng mã lỗi" and "Callback Url".
"""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from outbox.channels.base import DeliveryError, Envelope, Outcome, Refused, Report, Stopped, Unavailable, Uncertain
from outbox.channels.http import Fault, HTTPChannel, read_address
from outbox.sms_length import measure

_PATH = "/MainService.svc/json/SendMultipleMessage_V4_post_json/"
_ACCEPTED, _DUPLICATE = "100", "124"
_CUSTOMER_CARE = "2"
# eSMS knows a RequestId again until midnight (Vietnam); what is tried again in these last hours may be a new day's.
_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
_LATE = 22
_FAULTS = {
    "99": Fault(
        Unavailable, gettext_lazy("The SMS provider refuses this message without a reason, or blocks the number.")
    ),
    "101": Fault(Stopped, gettext_lazy("The SMS provider does not accept our key.")),
    "102": Fault(Stopped, gettext_lazy("The SMS provider has no price for our account.")),
    "103": Fault(Stopped, gettext_lazy("The balance at the SMS provider is used up.")),
    "104": Fault(Stopped, gettext_lazy("The sender name (brandname) is not registered with the SMS provider.")),
    "108": Fault(Refused, gettext_lazy("This is not a phone number that can get SMS."), bad_address=True),
    "118": Fault(Stopped, gettext_lazy("Our account may not send this type of SMS.")),
    "140": Fault(Stopped, gettext_lazy("The SMS provider does not know our server's address (IP).")),
    # This wording has no registered template; another message may have one, so the channel goes on.
    "146": Fault(Refused, gettext_lazy("No registered SMS template fits this text.")),
    # Other operators' numbers still work.
    "177": Fault(Refused, gettext_lazy("The sender name is not registered with the operator of this number.")),
}
_UNKNOWN = Fault(Unavailable, gettext_lazy("The SMS provider did not take the message."))
_NO_CODE = "99"
_WAITING, _REJECTED, _DONE = {"1", "2", "7"}, "4", "5"


class Gateway(HTTPChannel):
    """``esms://APIKEY:SECRETKEY@rest.esms.vn/?brandname=X&sandbox=0&unicode=auto``.

    ``sandbox=1``: eSMS checks and sends nothing. ``unicode``: "auto" as the text needs it, "0" or "1" always.

    Repeatable: eSMS answers a RequestId that it has had with code 124 and sends nothing, so a message whose answer was
    lost is asked again with the same one (``Unavailable``, not ``Uncertain``). It forgets them at midnight: late in the
    evening a lost answer is uncertain all the same.
    """

    provider = "eSMS"
    answer_keys = ("CodeResult", "error")
    repeatable = True
    reports = True

    def __init__(self, url: str = "") -> None:
        super().__init__(url)
        self._address = read_address(url, "esms", needed=["brandname"], optional=["sandbox", "unicode"], path=_PATH)
        options = self._address.options
        self._sandbox, self._unicode = options.get("sandbox", "0"), options.get("unicode", "auto")
        if self._sandbox not in ("0", "1"):
            raise ValueError("sandbox is 0 or 1")
        if self._unicode not in ("auto", "0", "1"):
            raise ValueError("unicode is auto, 0 or 1")

    def send(self, envelope: Envelope) -> str:
        unicode = self._unicode
        if unicode == "auto":
            unicode = "0" if measure(envelope.text).encoding == "GSM-7" else "1"
        message = {
            "ApiKey": self._address.user,
            "SecretKey": self._address.password,
            "Phone": envelope.address.removeprefix("+"),
            "Content": envelope.text,
            "Brandname": self._address.options["brandname"],
            "SmsType": _CUSTOMER_CARE,
            "IsUnicode": unicode,
            "Sandbox": self._sandbox,
            "RequestId": envelope.reference,
        }
        if envelope.report_url:
            message["CallbackUrl"] = envelope.report_url
        answer = self._post(self._address.endpoint, json=message)
        # The document shows code 99 as an answer without a code.
        code = str(answer.get("CodeResult", _NO_CODE))
        if code == _DUPLICATE and str(answer.get("SendStatus", "")) == _REJECTED:
            raise Refused(_rejection_words(_REJECTED))
        if code in (_ACCEPTED, _DUPLICATE):
            return str(answer.get("SMSID") or "")
        raise _FAULTS.get(code, _UNKNOWN).error(self.provider, code)

    def _lost(self, fault: str) -> DeliveryError:
        error = super()._lost(fault)
        if timezone.localtime(timezone.now(), _VIETNAM).hour < _LATE:
            return error
        return Uncertain(str(error))

    @classmethod
    def read_callback(cls, parameters: Mapping[str, str], body: bytes) -> list[Report]:
        """eSMS calls with GET, up to five times; "done" (5) tells success from failure only by its counts."""
        status = parameters.get("SendStatus", "")
        names = {
            "reference": parameters.get("RequestId", ""),
            # A callback names one of the two only if it has no RequestId.
            "provider_reference": "" if parameters.get("RequestId") else parameters.get("SMSID", ""),
        }
        if not any(names.values()):
            raise ValueError("neither RequestId nor SMSID")
        if status in _WAITING:
            return []
        if status == _REJECTED:
            return [Report(Outcome.FAILED, words=_rejection_words(status), **names)]
        if status != _DONE:
            raise ValueError(f"SendStatus {status[:20]!r} is unknown")
        if _count(parameters, "SendSuccess"):
            return [Report(Outcome.DELIVERED, **names)]
        if _count(parameters, "SendFailed"):
            words = gettext("The operator could not deliver the SMS. (eSMS %(code)s)") % {"code": status}
            return [Report(Outcome.FAILED, words=words, **names)]
        return []


def _rejection_words(status: str) -> str:
    return gettext("The SMS provider rejected the message. (eSMS %(code)s)") % {"code": status}


def _count(parameters: Mapping[str, str], name: str) -> int:
    value = parameters.get(name, "")
    if not (value.isascii() and value.isdecimal()):
        raise ValueError(f"{name} is not a number")
    return int(value[:9])
