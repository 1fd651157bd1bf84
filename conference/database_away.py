"""The page for a database that goes away while somebody asks for something (docs/adr/0032-proxies-and-time-outs.md)."""

import sys

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.defaults import server_error as usual_page

#: Seconds after which trying again makes sense: a database that is restarted is back by then.
RETRY_AFTER = 30
#: Sending this form twice makes one registration, so its reader may do it without a thought.
_SENT_AGAIN_SAFELY = "registrations:register"
# What SQLite says while somebody else writes, and when the disk is full; its other errors are faults of ours.
_BUSY = ("locked", "busy", "full")


def server_error(request: HttpRequest) -> HttpResponse:
    """The page for an exception that nobody caught: 503 if the database went away, else 500."""
    return page(request) if is_away(sys.exc_info()[1]) else usual_page(request)


def is_away(error: BaseException | None) -> bool:
    """Whether ``error`` says that the database does not answer, and not that a statement is wrong."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    return connection.vendor == "postgresql" or any(word in str(error) for word in _BUSY)


def page(request: HttpRequest) -> HttpResponse:
    """What is stored and what is not, and when to try again; draws on nothing but ``request``.

    Whoever was registering gets a button that sends the same form once more.
    """
    is_sent = request.method == "POST"
    context = {
        "is_sent": is_sent,
        "fields": _fields(request) if is_sent else [],
        "address": request.get_full_path(),
    }
    response = render(request, "503.html", context, status=503)
    response["Retry-After"] = str(RETRY_AFTER)
    response["Cache-Control"] = "no-store"
    return response


def _fields(request: HttpRequest) -> list[tuple[str, str]]:
    """Name and value of each field of the form that may be sent again; none for any other."""
    match = request.resolver_match
    if match is None or match.view_name != _SENT_AGAIN_SAFELY:
        return []
    return [(name, str(value)) for name, values in request.POST.lists() for value in values]
