"""Lists stand in the order of the Vietnamese alphabet."""

import random

import pytest

from bridges.models import Province
from common.alphabet import name_key, text_key

PLACES = [
    "An Giang",
    "Bà Rịa - Vũng Tàu",
    "Bắc Giang",
    "Bắc Kạn",
    "Bến Tre",
    "Cà Mau",
    "Cao Bằng",
    "Cần Thơ",
    "Dĩ An",
    "Đà Nẵng",
    "Đắk Lắk",
    "Đồng Nai",
    "Gia Lai",
    "Hà Nội",
    "Hải Phòng",
    "Hòa Bình",
    "Hồ Chí Minh",
    "Huế",
    "Yên Bái",
]
PEOPLE = [
    "Nguyễn Văn An",
    "Trần An",
    "Lê Thị Ân",
    "Bùi Thị Dung",
    "Trần Thị Dung",
    "Hà Dùng",
    "Hà Dũng",
    "Lê Văn Dũng",
    "Hà Dụng",
    "Lý Văn Đạt",
    "Triệu Thị Ha",
    "Mã Thị Hà",
    "Lâm Thị Hạ",
    "Vi Văn Ơn",
    "Vi Văn Uy",
    "Vi Văn Ước",
]


def shuffled(texts: list[str]) -> list[str]:
    return random.Random(7).sample(texts, len(texts))


def test_places_stand_in_the_order_of_the_alphabet():
    assert sorted(shuffled(PLACES), key=text_key) == PLACES


def test_people_stand_by_their_given_name_then_by_the_names_before_it():
    assert sorted(shuffled(PEOPLE), key=name_key) == PEOPLE


def test_case_punctuation_and_the_way_accents_are_stored_make_no_difference():
    assert name_key("  nguyễn  VĂN Đạt ") == name_key("Nguyễn Văn Đạt")
    assert text_key("Bà Rịa - Vũng Tàu") == text_key("Bà Rịa – Vũng Tàu")


@pytest.mark.parametrize("name", ["", "   ", "-", "Björn Åström", "Наталья", "王小明", "9", "\ud800"])
def test_any_text_has_its_place(name):
    assert isinstance(name_key(name), str)


@pytest.mark.django_db
def test_the_database_sorts_keys_as_we_do():
    Province.objects.all().delete()
    for number, name in enumerate(shuffled(PLACES)):
        Province.objects.create(code=f"p{number}", name=name, latitude=0, longitude=0)
    assert list(Province.objects.values_list("name", flat=True)) == PLACES


@pytest.mark.django_db
@pytest.mark.postgresql
@pytest.mark.parametrize("collation", ["C", "en-x-icu", "vi-x-icu"])
def test_every_collation_sorts_keys_alike(collation):
    from django.db import connection

    keys = [name_key(name) for name in PEOPLE]
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT k FROM unnest(%s) AS k ORDER BY k COLLATE "{collation}"', [shuffled(keys)])
        assert [row[0] for row in cursor.fetchall()] == keys
