"""The bodies of all Celery tasks, run as a worker runs them but in this process."""

from datetime import timedelta

import pytest
import time_machine
from celery import Task
from celery.fixups.django import DjangoWorkerFixup
from celery.signals import task_prerun
from django.core import mail
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone

from accounts.models import Session
from accounts.tasks import tidy
from conference.celery import app
from control.models import Cue, Incident, Room, SlideLink
from control.tasks import enter_silent_rooms, forget_slides, tell_next_rooms
from lists.models import ImportJob
from lists.tasks import forget_old_imports, read_import, run_import
from messaging.models import Announcement
from messaging.tasks import plan_announcements, plan_reminders, plan_test_rounds, report_stopped_channels
from outbox import channel_state, heartbeat, queue
from outbox.channels.email import EmailChannel
from outbox.models import Message
from outbox.tasks import BUDGET, deliver_due, forget_old_messages
from registrations.models import Registration
from registrations.tasks import erase_due
from tests.conftest import NOW
from tests.support import lists
from tests.support.factories import START, BridgePointFactory, ConnectionFactory, UserFactory, registered

pytestmark = pytest.mark.django_db


def run(task: Task, *arguments, **keywords) -> None:
    """Run the body of ``task``; what it raises is raised here."""
    task.apply(args=arguments, kwargs=keywords, throw=True)


@pytest.fixture
def handed_over(monkeypatch) -> list[dict]:
    """What ``deliver_due`` gave to the broker to go on with."""
    calls: list[dict] = []
    monkeypatch.setattr(deliver_due, "apply_async", lambda **options: calls.append(options))
    return calls


def queued(count: int, **fields: str) -> None:
    queue.post(
        Message(
            **{"key": f"{n}/email", "channel": "email", "address": f"{n}@vidu.example", "text": "Thư", **fields},
            due_at=timezone.now(),
            created_at=timezone.now(),
        )
        for n in range(count)
    )


def states() -> list[str]:
    return list(Message.objects.order_by("id").values_list("state", flat=True))


def test_every_task_is_run_here():
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    here = (
        plan_reminders, plan_test_rounds, plan_announcements, report_stopped_channels, deliver_due, erase_due,
        read_import, run_import, forget_old_imports, forget_old_messages, tidy, enter_silent_rooms,
        tell_next_rooms,
        forget_slides,
    )  # fmt: skip
    assert ours == {task.name for task in here}


def test_a_worker_keeps_its_connection_to_the_database_from_task_to_task(monkeypatch):
    closed = []
    monkeypatch.setattr(connections[DEFAULT_DB_ALIAS], "close", lambda: closed.append(1))
    worker = DjangoWorkerFixup(app)
    worker.on_task_prerun(sender=deliver_due)
    worker.on_task_postrun(sender=deliver_due)
    assert closed == []


def test_before_a_task_a_connection_is_looked_at_as_before_a_request(monkeypatch):
    looked = []
    monkeypatch.setattr("conference.celery.close_old_connections", lambda: looked.append(1))
    task_prerun.send(sender=deliver_due)
    assert looked == [1]


def test_what_is_due_is_delivered(handed_over):
    queued(2)
    run(deliver_due)
    assert (states(), len(mail.outbox)) == (["sent", "sent"], 2)
    assert heartbeat.last("beat") is None
    assert handed_over == []


def test_beat_leaves_a_sign_of_life(handed_over):
    run(deliver_due, from_beat=True)
    assert timezone.now() - heartbeat.last("beat") < timedelta(minutes=1)


def test_one_channel_is_delivered_and_the_others_wait(handed_over):
    queued(1)
    queued(1, key="sms", channel="sms", address="+84900000001")
    run(deliver_due, channel="email")
    assert states() == ["sent", "queued"]


def test_a_delivery_whose_time_was_up_is_followed_by_the_next_at_once(handed_over, monkeypatch):
    queued(2)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        monkeypatch.setattr(EmailChannel, "send", lambda *of_a_mail: clock.shift(BUDGET) or "")
        run(deliver_due, channel="email")
    assert states() == ["sent", "queued"]
    assert handed_over == [{"kwargs": {"channel": "email"}, "retry": False}]


