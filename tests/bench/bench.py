"""What every part of the bench is given: the installations to measure, the bare limit, and how much to do."""

from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path

from tests.bench.bare import Bare
from tests.bench.crowd import crowd
from tests.bench.figures import Figure
from tests.bench.installation import ONE_PARENT, Installation, Site, Tree
from tests.bench.turns import Thing, take_turns
from tests.bench.visitors import register
from tests.chaos.servers import Stage

_WARM_UP = 24
#: Visitors of a warm-up have numbers from here, and each round the next hundred thousand below.
_FIRST_OF_WARM_UP = 900_000


class Bench:
    """Servers and options of one run."""

    def __init__(self, stage: Stage, options: Namespace) -> None:
        self.stage, self.options = stage, options
        trees = [Tree("here")]
        if options.beside:
            trees.append(Tree("beside", Path(options.beside).resolve()))
        self.installations = [
            Installation(stage, tree, web_workers=options.web_workers, small=options.rounds + 1) for tree in trees
        ]

    @cached_property
    def bare(self) -> Bare:
        """The bare limit, started when it is first asked for."""
        return Bare(self.installations[0])

    @contextmanager
    def sites(self, *services: str, template: str = "filled") -> Iterator[list[Site]]:
        """A site of each tree, with these services (default: all that are documented) running."""
        with ExitStack() as stack:
            sites = [stack.enter_context(each.site(template)) for each in self.installations]
            for site in sites:
                site.start(*services)
            yield sites

    def warm_up(self, site: Site, slug: str, count: int = _WARM_UP) -> list[str]:
        """Have some people register, so that all processes have done all of it once; the paths of their pages."""
        links: list[str] = []
        point = site.installation.points[slug]
        numbers = range(_FIRST_OF_WARM_UP, _FIRST_OF_WARM_UP + count)
        crowd([register(site.port, slug, point=point, number=number, links=links) for number in numbers], 8)
        if {"worker", ONE_PARENT} & site.running.keys():
            site.wait_until_sent()
        return links

    def measure(self, things: list[Thing], units: Callable[[Thing], str] = lambda thing: "1/s") -> list[Figure]:
        """Measure ``things`` in turn, as many rounds as asked for."""
        take_turns(things, self.options.rounds)
        return [thing.figure(units(thing)) for thing in things]
