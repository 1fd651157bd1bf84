"""Planning reminders for very many delegates, beside the same rows put in by one statement."""

import time
from collections.abc import Iterator

from tests.bench.bench import Bench
from tests.bench.figures import Figure, table
from tests.bench.inside import MAIN
from tests.bench.installation import Installation
from tests.bench.many import begin_tomorrow, multiply


def _plan(installation: Installation, delegates: int) -> tuple[Figure, Figure]:
    """Reminders planned, and looked for again when all are there."""
    with installation.site() as site:
        installation.inside(site.database, "people", count=1, slug=MAIN, channels=["email", "sms"])
        multiply(site, delegates)
        begin_tomorrow(site, MAIN)
        site.query("VACUUM ANALYZE")
        with site.statements() as first_statements:
            first = installation.inside(site.database, "jobs")
        with site.statements() as again_statements:
            again = installation.inside(site.database, "jobs")
        rows = site.number("SELECT count(*) FROM outbox_message")
        site.query("CREATE TABLE planned AS SELECT * FROM outbox_message")
        site.query("ANALYZE planned")
        bare = []
        for _ in range(2):
            site.query("TRUNCATE outbox_message CASCADE")
            started = time.perf_counter()
            site.query("INSERT INTO outbox_message SELECT * FROM planned ORDER BY id")
            bare.append(rows / (time.perf_counter() - started))
    tree = installation.tree.name
    planned = Figure(
        "reminders: planned",
        tree,
        [rows / first["seconds"]],
        "1/s",
        limit=max(bare),
        cpu_ms={"worker": first["cpu"] * 1000 / max(rows, 1)},
        statements=first_statements.get("jobs", 0),
        problems=[] if rows >= delegates else [f"{rows} messages for {delegates} delegates"],
        more={"rows": rows, "seconds": round(first["seconds"], 2), "peak_mib": round(first["peak_mib"])},
    )
    asked_again = Figure(
        "reminders: nobody is missing",
        tree,
        [again["seconds"]],
        "s",
        cpu_ms={"worker": again["cpu"] * 1000},
        statements=again_statements.get("jobs", 0),
    )
    return planned, asked_again


def run(bench: Bench) -> Iterator[Figure | str]:
    """Reminders planned a second, all jobs done once in a process of their own."""
    figures = [figure for each in bench.installations for figure in _plan(each, bench.options.delegates)]
    yield from table(
        f"REMINDERS  {bench.options.delegates} delegates; the limit is one INSERT … SELECT of them", figures
    )
    yield from figures
