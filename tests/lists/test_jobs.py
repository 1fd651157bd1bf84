"""A list from the dry run to its end: all or nothing, once, and gone afterwards."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import translation

from lists import jobs, progress, starting
from lists.models import ImportJob
from lists.people import apply
from registrations import services
from registrations.models import Registration
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, OrganiserFactory, registered
from tests.support.lists import checked, notes, people, started, uploaded, verdicts

pytestmark = pytest.mark.django_db

TWO = ({"email": "a@vidu.example"}, {"email": "b@vidu.example", "unit": "HTX B"})


def test_nothing_is_half_done_when_the_last_row_fails(point, at_once, monkeypatch):
    monkeypatch.setattr(apply, "_AT_ONCE", 1)
    real, calls = services.register_all, []

    def fail_at_second(**kwargs):
        calls.append(kwargs)
        if len(calls) == 2:
            raise ZeroDivisionError
        return real(**kwargs)

    monkeypatch.setattr(services, "register_all", fail_at_second)
    job = started(checked(point.conference, people(*TWO)))
    point.refresh_from_db()
    assert len(calls) == 2
    assert (job.state, Registration.objects.count(), point.seats_taken) == ("failed", 0, 0)
    assert len(job.rows) == 2, "it can be started again"
    monkeypatch.setattr(services, "register_all", real)
    assert started(job).state == "done"
    assert Registration.objects.count() == 2


def test_the_rows_are_gone_when_the_list_is_applied(point, at_once):
    job = started(checked(point.conference, people(*TWO)))
    assert (job.state, job.rows, job.plan, job.counts["new"]) == ("done", [], [], 2)


def test_the_histories_name_whoever_applied_the_list_and_nobody_afterwards(point, at_once):
    organiser = OrganiserFactory()
    job = checked(point.conference, people(*TWO))
    ImportJob.objects.update(by=organiser)
    job.refresh_from_db()
    started(job)
    assert {version.history_user for version in Registration.history.all()} == {organiser}
    point.save()
    assert point.history.latest("history_id").history_user is None


def test_the_rows_are_gone_when_the_list_is_dismissed(point):
    job = checked(point.conference, people(*TWO))
    assert jobs.dismiss(job=job, now=NOW)
    assert not ImportJob.objects.exists()


def test_the_rows_are_gone_after_a_day_and_not_before(point):
    checked(point.conference, people(*TWO))
    assert jobs.forget_old(now=NOW + timedelta(hours=23)) == 0
    assert jobs.forget_old(now=NOW + timedelta(hours=24)) == 1
    assert not ImportJob.objects.exists()


def test_what_was_applied_is_remembered_in_numbers(point, at_once):
    started(checked(point.conference, people(*TWO)))
    jobs.forget_old(now=NOW + timedelta(days=9))
    assert ImportJob.objects.get().counts["new"] == 2


def test_nothing_happens_but_what_was_confirmed(point, at_once):
    job = checked(point.conference, people(*TWO))
    # Meanwhile one of them registers without the list.
    registered(point, now=NOW)
    from registrations.models import Delegate

    Delegate.objects.update(email="a@vidu.example", full_name="Lê Văn 1", phone="")
    job = started(job)
    assert job.state == "checked"
    assert verdicts(job) == ["same", "new"]
    assert "Meanwhile" in job.error
    assert Registration.objects.count() == 1
    assert started(job).state == "done"
    assert Registration.objects.count() == 2


def test_a_list_is_applied_once(point, at_once):
    job = started(checked(point.conference, people(*TWO)))
    with pytest.raises(starting.NotStarted):
        starting.start(job=job, notify=True, now=NOW)
    jobs.apply(job=job.pk, run=job.run)
    assert Registration.objects.count() == 2


def test_a_conference_has_one_list_at_a_time(point, nobody_works):
    started(checked(point.conference, people(*TWO)))
    other = checked(point.conference, people(*TWO))
    with pytest.raises(starting.NotStarted, match="Another list"):
        starting.start(job=other, notify=True, now=NOW)


def test_a_list_whose_worker_died_can_be_started_again_and_the_dead_worker_changes_nothing(
    point, nobody_works, monkeypatch
):
    job = started(checked(point.conference, people(*TWO)))
    dead = job.run
    assert not jobs.is_silent(job, NOW + timedelta(seconds=59))
    later = NOW + timedelta(seconds=61)
    assert jobs.is_silent(job, later)
    real = apply.apply

    def overtaken(*args, **kwargs):
        """It wakes up and has done all its work, when somebody starts it again."""
        real(*args, **kwargs)
        with time_machine.travel(later, tick=False):
            ImportJob.objects.filter(pk=job.pk).update(run="another")

    monkeypatch.setattr(apply, "apply", overtaken)
    jobs.apply(job=job.pk, run=dead)
    assert Registration.objects.count() == 0
    monkeypatch.setattr(apply, "apply", real)
    ImportJob.objects.filter(pk=job.pk).update(run=dead, state="running")
    job = started(job, now=later)
    assert job.run != dead
    jobs.apply(job=job.pk, run=dead)
    assert Registration.objects.count() == 0
    jobs.apply(job=job.pk, run=job.run)
    assert Registration.objects.count() == 2


def test_a_worker_that_says_how_far_it_is_is_alive(point, nobody_works):
    job = started(checked(point.conference, people(*TWO)))
    progress.write(job.pk, job.run, done=1, now=NOW + timedelta(seconds=50))
    assert progress.read(job.pk, job.run) == (1, NOW + timedelta(seconds=50))
    assert not jobs.is_silent(job, NOW + timedelta(seconds=100))


def test_a_list_that_is_being_applied_cannot_be_dismissed(point, nobody_works):
    job = started(checked(point.conference, people(*TWO)))
    assert not jobs.dismiss(job=job, now=NOW)
    assert jobs.dismiss(job=job, now=NOW + timedelta(minutes=2))


def test_without_a_broker_a_thread_of_the_web_server_does_it(point, monkeypatch, settings):
    from lists.tasks import run_import

    threads = []
    monkeypatch.setattr(starting.threading, "Thread", lambda **kwargs: threads.append(kwargs) or _Started())

    def refuse(**_kwargs):
        raise ConnectionError

    monkeypatch.setattr(run_import, "apply_async", refuse)
    starting._hand_over(1, "run", run_import, jobs.apply)
    assert [thread["args"] for thread in threads] == [(1, "run", jobs.apply)]


class _Started:
    def start(self) -> None:
        pass


def test_with_a_broker_a_worker_does_it(point, monkeypatch):
    from lists.tasks import run_import

    sent = []
    monkeypatch.setattr(run_import, "apply_async", lambda **kwargs: sent.append(kwargs))
    starting._hand_over(1, "run", run_import, jobs.apply)
    assert [call["args"] for call in sent] == [[1, "run"]]


def test_seats_are_locked_in_the_order_of_their_numbers(point, at_once, monkeypatch):
    second = BridgePointFactory(conference=point.conference, name="Hội trường")
    locked, real = [], apply.seats.lock
    monkeypatch.setattr(apply.seats, "lock", lambda pk, **options: locked.append(pk) or real(pk))
    rows = ({"point": second.name}, {"point": point.name, "unit": "HTX B"})
    assert started(checked(point.conference, people(*rows))).state == "done"
    assert locked[:2] == [point.pk, second.pk]


# --- reading ----------------------------------------------------------------------------------------------------------


def test_the_file_is_kept_until_it_is_read_and_no_longer(point, nobody_works):
    job = uploaded(point.conference, people(*TWO))
    assert (job.state, job.rows, len(job.content) > 1000) == ("reading", [], True)
    jobs.read(job=job.pk, run=job.run)
    job.refresh_from_db()
    assert (job.state, job.content, len(job.rows), verdicts(job)) == ("checked", None, 2, ["new", "new"])


def test_what_is_no_list_is_refused_with_the_reason_and_the_file_is_gone(point, nobody_works):
    job = checked(point.conference, b"nothing", name="a.csv")
    assert (job.state, job.content, job.rows) == ("refused", None, [])
    assert "No row with the headings" in job.error


def test_a_fault_of_the_site_is_no_fault_of_the_file(point, nobody_works, monkeypatch, caplog):
    monkeypatch.setattr(jobs.reading, "read", lambda *_args, **_kwargs: 1 / 0)
    job = checked(point.conference, people(*TWO))
    assert (job.state, job.content) == ("refused", None)
    assert "not of your file" in job.error
    assert "ZeroDivisionError" in caplog.text


def test_a_list_is_read_in_the_language_of_whoever_uploaded_it(point, nobody_works):
    with translation.override("vi"):
        job = uploaded(point.conference, people({"phone": "12"}))
    jobs.read(job=job.pk, run=job.run)
    job.refresh_from_db()
    assert "không phải số điện thoại" in notes(job)


def test_of_two_workers_that_read_a_list_the_later_counts(point, nobody_works):
    job = uploaded(point.conference, people(*TWO))
    later = NOW + timedelta(seconds=61)
    starting.read_again(job=job, now=later)
    jobs.read(job=job.pk, run=job.run)
    again = ImportJob.objects.get()
    assert (again.state, again.run != job.run) == ("reading", True)
    with pytest.raises(starting.NotStarted):
        starting.read_again(job=job, now=later)
    jobs.read(job=job.pk, run=again.run)
    assert ImportJob.objects.get().state == "checked"


def test_a_list_that_is_being_read_can_be_neither_applied_nor_dismissed(point, nobody_works):
    job = uploaded(point.conference, people(*TWO))
    with pytest.raises(starting.NotStarted):
        starting.start(job=job, notify=True, now=NOW)
    assert not jobs.dismiss(job=job, now=NOW)
    assert jobs.dismiss(job=job, now=NOW + timedelta(minutes=2))
    jobs.read(job=job.pk, run=job.run)
    assert not ImportJob.objects.exists()
