"""SMS through Kannel and its HTTP interface (Kannel 1.4 user guide, chapters "SMS Push" and "Delivery Reports")."""

import re
from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import requests
from django.utils.translation import gettext
from urllib3.exceptions import NewConnectionError

from outbox.channels.base import (
    Channel,
    DeliveryError,
    Envelope,
    Outcome,
    Refused,
    Report,
    Stopped,
    Unavailable,
    Uncertain,
    Unreachable,
)
from outbox.channels.smpp_codes import failure, refusal
from outbox.sms_length import measure

# Seconds to connect and between two bytes of the answer.
TIMEOUTS = (5, 10)
_PATH = "/cgi-bin/sendsms"
# The user guide's types: 1 delivered to phone, 2 not delivered to phone, 4 queued on SMSC, 8 delivered to SMSC, 16 not
# delivered to SMSC; 32 and 64 tell kinds of 2 apart in later versions (34 expired, 66 unknown).
_DELIVERED, _NOT_DELIVERED, _NOT_TAKEN, _UNKNOWN = 1, 2, 16, 64
_WANTED = _DELIVERED | _NOT_DELIVERED | _NOT_TAKEN
_REFERENCE = re.compile(r"[A-Za-z0-9-]{1,40}")
# What an SMPP operator said, as %A has it: the text of its receipt, or the status of its refusal.
_RECEIPT = re.compile(r"\bstat:\s*([A-Za-z]+)(?:.*?\berr:\s*(\w+))?", re.IGNORECASE | re.DOTALL)
_NACK = re.compile(r"\bNACK/0x([0-9a-fA-F]{1,8})")
# Every message would get these from smsbox, so that it is our settings and not the message.
_OUR_SETTINGS = ("sender missing", "dlr-url", "dlr-mask", "coding field", "charset")
_NO_NUMBER = ("missing receiver", "empty receiver")


class Gateway(Channel):
    """One HTTP session for a batch.

    The address: ``kannel://user:password@host:13013/cgi-bin/sendsms?from=BRANDNAME``, user name and password
    percent-encoded; ``kannel+https://`` for TLS. Kannel takes no forms, so the password goes in the query: use TLS
    outside the own network.

    Kannel divides long texts itself. Its group ``sendsms-user`` must say so, since it cuts them off otherwise:
    ``concatenation = true`` and ``max-messages = 10``. It gives no reference of its own; reports come with ours.
    """

    reports = True

    def __init__(self, url: str = "") -> None:
        super().__init__(url)
        address = urlsplit(url)
        self._url = _endpoint(address)
        self._from = dict(parse_qsl(address.query)).get("from", "")
        if not self._from:
            raise ValueError("the Kannel address lacks ?from=, the brandname or number that messages come from")
        self._username, self._password = unquote(address.username or ""), unquote(address.password or "")
        self._session = requests.Session()
        # Kannel stands in the own network; a proxy for the web must not get between.
        self._session.trust_env = False

    def __exit__(self, *exception: object) -> None:
        self._session.close()

    def send(self, envelope: Envelope) -> str:
        parameters = {
            "username": self._username,
            "password": self._password,
            "from": self._from,
            "to": envelope.address,
            "text": envelope.text,
            "charset": "UTF-8",
            "coding": "0" if measure(envelope.text).encoding == "GSM-7" else "2",
        }
        if envelope.report_url:
            # Kannel fills in %d (the type) and %A (what the operator said), so that other % are doubled.
            base = envelope.report_url.replace("%", "%%")
            mark = "&" if "?" in base else "?"
            parameters["dlr-mask"] = str(_WANTED)
            parameters["dlr-url"] = f"{base}{mark}ref={envelope.reference}&status=%d&answer=%A"
        # The library's words are not passed on: they contain the query, with the password.
        try:
            response = self._session.get(self._url, params=parameters, timeout=TIMEOUTS, allow_redirects=False)
        except requests.exceptions.SSLError:
            raise Stopped(gettext("The certificate of the SMS gateway is not accepted (TLS).")) from None
        except requests.RequestException as error:
            raise _connection_fault(error) from None
        _check(response.status_code, response.text.strip()[:100])
        return ""

    @classmethod
    def read_callback(cls, parameters: Mapping[str, str], body: bytes) -> list[Report]:
        reference, status, answer = (parameters.get(name, "") for name in ("ref", "status", "answer"))
        if not _REFERENCE.fullmatch(reference):
            raise ValueError("ref is missing or not one of ours")
        if not re.fullmatch(r"[0-9]{1,3}", status) or not 0 < (kind := int(status)) < 128:
            raise ValueError("status is not a type of delivery report")
        if kind & _DELIVERED:
            return [Report(Outcome.DELIVERED, reference=reference)]
        if kind & _NOT_TAKEN or (kind & _NOT_DELIVERED and not kind & _UNKNOWN):
            words, bad_address = _why(kind, answer)
            return [Report(Outcome.FAILED, reference=reference, words=words, bad_address=bad_address)]
        return []


