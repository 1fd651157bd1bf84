"""What a list of bridge points becomes."""

import pytest

from bridges.models import BridgePoint
from registrations.models import Registration
from tests.conftest import NOW
from tests.support.factories import ConnectionFactory, registered
from tests.support.lists import checked, notes, started, verdicts, xlsx

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]

HEADINGS = (
    "Loại", "Tên điểm cầu", "Tên ngắn", "Đơn vị phụ trách", "Tỉnh", "Số chỗ", "Thứ tự", "Cán bộ kỹ thuật",
    "Điện thoại kỹ thuật",
)  # fmt: skip


def points(*rows) -> bytes:
    return xlsx(HEADINGS, [[*row, *[None] * (len(HEADINGS) - len(row))] for row in rows])


def test_new_points_are_made_with_all_that_the_list_says(point):
    row = ("Phòng họp trực tuyến VNPT", "VNPT Vĩnh Long", "Vĩnh Long", "VNPT", "vinh long", "1.200", 7, "Kỹ", 912345678)
    started(checked(point.conference, points(row), kind="points"))
    made = BridgePoint.objects.get(name="VNPT Vĩnh Long")
    assert (made.kind, made.short_name, made.host_name, made.province.name) == (
        "video_room", "Vĩnh Long", "VNPT", "Vĩnh Long",
    )  # fmt: skip
    assert (made.seats, made.position) == (1200, 7)
    assert made.connection.technician_phone.as_e164 == "+84912345678"


@pytest.mark.parametrize("name", ["VNPT Bắc Ninh", "vnpt bac ninh", "bac ninh"])
def test_a_point_is_known_by_its_name_or_short_name_and_only_what_is_filled_in_changes(point, name):
    ConnectionFactory(bridge_point=point, technician_name="Anh Kỹ")
    job = started(checked(point.conference, points((None, name, None, "UBND", None, 60)), kind="points"))
    assert job.counts["changed"] == 1
    point.refresh_from_db()
    assert (point.name, point.short_name, point.host_name, point.seats) == ("VNPT Bắc Ninh", "Bắc Ninh", "UBND", 60)
    assert point.connection.technician_name == "Anh Kỹ"


def test_the_same_list_twice_changes_nothing(point):
    content = points(("Hội trường", "Nhà văn hóa", "NVH", "UBND", "Bắc Ninh", 80, 3, "Kỹ", "0912345678"))
    started(checked(point.conference, content, kind="points"))
    assert verdicts(checked(point.conference, content, kind="points")) == ["same"]


def test_a_list_never_changes_how_many_seats_are_taken_and_more_seats_go_to_those_who_wait(point):
    point.seats = 1
    point.save()
    registered(point, now=NOW, number=1)
    second = registered(point, now=NOW, number=2)
    assert second.state == "waitlisted"
    started(checked(point.conference, points((None, point.name, None, None, None, 5)), kind="points"))
    point.refresh_from_db()
    assert (point.seats, point.seats_taken, point.waiting_count) == (5, 2, 0)
    assert Registration.objects.get(pk=second.pk).state == "confirmed"


def test_fewer_seats_than_are_taken_are_said_to_be_so(point):
    registered(point, now=NOW, people=3)
    assert "3 seats are taken" in notes(
        checked(point.conference, points((None, point.name, None, None, None, 2)), kind="points")
    )


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("Phi thuyền", "Mới"), "no kind of bridge point"),
        ((None, "Mới"), "needs its kind"),
        (("Hội trường", None, "Ngắn"), "no name"),
        (("Hội trường", "Mới", None, None, "Atlantis"), "no province"),
        (("Hội trường", "Mới", None, None, None, "nhiều"), "not a number"),
        (("Hội trường", "X" * 201), "longer than 200"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_words(point, row, words):
    job = checked(point.conference, points(row), kind="points")
    assert verdicts(job) == ["refused"]
    assert words in notes(job)


@pytest.mark.parametrize("wrong", [("Phi thuyền", "Nhà văn hóa"), (None, "Nhà văn hóa")])
def test_a_point_of_a_refused_row_may_come_again_below_and_then_not_once_more(point, wrong):
    right = ("Hội trường", "Nhà văn hóa")
    job = checked(point.conference, points(wrong, right, right), kind="points")
    assert verdicts(job) == ["refused", "new", "refused"]
    assert job.plan[2]["notes"] == ["The same bridge point stands in row 3 already."]


def test_no_limit_can_be_said_in_words(point):
    started(checked(point.conference, points((None, point.name, None, None, None, "Không giới hạn")), kind="points"))
    point.refresh_from_db()
    assert point.seats is None


def test_a_province_that_has_merged_is_the_one_in_which_it_lies_and_that_is_said(point):
    heads = ("Loại", "Tên điểm cầu", "Tỉnh")
    job = checked(point.conference, xlsx(heads, [("Hội trường", "Hội trường mới", "Bắc Giang")]), kind="points")
    assert "“Bắc Giang” belongs to Bắc Ninh today; Bắc Ninh is taken." in notes(job)
    started(job)
    assert BridgePoint.objects.get(name="Hội trường mới").province.name == "Bắc Ninh"


@pytest.mark.parametrize("heading", ["Tỉnh, thành phố", "Tỉnh", "TỈNH/THÀNH PHỐ", "Tỉnh (thành phố)", "Tỉnh/TP"])
def test_a_province_is_read_under_each_of_its_headings(point, heading):
    content = xlsx(("Loại", "Tên điểm cầu", heading), [("Hội trường", "Nhà văn hóa", "Bắc Ninh")])
    started(checked(point.conference, content, kind="points"))
    assert BridgePoint.objects.get(name="Nhà văn hóa").province.name == "Bắc Ninh"
