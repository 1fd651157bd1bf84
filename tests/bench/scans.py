"""What the phones at the doors send: batches of 200 scans, as after a time without network."""

import json
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

from tests.bench.bench import Bench
from tests.bench.crowd import Visit
from tests.bench.figures import Figure, table
from tests.bench.inside import DAY
from tests.bench.installation import Site
from tests.bench.turns import Thing
from tests.bench.visitors import Visitor

_BATCH, _PEOPLE, _PHONES = 200, 1000, 4
#: Scans a second that pretix takes, which takes them one by one: measured on two processors (docs/speed.md).
_PRETIX = 31.9


def send_batch(site: Site, secret: str, codes: list[str], number: int) -> Visit:
    """One batch: these people, read within the last half hour."""
    now = round(time.time() * 1000)
    scans = [
        {"uid": str(uuid4()), "kind": "arrive", "code": code, "verdict": "welcome", "at": now - 9000 * place}
        for place, code in enumerate(codes)
    ]
    body = json.dumps({"clock": now, "queue": len(scans), "since": now, "scans": scans})
    answer = yield Visitor(site.port, number, {"desk": secret}).post_json("/desk/scans/", body)
    return answer.status == 200


def _thing(site: Site, phones: dict[str, list[str]], batches: int) -> Thing:
    secrets, codes, dice = phones["secrets"], phones["codes"], random.Random(5)

    def visits(turn: int) -> list[Visit]:
        site.query("DELETE FROM attendance_attendance")
        site.query("DELETE FROM attendance_scan")
        return [
            send_batch(site, secrets[number % _PHONES], dice.sample(codes, _BATCH), number + 1)
            for number in range(batches)
        ]

    def check(expected: int) -> str:
        stored = site.number("SELECT count(*) FROM attendance_scan")
        return "" if stored == expected * _BATCH else f"{stored} scans of {expected * _BATCH}"

    statements = site.count_statements([send_batch(site, secrets[0], codes[:_BATCH], 3)])
    return Thing(
        "scans", site.installation.tree.name, visits, site.groups, at_once=_PHONES, check=check, statements=statements
    )


def run(bench: Bench) -> Iterator[Figure | str]:
    """Scans a second, in batches of 200 from four doors at once, with the same thousand people at all of them."""
    batches = max(4, bench.options.registrations // 10)
    with bench.sites() as sites:
        things = []
        for site in sites:
            # A tree of before has no doors.
            if not (site.installation.tree.folder / "attendance/devices.py").exists():
                continue
            inside = site.installation.inside
            inside(site.database, "people", count=_PEOPLE, slug=DAY, channels=[])
            things.append(_thing(site, inside(site.database, "phones", count=_PHONES, slug=DAY), batches))
        measured = bench.measure(things)
    # A visit is a batch; what counts are the scans in it.
    figures = [
        replace(
            each,
            values=[value * _BATCH for value in each.values],
            unit="scans/s",
            more={**each.more, "pretix_one_by_one": _PRETIX},
        )
        for each in measured
    ]
    yield from table(f"SCANS  batches of {_BATCH} from {_PHONES} doors at once, the same {_PEOPLE} people", figures)
    yield from figures
