"""The mail server answers 421, 451 and 550, hangs up, hangs, is slow, and is down for half an hour."""

import time
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

from tests.chaos.rig import Rig, Site, Verdict
from tests.chaos.servers import Process, wait_until

#: Connections closer together than this (s) are one try.
_ONE_TRY = 4
_SMS_WAIT = 30
_UNDELAYED = 60


def _tries(connections: list[float]) -> list[float]:
    """Seconds between the tries that these connections belong to."""
    starts: list[float] = []
    last = float("-inf")
    for moment in connections:
        if moment - last > _ONE_TRY:
            starts.append(moment)
        last = moment
    return [later - earlier for earlier, later in pairwise(starts)]


def _outage(rig: Rig, verdict: Verdict) -> None:
    """421 in real time, then half an hour of silence, in which time passes by moving the rows' times back."""
    with rig.site(channels=("email",)) as site:
        total = site.number("SELECT count(*) FROM outbox_message")
        site.query("UPDATE outbox_message SET expires_at = now() + interval '20 min' WHERE id % 10 = 0")
        short = site.number("SELECT count(*) FROM outbox_message WHERE expires_at < now() + interval '1 h'")
        rig.far.mail(greeting="421 4.3.2 not now")
        site.loop()
        time.sleep(60)
        connections = rig.far.ledger()["connections"]
        pauses = _tries(connections)
        verdict.figure(
            f"421: {len(connections)} connections in 60 s, pauses of {', '.join(f'{p:.0f}' for p in pauses)} s"
        )
        grow = len(pauses) >= 2 and all(b > a * 1.5 for a, b in pairwise(pauses))
        verdict.promise(grow, "421: the pauses do not grow")
        rig.far.mail(down=True)
        for _ in range(6):
            site.let_time_pass(timedelta(minutes=5))
            time.sleep(6)
        rig.far.mail()
        most = 0
        for minutes in range(32):
            site.wait_until_finished(8)
            open_rows = site.number("SELECT count(*) FROM outbox_message WHERE state = 'queued'")
            most = minutes
            if not open_rows:
                break
            site.let_time_pass(timedelta(minutes=1))
        count = site.count()
    states = count.states
    verdict.figure(
        f"down 30 min (times moved): {count.words(['email'])}, {states['sent']} of {total} sent, "
        f"{states['expired']} expired, all out {most} min after"
    )
    verdict.promise(not count.lost, f"down: lost {len(count.lost)}, such as {count.lost[:1]}")
    verdict.promise(not +count.copies, "down: copies")
    verdict.promise(states["expired"] == short, f"down: {states['expired']} expired instead of {short}")
    verdict.promise(states["sent"] == total - short, f"down: {dict(states)}")
    verdict.promise(not count.unbooked, f"down: sent, but booked as {dict(count.unbooked)}")


def _single_addresses(rig: Rig, verdict: Verdict) -> None:
    """Some are refused for good (550), some for now (451): nobody else waits."""
    with rig.site(channels=("email",)) as site:
        rows = site.query("SELECT id, address FROM outbox_message ORDER BY due_at, id LIMIT 10")
        refused, later = [a for _, a in rows[:5]], [a for _, a in rows[5:]]
        answers = dict.fromkeys(refused, "550 5.1.1 no such mailbox") | dict.fromkeys(later, "451 4.7.1 come back")
        rig.far.mail(answers=answers)
        site.loop()
        others = "address <> ALL('{" + ",".join(answers) + "}')"
        site.wait_until_finished(_UNDELAYED * 2, others)
        waited = site.longest_wait(others)
        failed = site.query("SELECT state, attempts FROM outbox_message WHERE address = ANY(%s) GROUP BY 1, 2", refused)
        pauses = []
        # On a slow machine the second try has come before all others have left.
        tried = 0
        for _ in range(3):
            sql = "SELECT count(*) FROM outbox_message WHERE address = ANY(%s) AND attempts <= %s"
            wait_until(lambda n=tried, q=sql: not site.number(q, later, n), "451 is tried again", 60, 0.1)
            settled = "SELECT count(*) FROM outbox_message WHERE address = ANY(%s) AND state <> 'queued'"
            wait_until(lambda q=settled: not site.number(q, later), "451 is queued again", 30, 0.1)
            sql = "SELECT min(extract(epoch FROM due_at - now())) FROM outbox_message WHERE address = ANY(%s)"
            pauses.append(float(site.number(sql, later)))
            tried = site.number("SELECT max(attempts) FROM outbox_message WHERE address = ANY(%s)", later)
            site.let_time_pass(timedelta(seconds=pauses[-1] + 1))
        rig.far.mail()
        site.let_time_pass(timedelta(minutes=5))
        finished = site.wait_until_finished(30)
        count = site.count()
    verdict.figure(
        f"550/451 for 5 each: others waited {waited:.1f} s at most, 550 {failed}, "
        f"451 pauses {', '.join(f'{p:.0f}' for p in pauses)} s, {count.words(['email'])}"
    )
    verdict.promise(waited <= _UNDELAYED, f"bad addresses delayed others by {waited:.0f} s")
    verdict.promise(failed == [("failed", 1)], f"550 ended as {failed}")
    verdict.promise(all(b > a * 1.3 for a, b in pairwise(pauses)), "451: pauses do not grow")
    verdict.promise(finished < float("inf") and not count.lost, f"451: lost {len(count.lost)}")
    verdict.promise(not +count.copies, "550/451: copies")


