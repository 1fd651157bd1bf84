"""Secrets in the database, readable with the site's key only (docs/adr/0030-secrets-at-rest.md)."""

from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac


class Unreadable(Exception):
    """What was sealed was sealed with another key or for another purpose, or has been changed since."""


def seal(text: str, purpose: str) -> str:
    """``text`` encrypted for ``purpose``: letters, digits, ``-``, ``_`` and ``=``, another each time."""
    return _box(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, purpose: str) -> str:
    """What ``seal`` was given; also what an earlier key sealed, one of ``SECRET_KEY_FALLBACKS``.

    Raises:
        Unreadable: it is nothing that this site sealed for ``purpose``.
    """
    try:
        return _box(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unreadable(purpose) from error


def is_sealed_with_present_key(sealed: str, purpose: str) -> bool:
    """Whether ``sealed`` can be read without ``SECRET_KEY_FALLBACKS``."""
    try:
        _fernet(settings.SECRET_KEY, purpose).decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True


def fingerprint(value: str, purpose: str) -> str:
    """By what ``value`` is found again where it must not stand itself: 32 hexadecimal digits of a keyed hash."""
    return _keyed(settings.SECRET_KEY, purpose, value)


def fingerprints(value: str, purpose: str) -> list[str]:
    """``fingerprint`` with the present key and with each earlier one."""
    return [_keyed(key, purpose, value) for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]]


def _keyed(key: str, purpose: str, value: str) -> str:
    return salted_hmac(f"fingerprint.{purpose}", value, secret=key, algorithm="sha256").hexdigest()[:32]


def _box(purpose: str) -> MultiFernet:
    return MultiFernet([_fernet(key, purpose) for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]])


@lru_cache(maxsize=64)
def _fernet(key: str, purpose: str) -> Fernet:
    """The cipher of ``purpose`` under the site's key ``key``."""
    derived = salted_hmac(f"sealing.{purpose}", "", secret=key, algorithm="sha256").digest()
    return Fernet(urlsafe_b64encode(derived))
