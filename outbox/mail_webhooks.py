"""The address at which the mail service in use reports bounces and deliveries."""

import logging
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.urls import URLPattern, path

logger = logging.getLogger(__name__)

_BACKENDS = "anymail.backends."


def addresses() -> list[URLPattern]:
    """Anymail's address for the reports of the service that EMAIL_BACKEND names; none without a WEBHOOK_SECRET.

    Anymail has an address for each service it knows. Those of the others would answer whoever calls them with a fault
    of ours, since their settings are missing, and nothing that they report could be about a mail of this site.
    """
    if not settings.ANYMAIL.get("WEBHOOK_SECRET") or not settings.EMAIL_BACKEND.startswith(_BACKENDS):
        return []
    service = settings.EMAIL_BACKEND.removeprefix(_BACKENDS).partition(".")[0]
    wanted = {f"{service}/tracking/", f"{service}/"}
    patterns = import_module("anymail.urls").urlpatterns
    return [path(str(p.pattern), _in_order(p.callback), name=p.name) for p in patterns if str(p.pattern) in wanted]


def _in_order(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """``view``, but 404 and a line in the log while a setting that it needs, such as a key, is missing."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except ImproperlyConfigured as missing:
            logger.error("the mail service cannot report: %s", missing)
            return HttpResponseNotFound()

    return answer
