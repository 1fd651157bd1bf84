"""What tells a form that was sent before from a new one."""

import hashlib
import json
from typing import Any, Protocol

from django.http import HttpRequest
from phonenumber_field.phonenumber import PhoneNumber

from common.phones import e164_of


class SentForm(Protocol):
    """A form that makes a registration."""

    is_bound: bool

    def is_valid(self) -> bool: ...

    def content(self) -> list[Any]: ...


def submission_key(request: HttpRequest, form: SentForm) -> str | None:
    """The same for the same content from the same browser; None while ``form`` is not sent or not valid.

    The browser is known by the secret of its CSRF cookie, without which it cannot send a form. So a double press, a
    reload, and going back and sending again are one registration, and who changes the form means a second one.
    """
    browser = request.META.get("CSRF_COOKIE")
    if not browser or not form.is_bound or not form.is_valid():
        return None
    content = [browser, *(_as_text(value) for value in form.content())]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _as_text(value: Any) -> str:
    return e164_of(value) if isinstance(value, PhoneNumber) else str(value or "")
