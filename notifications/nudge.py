"""Telling Celery that something is due, without ever depending on it."""

import logging
import time

from django.db import transaction

log = logging.getLogger(__name__)

# Beat looks every few seconds anyway: more nudges than this would only cost worker time.
_AT_MOST_EVERY = 1.0
_AFTER_FAILURE = 30.0
_quiet_until = 0.0


def nudge_on_commit() -> None:
    """After the current transaction, ask a worker to deliver now.

    A broker that does not answer costs one short time-out, then this process stays quiet for half a minute.
    """
    transaction.on_commit(_nudge, robust=True)


def _nudge() -> None:
    global _quiet_until
    moment = time.monotonic()
    if moment < _quiet_until:
        return
    _quiet_until = moment + _AT_MOST_EVERY
    from notifications.tasks import deliver_due

    try:
        deliver_due.apply_async(retry=False, expires=60)
    except Exception as error:  # whatever the broker's library raises
        _quiet_until = time.monotonic() + _AFTER_FAILURE
        log.warning("the broker does not answer (%s); messages leave with the next beat", type(error).__name__)
