"""Two people press at the same moment on the same page: real threads and connections, the race window held open."""

from functools import partial

import pytest

from bridges.models import Connection
from staff.points.forms import ConnectionForm
from tests.support.html_forms import filled_in
from tests.support.races import Window, at_once
from tests.support.two_people import browser, change, coordinator, organiser, point

__all__ = ["coordinator", "organiser", "point"]

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_now")]


@pytest.fixture
def window(monkeypatch) -> Window:
    """Whoever has read the connection first waits until the other has read it too, or stands at its lock."""
    window, read_anew = Window(), ConnectionForm._read_anew

    def slow(form) -> None:
        window.hold()
        read_anew(form)

    monkeypatch.setattr(ConnectionForm, "_read_anew", slow)
    return window


def both_set_the_password(point, *users) -> list[int]:
    """The statuses of the answers, the lower one first."""
    address = change(point)
    clients = [browser(user) for user in users]
    sent = [
        filled_in(client.get(address)) | {"connection-0-password": f"MatKhau{n}"} for n, client in enumerate(clients)
    ]
    answers = at_once(*(partial(client.post, address, data) for client, data in zip(clients, sent, strict=True)))
    return sorted(answer.status_code for answer in answers)


@pytest.mark.usefixtures("window")
def test_one_of_two_who_press_at_once_is_asked(point, organiser, coordinator):
    versions = Connection.history.count()
    assert both_set_the_password(point, organiser, coordinator) == [200, 302]
    assert Connection.history.count() == versions + 1


def test_without_the_lock_the_same_race_loses_what_the_first_has_stored(
    window, point, organiser, coordinator, monkeypatch
):
    monkeypatch.setattr(ConnectionForm, "_read_anew", lambda form: window.hold())
    assert both_set_the_password(point, organiser, coordinator) == [302, 302]
