"""What gunicorn reads with ``--config python:conference.gunicorn_settings``: log as the site does, load it once.

Settings and sources are read before the workers start: a change of them needs a restart, a reload (HUP) is not enough.
"""

import os

from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conference.settings")

logconfig_dict = settings.LOGGING
# Before the worker processes are forked: they share its memory, and no visitor waits for it. See
# docs/adr/0039-processes-and-memory.md.
preload_app = True
