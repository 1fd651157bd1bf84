"""Signing in as a person does: through the pages and the mails."""

import re

from django.core import mail
from django.test import Client

_CODE = re.compile(r"^\s*(?:.*:\s*)?([0-9A-Z]{3,4}-?[0-9A-Z]{2,4})\s*$", re.MULTILINE)


def code_in(text: str) -> str:
    """The code that stands on a line of its own in the mail ``text``."""
    found = _CODE.search(text)
    assert found, f"no code in:\n{text}"
    return found.group(1)


def sign_in_by_code(client: Client, email: str) -> None:
    """Ask for a code, read it in the mail, type it in."""
    mail.outbox.clear()
    asked = client.post("/accounts/login/code/", {"email": email})
    assert asked.status_code == 302, asked.context["form"].errors
    client.get(asked["Location"])
    confirmed = client.post(asked["Location"], {"code": code_in(mail.outbox[-1].body)})
    assert confirmed.status_code == 302, confirmed.context["form"].errors
