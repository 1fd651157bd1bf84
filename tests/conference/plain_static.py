"""The site's settings with static files as they are: compressing them would take most of a test's time."""

from conference.settings import *  # noqa: F403
from conference.settings import STORAGES

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
