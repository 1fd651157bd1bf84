"""What gunicorn reads with ``--config python:conference.gunicorn_settings``: log as the site does, load it once.

Settings and sources are read before the workers start: a change of them needs a restart, a reload (HUP) is not enough.
"""

import os

from django.conf import settings
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conference.settings")

logconfig_dict = settings.LOGGING
# Before the worker processes are forked: they share its memory, and no visitor waits for it. See
# docs/adr/0039-processes-and-memory.md.
preload_app = True
# In place of gunicorn's own; --threads says how many requests each answers at once.
worker_class = "conference.web_worker.WebWorker"


def post_worker_init(worker: Worker) -> None:
    """Draw a page in the worker itself, before it answers anybody, in the thread that will answer the first visitor.

    What a page touches is copied from the first process's memory: for that a visitor would wait longer than for the
    page. The thread has its connection to the database, too, and that knows the page's statements.
    """
    from conference import rehearsal

    if settings.DEBUG:
        return
    # Threads let visitors in by turns: the first has drawn the page, and all have their connection to the database.
    # Workers of other kinds have but this one.
    if pool := getattr(worker, "tpool", None):
        pool.submit(rehearsal.draw_one_page, worker.wsgi).result()
        worker.prepare_thread = rehearsal.connect
    else:
        rehearsal.draw_one_page(worker.wsgi)


class logger_class(Logger):  # noqa: N801 (gunicorn's name for it)
    """gunicorn's own, but what a line about a request would say is gathered only if ``--access-logfile`` asks for it.

    With a ``logconfig_dict`` gunicorn takes it for wanted: 0.05 ms of processor for each request, and no line.
    """

    @property
    def access_log_enabled(self) -> bool:
        return bool(self.cfg.accesslog)
