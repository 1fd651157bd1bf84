"""What the channels over HTTP share: their address, one session a batch, and what each fault means for a message."""

import ssl
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import requests
import urllib3.exceptions
from django.utils import timezone
from django.utils.translation import gettext

from outbox.channels.base import Channel, DeliveryError, Refused, Stopped, Unavailable, Uncertain, Unreachable

# Seconds to connect and between two bytes of the answer. A message takes three calls at most (Zalo, with a new token),
# which must fit into the time that the outbox keeps in reserve before its lease ends.
TIMEOUTS = (4, 10)
# The address or the keys in the settings are wrong: it would be the same for every message.
_MISPLACED = {301, 302, 303, 307, 308, 401, 403, 404, 405, 407, 410}
# A gateway in between had no answer from the machine behind it, which may have taken the message.
_ANSWER_LOST = {502, 504}
_LONGEST_PAUSE = 3600.0


@dataclass(frozen=True)
class Address:
    """A channel's address taken apart; ``endpoint`` is the provider's own, "https://host/path"."""

    endpoint: str
    user: str
    password: str
    options: Mapping[str, str]


def read_address(
    url: str, scheme: str, *, needed: Collection[str] = (), optional: Collection[str] = (), path: str = ""
) -> Address:
    """Take ``scheme://USER:PASSWORD@host/path?option=value`` apart; ``scheme+http://`` goes without TLS.

    Every part is percent-decoded. ``needed`` and ``optional`` name the options, ``path`` stands in where there is none.

    Raises:
        ValueError: something is missing or unknown; the text says what, and shows no secret.
    """
    parts = urlsplit(url)
    if parts.scheme not in (scheme, f"{scheme}+http"):
        raise ValueError(f"the address must begin with {scheme}://")
    endpoint = _endpoint(parts, path)
    if not parts.username or not parts.password:
        raise ValueError(f"the address must be {scheme}://USER:PASSWORD@host")
    return Address(
        endpoint=endpoint,
        user=unquote(parts.username),
        password=unquote(parts.password),
        options=_options(parts.query, needed, optional),
    )


def _endpoint(parts: SplitResult, path: str) -> str:
    """The provider's own address, "https://host:port/path"; ``path`` stands in where there is none.

    Raises:
        ValueError: the host is missing, or the port is no number.
    """
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        # urllib's own words would show what it took for the port: a part of the password.
        raise ValueError("the port is not a number; in passwords write / as %2F, @ as %40, # as %23") from None
    if not host:
        raise ValueError("the address names no host")
    protocol = "http" if parts.scheme.endswith("+http") else "https"
    # An IPv6 address stands in brackets.
    host = f"[{host}]" if ":" in host else host
    where = f"{host}:{port}" if port else host
    return f"{protocol}://{where}{parts.path if parts.path.strip('/') else path}"


def _options(query: str, needed: Collection[str], optional: Collection[str]) -> dict[str, str]:
    """The options in ``query``.

    Raises:
        ValueError: one is missing or unknown.
    """
    options = dict(parse_qsl(query, keep_blank_values=True))
    if missing := [name for name in needed if not options.get(name)]:
        raise ValueError(f"the address lacks {', '.join(missing)}")
    if unknown := sorted(set(options) - set(needed) - set(optional)):
        raise ValueError(f"the address has unknown options: {', '.join(unknown)}")
    return options


@dataclass(frozen=True)
class Fault:
    """What one of a provider's codes means; ``words`` are for the organiser, ``pause`` in seconds."""

    kind: type[DeliveryError]
    words: str
    bad_address: bool = False
    pause: float | None = None

    def error(self, provider: str, code: object) -> DeliveryError:
        """The exception to raise, with the provider's code in brackets."""
        words = f"{self.words} ({provider} {code})"
        if self.kind is Refused:
            return Refused(words, bad_address=self.bad_address)
        if self.kind is Unreachable:
            return Unreachable(words, pause=self.pause)
        return self.kind(words)


