"""``manage.py reset_second_factor``: for a superuser who has lost the phone, and has nobody who could help."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import second_factor
from accounts.models import User


class Command(BaseCommand):
    help = "Resets the two-step verification of the account with this e-mail address; a mail tells the person."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="e-mail address of the account")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        user = User.objects.filter(email__iexact=email.strip()).first()
        if user is None:
            raise CommandError(f"There is no account with the e-mail address {email}.")
        if not second_factor.reset(user=user, by=None, now=timezone.now()):
            raise CommandError(f"{email} has no two-step verification.")
        self.stdout.write(f"The two-step verification of {email} is reset. A mail tells the person.")
