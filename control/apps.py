"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ControlConfig(AppConfig):
    name = "control"
    verbose_name = _("The day")

    def ready(self) -> None:
        from control import checks  # noqa: F401 (checks register themselves)
        from control.erasing import erase_people
        from control.incidents import forget_names
        from control.slides.forgetting import erase_speakers
        from control.written_answers import answer_asked as answer_found
        from messaging.signals import answer_asked
        from registrations.signals import personal_data_erased

        personal_data_erased.connect(erase_people, dispatch_uid="control.erase_people")
        personal_data_erased.connect(erase_speakers, dispatch_uid="control.erase_speakers")
        answer_asked.connect(answer_found, dispatch_uid="control.answer_found")
        personal_data_erased.connect(forget_names, dispatch_uid="control.forget_names")
