"""Planning reminders for very many delegates, beside the same rows put in by one statement."""

import time
from argparse import Namespace
from collections.abc import Iterator

from tests.bench.many import multiply
from tests.bench.tables import row
from tests.chaos.rig import Rig


def run(rig: Rig, arguments: Namespace) -> Iterator[str]:
    """Statements and seconds of planning."""
    from django.db import connection
    from django.utils.module_loading import import_string

    from conference.jobs import JOBS

    with rig.site(messages=40) as site:
        multiply(site, arguments.delegates)
        site.query(
            "UPDATE conference_conference SET starts_at = now() + interval '23 h', ends_at = now() + interval '26 h',"
            " scheduled_at = now() - interval '20 days'"
        )
        site.query("ANALYZE")
        rig.use(site.database)
        statements: list[str] = []

        def note(execute, sql, parameters, many, context):
            statements.append(sql)
            return execute(sql, parameters, many, context)

        def plan() -> tuple[float, int]:
            statements.clear()
            started = time.monotonic()
            for job in JOBS:
                import_string(job.task).run()
            return time.monotonic() - started, len(statements)

        with connection.execute_wrapper(note):
            first, first_statements = plan()
            again, again_statements = plan()
        rows = site.number("SELECT count(*) FROM outbox_message")
        site.query("CREATE TABLE planned AS SELECT * FROM outbox_message")
        raw = []
        for _ in range(2):
            site.query("TRUNCATE outbox_message CASCADE")
            site.query("ANALYZE planned")
            started = time.monotonic()
            site.query("INSERT INTO outbox_message SELECT * FROM planned ORDER BY id")
            raw.append(time.monotonic() - started)
    best = min(raw)
    yield f"REMINDERS  {arguments.delegates} delegates, {rows} messages planned"
    yield row("", "seconds", "rows/s", "statements", "of raw")
    yield row("INSERT … SELECT of the same rows", f"{best:.1f}", f"{rows / best:.0f}", "1", "100%")
    yield row("planned", f"{first:.1f}", f"{rows / first:.0f}", str(first_statements), f"{best / first:.0%}")
    yield row("asked again, nobody is missing", f"{again:.2f}", "", str(again_statements), "")
