"""Redis is stopped, flushed three times, and stalled."""

import time

from tests.chaos import visitors
from tests.chaos.rig import SLUG, Rig, Site, Verdict

_SLOWEST_PAGE = 3
_LONGEST_WAIT = 60
_STALL = 20


class _Case:
    """People who register over HTTP during a fault, and the rest of the queue, due in parts."""

    def __init__(self, site: Site, verdict: Verdict) -> None:
        self.site = site
        self._verdict = verdict
        _, self._port = site.web()
        self._point = site.number("SELECT min(id) FROM bridges_bridgepoint")
        self._number = 0
        # Nothing is due until a case says so.
        site.query("UPDATE outbox_message SET due_at = now() + interval '1 year'")
        self._left = site.number("SELECT count(*) FROM outbox_message") // 3

    def release(self) -> None:
        """Make a third of the queue due."""
        self.site.due_now(
            "id IN (SELECT id FROM outbox_message WHERE state = 'queued' AND due_at > now()"
            f" ORDER BY id LIMIT {self._left + 1})"
        )

    def visit(self, name: str, count: int = 10) -> None:
        """Some people register, one after the other."""
        visits = []
        for _ in range(count):
            self._number += 1
            visits.append(visitors.register(self._port, SLUG, point=self._point, number=self._number))
        slowest = max(max(v.form_seconds, v.post_seconds) for v in visits)
        failed = [v.status for v in visits if v.status != 302]
        self._verdict.figure(f"{name}: page {slowest:.2f} s at most")
        self._verdict.promise(not failed, f"{name}: registrations answered {failed}")
        self._verdict.promise(slowest < _SLOWEST_PAGE, f"{name}: a page took {slowest:.1f} s")

    def wait(self, name: str) -> None:
        """All that is due must leave soon."""
        waited = self.site.wait_until_finished(_LONGEST_WAIT * 2)
        self._verdict.figure(f"all out after {waited:.0f} s")
        self._verdict.promise(waited <= _LONGEST_WAIT, f"{name}: {self.site.unfinished()} not out after {waited:.0f} s")


def run(rig: Rig) -> Verdict:
    verdict = Verdict()
    with rig.site() as site:
        case = _Case(site, verdict)
        rig.redis.stop()
        try:
            # Beat and worker wait for Redis; the loop needs none.
            site.worker()
            site.beat()
            loop = site.loop()
            case.release()
            case.visit("stopped")
            case.wait("stopped, deliver --loop")
            longest = site.longest_wait()
            verdict.promise(longest <= _LONGEST_WAIT, f"stopped: a message waited {longest:.0f} s")
            loop.end()
            case.visit("stopped, no loop", 3)
        finally:
            rig.redis.start()
        case.wait("Redis back")

        rig.far.mail(delay=0.01)
        rig.far.sms(delay=0.01)
        case.release()
        for _ in range(3):
            case.visit("flushed", 3)
            rig.redis.client.flushall()
            time.sleep(1)
        case.wait("flushed")
        rig.far.mail()
        rig.far.sms()

        rig.redis.client.execute_command("CLIENT", "PAUSE", _STALL * 1000, "ALL")
        stalled_at = time.monotonic()
        case.release()
        case.visit("stalled")
        while time.monotonic() - stalled_at < _STALL:
            time.sleep(0.5)
        case.wait("stall over")
        count = site.count()
        total = sum(count.states.values())
        verdict.figures.insert(0, f"{total} messages: {count.words()}")
        verdict.promise(not count.lost, f"lost {len(count.lost)}, such as {count.lost[:1]}")
        verdict.promise(not +count.copies, "copies")
    return verdict
