"""What Celery logs while the database or the broker is away: one line a tick; what else breaks keeps its traceback."""

import io
import json
import logging

import psycopg2
import pytest
from celery.beat import SchedulingError
from django.conf import settings
from django.db import OperationalError
from kombu.exceptions import OperationalError as BrokerError

from common.logs import JSONLines, OutagesInOneLine, WithoutPersonalData
from conference.postgresql.waiting import Silence


@pytest.fixture
def written():
    """A logger's line as the site writes it, by the name of the logger and what was raised."""

    def write(name: str, error: Exception, message: str = "a task raised unexpected: %r") -> dict:
        handler = logging.StreamHandler(io.StringIO())
        handler.addFilter(OutagesInOneLine())
        handler.addFilter(WithoutPersonalData())
        handler.setFormatter(JSONLines(settings.LOGGING["formatters"]["json"]["format"]))
        handler.handle(logging.LogRecord(name, logging.ERROR, __file__, 1, message, (error,), _info(error)))
        (line,) = handler.stream.getvalue().splitlines()
        return json.loads(line)

    return write


def _info(error: Exception) -> tuple:
    try:
        raise error
    except type(error) as raised:
        return type(raised), raised, raised.__traceback__


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


class ServerSays(psycopg2.OperationalError):
    """An error with a code of the server; psycopg2 lets nobody else set it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def pgcode(self) -> str:
        return self.code


def unscheduled(cause: Exception) -> SchedulingError:
    """As beat raises it: with ``cause`` as what was handled."""
    error = SchedulingError(f"Couldn't apply scheduled task deliver: {cause}")
    error.__context__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        caused(OperationalError("does not answer"), Silence("does not answer")),
        caused(OperationalError("refused"), psycopg2.OperationalError("refused")),
        caused(OperationalError("shutting down"), ServerSays("57P01")),
        BrokerError("Error 111 connecting"),
    ],
)
def test_a_task_without_database_or_broker_writes_its_line_and_no_traceback(written, error):
    line = written("celery.app.trace", error)
    assert line["message"].startswith("a task raised unexpected: ")
    assert "exc_info" not in line


def test_beat_without_its_broker_writes_its_line_and_no_stack(written):
    line = written("celery.beat", unscheduled(BrokerError("Error 111")), "Message Error: %s\n['  File …']")
    assert line["message"] == "Message Error: Couldn't apply scheduled task deliver: Error 111"
    assert "exc_info" not in line


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("celery.app.trace", ZeroDivisionError()),
        # A deadlock, and a statement that took too long: the database answers.
        ("celery.app.trace", caused(OperationalError("deadlock"), ServerSays("40P01"))),
        ("celery.app.trace", caused(OperationalError("statement timeout"), ServerSays("57014"))),
        ("celery.app.trace", OperationalError("no such column")),
        ("celery.beat", unscheduled(ZeroDivisionError())),
        ("django.request", caused(OperationalError("does not answer"), Silence("does not answer"))),
    ],
)
def test_whatever_else_breaks_keeps_its_traceback(written, name, error):
    assert "Traceback" in written(name, error)["exc_info"]


def test_the_site_logs_so():
    assert settings.LOGGING["handlers"]["stream"]["filters"] == ["outages", "personal"]
    assert settings.LOGGING["filters"]["outages"] == {"()": "common.logs.OutagesInOneLine"}
