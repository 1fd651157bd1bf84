"""The pages of one bridge point in the workspace: connection, place and seats, its people; and adding one."""

import pytest
from django.utils import translation

from bridges.coordinates import read_coordinates, write_coordinates
from bridges.map import chooser
from bridges.map.chooser import Spot
from bridges.models import BridgePoint, Connection, Coordinator, Province
from outbox.models import Message
from staff.workspace.access import workspace_url
from tests.conftest import NOW
from tests.support.factories import (
    BridgePointFactory,
    ConferenceFactory,
    ConnectionFactory,
    CoordinatorFactory,
    OrganiserFactory,
    registered,
)
from tests.support.html_forms import filled_in
from tests.support.pages import said
from tests.support.two_people import browser, coordinator, organiser, point

__all__ = ["coordinator", "organiser", "point"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def english(user):
    client = browser(user)
    client.cookies.load({"django_language": "en"})
    return client


def address(point, name="point", *arguments) -> str:
    return workspace_url(name, point.conference, point.pk, *arguments)


def save(client, url: str, **changes):
    """Change something in the form at ``url``."""
    form = {name: value for name, value in {**filled_in(client.get(url)), **changes}.items() if value is not None}
    return client.post(url, form)


def names(client, url: str) -> set[str]:
    return set(client.get(url).context["form"].fields)


# --- connection -------------------------------------------------------------------------------------------------------


def test_a_new_password_leads_to_the_question_whether_the_room_is_told(point, organiser):
    client = english(organiser)
    answer = save(client, address(point), password="MatKhauMoi")
    assert answer["Location"] == f"/admin/details/{point.pk}/"
    told = client.post(answer["Location"], {"tell": "1"})
    assert told["Location"] == address(point)
    assert Message.objects.filter(kind="details").exists()


def test_whoever_goes_on_to_the_next_point_is_asked_later(point, organiser):
    following = BridgePointFactory(conference=point.conference, kind="video_room", position=30001)
    client = english(organiser)
    answer = client.post(
        address(point), {**filled_in(client.get(address(point))), "password": "MatKhauMoi", "next": "1"}, follow=True
    )
    assert answer.redirect_chain[-1][0] == address(following)
    assert "its people do not know yet" in said(answer)
    assert Connection.objects.get(bridge_point=point).password == "MatKhauMoi"


def test_what_concerns_nobody_asks_nothing(point, organiser):
    assert save(english(organiser), address(point))["Location"] == address(point)
    assert not Connection.history.filter(bridge_point_id=point.pk).count() > 1


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("ecommerce", {"web_url", "instructions"}),
        ("online", {"web_url", "meeting_id", "password", "dial_in", "instructions"}),
    ],
)
def test_a_kind_shows_the_fields_that_it_has(point, organiser, kind, shown):
    other = BridgePointFactory(conference=point.conference, kind=kind)
    assert names(browser(organiser), address(other)) == shown


def test_what_was_filled_in_before_the_kind_changed_stays_in_sight(point, organiser):
    Connection.objects.update(sip_address="900@mcu.vidu.example")
    BridgePoint.objects.update(kind="ecommerce")
    assert "sip_address" in names(browser(organiser), address(point))


def test_a_stale_page_brings_no_old_password_back(point, organiser, coordinator):
    first, second = english(organiser), english(coordinator)
    stale = filled_in(second.get(address(point)))
    save(first, address(point), password="MatKhauMoi")
    second.post(address(point), {**stale, "server": "mcu.vidu.example"})
    stored = Connection.objects.get(bridge_point=point)
    assert (stored.password, stored.server) == ("MatKhauMoi", "mcu.vidu.example")


def test_what_both_have_changed_is_asked_and_nothing_typed_is_lost(point, organiser, coordinator):
    first, second = english(organiser), english(coordinator)
    stale = filled_in(second.get(address(point)))
    save(first, address(point), password="MatKhauMoi")
    asked = second.post(address(point), {**stale, "password": "MatKhauKhac", "server": "mcu.vidu.example"})
    page = asked.content.decode()
    assert asked.status_code == 422
    assert "Trần Thị Tổ Chức stored “MatKhauMoi” here" in page
    assert page.count("autofocus") == 1
    again = filled_in(asked)
    assert (again["password"], again["server"]) == (["MatKhauKhac"], ["mcu.vidu.example"])
    second.post(address(point), {**again, "password-keep": "theirs"})
    stored = Connection.objects.get(bridge_point=point)
    assert (stored.password, stored.server) == ("MatKhauMoi", "mcu.vidu.example")


