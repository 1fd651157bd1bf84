"""Mails and SMS about accounts: codes, links for a new password, what has changed. All of them go by the outbox.

A code or link stands sealed in the waiting row (docs/adr/0030-secrets-at-rest.md) and is blanked once it has left.
"""

import re
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from allauth.account import app_settings as account_settings
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User, display_name
from common import sealing
from common.text import without_accents
from outbox import queue
from outbox.models import Message
from outbox.nudge import nudge_on_commit
from outbox.send import Content

COMPOSER = "accounts"
SMS_CODE = "sign_in_code"
#: What they are about, by ``Message.kind``.
KINDS = {
    SMS_CODE: _("code to sign in"),
    "account_login_code": _("code to sign in"),
    "account_email_confirmation": _("code that proves an e-mail address"),
    "account_email_confirmation_signup": _("code that proves an e-mail address"),
    "account_password_reset_key": _("link for a new password"),
    "account_unknown_account": _("answer: no account has this address"),
    "account_account_already_exists": _("answer: an account has this address already"),
    "account_second_factor_reset": _("two-step verification reset"),
}
_PURPOSE = "account message"
# What a text holds in place of a secret; nothing that people type gets as far as that, see ``_seal``.
_SEALED = re.compile(r"⟦([\w=-]+)⟧")
# How long each mail is worth something, by the name of its template.
_CODE_BY_MAIL = timedelta(seconds=account_settings.EMAIL_VERIFICATION_BY_CODE_TIMEOUT)
_LIFETIMES = {
    "login_code": timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT),
    "email_confirmation": _CODE_BY_MAIL,
    "email_confirmation_signup": _CODE_BY_MAIL,
    "password_reset_key": timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
    # The answers to the same questions about an address that has no account, or has one already.
    "unknown_account": timedelta(hours=1),
    "account_already_exists": timedelta(hours=1),
}
_OTHER_LIFETIME = timedelta(days=3)
# Of these only the last one is of use.
_CODES = {"login_code", "email_confirmation", "email_confirmation_signup", SMS_CODE}


def send_code_by_sms(*, phone: str, code: str, now: datetime) -> None:
    """Send ``code`` to ``phone`` (E.164) at any hour; an earlier one that still waits is taken back."""
    lifetime = timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)
    text = gettext(
        "%(code)s is your sign-in code for Điểm Cầu. It works for %(minutes)d minutes. Give it to nobody."
    ) % {
        "code": code,
        "minutes": lifetime.total_seconds() // 60,
    }
    _post(
        kind=SMS_CODE,
        channel="sms",
        address=phone,
        text=_seal(without_accents(text), [code]),
        lifetime=lifetime,
        now=now,
    )


def send_mail(*, name: str, address: str, subject: str, text: str, hidden: Sequence[str] = (), now: datetime) -> None:
    """Send a mail to ``address`` before what can wait; of the waiting ones with a code, only the last leaves.

    Args:
        name: of allauth's template, such as "login_code".
        hidden: the parts of ``text`` (codes, links) that nobody may read in the database.
    """
    _post(
        kind=f"account_{name}"[:40],
        channel="email",
        address=address,
        subject=subject[:200],
        text=_seal(text, hidden),
        lifetime=_LIFETIMES.get(name, _OTHER_LIFETIME),
        now=now,
        replaces=name in _CODES,
    )


def send_second_factor_reset(*, user: User, now: datetime) -> None:
    """Tell ``user`` that their second factor is gone and how to set up a new one, in the site's own language."""
    with translation.override(settings.LANGUAGE_CODE):
        text = gettext(
            "Hello %(name)s,\n\n"
            "An administrator of Điểm Cầu has reset the two-step verification of your account. The authenticator app,"
            " the passkeys and the recovery codes that you had work no longer.\n\n"
            "Please sign in and set up a new second step:\n%(url)s\n\n"
            "If you did not ask for this, please tell the administrator at once."
        ) % {"name": display_name(user), "url": f"{settings.SITE_URL}{reverse('mfa_index')}"}
        send_mail(
            name="second_factor_reset",
            address=user.email or "",
            subject=gettext("Your two-step verification has been reset"),
            text=text,
            now=now,
        )


def persons_of(addresses: Iterable[str]) -> list[str]:
    """What the outbox calls whoever has one of these ``addresses``: by it their messages are found."""
    return [
        f"account/{fingerprint}"
        for address in addresses
        for fingerprint in sealing.fingerprints(address.lower(), _PURPOSE)
    ]


def compose(messages: list[Message]) -> dict[int, Content]:
    """The texts as they were written; the copy that is kept after sending does not show what was sealed.

    Raises:
        Unreadable: sealed with a key that the site no longer has.
    """
    return {message.pk: _content(message) for message in messages if message.text}


def _content(message: Message) -> Content:
    hidden = {sealed: sealing.unseal(sealed, _PURPOSE) for sealed in _SEALED.findall(message.text)}
    text = _SEALED.sub(lambda found: hidden[found[1]], message.text)
    return Content(subject=message.subject, text=text, secrets=tuple(hidden.values()))


def _seal(text: str, hidden: Iterable[str]) -> str:
    """``text`` with each of ``hidden`` sealed."""
    text = text.replace("⟦", "[").replace("⟧", "]")
    for secret in hidden:
        if secret:
            text = text.replace(secret, f"⟦{sealing.seal(secret, _PURPOSE)}⟧")
    return text


def _post(
    *,
    kind: str,
    channel: str,
    address: str,
    text: str,
    lifetime: timedelta,
    now: datetime,
    subject: str = "",
    replaces: bool = True,
) -> None:
    """Put one message into the outbox, urgent; with ``replaces`` earlier ones of its kind are withdrawn."""
    persons = persons_of([address])
    if replaces:
        queue.withdraw(person=persons, kinds=[kind])
    queue.post(
        [
            Message(
                key=f"{kind}/{secrets.token_hex(12)}/{channel}",
                channel=channel,
                address=address,
                language=(get_language() or settings.LANGUAGE_CODE).partition("-")[0],
                composer=COMPOSER,
                kind=kind,
                person=persons[0],
                subject=subject,
                text=text,
                any_hour=True,
                due_at=now,
                expires_at=now + lifetime,
                created_at=now,
            )
        ]
    )
    nudge_on_commit()
