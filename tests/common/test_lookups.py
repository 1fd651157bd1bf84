"""Rows that are looked up by one value: the statement is composed once, and gives what the queryset would."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Count, F
from django.db.models.signals import post_init
from django.test.utils import CaptureQueriesContext

from bridges.models import BridgePoint, Connection
from common.lookups import Among, LookUp, Returned
from registrations.models import Delegate
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, registered

pytestmark = pytest.mark.django_db


def by_name(name: str):
    return BridgePoint.objects.filter(name=name, is_open=True).select_related("conference", "province").order_by("id")


def plain(row) -> dict:
    return {key: value for key, value in row.__dict__.items() if key != "_state"}


def test_the_rows_are_those_of_the_queryset_with_what_they_belong_to():
    BridgePointFactory(name="Hội trường", latitude=21.5)
    BridgePointFactory(name="Hội trường")
    BridgePointFactory(name="Phòng họp")
    look_up = LookUp(by_name)
    for name in ("Hội trường", "Phòng họp", "100 % khác", ""):
        with CaptureQueriesContext(connection) as asked:
            found = look_up.rows(name)
            conferences = [plain(row.conference) for row in found]
        assert len(asked) == 1
        assert [plain(row) for row in found] == [plain(row) for row in by_name(name)]
        assert conferences == [plain(row.conference) for row in by_name(name)]
        assert [row.province for row in found] == [None] * len(found)


def test_a_row_is_stored_as_any_other():
    point = BridgePointFactory(name="Hội trường")
    found = LookUp(by_name).first("Hội trường")
    found.notes = "Cửa sau"
    found.save()
    point.refresh_from_db()
    assert point.notes == "Cửa sau"
    assert LookUp(by_name).first("Không có") is None


def test_the_statement_is_composed_once():
    composed = []

    def compose(name: str):
        composed.append(name)
        return by_name(name)

    look_up = LookUp(compose)
    for name in ("a", "b", "c"):
        look_up.rows(name)
    assert len(composed) == 1


def test_what_is_left_out_is_fetched_when_somebody_asks_for_it():
    point = BridgePointFactory(notes="Cửa sau")
    found = LookUp[BridgePoint, int](lambda pk: BridgePoint.objects.filter(pk=pk).defer("notes")).first(point.pk)
    assert found.get_deferred_fields() == {"notes"}
    assert found.notes == "Cửa sau"


def test_what_is_counted_stands_in_the_row():
    registration = registered(BridgePointFactory(), now=NOW, people=3)
    look_up = LookUp[BridgePoint, int](
        lambda pk: BridgePoint.objects.filter(pk=pk).annotate(people=Count("registrations__delegates"))
    )
    assert look_up.first(registration.bridge_point_id).people == 3


def test_a_value_is_never_part_of_the_statement():
    look_up = LookUp[Delegate, str](lambda name: Delegate.objects.filter(full_name=name))
    registered(BridgePointFactory(), now=NOW)
    assert look_up.rows("' OR 1=1 --") == []
    assert look_up.rows("%s %(name)s") == []


def test_a_model_that_remembers_what_it_was_loaded_with_does_so_here_too():
    point = BridgePointFactory()
    Connection.objects.create(bridge_point=point, web_url="https://hop.example/1")
    found = LookUp[BridgePoint, int](
        lambda pk: BridgePoint.objects.filter(pk=pk).select_related("conference", "connection")
    ).first(point.pk)
    before = found.conference.scheduled_at
    assert found.connection._web_url_as_loaded == "https://hop.example/1"
    found.conference.starts_at -= timedelta(days=1)
    found.conference.save()
    assert found.conference.scheduled_at != before


def test_who_listens_to_rows_being_loaded_hears_of_them():
    point, heard = BridgePointFactory(), []

    def listen(instance, **kwargs):
        heard.append(instance.pk)

    post_init.connect(listen, sender=BridgePoint)
    try:
        LookUp[BridgePoint, int](lambda pk: BridgePoint.objects.filter(pk=pk)).first(point.pk)
    finally:
        post_init.disconnect(listen, sender=BridgePoint)
    assert heard == [point.pk]


def test_a_list_of_numbers_is_one_value_however_many_they_are():
    points = [BridgePointFactory(name=f"Phòng {number}") for number in range(3)]

    def among(numbers: list[int]):
        rows = BridgePoint.objects.filter(Among(F("pk"), numbers)).select_related("conference")
        return rows.order_by("pk")

    look_up, texts = LookUp(among), set()
    for numbers in ([], [points[0].pk], [points[2].pk, points[0].pk], [each.pk for each in points], [0, -1]):
        with CaptureQueriesContext(connection) as asked:
            found = look_up.rows(numbers)
        assert len(asked) == 1
        expected = BridgePoint.objects.filter(pk__in=numbers).order_by("pk")
        assert [plain(row) | {"conference": None} for row in found] == [
            plain(row) | {"conference": None} for row in expected
        ]
        assert list(among(numbers)) == list(expected), "the queryset is one as any other"
        texts.add(look_up._composed[0].sql)
    assert len(texts) == 1


def test_rows_that_belong_to_several_are_found_by_their_foreign_key():
    made = [registered(BridgePointFactory(), now=NOW, number=number, people=2) for number in range(1, 4)]
    look_up = LookUp[Delegate, list[int]](
        lambda numbers: Delegate.objects.filter(Among(F("registration"), numbers), is_contact=False)
    )
    numbers = [each.pk for each in made[:2]]
    assert look_up.rows(numbers) == list(Delegate.objects.filter(registration__in=numbers, is_contact=False))


def test_rows_that_a_statement_gives_back_are_as_the_queryset_has_them():
    point = BridgePointFactory(latitude=21.5)
    returned = Returned(BridgePoint)
    sql = f"UPDATE bridges_bridgepoint SET name = %s WHERE id = %s RETURNING {returned.columns}"
    (found,) = returned.rows(sql, ["Hội trường 100 %", point.pk])
    assert plain(found) == plain(BridgePoint.objects.get())
    assert found.name == "Hội trường 100 %"
    assert returned.rows(sql, ["Hội trường", 0]) == []
