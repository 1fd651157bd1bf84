"""*Hoàn tác*: what a message with a button takes back, for whom, and for how long."""

import html
import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpResponse
from django.test import Client, RequestFactory

from bridges.models import BridgePoint
from conference.models import Conference
from staff.workspace import undo
from staff.workspace.access import Role, Workspace
from tests.conftest import NOW

pytestmark = pytest.mark.django_db
_PASSED = BridgePoint.LineState.PASSED


def _offered(world, role: str, kind: Role, before: str = "untested") -> str:
    """What the button sends, after ``role`` has set the line test of the point to "passed"."""
    point = BridgePoint.objects.get(pk=world.names["point"])
    point.line_test = _PASSED
    point.save(update_fields=["line_test"])
    request = RequestFactory().get("/admin/c/na-chi-lang-2027/")
    request._messages = CookieStorage(request)
    workspace = Workspace(Conference.objects.get(pk=world.names["conference"]), world.users[role], kind)
    undo.offer_fields(request, workspace, "Đạt.", point, {"line_test": before})
    (message,) = get_messages(request)
    button = undo.button_of(message)
    assert button.address == "/admin/c/na-chi-lang-2027/undo/"
    return button.sent


def _press(client: Client, sent: str) -> str:
    response = client.post("/admin/c/na-chi-lang-2027/undo/", {"undo": sent})
    assert response.status_code == 302
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def _line_test(world) -> str:
    return BridgePoint.objects.get(pk=world.names["point"]).line_test


@pytest.mark.parametrize(("role", "kind"), [("organiser here", Role.ORGANISER), ("coordinator here", Role.COORDINATOR)])
def test_what_was_changed_is_as_before_and_the_log_says_who_did_it(world, role, kind):
    sent = _offered(world, role, kind)
    assert "Đã hoàn tác" in _press(world.client(role), sent)
    assert _line_test(world) == "untested"
    assert LogEntry.objects.latest("pk").user == world.users[role]


def test_what_somebody_changed_again_meanwhile_stays(world):
    sent = _offered(world, "organiser here", Role.ORGANISER)
    BridgePoint.objects.filter(pk=world.names["point"]).update(line_test="failed")
    _press(world.client("organiser here"), sent)
    assert _line_test(world) == "failed"


def test_nobody_else_can_press_the_button(world):
    sent = _offered(world, "organiser here", Role.ORGANISER)
    for role in ("superuser", "coordinator here", "leader"):
        assert "không" in _press(world.client(role), sent)
    assert _line_test(world) == _PASSED


def test_a_coordinator_takes_nothing_back_at_a_point_of_others(world):
    sent = _offered(world, "coordinator elsewhere", Role.COORDINATOR)
    _press(world.client("coordinator elsewhere"), sent)
    assert _line_test(world) == _PASSED


def test_the_button_works_for_a_while_only(world):
    sent = _offered(world, "organiser here", Role.ORGANISER)
    client = world.client("organiser here")
    with time_machine.travel(NOW + undo.VALID + timedelta(minutes=1)):
        assert "không" in _press(client, sent)
    assert _line_test(world) == _PASSED


@pytest.mark.parametrize("sent", ["", "x", "a:b:c"])
def test_what_was_not_signed_here_does_nothing(world, sent):
    assert "không" in _press(world.client("organiser here"), sent)


def test_the_button_stands_beside_the_message_and_works(world):
    """As a reader presses it: the form of the page that follows is sent as it stands there."""
    client = world.client("organiser here")
    undo_address = "/admin/c/na-chi-lang-2027/undo/"
    sent = _offered(world, "organiser here", Role.ORGANISER)
    request = RequestFactory().get("/")
    storage = CookieStorage(request)
    storage.add(25, "Đã lưu.", f"{undo.MARK}:na-chi-lang-2027:{sent}")
    response = HttpResponse()
    storage.update(response)
    client.cookies["messages"] = response.cookies["messages"].value
    page = client.get("/admin/c/na-chi-lang-2027/").content.decode()
    form = re.search(
        rf'<form method="post" action="{undo_address}">.*?name="undo" value="([^"]+)".*?</form>', page, re.S
    )
    assert html.unescape(form[1]) == sent
    _press(client, form[1])
    assert _line_test(world) == "untested"
