"""``manage.py demo``: the demo data."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone, translation

from demo import load, running
from demo.reset import erase


class Command(BaseCommand):
    help = (
        "Loads the demo: the Chi Lăng conference of 19/7/2021, its next edition, and one that is taking place now. "
        "Leaves what is there; makes the last one anew once it is over."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reset", action="store_true", help="erase all conferences, users and messages first")

    def handle(self, *args: Any, reset: bool, **options: Any) -> None:
        if not settings.DEMO and not settings.DEBUG:
            raise CommandError("The demo has sign-ins that everybody knows: set DEMO=1 to say that you mean it.")
        # Tables of a version that is too old get a sentence here, not a traceback later.
        self.check(tags=[Tags.database], databases=["default"])
        with transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
            if reset:
                erase()
            if load.is_loaded():
                self.stdout.write("The demo is there already; --reset starts over.")
            else:
                load.load(now=timezone.now())
                self.stdout.write("The demo is loaded.")
            if running.load(now=timezone.now()):
                self.stdout.write(f"A conference is taking place now: /{running.SLUG}/")
        self.stdout.write(f"Password of all: {load.PASSWORD}")
        for role, (email, _name) in (
            ("organiser", load.ORGANISER),
            ("coordinator", load.COORDINATOR),
            ("coordinator", running.COORDINATOR),
            ("leader", load.LEADER),
            ("registrant", load.REGISTRANT),
            ("administrator", load.ADMINISTRATOR),
        ):
            self.stdout.write(f"  {role:14}{email}")