class HTTPChannel(Channel):
    """Calls that are answered with JSON.

    ``provider`` is its name as organisers know it. ``answer_keys``: an object with one of them is the provider's own
    answer, whatever HTTP status it comes with; the status says what is wrong where there is none.
    """

    provider = ""
    answer_keys: tuple[str, ...] = ()

    def __init__(self, url: str = "") -> None:
        super().__init__(url)
        self._session = requests.Session()

    def __exit__(self, *exception: object) -> None:
        self._session.close()

    def _post(self, url: str, **request: object) -> dict:
        """POST ``request`` (arguments of requests) to ``url``; returns the provider's own answer.

        Raises:
            Unreachable: nothing was sent, or the far side asks for a pause.
            Stopped: address or keys are not accepted.
            Unavailable: the far side is out of order; or the answer was lost and the channel is repeatable.
            Uncertain: the answer was lost and the channel is not repeatable.
        """
        try:
            response = self._session.post(url, timeout=TIMEOUTS, allow_redirects=False, **request)
        except requests.RequestException as error:
            fault = type(error).__name__
            if _may_have_been_sent(error):
                raise self._lost(fault) from error
            words = gettext("%(provider)s cannot be reached. (%(fault)s)") % {"provider": self.provider, "fault": fault}
            raise Unreachable(words) from error
        status, pause = response.status_code, _pause(response)
        if status == 429 or (status == 503 and pause):
            names = {"provider": self.provider, "status": status}
            raise Unreachable(gettext("%(provider)s asks us to wait. (HTTP %(status)s)") % names, pause=pause)
        if status < 500 and (answer := self._answer(response)) is not None:
            return answer
        raise self._status_fault(status)

    def _status_fault(self, status: int) -> DeliveryError:
        """What an HTTP ``status`` without an answer of the provider means."""
        names = {"provider": self.provider, "status": status}
        if status in _MISPLACED:
            words = gettext(
                "%(provider)s does not let us in: check the address and the keys of the channel. (HTTP %(status)s)"
            )
            return Stopped(words % names)
        if status < 300 or status in _ANSWER_LOST:
            return self._lost(f"HTTP {status}")
        return Unavailable(gettext("%(provider)s is out of order. (HTTP %(status)s)") % names)

    def _answer(self, response: requests.Response) -> dict | None:
        try:
            answer = response.json()
        except ValueError:
            return None
        return answer if isinstance(answer, dict) and any(key in answer for key in self.answer_keys) else None

    def _lost(self, fault: str) -> DeliveryError:
        """What to raise when the message may have been taken and nobody said so."""
        names = {"provider": self.provider, "fault": fault}
        if self.repeatable:
            return Unavailable(gettext("%(provider)s did not answer. (%(fault)s)") % names)
        return Uncertain(
            gettext("The answer of %(provider)s was lost: nobody knows whether the message arrives. (%(fault)s)")
            % names
        )


def _may_have_been_sent(error: requests.RequestException) -> bool:
    """Whether the request may have reached the far side before ``error``; False only where that is certain."""
    causes = list(_causes(error))
    if any(isinstance(cause, urllib3.exceptions.NewConnectionError) for cause in causes):
        return False
    if any(
        isinstance(cause, urllib3.exceptions.ConnectTimeoutError | urllib3.exceptions.ProxyError) for cause in causes
    ):
        return False
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        # Anything but a line cut short is a handshake that failed, before the request.
        return any(isinstance(cause, ssl.SSLEOFError) for cause in causes)
    # A URL or a header that cannot be sent is a ValueError, too.
    return not isinstance(error, ValueError)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """``error`` and what is behind it: requests and urllib3 wrap by cause, by context, by reason and by argument."""
    waiting, seen = [error], set()
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        behind = (current.__cause__, current.__context__, getattr(current, "reason", None), *current.args)
        waiting += [cause for cause in behind if isinstance(cause, BaseException)]


def _pause(response: requests.Response) -> float | None:
    """The seconds that Retry-After (RFC 9110, 10.2.3) asks for, an hour at most; None where it does not say."""
    value = response.headers.get("Retry-After", "").strip()
    seconds = None
    if value.isascii() and value.isdecimal():
        seconds = float(value)
    elif value:
        with suppress(ValueError):
            until = parsedate_to_datetime(value)
            seconds = (_with_zone(until) - timezone.now()).total_seconds()
    return min(seconds, _LONGEST_PAUSE) if seconds and seconds > 0 else None


def _with_zone(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
