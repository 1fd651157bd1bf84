"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("Messages")

    def ready(self) -> None:
        from anymail.signals import tracking

        from notifications import bounces

        tracking.connect(bounces.record, dispatch_uid="notifications.bounces")
