"""Pages of long lists: the same rows in the same order as without, at the same number of statements."""

import pytest
from django.core.paginator import Paginator
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bridges.models import BridgePoint
from common.long_lists import LongPaginator
from tests.support.factories import BridgePointFactory, ConferenceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows():
    conference = ConferenceFactory()
    for number in range(11):
        BridgePointFactory(conference=conference, position=number % 3)
    return BridgePoint.objects.select_related("conference")


@pytest.mark.parametrize("order", [(), ("-position", "id"), ("-conference__starts_at", "name", "-id")])
def test_every_page_has_the_rows_that_it_has_without(rows, order):
    ordered = rows.order_by(*order) if order else rows
    plain, long = Paginator(ordered, 3), LongPaginator(ordered, 3)
    assert long.num_pages == plain.num_pages == 4
    for number in plain.page_range:
        assert list(long.page(number).object_list) == list(plain.page(number).object_list)
    assert list(long.get_page("99").object_list) == list(plain.get_page("99").object_list)


def test_a_page_is_one_statement_beside_the_count_with_all_that_belongs_to_its_rows(rows):
    pages = LongPaginator(rows.order_by("-id"), 3)
    with CaptureQueriesContext(connection) as queries:
        assert [point.conference.name for point in pages.page(3).object_list]
    assert len(queries) == 2


def test_an_empty_list_has_one_page(rows):
    assert list(LongPaginator(rows.none(), 3).get_page(1).object_list) == []
