"""Sessions in the database, from which nobody can take one over: docs/adr/0030-secrets-at-rest.md.

Named in ``SESSION_ENGINE``. A row stands under a hash of the key in the cookie, and its data are sealed.
"""

import logging
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, cast

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as UsualStore
from django.db.models import Q
from django.utils import timezone

from accounts.models import Session, User
from common import sealing

log = logging.getLogger("django.security.SuspiciousSession")

_PURPOSE = "session"
# Django's column is that wide; 160 bits are more than enough.
_HASH_LENGTH = 40


def row_of(session_key: str) -> str:
    """Under what the session of ``session_key`` stands in the table."""
    return sha256(session_key.encode()).hexdigest()[:_HASH_LENGTH]


def forget(*, phones: Iterable[str], emails: Iterable[str]) -> int:
    """Delete the sessions that name one of these addresses, unless it still opens an account; returns how many.

    ``phones`` are in E.164, ``emails`` in lower case.
    """
    phones, emails = set(phones), set(emails)
    for phone, email in User.objects.filter(Q(phone__in=phones) | Q(email__in=emails)).values_list("phone", "email"):
        phones.discard(phone.as_e164 if phone else "")
        emails.discard(email)
    hashes = [one for address in phones | emails for one in sealing.fingerprints(address, _PURPOSE)]
    return Session.objects.filter(address__in=hashes).delete()[0] if hashes else 0


def _address_in(data: object) -> str:
    """The first phone or e-mail address that ``data`` name, however deep: allauth notes what a code was sent to."""
    if isinstance(data, dict):
        for name in ("phone", "email"):
            if isinstance(data.get(name), str) and data[name]:
                return str(data[name])
        data = list(data.values())
    if isinstance(data, list):
        return next(filter(None, map(_address_in, data)), "")
    return ""


class SessionStore(UsualStore):
    """Django's sessions in the database, but for what a row shows to whoever reads the table."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def encode(self, session_dict: dict[str, Any]) -> str:
        return sealing.seal(self.serializer().dumps(session_dict).decode("latin-1"), _PURPOSE)

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        try:
            plain = sealing.unseal(session_data if isinstance(session_data, str) else session_data.decode(), _PURPOSE)
        except sealing.Unreadable:
            # Sealed with a key that is gone: whoever comes with this session signs in again.
            log.warning("a session cannot be read with the present key")
            return {}
        return cast(dict[str, Any], self.serializer().loads(plain.encode("latin-1")))

    def exists(self, session_key: str) -> bool:
        return super().exists(row_of(session_key))

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            Session.objects.filter(session_key=row_of(key)).delete()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = cast(Session, super().create_model_instance(data))
        row.session_key = row_of(row.session_key)
        if address := _address_in(data):
            row.address = sealing.fingerprint(address.lower(), _PURPOSE)
        return row

    def _get_session_from_db(self) -> Session | None:
        row = Session.objects.filter(session_key=row_of(self.session_key or ""), expire_date__gt=timezone.now()).first()
        if row is None:
            self._session_key = None
        return row

    # By the methods above: Django's own of these names would store the key.
    aload = SessionBase.aload
    aexists = SessionBase.aexists
    acreate = SessionBase.acreate
    asave = SessionBase.asave
    adelete = SessionBase.adelete
