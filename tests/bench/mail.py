"""Mails a second: the site's workers beside Django's own ``send_messages``, and beside people who register."""

import time
from argparse import Namespace
from collections.abc import Iterator
from statistics import median

from tests.bench.tables import row
from tests.chaos import visitors
from tests.chaos.rig import SLUG, Rig, Site
from tests.chaos.servers import wait_until

_TARGET_RATE, _TARGET_RATIO = 300, 0.4


def _rate(moments: list[float]) -> float:
    """Arrivals a second from the first to the last."""
    return (len(moments) - 1) / (max(moments) - min(moments)) if len(moments) > 1 else 0.0


def _rendered(rig: Rig) -> list:
    """The mails of a site as Django objects, made by its own delivery and kept in memory."""
    from django.conf import settings
    from django.core import mail
    from django.test.utils import override_settings

    from outbox import queue
    from outbox.clock import database_clock

    with rig.site(channels=("email",)) as site:
        rig.use(site.database)
        with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
            mail.outbox = []
            queue.deliver(clock=database_clock(), channels=["email"])
        assert settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"), settings.EMAIL_BACKEND
        return mail.outbox


def _raw(rig: Rig, mails: list) -> float:
    """Django alone: the same mails over one connection."""
    from django.core.mail import get_connection

    rig.far.forget()
    with get_connection() as connection:
        for mail in mails:
            mail.connection = connection
        connection.send_messages(mails)
    return _rate([moment for moment, _, _ in rig.far.ledger()["mails"]])


def _workers(rig: Rig, number: int) -> float:
    """So many ``manage.py deliver --loop`` at once, measured from the moment at which the first mail arrives."""
    with rig.site(channels=("email",)) as site:
        site.query("UPDATE outbox_message SET due_at = now() + interval '1 day'")
        for _ in range(number):
            site.loop()
        _wait_until_running(site, number)
        site.due_now()
        site.wait_until_finished(300)
        return _rate([moment for moment, _, _ in rig.far.ledger()["mails"]])


def _wait_until_running(site: Site, number: int) -> None:
    """Wait until that many loops have looked for work: each keeps two connections or more."""
    sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    wait_until(lambda: site.number(sql) >= 2 * number, "the workers have started", 60)
    # They look together, after one interval.
    time.sleep(1)


def run(rig: Rig, arguments: Namespace) -> Iterator[str]:
    """Mails a second."""
    mails = _rendered(rig)
    size = sum(len(mail.message().as_bytes()) for mail in mails[:50]) / len(mails[:50])
    raw, one, two = [], [], []
    for _ in range(arguments.rounds):
        raw.append(_raw(rig, mails))
        one.append(_workers(rig, 1))
        two.append(_workers(rig, 2))
    base = median(raw)
    yield f"MAIL  {len(mails)} mails of {size / 1024:.1f} KB, {arguments.rounds} rounds in turn, median (of all)"
    yield row("", "mails/s", "of raw", "rounds")
    for name, rates in (("Django alone, one connection", raw), ("one worker", one), ("two workers", two)):
        rounds = ", ".join(f"{rate:.0f}" for rate in rates)
        yield row(name, f"{median(rates):.0f}", f"{median(rates) / base:.0%}", rounds)
    reached = median(one) >= _TARGET_RATE and median(one) >= _TARGET_RATIO * base and median(two) > median(one)
    yield f"target: {_TARGET_RATE}/s and {_TARGET_RATIO:.0%} of raw with one, more with two: " + (
        "reached" if reached else "MISSED"
    )


def run_beside_registrations(rig: Rig, arguments: Namespace) -> Iterator[str]:
    """Registrations a second, with and without mails going out."""
    alone, beside, sent = [], [], []
    for _ in range(max(arguments.rounds - 1, 1)):
        alone.append(_registrations(rig, arguments.registrations, deliver=False)[0])
        rate, mails = _registrations(rig, arguments.registrations, deliver=True)
        beside.append(rate)
        sent.append(mails)
    yield f"REGISTRATIONS BESIDE MAIL  8 clients, gunicorn with 2 workers, {rig.messages} mails due"
    yield row("", "reg./s", "of alone", "mails meanwhile")
    yield row("nothing else", f"{median(alone):.0f}", "100%", "0")
    ratio = median(beside) / median(alone)
    yield row("mails going out", f"{median(beside):.0f}", f"{ratio:.0%}", f"{median(sent):.0f}")


def _registrations(rig: Rig, count: int, *, deliver: bool) -> tuple[float, int]:
    with rig.site(channels=("email",)) as site:
        _, port = site.web()
        point = site.number("SELECT min(id) FROM bridges_bridgepoint")
        visitors.crowd(lambda n: visitors.register(port, SLUG, point=point, number=900_000 + n), range(16), at_once=8)
        site.query("UPDATE outbox_message SET due_at = now() + interval '1 day'")
        if deliver:
            site.loop()
            _wait_until_running(site, 1)
            site.due_now()
            wait_until(rig.far.arrived, "mails leave", 60)
        before = rig.far.arrived()
        started = time.monotonic()
        visits = visitors.crowd(lambda n: visitors.register(port, SLUG, point=point, number=n), range(count), at_once=8)
        took = time.monotonic() - started
        mails = rig.far.arrived() - before
    return sum(v.status == 302 for v in visits) / took, mails
