"""Personal links: 128 bits derived with a keyed hash, so that no database dump holds a usable one.

The database keeps only the SHA-256 of a token, to find its row. A new version kills the old link; ``SECRET_KEY`` may be
rotated through ``SECRET_KEY_FALLBACKS`` without killing any.

Tokens are letters and digits only: an SMS centre that takes our alphabet for another one writes ``_`` as something
else, and ``-`` ends a word where people select a link. Those made before, in the alphabet of base64, stay valid.
"""

import hmac
import string
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from typing import Any, Self, TypeVar

from django.conf import settings
from django.db import models
from django.urls import get_script_prefix, reverse
from django.utils.translation import gettext_lazy as _

TOKEN_BYTES = 16
#: Letters of a token: as many digits of base 62 as 128 bits take.
TOKEN_LENGTH = 22
_LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase
# Two letters at a time: half as many divisions.
_PAIRS = [first + second for first in _LETTERS for second in _LETTERS]


def derive(purpose: str, uid: uuid.UUID, version: int, secret: str | None = None) -> str:
    """The 22-letter token of ``uid`` at ``version``; ``secret`` defaults to ``SECRET_KEY``."""
    return signature(purpose, _versioned(uid, version), secret)


def derive_all(purpose: str, uid: uuid.UUID, version: int) -> Iterator[str]:
    """Every token that ``uid`` may have at ``version``: the one of now first, then those of earlier keys and forms."""
    return signatures(purpose, _versioned(uid, version))


def signature(purpose: str, value: str, secret: str | None = None) -> str:
    """22 letters and digits that only ``secret`` (``SECRET_KEY``) makes of ``value``."""
    return _base62(_digest(purpose, value, secret))


def signatures(purpose: str, value: str) -> Iterator[str]:
    """Every signature of ``value`` that is good: by the key of now and by earlier ones, then in the earlier form."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    for secret in secrets:
        yield signature(purpose, value, secret)
    for secret in secrets:
        yield urlsafe_b64encode(_digest(purpose, value, secret)).rstrip(b"=").decode()


def _versioned(uid: uuid.UUID, version: int) -> str:
    return f"{uid.hex}/{version}"


def _digest(purpose: str, value: str, secret: str | None) -> bytes:
    key = _key(purpose, settings.SECRET_KEY if secret is None else secret)
    return hmac.digest(key, value.encode(), "sha256")[:TOKEN_BYTES]


@lru_cache
def _key(purpose: str, secret: str) -> bytes:
    """The key of ``salted_hmac`` in django.utils.crypto, made once."""
    return sha256(f"link/{purpose}{secret}".encode()).digest()


def _base62(octets: bytes) -> str:
    number, pairs = int.from_bytes(octets), []
    for _place in range(TOKEN_LENGTH // 2):
        number, pair = divmod(number, len(_PAIRS))
        pairs.append(_PAIRS[pair])
    return "".join(pairs)


def fingerprint(token: str) -> str:
    """What the database keeps of ``token``: 64 hexadecimal digits."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def address(view: str, token: str) -> str:
    """The path of the page ``view`` of ``token``. It stands in every message: looking it up once is enough."""
    return _address_of(view, get_script_prefix()).replace("TOKEN", token)


@lru_cache
def _address_of(view: str, prefix: str) -> str:
    return reverse(view, args=["TOKEN"])


_Row = TypeVar("_Row", bound=models.Model)


class LinkHolderQuerySet(models.QuerySet[_Row]):
    """Finds rows by their personal link."""

    def by_token(self, token: str) -> Self:
        """The row whose current token is ``token``: one or none."""
        return self.filter(token_hash=fingerprint(token))


class LinkHolder(models.Model):
    """A row with a personal link.

    Each of its models says in its constraints that ``token_hash`` is there once, and with it ``uid``, of which it is
    made: not by ``unique=True``, for which PostgreSQL would keep a second index that only LIKE uses.
    """

    #: Tokens of different purposes never coincide.
    LINK_PURPOSE = ""
    #: For common/lookups.py: a stored row has its token.
    INIT_IS_FOR_NEW_ROWS = True

    uid = models.UUIDField(default=uuid.uuid4, editable=False)
    token_version = models.PositiveIntegerField(_("version of the link"), default=1, editable=False)
    token_hash = models.CharField(max_length=64, editable=False)

    # As it was derived last: a page writes a dozen links with it.
    _token = ""

    class Meta:
        abstract = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.complete_new()

    def complete_new(self) -> None:
        """Give a new row its token; see common/new_rows.py."""
        # A row loaded without it keeps it where it is.
        if self.__dict__.get("token_hash") == "":
            self._make_token()

    @property
    def token(self) -> str:
        """The current token."""
        if fingerprint(self._token) != self.token_hash:
            self._token = self._derived()
        return self._token

    def was_found_by(self, token: str) -> None:
        """``token`` is what this row was looked up by: if it is the current one, it need not be derived again."""
        self._token = token

    def _derived(self) -> str:
        tokens = derive_all(self.LINK_PURPOSE, self.uid, self.token_version)
        first = next(tokens)
        if fingerprint(first) == self.token_hash:
            return first
        return next((token for token in tokens if fingerprint(token) == self.token_hash), first)

    def renew_token(self) -> None:
        """Kill the current link and make a new one; the caller saves."""
        self.token_version += 1
        self._make_token()

    def _make_token(self) -> None:
        self._token = derive(self.LINK_PURPOSE, self.uid, self.token_version)
        self.token_hash = fingerprint(self._token)
