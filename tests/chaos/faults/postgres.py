"""PostgreSQL is restarted in immediate mode five times while people register and messages leave."""

import itertools
import threading
import time

from tests.chaos import visitors
from tests.chaos.rig import SLUG, Rig, Site, Verdict
from tests.chaos.servers import wait_until

_RESTARTS = 5
_CLIENTS = 4
#: of ``deliver --loop``: one a channel, and the one that plans
_LOOP_THREADS = 3
#: The loop's thread for mail, and the two processes of the worker.
_SENDERS = 3
#: What may not be, with a query that counts it.
_IMPOSSIBLE = {
    "registrations without a delegate": """
        SELECT count(*) FROM registrations_registration r
        WHERE NOT EXISTS (SELECT 1 FROM registrations_delegate d WHERE d.registration_id = r.id)""",
    "organisations without a registration": """
        SELECT count(*) FROM registrations_organisation o
        WHERE NOT EXISTS (SELECT 1 FROM registrations_registration r WHERE r.organisation_id = o.id)""",
    "points whose seats taken are not those given": """
        SELECT count(*) FROM bridges_bridgepoint p WHERE seats_taken <> (
            SELECT coalesce(sum(r.seats), 0) FROM registrations_registration r
            WHERE r.bridge_point_id = p.id AND r.state = 'confirmed')""",
    "points whose waiting count is wrong": """
        SELECT count(*) FROM bridges_bridgepoint p WHERE waiting_count <> (
            SELECT count(*) FROM registrations_registration r
            WHERE r.bridge_point_id = p.id AND r.state = 'waitlisted')""",
    "points with more seats given than there are": """
        SELECT count(*) FROM bridges_bridgepoint WHERE seats_taken > seats""",
    "people on a waitlist while seats are free": """
        SELECT count(*) FROM bridges_bridgepoint WHERE waiting_count > 0 AND seats_taken < seats""",
    "addresses without a message": """
        SELECT count(*) FROM registrations_delegate d
        CROSS JOIN (VALUES ('email'), ('sms')) AS way (channel)
        WHERE CASE channel WHEN 'email' THEN d.email ELSE d.phone END <> '' AND NOT EXISTS (
            SELECT 1 FROM outbox_message m WHERE m.person = 'delegate/' || d.id AND m.channel = way.channel)""",
}


class _Crowd:
    """People who register one after the other, several at once, until told to stop."""

    def __init__(self, site: Site) -> None:
        self._site = site
        _, self._port = site.web()
        self._points = [pk for (pk,) in site.query("SELECT id FROM bridges_bridgepoint ORDER BY id")]
        self._numbers = itertools.count(1)
        self._over = threading.Event()
        self.visits: list[visitors.Visit] = []
        self._threads = [threading.Thread(target=self._go_on) for _ in range(_CLIENTS)]
        for thread in self._threads:
            thread.start()

    def _go_on(self) -> None:
        while not self._over.is_set():
            number = next(self._numbers)
            point = self._points[number % len(self._points)]
            self.visits.append(visitors.register(self._port, SLUG, point=point, number=number))
            # People, not a benchmark: the workers want some of the processor too.
            self._over.wait(0.05)

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


def run(rig: Rig) -> Verdict:
    verdict = Verdict()
    with rig.site() as site:
        rig.far.mail(delay=0.01)
        rig.far.sms(delay=0.01)
        # A channel that is held as well: a worker that loses the database cannot give it back.
        site.environment["SMS_CHANNEL"] = "tests.chaos.gateway.ExclusiveGateway"
        loop = site.loop()
        workers = [loop, site.worker(), site.beat()]
        crowd = _Crowd(site)
        wait_until(lambda: loop.threads >= _LOOP_THREADS, "the loop has started", 60)
        try:
            for _ in range(_RESTARTS):
                time.sleep(2)
                rig.postgres.crash()
                time.sleep(0.5)
                rig.postgres.start()
            time.sleep(2)
        finally:
            crowd.stop()
        started = time.monotonic()
        finished = site.wait_until_finished(240)
        took = time.monotonic() - started
        threads = loop.threads
        dead = [w.name for w in workers if w.exit_code is not None]
        count = site.count()
        stored = {email for (email,) in site.query("SELECT email FROM registrations_delegate")}
        impossible = {what: site.number(sql) for what, sql in _IMPOSSIBLE.items()}
    answered = [v for v in crowd.visits if 200 <= v.status < 400]
    verdict.figure(
        f"{_RESTARTS} restarts, {len(crowd.visits)} visitors, {len(answered)} registered, "
        f"{sum(count.states.values())} messages: {count.words()}, {count.states['uncertain']} SMS uncertain"
    )
    verdict.figure(f"all out {took:.0f} s after the last")
    verdict.promise(finished < float("inf"), "not everything went out")
    verdict.promise(threads >= _LOOP_THREADS, f"{threads} of the loop's {_LOOP_THREADS} threads are left")
    verdict.promise(not dead, f"ended by themselves: {', '.join(dead)}")
    verdict.promise(not count.lost, f"lost {len(count.lost)}, such as {count.lost[:1]}")
    verdict.promise(not count.copies["sms"], "copies of SMS")
    # Whoever delivers may be between the mail server's yes and their own note of it.
    verdict.promise(count.copies["email"] <= _SENDERS * _RESTARTS, "more copies of mails than restarts can explain")
    verdict.promise(not count.strangers, "copies with another Message-ID")
    gone = [v.email for v in answered if v.email not in stored]
    verdict.promise(not gone, f"{len(gone)} registrations were answered and do not exist")
    for what, number in impossible.items():
        verdict.promise(not number, f"{number} {what}")
    return verdict
