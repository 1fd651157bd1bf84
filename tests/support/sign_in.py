"""Signing in as a person does: through the pages and the mails."""

import re

from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone

from outbox import queue

_CODE = re.compile(r"^\s*(?:.*:\s*)?([0-9A-Z]{3,4}-?[0-9A-Z]{2,4})\s*$", re.MULTILINE)


def code_in(text: str) -> str:
    """The code that stands on a line of its own in the mail ``text``."""
    found = _CODE.search(text)
    assert found, f"no code in:\n{text}"
    return found.group(1)


def mails_delivered() -> list[EmailMessage]:
    """All mails that have left, those that are due now among them: a worker has looked at the outbox."""
    queue.deliver(clock=timezone.now, channels=["email"])
    return mail.outbox


def sign_in_by_code(client: Client, email: str) -> None:
    """Ask for a code, read it in the mail, type it in."""
    mail.outbox.clear()
    asked = client.post("/accounts/login/code/", {"email": email})
    assert asked.status_code == 302, asked.context["form"].errors
    client.get(asked["Location"])
    # What is urgent leaves first; other mails may have been due as well.
    letter = next(letter for letter in mails_delivered() if letter.to == [email])
    confirmed = client.post(asked["Location"], {"code": code_in(letter.body)})
    assert confirmed.status_code == 302, confirmed.context["form"].errors
