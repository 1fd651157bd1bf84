"""Two beats and three workers at once, on the same queue and the same reminders."""

from tests.chaos.rig import Rig, Site, Verdict
from tests.chaos.servers import wait_until


def _make_reminders_due(site: Site) -> int:
    """Move the conference to 23 hours from now, everybody registered long before; returns how many are reminded."""
    site.query(
        "UPDATE conference_conference SET starts_at = now() + interval '23 h', ends_at = now() + interval '26 h'"
    )
    site.query("UPDATE registrations_registration SET confirmed_at = confirmed_at - interval '9 days'")
    site.query("UPDATE outbox_message SET expires_at = now() + interval '26 h'")
    return site.number(
        "SELECT sum((d.email <> '')::int + (d.phone <> '')::int) FROM registrations_delegate d"
        " JOIN registrations_registration r ON r.id = d.registration_id WHERE r.state = 'confirmed'"
    )


def run(rig: Rig) -> Verdict:
    verdict = Verdict()
    with rig.site() as site:
        before = site.number("SELECT count(*) FROM outbox_message")
        expected = _make_reminders_due(site)
        other = rig.stage.folder / "other-var"
        for number in range(3):
            site.worker(1, name=f"worker{number}")
        site.beat(name="beat1")
        site.beat(name="beat2", VAR_DIR=str(other))
        reminders = "SELECT count(*) FROM outbox_message WHERE kind = 'reminder'"
        planned_after = wait_until(lambda: site.number(reminders), "reminders are planned", 150)
        finished = site.wait_until_finished(180)
        planned = site.number(reminders)
        count = site.count()
    verdict.figure(f"{before} messages and {planned} reminders of {expected}: {count.words()}")
    verdict.figure(f"planned after {planned_after:.0f} s")
    verdict.promise(finished < float("inf"), "not everything went out")
    verdict.promise(planned == expected, f"{planned} reminders instead of {expected}")
    verdict.promise(count.states.keys() == {"sent"}, f"states {dict(count.states)}")
    verdict.promise(not count.lost, f"lost {len(count.lost)}")
    verdict.promise(not +count.copies, "copies")
    verdict.promise(not count.strangers, "somebody got two Message-IDs for one message")
    return verdict
