"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ListsConfig(AppConfig):
    name = "lists"
    verbose_name = _("Lists and papers")

    def ready(self) -> None:
        from lists import receivers
        from registrations.signals import personal_data_erased

        # Erasing begins on the registrant's own page, which is in a room below this one.
        personal_data_erased.connect(receivers.drop_pending_lists, dispatch_uid="lists.drop_pending_lists")
        personal_data_erased.connect(receivers.forget_participants, dispatch_uid="lists.forget_participants")
