"""Registering over HTTP: the form, the post, the page one is led to; and more people at once than there are seats."""

from collections.abc import Iterator
from statistics import median

from tests.bench.bench import Bench
from tests.bench.figures import Figure, table
from tests.bench.inside import MAIN
from tests.bench.installation import Site
from tests.bench.turns import Thing
from tests.bench.visitors import register

_CLIENTS = 8
_CROWD, _SEATS = 200, 50
#: Numbers of visitors of a round: above those of all rounds before.
_NUMBERS = 10_000
#: A row that is written once with each registration, and what became of that; in the order of the commits.
_IN_ORDER = """
    SELECT r.state, r.queue_number FROM registrations_registration r
    JOIN conference_conference c ON c.id = r.conference_id
    JOIN registrations_delegate d ON d.registration_id = r.id
    WHERE c.slug = %s ORDER BY pg_xact_commit_timestamp(d.xmin)
"""


def registering(bench: Bench, site: Site, count: int) -> Thing:
    """A registration with its mail and SMS, ``count`` a round."""
    point = site.installation.points[MAIN]
    bench.warm_up(site, MAIN)
    done = {"registered": 0}

    def visits(turn: int) -> list:
        site.far.forget()
        done["registered"] = site.number("SELECT count(*) FROM registrations_registration")
        first = turn * _NUMBERS
        return [register(site.port, MAIN, point=point, number=first + number) for number in range(count)]

    def check(expected: int) -> str:
        registered = site.number("SELECT count(*) FROM registrations_registration") - done["registered"]
        taken, people = site.query(
            "SELECT seats_taken, (SELECT sum(seats) FROM registrations_registration WHERE bridge_point_id = b.id"
            " AND state = 'confirmed') FROM bridges_bridgepoint b WHERE id = %s",
            point,
        )[0]
        ledger = site.far.ledger()
        found = {"rows": registered, "mails": len(ledger["mails"]), "SMS": len(ledger["texts"])}
        wrong = [f"{number} {name} of {expected}" for name, number in found.items() if number != expected]
        return ", ".join(wrong + ([f"{taken} seats taken by {people}"] if taken != people else []))

    def settle() -> None:
        site.wait_until_sent()

    # The one in the middle: some find that what is kept for seconds has just run out.
    one_each = [[register(site.port, MAIN, point=point, number=number)] for number in range(990_000, 990_007)]
    statements = median(site.count_statements(visits) for visits in one_each)
    settle()
    return Thing(
        "registrations",
        site.installation.tree.name,
        visits,
        site.groups,
        at_once=_CLIENTS,
        settle=settle,
        check=check,
        statements=statements,
    )


def run(bench: Bench) -> Iterator[Figure | str]:
    """Registrations a second, and what one costs with its mail and SMS."""
    count = bench.options.registrations
    insert, empty = bench.bare.insert(count * 4), bench.bare.empty_page(count * 4)
    with bench.sites() as sites:
        ours = [registering(bench, site, count) for site in sites]
        for thing in ours:
            thing.limit = insert
        figures = bench.measure([insert, empty, *ours])
    yield from table(f"REGISTRATIONS  {_CLIENTS} visitors at once: form, post, the page that follows", figures)
    yield from figures


def _check_order(site: Site, slug: str) -> str:
    """What is wrong with who has a seat and who waits, in the order in which they were stored."""
    rows = site.query(_IN_ORDER, slug)
    states = [state for state, _ in rows]
    if states != ["confirmed"] * _SEATS + ["waitlisted"] * (_CROWD - _SEATS):
        return f"{states.count('confirmed')} of {len(states)} have a seat, or not those who came first"
    line = [number for _, number in rows[_SEATS:]]
    return "" if line == sorted(line) else "the waitlist is not in the order of those who came"


def _overselling(bench: Bench, site: Site) -> Thing:
    """200 people at once for 50 seats, another conference each round."""
    bench.warm_up(site, MAIN)
    turns = {"slug": ""}
    points = dict(
        site.query(
            "SELECT c.slug, b.id FROM bridges_bridgepoint b JOIN conference_conference c ON c.id = b.conference_id"
        )
    )

    def visits(turn: int) -> list:
        slug = turns["slug"] = site.installation.small[turn]
        numbers = range(turn * _NUMBERS, turn * _NUMBERS + _CROWD)
        return [register(site.port, slug, point=points[slug], number=number) for number in numbers]

    return Thing(
        "oversell",
        site.installation.tree.name,
        visits,
        site.groups,
        at_once=_CROWD,
        settle=site.wait_until_sent,
        check=lambda count: _check_order(site, turns["slug"]),
    )


def run_oversell(bench: Bench) -> Iterator[Figure | str]:
    """More people at once than there are seats: exactly as many get one, the first; seconds until all are through."""
    insert = bench.bare.insert(_CROWD, at_once=_CROWD)
    with bench.sites() as sites:
        ours = [_overselling(bench, site) for site in sites]
        for thing in ours:
            thing.limit = insert
        figures = bench.measure([insert, *ours], lambda thing: "s")
    yield from table(
        f"OVERSELL  {_CROWD} people at once for {_SEATS} seats: seconds until all have seen their page", figures
    )
    yield from figures
