"""The public pages of a conference."""

from datetime import timedelta

from django.conf import settings
from django.db import Error, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views import i18n
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from common.page_cache import kept_page
from conference.models import Conference
from conference.postgresql.waiting import Silence, all_within
from outbox import health, heartbeat, hold

#: Seconds that /healthz waits for the database, for all it asks: whoever asks must hear "ill" before they give up.
_TO_ANSWER = 2.0


@require_safe
@kept_page()
def home(request: HttpRequest) -> HttpResponse:
    """The next conferences and the archive."""
    now = timezone.now()
    published = Conference.objects.published()
    upcoming = list(published.upcoming(now)[:20])
    planned = [conference for conference in upcoming if not conference.cancelled_at]
    first = planned[0] if planned else None
    context = {
        "next": first,
        "is_running": first is not None and first.starts_at <= now,
        "others": planned[1:],
        "cancelled": [conference for conference in upcoming if conference.cancelled_at],
        "archive": list(published.archive(now)[:50]),
    }
    return render(request, "conference/home.html", context)


# Choosing a language for somebody does no harm, and without a token in its form a public page is the same for all.
set_language = csrf_exempt(i18n.set_language)


def _reason(error: Error) -> str:
    """What is wrong with the database, without the host and the user that a driver names."""
    if isinstance(error.__cause__, Silence):
        return "It does not answer."
    if isinstance(error, OperationalError | InterfaceError):
        return "It cannot be reached."
    return "It answers with an error."


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether database, outbox and beat are well, for monitoring: 200 or 503 and JSON, ages in seconds.

    The outbox is ill when something has been due, or tried in vain, for over five minutes; beat when it was not seen
    for one.
    """
    now = timezone.now()
    try:
        with all_within(_TO_ANSWER):
            channels = health.look(now)
            seen = heartbeat.last("beat")
            installation = hold.current()
    except Error as error:
        return JsonResponse({"ok": False, "database": False, "reason": _reason(error)}, status=503)
    beat_age = (now - seen).total_seconds() if seen else None
    ok = all(channel.is_well for channel in channels.values()) and beat_age is not None and beat_age < 60
    body = {
        "ok": ok,
        "database": True,
        "outbox_age_seconds": max((_seconds(channel.age) for channel in channels.values()), default=0),
        "beat_age_seconds": beat_age,
        "channels": {
            name: {"state": channel.state, "age_seconds": _seconds(channel.age)} for name, channel in channels.items()
        },
    }
    if installation and installation.held_since:
        body["held"] = True
    if settings.DEMO:
        body["demo"] = True
    return JsonResponse(body, status=200 if ok else 503)


def _seconds(age: timedelta) -> float:
    return round(age.total_seconds(), 1)
