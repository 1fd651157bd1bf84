"""App configuration."""

from django.apps import AppConfig
from django.db.models.signals import post_save
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    name = "messaging"
    verbose_name = _("Communication")

    def ready(self) -> None:
        from bridges.models import BridgePoint, Connection
        from conference.models import Conference
        from messaging import receivers

        post_save.connect(receivers.conference_saved, sender=Conference)
        post_save.connect(receivers.point_saved, sender=BridgePoint)
        post_save.connect(receivers.connection_saved, sender=Connection)
