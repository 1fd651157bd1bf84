"""Codes by SMS: put into the outbox, and blanked there once they have left."""

import re
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import get_language, gettext

from accounts.models import User
from common.text import without_accents
from outbox import queue
from outbox.models import Message
from outbox.nudge import nudge_on_commit
from outbox.refs import Ref
from outbox.send import Content

COMPOSER = "accounts"
KIND = "sign_in_code"
_CODE = re.compile(r"\b[0-9]{6,}\b")


def send(*, user: User, phone: str, code: str, now: datetime) -> None:
    """Send ``code`` to ``phone`` (E.164) at any hour; an earlier one that still waits is taken back."""
    lifetime = timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)
    text = gettext(
        "%(code)s is your sign-in code for Điểm Cầu. It works for %(minutes)d minutes. Give it to nobody."
    ) % {
        "code": code,
        "minutes": lifetime.total_seconds() // 60,
    }
    person = str(Ref("user", user.pk))
    queue.withdraw(person=[person])
    queue.post(
        [
            Message(
                key=f"{KIND}/{user.pk}/{secrets.token_hex(8)}",
                channel="sms",
                address=phone,
                language=(get_language() or settings.LANGUAGE_CODE).partition("-")[0],
                composer=COMPOSER,
                kind=KIND,
                person=person,
                text=without_accents(text),
                any_hour=True,
                due_at=now,
                expires_at=now + lifetime,
                created_at=now,
            )
        ]
    )
    nudge_on_commit()


def compose(messages: list[Message]) -> dict[int, Content]:
    """The texts as ``send`` wrote them; the copy that is kept after sending does not show the code."""
    return {m.pk: Content(text=m.text, secrets=tuple(_CODE.findall(m.text))) for m in messages if m.text}
