"""Two presses at one moment on test rounds: real threads and connections, the race window held open."""

from datetime import timedelta
from functools import partial

import pytest

from bridges.models import Connection, TestRound
from messaging.reminders import cancelled_rounds, test_rounds
from outbox.models import Message
from staff.day import round_forms
from staff.workspace.access import workspace_url
from tests.conftest import NOW
from tests.support.races import Window, at_once
from tests.support.two_people import browser, coordinator, organiser, point

__all__ = ["coordinator", "organiser", "point"]

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_now")]


@pytest.fixture
def _window_of_twins(monkeypatch) -> None:
    """Whoever has seen that there is no such round waits until the other has, too, or stands at the lock."""
    window, twin_at = Window(), round_forms.RoundForm._twin_at

    def slow(form, moment, kind):
        found = twin_at(form, moment, kind)
        window.hold()
        return found

    monkeypatch.setattr(round_forms.RoundForm, "_twin_at", slow)


def add_twice(point, user) -> list[int]:
    """The statuses of the answers to two tabs that store the same round at once, the lower one first."""
    data = {"kind": "lines", "name": "Vòng 2", "note": "", "starts_at_0": "2027-07-18", "starts_at_1": "08:00"}
    address, tabs = workspace_url("round_add", point.conference), [browser(user), browser(user)]
    return sorted(answer.status_code for answer in at_once(*(partial(tab.post, address, data) for tab in tabs)))


@pytest.mark.usefixtures("_window_of_twins")
def test_of_two_tabs_that_add_the_same_round_at_once_one_adds_it_and_the_other_is_refused(organiser, point):
    assert add_twice(point, organiser) == [302, 422]
    assert TestRound.objects.count() == 1


@pytest.mark.usefixtures("_window_of_twins")
def test_without_the_lock_both_would_add_it(organiser, point, monkeypatch):
    monkeypatch.setattr(round_forms, "_lock", lambda conference: None)
    assert add_twice(point, organiser) == [302, 302]


@pytest.fixture
def reminded(point) -> TestRound:
    """A round in five hours, of which the technician of the point has been reminded."""
    point.conference.is_published = True
    point.conference.save()
    Connection.objects.update(technician_email="ky.thuat@vidu.example")
    made = TestRound.objects.create(conference=point.conference, name="Vòng 1", starts_at=NOW + timedelta(hours=5))
    assert test_rounds.plan_due(now=NOW)
    return made


def _window_at(monkeypatch, module, name: str) -> None:
    """Whoever leaves the function ``name`` of ``module`` waits until the other has come as far, or stands at a lock."""
    window, original = Window(), getattr(module, name)

    def slow(*args, **kwargs):
        found = original(*args, **kwargs)
        window.hold()
        return found

    monkeypatch.setattr(module, name, slow)


def test_of_two_tabs_that_cancel_a_round_at_once_one_tells_its_people(organiser, reminded, monkeypatch):
    Message.objects.update(state=Message.State.SENT)
    _window_at(monkeypatch, cancelled_rounds, "list_notices")
    cancel = partial(cancelled_rounds.cancel_round, test_round=reminded, now=NOW)
    done = at_once(cancel, cancel)
    assert sum(one is None for one in done) == 1, done
    notices = Message.objects.filter(kind="round_cancelled")
    assert sorted(notices.values_list("channel", flat=True)) == sorted(
        Message.objects.filter(kind="test_round").values_list("channel", flat=True)
    )


def test_a_reminder_that_is_planned_while_its_round_is_cancelled_is_withdrawn_with_the_others(reminded, monkeypatch):
    Message.objects.all().delete()
    _window_at(monkeypatch, test_rounds, "_due")
    plan = partial(test_rounds.plan_due, now=NOW)
    cancel = partial(cancelled_rounds.cancel_round, test_round=reminded, now=NOW)
    for one in at_once(plan, cancel):
        assert not isinstance(one, Exception), one
    assert not Message.objects.unsent().exists()


def test_deleting_a_round_while_its_reminders_are_planned_leaves_none(reminded, monkeypatch):
    Message.objects.all().delete()
    _window_at(monkeypatch, test_rounds, "_due")
    plan = partial(test_rounds.plan_due, now=NOW)
    delete = partial(cancelled_rounds.delete_round, test_round=reminded)
    for one in at_once(plan, delete):
        assert not isinstance(one, Exception), one
    assert not Message.objects.unsent().exists()
