"""Zalo messages by the Zalo Notification Service (ZNS): a template approved beforehand and its parameters.

Source: developers.zalo.me, "Gửi ZNS" and "Mã lỗi" of ZNS, "Sự kiện người dùng nhận tin nhắn", "Xác thực và ủy quyền cho
ứng dụng" (access tokens live 25 hours; a refresh token 3 months, and works once).
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import TextIO

from django.utils.translation import gettext, gettext_lazy

from outbox.channels.base import Envelope, Outcome, Refused, Report, Stopped, Unavailable, Uncertain, Unreachable
from outbox.channels.http import Fault, HTTPChannel, read_address

_PATH = "/message/template"
_TOKEN_URL = "https://oauth.zaloapp.com/v4/oa/access_token"  # noqa: S105
_RECEIVED = "user_received_message"
# A token is renewed this long (seconds) before it ends, and lives this long where the answer does not say.
_MARGIN = 300
_LIFETIME = 25 * 3600
_QUOTA_PAUSE = 3600.0

_TOKEN_REFUSED = {-124, -216, -220}
_APPLICATION = Fault(
    Stopped, gettext_lazy("Zalo does not accept our application: check its id, its key and its state.")
)
_ACCOUNT = Fault(Stopped, gettext_lazy("Our Zalo account may not send notices."))
_BALANCE = Fault(Stopped, gettext_lazy("The balance at Zalo is used up."))
_NO_ACCOUNT = Fault(
    Refused, gettext_lazy("There is no Zalo account that gets notices at this number."), bad_address=True
)
_UNWILLING = Fault(Refused, gettext_lazy("This person does not want such notices on Zalo."))
# A template serves one kind of message; the others, and SMS in its place, go on.
_TEMPLATE = Fault(Refused, gettext_lazy("Zalo has not approved this template for us, or has withdrawn it."))
_PARAMETERS = Fault(Refused, gettext_lazy("The message does not fit its Zalo template."))
_FAULTS = {
    **dict.fromkeys((-101, -102, -103, -104, -105, -125, -138, -1241), _APPLICATION),
    **dict.fromkeys((-120, -135, -1351, -136, -152), _ACCOUNT),
    **dict.fromkeys((-115, -126, -137), _BALANCE),
    -108: Fault(Refused, gettext_lazy("This is not a phone number that Zalo knows."), bad_address=True),
    **dict.fromkeys((-114, -118, -119), _NO_ACCOUNT),
    -141: Fault(Refused, gettext_lazy("This person does not want notices from our Zalo account."), bad_address=True),
    **dict.fromkeys((-134, -139, -140, -1471), _UNWILLING),
    -110: Fault(Refused, gettext_lazy("This person's Zalo is too old for notices.")),
    **dict.fromkeys((-109, -117, -127, -131, -145, -146), _TEMPLATE),
    **dict.fromkeys((-111, -112, -1121, -1122, -1123, -1124, -113, -116, -121, -122, -130, -132, -153), _PARAMETERS),
    -133: Fault(Unavailable, gettext_lazy("Zalo does not send this template at night (22:00–06:00).")),
    -144: Fault(
        Unreachable, gettext_lazy("Our Zalo account has reached its number of notices for today."), pause=_QUOTA_PAUSE
    ),
    -147: Fault(Unavailable, gettext_lazy("This Zalo template has reached its number of notices for today.")),
}
_UNKNOWN = Fault(Unavailable, gettext_lazy("Zalo did not take the message."))


class Gateway(HTTPChannel):
    """``zns://APPID:SECRET@business.openapi.zalo.me/message/template?access_token_file=/path/zalo.json``.

    The file holds ``{"refresh_token": "…"}`` (and ``"access_token"``) as the application's page gives them; the channel
    keeps it up to date, so its folder must be writable. ``token_url``: where tokens are renewed.

    A ``tracking_id`` is there for reconciliation; Zalo does not promise to send one only once.
    """

    provider = "Zalo"
    answer_keys = ("error", "access_token")
    reports = True

    def __init__(self, url: str = "") -> None:
        super().__init__(url)
        self._address = read_address(url, "zns", needed=["access_token_file"], optional=["token_url"], path=_PATH)
        self._file = Path(self._address.options["access_token_file"])
        self._token_url = self._address.options.get("token_url", _TOKEN_URL)

    def send(self, envelope: Envelope) -> str:
        if not envelope.template_id:
            raise Refused(gettext("No approved Zalo template is named for this message."))
        message = {
            "phone": envelope.address.removeprefix("+"),
            "template_id": envelope.template_id,
            "template_data": dict(envelope.parameters),
            "tracking_id": envelope.reference,
        }
        token = self._token()
        answer = self._post(self._address.endpoint, json=message, headers={"access_token": token})
        code = _code(answer)
        if code in _TOKEN_REFUSED:
            token = self._token(refused=token)
            answer = self._post(self._address.endpoint, json=message, headers={"access_token": token})
            code = _code(answer)
        if code in _TOKEN_REFUSED:
            raise Stopped(
                gettext("Zalo does not accept our access: authorise the application again. (Zalo %(code)s)")
                % {"code": code}
            )
        if code:
            raise _FAULTS.get(code, _UNKNOWN).error(self.provider, code)
        data = answer.get("data")
        return str(data.get("msg_id") or "") if isinstance(data, dict) else ""

    @classmethod
    def read_callback(cls, parameters: Mapping[str, str], body: bytes) -> list[Report]:
        """Zalo tells one address everything that happens at an account; only notices that arrived are of interest."""
        try:
            event = json.loads(body)
        except RecursionError:
            raise ValueError("nested too deep") from None
        if not isinstance(event, dict) or not isinstance(event.get("event_name"), str):
            raise ValueError("no event_name")
        if event["event_name"] != _RECEIVED:
            return []
        message = event.get("message")
        if not isinstance(message, dict):
            raise ValueError("no message")
        # Ordinary messages of the account arrive by the same event, without these two.
        if not message.get("delivery_time") or not message.get("tracking_id"):
            return []
        return [Report(Outcome.DELIVERED, reference=str(message["tracking_id"]))]

    # --- tokens ------------------------------------------------------------------------------------------------------

    def _token(self, refused: str = "") -> str:
        """An access token that is not ``refused``, renewed if need be.

        Raises:
            Stopped: it cannot be renewed.
            Unreachable: it cannot be renewed now.
        """
        if token := _usable(self._read(), refused):
            return token
        with self._lock():
            # Another worker may have renewed it meanwhile; a refresh token works only once.
            pair = self._read()
            return _usable(pair, refused) or self._renew(pair)

    def _renew(self, pair: dict) -> str:
        form = {"refresh_token": pair.get("refresh_token", ""), "app_id": self._address.user}
        # Opened beforehand: the answer is the only copy of the new refresh token.
        with self._replacement() as (file, path):
            try:
                answer = self._post(
                    self._token_url,
                    data={**form, "grant_type": "refresh_token"},
                    headers={"secret_key": self._address.password},
                )
            except (Unavailable, Uncertain) as error:
                # No message is in danger here, but without a token none can be sent.
                raise Unreachable(str(error), pause=getattr(error, "pause", None)) from error
            if not answer.get("access_token") or not answer.get("refresh_token"):
                words = gettext("Zalo does not renew our access: authorise the application again. (Zalo %(code)s)")
                raise Stopped(words % {"code": str(answer.get("error", ""))[:20]})
            new = {
                "access_token": str(answer["access_token"]),
                "refresh_token": str(answer["refresh_token"]),
                "expires_at": time.time() + _seconds(answer.get("expires_in")),
            }
            json.dump(new, file)
            file.flush()
            os.fsync(file.fileno())
            path.replace(self._file)
        return new["access_token"]

    def _read(self) -> dict:
        try:
            pair = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise self._no_file() from error
        if not isinstance(pair, dict):
            raise self._no_file()
        return pair

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """One process at a time; the lock has a file of its own, because the other one is replaced."""
        try:
            lock = os.open(f"{self._file}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise self._no_file() from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    @contextmanager
    def _replacement(self) -> Iterator[tuple[TextIO, Path]]:
        """A new file (mode 600) beside ours, open and by name, removed unless it takes its place."""
        try:
            descriptor, name = mkstemp(dir=self._file.parent, prefix=".zalo-")
        except OSError as error:
            raise self._no_file() from error
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                yield file, Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    @staticmethod
    def _no_file() -> Stopped:
        return Stopped(gettext("The file with the access to Zalo cannot be read or written. (access_token_file)"))


def _usable(pair: dict, refused: str) -> str:
    """The access token of ``pair``, "" if it has none that is good for a while."""
    token, expires_at = pair.get("access_token"), pair.get("expires_at")
    if not isinstance(token, str) or token == refused:
        return ""
    # Without a date it is as somebody put it there: Zalo will say whether it is good.
    return token if not isinstance(expires_at, int | float) or time.time() < expires_at - _MARGIN else ""


def _code(answer: dict) -> int:
    """Zalo's error code, 0 for success."""
    try:
        return int(answer["error"])
    except (KeyError, TypeError, ValueError):
        return -100


def _seconds(value: object) -> int:
    """``expires_in``, which Zalo writes as a string."""
    return int(value) if str(value).isascii() and str(value).isdecimal() else _LIFETIME
