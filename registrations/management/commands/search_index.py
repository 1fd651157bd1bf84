"""``manage.py search_index``: the indexes for searching, where the upgrade was not allowed to build them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from registrations import search_index
from registrations.checks import HINT


class Command(BaseCommand):
    help = "Builds the indexes for searching on PostgreSQL that are missing, while the site goes on."

    def handle(self, *args: Any, **options: Any) -> None:
        tables = search_index.missing(connection)
        if refused := search_index.build(connection):
            raise CommandError(f"PostgreSQL refuses the extension pg_trgm: {refused}\n{HINT}")
        self.stdout.write(f"Built for {', '.join(tables)}." if tables else "Nothing is missing.")
