"""The history of a conference: everything that was done, by whom, in one stream."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from attendance.typed_people import settle_typed
from bridges.models import BridgePoint, Province
from conference.models import Conference, Partner
from lists.models import ImportJob
from messaging.models import Announcement
from registrations.models import Delegate, Registration
from tests.conftest import NOW
from tests.support.doors import Phone, milliseconds
from tests.support.factories import START, UserFactory, registered
from tests.support.html_forms import filled_in

pytestmark = pytest.mark.django_db
# Rows that no form of the workspace makes.
NEVER_LOGGED = {"Show", "Rehearsal", "RehearsedCue"}
HISTORY = "/admin/c/na-chi-lang-2027/settings/history/"


def words_of(html: str) -> str:
    content = html[html.index('id="content"') :]
    return " ".join(re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", content, flags=re.DOTALL).split())


@pytest.fixture
def conference(world) -> Conference:
    return Conference.objects.get(pk=world.names["conference"])


@pytest.fixture
def point(world) -> BridgePoint:
    return BridgePoint.objects.get(pk=world.names["point"])


def _log(world, row, message: str) -> None:
    LogEntry.objects.log_actions(
        world.users["organiser here"].pk, [row], CHANGE, change_message=message, single_object=True
    )


def _read(world, query: str = "", role: str = "organiser here") -> str:
    return words_of(world.client(role).get(f"{HISTORY}{query}").content.decode())


def test_a_change_says_who_made_it_what_was_before_and_what_is_now(world, point):
    editor = world.users["organiser here"]
    point.address = "Số 9 phố Mới"
    point._history_user = editor
    point.save()
    words = _read(world, "?kind=points")
    assert f"{editor.name} Điểm cầu: {point.label}" in words
    assert "Địa chỉ: – → Số 9 phố Mới" in words


def test_a_province_that_was_changed_is_named_before_and_after(world, point):
    first, second = Province.objects.valid_on(NOW.date())[:2]
    for province in (first, second, None):
        point.province = province
        point.save()
    words = _read(world)
    assert f"Tỉnh, thành phố: {first} → {second}" in words
    assert f"Tỉnh, thành phố: {second} → –" in words


def test_who_was_taken_down_at_a_door_is_nobody_who_has_registered_themselves(world, point):
    phone = Phone(point, START, role="desk")
    details = {"name": "Phạm Thị Ghé", "organisation": "HTX Mới Đến"}
    scan = {"uid": str(uuid4()), "kind": "walk_in", "verdict": "chosen", "at": milliseconds(START), "details": details}
    phone.send(scan, now=START)
    settle_typed(device=phone.device, now=START)
    number = Registration.objects.get(contact_name="Phạm Thị Ghé").number
    words = _read(world, "?kind=people")
    line = words[: words.index(f"Đăng ký: {number}")].rpartition(":")[2], words[words.index(f"Đăng ký: {number}") :]
    assert line[0].split(maxsplit=1)[1].strip() == "đón tiếp"
    assert line[1].startswith(f"Đăng ký: {number}, Phạm Thị Ghé · Tạo mới. Tại cửa đón tiếp: Cửa chính, Máy Cửa chính")


def test_cancelling_accepting_or_moving_a_registration_is_one_line_each_which_says_what_was_before(world, point):
    other = BridgePoint.objects.filter(conference=point.conference, is_open=True).exclude(pk=point.pk).first()
    client = world.client("organiser here")
    pages = "/admin/registrations/registration"
    moved, cancelled = (registered(point, now=NOW, number=number) for number in (71, 72))
    point.approval = "yes"
    point.save()
    asked = registered(point, now=NOW, number=73)
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        client.post(f"{pages}/move/?ids={moved.pk}", {"point": other.pk})
        client.post(f"{pages}/{cancelled.pk}/cancel/")
        client.post(f"{pages}/{asked.pk}/accept/")
    moved, cancelled, asked = (Registration.objects.get(pk=row.pk) for row in (moved, cancelled, asked))
    assert (moved.bridge_point, cancelled.state, asked.state) == (other, "cancelled", "confirmed")
    words = _read(world, "?kind=people")
    for row in (moved, cancelled, asked):
        assert LogEntry.objects.filter(object_id=str(row.pk)).count() == 1
        # Another line says that it was made.
        assert words.count(f"Đăng ký: {row.number}") == 2
    assert f"{point} → {other}" in words


def test_what_is_logged_in_the_words_of_the_sources_is_read_in_the_language_of_the_reader(world, conference):
    _log(world, conference, "Rehearsal of the run of show reset")
    assert "Đã đưa phần chạy thử kịch bản về đầu" in _read(world)


def test_a_password_is_said_to_have_changed_and_never_shown(world, point):
    for password in ("mat-khau-1", "mat-khau-2"):
        point.connection.password = password
        point.connection.save()
    words = _read(world, "?kind=points")
    assert "Mật khẩu: có thay đổi" in words
    assert "mat-khau" not in words


def test_partners_programme_products_and_questions_are_there_with_their_kind(world, conference):
    client = world.client("organiser here")
    partner = Partner.objects.create(conference=conference, name="Sở Công Thương", role="host")
    for message in (
        '[{"changed": {"fields": ["name"]}}, {"added": {"name": "partner", "object": "Sở Công Thương"}}]',
        '[{"changed": {"name": "programme item", "object": "Khai mạc", "fields": ["title"]}}]',
        '[{"deleted": {"name": "product", "object": "Na bở"}}]',
        '[{"added": {"name": "question", "object": "Đi xe gì?"}}]',
    ):
        _log(world, conference, message)
    words = _read(world, "?kind=parts")
    for name in (partner.name, "Khai mạc", "Na bở", "Đi xe gì?"):
        assert name in words
    assert "Khai mạc" not in _read(world, "?kind=roles")
    assert "Khai mạc" in _read(world)
    assert client.get(HISTORY).context["tab"] == "settings"


def test_what_versions_say_is_not_said_again_by_the_log(world, conference, point):
    _log(world, conference, '[{"changed": {"fields": ["Tóm tắt nội dung"]}}]')
    _log(world, point, '[{"changed": {"name": "connection details", "object": "x", "fields": ["Máy chủ"]}}]')
    words = _read(world)
    assert "Tóm tắt nội dung" not in words
    assert "Máy chủ" not in words


def test_roles_lists_and_erasures_are_there(world, conference):
    world.client("organiser here").post(
        "/admin/c/na-chi-lang-2027/settings/roles/", {"email": "sep@vidu.example", "name": "Sếp", "role": "leader"}
    )
    ImportJob.objects.filter(pk=world.names["import"]).update(state=ImportJob.State.DONE, finished_at=NOW)
    _log(world, conference, "Đã nhập danh sách")
    words = _read(world)
    assert "lãnh đạo" in _read(world, "?kind=roles")
    assert "Sếp" in _read(world, "?kind=roles")
    assert "danh-sach.csv" in words
    assert "Xóa dữ liệu cá nhân" in words
    # The line in the log at the moment when a list was applied says the same.
    assert "Đã nhập danh sách" not in _read(world, "?kind=conference")


def test_nothing_of_another_conference_is_there(world):
    foreign = Conference.objects.get(slug="vai-thieu-2027")
    foreign.name = "Tên khác hẳn"
    foreign.save()
    _log(world, foreign, "Việc của nơi khác")
    registered(foreign.bridge_points.get(), now=NOW, number=77, people=1)
    words = _read(world)
    for secret in ("Tên khác hẳn", "Việc của nơi khác", "HTX Ví Dụ 77", "Nguyễn Văn 7700"):
        assert secret not in words


def test_one_person_and_one_kind_can_be_asked_for(world, point):
    editor = world.users["organiser here"]
    point.notes = "Mang theo giấy mời"
    point._history_user = editor
    point.save()
    assert "Mang theo giấy mời" in _read(world, f"?who={editor.pk}")
    assert "Mang theo giấy mời" not in _read(world, f"?who={world.users['superuser'].pk}")
    assert "Mang theo giấy mời" not in _read(world, "?kind=people")


def test_somebody_who_has_nothing_to_do_with_the_conference_is_not_named(world):
    stranger = UserFactory(is_staff=True, name="Vi Văn Lạ")
    assert "Vi Văn Lạ" not in _read(world, f"?who={stranger.pk}")


@pytest.mark.parametrize("query", ["?before=x", "?before=1-2", "?before=999999999999999999-1-1", "?who=x", "?kind=x"])
def test_an_address_that_says_nothing_shows_the_latest(world, query):
    assert world.client("organiser here").get(HISTORY + query).status_code == 200


def test_pages_follow_one_another_without_a_gap_or_a_line_twice(world, point, conference):
    for number in range(130):
        # Several at one moment, from several tables.
        with time_machine.travel(NOW + timedelta(minutes=number // 10), tick=False):
            point.notes = f"Lưu ý {number:03}"
            point.save()
            _log(world, conference, f"Ghi {number:03}")
    client, address, found = world.client("organiser here"), HISTORY, []
    while address:
        page = client.get(address).content.decode()
        found += re.findall(r"→ <ins>(Lưu ý \d{3})</ins>", page) + re.findall(r"· (Ghi \d{3})<", page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        address = HISTORY + older[1].replace("&amp;", "&") if older else ""
    assert len(found) == len(set(found)) == 260


def test_it_takes_the_same_queries_with_few_and_with_many(world, point, conference):
    client = world.client("organiser here")

    def queries() -> int:
        ContentType.objects.clear_cache()
        with CaptureQueriesContext(connection) as taken:
            client.get(HISTORY)
        return len(taken)

    def work(numbers) -> None:
        for number in numbers:
            point.notes = f"Lưu ý {number}"
            point.save()
            conference.summary = f"Tóm tắt {number}"
            conference.save()
            delegate = Delegate.objects.get(pk=world.names["delegate"])
            delegate.position = f"Chức vụ {number}"
            delegate.save()
            _log(world, conference, f"Ghi {number}")

    # Of what changes for the first time nothing before is looked for.
    work(range(2))
    first = queries()
    work(range(2, 12))
    assert queries() == first


def test_a_part_that_was_changed_says_field_before_and_after_in_the_language_of_the_reader(world, conference):
    client = world.client("organiser here")
    item = conference.programme.create(title="Khai mạc", starts_at=conference.starts_at)
    address = "/admin/c/na-chi-lang-2027/content/programme/"
    form = filled_in(client.get(address))
    name = next(name for name, value in form.items() if value == ["Khai mạc"])
    assert client.post(address, {**form, name: "Khai mạc hội nghị"}).status_code == 302
    words = _read(world, "?kind=parts")
    assert "Đã thay đổi mục chương trình “Khai mạc hội nghị”" in words
    assert "Nội dung: Khai mạc → Khai mạc hội nghị" in words
    assert "Title" not in words
    item.delete()


def test_old_entries_name_the_field_in_the_language_of_the_reader(world, conference):
    facts = '{"fields": ["Title"], "name": "programme item", "object": "Khai mạc"}'
    _log(world, conference, f'[{{"changed": {facts}}}]')
    assert "Đã thay đổi Nội dung cho mục chương trình" in _read(world, "?kind=parts")


def test_parts_of_the_run_of_show_and_their_fields_have_the_names_that_their_pages_have(world, conference):
    for facts in (
        '{"added": {"name": "cue", "object": "Khai mạc"}}',
        '{"changed": {"name": "cue", "object": "Bế mạc", "values": [["From", "Chi Lăng", "Hữu Lũng"]]}}',
        '{"changed": {"name": "cue", "object": "Báo cáo", "fields": ["What"]}}',
    ):
        _log(world, conference, f"[{facts}]")
    words = _read(world, "?kind=conference")
    assert "Đã thêm phần việc" in words
    assert "Đã thay đổi phần việc “Bế mạc”" in words
    assert "Từ điểm cầu: Chi Lăng → Hữu Lũng" in words
    assert "cue" not in words
    assert "What" not in words


def test_each_kind_of_row_of_the_day_has_a_vietnamese_name_in_the_log(world, conference):
    models = [one for room in ("control", "attendance") for one in apps.get_app_config(room).get_models()]
    with override(None):
        names = {str(one._meta.verbose_name) for one in models if one.__name__ not in NEVER_LOGGED}
    for name in names:
        _log(world, conference, f'[{{"added": {{"name": "{name}", "object": "x"}}}}]')
    said = set(re.findall("Đã thêm ([^“]+) “x”", _read(world)))
    assert len(said) == len(names)
    assert not said & names


def test_added_changed_and_deleted_are_said_in_words_of_the_same_kind(world, conference):
    made = Announcement.objects.create(conference=conference, subject="Mang mẫu đến {point_short}")
    number = made.pk
    made.delete()
    words = _read(world, "?kind=messages")
    assert Announcement.history.filter(id=number).count() == 2
    said = "Tin gửi đại biểu: Mang mẫu đến [tên ngắn của điểm cầu] ·"
    assert f"{said} Tạo mới" in words
    assert f"{said} Xóa" in words


def test_roles_are_given_and_withdrawn(world, conference):
    client = world.client("organiser here")
    client.post("/admin/c/na-chi-lang-2027/settings/roles/", {"email": "a@vidu.example", "name": "A", "role": "leader"})
    user = conference.leaders.get(email="a@vidu.example")
    client.post("/admin/c/na-chi-lang-2027/settings/roles/withdraw/", {"who": f"leader/{user.pk}"})
    words = _read(world, "?kind=roles")
    assert "Đã giao quyền lãnh đạo: A." in words
    assert "Đã thu hồi quyền lãnh đạo: A." in words


def test_seats_from_the_waitlist_are_given_by_the_system(world, conference, point):
    registration = Registration.objects.filter(conference=conference).first()
    for state in (Registration.State.WAITLISTED, Registration.State.CONFIRMED):
        registration.state = state
        registration._history_user = None
        registration.save()
    lines = _read(world, "?kind=people").split(f"Đăng ký: {registration.number}")
    assert lines[0].endswith("hệ thống ")
    assert "người đăng ký" in lines[1]
