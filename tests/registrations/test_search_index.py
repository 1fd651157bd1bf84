"""The trigram indexes for searching: there on PostgreSQL, said where they are not, built later."""

from io import StringIO

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import connection

from registrations import search_index, searching
from registrations.models import Registration
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, registered

pytestmark = pytest.mark.django_db


def warnings() -> list[str]:
    return [found.id for found in run_checks(databases=["default"]) if found.id == "diemcau.W008"]


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def without_right():
    """The extension is gone, and the site's user may not bring it back."""
    execute(
        "DROP EXTENSION pg_trgm CASCADE",
        "CREATE ROLE may_not_extend",
        "GRANT ALL ON ALL TABLES IN SCHEMA public TO may_not_extend",
        "SET LOCAL ROLE may_not_extend",
    )
    yield
    execute("RESET ROLE")


@pytest.mark.postgresql
def test_after_migrating_the_indexes_are_there_and_nobody_warns():
    assert search_index.missing(connection) == []
    assert warnings() == []


@pytest.mark.postgresql
def test_without_the_right_to_extend_the_upgrade_goes_on_and_the_check_tells_the_way(without_right):
    assert "pg_trgm" in search_index.build(connection)
    assert warnings() == ["diemcau.W008"]
    with pytest.raises(CommandError, match="CREATE EXTENSION pg_trgm"):
        call_command("search_index")


@pytest.mark.postgresql
def test_where_the_extension_is_out_of_sight_the_upgrade_goes_on_as_well():
    search_index.drop(connection)
    execute("CREATE SCHEMA elsewhere", "ALTER EXTENSION pg_trgm SET SCHEMA elsewhere")
    assert "gtrgm" in search_index.build(connection)
    assert warnings() == ["diemcau.W008"]


@pytest.mark.postgresql
def test_searching_finds_the_same_without_the_index(without_right):
    execute("RESET ROLE")
    registered(BridgePointFactory(), now=NOW, number=7)
    number = Registration.objects.get().number
    assert Registration.objects.filter(pk__in=searching.registrations(number)).count() == 1


@pytest.mark.postgresql
def test_the_command_builds_what_is_missing():
    search_index.drop(connection)
    assert warnings() == ["diemcau.W008"]
    said = StringIO()
    call_command("search_index", stdout=said)
    call_command("search_index", stdout=said)
    assert "registrations_delegate" in said.getvalue()
    assert said.getvalue().endswith("Nothing is missing.\n")
    assert search_index.missing(connection) == []


@pytest.mark.postgresql
def test_a_search_for_one_of_many_goes_by_the_index():
    registered(BridgePointFactory(), now=NOW, number=7)
    execute("SET LOCAL enable_seqscan = off")
    plan = Registration.objects.filter(pk__in=searching.registrations("0900 000 007")).explain()
    assert "registrations_registration_search" in plan
    assert "registrations_delegate_search" in plan


def test_people_are_found_by_their_own_name_and_by_their_organisation_at_once():
    registration = registered(BridgePointFactory(), now=NOW, number=7, people=2)
    name = registration.delegates.last().full_name
    organisation = registration.organisation.name
    found = registration.delegates.filter(searching.delegates_by_each_word(f"{organisation} {name}"))
    assert registration.delegates.last() in found
    assert not registration.delegates.filter(searching.delegates_by_each_word(f"{name} khongcoai")).exists()
    assert registration.delegates.filter(pk__in=searching.delegates(organisation)).count() == 2
