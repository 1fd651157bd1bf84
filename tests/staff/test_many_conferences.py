"""Of very many conferences the pages of staff name those nearest to today, at the same number of statements."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conference.models import Conference
from reports import numbers
from staff import filters
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, ConferenceFactory, OrganiserFactory, registered

pytestmark = pytest.mark.django_db

LIST = "/admin/registrations/registration/"


@pytest.fixture
def organiser(client, monkeypatch):
    monkeypatch.setattr(filters, "MOST", 4)
    monkeypatch.setattr("staff.registrations.columns.MOST", 4)
    monkeypatch.setattr(numbers, "AHEAD_SHOWN", 3)
    with time_machine.travel(NOW, tick=False):
        user = OrganiserFactory()
        client.force_login(user)
        yield user


def add(organiser, *days: int) -> None:
    """A conference with one registration on each of ``days`` from now."""
    for day in days:
        start = NOW + timedelta(days=day)
        conference = ConferenceFactory(
            short_name=f"Ngày {day}", starts_at=start, ends_at=start + timedelta(hours=3), organisers=[organiser]
        )
        registered(BridgePointFactory(conference=conference), now=NOW, number=day)


def moved(day: int) -> None:
    """The conference of that day was held as many days ago."""
    start = NOW - timedelta(days=day)
    rows = Conference.objects.filter(short_name=f"Ngày {day}")
    rows.update(starts_at=start, ends_at=start + timedelta(hours=3), short_name=f"Ngày -{day}")


def offered(client, path: str, **query) -> list[str]:
    found = client.get(LIST, query).context["cl"].filter_specs
    return [label for spec in found if spec.field_path == path for _key, label in spec.lookup_choices]


def test_the_filter_offers_the_conferences_nearest_to_today(client, organiser):
    add(organiser, 10, 11, 12, 20, 21, 22)
    for day in (20, 21, 22):
        moved(day)
    assert offered(client, "conference") == ["Ngày 11", "Ngày 10", "Ngày -20", "Ngày -21"]
    # Who comes by a link sees what it names.
    last = Conference.objects.get(short_name="Ngày -22")
    assert offered(client, "conference", conference__id__exact=last.pk)[-1] == "Ngày -22"


def test_the_points_of_very_many_conferences_are_offered_once_one_is_chosen(client, organiser):
    add(organiser, 10, 11, 12, 13)
    assert len(offered(client, "bridge_point")) == 4
    add(organiser, 14)
    assert offered(client, "bridge_point") == []
    chosen = Conference.objects.get(short_name="Ngày 14")
    BridgePointFactory(conference=chosen)
    assert len(offered(client, "bridge_point", conference__id__exact=chosen.pk)) == 2


def test_the_start_page_names_the_next_conferences_and_the_way_to_the_others(client, organiser):
    add(organiser, 10, 11, 12)
    link = 'href="/admin/conference/conference/">Mọi hội nghị'
    page = client.get("/admin/")
    assert link not in page.content.decode()
    add(organiser, 13)
    page = client.get("/admin/")
    ((_heading, rows),) = page.context["groups"]
    assert [str(conference) for conference in rows] == ["Ngày 10", "Ngày 11", "Ngày 12"]
    assert link in page.content.decode()


@pytest.mark.parametrize(
    "address", [LIST, "/admin/", "/admin/bridges/bridgepoint/", "/admin/conference/conference/", "/"]
)
def test_lists_take_the_same_statements_for_few_conferences_and_for_many(client, organiser, address):
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    add(organiser, *range(1, 6))
    statements()
    at_few = statements()
    add(organiser, *range(6, 26))
    assert statements() == at_few
