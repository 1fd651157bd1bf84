"""Personal links: 128 bits derived with a keyed hash, so that no database dump holds a usable one.

The database keeps only the SHA-256 of a token, to find its row. A new version kills the old link; ``SECRET_KEY`` may be
rotated through ``SECRET_KEY_FALLBACKS`` without killing any.
"""

import uuid
from base64 import urlsafe_b64encode
from functools import lru_cache
from hashlib import sha256
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.urls import get_script_prefix, reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

TOKEN_BYTES = 16


def derive(purpose: str, uid: uuid.UUID, version: int, secret: str | None = None) -> str:
    """The 22-character token of ``uid`` at ``version``; ``secret`` defaults to ``SECRET_KEY``."""
    return signature(purpose, f"{uid.hex}/{version}", secret)


def signature(purpose: str, value: str, secret: str | None = None) -> str:
    """22 characters that only ``secret`` (``SECRET_KEY``) makes of ``value``."""
    digest = salted_hmac(f"link/{purpose}", value, secret=secret, algorithm="sha256").digest()
    return urlsafe_b64encode(digest[:TOKEN_BYTES]).rstrip(b"=").decode()


def fingerprint(token: str) -> str:
    """What the database keeps of ``token``: 64 hexadecimal digits."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def address(view: str, token: str) -> str:
    """The path of the page ``view`` of ``token``. It stands in every message: looking it up once is enough."""
    return _address_of(view, get_script_prefix()).replace("TOKEN", token)


@lru_cache
def _address_of(view: str, prefix: str) -> str:
    return reverse(view, args=["TOKEN"])


class LinkHolderQuerySet(models.QuerySet):
    """Finds rows by their personal link."""

    def by_token(self, token: str) -> Self:
        """The row whose current token is ``token``: one or none."""
        return self.filter(token_hash=fingerprint(token))


class LinkHolder(models.Model):
    """A row with a personal link."""

    #: Tokens of different purposes never coincide.
    LINK_PURPOSE = ""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    token_version = models.PositiveIntegerField(_("version of the link"), default=1, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)

    class Meta:
        abstract = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A row loaded without it keeps it where it is.
        if self.__dict__.get("token_hash") == "":
            self.token_hash = fingerprint(derive(self.LINK_PURPOSE, self.uid, self.token_version))

    @property
    def token(self) -> str:
        """The current token."""
        secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        tokens = [derive(self.LINK_PURPOSE, self.uid, self.token_version, secret) for secret in secrets]
        return next((t for t in tokens if fingerprint(t) == self.token_hash), tokens[0])

    def renew_token(self) -> None:
        """Kill the current link and make a new one; the caller saves."""
        self.token_version += 1
        self.token_hash = fingerprint(derive(self.LINK_PURPOSE, self.uid, self.token_version))
