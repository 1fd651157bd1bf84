"""The WSGI entry point: ``gunicorn conference.wsgi``."""

import os

from django.core.wsgi import get_wsgi_application

from common.process import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conference.settings")

application = get_wsgi_application()
settle()
