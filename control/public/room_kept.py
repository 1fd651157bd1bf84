"""What devices keep of the pages of rooms, so that these open without network: one page for all, and its worker.

Docs: docs/adr/0054-next-room-and-page-without-network.md.
"""

import json
from hashlib import sha256

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.http import require_safe

from control.doubts import words_of_script
from control.public.room import POLL_EVERY, states
from control.room_words import room_now

#: What the worker itself needs of the scripts of the page.
STORE = ("vendor/idb/idb.js", "js/room_store.js")
SCRIPTS = (*STORE, "js/room.js")
STYLES = ("vendor/bootstrap/bootstrap.min.css", "css/tokens.css", "css/site.css", "css/room.css")


@require_safe
@csp_update({"worker-src": ["'self'"]})
def page(request: HttpRequest) -> HttpResponse:
    """The same for every room and everybody: no link, no name, no number, nothing of who is signed in."""
    context = {
        "now": room_now(None, timezone.now()),
        "show": {"on": [], "next": []},
        "states": states(),
        "every": POLL_EVERY,
        "asks": words_of_script(),
        "styles": STYLES,
        "scripts": SCRIPTS,
    }
    response = render(request, "control/room_kept.html", context)
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker of the pages of rooms, which keeps that page and its files."""
    files = [static(name) for name in (*STYLES, *SCRIPTS)]
    context = {
        "files": json.dumps(files),
        "store": [static(name) for name in STORE],
        "version": sha256("\n".join(files).encode()).hexdigest()[:12],
    }
    response = render(request, "control/room_worker.js", context, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response
