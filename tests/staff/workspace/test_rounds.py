"""Test rounds in the workspace: the board, results in one press, who may enter what, and the record in Word."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from docx import Document

from bridges.models import BridgePoint, Connection, Coordinator, LineTest, TestRound
from conference.models import Conference
from messaging.reminders.test_rounds import plan_due
from outbox.models import Message
from staff.workspace import undo
from staff.workspace.access import workspace_url
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, ConferenceFactory, UserFactory
from tests.support.html_forms import filled_in
from tests.support.two_people import browser, coordinator, organiser, point

__all__ = ["coordinator", "organiser", "point"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

#: What the page sends of a point where nothing was tested.
NOT_YET = dict.fromkeys(LineTest.ALL_CHECKS, "not_yet")


@pytest.fixture
def test_round(point) -> TestRound:
    return TestRound.objects.create(conference=point.conference, name="Vòng 1", starts_at=NOW)


@pytest.fixture
def other(point) -> BridgePoint:
    return BridgePointFactory(conference=point.conference, kind="video_room", name="Điểm khác")


@pytest.fixture
def leader(point):
    user = UserFactory(is_staff=True)
    point.conference.leaders.add(user)
    return user


def board(test_round) -> str:
    return workspace_url("round", test_round.conference, test_round.pk)


def of_point(test_round, point) -> str:
    return workspace_url("round_test", test_round.conference, test_round.pk, point.pk)


def undo_last(client, response) -> None:
    button = next(found for one in get_messages(response.wsgi_request) if (found := undo.button_of(one)))
    client.post(button.address, {"undo": button.sent})


def test_an_organiser_adds_a_round_and_sees_all_points_on_its_board(organiser, point, other):
    client = browser(organiser)
    response = client.post(
        workspace_url("round_add", point.conference),
        {"kind": "rehearsal", "starts_at_0": "2027-07-18", "starts_at_1": "08:00"},
    )
    made = TestRound.objects.get()
    assert response["Location"] == board(made)
    assert made.label == "Tổng duyệt"
    rows = client.get(board(made)).context["rows"]
    assert [row.point for row in rows] == [point, other]
    assert rows[0].open_work == ["chưa thử"]


def typed(day: str, clock: str, **more) -> dict[str, str]:
    return {"kind": "lines", "name": "Vòng 2", "note": "", "starts_at_0": day, "starts_at_1": clock, **more}


#: The clock of the tests stands at 10:00 on 1/7/2027 in Vietnam; the conference ends on 19/7/2027 at 11:00.
@pytest.mark.parametrize(
    ("day", "clock", "words"),
    [
        ("2027-05-31", "10:00", "Mốc này đã qua hơn 30 ngày."),
        ("2027-07-19", "11:00", "Hội nghị kết thúc lúc 11:00"),
        ("2027-07-19", "08:00", "Hội nghị bắt đầu lúc 08:00 19/7/2027: vòng thử trong ngày đó phải trước giờ này."),
        ("2027-07-19", "10:59", "Hội nghị bắt đầu lúc 08:00"),
        ("2027-07-01", "10:00", "Đã có một vòng cùng loại vào đúng thời điểm này: Vòng 1."),
    ],
)
def test_a_round_at_a_moment_that_makes_no_sense_is_refused_at_the_field_and_what_was_typed_stays(
    organiser, test_round, point, day, clock, words
):
    response = browser(organiser).post(workspace_url("round_add", point.conference), typed(day, clock))
    assert response.status_code == 422
    assert words in response.context["form"].errors["starts_at"][0]
    page = response.content.decode()
    assert all(f'value="{value}"' in page for value in ("Vòng 2", day, clock))
    assert TestRound.objects.count() == 1


@pytest.mark.parametrize(
    ("day", "clock", "wrong"),
    [
        ("2027-07-05", "25:99", "starts_at_1"),
        ("2027-07-05", "", "starts_at_1"),
        ("", "08:00", "starts_at_0"),
        ("hôm nay", "25:99", "starts_at_0"),
        ("2027-07-20", "08:00", "starts_at_0"),
    ],
)
def test_the_cursor_stands_in_the_part_of_the_moment_that_is_wrong(organiser, point, day, clock, wrong):
    page = browser(organiser).post(workspace_url("round_add", point.conference), typed(day, clock)).content.decode()
    assert re.findall(r'<input[^>]*name="(\w+)"[^>]* autofocus', page) == [wrong]


@pytest.mark.parametrize(
    ("day", "clock", "kind"),
    [("2027-06-02", "10:00", "lines"), ("2027-07-19", "07:59", "lines"), ("2027-07-01", "10:00", "rehearsal")],
    ids=["held and recorded afterwards", "in the last minute", "of another kind at the same moment"],
)
def test_a_round_may_be_recorded_afterwards_and_two_kinds_may_be_at_one_moment(
    organiser, test_round, point, day, clock, kind
):
    response = browser(organiser).post(workspace_url("round_add", point.conference), typed(day, clock, kind=kind))
    assert response.status_code == 302
    assert TestRound.objects.count() == 2


def test_a_conference_of_two_days_may_test_its_lines_on_the_second(organiser, point):
    Conference.objects.update(ends_at=point.conference.ends_at + timedelta(days=1))
    client = browser(organiser)
    assert client.post(workspace_url("round_add", point.conference), typed("2027-07-19", "10:00")).status_code == 422
    assert client.post(workspace_url("round_add", point.conference), typed("2027-07-20", "07:00")).status_code == 302


def said(response) -> list[str]:
    """The messages of the page to which ``response`` leads."""
    return [str(one) for one in get_messages(response.wsgi_request)]


def with_people(point, coordinator) -> None:
    """Let ``point`` have a technical contact, who looks after a second point as ``coordinator`` does."""
    second = BridgePointFactory(conference=point.conference, kind="video_room", name="Điểm hai")
    Coordinator.objects.create(bridge_point=second, user=coordinator)
    contact = {"technician_name": "Anh Kỹ", "technician_phone": "0900000801", "technician_email": "ky@vidu.example"}
    for one in (point, second):
        Connection.objects.update_or_create(bridge_point=one, defaults=contact)


@pytest.mark.parametrize(("clock", "parts"), [("10:40", 2), ("22:00", 1)], ids=["within the hour", "within the day"])
def test_whoever_saves_a_round_of_which_people_hear_at_once_is_told_how_many(
    organiser, coordinator, point, clock, parts
):
    with_people(point, coordinator)
    response = browser(organiser).post(workspace_url("round_add", point.conference), typed("2027-07-01", clock))
    assert said(response) == ["Đã lưu.", "Trong vòng một phút nữa, 2 người được nhắc về vòng thử này."]
    plan_due(now=NOW)
    reminded = Message.objects.filter(kind="test_round")
    assert set(reminded.values_list("occasion", flat=True)) == {f"test_round/{TestRound.objects.get().pk}/{parts}"}
    assert len(set(reminded.filter(channel="email").values_list("address", flat=True))) == 2


@pytest.mark.parametrize("moment", [("2027-07-05", "08:00"), ("2027-07-01", "10:40")], ids=["later", "not published"])
def test_nobody_is_counted_of_a_round_of_which_nobody_hears_at_once(organiser, coordinator, point, moment):
    with_people(point, coordinator)
    Conference.objects.update(is_published=moment[1] == "08:00")
    response = browser(organiser).post(workspace_url("round_add", point.conference), typed(*moment))
    assert said(response) == ["Đã lưu."]
    assert plan_due(now=NOW) == 0


def test_a_round_moved_into_the_next_hour_says_so_and_one_that_is_renamed_does_not(
    organiser, coordinator, test_round, point
):
    with_people(point, coordinator)
    TestRound.objects.update(starts_at=NOW + timedelta(days=3))
    client, address = browser(organiser), workspace_url("round_edit", point.conference, test_round.pk)
    moved = client.post(address, filled_in(client.get(address), starts_at_0="2027-07-01", starts_at_1="10:30"))
    assert said(moved)[1:] == ["Trong vòng một phút nữa, 2 người được nhắc về vòng thử này."]
    client.get(board(test_round))
    assert said(client.post(address, filled_in(client.get(address), name="Vòng gấp"))) == ["Đã lưu."]


def test_a_round_of_the_past_is_kept_and_said_to_remind_nobody(organiser, coordinator, point):
    with_people(point, coordinator)
    response = browser(organiser).post(workspace_url("round_add", point.conference), typed("2027-06-30", "10:00"))
    assert said(response) == [
        "Đã lưu.",
        "Giờ của vòng thử này đã qua: không ai được nhắc; kết quả vẫn nhập được.",
    ]
    assert plan_due(now=NOW) == 0


@pytest.mark.parametrize("page", ["round_delete", "round_cancel", "round", "round_edit"])
def test_whoever_comes_to_a_round_deleted_in_another_window_is_told_and_led_to_the_list(
    organiser, test_round, point, page
):
    client = browser(organiser)
    client.post(workspace_url("round_delete", point.conference, test_round.pk))
    client.get(workspace_url("rounds", point.conference))
    response = client.post(workspace_url(page, point.conference, test_round.pk))
    assert response["Location"] == workspace_url("rounds", point.conference)
    assert said(response) == ["Vòng thử này đã được xóa từ trước."]


def test_a_round_of_another_conference_is_not_said_to_be_deleted(organiser, test_round, point):
    foreign = TestRound.objects.create(conference=ConferenceFactory(), starts_at=NOW)
    for page in ("round", "round_edit"):
        assert browser(organiser).get(workspace_url(page, point.conference, foreign.pk)).status_code == 404


def test_an_old_round_is_renamed_though_its_moment_could_not_be_given_any_more(organiser, test_round, point):
    TestRound.objects.update(starts_at=NOW - timedelta(days=90, seconds=-7))
    client, address = browser(organiser), workspace_url("round_edit", point.conference, test_round.pk)
    client.post(address, filled_in(client.get(address), name="Vòng đầu"))
    assert TestRound.objects.get().name == "Vòng đầu"


def test_a_round_does_not_become_a_second_one_of_its_kind_at_its_moment(organiser, test_round, point):
    rehearsal = TestRound.objects.create(conference=point.conference, kind="rehearsal", starts_at=NOW)
    client, address = browser(organiser), workspace_url("round_edit", point.conference, rehearsal.pk)
    assert client.post(address, filled_in(client.get(address), kind="lines")).status_code == 422
    assert client.post(address, filled_in(client.get(address), name="Tổng duyệt 1")).status_code == 302


def test_a_result_is_one_press_and_one_press_takes_it_back(organiser, test_round, point):
    client = browser(organiser)
    response = client.post(board(test_round), {"passed": point.pk})
    assert LineTest.objects.get().result == "passed"
    assert BridgePoint.objects.get(pk=point.pk).line_test == "passed"
    undo_last(client, response)
    assert LineTest.objects.get().result == "untested"
    assert BridgePoint.objects.get(pk=point.pk).line_test == "untested"


def test_a_coordinator_sees_and_enters_their_own_points_alone(coordinator, test_round, point, other):
    client = browser(coordinator)
    assert [row.point for row in client.get(board(test_round)).context["rows"]] == [point]
    client.post(board(test_round), {"failed": other.pk})
    assert not LineTest.objects.exists()
    assert client.get(of_point(test_round, other)).status_code == 404
    client.post(board(test_round), {"failed": point.pk})
    assert LineTest.objects.get().result == "failed"


def test_the_checks_are_entered_one_by_one_and_what_failed_stands_first(organiser, test_round, point, other):
    client = browser(organiser)
    client.post(board(test_round), {"passed": point.pk})
    client.post(
        of_point(test_round, other), {**NOT_YET, "picture": "ok", "sound": "bad", "tested_with": "Phòng máy (ví dụ)"}
    )
    test = LineTest.objects.get(bridge_point=other)
    assert (test.result, test.tested_with, test.tested_by) == ("failed", "Phòng máy (ví dụ)", organiser)
    rows = client.get(board(test_round)).context["rows"]
    assert [row.point for row in rows] == [other, point]
    assert "tiếng đi: lỗi" in rows[0].open_work


def test_the_presses_on_the_pages_of_points_go_into_the_round_of_today(organiser, coordinator, test_round, point):
    browser(coordinator).post(workspace_url("point_line_test", point.conference, point.pk), {"result": "passed"})
    assert LineTest.objects.get().result == "passed"
    client = browser(organiser)
    client.post(workspace_url("points_several", point.conference), {"action": "failed", "point": point.pk})
    assert LineTest.objects.get().result == "failed"
    assert client.get(workspace_url("points_line_tests", point.conference))["Location"] == board(test_round)
    assert "Vòng 1" in browser(coordinator).get(workspace_url("my_point", point.conference)).content.decode()


def line_card(client, point) -> str:
    """What the page of a coordinator says of the line, in words."""
    page = client.get(workspace_url("my_point", point.conference, point.pk)).content.decode()
    card = page.partition('aria-labelledby="line-test"')[2].partition("<form")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", card.partition(">")[2]).split())


def test_each_result_on_the_page_of_a_coordinator_stands_beside_the_round_that_it_is_of(coordinator, test_round, point):
    client = browser(coordinator)
    assert line_card(client, point) == "Thử đường truyền Vòng 1, 10:00, 1/7/2027: Chưa thử"
    client.post(board(test_round), {"passed": point.pk})
    assert line_card(client, point) == "Thử đường truyền Vòng 1, 10:00, 1/7/2027: Đạt"
    TestRound.objects.update(starts_at=NOW - timedelta(days=7))
    TestRound.objects.create(conference=point.conference, kind="rehearsal", starts_at=NOW + timedelta(hours=5))
    today, before = "Tổng duyệt, 15:00, 1/7/2027: Chưa thử", "Vòng 1, 10:00, 24/6/2027: Đạt"
    assert line_card(client, point) == f"Thử đường truyền {today} {before}"
    client.post(workspace_url("point_line_test", point.conference, point.pk), {"result": "failed"})
    assert line_card(client, point) == "Thử đường truyền Tổng duyệt, 15:00, 1/7/2027: Lỗi"


def test_a_result_from_before_the_first_round_is_said_without_one(coordinator, point):
    client = browser(coordinator)
    client.post(workspace_url("point_line_test", point.conference, point.pk), {"result": "passed"})
    assert line_card(client, point) == "Thử đường truyền Đạt"


def test_a_line_that_passed_before_is_still_to_be_tested_on_the_day_of_another_round(coordinator, test_round, point):
    client, address = browser(coordinator), workspace_url("my_point", point.conference, point.pk)

    def tasks() -> list[str]:
        return [task.words for task in client.get(address).context["tasks"] if task.url == "#line-test"]

    assert tasks() == ["Thử đường truyền"]
    client.post(board(test_round), {"passed": point.pk})
    assert tasks() == []
    TestRound.objects.update(starts_at=NOW - timedelta(days=7))
    TestRound.objects.create(conference=point.conference, kind="rehearsal", starts_at=NOW + timedelta(hours=5))
    assert tasks() == ["Thử đường truyền hôm nay: Tổng duyệt"]
    client.post(workspace_url("point_line_test", point.conference, point.pk), {"result": "passed"})
    assert tasks() == []


def test_a_leader_reads_results_without_phone_numbers_and_changes_nothing(leader, test_round, point):
    Connection.objects.update(technician_name="Kỹ thuật (ví dụ)", technician_phone="+84900000700")
    client = browser(leader)
    page = client.get(board(test_round)).content.decode()
    assert point.name in page
    assert "0900" not in page
    assert "Kỹ thuật (ví dụ)" not in page
    assert client.post(board(test_round), {"passed": point.pk}).status_code == 404
    assert "0900" not in text_of(client.get(record(test_round)).content)


def test_a_round_that_was_tested_is_not_deleted(organiser, test_round, point):
    client, address = browser(organiser), workspace_url("round_delete", point.conference, test_round.pk)
    client.post(board(test_round), {"passed": point.pk})
    client.post(address)
    assert TestRound.objects.exists()
    assert "Xóa vòng thử" not in history(client, point), "the history tells what did not happen"
    LineTest.objects.all().delete()
    client.post(address)
    assert not TestRound.objects.exists()
    assert history(client, point).count("Xóa vòng thử: Vòng 1, 10:00, 1/7/2027") == 1


def history(client, point) -> str:
    return client.get(f"/admin/c/{point.conference.slug}/settings/history/").content.decode()


def test_deleting_a_round_is_asked_about_once(organiser, test_round, point):
    client, address = browser(organiser), workspace_url("round_delete", point.conference, test_round.pk)
    outside, _fold, inside = client.get(board(test_round)).content.decode().partition('<details class="dc-sure">')
    fold, _end, after = inside.partition("</details>")
    assert "Xóa vòng thử này …</summary>" in fold
    assert "Xóa rồi không lấy lại được." in fold
    assert f'action="{address}"' in fold
    assert address not in outside + after


def test_a_round_that_can_be_neither_deleted_nor_cancelled_says_why_and_asks_nothing(organiser, test_round, point):
    client = browser(organiser)
    delete = workspace_url("round_delete", point.conference, test_round.pk)
    cancel = workspace_url("round_cancel", point.conference, test_round.pk)
    remind_of(test_round)
    TestRound.objects.update(starts_at=NOW - timedelta(days=1))
    page = client.get(board(test_round)).content.decode()
    assert delete not in page
    assert cancel not in page
    assert "Ngày của vòng thử này đã qua" in page
    client.post(cancel)
    assert TestRound.objects.get().cancelled_at is None
    client.post(board(test_round), {"passed": point.pk})
    assert "đã có kết quả nên không xóa được" in client.get(board(test_round)).content.decode()


def remind_of(test_round) -> None:
    """Let the technician and the coordinator of the point have been reminded of the round, which is in five hours."""
    Connection.objects.update(
        technician_name="Kỹ thuật (ví dụ)", technician_email="ky.thuat@vidu.example", technician_phone="+84900000700"
    )
    Conference.objects.update(is_published=True)
    TestRound.objects.update(starts_at=NOW + timedelta(hours=5))
    plan_due(now=NOW)
    Message.objects.filter(kind="test_round").update(state=Message.State.SENT)


def way_out(client, test_round) -> str:
    """What an organiser is asked before a round is deleted or cancelled, in words; "" if nothing can be done."""
    page = client.get(board(test_round)).content.decode()
    fold = page.partition('<details class="dc-sure">')[2].partition("</details>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", fold).split())


def test_cancelling_a_round_says_who_will_hear_of_it_and_asks_once(organiser, test_round, point):
    client, address = browser(organiser), workspace_url("round_cancel", point.conference, test_round.pk)
    TestRound.objects.update(starts_at=NOW + timedelta(hours=5))
    assert way_out(client, test_round).startswith("Xóa vòng thử này …"), "nobody has heard of it"
    remind_of(test_round)
    asked = way_out(client, test_round)
    assert asked.startswith("Hủy vòng thử này …")
    assert "2 người đã được nhắc về vòng thử này sẽ nhận ngay tin báo hủy." in asked
    assert "Qua SMS: 1 tin" in asked
    assert "Kỹ thuật (ví dụ)" in asked
    assert "Lê Văn Đầu Mối" in asked
    outside, _fold, inside = client.get(board(test_round)).content.decode().partition('<details class="dc-sure">')
    fold, _end, after = inside.partition("</details>")
    assert f'action="{address}"' in fold
    assert address not in outside + after


def test_of_a_cancelled_conference_the_question_says_that_nobody_is_told(organiser, test_round, point):
    remind_of(test_round)
    Conference.objects.update(cancelled_at=NOW)
    assert "Hội nghị đã hủy nên không ai nhận tin." in way_out(browser(organiser), test_round)


def test_a_round_is_cancelled_once_though_two_tabs_press(organiser, test_round, point):
    client, address = browser(organiser), workspace_url("round_cancel", point.conference, test_round.pk)
    remind_of(test_round)
    for words in ("Đã hủy vòng thử. 3 tin đang được gửi.", "Vòng thử này đã hủy."):
        page = client.post(address, follow=True)
        assert [str(one) for one in page.context["messages"]] == [words]
    assert Message.objects.filter(kind="round_cancelled").count() == 3
    assert history(client, point).count("Hủy vòng thử, đã báo cho người được nhắc: Vòng 1, 15:00, 1/7/2027") == 1


def test_a_tab_that_still_offers_deleting_is_told_to_cancel_once_people_were_reminded(organiser, test_round, point):
    client = browser(organiser)
    remind_of(test_round)
    page = client.post(workspace_url("round_delete", point.conference, test_round.pk), follow=True)
    assert "hãy hủy vòng thử" in str(next(iter(page.context["messages"])))
    assert TestRound.objects.exists()
    assert "Xóa vòng thử" not in history(client, point)


def test_cancelling_a_round_of_which_nobody_heard_deletes_it_without_a_word_to_anybody(organiser, test_round, point):
    client = browser(organiser)
    response = client.post(workspace_url("round_cancel", point.conference, test_round.pk))
    assert response["Location"] == workspace_url("rounds", point.conference)
    assert not TestRound.objects.exists()
    assert not Message.objects.filter(kind="round_cancelled").exists()
    assert "Xóa vòng thử: Vòng 1" in history(client, point)


def test_a_cancelled_round_stands_in_the_list_and_takes_no_more_results(organiser, coordinator, test_round, point):
    client = browser(organiser)
    remind_of(test_round)
    old = filled_in(client.get(workspace_url("round_edit", point.conference, test_round.pk)), name="Vòng khác")
    client.post(workspace_url("round_cancel", point.conference, test_round.pk))
    assert "đã hủy</strong>" in client.get(workspace_url("rounds", point.conference)).content.decode()
    page = client.get(board(test_round)).content.decode()
    assert "Đã hủy lúc 10:00, 1/7/2027" in page
    assert way_out(client, test_round) == ""
    assert 'name="passed"' not in page
    assert workspace_url("round_edit", point.conference, test_round.pk) not in page
    client.post(board(test_round), {"passed": point.pk})
    client.post(of_point(test_round, point), {**NOT_YET, "picture": "ok"})
    assert not LineTest.objects.exists()
    client.post(workspace_url("round_edit", point.conference, test_round.pk), old)
    assert TestRound.objects.get().name == "Vòng 1"
    assert "đã bị hủy lúc 10 giờ 00 phút" in text_of(client.get(record(test_round)).content)
    # Nor is it the round of today any more.
    browser(coordinator).post(workspace_url("point_line_test", point.conference, point.pk), {"result": "passed"})
    assert not LineTest.objects.exists()


def test_a_round_may_be_added_again_at_the_moment_of_one_that_was_cancelled(organiser, test_round, point):
    TestRound.objects.update(cancelled_at=NOW)
    response = browser(organiser).post(workspace_url("round_add", point.conference), typed("2027-07-01", "10:00"))
    assert response.status_code == 302


def record(test_round) -> str:
    return workspace_url("round_record", test_round.conference, test_round.pk)


def text_of(content: bytes) -> str:
    paper = Document(BytesIO(content))
    cells = (cell.text for table in paper.tables for row in table.rows for cell in row.cells)
    return "\n".join([*(paragraph.text for paragraph in paper.paragraphs), *cells])


def test_the_record_in_word_has_every_point_and_what_is_open(organiser, test_round, point, other):
    Connection.objects.update(technician_name="Kỹ thuật (ví dụ)", technician_phone="+84900000700")
    Conference.objects.update(name="Hội nghị ví dụ")
    checks = {"picture": "ok", "sound": "ok", "return_sound": "bad"}
    client = browser(organiser)
    client.post(of_point(test_round, point), {**NOT_YET, **checks, "note": "Tiếng vọng"})
    response = client.get(record(test_round))
    assert "bien-ban-kiem-tra" in response["Content-Disposition"]
    text = text_of(response.content)
    for words in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "BIÊN BẢN",
        "Kiểm tra kết nối các điểm cầu (Vòng 1)",
        "Tổng số 2 điểm cầu; đạt: 0; không đạt: 1; chưa kiểm tra: 1.",
        "- Phòng họp tỉnh: tiếng về: lỗi, đường dự phòng: chưa thử.",
        "- Điểm khác: chưa thử.",
        "Tiếng vọng",
        "0900 000 700",
        "NGƯỜI LẬP BIÊN BẢN",
    ):
        assert words in text, words


def test_entering_and_reading_takes_the_same_number_of_questions_for_one_point_and_for_three(
    organiser, test_round, point
):
    client = browser(organiser)
    client.get(board(test_round))
    with CaptureQueriesContext(connection) as one:
        client.get(board(test_round))
    for _number in range(2):
        BridgePointFactory(conference=point.conference, kind="video_room")
    with CaptureQueriesContext(connection) as three:
        client.get(board(test_round))
    assert len(one) == len(three)


@pytest.mark.parametrize("name", ["rounds_live", "round_live"])
def test_the_parts_that_change_are_sent_once_while_nobody_enters_anything(organiser, test_round, point, name):
    numbers = (test_round.pk,) if name == "round_live" else ()
    live = workspace_url(name, test_round.conference, *numbers)
    whole = workspace_url(name.removesuffix("_live"), test_round.conference, *numbers)
    client = browser(organiser)
    page = client.get(whole).content.decode()
    assert f'data-live="{live}"' in page
    part = client.get(live)
    assert client.get(live, headers={"If-None-Match": part["ETag"]}).status_code == 304
    client.post(board(test_round), {"passed": point.pk})
    after = client.get(live, headers={"If-None-Match": part["ETag"]})
    assert after.status_code == 200
    assert "csrf" not in after.content.decode()
    # What raises no version shows as well.
    TestRound.objects.update(name="Vòng hai")
    Connection.objects.update(technician_name="Người khác")
    assert client.get(live, headers={"If-None-Match": after["ETag"]}).status_code == 200
