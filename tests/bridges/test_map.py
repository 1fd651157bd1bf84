"""The map of a conference: the data behind it and the drawing."""

import csv
import datetime
import itertools
import unicodedata
from pathlib import Path

import pytest

import bridges
from bridges.map import Place, draw, project
from bridges.map.country import base
from bridges.map.parts import EDGE
from bridges.map.text import LABEL_LINES, fold, text_width, without_shared_beginning
from bridges.models import Province
from tests.support.factories import BridgePointFactory, ConferenceFactory

DATA = Path(bridges.__file__).resolve().parent / "data"

with (DATA / "provinces.csv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))
BY_CODE = {row["code"]: row for row in ROWS}

HUB = Place("chi-lang", "Chi Lăng", "venue", 21.66, 106.56)


def place(code, kind="video_room", **more):
    row = BY_CODE[code]
    more.setdefault("label", row["name"])
    return Place(code, kind=kind, latitude=float(row["latitude"]), longitude=float(row["longitude"]), **more)


def chi_lang():
    rooms = "bac-ninh hai-phong hai-duong hung-yen nam-dinh vinh-phuc bac-giang"
    return [
        HUB,
        place("ha-noi", "venue"),
        *(place(f"{code}-2021") for code in rooms.split()),
        place("thanh-hoa"),
        place("nghe-an"),
        *(Place(name, name, "ecommerce") for name in ("Sendo", "Voso", "Tiki – BigC/GO", "Postmart")),
    ]


def valid_on(day):
    return [
        row
        for row in ROWS
        if (not row["valid_from"] or datetime.date.fromisoformat(row["valid_from"]) <= day)
        and (not row["valid_to"] or day <= datetime.date.fromisoformat(row["valid_to"]))
    ]


def overlap(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def check_labels(picture):
    for marker in picture.markers:
        assert 0 < marker.x < picture.width, marker.label
        assert 0 < marker.y < picture.height, marker.label
    written = [marker for marker in picture.markers if marker.lines]
    for marker in written:
        left, top, right, bottom = marker.box
        assert 0 <= left < right <= picture.width, marker.label
        assert 0 <= top < bottom <= picture.height, marker.label
    for one, other in itertools.combinations(written, 2):
        assert not overlap(one.box, other.box), (one.label, other.label)


# --- data -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "count", "cities"),
    [
        ((2021, 7, 19), 63, 5),
        ((2024, 12, 31), 63, 5),
        ((2025, 1, 1), 63, 6),
        ((2025, 6, 30), 63, 6),
        ((2025, 7, 1), 34, 6),
        ((2026, 1, 1), 34, 6),
    ],
)
def test_provinces_of_a_day(day, count, cities):
    rows = valid_on(datetime.date(*day))
    assert len(rows) == count
    assert len({row["name"] for row in rows}) == count
    assert sum(row["kind"] == "city" for row in rows) == cities


def test_provinces_are_well_formed():
    assert len(BY_CODE) == len(ROWS)
    for row in ROWS:
        assert row["kind"] in {"province", "city"}
        assert row["name"] == unicodedata.normalize("NFC", row["name"]).strip()


def test_names_of_2021_and_of_2026():
    before = {row["name"] for row in valid_on(datetime.date(2021, 7, 19))}
    now = {row["name"] for row in valid_on(datetime.date(2026, 1, 1))}
    assert before - now >= {"Bắc Giang", "Hải Dương", "Nam Định", "Vĩnh Phúc", "Thái Bình", "Thừa Thiên Huế"}
    assert now - before == {"Huế"}


@pytest.mark.parametrize("code", ["ha-noi", "lang-son", "thanh-pho-ho-chi-minh-2021", "thanh-pho-ho-chi-minh-2025"])
def test_projection_agrees_with_the_table(code):
    row = BY_CODE[code]
    x, y = project(float(row["latitude"]), float(row["longitude"]))
    assert (x, y) == pytest.approx((float(row["map_x"]), float(row["map_y"])), abs=0.2)


def test_every_province_is_on_the_full_map():
    left, top, width, height = map(float, base()["view_box"].split())
    for row in ROWS:
        x, y = project(float(row["latitude"]), float(row["longitude"]))
        assert left < x < left + width, row["name"]
        assert top < y < top + height, row["name"]
        assert (x, y) == pytest.approx((float(row["map_x"]), float(row["map_y"])), abs=0.2)


def test_the_archipelagos_are_there():
    assert [group["name"] for group in base()["islands"]] == ["Hoàng Sa", "Trường Sa"]
    assert [group.name for group in draw([], None).islands] == ["Hoàng Sa", "Trường Sa"]
    assert [group.name for group in draw(chi_lang(), HUB).inset.islands] == ["Hoàng Sa", "Trường Sa"]


# --- drawing --------------------------------------------------------------------------------------------------------


def test_the_fifteen_points_of_chi_lang():
    picture = draw(chi_lang(), HUB)
    assert len(picture.markers) == 15
    assert [marker.key for marker in picture.markers] == [point.key for point in chi_lang()]
    assert len(picture.lines) == 14
    assert picture.hub.key == HUB.key
    assert picture.inset is not None
    assert not picture.numbered
    assert all(marker.lines for marker in picture.markers)
    assert picture.height <= 450
    check_labels(picture)
    assert all("…" not in line.text for marker in picture.markers for line in marker.lines)
    # No label lies on the inset, and no marker on the sign of another.
    frame = picture.inset.frame
    inset = (frame.x, frame.y, frame.x + frame.width, frame.y + frame.height)
    assert not any(overlap(marker.box, inset) for marker in picture.markers)
    for one, other in itertools.combinations(picture.markers, 2):
        assert abs(one.x - other.x) > 9 or abs(one.y - other.y) > 9


def test_every_line_ends_at_the_hub():
    picture = draw(chi_lang(), HUB)
    assert all(line.d.endswith(f" {picture.hub.x:.1f} {picture.hub.y:.1f}") for line in picture.lines)
    assert HUB.key not in {line.key for line in picture.lines}


def test_long_names_keep_apart():
    places = [
        Place(point.key, f"Phòng họp trực tuyến VNPT {point.label}", point.kind, point.latitude, point.longitude)
        for point in chi_lang()
    ]
    check_labels(draw(places, places[0]))


def test_names_that_begin_alike_are_told_apart_by_what_is_their_own():
    room = "Phòng họp trực tuyến VNPT"
    labels = [f"{room} Bắc Ninh", "Hội trường huyện", f"{room} Bắc Giang", f"{room} Lạng Sơn"]
    assert without_shared_beginning(labels) == ["Bắc Ninh", "Hội trường huyện", "Bắc Giang", "Lạng Sơn"]
    # A name that is short already, or that would be another's, stays.
    assert without_shared_beginning(["VNPT Bắc Ninh", "VNPT Bắc Giang"]) == ["VNPT Bắc Ninh", "VNPT Bắc Giang"]
    assert without_shared_beginning([f"{room} Hà Nội", f"{room} Hà Nội"]) == [f"{room} Hà Nội"] * 2
    same = [f"{room} Bắc Ninh", f"{room} Lạng Sơn", "Bắc Ninh"]
    assert without_shared_beginning(same) == [f"{room} Bắc Ninh", "Lạng Sơn", "Bắc Ninh"]


@pytest.mark.django_db
def test_the_map_of_the_page_shows_where_rooms_with_long_names_differ(client):
    conference = ConferenceFactory()
    for name in ("Bắc Ninh", "Lạng Sơn"):
        province = Province.objects.get(name=name, valid_to=None)
        BridgePointFactory(conference=conference, name=f"Phòng họp trực tuyến VNPT {name}", province=province)
    page = client.get(f"/{conference.slug}/")
    assert {marker.label for marker in page.context["map"].markers} == {"Bắc Ninh", "Lạng Sơn"}
    assert "public domain" not in page.content.decode()


def test_points_all_over_the_country():
    codes = "ha-noi da-nang-2025 thanh-pho-ho-chi-minh-2025 can-tho-2025 lai-chau khanh-hoa-2025 hue-2025 ca-mau-2025"
    picture = draw([*map(place, codes.split()), Place("zoom", "Zoom", "online")], place("hai-phong-2025"))
    assert picture.inset is None
    assert next(marker.label for marker in picture.markers) == "Hải Phòng"
    check_labels(picture)


@pytest.mark.parametrize("day", [datetime.date(2021, 7, 19), datetime.date(2026, 1, 1)])
def test_every_province_at_once_becomes_numbers(day):
    places = [place(row["code"]) for row in valid_on(day)]
    picture = draw(places, places[0])
    assert picture.numbered
    assert [marker.number for marker in picture.markers] == list(range(1, len(places) + 1))
    assert picture.height < 520
    check_labels(picture)


def test_three_hundred_points_in_one_town_are_still_a_map():
    places = [Place(str(number), f"Điểm {number}", "venue", 21.03, 105.85) for number in range(300)]
    picture = draw(places, HUB)
    assert len(picture.markers) == 301
    assert picture.numbered
    check_labels(picture)


def test_nothing_to_show():
    picture = draw([], None)
    assert picture.markers == ()
    assert picture.lines == ()
    assert picture.hub is None
    assert picture.kinds == ()
    assert picture.land
    assert picture.inset is None


def test_a_single_place():
    picture = draw([HUB], HUB)
    assert len(picture.markers) == 1
    assert picture.lines == ()
    assert picture.hub is not None
    check_labels(picture)


def test_only_online_points():
    picture = draw([Place(name, name, "online") for name in ("Zoom", "Meet")], None)
    assert picture.lines == ()
    assert picture.online_frame is not None
    check_labels(picture)


def test_an_online_hub():
    hub = Place("studio", "Trường quay", "online")
    picture = draw([place("ha-noi")], hub)
    assert picture.hub.key == "studio"
    assert len(picture.lines) == 1
    check_labels(picture)


def test_two_rooms_in_one_town():
    picture = draw([place("ha-noi"), Place("second", "Hà Nội 2", "venue", 21.03, 105.85)], HUB)
    first, second = (marker for marker in picture.markers if marker.key != HUB.key)
    assert abs(first.x - second.x) > 6 or abs(first.y - second.y) > 6
    check_labels(picture)


@pytest.mark.parametrize("spot", [(0.0, 0.0), (35.7, 139.7), (90.0, 105.0), (float("nan"), 105.0), (None, 105.0)])
def test_a_point_off_the_map_stands_with_the_online_ones(spot):
    picture = draw([Place("far", "Xa", "venue", *spot)], HUB)
    assert not next(marker for marker in picture.markers if marker.key == "far").located
    check_labels(picture)


def test_hostile_labels_stay_text():
    label = '<script>alert("x")</script> & </svg>'
    picture = draw([Place("bad", label, "venue", 21.03, 105.85, note=label)], None)
    (marker,) = picture.markers
    assert marker.label == label
    assert type(marker.label) is str
    assert not hasattr(marker.label, "__html__")
    assert all(type(line.text) is str and not hasattr(line.text, "__html__") for line in marker.lines)
    # Nothing that a person wrote gets into a path.
    assert not any("<" in text for text in (marker.leader, marker.shape, picture.transform, picture.view_box))


def test_an_unknown_kind_is_drawn_all_the_same():
    (marker,) = draw([Place("x", "X", 'a" onload="', 21.0, 105.0)], None).markers
    assert marker.kind == "online"


def test_labels_without_letters_or_without_end():
    strange = [Place("a", "", "venue", 21, 105.8), Place("b", "W" * 400, "venue", 20.5, 106), Place("c", " ", "online")]
    picture = draw(strange, None)
    for marker in picture.markers:
        assert len(marker.lines) <= LABEL_LINES
        assert marker.box[2] <= picture.width - EDGE + 1


def test_fold():
    assert fold("Hà Nội", 90) == ["Hà Nội"]
    assert fold("Thành phố Hồ Chí Minh", 100) == ["Thành phố", "Hồ Chí Minh"]
    assert fold("", 90) == []
    for text in fold("Trung tâm trưng bày, giới thiệu, phân phối nông sản thực phẩm an toàn", 95):
        assert text_width(text) <= 95


@pytest.mark.parametrize("located", [0, 1, 2, 5])
@pytest.mark.parametrize("online", [9, 14, 30])
def test_many_online_points_make_a_taller_map_and_no_crash(located, online):
    places = [Place(f"p{n}", f"Điểm {n}", "video_room", 21.0 + n / 10, 106.0 + n / 10) for n in range(located)]
    places += [Place(f"o{n}", f"Kênh bán hàng trực tuyến số {n}", "online") for n in range(online)]
    drawing = draw(places, Place("hub", "Hội trường", "venue", 21.65, 106.57))
    assert all(0 < marker.y < drawing.height for marker in drawing.markers)
