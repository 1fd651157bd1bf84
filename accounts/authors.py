"""Who the histories name as the author of a change that no request makes."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

from simple_history.models import HistoricalRecords

from accounts.models import User


@contextmanager
def changes_by(user: User | None) -> Iterator[None]:
    """What is saved within is noted as changed by ``user``: a worker does what somebody has asked for on a page."""
    context = HistoricalRecords.context
    was_set, before = hasattr(context, "request"), getattr(context, "request", None)
    context.request = SimpleNamespace(user=user) if user is not None else None
    try:
        yield
    finally:
        if was_set:
            context.request = before
        else:
            del context.request
