"""Pages of staff with very many registrations in one conference, beside the same pages with few."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median

from tests.bench.bench import Bench
from tests.bench.crowd import Answer, Visit, one
from tests.bench.figures import Figure, table
from tests.bench.inside import MAIN
from tests.bench.installation import Installation, Site
from tests.bench.many import begin_tomorrow, multiply
from tests.bench.processors import forget_peak, peak_mib
from tests.bench.turns import Meter
from tests.bench.visitors import Visitor

_FEW = 1000
_LIST = "/admin/registrations/registration/"


def _pages(conference: int) -> dict[str, str]:
    """Name and address of each page that is measured."""
    files, workspace = f"/admin/lists/conference/{conference}", f"/admin/c/{MAIN}"
    return {
        "start page": "/admin/",
        "registrations": _LIST,
        "one state of one conference": f"{_LIST}?conference__id__exact={conference}&state__exact=confirmed",
        "search, many found": f"{_LIST}?q=nguyen+van",
        "search, few found": f"{_LIST}?q=hop+tac+xa+vi+du+777",
        "bridge points": "/admin/bridges/bridgepoint/",
        "workspace: overview": f"{workspace}/",
        "workspace: points": f"{workspace}/points/",
        "workspace: registrations": f"{workspace}/people/",
        "workspace: people by name": f"{workspace}/people/?by=people",
        "workspace: people, many found": f"{workspace}/people/?by=people&q=nguyen+van",
        "workspace: people, few found": f"{workspace}/people/?by=people&q=nguyen+van+777",
        "delivery, by message": f"/admin/delivery/{conference}/",
        "delivery, people": f"/admin/delivery/{conference}/people/",
        "conference, public": f"/{MAIN}/",
        "delegates, CSV": f"{files}/delegates.csv",
        "delegates, xlsx": f"{files}/delegates.xlsx",
    }


class _Crowded:
    """A site with so many registrations, and somebody who is signed in."""

    def __init__(self, site: Site, registrations: int) -> None:
        self.site = site
        installation = site.installation
        installation.inside(site.database, "people", count=1, slug=MAIN, channels=["email", "sms"])
        multiply(site, registrations)
        begin_tomorrow(site, MAIN)
        installation.inside(site.database, "jobs")
        site.query("UPDATE outbox_message SET state = 'sent', sent_at = now()")
        site.query("VACUUM ANALYZE")
        name, _, value = installation.inside(site.database, "session", email="quan.tri@vidu.example").partition("=")
        self.cookies = {name: value}
        self.pages = _pages(site.number("SELECT id FROM conference_conference WHERE slug = %s", MAIN))
        site.start("web")
        self.seconds: dict[str, list[float]] = {page: [] for page in self.pages}
        self.cpu: dict[str, list[float]] = {page: [] for page in self.pages}
        self.peak: dict[str, float] = {}
        self.statements: dict[str, int] = {}
        self.size: dict[str, int] = {}
        self.problems: dict[str, list[str]] = {page: [] for page in self.pages}

    def ask(self, page: str) -> Answer:
        """Ask for a page as the one who is signed in."""
        found = []

        def visit() -> Visit:
            found.append((yield Visitor(self.site.port, 5, self.cookies).get(self.pages[page])))
            return True

        one(visit())
        return found[0]

    def begin(self) -> None:
        """Have both processes seen each page, and count its statements and its memory."""
        web = self.site.running["web"].pid
        for page in self.pages:
            self.ask(page)
            forget_peak(web)
            with self.site.statements() as found:
                answer = self.ask(page)
            self.peak[page] = peak_mib(web)
            self.statements[page], self.size[page] = found.get("web", 0), answer.size
            if answer.status != 200:
                self.problems[page].append(f"status {answer.status}")

    def measure(self) -> None:
        """Each page once."""
        for page in self.pages:
            meter, started = Meter(self.site.groups()), time.perf_counter()
            self.ask(page)
            self.seconds[page].append(time.perf_counter() - started)
            used, _ = meter.read()
            self.cpu[page].append(sum(used.values()) * 1000)


def _figure(page: str, few: _Crowded, many: _Crowded) -> Figure:
    more = {
        "cpu_ms_few": round(median(few.cpu[page]), 1),
        "statements_few": few.statements[page],
        "peak_mib": round(many.peak[page]),
        "peak_mib_few": round(few.peak[page]),
        "kilobytes": round(many.size[page] / 1024),
    }
    return Figure(
        f"list: {page}",
        many.site.installation.tree.name,
        many.seconds[page],
        "s",
        limit=median(few.seconds[page]),
        cpu_ms={"all": median(many.cpu[page])},
        statements=many.statements[page],
        problems=many.problems[page] + few.problems[page],
        more=more,
    )


def run(bench: Bench) -> Iterator[Figure | str]:
    """Pages of staff with 1,000 registrations and with many."""
    many = bench.options.delegates
    with ExitStack() as stack:

        def crowded(installation: Installation, count: int) -> _Crowded:
            return _Crowded(stack.enter_context(installation.site()), count)

        pairs = [(crowded(each, _FEW), crowded(each, many)) for each in bench.installations]
        everything = [each for pair in pairs for each in pair]
        for each in everything:
            each.begin()
        for _ in range(bench.options.rounds):
            for each in everything:
                each.measure()
    figures = [_figure(page, *pair) for page in pairs[0][0].pages for pair in pairs]
    yield from table(f"LISTS  seconds with {many} registrations; “limit” is the same with {_FEW}", figures)
    yield from figures
