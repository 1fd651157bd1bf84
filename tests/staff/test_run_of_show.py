"""The run of show in the workspace: its table, and its controls."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from conference.models import ProgrammeItem
from control.models import Cue
from control.presses import Press, press
from control.show import look
from tests.support.factories import START, BridgePointFactory, ConferenceFactory, OrganiserFactory
from tests.support.html_forms import filled_in
from tests.support.papers import text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def organiser():
    return OrganiserFactory()


@pytest.fixture
def conference(organiser):
    return ConferenceFactory(organisers=[organiser])


@pytest.fixture
def client(organiser) -> Client:
    client = Client()
    client.force_login(organiser, backend="django.contrib.auth.backends.ModelBackend")
    return client


def at(minutes: float):
    return START + timedelta(minutes=minutes)


@pytest.fixture
def cues(conference) -> list[Cue]:
    point = BridgePointFactory(conference=conference, short_name="VNPT Bắc Ninh")
    return [
        Cue.objects.create(conference=conference, position=n, title=f"Phần {n}", minutes=10, point=point)
        for n in (1, 2, 3)
    ]


def address(conference, page: str = "") -> str:
    return f"/admin/c/{conference.slug}/day/show/{page}"


def sent(client, conference, **form):
    """What a press leads to."""
    return client.post(address(conference, "press/"), form, follow=True)


def test_start_and_next_are_pressed_without_javascript(client, conference, cues):
    version = filled_in(client.get(address(conference)))["version"]
    page = sent(client, conference, version=version, what="next").content.decode()
    assert Cue.objects.get(title="Phần 1").started_at == at(0)
    assert "VNPT Bắc Ninh" in page


def test_of_two_at_the_controls_the_second_is_refused_and_reads_what_is_on(client, conference, cues):
    version = look(conference, at(0)).version
    sent(client, conference, version=version, what="next")
    page = sent(client, conference, version=version, what="next").content.decode()
    assert "“Phần 1”" in page
    assert look(conference, at(1)).current.cue == cues[0]


def test_a_button_that_does_not_exist_changes_nothing(client, conference, cues):
    version = look(conference, at(0)).version
    for form in ({"version": version, "what": "explode"}, {"version": "x", "what": "next"}, {"what": "next"}):
        assert sent(client, conference, **form).status_code == 200
    assert look(conference, at(0)).version == version


def test_a_part_is_left_out_and_taken_in_again_by_its_own_button(client, conference, cues):
    sent(client, conference, version=look(conference, at(0)).version, skip=cues[1].pk)
    assert Cue.objects.get(pk=cues[1].pk).is_skipped
    sent(client, conference, version=look(conference, at(0)).version, take_in=cues[1].pk)
    assert not Cue.objects.get(pk=cues[1].pk).is_skipped


def test_nothing_is_sent_again_until_a_press_or_the_next_minute(client, conference, cues, clock):
    mark = client.get(address(conference, "live/"))["ETag"]
    ask = {"headers": {"if-none-match": mark}}
    assert client.get(address(conference, "live/"), **ask).status_code == 304
    clock.move_to(at(1))
    assert client.get(address(conference, "live/"), **ask).status_code == 200
    clock.move_to(at(0.5))
    press(conference=conference, what=Press.NEXT, version=0, now=at(0.5))
    assert client.get(address(conference, "live/"), **ask).status_code == 200


def test_how_late_it_is_and_what_will_be_missed_is_said_in_words(client, conference, cues, clock):
    Cue.objects.filter(pk=cues[2].pk).update(not_before=at(20))
    Cue.objects.filter(pk=cues[0].pk).update(started_at=at(0))
    clock.move_to(at(15.5))
    page = " ".join(client.get(address(conference)).content.decode().split())
    assert "Sẽ lỡ giờ 08:20, chậm 5 phút" in page
    assert "Hiện chậm 5 phút. Dự kiến kết thúc lúc 08:35, theo kế hoạch 08:30." in page


def test_the_live_part_takes_as_many_queries_with_many_parts(client, conference, cues, django_assert_max_num_queries):
    client.get(address(conference, "live/"))
    for n in range(20):
        Cue.objects.create(conference=conference, position=n, title="Thêm", point=cues[0].point)
    with django_assert_max_num_queries(8):
        client.get(address(conference, "live/"))


def test_after_a_press_the_page_shows_what_is_on(client, conference, cues):
    answer = client.post(address(conference, "press/"), {"version": "0", "what": "next"})
    assert answer.url == address(conference) + "#show-now"


def test_hard_starts_move_along_with_the_conference(client, conference, cues, clock):
    Cue.objects.filter(pk=cues[0].pk).update(not_before=START)
    clock.move_to(START - timedelta(days=10))
    page = f"/admin/c/{conference.slug}/content/when/"
    assert client.post(page, filled_in(client.get(page), starts_at_0="2027-07-20")).status_code == 302
    assert Cue.objects.get(pk=cues[0].pk).not_before == START + timedelta(days=1)


# --- the table --------------------------------------------------------------------------------------------------------


def table(client, conference) -> dict:
    """The table as it is drawn."""
    return filled_in(client.get(address(conference, "cues/")))


def test_the_table_is_typed_in_one_go(client, conference, cues):
    form = table(client, conference)
    form |= {
        "cues-0-who": "Ông Nguyễn Văn Ví Dụ", "cues-0-minutes": "7", "cues-0-begins": "08:05",
        "cues-3-title": "Bế mạc", "cues-3-minutes": "3",
    }  # fmt: skip
    seen = look(conference, at(0)).version
    assert client.post(address(conference, "cues/"), form).status_code == 302
    first = Cue.objects.get(pk=cues[0].pk)
    assert (first.who, first.minutes, first.not_before) == ("Ông Nguyễn Văn Ví Dụ", 7, at(5))
    assert list(conference.cues.values_list("title", flat=True))[-1] == "Bế mạc"
    assert look(conference, at(0)).version == seen + 1


def test_saving_the_table_unchanged_changes_nothing(client, conference, cues):
    Cue.objects.filter(pk=cues[0].pk).update(not_before=START + timedelta(seconds=30))
    seen = look(conference, at(0)).version
    assert client.post(address(conference, "cues/"), table(client, conference)).status_code == 302
    assert look(conference, at(0)).version == seen
    assert Cue.objects.get(pk=cues[0].pk).not_before == START + timedelta(seconds=30)


def test_a_hard_start_is_taken_away_by_emptying_its_field(client, conference, cues):
    Cue.objects.filter(pk=cues[0].pk).update(not_before=START)
    form = table(client, conference) | {"cues-0-begins": ""}
    assert client.post(address(conference, "cues/"), form).status_code == 302
    assert Cue.objects.get(pk=cues[0].pk).not_before is None


def test_on_several_days_a_hard_start_needs_its_day(client, conference, cues):
    conference.ends_at += timedelta(days=1)
    conference.save()
    form = table(client, conference) | {"cues-0-begins": "09:00"}
    assert client.post(address(conference, "cues/"), form).status_code == 422
    form |= {"cues-0-day": "2027-07-20"}
    assert client.post(address(conference, "cues/"), form).status_code == 302
    assert Cue.objects.get(pk=cues[0].pk).not_before == START + timedelta(days=1, hours=1)


def test_the_times_of_parts_that_are_to_come_are_not_called_real(client, conference, cues):
    shown = client.get(address(conference), headers={"accept-language": "vi"}).content.decode()
    assert 'data-label="Thực tế, dự kiến"' in shown
    assert 'data-label="Thực tế"' not in shown


def test_what_has_begun_is_neither_deleted_nor_left_out(client, conference, cues):
    Cue.objects.filter(pk=cues[0].pk).update(started_at=START)
    form = table(client, conference)
    assert client.post(address(conference, "cues/"), form | {"cues-0-DELETE": "on"}).status_code == 422
    assert client.post(address(conference, "cues/"), form | {"cues-0-is_skipped": "on"}).status_code == 422


def test_the_point_of_another_conference_is_refused(client, conference, cues):
    stranger = BridgePointFactory()
    form = table(client, conference) | {"cues-0-point": str(stranger.pk)}
    assert client.post(address(conference, "cues/"), form).status_code == 422


def test_the_log_calls_a_press_taken_back_by_the_word_of_its_button(client, conference, cues, settings):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "vi"
    press(conference=conference, what=Press.NEXT, version=0, now=START)
    said = client.get(address(conference)).content.decode()
    on_button = re.search(r'value="back"[^>]*>\s*([^:]+): “Phần 1”', said)[1]
    press(conference=conference, what=Press.BACK, version=1, now=at(1))
    assert f"<b>{on_button}</b>: Phần 1" in client.get(address(conference)).content.decode()


def test_parts_are_made_from_the_programme_in_one_press(client, conference):
    page = client.get(address(conference)).content.decode()
    assert "show/make/" not in page
    ProgrammeItem.objects.create(conference=conference, title="Khai mạc", starts_at=START, ends_at=at(15))
    assert "show/make/" in client.get(address(conference)).content.decode()
    assert client.post(address(conference, "make/"), follow=True).status_code == 200
    assert Cue.objects.get().title == "Khai mạc"


# --- papers -----------------------------------------------------------------------------------------------------------


def test_the_paper_holds_each_part_with_its_time_by_the_plan_and_what_the_chair_reads(client, conference, cues):
    Cue.objects.filter(pk=cues[1].pk).update(who="HTX Ví Dụ", way="video", notes="Mời bật micrô")
    Cue.objects.filter(pk=cues[2].pk).update(is_skipped=True)
    lines = text(client.get(address(conference, "kich-ban.docx")).content).splitlines()
    assert "KỊCH BẢN ĐIỀU HÀNH" in lines
    assert "Độc lập - Tự do - Hạnh phúc" in lines
    first = lines.index("08:10 – 08:20")
    assert lines[first - 1 : first + 5] == [
        "2", "08:10 – 08:20", "Phần 2", "HTX Ví Dụ", "VNPT Bắc Ninh (qua truyền hình)", "Mời bật micrô",
    ]  # fmt: skip
    assert "Phần 3" not in lines


def test_afterwards_plan_and_reality_stand_side_by_side(client, conference, cues):
    Cue.objects.filter(pk=cues[0].pk).update(started_at=at(2), ended_at=at(15))
    Cue.objects.filter(pk=cues[1].pk).update(is_skipped=True)
    lines = text(client.get(address(conference, "record.docx")).content).splitlines()
    first = lines.index("08:02 – 08:15")
    assert lines[first - 1 : first + 2] == ["08:00 – 08:10", "08:02 – 08:15", "+3 phút"]
    assert "bỏ qua" in lines
    assert "không thực hiện" in lines
    page = client.get(address(conference, "record/")).content.decode()
    assert "08:02–08:15" in page


def test_before_anything_has_ended_there_is_no_record_to_print(client, conference, cues):
    assert "record.docx" not in client.get(address(conference, "record/")).content.decode()


# --- the SMS to the next room -----------------------------------------------------------------------------------------


def test_the_sms_to_the_next_room_is_switched_off_and_on_and_that_is_kept(client, conference, cues):
    page = address(conference, "sms/")
    assert page in client.get(address(conference)).content.decode()
    form = filled_in(client.get(page))
    assert form.pop("tells_next_room")
    assert client.post(page, form).status_code == 302
    conference.refresh_from_db()
    assert not conference.tells_next_room
    assert conference.history.first().tells_next_room is False
    assert "Các phòng không nhận SMS" in client.get(address(conference)).content.decode()
    client.post(page, filled_in(client.get(page)) | {"tells_next_room": "on"})
    conference.refresh_from_db()
    assert conference.tells_next_room


def test_the_way_of_a_part_follows_from_the_kind_of_its_point_unless_it_was_chosen(client, conference):
    hall = BridgePointFactory(conference=conference, kind="venue")
    room = BridgePointFactory(conference=conference, kind="video_room")
    Cue.objects.create(conference=conference, position=1, title="Từ chương trình", minutes=5)
    table = address(conference, "cues/")
    new = filled_in(client.get(table))
    rows = {
        1: {"title": "Phòng họp", "point": room.pk},
        2: {"title": "Hội trường", "point": hall.pk},
        3: {"title": "Chọn", "point": room.pk, "way": "in_person"},
    }
    typed = {f"cues-{n}-{name}": str(value) for n, row in rows.items() for name, value in row.items()}
    assert client.post(table, {**new, **typed, "cues-0-point": str(room.pk)}).status_code == 302
    assert dict(Cue.objects.values_list("title", "way")) == {
        "Từ chương trình": "video",
        "Phòng họp": "video",
        "Hội trường": "in_person",
        "Chọn": "in_person",
    }
    # What stands there stays until its point changes.
    again = filled_in(client.get(table))
    client.post(table, {**again, "cues-3-minutes": "9"})
    assert set(Cue.objects.filter(title="Chọn").values_list("way", "minutes")) == {("in_person", 9)}