def test_two_who_type_in_the_first_details_of_a_point_make_one_row(point, organiser, coordinator):
    Connection.objects.all().delete()
    first, second = english(organiser), english(coordinator)
    stale = filled_in(second.get(address(point)))
    save(first, address(point), meeting_id="222 222")
    second.post(address(point), {**stale, "password": "MatKhauMoi"})
    stored = Connection.objects.get(bridge_point=point)
    assert (stored.meeting_id, stored.password) == ("222 222", "MatKhauMoi")


def test_an_error_stands_at_its_field_and_has_the_cursor(point, organiser):
    answer = save(english(organiser), address(point), web_url="http://10.0.0.1/hop")
    assert answer.status_code == 422
    assert "private network" in answer.content.decode()
    assert 'name="web_url"' in answer.content.decode().split("autofocus")[0].rsplit("<", 1)[1]


def test_the_points_before_and_after_are_opened_at_the_same_matter(point, organiser):
    before = BridgePointFactory(conference=point.conference, position=0, short_name="Trước")
    BridgePoint.objects.filter(pk=point.pk).update(position=1)
    after = BridgePointFactory(conference=point.conference, position=2, short_name="Sau")
    for name in ("point", "point_place", "point_people"):
        page = browser(organiser).get(address(point, name)).content.decode()
        assert f'rel="prev" href="{address(before, name)}"' in page
        assert f'rel="next" href="{address(after, name)}"' in page


# --- place and seats --------------------------------------------------------------------------------------------------


def test_a_coordinator_changes_their_room_but_not_its_name_kind_or_place_on_the_map(point, coordinator):
    client = english(coordinator)
    assert not {"kind", "name", "is_hub", "spot"} & names(client, address(point, "point_place"))
    save(client, address(point, "point_place"), address="Số 9, phố Ví Dụ", name="Tên khác", spot="21.0, 105.8")
    point.refresh_from_db()
    assert (point.address, point.name, point.latitude) == ("Số 9, phố Ví Dụ", "Phòng họp tỉnh", None)


def test_a_channel_has_no_address(point, organiser):
    channel = BridgePointFactory(conference=point.conference, kind="ecommerce")
    assert not {"province", "address", "spot", "is_hub"} & names(browser(organiser), address(channel, "point_place"))


def test_fewer_seats_than_are_taken_drop_nobody_and_are_said(point, organiser):
    registered(point, now=NOW, number=9, people=3)
    client = english(organiser)
    url = address(point, "point_place")
    answer = client.post(url, {**filled_in(client.get(url)), "seats": "1"}, follow=True)
    assert f"{point.label}: 4 seats are taken already" in said(answer)
    assert BridgePoint.objects.get(pk=point.pk).seats_taken == 4


def test_a_pasted_place_is_stored_and_shown_as_it_is_taken_back(point, organiser):
    client = english(organiser)
    link = "https://www.google.com/maps/place/X/@21.1,106.0,17z/data=!3m1!4b1!4m6!3d21.18611!4d106.07630"
    save(client, address(point, "point_place"), spot=link)
    point.refresh_from_db()
    assert (point.latitude, point.longitude) == (21.18611, 106.0763)
    assert filled_in(client.get(address(point, "point_place")))["spot"] == ["21.18611, 106.0763"]
    save(client, address(point, "point_place"), spot="")
    point.refresh_from_db()
    assert point.latitude is None


def test_a_place_that_somebody_else_has_set_meanwhile_stays(point, organiser):
    client, url = english(organiser), address(point, "point_place")
    stale = filled_in(client.get(url))
    save(english(organiser), url, spot="21.0, 105.8")
    client.post(url, {**stale, "address": "Số 9"})
    point.refresh_from_db()
    assert (point.latitude, point.address) == (21.0, "Số 9")


def test_a_press_on_the_map_fills_in_the_place_and_stores_nothing(point, organiser):
    client, url = english(organiser), address(point, "point_place")
    typed = {**filled_in(client.get(url)), "address": "Số 9", "map-centre": "21.0, 105.8"}
    answer = client.post(url, {**typed, "map.x": "150", "map.y": "150"})
    assert answer.status_code == 200
    form = filled_in(answer)
    assert (form["spot"], form["address"]) == (["21.0, 105.8"], ["Số 9"])
    point.refresh_from_db()
    assert (point.latitude, point.address) == (None, "Số 1")
    client.post(url, form)
    point.refresh_from_db()
    assert (point.latitude, point.longitude, point.address) == (21.0, 105.8, "Số 9")


