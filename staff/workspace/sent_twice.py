"""A form for a new row that is sent twice, by a double click or from a page that was gone back to, makes one row.

Two reminders that say the same would reach everybody twice.
"""

from hashlib import sha256
from typing import Any, NamedTuple

from django.core.cache import cache
from django.db.models import Model
from django.http import HttpRequest

from accounts.models import User
from accounts.signed_in import user_of

#: Seconds for which the same, sent by the same user to the same address, is taken for the same press.
_SAME_PRESS = 300


class Stored(NamedTuple):
    """What the first press has stored, and where it led."""

    pk: int
    address: str


def stored_before(request: HttpRequest, model: type[Model]) -> Stored | None:
    """What the same press has stored already, unless it is gone again.

    In a transaction: a second press waits until the first is over.
    """
    User.objects.select_for_update(no_key=True).filter(pk=user_of(request).pk).values_list("pk").first()
    found: Any = cache.get(_key(request))
    stored = Stored(*found) if found else None
    return stored if stored and model._base_manager.filter(pk=stored.pk).exists() else None


def note_stored(request: HttpRequest, row: Model, address: str) -> None:
    """Note that ``request`` has stored the new ``row`` and leads to ``address``."""
    cache.set(_key(request), (row.pk, address), timeout=_SAME_PRESS)


def _key(request: HttpRequest) -> str:
    sent = sorted((name, values) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken")
    return f"sent/{sha256(repr((user_of(request).pk, request.path, sent)).encode()).hexdigest()}"
