"""The WSGI entry point: ``gunicorn conference.wsgi``."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from common.process import settle
from conference.postgresql.waiting import limit_waiting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conference.settings")

django = get_wsgi_application()
# After Django's set-up: both import what reads settings, or models.
from conference import rehearsal  # noqa: E402
from conference.kept_pages import SentPages  # noqa: E402

application = SentPages(django)
limit_waiting(settings.DATABASE_TIMEOUT)
if not settings.DEBUG:
    rehearsal.load_addresses()
    rehearsal.compile_templates()
    rehearsal.draw_pages(application)
settle()
