"""Keeps personal data out of the logs."""

import logging
import re
from datetime import UTC, datetime
from typing import Any

from django.db import OperationalError as DatabaseError
from kombu.exceptions import OperationalError as BrokerError
from pythonjsonlogger.json import JsonFormatter

# Personal links are as good as a key, so their tokens count as personal data.
_PATTERNS = [
    (re.compile(r"/([a-z]|room|wall|slides|screen|desk/pair|hooks/zoom)/[\w-]{8,}"), r"/\1/…"),
    # What proves an address, and where gateways report: whoever knows it is believed.
    (re.compile(r"/(password/reset/key|confirm-email|callbacks/[\w-]+)/[\w:=-]{8,}"), r"/\1/…"),
    # Invitation and guest, as the form is opened with them.
    (re.compile(r"([?&][ig]=)[\w-]{8,}"), r"\1…"),
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)*"), "…@…"),
    (re.compile(r"(?<![\w.:-])(\+?84|0)([\s.-]?\d){9,10}(?!\d)"), "0…"),
]


def without_personal_data(text: str) -> str:
    """``text`` with personal links, e-mail addresses and phone numbers blanked."""
    for pattern, blank in _PATTERNS:
        text = pattern.sub(blank, text)
    return text


# What every record has, and the one extra that says nothing about a person.
_KNOWN = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName", "status_code"}


class WithoutPersonalData(logging.Filter):
    """Blanks personal data in the message and the traceback of each record, and drops what is attached to it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = without_personal_data(record.getMessage())
        record.args = ()
        # Django attaches the request and its user; a JSON formatter would print them.
        for attached in set(vars(record)) - _KNOWN:
            del record.__dict__[attached]
        if record.exc_info:
            # Kept as text only: formatters would draw the traceback again, with what the visitor typed.
            record.exc_text = without_personal_data(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True


class JSONLines(JsonFormatter):
    """One JSON object a line; the time in UTC with its offset, whatever the zone of the site or the machine."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 (logging's name)
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


class WithoutHealthChecks(logging.Filter):
    """Drops Django's line about a 503 of /healthz: whoever asked knows, and while a site starts it is usual."""

    def filter(self, record: logging.LogRecord) -> bool:
        return getattr(getattr(record, "request", None), "path", "") != "/healthz"


class OutagesInOneLine(logging.Filter):
    """Drops the traceback where a task of Celery could not reach database or broker: each tick would write one.

    Errors of PostgreSQL while it answers, and whatever else breaks, keep theirs.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("celery.") and record.exc_info and _is_outage(record.exc_info[1]):
            # Beat puts a stack into the message itself.
            record.msg = record.getMessage().partition("\n")[0]
            record.args = ()
            record.exc_info = record.exc_text = None
        return True


def _is_outage(error: BaseException | None) -> bool:
    if type(error).__name__ == "SchedulingError" and error is not None:
        # Beat's own, in place of what has happened.
        error = error.__context__
    if isinstance(error, DatabaseError):
        # psycopg2 has a code of what a server that answers says; 57P…: that it shuts down or starts up.
        code = getattr(error.__cause__, "pgcode", "")
        return code is None or code.startswith("57P")
    return isinstance(error, BrokerError)


def logging_settings(*, plain: bool, level: str) -> dict[str, Any]:
    """Django's ``LOGGING``: JSON unless ``plain``, from ``level`` upwards, never a personal datum."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "personal": {"()": "common.logs.WithoutPersonalData"},
            "health": {"()": "common.logs.WithoutHealthChecks"},
            "outages": {"()": "common.logs.OutagesInOneLine"},
        },
        "formatters": {
            "json": {
                "()": "common.logs.JSONLines",
                "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
            },
            "plain": {"format": "%(asctime)s %(levelname)-7s %(name)s: %(message)s", "datefmt": "%H:%M:%S"},
        },
        "handlers": {
            "stream": {
                "class": "logging.StreamHandler",
                "formatter": "plain" if plain else "json",
                "filters": ["outages", "personal"],
            }
        },
        "root": {"handlers": ["stream"], "level": level},
        "loggers": {
            "django": {"handlers": ["stream"], "level": "INFO", "propagate": False},
            "django.request": {"filters": ["health"]},
            "django.server": {"handlers": ["stream"], "level": "INFO", "propagate": False},
            # As conference/gunicorn_settings.py hands it on.
            "gunicorn.error": {"handlers": ["stream"], "level": level, "propagate": False},
        },
    }
