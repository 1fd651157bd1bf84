"""``manage.py deliver``: plan and send what is due, with no Celery and no Redis."""

import time
from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.module_loading import import_string

from notifications import heartbeat, outbox


class Command(BaseCommand):
    help = "Plans due reminders and sends every message that is due. Works without Celery and Redis."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="keep going until interrupted, in place of beat")
        parser.add_argument("--interval", type=float, default=5.0, help="seconds between rounds with --loop (5)")

    def handle(self, *args, loop: bool, interval: float, **options) -> None:
        while True:
            for planner in settings.NOTIFICATION_PLANNERS:
                import_string(planner)(now=timezone.now())
            tally = outbox.deliver(clock=timezone.now)
            if tally or not loop:
                self.stdout.write(", ".join(f"{count} {state}" for state, count in tally.items()) or "nothing was due")
            if not loop:
                return
            heartbeat.record("beat", timezone.now())
            time.sleep(interval)
