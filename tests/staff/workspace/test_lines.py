"""The spare line in the workspace: its details, and the press that moves a point there and back."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages

from bridges.models import BridgePoint, SpareLine, TestRound
from outbox.models import Message
from staff.workspace.access import workspace_url
from tests.conftest import NOW
from tests.support.factories import SpareLineFactory
from tests.support.two_people import browser, coordinator, organiser, point

__all__ = ["coordinator", "organiser", "point"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


def at(point, name) -> str:
    return workspace_url(name, point.conference, point.pk)


def press(client, point, **data):
    return client.post(at(point, "point_line"), {"line": "spare", "back": "my_point", **data})


def words(response) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


@pytest.fixture
def spare(point) -> SpareLine:
    return SpareLineFactory(bridge_point=point, web_url="https://du-phong.vidu.example/1")


def test_the_details_of_the_spare_line_are_a_matter_of_their_own(coordinator, point):
    Message.objects.all().delete()
    response = browser(coordinator).post(at(point, "point_spare"), {"meeting_id": "900 5"})
    assert response.status_code == 302
    assert SpareLine.objects.get(bridge_point=point).meeting_id == "900 5"
    assert not Message.objects.exists(), "it is not in use: nobody needs to hear of it"


def test_a_private_address_is_refused_as_on_the_main_line(coordinator, point):
    response = browser(coordinator).post(at(point, "point_spare"), {"web_url": "https://192.168.1.1/hop"})
    assert response.status_code == 422
    assert "192.168.1.1" in response.content.decode()


def test_one_press_moves_the_point_and_one_press_moves_it_back(coordinator, point, spare):
    client = browser(coordinator)
    assert 'value="spare"' in client.get(at(point, "my_point")).content.decode()
    response = press(client, point)
    assert response["Location"] == at(point, "my_point")
    assert "Đã chuyển sang đường dự phòng" in words(response)
    assert BridgePoint.objects.get(pk=point.pk).on_spare_since is not None
    shown = client.get(at(point, "my_point")).content.decode()
    assert "đang dùng đường dự phòng từ" in shown
    press(client, point, line="main")
    assert BridgePoint.objects.get(pk=point.pk).on_spare_since is None
    entries = LogEntry.objects.filter(user=coordinator, object_id=str(point.pk)).order_by("pk")
    assert [entry.change_message for entry in entries] == [
        "Đã chuyển sang đường dự phòng.",
        "Đã chuyển về đường chính.",
    ]


def test_without_a_spare_line_the_press_leads_to_where_one_is_entered(coordinator, point):
    response = press(browser(coordinator), point)
    assert response["Location"] == at(point, "point_spare")
    assert "chưa có đường dự phòng" in words(response)


def test_the_second_of_two_presses_says_that_it_was_done(coordinator, point, spare):
    client = browser(coordinator)
    press(client, point)
    assert "đã dùng đường này rồi" in words(press(client, point))


def test_whoever_changes_the_line_in_use_tells_the_room_at_once(coordinator, point, spare):
    client = browser(coordinator)
    press(client, point)
    before = Message.objects.count()
    client.post(
        at(point, "point_spare"), {"web_url": "https://du-phong.vidu.example/2", "web_url-before": spare.web_url}
    )
    assert Message.objects.count() > before


def test_the_table_of_points_says_which_are_on_their_spare_line(organiser, point, spare):
    client = browser(organiser)
    press(client, point)
    shown = client.get(workspace_url("points", point.conference)).content.decode()
    assert 'value="main"' in shown
    assert at(point, "point_line") in shown


def table(client, point) -> str:
    return client.get(workspace_url("points", point.conference)).content.decode()


def test_the_table_of_points_offers_the_spare_line_when_lines_are_in_use(organiser, point, spare):
    client = browser(organiser)
    assert 'value="spare"' not in table(client, point), "months before nobody moves a point by mistake"
    assert 'value="spare"' in client.get(at(point, "point_spare")).content.decode(), "where it is looked for it stands"
    TestRound.objects.create(conference=point.conference, starts_at=NOW)
    assert 'value="spare"' in table(client, point)


def test_the_table_of_points_offers_the_spare_line_where_the_line_has_failed(organiser, point, spare):
    BridgePoint.objects.filter(pk=point.pk).update(line_test="failed")
    assert 'value="spare"' in table(browser(organiser), point)
