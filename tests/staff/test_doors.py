"""Đón tiếp: doors and phones are set up, watched and withdrawn by whoever runs the point."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from attendance import devices
from attendance.models import Device, Door
from bridges.models import BridgePoint
from tests.conftest import NOW
from tests.support.doors import Phone, arrival
from tests.support.factories import START, BridgePointFactory, CoordinatorFactory, OrganiserFactory, registered

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_day():
    with time_machine.travel(START, tick=False):
        yield


@pytest.fixture
def hall() -> BridgePoint:
    return BridgePointFactory(name="Hội trường Chi Lăng")


def as_user(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def organiser(hall):
    user = OrganiserFactory()
    hall.conference.organisers.add(user)
    return as_user(user)


@pytest.fixture
def coordinator(hall):
    return as_user(CoordinatorFactory(bridge_point=hall).user)


def url(point: BridgePoint, rest: str) -> str:
    return f"/admin/c/{point.conference.slug}/day/{rest}"


def add_phone(client: Client, hall: BridgePoint, **data: str):
    values = {"name": "Máy cô Lan", "door": "0", "role": "desk", **data}
    return client.post(url(hall, f"doors/{hall.pk}/phone/"), {f"phone{hall.pk}-{k}": v for k, v in values.items()})


def test_a_place_without_doors_gets_its_main_door_with_its_first_phone(coordinator, hall):
    assert "Cửa chính" in coordinator.get(url(hall, "doors/")).content.decode()
    assert not Door.objects.exists()
    response = add_phone(coordinator, hall)
    device = Device.objects.get()
    assert (device.door.name, device.role, device.name) == ("Cửa chính", "desk", "Máy cô Lan")
    assert response["Location"] == url(hall, f"phones/{device.pk}/")
    page = coordinator.get(response["Location"]).content.decode()
    assert "data:image/png;base64," in page
    # For a phone without a camera, as text that can be chosen and copied without a script.
    assert f">{device.pairing_url}</p>" in page


def test_the_code_is_gone_once_a_phone_has_been_paired(coordinator, hall):
    device = Phone(hall, START).device
    page = coordinator.get(url(hall, f"phones/{device.pk}/")).content.decode()
    assert "dc-pairing" not in page
    assert "/desk/pair/" not in page
    assert "đang sử dụng" in coordinator.get(url(hall, f"phones/{device.pk}/live/")).content.decode()


def test_the_address_is_gone_with_the_code_after_half_an_hour_and_is_kept_nowhere(coordinator, hall):
    add_phone(coordinator, hall)
    device = Device.objects.get()
    page = coordinator.get(url(hall, f"phones/{device.pk}/"))
    assert "no-store" in page["Cache-Control"] or "max-age=0" in page["Cache-Control"]
    with time_machine.travel(START + timedelta(minutes=31), tick=False):
        page = coordinator.get(url(hall, f"phones/{device.pk}/")).content.decode()
    assert device.token not in page
    assert "data:image/png;base64," not in page


def test_setting_up_is_folded_once_there_is_a_phone_and_a_link_opens_the_forms_of_a_point(coordinator, hall):
    def setup(query: str = "") -> str:
        page = coordinator.get(url(hall, "doors/") + query).content.decode()
        # The phones stand above the forms, in one part that is folded.
        assert page.index("data-live") < page.index('id="setup"')
        return page[page.index('id="setup"') :]

    def is_open(part: str) -> bool:
        return part.partition(">")[0].endswith(" open")

    assert is_open(setup())
    Phone(hall, START)
    assert not is_open(setup())
    assert f'href="{url(hall, "doors/")}?setup={hall.pk}#setup-{hall.pk}"' in coordinator.get(
        url(hall, "doors/")
    ).content.decode().replace("&amp;", "&")
    chosen = setup(f"?setup={hall.pk}")
    assert is_open(chosen)
    assert chosen.count("<details open>") == 2
    # After a mistake it is open as well, with the cursor where it was made.
    wrong = coordinator.post(url(hall, f"doors/{hall.pk}/add/"), {f"door{hall.pk}-name": ""}).content.decode()
    assert is_open(wrong[wrong.index('id="setup"') :])
    assert re.search(rf'<input[^>]*name="door{hall.pk}-name"[^>]*autofocus', wrong)


def test_doors_are_added_once_and_removed_while_nothing_stood_there(coordinator, hall):
    def add(name: str):
        return coordinator.post(url(hall, f"doors/{hall.pk}/add/"), {f"door{hall.pk}-name": name})

    assert add("Cửa A").status_code == 302
    assert add("Cửa A").status_code == 422
    assert add("").status_code == 422
    door = Door.objects.get()
    remove = url(hall, f"doors/{hall.pk}/{door.pk}/remove/")
    device = devices.make_device(door=door, name="Máy", role="scan", by=OrganiserFactory(), now=START)
    coordinator.post(remove)
    assert Door.objects.exists()
    device.delete()
    coordinator.post(remove)
    assert not Door.objects.exists()


def test_a_phone_is_withdrawn_in_one_press(coordinator, hall):
    device = Phone(hall, START).device
    coordinator.post(url(hall, f"phones/{device.pk}/withdraw/"))
    device.refresh_from_db()
    assert device.withdrawn_at == START
    assert "đã thu hồi" in coordinator.get(url(hall, "doors/")).content.decode()


@pytest.mark.parametrize("rest", ["doors/{point}/add/", "doors/{point}/phone/", "phones/{phone}/withdraw/"])
def test_who_runs_another_point_changes_nothing_here(hall, rest):
    other = BridgePointFactory(conference=hall.conference)
    stranger = as_user(CoordinatorFactory(bridge_point=other).user)
    device = Phone(hall, START).device
    assert stranger.post(url(hall, rest.format(point=hall.pk, phone=device.pk))).status_code == 404
    assert device.name not in stranger.get(url(hall, "doors/")).content.decode()


def test_nobody_is_received_where_people_join_from_their_own_device(hall, organiser):
    online = BridgePointFactory(conference=hall.conference, kind="online", name="Trực tuyến")
    assert organiser.post(url(hall, f"doors/{online.pk}/add/"), {}).status_code == 404
    assert "Trực tuyến" not in organiser.get(url(hall, "doors/live/")).content.decode()


def test_the_page_says_who_came_by_which_door_and_which_phone_is_not_heard_of(organiser, hall):
    front, back = Phone(hall, START, door="Cửa trước"), Phone(hall, START, door="Cửa sau")
    people = [registered(hall, now=NOW, number=n).delegates.get() for n in range(3)]
    front.send(*[arrival(d, START) for d in people], now=START)
    late = START + timedelta(minutes=2)
    back.send(arrival(people[0], late), arrival(people[0], late, code="e" * 64), now=late)
    with time_machine.travel(late, tick=False):
        text = organiser.get(url(hall, "doors/live/")).content.decode()
    assert "Cửa trước: <b>3</b>" in text
    assert "Cửa sau: <b>0</b>" in text
    assert "1 người quét ở hai cửa" in text
    assert "1 mã lạ" in text
    list_of_twice = re.search(r'href="([^"]+)">\s*1 người quét ở hai cửa', text)[1].replace("&amp;", "&")
    listed = organiser.get(list_of_twice).content.decode()
    assert [one.full_name in listed for one in people] == [True, False, False]
    assert text.count("chưa thấy lại") == 1
    with time_machine.travel(late + timedelta(minutes=4), tick=False):
        text = organiser.get(url(hall, "doors/live/")).content.decode()
    assert (text.count("im lặng"), text.count("chưa thấy lại")) == (1, 1)


def test_the_part_that_changes_is_sent_once_while_nothing_does(organiser, hall):
    phone = Phone(hall, START)
    mark = organiser.get(url(hall, "doors/live/"))["ETag"]
    asked = {"If-None-Match": mark}
    assert organiser.get(url(hall, "doors/live/"), headers=asked).status_code == 304
    phone.send(now=START + timedelta(seconds=10))
    assert organiser.get(url(hall, "doors/live/"), headers=asked).status_code == 200


def test_the_page_costs_the_same_with_one_phone_and_with_many(organiser, hall):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            organiser.get(url(hall, "doors/"))
        return len(queries)

    Phone(hall, START)
    few = cost()
    for number in range(3):
        other = BridgePointFactory(conference=hall.conference)
        Phone(other, START, door=f"Cửa {number}")
    assert cost() == few
