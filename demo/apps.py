"""App configuration; the app is installed with DEMO=1 only."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "demo"
    verbose_name = "Demo"

    def ready(self) -> None:
        from demo import receivers
        from registrations.signals import personal_data_erased

        # No room may know the demo, so none can call it.
        personal_data_erased.connect(receivers.empty_mailbox, dispatch_uid="demo.empty_mailbox")
