"""What the first visitors of a process would wait for, done before the process answers anybody.

Python imports, and Django compiles, what is asked for when it is asked for: 0.4 seconds of a processor for the first
page. Done once before the web server forks its processes, nobody waits for it, and the processes share the memory that
it takes (docs/adr/0039-processes-and-memory.md).
"""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error, connection, connections
from django.dispatch import Signal
from django.http.request import validate_host
from django.template import Template, TemplateDoesNotExist, TemplateSyntaxError, engines
from django.template.base import Node
from django.template.loader import get_template
from django.urls import get_resolver, reverse
from django.utils import timezone, translation

from common.page_cache import shelf
from conference.models import Conference
from conference.postgresql.waiting import no_longer_than

#: Seconds that starting waits for one answer of the database, and begins to draw pages; without them the first visitors
#: wait a little longer.
_PATIENCE, _LONGEST = 1.0, 5.0
#: Of so many coming conferences the pages are drawn.
_CONFERENCES = 10
_Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: Sent by ``load_work``: rooms above have work of their own whose first doing would be waited for.
work_is_loaded = Signal()


def load_addresses() -> None:
    """Import the views of all addresses and of errors, and read the catalogue of every language."""
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            translation.gettext("Sign in")
            reverse("conference:home")
    for status in (400, 403, 404, 500):
        get_resolver().resolve_error_handler(status)


@cache
def load_work() -> None:
    """Load what a worker needs for its first tasks: the addresses, and what other rooms have to prepare. Once: looking
    again would copy what a fork shares with its parent."""
    load_addresses()
    work_is_loaded.send(sender=None)


def compile_templates() -> None:
    """Compile our own templates, which the process keeps from then on."""
    for folder in engines["django"].dirs:
        for file in Path(folder).rglob("*.html"):
            # Those of the demo need what is installed with DEMO=1 only.
            with suppress(TemplateDoesNotExist, TemplateSyntaxError):
                compiled: Any = get_template(file.relative_to(folder).as_posix())
                _forget_sources(compiled.template)


def _forget_sources(template: Template) -> None:
    """Have ``template`` keep what it draws only.

    Its text, and where in it each tag stood, are for Django's page of errors, which DEBUG alone shows: 3 MiB.
    """
    template.source = ""
    for node in template.nodelist.get_nodes_by_type(Node):
        node.token = None


def draw_pages(application: _Application) -> None:
    """Ask ``application`` for the pages that most people see first, and drop the answers.

    In every language the start page, signing in, and of the next conference its page and its form; in the site's
    language the pages of the conferences after it. They only read. A database that is away, or has no tables yet, is
    left alone; with a slow one only the first pages are drawn.

    No connection stays open: processes that fork later must not share one. And nobody is answered with these pages:
    they are over. A process that draws one anew and finds the same has it compressed already.
    """
    languages = [language for language, _name in settings.LANGUAGES]

    def pages() -> Iterator[tuple[str, str]]:
        slugs = _coming(_CONFERENCES)
        coming = [reverse("bridges:conference", args=[slug]) for slug in slugs]
        forms = [reverse("registrations:register", args=[slug]) for slug in slugs[:1]]
        first = [reverse("conference:home"), reverse("account_login"), *coming[:1], *forms]
        yield from product(first, languages)
        yield from product(coming[1:], [settings.LANGUAGE_CODE])

    try:
        _draw(application, pages)
    finally:
        connections.close_all()
        shelf.end()


def draw_one_page(application: _Application) -> None:
    """Ask for the page of the next conference, or the start page, in the site's language.

    Like a first visitor of this process: the page is kept, and this thread's connection stays open.
    """

    def pages() -> Iterator[tuple[str, str]]:
        coming = [reverse("bridges:conference", args=[slug]) for slug in _coming(1)]
        yield (coming or [reverse("conference:home")])[0], settings.LANGUAGE_CODE

    _draw(application, pages)


def connect() -> None:
    """Have this thread connect to the server of the database, if it is one, before its first visitor waits for that."""
    if connection.vendor != "postgresql":
        return
    try:
        with no_longer_than(_PATIENCE):
            connection.ensure_connection()
    except Error:
        connection.close()


def _draw(application: _Application, pages: Callable[[], Iterator[tuple[str, str]]]) -> None:
    """Ask for ``pages``, addresses with their languages, as long as there is time and a database."""
    if not validate_host(settings.SITE_DOMAIN, settings.ALLOWED_HOSTS):
        return
    until = time.monotonic() + _LONGEST
    try:
        with no_longer_than(_PATIENCE):
            for address, language in pages():
                if time.monotonic() >= until:
                    break
                _ask(application, address, language)
    except Error:
        connections.close_all()


def _coming(count: int) -> list[str]:
    """The addresses of the next conferences, at most so many."""
    coming = Conference.objects.published().upcoming(timezone.now())
    return list(coming.values_list("slug", flat=True)[:count])


def _ask(application: _Application, address: str, language: str) -> None:
    """Have ``application`` answer a GET of ``address`` in ``language``, as to somebody who has just chosen it."""
    environment = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": address,
        "QUERY_STRING": "",
        "SERVER_NAME": settings.SITE_DOMAIN,
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": settings.SITE_DOMAIN,
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_FORWARDED_FOR": "127.0.0.1",
        "HTTP_ACCEPT_ENCODING": "gzip, br",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if language != settings.LANGUAGE_CODE:
        environment["HTTP_COOKIE"] = f"{settings.LANGUAGE_COOKIE_NAME}={language}"
    answer = application(environment, lambda status, headers, exception=None: None)
    try:
        for _piece in answer:
            pass
    finally:
        if close := getattr(answer, "close", None):
            close()
