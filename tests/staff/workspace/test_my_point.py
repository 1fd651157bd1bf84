"""Điểm cầu của tôi: the page of a coordinator."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from bridges.models import BridgePoint, Connection, Coordinator
from conference.models import Conference
from messaging import changed_details
from messaging.batch import Batch
from messaging.recipients import Recipient
from messaging.values import Values
from staff.workspace.access import workspace_url
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, ConferenceFactory, CoordinatorFactory, registered
from tests.support.pages import said
from tests.support.two_people import browser, coordinator, organiser, point

__all__ = ["coordinator", "organiser", "point"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def page(coordinator):
    client = browser(coordinator)
    client.cookies.load({"django_language": "en"})
    return client


def address(point, name="my_point") -> str:
    return workspace_url(name, point.conference, point.pk)


def tasks(client, point) -> dict[str, str]:
    return {task.words: task.url for task in client.get(address(point)).context["tasks"]}


def test_whoever_runs_one_point_is_there_at_once_after_signing_in(page, point):
    landed = page.get("/admin/", follow=True)
    assert landed.redirect_chain[-1][0] == workspace_url("my_point", point.conference)
    assert landed.context["point"] == point


def test_their_first_tab_is_their_point_and_none_leads_where_they_may_not_go(page, point):
    shown = page.get(address(point)).content.decode()
    assert "My bridge point</a>" in shown
    for name in ("points", "settings", "content", "invitations"):
        assert f'href="{workspace_url(name, point.conference)}"' not in shown


def test_the_page_says_where_how_many_and_whom_to_call(page, point):
    Conference.objects.update(contact_name="Chị Hòa", contact_phone="+84912345678")
    Connection.objects.update(technician_name="Anh Kỹ", technician_phone="+84987654321")
    shown = page.get(address(point)).content.decode()
    for words in ("Số 1", "1 taken", "Chị Hòa", 'href="tel:+84912345678"', "Anh Kỹ", 'href="tel:+84987654321"'):
        assert words in shown
    # What everybody in the room may look over one's shoulder at holds no password.
    assert "MatKhauCu" not in shown


def test_a_line_test_is_stored_in_one_press_and_taken_back_in_another(page, point):
    answer = page.post(address(point, "point_line_test"), {"result": "passed"}, follow=True)
    assert BridgePoint.objects.get(pk=point.pk).line_test == "passed"
    assert answer.redirect_chain[-1][0] == address(point)
    assert "Line test of 1 bridge point: passed." in said(answer)
    sent = next(iter(answer.context["messages"])).extra_tags.split(":", 2)[2]
    page.post(f"/admin/c/{point.conference.slug}/undo/", {"undo": sent})
    assert BridgePoint.objects.get(pk=point.pk).line_test == "untested"


def test_a_result_that_there_is_not_is_not_found(page, point):
    assert page.post(address(point, "point_line_test"), {"result": "perhaps"}).status_code == 404


def test_the_line_of_another_point_is_not_theirs_to_test(page, point):
    other = BridgePointFactory(conference=point.conference, kind="video_room")
    assert page.post(address(other, "point_line_test"), {"result": "passed"}).status_code == 404
    assert BridgePoint.objects.get(pk=other.pk).line_test == "untested"


def test_what_is_still_to_do_is_listed_with_where_it_is_done(page, point):
    Connection.objects.update(meeting_id="", web_url="", password="")
    BridgePoint.objects.update(address="", approval="yes")
    changed_details.dismiss_details(point=BridgePoint.objects.get(pk=point.pk))
    registered(point, now=NOW, number=7)
    found = tasks(page, point)
    assert list(found) == [
        "Give the address of the room",
        "Complete the connection: link, meeting ID or SIP address, technical contact with phone",
        "Test the line",
        "Decide on 1 request",
    ]
    assert found["Give the address of the room"] == address(point, "point_place")


def test_a_change_that_nobody_knows_is_to_be_told(page, point):
    connection = Connection.objects.get(bridge_point=point)
    connection.password = "MatKhauMoi"
    connection.save()
    assert tasks(page, point)["Tell people what has changed, or not"] == f"/admin/details/{point.pk}/"


def test_where_everything_is_done_the_page_says_so(page, point):
    Connection.objects.update(technician_name="Anh Kỹ", technician_phone="+84987654321")
    BridgePoint.objects.update(line_test="passed")
    assert tasks(page, point) == {}
    assert "Everything is done." in page.get(address(point)).content.decode()


@pytest.mark.parametrize("over", [{"cancelled_at": NOW}, {"ends_at": NOW - timedelta(days=1)}])
def test_of_a_conference_that_is_over_or_cancelled_nothing_is_to_do(page, point, over):
    starts_at = NOW - timedelta(days=2) if "ends_at" in over else point.conference.starts_at
    Conference.objects.update(starts_at=starts_at, **over)
    shown = page.get(address(point))
    assert shown.context["tasks"] == []
    assert 'name="result"' not in shown.content.decode()


def test_with_several_points_a_switch_stands_on_top(page, point, coordinator):
    assert "My bridge points" not in page.get(address(point)).content.decode()
    second = BridgePointFactory(conference=point.conference, position=30001, short_name="Phòng hai")
    Coordinator.objects.create(bridge_point=second, user=coordinator)
    BridgePointFactory(conference=point.conference, position=30002, short_name="Phòng ba")
    shown = page.get(address(second))
    assert shown.context["point"] == second
    assert "Phòng hai" in shown.content.decode()
    assert "Phòng ba" not in shown.content.decode()
    assert page.get(workspace_url("my_point", point.conference)).context["point"] == point


def test_a_channel_of_ones_own_device_has_no_line_test(page, point):
    BridgePoint.objects.update(kind="online")
    assert "Test the line" not in tasks(page, point)
    page.post(address(point, "point_line_test"), {"result": "passed"})
    assert BridgePoint.objects.get(pk=point.pk).line_test == "untested"


def test_the_page_takes_the_same_statements_with_one_point_and_one_person_as_with_three(page, point, coordinator):
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert page.get(address(point)).status_code == 200
        return len(queries)

    page.get(address(point))
    at_one = statements()
    for number in (2, 3):
        other = CoordinatorFactory(bridge_point__conference=point.conference, user=coordinator).bridge_point
        registered(other, now=NOW, number=number * 10)
        registered(point, now=NOW, number=number)
    assert statements() == at_one


def test_an_organiser_sees_the_page_as_the_coordinator_does(point, organiser):
    assert browser(organiser).get(address(point)).context["point"] == point
    empty = ConferenceFactory(organisers=[organiser])
    answer = browser(organiser).get(workspace_url("my_point", empty))
    assert answer["Location"] == workspace_url("points", empty)


def test_my_people_are_searched_registered_printed_and_written_to_from_there(page, point):
    shown = page.get(address(point)).content.decode()
    assert f'<input type="hidden" name="point" value="{point.pk}">' in shown
    links = {
        f"{workspace_url('telephone', point.conference)}?point={point.pk}",
        f"/admin/lists/point/{point.pk}/delegates.docx",
        workspace_url("announcement_new", point.conference),
        f"{workspace_url('people', point.conference)}?point={point.pk}",
    }
    for link in links:
        assert f'href="{link}"' in shown
        assert page.get(link).status_code == 200
    found = page.get(workspace_url("people", point.conference), {"point": point.pk, "q": "htx vi du"})
    assert "HTX Ví Dụ" in found.content.decode()


def test_a_coordinator_finds_the_deputies_there_and_a_deputy_does_not(page, point, coordinator):
    link = f'href="{workspace_url("deputies", point.conference)}"'
    assert link in page.get(address(point)).content.decode()
    one = point.coordinators.get(user=coordinator)
    deputy = CoordinatorFactory(bridge_point=point, deputy_of=one).user
    assert link not in browser(deputy).get(address(point)).content.decode()


def test_what_is_written_to_a_coordinator_leads_to_their_page(page, point):
    row = point.coordinators.get()
    recipient = Recipient(point.conference, point, "Lê Văn Đầu Mối", coordinator=row)
    link = Values(recipient, kind="reminder", batch=Batch(NOW), channel="email")["link"]
    assert link.endswith(address(point))
    assert page.get(address(point)).status_code == 200
