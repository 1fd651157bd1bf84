"""Form tokens as Django makes them, with one call of the system where it makes one for each character.

Every form page has a token of its own: a mask of 32 random characters, and the secret of the visitor's cookie under it.
``django.middleware.csrf`` checks them, and makes all others; what is random here comes from the same source.
"""

import os

from django.http import HttpRequest
from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH

_CHARACTERS = CSRF_ALLOWED_CHARS.encode()
_MANY = len(_CHARACTERS)
# A random octet as a character: those above the last full turn of the alphabet are left out, so that each character is
# as likely as the others.
_OF_OCTET = bytes(_CHARACTERS[octet % _MANY] for octet in range(256))
_LEFT_OUT = bytes(range(256 - 256 % _MANY, 256))
_PLACE = bytes(max(_CHARACTERS.find(octet), 0) for octet in range(256))
_TWICE = CSRF_ALLOWED_CHARS * 2


def get_token(request: HttpRequest) -> str:
    """A token for a form that ``request`` is answered with; as ``django.middleware.csrf.get_token``.

    Its secret is that of the visitor's cookie, or a new one, which the middleware then gives them.
    """
    if "CSRF_COOKIE" not in request.META:
        request.META["CSRF_COOKIE"] = random_text()
    request.META["CSRF_COOKIE_NEEDS_UPDATE"] = True
    return _masked(request.META["CSRF_COOKIE"], random_text())


def random_text() -> str:
    """So many random characters as a secret has."""
    found = b""
    while len(found) < CSRF_SECRET_LENGTH:
        # Twice as many octets as are wanted, of which 1 in 32 is left out: hardly ever too few.
        found += os.urandom(2 * CSRF_SECRET_LENGTH).translate(_OF_OCTET, _LEFT_OUT)
    return found[:CSRF_SECRET_LENGTH].decode()


def _masked(secret: str, mask: str) -> str:
    """``mask``, and ``secret`` under it: the places of both in the alphabet added up."""
    places = zip(secret.encode().translate(_PLACE), mask.encode().translate(_PLACE), strict=True)
    return mask + "".join([_TWICE[one + other] for one, other in places])
