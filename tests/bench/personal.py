"""Personal pages: the registrant's own, and the page through which a delegate joins."""

from collections.abc import Iterator
from itertools import islice

from tests.bench.bench import Bench
from tests.bench.figures import Figure, table
from tests.bench.inside import DAY, MAIN
from tests.bench.installation import Site
from tests.bench.turns import Thing
from tests.bench.visitors import Visitor, look, press

_CLIENTS = 8


def _looked_at(site: Site, name: str, links: list[str], count: int) -> Thing:
    """A personal page, opened by somebody who follows their link."""
    paths = (links * (count // len(links) + 1))[:count]
    statements = site.count_statements([look(Visitor(site.port, 3), links[0])])
    return Thing(
        name,
        site.installation.tree.name,
        lambda turn: [look(Visitor(site.port, number), path) for number, path in enumerate(paths)],
        site.groups,
        at_once=_CLIENTS,
        statements=statements,
    )


def run_own(bench: Bench) -> Iterator[Figure | str]:
    """The page of a registration."""
    count = bench.options.pages
    empty = bench.bare.empty_page(count * 3)
    with bench.sites() as sites:
        links = {site: bench.warm_up(site, MAIN, min(count, 200)) for site in sites}
        ours = [_looked_at(site, "own page", links[site], count) for site in sites]
        for thing in ours:
            thing.limit = empty
        figures = bench.measure([empty, *ours])
    yield from table(f"OWN PAGE  {_CLIENTS} visitors at once, from the link in their mail", figures)
    yield from figures


def _pressed(site: Site, name: str, links: list[str], count: int, *, is_looking_again: bool) -> Thing:
    """A delegate's page and button, ``count`` different ones a round."""

    def visits(turn: int) -> list:
        site.query("DELETE FROM attendance_attendance")
        return [
            press(site.port, path, number=number, is_looking_again=is_looking_again)
            for number, path in enumerate(islice(links, count))
        ]

    def check(expected: int) -> str:
        present = site.number("SELECT count(*) FROM attendance_attendance")
        return "" if present == expected else f"{present} present of {expected}"

    statements = site.count_statements([press(site.port, links[-1], number=3, is_looking_again=is_looking_again)])
    return Thing(
        name,
        site.installation.tree.name,
        visits,
        site.groups,
        at_once=_CLIENTS,
        check=check,
        statements=statements,
    )


def run_join(bench: Bench) -> Iterator[Figure | str]:
    """The page of a delegate, the press on its button, and the page again."""
    count = bench.options.pages
    empty, insert = bench.bare.empty_page(count * 3), bench.bare.insert(count * 3)
    with bench.sites() as sites:
        things = []
        for site in sites:
            links = site.installation.inside(
                site.database, "people", count=count + 1, slug=DAY, channels=["email", "sms"]
            )
            site.wait_until_sent()
            flow = _pressed(site, "join: page, press", links, count, is_looking_again=False)
            again = _pressed(site, "join: page, press, page", links, count, is_looking_again=True)
            page = _looked_at(site, "join: page", links, count)
            page.limit, flow.limit, again.limit = empty, insert, insert
            things += [page, flow, again]
        figures = bench.measure([empty, insert, *things])
    yield from table(f"JOIN  {_CLIENTS} delegates at once, from the link in their mail; the door is open", figures)
    yield from figures
