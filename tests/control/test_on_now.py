"""What everybody reads of the run of show: on public and personal pages, and in the part that they ask for."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import translation

from common.page_cache import shelf
from control.models import Cue
from control.on_air import on_air
from control.presses import Press, press
from tests.conftest import NOW
from tests.support.factories import START, BridgePointFactory, ConferenceFactory, ConnectionFactory, registered

pytestmark = pytest.mark.django_db


def at(minutes: float):
    return START + timedelta(minutes=minutes)


@pytest.fixture
def conference():
    conference = ConferenceFactory()
    point = BridgePointFactory(conference=conference, name="Phòng họp VNPT Bắc Ninh", short_name="VNPT Bắc Ninh")
    Cue.objects.create(conference=conference, position=1, title="Khai mạc", minutes=10, notes="Mời đứng dậy")
    Cue.objects.create(conference=conference, position=2, title="Tham luận", who="HTX Ví Dụ", minutes=10, point=point)
    return conference


def begin(conference) -> None:
    press(conference=conference, what=Press.NEXT, version=0, now=at(0))


def words(address: str, **more) -> str:
    response = Client(**more).get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def places(conference) -> list[str]:
    return [f"/{conference.slug}/", f"/{conference.slug}/now/", f"/{conference.slug}/now/live/"]


def test_what_is_on_and_what_comes_next_is_said_and_how_late(conference, clock):
    begin(conference)
    clock.move_to(at(13))
    for address in places(conference):
        page = words(address)
        assert "Khai mạc" in page
        assert "3 phút" in page
        assert "khoảng 08:13: <b>Tham luận</b>" in page
        assert "HTX Ví Dụ · VNPT Bắc Ninh" in page


def test_what_the_chair_notes_is_not_for_everybody(conference, clock):
    begin(conference)
    assert not any("Mời đứng dậy" in words(address) for address in places(conference))


def test_while_nothing_is_on_nothing_is_said(conference, clock):
    assert words(f"/{conference.slug}/now/live/") == ""
    assert 'id="on-now"' not in words(f"/{conference.slug}/")


@pytest.mark.parametrize("minutes", [-60, 7 * 60])
def test_long_before_and_after_the_page_of_the_conference_asks_for_nothing(conference, clock, minutes):
    clock.move_to(at(minutes))
    assert "data-live" not in words(f"/{conference.slug}/")


def test_a_conference_without_cues_is_not_asked_for(conference, clock):
    Cue.objects.all().delete()
    assert "data-live" not in words(f"/{conference.slug}/")


def test_of_a_cancelled_conference_nothing_is_on(conference, clock):
    begin(conference)
    conference.cancelled_at = at(1)
    conference.save()
    assert words(f"/{conference.slug}/now/live/") == ""


def test_it_is_sent_again_only_when_it_says_something_else(conference, clock):
    address = f"/{conference.slug}/now/live/?l=vi"
    ask = {"headers": {"if-none-match": Client().get(address)["ETag"]}}
    assert Client().get(address, **ask).status_code == 304
    begin(conference)
    begun = Client().get(address, **ask)
    assert begun.status_code == 200
    ask = {"headers": {"if-none-match": begun["ETag"]}}
    # Nothing is late yet, so the next minute says the same.
    clock.move_to(at(3))
    assert Client().get(address, **ask).status_code == 304
    clock.move_to(at(12))
    assert Client().get(address, **ask).status_code == 200


@pytest.mark.usefixtures("kept_pages")
def test_thousands_who_have_it_cost_no_statement_while_it_is_kept(conference, clock, django_assert_num_queries):
    begin(conference)
    address = f"/{conference.slug}/now/live/?l=vi"
    mark = Client().get(address)["ETag"]
    with django_assert_num_queries(0):
        assert Client().get(address, headers={"if-none-match": mark}).status_code == 304


@pytest.mark.usefixtures("kept_pages")
def test_every_process_gives_it_the_same_mark_at_every_minute(conference, clock):
    begin(conference)
    address = f"/{conference.slug}/now/live/?l=vi"
    marks = set()
    for minute in range(4):
        clock.move_to(at(minute))
        shelf.clear()
        marks.add(Client().get(address)["ETag"])
    assert len(marks) == 1


def test_the_part_speaks_the_language_of_the_page_that_asks(conference, clock):
    begin(conference)
    assert "On now" in words(f"/{conference.slug}/now/live/?l=en")
    assert "Đang diễn ra" in words(f"/{conference.slug}/now/live/?l=xx")


def test_the_personal_page_asks_for_it_while_the_door_is_open(conference, clock):
    point = BridgePointFactory(conference=conference, kind="online", seats=None)
    ConnectionFactory(bridge_point=point)
    delegate = registered(point, now=NOW).delegates.get()
    assert f'data-live="/{conference.slug}/now/live/?l=vi"' in words(f"/j/{delegate.token}/")
    clock.move_to(at(-120))
    assert "data-live" not in words(f"/j/{delegate.token}/")


def test_a_room_reads_what_is_on_and_when_it_is_its_turn():
    conference = ConferenceFactory()
    here, there = (BridgePointFactory(conference=conference, short_name=name) for name in ("VNPT Một", "VNPT Hai"))
    for position, (title, point) in enumerate([("Khai mạc", None), ("Báo cáo", there), ("Ý kiến", here)]):
        Cue.objects.create(conference=conference, position=position, title=title, point=point, minutes=10)
    with translation.override("vi"):
        before = on_air(here, conference.starts_at)
        Cue.objects.filter(title="Khai mạc").update(started_at=conference.starts_at)
        running = on_air(here, conference.starts_at)
        other = on_air(there, conference.starts_at)
    assert before["on"] == []
    assert running["on"] == ["08:00 – Khai mạc"]
    assert running["next"] == ["08:10 – Báo cáo (VNPT Hai)", "Phòng họp này: 08:20 – Ý kiến (VNPT Một)"]
    assert other["next"] == ["08:10 – Báo cáo (VNPT Hai)", "Chính là phòng họp này."]
