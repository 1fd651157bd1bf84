"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttendanceConfig(AppConfig):
    name = "attendance"
    verbose_name = _("Attendance")

    def ready(self) -> None:
        from attendance import receivers
        from attendance.meeting import erase_stays, known_keys, store_stays
        from attendance.typed_people import erase_typed
        from lists.signals import meeting_read, stays_asked
        from registrations.signals import personal_data_erased, presence_asked, record_asked

        presence_asked.connect(receivers.presence_asked)
        record_asked.connect(receivers.record_asked)
        personal_data_erased.connect(erase_typed, dispatch_uid="attendance.erase_typed")
        personal_data_erased.connect(erase_stays, dispatch_uid="attendance.erase_stays")
        stays_asked.connect(known_keys)
        meeting_read.connect(store_stays)
