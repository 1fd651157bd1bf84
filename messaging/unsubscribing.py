"""The link below an announcement by which a person gets no more of them (RFC 2369, RFC 8058).

It stops announcements of one conference to one delegate, over every channel. Their personal link stays, and so do
reminders and news of changes: without those they would stand before a closed door. docs/adr/0028-what-mails-carry.md
"""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.http import base36_to_int, int_to_base36

from messaging import message_kinds
from messaging.models import Unsubscription
from outbox import queue
from registrations.models import Delegate
from registrations.tokens import address, signature


def url_of(delegate: Delegate) -> str:
    """The link of ``delegate``, as it stands in messages; it stays valid when their personal link is renewed."""
    # The delegate of an example has no number.
    return f"{settings.SITE_URL}{address('announcements:stop', _seal(int_to_base36(delegate.pk or 0)))}"


def delegate_of(sealed: str) -> Delegate | None:
    """The delegate whose link ends with ``sealed``, with their registration and conference; None: it is nobody's."""
    number = sealed.partition("-")[0]
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not any(constant_time_compare(sealed, _seal(number, secret)) for secret in secrets):
        return None
    return Delegate.objects.select_related("registration__conference").filter(pk=base36_to_int(number)).first()


def _seal(number: str, secret: str | None = None) -> str:
    return f"{number}-{signature('stop', number, secret)}"


@transaction.atomic
def stop(*, delegate: Delegate, now: datetime) -> None:
    """Let ``delegate`` get no more announcements; what waits for them is withdrawn. Twice is once."""
    Unsubscription.objects.get_or_create(delegate=delegate, defaults={"since": now})
    queue.withdraw(person=[delegate.person], kinds=[message_kinds.ANNOUNCEMENT])


def resume(*, delegate: Delegate) -> None:
    """Let ``delegate`` get announcements again, those to come."""
    Unsubscription.objects.filter(delegate=delegate).delete()
