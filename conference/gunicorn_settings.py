"""What gunicorn reads with ``--config python:conference.gunicorn_settings``: log as the site does, load it once.

Settings and sources are read before the workers start: a change of them needs a restart, a reload (HUP) is not enough.
"""

import os

from django.conf import settings
from gunicorn.glogging import Logger

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conference.settings")

logconfig_dict = settings.LOGGING
# Before the worker processes are forked: they share its memory, and no visitor waits for it. See
# docs/adr/0039-processes-and-memory.md.
preload_app = True


class logger_class(Logger):  # noqa: N801 (gunicorn's name for it)
    """gunicorn's logger without a line for each request: nobody reads one, and to gather what it says takes 0.1 ms."""

    access_log_enabled = False
