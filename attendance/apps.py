"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttendanceConfig(AppConfig):
    name = "attendance"
    verbose_name = _("Attendance")

    def ready(self) -> None:
        from attendance import receivers
        from registrations.signals import presence_asked, record_asked

        presence_asked.connect(receivers.presence_asked)
        record_asked.connect(receivers.record_asked)
