"""Workers' clocks are two days ahead and an hour behind; the planner stands in another time zone.

The database's clock is the judge: nothing leaves, is planned, expires or is held by a worker's own.
"""

import re
import time
from datetime import UTC, datetime, timedelta

from tests.chaos.rig import Rig, Site, Verdict
from tests.chaos.servers import Process, wait_until

_AHEAD, _BEHIND = 2 * 24 * 3600, -3600
_LONGEST_HOLD = 90


def _crooked_loop(site: Site, seconds: float) -> Process:
    return site.start(
        f"loop{seconds:+.0f}", "-m", "tests.chaos.crooked_clock", str(seconds), "manage.py", "deliver", "--loop"
    )


def _crooked_worker(site: Site, seconds: float) -> Process:
    options = ["--concurrency", "1", "--loglevel", "WARNING", "--hostname", f"crooked{seconds:+.0f}@%h"]
    return site.start(
        f"worker{seconds:+.0f}",
        *("-m", "tests.chaos.crooked_clock", str(seconds), "-m", "celery", "-A", "conference", "worker"),
        *options,
    )


def _ask_to_plan(rig: Rig) -> None:
    """What beat does once a minute."""
    from django.conf import settings

    from conference.celery import app

    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        if "plan" in entry["task"]:
            app.send_task(entry["task"])


def _mixed_clocks(rig: Rig, verdict: Verdict) -> None:
    """Wrong and right clocks at one queue: nothing early, twice, expired or stuck."""
    with rig.site() as site:
        # Half is due tomorrow, and worth something until the day after: too late by the clock that is ahead.
        site.query("UPDATE outbox_message SET expires_at = now() + interval '36 h'")
        site.query("UPDATE outbox_message SET due_at = now() + interval '1 day' WHERE id % 2 = 0")
        tomorrow = site.number("SELECT count(*) FROM outbox_message WHERE due_at > now()")
        # One day before the start is in two days; the reminder of a week ahead is due now. They are told apart by when
        # they are worthless.
        site.query(
            "UPDATE conference_conference SET starts_at = now() + interval '71 h', ends_at = now() + interval '74 h'"
        )
        rig.far.mail(delay=0.01)
        rig.far.sms(delay=0.01)
        doomed = _crooked_loop(site, _AHEAD)
        wait_until(lambda: rig.far.arrived() > 5, "the worker that is ahead sends", 60)
        doomed.kill()
        sql = (
            "SELECT coalesce(max(extract(epoch FROM lease_until - now())), 0) FROM outbox_message"
            " WHERE state IN ('claimed', 'sending')"
        )
        held = float(site.number(sql))
        workers = [
            _crooked_loop(site, _AHEAD),
            _crooked_loop(site, _BEHIND),
            _crooked_worker(site, _AHEAD),
            _crooked_worker(site, _BEHIND),
            site.loop(),
            site.beat(),
        ]
        time.sleep(8)
        for _ in range(4):
            _ask_to_plan(rig)
        finished = site.wait_until_finished(180)
        time.sleep(6)
        early = site.number("SELECT count(*) FROM outbox_message WHERE due_at > now() AND state <> 'queued'")
        reminders = site.number(
            "SELECT count(*) FROM outbox_message WHERE kind = 'reminder' AND expires_at > now() + interval '48 h'"
        )
        site.query("UPDATE outbox_message SET due_at = now() WHERE state = 'queued' AND due_at > now()")
        finished = max(finished, site.wait_until_finished(120))
        count = site.count()
        dead = [w.name for w in workers if w.exit_code is not None]
    verdict.figure(f"{sum(count.states.values())} messages: {count.words()}, {count.states['uncertain']} SMS uncertain")
    verdict.figure(f"early {early} of {tomorrow}, planned early {reminders}, held {held:.0f} s at most")
    verdict.promise(not early, f"{early} messages of tomorrow were touched today")
    verdict.promise(not reminders, f"{reminders} reminders were planned two days early")
    verdict.promise(0 <= held <= _LONGEST_HOLD, f"a dead worker that was ahead holds messages for {held:.0f} s")
    verdict.promise(finished < float("inf"), "not everything went out")
    for state in ("expired", "cancelled", "failed"):
        verdict.promise(not count.states[state], f"{count.states[state]} messages {state} by a wrong clock")
    verdict.promise(not count.lost, f"lost {len(count.lost)}, such as {count.lost[:1]}")
    # One kill is part of this.
    verdict.promise(count.copies["email"] <= 1 and not count.copies["sms"], "copies")
    verdict.promise(count.states["uncertain"] <= 1, "more uncertain SMS than kills")
    verdict.promise(not dead, f"ended by themselves: {', '.join(dead)}")