def _endpoint(address: SplitResult) -> str:
    """Where smsbox takes messages: "http://host:port/path".

    Raises:
        ValueError: the scheme or the host is wrong, or the port is no number.
    """
    is_tls = address.scheme == "kannel+https"
    try:
        host, port = address.hostname, address.port or (443 if is_tls else 13013)
    except ValueError:
        # Its own words would show a part of the password.
        raise ValueError("the port in the Kannel address is no number; is the password percent-encoded?") from None
    if address.scheme not in ("kannel", "kannel+https") or not host:
        raise ValueError("a Kannel address is kannel://user:password@host:13013/cgi-bin/sendsms?from=NAME")
    # An IPv6 address stands in brackets.
    host = f"[{host}]" if ":" in host else host
    path = address.path if address.path.strip("/") else _PATH
    return f"{'https' if is_tls else 'http'}://{host}:{port}{path}"


def _connection_fault(error: requests.RequestException) -> DeliveryError:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    name = {"code": type(reason or error).__name__}
    if isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError):
        return Unreachable(gettext("The SMS gateway does not answer (%(code)s).") % name)
    return Uncertain(
        gettext("The connection to the SMS gateway broke before it answered: the message may have arrived.")
    )


def _check(status: int, text: str) -> None:
    """Raise what the answer of smsbox means (user guide, "SMS Push reply codes"), unless it took the message."""
    code, lower = {"code": f"{status} {text}".strip()}, text.lower()
    if status == 202 or (status == 200 and lower.startswith(("0:", "3:", "sent"))):
        # "3: Queued": no operator is connected just now, and Kannel keeps the message until one is.
        return
    if 200 <= status < 300:
        raise Uncertain(gettext("The SMS gateway gave an answer that we do not understand (%(code)s).") % code)
    raise _server_fault(status, code) if status >= 500 else _request_fault(status, lower, code)


def _server_fault(status: int, code: dict[str, str]) -> DeliveryError:
    """What a status from 500 on means: something is wrong over there."""
    if status == 503:
        # Its queue is full, or it is shutting down.
        return Unreachable(gettext("The SMS gateway cannot take messages now (%(code)s).") % code)
    return Unavailable(gettext("The SMS gateway cannot take this message now (%(code)s).") % code)


def _request_fault(status: int, text: str, code: dict[str, str]) -> DeliveryError:
    """What a status from 300 to 499 means: something is wrong with the message or with our settings.

    ``text`` is the answer in small letters.
    """
    if status == 401 or (status == 403 and "authori" in text):
        return Stopped(gettext("The SMS gateway does not accept our user name or password (%(code)s).") % code)
    if status == 400 and text.startswith(_NO_NUMBER):
        return Refused(gettext("The SMS gateway does not know this phone number (%(code)s).") % code, bad_address=True)
    if status in (400, 403) and not text.startswith(_OUR_SETTINGS):
        # "Not routable", "Number(s) has/have been denied": other numbers may go.
        return Refused(gettext("The SMS gateway refuses this message (%(code)s).") % code)
    return Stopped(gettext("The SMS gateway does not accept our settings (%(code)s).") % code)


def _why(kind: int, answer: str) -> tuple[str, bool]:
    """Words for a report of failure, and whether the number is of no use."""
    if found := _NACK.search(answer):
        error = refusal(int(found[1], 16))
        return str(error), isinstance(error, Refused) and error.bad_address
    if (found := _RECEIPT.search(answer)) and (words := failure(found[1], found[2] or "")):
        return words, False
    code = {"code": f"DLR {kind}"}
    if kind & _NOT_TAKEN:
        return gettext("The operator refused the message (%(code)s).") % code, False
    return gettext("The phone could not be reached (%(code)s).") % code, False
