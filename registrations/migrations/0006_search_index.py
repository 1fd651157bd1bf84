"""Trigram indexes for searching on PostgreSQL; left out, and said so, where the extension is refused."""

import sys
from typing import Any

from django.db import migrations

from registrations import search_index


def build(apps: Any, schema_editor: Any) -> None:
    if refused := search_index.build(schema_editor.connection):
        sys.stderr.write(
            f"\n  Without the index for searching, which goes on without it: PostgreSQL refuses pg_trgm ({refused})."
            "\n  docs/operate.md says how to build it later.\n"
        )


def drop(apps: Any, schema_editor: Any) -> None:
    search_index.drop(schema_editor.connection)


class Migration(migrations.Migration):
    # Built beside those who write.
    atomic = False

    dependencies = [("registrations", "0005_fewer_indexes")]

    operations = [migrations.RunPython(build, drop, elidable=False)]
