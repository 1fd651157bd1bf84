"""``manage.py messages``: the Vietnamese catalogue, brought up to date with the sources."""

from django.core.management.base import BaseCommand, CommandError

from common import catalogue


class Command(BaseCommand):
    help = "Reads the texts of the sources, brings locale/vi up to date, compiles it, and names what is untranslated."
    requires_system_checks = []

    def handle(self, *args, **options) -> None:
        try:
            written = catalogue.update()
            catalogue.compile_libraries()
        except ImportError as error:
            raise CommandError("This needs a tool for development: pip install -r requirements-dev.txt") from error
        missing = [entry for entry in written if not entry.translated() or entry.fuzzy]
        for entry in missing:
            self.stdout.write(f"  {entry.msgid!r}  ({', '.join(file for file, _line in entry.occurrences)})")
        self.stdout.write(f"{len(written)} texts, {len(missing)} to be translated")