def test_a_pixel_of_the_map_is_the_place_that_is_drawn_there():
    for centre in (None, Spot(21.0, 105.8)):
        spot = chooser.spot_at(120, 80, centre)
        mark = str(chooser.picture(centre, spot, []))
        x, y = (float(mark.split(f'{name}="')[1].split('"')[0]) for name in ("cx", "cy"))
        assert abs(x - 120) < 0.2
        assert abs(y - 80) < 0.2


def test_the_picture_of_the_map_names_the_provinces_of_its_day(point, organiser):
    province = Province.objects.valid_on(NOW.date()).get(name="Bắc Ninh")
    url = f"{workspace_url('points_map', point.conference)}?centre={province.latitude},{province.longitude}"
    answer = browser(organiser).get(url)
    assert answer["Content-Type"] == "image/svg+xml"
    assert "Bắc Ninh" in answer.content.decode()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("21.0285, 105.8542", (21.0285, 105.8542)),
        ("21.0285 105.8542", (21.0285, 105.8542)),
        ("(21.0285; 105.8542)", (21.0285, 105.8542)),
        ("21,0285; 105,8542", (21.0285, 105.8542)),
        ("21.0285° N, 105.8542° E", (21.0285, 105.8542)),
        ("https://www.google.com/maps/@21.0285,105.8542,15z", (21.0285, 105.8542)),
        ("https://maps.google.com/?q=21.0285,105.8542", (21.0285, 105.8542)),
        ("https://www.openstreetmap.org/?mlat=21.0285&mlon=105.8542#map=15/21.0/105.0", (21.0285, 105.8542)),
        ("https://www.openstreetmap.org/#map=15/21.0285/105.8542", (21.0285, 105.8542)),
        ("https://maps.app.goo.gl/AbCdEf", None),
        ("Số 1, phố Ví Dụ", None),
        ("121.5, 105.8", None),
        ("", None),
    ],
)
def test_places_are_read_as_people_paste_them(text, place):
    assert read_coordinates(text) == place


def test_a_place_is_written_as_it_is_read():
    assert read_coordinates(write_coordinates(21.028511, 105.854227)) == (21.02851, 105.85423)


# --- its people -------------------------------------------------------------------------------------------------------


def test_a_coordinator_is_appointed_by_e_mail_with_their_phone(point, organiser):
    data = {"form": "appoint", "new-email": "moi@vidu.example", "new-name": "Mới", "new-phone": "0912 345 678"}
    answer = english(organiser).post(address(point, "point_people"), data, follow=True)
    made = Coordinator.objects.get(bridge_point=point, user__email="moi@vidu.example")
    assert made.user.phone.as_e164 == "+84912345678"
    assert "Mới runs this bridge point now." in said(answer)
    assert Message.objects.filter(kind="appointed", address="moi@vidu.example").count() == 1


def test_a_deputy_who_is_appointed_becomes_a_coordinator(point, organiser):
    deputy = CoordinatorFactory(bridge_point=point, deputy_of=point.coordinators.get())
    data = {"form": "appoint", "new-email": deputy.user.email}
    answer = english(organiser).post(address(point, "point_people"), data, follow=True)
    assert "runs this bridge point now" in said(answer)
    assert Coordinator.objects.get(pk=deputy.pk).deputy_of is None
    again = english(organiser).post(address(point, "point_people"), data, follow=True)
    assert "is a coordinator of this bridge point already" in said(again)


def test_a_wrong_address_is_said_at_its_field_and_the_other_form_stays_as_it_is_stored(point, organiser):
    answer = english(organiser).post(address(point, "point_people"), {"form": "appoint", "new-email": "khong phai"})
    assert answer.status_code == 422
    assert answer.context["appoint"].errors.keys() == {"email"}
    assert not answer.context["technician"].is_bound


def test_a_coordinator_names_no_other_there(point, coordinator):
    client = english(coordinator)
    data = {"form": "appoint", "new-email": "moi@vidu.example"}
    assert client.post(address(point, "point_people"), data).status_code == 404
    row = point.coordinators.get()
    assert client.post(address(point, "coordinator_remove", row.pk)).status_code == 404
    assert client.get(address(point, "coordinator_phone", row.pk)).status_code == 404
    assert "Appoint" not in client.get(address(point, "point_people")).content.decode()