def _hang_ups(rig: Rig, verdict: Verdict) -> None:
    """The server cuts the connection in mid-DATA, always for two recipients and by chance five times more."""
    with rig.site(channels=("email",)) as site:
        rows = site.query("SELECT address FROM outbox_message ORDER BY due_at, id OFFSET 10 LIMIT 2")
        poison = [address for (address,) in rows]
        rig.far.mail(answers=dict.fromkeys(poison, "drop"), drops=5)
        site.loop()
        others = "address <> ALL('{" + ",".join(poison) + "}')"
        site.wait_until_finished(_UNDELAYED * 3, others)
        waited = site.longest_wait(others)
        rig.far.mail()
        site.let_time_pass(timedelta(minutes=31))
        finished = site.wait_until_finished(60)
        count = site.count()
    verdict.figure(f"hang-ups: others waited {waited:.0f} s at most, {count.words(['email'])}")
    verdict.promise(waited <= _UNDELAYED, f"mails at which the server hangs up delayed others by {waited:.0f} s")
    verdict.promise(finished < float("inf") and not count.lost, f"hang-ups: lost {len(count.lost)}")
    verdict.promise(not +count.copies, "hang-ups: copies")


def _hang(rig: Rig, verdict: Verdict, name: str, start: Callable[[Site], Process]) -> None:
    """The server takes connections and says nothing: SMS leave all the same."""
    with rig.site() as site:
        rig.far.mail(hang=True)
        start(site)
        site.wait_until_finished(120, "channel = 'sms'")
        waited = site.longest_wait("channel = 'sms'")
        left = site.unfinished("channel = 'sms'")
        rig.far.mail()
        finished = float("inf")
        for _ in range(4):
            site.let_time_pass(timedelta(minutes=2))
            finished = min(finished, site.wait_until_finished(30))
        count = site.count()
    verdict.figure(f"hanging, {name}: SMS waited {waited:.1f} s at most, {count.words()}")
    verdict.promise(not left and waited <= _SMS_WAIT, f"hanging, {name}: {left} SMS left, longest wait {waited:.0f} s")
    verdict.promise(finished < float("inf") and not count.lost, f"hanging, {name}: lost {len(count.lost)}")
    verdict.promise(not +count.copies, f"hanging, {name}: copies")


def _slow(rig: Rig, verdict: Verdict) -> None:
    """Half a second for each mail: no lease runs out under way."""
    with rig.site(messages=min(rig.messages, 300)) as site:
        rig.far.mail(delay=0.5)
        site.loop()
        site.loop()
        finished = site.wait_until_finished(180)
        waited = site.longest_wait("channel = 'sms'")
        tries = site.number("SELECT max(attempts) FROM outbox_message")
        count = site.count()
    verdict.figure(f"0.5 s each: SMS waited {waited:.1f} s at most, {count.words()}")
    verdict.promise(finished < float("inf") and not count.lost, f"slow: lost {len(count.lost)}")
    verdict.promise(not +count.copies, "slow: copies")
    verdict.promise(tries == 1, f"slow: up to {tries} tries")
    verdict.promise(waited <= _SMS_WAIT, f"slow: SMS waited {waited:.0f} s")


def _celery(site: Site) -> Process:
    site.beat()
    return site.worker()


def run(rig: Rig) -> Verdict:
    verdict = Verdict()
    _outage(rig, verdict)
    _single_addresses(rig, verdict)
    _hang_ups(rig, verdict)
    _hang(rig, verdict, "deliver --loop", Site.loop)
    _hang(rig, verdict, "celery", _celery)
    _slow(rig, verdict)
    return verdict
