"""App configuration."""

from django.apps import AppConfig
from django.db.models.signals import post_save
from django.utils.translation import gettext_lazy as _


class RegistrationsConfig(AppConfig):
    name = "registrations"
    verbose_name = _("Registrations")

    def ready(self) -> None:
        from bridges.models import BridgePoint
        from registrations import checks, receivers  # noqa: F401 (checks register themselves)

        post_save.connect(receivers.fill_added_seats, sender=BridgePoint)
