"""What a device keeps of the page of a room: the same for everybody, with nothing of anybody."""

import json
import re

import pytest
from django.contrib.staticfiles import finders

from control import rooms
from tests.support.factories import START, BridgePointFactory, ConnectionFactory, OrganiserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def point():
    found = BridgePointFactory(kind="video_room", name="Phòng họp Ví Dụ", conference__contact_phone="+84900000001")
    ConnectionFactory(bridge_point=found, technician_name="Kỹ thuật viên", technician_phone="+84900000007")
    return found


def test_the_page_that_is_kept_is_the_same_for_everybody_and_asks_the_database_nothing(
    client, point, django_assert_num_queries
):
    with django_assert_num_queries(0):
        page = client.get("/room/kept/").content.decode()
    user = OrganiserFactory(name="Nguyễn Thị Ví Dụ")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/room/kept/").content.decode() == page
    token = rooms.link_of(point=point, now=START).token
    for personal in (token, "csrfmiddlewaretoken", "tel:", "Ví Dụ", user.name, user.email):
        assert personal not in page


def test_what_is_pressed_stands_on_both_pages(client, point):
    token = rooms.link_of(point=point, now=START).token
    own, kept = (client.get(f"/room/{part}/").content.decode() for part in (token, "kept"))
    buttons = re.compile(r'name="say" value="([^"]+)"')
    assert buttons.findall(own) == buttons.findall(kept) != []


def test_the_worker_keeps_the_files_of_that_page_and_no_page_of_a_room(client, point):
    answer = client.get("/room/worker.js")
    assert answer["Content-Type"].startswith("text/javascript")
    text = answer.content.decode()
    files = json.loads(re.search(r"FILES = (\[.*?\])", text)[1])
    page = client.get("/room/kept/").content.decode()
    named = set(re.findall(r'(?:src|href)="(/static/[^"]+\.(?:js|css))"', page))
    assert named == set(files)
    assert all(finders.find(name.removeprefix("/static/")) for name in files)
    assert "worker-src 'self'" in client.get("/room/kept/")["Content-Security-Policy"]