def test_a_coordinator_is_removed_with_one_press(point, organiser, coordinator):
    row = point.coordinators.get()
    client = english(organiser)
    answer = client.post(address(point, "coordinator_remove", row.pk), follow=True)
    assert not point.coordinators.exists()
    assert answer.redirect_chain[-1][0] == address(point, "point_people")
    sent = next(iter(answer.context["messages"])).extra_tags.split(":", 2)[2]
    client.post(f"/admin/c/{point.conference.slug}/undo/", {"undo": sent})
    assert point.coordinators.get().user == coordinator


def test_a_coordinator_finds_the_way_to_their_deputies_and_a_deputy_does_not(point, coordinator):
    url = workspace_url("deputies", point.conference)
    assert url in english(coordinator).get(address(point, "point_people")).content.decode()
    deputy = CoordinatorFactory(bridge_point=point, deputy_of=point.coordinators.get()).user
    assert url not in english(deputy).get(address(point, "point_people")).content.decode()


def test_a_coordinator_of_another_point_is_not_found_here(point, organiser):
    other = CoordinatorFactory(bridge_point=BridgePointFactory(conference=point.conference))
    client = english(organiser)
    assert client.post(address(point, "coordinator_remove", other.pk)).status_code == 404
    assert client.get(address(point, "coordinator_phone", other.pk)).status_code == 404


def test_the_phone_of_a_coordinator_is_filled_in_unless_they_have_proved_one(point, organiser, coordinator):
    row, client = point.coordinators.get(), english(organiser)
    client.post(address(point, "coordinator_phone", row.pk), {"phone": "0912345678"})
    coordinator.refresh_from_db()
    assert coordinator.phone.as_e164 == "+84912345678"
    coordinator.phone_verified_at = NOW
    coordinator.save()
    assert client.post(address(point, "coordinator_phone", row.pk), {"phone": "0987654321"}).status_code == 404


def test_the_technician_is_stored_by_a_form_of_their_own(point, coordinator):
    client, url = english(coordinator), address(point, "point_people")
    form = {
        **filled_in(client.get(url)),
        "form": "technician",
        "technician_name": "Kỹ",
        "technician_phone": "0912345678",
    }
    client.post(url, form)
    stored = Connection.objects.get(bridge_point=point)
    assert (stored.technician_name, stored.technician_phone.as_e164, stored.password) == (
        "Kỹ",
        "+84912345678",
        "MatKhauCu",
    )


# --- adding -----------------------------------------------------------------------------------------------------------


def test_a_point_begins_with_five_fields_and_stands_last(point, organiser):
    BridgePoint.objects.filter(pk=point.pk).update(position=7)
    client, url = english(organiser), workspace_url("point_add", point.conference)
    assert list(client.get(url).context["form"].fields) == ["kind", "name", "short_name", "province", "seats"]
    assert filled_in(client.get(url))["kind"] == ["video_room"]
    fields = {"kind": "video_room", "name": "Phòng mới", "short_name": "Mới", "seats": "30"}
    answer = client.post(url, fields)
    made = BridgePoint.objects.get(name="Phòng mới")
    assert answer["Location"] == address(made)
    assert (made.conference, made.position, made.seats, made.label) == (point.conference, 8, 30, "Mới")
    assert Connection.objects.filter(bridge_point=made).exists()


def test_the_provinces_to_choose_from_are_those_of_the_day_of_the_conference(point, organiser):
    form = browser(organiser).get(workspace_url("point_add", point.conference)).context["form"]
    assert set(form.fields["province"].queryset) == set(Province.objects.valid_on(NOW.date()))


# --- nobody else ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["point", "point_place", "point_people", "my_point"])
def test_a_point_of_somebody_else_does_not_exist(point, coordinator, organiser, name):
    other = BridgePointFactory(conference=point.conference)
    foreign = ConnectionFactory(bridge_point__conference=ConferenceFactory()).bridge_point
    assert browser(coordinator).get(address(point, name)).status_code == 200
    assert browser(coordinator).get(address(other, name)).status_code == 404
    assert browser(organiser).get(address(foreign, name)).status_code == 404
    # A number of another conference below this one's address.
    assert browser(organiser).get(workspace_url(name, point.conference, foreign.pk)).status_code == 404
    stranger = OrganiserFactory()
    assert browser(stranger).get(address(point, name)).status_code == 404
