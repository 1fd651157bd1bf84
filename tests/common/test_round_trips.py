"""Rows that travel together are what the ORM would have stored, and PostgreSQL is asked once."""

from uuid import uuid4

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models.signals import post_save, pre_save
from django.test.utils import CaptureQueriesContext

from common.planned_statements import FIRST_USES
from common.round_trips import RoundTrip
from common.row_numbers import take_numbers
from outbox.models import Message
from registrations.models import Answer, Delegate, Interest, Invitation, Organisation, Registration
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, registered

pytestmark = pytest.mark.django_db
ORGANISATIONS = [
    {"kind": "cooperative", "name": "HTX 100 % “Na”; DROP", "tax_code": ""},
    {"kind": "agency", "name": "Sở", "tax_code": "0100109106"},
]


def is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def test_numbers_are_taken_for_rows_to_come_and_nobody_else_gets_them():
    before = Organisation.objects.create(kind="agency", name="Trước")
    numbers = take_numbers(Organisation, Organisation, Registration)
    if not is_postgresql():
        assert numbers[:2] == [before.pk + 1, before.pk + 2]
    assert before.pk not in numbers[:2]
    assert numbers[0] < numbers[1]
    trip = RoundTrip()
    trip.insert([Organisation(pk=number, **values) for number, values in zip(numbers, ORGANISATIONS, strict=False)])
    trip.send()
    assert Organisation.objects.create(kind="agency", name="Sau").pk not in [before.pk, *numbers[:2]]


def test_rows_are_stored_as_the_orm_stores_them():
    point = BridgePointFactory()
    registration = registered(point, now=NOW)
    as_stored = Registration.objects.values().get()
    # The same row once more, with what must differ.
    registration.pk, registration.submission_key, registration.number = (
        take_numbers(Registration)[0],
        "k" * 64,
        "ABCD-EFGH",
    )
    registration.uid, registration.token_hash = uuid4(), "h" * 64
    interest = Interest(registration=registration, side="sells", other="Na", certificates=["vietgap"], ocop_stars=4)
    trip = RoundTrip()
    trip.insert([registration])
    trip.insert([interest])
    trip.send()
    again = Registration.objects.values().get(pk=registration.pk)
    differ = {name for name, value in again.items() if value != as_stored[name]}
    assert differ == {"id", "uid", "token_hash", "number", "submission_key"}
    assert Registration.objects.get(pk=registration.pk).contact_phone == Registration.objects.first().contact_phone
    stored = Interest.objects.get()
    assert (stored.certificates, stored.ocop_stars, stored.product) == (["vietgap"], 4, None)


def test_statements_go_in_their_order_and_to_postgresql_at_once():
    first, second = take_numbers(Organisation, Organisation)
    trip = RoundTrip()
    trip.insert([Organisation(pk=first, **ORGANISATIONS[0]), Organisation(pk=second, **ORGANISATIONS[1])])
    changed = Organisation(pk=first, name="HTX đổi tên", kind="other")
    trip.update(changed, "name", "kind")
    with CaptureQueriesContext(connection) as asked:
        found = trip.fetch("SELECT name FROM registrations_organisation WHERE id >= %s ORDER BY id", [first])
    assert found == [("HTX đổi tên",), ("Sở",)]
    assert len(asked) == (1 if is_postgresql() else 3)
    with CaptureQueriesContext(connection) as asked:
        trip.send()
    assert len(asked) == 0


def test_a_row_that_is_there_already_is_left_alone_where_that_is_wanted():
    def message() -> Message:
        return Message(key="k", channel="email", address="a@vidu.example", due_at=NOW, created_at=NOW)

    message().save()
    trip = RoundTrip()
    trip.insert([message()], ignore_conflicts=True)
    trip.send()
    assert Message.objects.count() == 1
    trip.insert([message()])
    with pytest.raises(IntegrityError), transaction.atomic():
        trip.send()


def test_a_model_that_writes_times_by_itself_is_refused():
    with pytest.raises(TypeError):
        RoundTrip().insert([Invitation(name="Sở")])


@pytest.mark.parametrize("model", [Organisation, Registration, Delegate, Answer, Interest, Message])
def test_nobody_but_the_history_listens_to_what_is_saved_without_signals(model):
    heard = [*pre_save._live_receivers(model)[0], *post_save._live_receivers(model)[0]]
    assert {receiver.__module__ for receiver in heard} <= {"simple_history.models"}


