"""App configuration."""

from django.apps import AppConfig
from django.core.cache import close_caches
from django.core.signals import request_finished
from django.utils.translation import gettext_lazy as _


class ConferenceConfig(AppConfig):
    name = "conference"
    verbose_name = _("Conferences")

    def ready(self) -> None:
        from conference import checks  # noqa: F401  (registers the system checks)

        # After each request Django looks for caches that want to be closed: ours keep their connections.
        request_finished.disconnect(close_caches)
