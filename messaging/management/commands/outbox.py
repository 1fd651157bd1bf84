"""``manage.py outbox``: let nothing leave, look at what would, let it go."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import localtime

from messaging.delivery import held
from outbox import hold
from outbox.clock import database_clock


class Command(BaseCommand):
    help = "Holds all messages, shows what waits meanwhile, releases it. A restored database is held by itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--hold", action="store_true", help="let nothing leave from now on")
        what.add_argument("--review", action="store_true", help="show what would leave")
        what.add_argument("--release", action="store_true", help="let messages leave again; needs --drop or --send")
        old = parser.add_mutually_exclusive_group()
        old.add_argument(
            "--drop", action="store_true", help="with --release: what belonged out before the hold is not sent"
        )
        old.add_argument("--send", action="store_true", help="with --release: it is sent as well, perhaps once more")

    def handle(self, *args: Any, hold: bool, release: bool, drop: bool, send: bool, **options: Any) -> None:
        if (drop or send) and not release:
            raise CommandError("--drop and --send go with --release.")
        if hold:
            self._hold()
        elif release:
            self._release(drop, send)
        else:
            self._review()

    def _hold(self) -> None:
        hold.hold_by_hand(database_clock()())
        self._review()

    def _review(self) -> None:
        found = held.review(database_clock()())
        if found is None:
            self.stdout.write("Nothing is held: messages leave as they are due.")
            return
        row = found.installation
        assert row.held_since is not None  # noqa: S101 (it is held)
        why = "this database was restored" if row.is_restored else "by hand"
        self.stdout.write(f"Held since {localtime(row.held_since):%Y-%m-%d %H:%M} ({why}). Codes to sign in leave.")
        if row.gap_from:
            self.stdout.write(
                f"The database knows nothing of what has left since {localtime(row.gap_from):%Y-%m-%d %H:%M}."
            )
        self.stdout.write(f"{found.count} wait, {found.old} of them from before the hold: they may have left already.")
        for line in found.lines:
            span = f"{localtime(line.first_due):%d/%m %H:%M} – {localtime(line.last_due):%d/%m %H:%M}"
            self.stdout.write(
                f"  {line.count:6} ({line.old} old)  {line.channel:8} {line.kind}; {line.conference or '–'}; due {span}"
            )
        for message in found.sample:
            self.stdout.write(
                f"  e.g. {message.channel} to {message.address}, due {localtime(message.due_at):%d/%m %H:%M}"
            )
        for words, moment in [*found.reminders, *found.announcements]:
            self.stdout.write(f"  not planned, since it may have left: {words} ({localtime(moment):%d/%m %H:%M})")
        self.stdout.write("--release --drop leaves the old ones out; --release --send sends them as well.")

    def _release(self, drop: bool, send: bool) -> None:
        now = database_clock()()
        found = held.review(now)
        if found is None:
            self.stdout.write("Nothing is held.")
            return
        if not drop and not send:
            raise CommandError(
                f"{found.old} of {found.count} messages may have left already: say --drop to leave these out, "
                "--send to send them as well. --review shows them."
            )
        dropped = held.release(drop=drop, now=now)
        self.stdout.write(f"{dropped} dropped; {found.count - dropped} leave as they are due.")
