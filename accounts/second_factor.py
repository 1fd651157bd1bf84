"""The second factor of staff: its secrets sealed in the database, and reset when it is lost."""

import logging
from datetime import datetime
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.utils.translation import gettext

from accounts import messages
from accounts.models import User
from common import sealing

log = logging.getLogger(__name__)

PURPOSE = "second factor"
# Where the data of an authenticator hold something that must not be read.
_SECRETS = ("secret", "seed")


class MFAAdapter(DefaultMFAAdapter):
    """Seals what allauth stores of authenticator apps and recovery codes."""

    def encrypt(self, text: str) -> str:
        return sealing.seal(text, PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return sealing.unseal(encrypted_text, PURPOSE)
        except sealing.Unreadable:
            # Sealed with a key that is gone: a superuser has to reset it. An empty secret would have codes that
            # anybody can compute, so one that nobody knows stands in.
            log.error("a second factor cannot be read with the present key")
            return str(generate_totp_secret())


def reset(*, user: User, by: User | None, now: datetime) -> int:
    """Delete all second factors of ``user``, note it in their history and tell them; returns how many there were.

    ``by`` is the superuser who does it, None at the command line. With none there, nothing is noted and nobody told.
    """
    with transaction.atomic():
        found = Authenticator.objects.filter(user=user)
        count = len(found)
        if not count:
            return 0
        found.delete()
        if by:
            words = gettext("Two-step verification reset.")
        else:
            words = gettext("Two-step verification reset on the server (manage.py reset_second_factor).")
        # A row of the log needs somebody who did it: where nobody is signed in, the person whom it is about.
        LogEntry.objects.log_actions((by or user).pk, [user], CHANGE, change_message=words, single_object=True)
        if user.email:
            messages.send_second_factor_reset(user=user, now=now)
    log.warning("the second factor of user %s was reset by %s", user.pk, f"user {by.pk}" if by else "a command")
    return count


def seal_anew() -> int:
    """Seal with the present key what an earlier one sealed, so that the earlier one can go; returns how many rows."""
    changed = 0
    for row in Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN):
        with transaction.atomic():
            changed += _seal_row_anew(row.pk)
    return changed


def _seal_row_anew(number: int) -> bool:
    row = Authenticator.objects.select_for_update().filter(pk=number).first()
    data: dict[str, Any] = dict(row.data) if row else {}
    old = [name for name in _SECRETS if name in data and not sealing.is_sealed_with_present_key(data[name], PURPOSE)]
    for name in old:
        try:
            data[name] = sealing.seal(sealing.unseal(data[name], PURPOSE), PURPOSE)
        except sealing.Unreadable:
            return False
    if row and old:
        Authenticator.objects.filter(pk=row.pk).update(data=data)
    return bool(old)
