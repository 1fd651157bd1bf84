"""Rows that are looked up by one value: the statement is composed once, and gives what the queryset would."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Count
from django.db.models.signals import post_init
from django.test.utils import CaptureQueriesContext

from bridges.models import BridgePoint, Connection
from common.lookups import LookUp
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
