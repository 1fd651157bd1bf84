"""Public pages, asked for by visitors of different kinds, beside an empty page."""

from collections.abc import Iterator

from tests.bench.bench import Bench
from tests.bench.crowd import Visit
from tests.bench.figures import Figure, table
from tests.bench.inside import MAIN
from tests.bench.installation import Site
from tests.bench.turns import Thing
from tests.bench.visitors import LANGUAGE_COOKIE, Visitor, look

_PAGES = {"home": "/", "conference": f"/{MAIN}/", "form": f"/{MAIN}/register/"}
_CSRF = {"csrftoken": "0123456789abcdefghijklmnopqrstuv"}


def _kinds(site: Site, path: str) -> dict[str, tuple[dict[str, str], str]]:
    """Cookies and further headers of each kind of visitor of a page."""
    first = site.answer(path)
    # With HTTPS its name may have a prefix.
    token = {name: value for name, value in first.cookies.items() if "csrf" in name} or _CSRF
    kinds = {
        "newcomer": ({}, ""),
        "language cookie": ({LANGUAGE_COOKIE: "vi"}, ""),
        "CSRF cookie": (token, ""),
    }
    if tag := first.header("etag"):
        kinds["unchanged (304)"] = ({}, f"If-None-Match: {tag}\r\n")
    return kinds


def _asked(site: Site, page: str, kind: str, cookies: dict[str, str], extra: str, count: int) -> Thing:
    path = _PAGES[page]

    def again(number: int) -> Visit:
        answer = yield Visitor(site.port, number).get(path, extra)
        # A page that was changed meanwhile, or is kept no longer, comes whole.
        return answer.status in (200, 304)

    def visits(turn: int) -> list[Visit]:
        if extra:
            return [again(number) for number in range(count)]
        return [look(Visitor(site.port, number, cookies), path) for number in range(count)]

    answer = site.answer(path, extra, cookies)
    return Thing(
        f"page {page}, {kind}",
        site.installation.tree.name,
        visits,
        site.groups,
        statements=site.count_statements([look(Visitor(site.port, 3, cookies), path)]),
        more={"bytes": answer.size, "encoding": answer.header("content-encoding")},
    )


def run(bench: Bench) -> Iterator[Figure | str]:
    """Pages a second for each kind of visitor."""
    count = bench.options.pages
    empty = bench.bare.empty_page(count * 3)
    with bench.sites() as sites:
        for site in sites:
            bench.warm_up(site, MAIN)
        things = [
            _asked(site, page, kind, cookies, extra, count)
            for page, path in _PAGES.items()
            for site in sites
            for kind, (cookies, extra) in _kinds(site, path).items()
        ]
        for thing in things:
            thing.limit = empty
        figures = bench.measure([empty, *things])
    yield from table("PAGES  8 visitors at once, each page with what it shows beside static files", figures)
    yield from figures
