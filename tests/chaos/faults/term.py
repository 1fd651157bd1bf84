"""Workers are told to stop (SIGTERM) in the middle of the queue, with a mail server that is slow, crawls or hangs."""

import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta

from tests.chaos.rig import Rig, Site, Verdict
from tests.chaos.servers import Hung, Process, wait_until

_LIMIT = 30
# Seconds a line: a whole mail takes about 40.
_CRAWL = 7


def _start_worker(site: Site) -> Process:
    site.beat()
    return site.worker()


def _stop(site: Site, name: str, start: Callable[[Site], Process], verdict: Verdict, *, hangs: bool) -> None:
    rig = site.rig
    if hangs:
        rig.far.mail(hang=True)
    worker = start(site)
    if hangs:
        wait_until(lambda: rig.far.ledger()["connections"], f"{name} talks to the mail server", 60)
        time.sleep(0.3)
    else:
        rig.far.mail(delay=0.1)
        rig.far.sms(delay=0.1)
        before = rig.far.arrived()
        wait_until(lambda: rig.far.arrived() > before + 3, f"{name} sends", 60)
    _end(worker, f"{name}{', server hangs' if hangs else ''}", site, verdict)


def _end(worker: Process, where: str, site: Site, verdict: Verdict) -> None:
    started = time.monotonic()
    worker.tell(signal.SIGTERM)
    try:
        code = worker.wait(_LIMIT * 3)
    except Hung:
        code = -9
        worker.kill()
    took = time.monotonic() - started
    kept = site.number("SELECT count(*) FROM outbox_message WHERE state IN ('claimed', 'sending')")
    verdict.figure(f"{where}: {took:.1f} s, exit {code}, {kept} kept")
    verdict.promise(took <= _LIMIT, f"{where}: took {took:.0f} s")
    verdict.promise(code == 0, f"{where}: exit code {code}")
    verdict.promise(not kept, f"{where}: {kept} messages stay claimed")


def _stop_in_mid_mail(site: Site, name: str, start: Callable[[Site], Process], verdict: Verdict) -> None:
    """A server that takes seven seconds a line; afterwards it is well, and everything arrives once."""
    rig = site.rig
    rig.far.mail(line_delay=_CRAWL)
    worker = start(site)
    wait_until(lambda: rig.far.ledger()["connections"], f"{name} talks to the mail server", 60)
    time.sleep(1.5 * _CRAWL)
    _end(worker, f"{name}, server crawls", site, verdict)


def run(rig: Rig) -> Verdict:
    verdict = Verdict()
    ways: list[tuple[str, Callable[[Site], Process]]] = [("deliver --loop", Site.loop), ("celery", _start_worker)]
    if sys.platform == "linux":
        ways.append(("services", Site.services))
    for name, start in ways:
        with rig.site() as site:
            _stop(site, name, start, verdict, hangs=False)
            rig.far.mail()
            rig.far.sms()
            site.let_time_pass(timedelta(minutes=3))
            site.loop()
            finished = site.wait_until_finished(120)
            count = site.count()
            verdict.figure(count.words())
            verdict.promise(finished < float("inf") and not count.lost, f"{name}: lost {len(count.lost)}")
            verdict.promise(not +count.copies, f"{name}: copies")
        with rig.site(messages=40) as site:
            _stop(site, name, start, verdict, hangs=True)
        rig.far.forget()
        with rig.site(messages=40) as site:
            _stop_in_mid_mail(site, name, start, verdict)
            rig.far.mail()
            site.loop()
            site.wait_until_finished(120)
            count = site.count()
            verdict.promise(not count.lost and not +count.copies, f"{name}, server crawls: {count.words()}")
    return verdict
