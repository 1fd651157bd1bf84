"""The address of an SMPP gateway, as the setting has it."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from outbox.channels import sms_parts

_PORT = 2775
_MESSAGES_A_SECOND = 10.0
_PARAMETERS = {"sender", "rate", "system_type", "ssl", "ids", "alphabet"}


@dataclass(frozen=True)
class Address:
    """``smpp://system_id:password@host:port/?sender=…`` taken apart; ``rate`` in parts a second."""

    host: str
    port: int
    system_id: str
    password: str
    sender: str
    system_type: str
    rate: float
    is_tls: bool
    has_hexadecimal_ids: bool
    alphabet: str


def read(url: str) -> Address:
    """Take the address of a gateway apart.

    Raises:
        ValueError: something is missing, unknown or too long; the text says what, and shows no secret.
    """
    parts = urlsplit(url)
    try:
        host, port = parts.hostname, parts.port or _PORT
    except ValueError:
        # Its own words would show a part of the password.
        raise ValueError("the port in the SMPP address is no number; is the password percent-encoded?") from None
    if parts.scheme != "smpp" or not host:
        raise ValueError("an SMPP address is smpp://system_id:password@host:2775/?sender=NAME; the host is missing")
    options = _options(parts.query)
    address = Address(
        host=host,
        port=port,
        system_id=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        sender=options["sender"],
        system_type=options.get("system_type", ""),
        rate=_rate(options),
        is_tls=options.get("ssl") == "1",
        has_hexadecimal_ids=options.get("ids") == "hex",
        alphabet=options.get("alphabet", sms_parts.GSM),
    )
    _check_lengths(address)
    return address


def _options(query: str) -> dict[str, str]:
    options = dict(parse_qsl(query))
    if not options.get("sender"):
        raise ValueError("the SMPP address lacks ?sender=, the brandname or number that messages come from")
    if unknown := sorted(options.keys() - _PARAMETERS):
        raise ValueError(f"the SMPP address has unknown parameters: {', '.join(unknown)}")
    if options.get("ids", "hex") != "hex" or options.get("ssl", "0") not in ("0", "1"):
        raise ValueError("in the SMPP address, ids= can only be hex, and ssl= 0 or 1")
    if options.get("alphabet", sms_parts.GSM) not in sms_parts.ALPHABETS:
        raise ValueError(f"alphabet= in the SMPP address is one of {', '.join(sms_parts.ALPHABETS)}")
    return options


def _rate(options: dict[str, str]) -> float:
    """Parts a second."""
    try:
        rate = float(options.get("rate", _MESSAGES_A_SECOND))
    except ValueError:
        rate = 0.0
    if not 0 < rate < float("inf"):
        raise ValueError("rate= in the SMPP address is not a number of messages a second")
    return rate


def _check_lengths(address: Address) -> None:
    """SMPP 3.4, sections 4.1.1 and 4.4.1. The library would cut silently."""
    for name, value, most in (
        ("system_id", address.system_id, 15),
        ("password", address.password, 8),
        ("system_type", address.system_type, 12),
        # A name has 11 (TS 23.040 section 9.1.2.5).
        ("sender", address.sender, 20 if address.sender.lstrip("+").isdecimal() else 11),
    ):
        if len(value) > most or not value.isascii():
            raise ValueError(f"{name} in the SMPP address has at most {most} characters, all of them ASCII")
