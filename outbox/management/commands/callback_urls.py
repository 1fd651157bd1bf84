"""``manage.py callback_urls``: where providers report what became of a message."""

from typing import Any

from django.core.management.base import BaseCommand

from outbox import channels, receipts


class Command(BaseCommand):
    help = "Prints where the providers behind the channels may report. Each address holds a secret."

    def handle(self, *args: Any, **options: Any) -> None:
        found = [name for name in channels.names() if channels.channel_class(name).reports]
        for name in found:
            self.stdout.write(f"{name:8}{receipts.callback_url(name)}")
        if not found:
            self.stdout.write("No channel in use has its reports called back.")
