"""SMS by VNPT SMS Brandname, JSON interface, command ``send_sms_list``.

Source: VNPT's integration document as condensed by its integrators (fields, codes); DATACODING is SMPP's data_coding.
"""

from django.utils.translation import gettext_lazy

from outbox.channels.base import Envelope, Refused, Stopped, Unavailable, Unreachable
from outbox.channels.http import Fault, HTTPChannel, read_address
from outbox.sms_length import measure

_COMMAND = "send_sms_list"
_ACCEPTED = "0"
_PLAIN, _UCS2 = "0", "8"
_RATE_PAUSE = 30.0
_QUOTA = Fault(Stopped, gettext_lazy("The number of SMS agreed with the provider is used up."))
_FAULTS = {
    "1": Fault(Stopped, gettext_lazy("The SMS provider does not accept our sign-in or our server's address (IP).")),
    # The one template takes any text, so this is about the template itself and every message.
    "7": Fault(Stopped, gettext_lazy("The SMS template is not approved or not ours.")),
    "13": Fault(Stopped, gettext_lazy("The SMS contract is not valid.")),
    "14": Fault(Stopped, gettext_lazy("The sender name (brandname) is not registered with the SMS provider.")),
    "15": Fault(Stopped, gettext_lazy("Our account at the SMS provider is not active.")),
    "16": Fault(Unreachable, gettext_lazy("The SMS provider asks us to send more slowly."), pause=_RATE_PAUSE),
    "20": _QUOTA,
    "21": _QUOTA,
    "22": _QUOTA,
    # The number works, only not by this provider: it is no bad address.
    "25": Fault(Refused, gettext_lazy("The number has moved to an operator that the SMS provider does not serve.")),
    "29": Fault(Stopped, gettext_lazy("The registration of the sender name (brandname) has expired.")),
    "30": Fault(Refused, gettext_lazy("The text has a word that the operator does not allow.")),
}
_UNKNOWN = Fault(Unavailable, gettext_lazy("The SMS provider did not take the message."))
_IDS = ["label", "contract", "template", "agent", "username"]


class Gateway(HTTPChannel):
    """``vnpt://APIUSER:APIPASS@host/path?label=…&contract=…&contract_type=1&template=…&agent=…&username=…``.

    ``template`` must be a template approved with one parameter that is the whole text: VNPT takes no free texts.
    ``contract_type``: 1 customer care (the default), 2 advertising.

    VNPT documents neither delivery reports nor what it does with a REQID that it has had.
    """

    provider = "VNPT"
    answer_keys = ("RPLY",)

    def __init__(self, url: str = "") -> None:
        super().__init__(url)
        self._address = read_address(url, "vnpt", needed=_IDS, optional=["contract_type"])
        self._contract_type = self._address.options.get("contract_type", "1")
        if self._contract_type not in ("1", "2"):
            raise ValueError("contract_type is 1 (customer care) or 2 (advertising)")

    def send(self, envelope: Envelope) -> str:
        options = self._address.options
        request = {
            "name": _COMMAND,
            # Letters and digits, as in every example of the document.
            "REQID": envelope.reference.replace("-", ""),
            "LABELID": options["label"],
            "CONTRACTTYPEID": self._contract_type,
            "CONTRACTID": options["contract"],
            "TEMPLATEID": options["template"],
            "PARAMS": [{"NUM": "1", "CONTENT": envelope.text}],
            "SCHEDULETIME": "",
            "MOBILELIST": envelope.address.removeprefix("+"),
            "ISTELCOSUB": "0",
            "AGENTID": options["agent"],
            "APIUSER": self._address.user,
            "APIPASS": self._address.password,
            "USERNAME": options["username"],
            "DATACODING": _PLAIN if measure(envelope.text).encoding == "GSM-7" else _UCS2,
        }
        reply = self._post(self._address.endpoint, json={"RQST": request})["RPLY"]
        if not isinstance(reply, dict) or "ERROR" not in reply:
            raise self._lost("RPLY")
        code = str(reply["ERROR"]).strip()
        if code != _ACCEPTED:
            raise _FAULTS.get(code, _UNKNOWN).error(self.provider, code)
        return ""
