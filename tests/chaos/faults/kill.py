"""Workers are killed (SIGKILL) twenty times in the middle of their work."""

import random
import time

from tests.chaos.rig import Rig, Verdict
from tests.chaos.servers import wait_until

_KILLS = 20
#: Seconds for which a dead worker may keep a message from going on.
_LONGEST_GAP = 90


def run(rig: Rig) -> Verdict:
    verdict = Verdict()
    # Each dead worker holds a batch of either channel, so that a short queue is soon all held.
    kills = min(_KILLS, max(2, rig.messages // 100))
    killed_at: dict[int, float] = {}
    leases: dict[int, object] = {}
    longest_hold = 0.0
    with rig.site() as site:
        # Slow enough to be caught in the middle; the SMS gateway has counted before it answers.
        rig.far.mail(delay=80 / rig.messages)
        rig.far.sms(delay=80 / rig.messages)
        site.beat()
        for number in range(kills):
            worker = site.worker() if number % 2 else site.loop()
            before = rig.far.arrived()
            wait_until(lambda seen=before: rig.far.arrived() > seen, "a new worker sends something", 120)
            time.sleep(random.uniform(0, 1.5))
            worker.kill()
            moment = time.time()
            for pk, lease, left in site.query(
                "SELECT id, lease_until, extract(epoch FROM lease_until - clock_timestamp()) FROM outbox_message"
                " WHERE state IN ('claimed', 'sending')"
            ):
                if pk not in leases or lease != leases[pk]:
                    # Not one that an earlier dead worker still holds.
                    killed_at[pk] = moment
                    leases[pk] = lease
                    longest_hold = max(longest_hold, float(left))
        rig.far.mail()
        rig.far.sms()
        site.loop()
        finished = site.wait_until_finished(180)
        count = site.count()
        gaps = site.query(
            "SELECT id, extract(epoch FROM sent_at) FROM outbox_message WHERE id = ANY(%s) AND sent_at IS NOT NULL",
            list(killed_at),
        )
    longest_gap = max((float(sent) - killed_at[pk] for pk, sent in gaps), default=0)
    uncertain = count.states["uncertain"]
    verdict.figure(f"{sum(count.states.values())} messages, {kills} kills: {count.words()}, {uncertain} SMS uncertain")
    verdict.figure(f"held {longest_hold:.0f} s at most, longest gap {longest_gap:.0f} s")
    verdict.promise(finished < float("inf"), "not everything went out")
    verdict.promise(not count.lost, f"lost {len(count.lost)}, such as {count.lost[:1]}")
    verdict.promise(count.copies["email"] <= kills, "more copies of mails than kills")
    verdict.promise(not count.copies["sms"], "copies of SMS")
    verdict.promise(not count.strangers, "copies with another Message-ID")
    verdict.promise(uncertain <= kills, "more uncertain SMS than kills")
    verdict.promise(not count.unbooked.keys() - {"uncertain"}, f"sent, but booked as {dict(count.unbooked)}")
    verdict.promise(longest_gap <= _LONGEST_GAP, f"a message stood still for {longest_gap:.0f} s")
    return verdict