def prepared() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements WHERE name LIKE 'planned_%'")
        return [statement for (statement,) in cursor.fetchall()]


QUERY = "SELECT name FROM registrations_organisation WHERE kind = %s AND name LIKE '%%Na%%' AND tax_code = %s"


def test_what_is_asked_again_and_again_is_planned_once_for_the_connection():
    Organisation.objects.create(kind="agency", name="Sở Na", tax_code="1")
    Organisation.objects.create(kind="agency", name="Sở", tax_code="1")
    for values, expected in ((["agency", "1"], [("Sở Na",)]), (["agency", "'; --"], []), (["press", "1"], [])):
        with CaptureQueriesContext(connection) as asked:
            assert RoundTrip().fetch_planned(QUERY, values) == expected
        assert len(asked) == 1
    if is_postgresql():
        assert sum("LIKE '%Na%'" in statement for statement in prepared()) == 1


@pytest.mark.postgresql
def test_a_query_whose_plan_was_refused_is_planned_when_it_is_asked_again():
    query = "SELECT name FROM registrations_organisation WHERE id = %s AND 0 = %s"
    with pytest.raises(DataError), transaction.atomic():
        RoundTrip().fetch_planned(query, ["no number", 0])
    assert RoundTrip().fetch_planned(query, [1, 0]) == []
    assert RoundTrip().fetch_planned(query, [1, 0]) == []


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_new_connection_plans_anew():
    assert RoundTrip().fetch_planned("SELECT %s + 1", [1]) == [(2,)]
    connection.close()
    assert RoundTrip().fetch_planned("SELECT %s + 1", [2]) == [(3,)]


@pytest.mark.postgresql
def test_behind_a_pooler_by_transaction_nothing_is_left_with_the_connection(monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    before = prepared()
    assert RoundTrip().fetch_planned("SELECT %s + 2", [1]) == [(3,)]
    assert prepared() == before


@pytest.mark.postgresql
def test_rows_that_are_stored_again_and_again_are_planned_once_for_the_connection():
    known: list[str] = []
    for time in range(2):
        if time:
            known = prepared()
        first, second = take_numbers(Organisation, Organisation)
        trip = RoundTrip()
        trip.insert([Organisation(pk=first, **ORGANISATIONS[0])])
        trip.insert([Organisation(pk=second, **ORGANISATIONS[1])])
        trip.update(Organisation(pk=first, name="Hai % 'tên'"), "name")
        with CaptureQueriesContext(connection) as asked:
            trip.send()
        assert len(asked) == 1
    names = ["Hai % 'tên'", "Sở"]
    assert list(Organisation.objects.order_by("pk").values_list("name", flat=True)) == names * 2
    assert any('INSERT INTO "registrations_organisation"' in statement for statement in known)
    assert prepared() == known


@pytest.mark.postgresql
def test_a_plan_is_made_anew_while_the_table_may_have_grown():
    sql = "SELECT %s + 3"
    names = []
    for number in range(FIRST_USES * 5 + 1):
        assert RoundTrip().fetch_planned(sql, [number]) == [(number + 3,)]
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM pg_prepared_statements WHERE statement LIKE '%$1 + 3%'")
            # That which was dropped is told with the next statement.
            names.append(max(name for (name,) in cursor.fetchall()))
            assert cursor.rowcount <= 2
    assert [names.count(name) for name in dict.fromkeys(names)] == [FIRST_USES, FIRST_USES * 4, 1]


@pytest.mark.postgresql
def test_a_plan_does_not_depend_on_the_first_values():
    with connection.cursor() as cursor:
        cursor.execute("SHOW plan_cache_mode")
        assert cursor.fetchone() == ("force_generic_plan",)


@pytest.mark.postgresql
def test_long_lists_of_rows_leave_no_plan_of_their_own():
    before = prepared()
    trip = RoundTrip()
    trip.insert([Organisation(pk=number, **ORGANISATIONS[1]) for number in take_numbers(*[Organisation] * 5)])
    trip.send()
    assert (set(prepared()) <= set(before), Organisation.objects.count()) == (True, 5)
