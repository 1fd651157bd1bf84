"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConferenceConfig(AppConfig):
    name = "conference"
    verbose_name = _("Conferences")

    def ready(self) -> None:
        from conference import checks  # noqa: F401  (registers the system checks)
