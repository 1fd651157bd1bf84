"""The board in the workspace: who sees what, what is set from it, incidents, and what a look costs."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conference.models import day_version
from control import incidents, rooms
from control.models import Incident, Room, RoomReport, WallLink
from control.rooms import Report
from tests.support.doors import Phone
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConnectionFactory,
    CoordinatorFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def point(conference):
    point = BridgePointFactory(conference=conference, kind="video_room", name="Phòng họp Ví Dụ")
    ConnectionFactory(bridge_point=point, technician_name="Kỹ thuật viên", technician_phone="+84900000007")
    return point


def address(conference, page: str = "board/") -> str:
    return f"/admin/c/{conference.slug}/day/{page}"


def say(point, kind: str, value: str) -> None:
    rooms.note_reports(point=point, reports=[Report(uuid4(), kind, value, START)], now=START)


def text(response) -> str:
    return response.content.decode()


def test_the_tab_leads_to_the_board_which_names_whom_to_call(client, conference, point):
    page = client.get(address(conference, ""), follow=True)
    assert "Phòng họp Ví Dụ" in text(page)
    assert "tel:+84900000007" in text(page)


def test_a_leader_reads_no_phone_number_and_changes_nothing(client, conference, point):
    leader = UserFactory(is_staff=True)
    conference.leaders.add(leader)
    client.force_login(leader, backend="django.contrib.auth.backends.ModelBackend")
    incident = incidents.enter(point=point, note="Mất điện", now=START)
    page = text(client.get(address(conference)))
    assert "Mất điện" in page
    assert "tel:" not in page
    assert 'name="say"' not in page
    assert client.post(address(conference, f"incidents/{incident.pk}/end/")).status_code == 404


def test_a_coordinator_sees_and_sets_their_own_points_alone(client, conference, point):
    other = BridgePointFactory(conference=conference, kind="video_room", name="Phòng khác")
    theirs = incidents.enter(point=other, note="Ở phòng khác", now=START)
    coordinator = CoordinatorFactory(bridge_point=point).user
    client.force_login(coordinator, backend="django.contrib.auth.backends.ModelBackend")
    page = text(client.get(address(conference)))
    assert "Phòng họp Ví Dụ" in page
    assert "Phòng khác" not in page
    assert "Ở phòng khác" not in page
    assert client.post(address(conference, f"board/{other.pk}/say/"), {"say": "state=lost"}).status_code == 404
    assert client.post(address(conference, f"incidents/{theirs.pk}/"), {"note": "x"}).status_code == 404
    assert client.post(address(conference, f"board/{point.pk}/say/"), {"say": "state=lost"}).status_code == 302
    assert Room.objects.get().state == "lost"


def test_who_hears_by_telephone_sets_the_state_and_it_is_kept_who(client, organiser, conference, point):
    client.post(address(conference, f"board/{point.pk}/say/"), {"say": "state=connected"})
    report = RoomReport.objects.get()
    assert (report.value, report.by) == ("connected", organiser)
    say(point, "help", "yes")
    client.post(address(conference, f"board/{point.pk}/say/"), {"say": "help=no"})
    assert Room.objects.get().needs_help_since is None
    page = client.post(address(conference, f"board/{point.pk}/say/"), {"say": "state=silent"}, follow=True)
    assert "messagelist" in text(page)
    assert RoomReport.objects.count() == 3


def test_the_part_answers_304_until_something_changes(client, conference, point, clock):
    say(point, "state", "connected")
    live = address(conference, "board/live/")
    mark = client.get(live)["ETag"]
    with CaptureQueriesContext(connection) as queries:
        assert client.get(live, headers={"If-None-Match": mark}).status_code == 304
    assert len(queries) <= 7
    clock.shift(61)
    silent = client.get(live, headers={"If-None-Match": mark})
    assert silent.status_code == 200
    assert "data-alarm" in text(silent)
    say(point, "state", "lost")
    assert client.get(live, headers={"If-None-Match": silent["ETag"]}).status_code == 200


def test_phones_at_the_doors_stand_on_the_board_with_the_way_to_their_page(client, conference, point):
    hall = BridgePointFactory(conference=conference, name="Hội trường Ví Dụ")
    Phone(hall, START)
    page = text(client.get(address(conference)))
    assert "Máy Cửa chính" in page
    assert f'href="{address(conference, "doors/")}#phones-{hall.pk}"' in page
    assert f'id="phones-{hall.pk}"' in text(client.get(address(conference, "doors/")))
    leader = UserFactory(is_staff=True)
    conference.leaders.add(leader)
    client.force_login(leader, backend="django.contrib.auth.backends.ModelBackend")
    page = text(client.get(address(conference)))
    assert "Máy Cửa chính" in page
    assert address(conference, "doors/") not in page


@pytest.mark.parametrize("page", ["board/live/", "board/map/live/", "board/"])
def test_a_look_costs_the_same_whatever_the_number_of_points(client, conference, point, page):
    def cost() -> int:
        client.get(address(conference, page))
        with CaptureQueriesContext(connection) as queries:
            client.get(address(conference, page))
        return len(queries)

    def fill(number: int) -> None:
        more = BridgePointFactory(conference=conference, kind="video_room", latitude=21, longitude=105 + number)
        ConnectionFactory(bridge_point=more, technician_phone="+84900000008")
        Phone(more, START)
        for kind, value in [("state", "lost"), ("help", "yes"), ("floor", "yes"), ("head_count", "3")]:
            say(more, kind, value)

    fill(0)
    at_two = cost()
    for number in range(1, 4):
        fill(number)
    assert cost() == at_two


def test_cause_and_note_are_stored_where_they_stand_and_boards_hear_of_it(client, conference, point):
    incident = incidents.enter(point=point, note="", now=START)
    version = day_version(conference.pk)
    response = client.post(address(conference, f"incidents/{incident.pk}/"), {"cause": "power", "note": "Mất điện"})
    assert response["Location"] == address(conference)
    incident.refresh_from_db()
    assert (incident.cause, incident.note) == ("power", "Mất điện")
    assert day_version(conference.pk) == version + 1


def test_two_who_write_the_note_are_asked(client, conference, point):
    incident = incidents.enter(point=point, note="cũ", now=START)
    page = text(client.get(address(conference)))
    Incident.objects.update(note="của người khác")
    form = page[page.index(f'id="incident-{incident.pk}"') :].partition("</form>")[0]
    drawn = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    answer = client.post(address(conference, f"incidents/{incident.pk}/"), {**drawn, "cause": "", "note": "của tôi"})
    assert answer.status_code == 422
    incident.refresh_from_db()
    assert incident.note == "của người khác"


def test_an_incident_is_entered_and_ended_by_hand(client, conference, point, clock):
    client.post(address(conference, "incidents/new/"), {"point": point.pk, "note": "Micro rè"})
    incident = Incident.objects.get()
    clock.shift(timedelta(minutes=4))
    for _twice in range(2):
        client.post(address(conference, f"incidents/{incident.pk}/end/"), follow=True)
    incident.refresh_from_db()
    assert (incident.note, incident.ended_at) == ("Micro rè", START + timedelta(minutes=4))


@pytest.mark.parametrize("wrong", [{"point": "0"}, {"note": ""}, {"note": "a" * 301}])
def test_an_incident_that_cannot_be_entered_stays_typed_in_an_open_form_with_the_cursor_at_the_error(
    client, conference, point, wrong
):
    typed = {"point": point.pk, "note": "Micro rè", **wrong}
    response = client.post(address(conference, "incidents/new/"), typed)
    form = text(response).partition("incidents/new/")[2].partition("</form>")[0]
    assert (response.status_code, Incident.objects.count()) == (422, 0)
    assert f'value="{typed["note"]}"' in form or not typed["note"]
    assert "errorlist" in form
    assert form.count(" autofocus") == 1


def test_two_incidents_that_are_entered_in_the_same_moment_are_two(client, conference, point):
    for note in ("Micro rè", "Mất hình", "Mất điện"):
        client.post(address(conference, "incidents/new/"), {"point": point.pk, "note": note})
    found = Incident.objects.order_by("began_at")
    assert [one.note for one in found] == ["Mất điện", "Mất hình", "Micro rè"]
    for incident in found:
        client.post(address(conference, f"incidents/{incident.pk}/end/"))
    assert not Incident.objects.open().exists()


def test_a_cause_that_nobody_knows_yet_is_called_so(client, conference, point):
    incident = incidents.enter(point=point, note="", now=START)
    for page in (address(conference), address(conference, f"incidents/{incident.pk}/")):
        shown = text(client.get(page))
        assert '<option value="" selected>chưa rõ</option>' in shown
        assert "---" not in shown


def test_the_link_of_the_wall_screen_is_withdrawn_by_another(client, conference, point):
    page = text(client.get(address(conference)))
    old = WallLink.objects.get().token
    # Asked before, in a fold that opens without a script.
    fold = page.partition('<details class="dc-sure">')[2].partition("</details>")[0]
    assert page.count("board/wall/renew/") == fold.count("board/wall/renew/") == 1
    client.post(address(conference, "board/wall/renew/"))
    gone = client.get(f"/wall/{old}/")
    assert gone.status_code == 404
    assert "Liên kết màn hình lớn này không còn hiệu lực" in text(gone)
    assert client.get(f"/wall/{WallLink.objects.get().token}/").status_code == 200


def test_the_link_of_a_room_stands_on_the_coordinators_page_and_is_withdrawn_there(client, conference, point):
    page = f"/admin/c/{conference.slug}/my-point/{point.pk}/"
    old = rooms.link_of(point=point, now=START).token
    assert f"/room/{old}/" in text(client.get(page))
    after = client.post(f"/admin/c/{conference.slug}/points/{point.pk}/room-link/", follow=True)
    assert old not in text(after)
    gone = client.get(f"/room/{old}/")
    assert gone.status_code == 404
    # It says what the link was and whom to ask, and nothing of registrations.
    assert "Liên kết trang phòng họp này không còn hiệu lực" in text(gone)
    assert "người phụ trách điểm cầu" in text(gone)
    assert "đăng ký" not in text(gone).partition("<main")[2].partition("</main>")[0].lower()
