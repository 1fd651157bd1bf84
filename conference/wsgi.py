"""The WSGI entry point: ``gunicorn conference.wsgi``."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from common.process import settle
from conference.postgresql.waiting import limit_waiting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conference.settings")

application = get_wsgi_application()
limit_waiting(settings.DATABASE_TIMEOUT)
if not settings.DEBUG:
    # After Django's set-up: it imports models.
    from conference import rehearsal

    rehearsal.load_addresses()
    rehearsal.compile_templates()
    rehearsal.draw_pages(application)
settle()