def test_a_delivery_that_has_sent_all_is_followed_by_none_however_many_they_were(handed_over, monkeypatch):
    monkeypatch.setattr(queue, "BATCH", 2)
    queued(4)
    run(deliver_due, channel="email")
    assert (states(), handed_over) == (["sent"] * 4, [])


def test_reminders_and_announcements_that_are_due_go_into_the_outbox():
    registration = registered(BridgePointFactory(), now=NOW)
    Message.objects.all().delete()
    Announcement.objects.create(
        conference=registration.conference,
        subject="Gửi xe",
        text="Sân sau",
        sms_text="San sau",
        state=Announcement.State.CONFIRMED,
        send_at=START - timedelta(days=1),
    )
    with time_machine.travel(START - timedelta(days=1), tick=False):
        run(plan_reminders)
        run(plan_announcements)
    assert {"reminder", "announcement"} <= set(Message.objects.values_list("kind", flat=True))


def test_the_organisers_hear_of_a_channel_that_has_stopped():
    superuser = UserFactory(is_staff=True, is_superuser=True)
    channel_state.stop("sms", "No balance.", NOW)
    run(report_stopped_channels)
    run(report_stopped_channels)
    alarm = Message.objects.get(kind="channel_stopped")
    assert (alarm.address, "No balance." in alarm.text) == (superuser.email, True)


def test_what_is_known_about_people_is_erased_when_its_time_has_come():
    registration = registered(BridgePointFactory(conference__erase_after_days=30), now=NOW)
    with time_machine.travel(registration.conference.erased_from, tick=False):
        run(erase_due)
    registration.refresh_from_db()
    assert (registration.contact_name, bool(registration.erased_at)) == ("", True)


def test_a_room_that_has_fallen_silent_is_entered():
    point = BridgePointFactory()
    Room.objects.create(bridge_point=point, state="connected", state_at=START, last_seen_at=START)
    with time_machine.travel(START + timedelta(minutes=2), tick=False):
        run(enter_silent_rooms)
    assert Incident.objects.get().kind == "silent"


def test_the_room_that_speaks_next_is_told():
    point = ConnectionFactory(technician_phone="+84900000701").bridge_point
    on, ahead = {"position": 1, "started_at": START}, {"position": 2, "point": point}
    for more in (on, ahead):
        Cue.objects.create(conference=point.conference, title="Phần", **more)
    with time_machine.travel(START, tick=False):
        run(tell_next_rooms)
    assert Message.objects.get(kind="turn").address == "+84900000701"


def test_the_addresses_of_speakers_are_forgotten_some_days_after_the_end(settings, tmp_path):
    settings.SLIDES_DIR = tmp_path / "slides"
    point = BridgePointFactory()
    cue = Cue.objects.create(conference=point.conference, title="Báo cáo", minutes=10)
    SlideLink.objects.create(cue=cue, email="dien.gia@vidu.example")
    with time_machine.travel(point.conference.ends_at + timedelta(days=settings.SLIDES_KEPT_DAYS), tick=False):
        run(forget_slides)
    assert not SlideLink.objects.exists()


def test_an_uploaded_list_is_read_and_applied(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    point = BridgePointFactory(name="VNPT Bắc Ninh", short_name="Bắc Ninh")
    with time_machine.travel(NOW, tick=False):
        job = lists.uploaded(point.conference, lists.people({"point": "Bắc Ninh"}))
        run(read_import, job.pk, job.run)
        job.refresh_from_db()
        job = lists.started(job)
        run(run_import, job.pk, job.run)
    job.refresh_from_db()
    assert (job.state, Registration.objects.count()) == ("done", 1)


def test_a_list_that_nobody_applied_is_forgotten_after_a_day():
    point = BridgePointFactory()
    lists.checked(point.conference, lists.people({}))
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        run(forget_old_imports)
    assert not ImportJob.objects.exists()


def test_sessions_that_have_expired_are_forgotten(client):
    client.force_login(UserFactory())
    run(tidy)
    assert Session.objects.count() == 1
    with time_machine.travel(timezone.now() + timedelta(days=15), tick=False):
        run(tidy)
    assert not Session.objects.exists()


def test_messages_about_no_conference_are_forgotten_after_a_month():
    queued(1, state=Message.State.SENT)
    run(forget_old_messages)
    assert Message.objects.count() == 1
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        run(forget_old_messages)
    assert not Message.objects.exists()