def _words(rig: Rig, verdict: Verdict) -> None:
    """A reminder says how long is left by the right clock."""
    with rig.site(messages=40) as site:
        site.query("UPDATE outbox_message SET state = 'cancelled'")
        site.query(
            "UPDATE conference_conference SET starts_at = now() + interval '50 min', ends_at = now() + interval '3 h'"
        )
        _crooked_loop(site, _AHEAD)
        planned = "SELECT count(*) FROM outbox_message WHERE kind = 'reminder'"
        wait_until(lambda: site.number(planned), "reminders are planned", 60)
        site.wait_until_finished(60)
        texts = [text for _, _, _, text in rig.far.ledger()["texts"]]
        dropped = site.number("SELECT count(*) FROM outbox_message WHERE kind = 'reminder' AND state <> 'sent'")
    wrong = [text for text in texts if not re.search(r"\b(48|49|50) phut\b", text)]
    verdict.figure(f"wrong time left in {len(wrong)} of {len(texts)} reminders")
    verdict.promise(texts and not dropped, f"{dropped} reminders were dropped by a worker that is ahead")
    verdict.promise(not wrong, f"{len(wrong)} reminders say a wrong time left")


def _time_zone(rig: Rig, verdict: Verdict) -> None:
    """One day before 08:00 in Vietnam is 01:00 UTC the day before, wherever the planner stands."""
    # In the night to 14/3/2027 the clocks of New York go forward.
    start = datetime(2027, 3, 15, 1, 0, tzinfo=UTC)
    planned = []
    with rig.site(messages=40) as site:
        site.query(
            "UPDATE conference_conference SET starts_at = %s, ends_at = %s, scheduled_at = %s",
            *(start, start + timedelta(hours=3), start - timedelta(days=30)),
        )
        site.query("UPDATE registrations_registration SET confirmed_at = %s", start - timedelta(days=20))
        due = site.number("SELECT count(*) FROM outbox_message")
        for moment in (start - timedelta(days=1, seconds=30), start - timedelta(days=1)):
            process = site.start(
                "planner",
                *("-m", "tests.chaos.crooked_clock", moment.isoformat(), "manage.py", "deliver"),
                TZ="America/New_York",
                DJANGO_SETTINGS_MODULE="tests.chaos.own_clock",
            )
            verdict.promise(process.wait(60) == 0, f"the planner failed: {process.words()}")
            # The reminder of seven days ahead stands beside it, told apart by when it is worthless.
            sql = "SELECT count(*) FROM outbox_message WHERE kind = 'reminder' AND expires_at > %s"
            planned.append(site.number(sql, start - timedelta(days=1) + timedelta(seconds=1)))
    verdict.figure(f"New York: {planned[0]} planned at 00:59:30 UTC, {planned[1]} of {due} at 01:00")
    verdict.promise(planned == [0, due], f"in New York {planned} reminders were planned instead of [0, {due}]")


def run(rig: Rig) -> Verdict:
    verdict = Verdict()
    _mixed_clocks(rig, verdict)
    _words(rig, verdict)
    _time_zone(rig, verdict)
    return verdict
