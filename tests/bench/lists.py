"""Lists with very many registrations, beside the same lists with few: statements and seconds."""

import time
from argparse import Namespace
from collections.abc import Iterator
from statistics import median

from tests.bench.many import multiply
from tests.bench.tables import row
from tests.chaos.rig import SLUG, Rig

_FEW, _TRIES = 1000, 3
_LIST = "/admin/registrations/registration/"


def _pages(conference: int) -> dict[str, str]:
    """Name and address of each page that is measured."""
    return {
        "start page": "/admin/",
        "registrations": _LIST,
        "one state of one conference": f"{_LIST}?conference__id__exact={conference}&state__exact=confirmed",
        "a name, without accents": f"{_LIST}?q=nguyen+van+7",
        "bridge points": "/admin/bridges/bridgepoint/",
        "delivery, by message": f"/admin/delivery/{conference}/",
        "delivery, people": f"/admin/delivery/{conference}/people/",
        "conference, public": f"/{SLUG}/",
        "all delegates, CSV": f"/admin/lists/conference/{conference}/delegates.csv",
        "all delegates, .xlsx": f"/admin/lists/conference/{conference}/delegates.xlsx",
    }


def _measure(rig: Rig, registrations: int) -> dict[str, tuple[float, int, int]]:
    """Seconds (median), statements and bytes of each page."""
    from django.db import connection
    from django.test import Client
    from django.utils.module_loading import import_string

    from accounts.models import User
    from conference.jobs import JOBS

    found = {}
    with rig.site(messages=40) as site:
        multiply(site, registrations)
        site.query(
            "UPDATE conference_conference SET starts_at = now() + interval '23 h', ends_at = now() + interval '26 h',"
            " scheduled_at = now() - interval '20 days'"
        )
        rig.use(site.database)
        for job in JOBS:
            import_string(job.task).run()
        site.query("UPDATE outbox_message SET state = 'sent', sent_at = now()")
        site.query("ANALYZE")
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(User.objects.create_superuser("quan.tri@vidu.example"))
        statements: list[str] = []

        def note(execute, sql, parameters, many, context):
            statements.append(sql)
            return execute(sql, parameters, many, context)

        for name, address in _pages(site.number("SELECT min(id) FROM conference_conference")).items():
            seconds = []
            for _ in range(_TRIES):
                statements.clear()
                started = time.monotonic()
                with connection.execute_wrapper(note):
                    answer = client.get(address)
                    size = sum(map(len, answer)) if answer.streaming else len(answer.content)
                seconds.append(time.monotonic() - started)
                assert answer.status_code == 200, (name, answer.status_code)
            found[name] = median(seconds), len(statements), size
    return found


def run(rig: Rig, arguments: Namespace) -> Iterator[str]:
    """Pages of the administration with 1,000 registrations and with many."""
    few, many = _measure(rig, _FEW), _measure(rig, arguments.delegates)
    yield f"LISTS  {_FEW} registrations, and {arguments.delegates}; seconds in the process, statements"
    yield row("", f"s, {_FEW}", f"s, {arguments.delegates}", f"sql, {_FEW}", f"sql, {arguments.delegates}", "KB")
    for name, (seconds, statements, size) in many.items():
        before, statements_before, _ = few[name]
        cells = f"{before:.2f}", f"{seconds:.2f}", str(statements_before), str(statements), f"{size / 1024:.0f}"
        yield row(name, *cells)
