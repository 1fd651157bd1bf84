"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutboxConfig(AppConfig):
    name = "outbox"
    verbose_name = _("Messages")

    def ready(self) -> None:
        from anymail.signals import tracking

        from outbox import bounces

        # The package for mail providers reports bounces by this signal and by nothing else.
        tracking.connect(bounces.record, dispatch_uid="outbox.bounces")
