"""What gunicorn reads with ``--config python:conference.gunicorn_settings``: it logs as the site does.

The settings are read before the workers start: a change of them needs a restart, a reload (HUP) is not enough.
"""

import os

from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conference.settings")

logconfig_dict = settings.LOGGING
