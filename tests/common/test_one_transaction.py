"""A transaction whose beginning and end travel with its statements is a transaction like any other."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from common.round_trips import one_transaction
from common.row_numbers import AT_ONCE, take_numbers
from registrations.models import Organisation, Registration

pytestmark = pytest.mark.django_db(transaction=True)


def organisation(name: str, number: int | None = None) -> Organisation:
    return Organisation(pk=number or take_numbers(Organisation)[0], kind="agency", name=name)


def names() -> list[str]:
    return list(Organisation.objects.order_by("name").values_list("name", flat=True))


def is_idle() -> bool:
    """Whether the server is in no transaction of ours."""
    if connection.vendor != "postgresql":
        return not connection.in_atomic_block
    return connection.connection.info.transaction_status == psycopg2.extensions.TRANSACTION_STATUS_IDLE


def store_in_two_trips(first: str, last: Organisation) -> None:
    with one_transaction() as trip:
        trip.insert([organisation(first)])
        trip.send()
        trip.insert([last])


@contextmanager
def told() -> Iterator[list[str]]:
    """What the server is told, statement by statement; Django's own log has a BEGIN whenever it means one."""
    heard: list[str] = []

    def hear(execute, sql, params, many, context):
        heard.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(hear):
        yield heard


@pytest.fixture
def _numbers() -> None:
    """Numbers are at hand, so that nobody asks for them."""
    with transaction.atomic():
        take_numbers(Organisation)


@pytest.mark.postgresql
@pytest.mark.usefixtures("_numbers")
def test_it_begins_with_the_first_statement_and_ends_with_the_last():
    with told() as asked, one_transaction() as trip:
        trip.insert([organisation("Sở A")])
        assert trip.fetch("SELECT count(*) FROM registrations_organisation") == [(1,)]
        trip.insert([organisation("Sở B")])
    assert len(asked) == 2
    assert (names(), is_idle()) == (["Sở A", "Sở B"], True)


@pytest.mark.postgresql
@pytest.mark.usefixtures("_numbers")
def test_what_is_stored_and_nothing_asked_is_one_statement():
    with told() as asked, one_transaction() as trip:
        trip.insert([organisation("Sở A")])
    assert (len(asked), names(), is_idle()) == (1, ["Sở A"], True)


def test_what_hooks_wait_for_is_stored_when_they_are_called():
    seen: list[list[str]] = []
    with one_transaction() as trip:
        transaction.on_commit(lambda: seen.append(names()))
        trip.insert([organisation("Sở A")])
    assert seen == [["Sở A"]]


@pytest.mark.parametrize("has_sent", [True, False])
def test_who_leaves_it_by_an_error_has_stored_nothing(has_sent):
    def leave() -> None:
        with one_transaction() as trip:
            trip.insert([organisation("Sở A")])
            if has_sent:
                trip.send()
            raise LookupError

    with pytest.raises(LookupError):
        leave()
    assert (names(), is_idle()) == ([], True)
    Organisation.objects.create(kind="agency", name="Sở B")
    assert names() == ["Sở B"]


def test_what_the_database_refuses_at_its_end_leaves_nothing_of_it():
    first = organisation("Sở A")
    first.save(force_insert=True)
    with pytest.raises(IntegrityError):
        store_in_two_trips("Sở B", organisation("Sở C", first.pk))
    assert (names(), is_idle()) == (["Sở A"], True)


@pytest.mark.postgresql
def test_last_words_that_the_driver_refuses_leave_nothing_of_it():
    """Django rolls back after errors of the database only."""
    with pytest.raises(ValueError, match="NUL"):
        store_in_two_trips("Sở A", organisation("Sở\0B"))
    assert names() == []
    Organisation.objects.create(kind="agency", name="Sở C")
    connection.close()
    assert names() == ["Sở C"]


@pytest.mark.postgresql
def test_a_connection_that_ends_in_it_has_stored_nothing_and_is_made_anew():
    def end() -> None:
        with one_transaction() as trip:
            trip.insert([organisation("Sở A")])
            trip.fetch("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(OperationalError):
        end()
    assert names() == []


def test_other_statements_in_it_come_after_its_beginning_and_before_its_end():
    def leave() -> None:
        with one_transaction() as trip:
            Organisation.objects.create(kind="agency", name="Sở A")
            assert [one.name for one in Organisation.objects.all().iterator()] == ["Sở A"]
            trip.insert([organisation("Sở B")])
            raise LookupError

    with pytest.raises(LookupError):
        leave()
    assert names() == []
    with one_transaction() as trip:
        Organisation.objects.create(kind="agency", name="Sở A")
        with transaction.atomic():
            trip.insert([organisation("Sở B")])
            trip.send()
    assert (names(), is_idle()) == (["Sở A", "Sở B"], True)


def test_one_in_another_is_a_part_of_it():
    with transaction.atomic():
        first, second = take_numbers(Organisation, Organisation)

    def leave() -> None:
        with one_transaction() as outer:
            outer.insert([organisation("Sở A", first)])
            with one_transaction() as inner:
                inner.insert([organisation("Sở B", second)])
            assert names() == ["Sở B"]
            raise LookupError

    with pytest.raises(LookupError):
        leave()
    assert names() == []
    with one_transaction() as outer:
        outer.insert([organisation("Sở A", first)])
        with one_transaction() as inner:
            inner.insert([organisation("Sở B", second)])
    assert names() == ["Sở A", "Sở B"]


@pytest.mark.postgresql
def test_one_in_which_nothing_is_asked_asks_nothing():
    with told() as asked, one_transaction():
        pass
    assert (asked, is_idle()) == ([], True)


def test_a_question_beside_another_is_answered_with_it():
    with one_transaction() as trip:
        numbers = take_numbers(Organisation, Organisation)
        trip.insert([organisation(name, number) for name, number in zip(("Sở A", "Sở B"), numbers, strict=True)])
        beside = trip.ask_beside("SELECT id FROM registrations_organisation WHERE kind = %s ORDER BY 1", ["agency"])
        found = trip.fetch_planned("SELECT name FROM registrations_organisation WHERE id = %s", [numbers[1]])
        assert (found, beside.numbers) == ([("Sở B",)], numbers)
        beside = trip.ask_beside("SELECT id FROM registrations_organisation WHERE kind = %s", ["press"])
        found = trip.fetch_planned("SELECT name FROM registrations_organisation WHERE id = %s", [numbers[0]])
        assert (found, beside.numbers) == ([("Sở A",)], [])


@pytest.mark.postgresql
def test_a_connection_fetches_many_numbers_at_once_and_another_has_its_own():
    connection.close()
    with CaptureQueriesContext(connection) as asked:
        taken = [number for _ in range(AT_ONCE) for number in take_numbers(Organisation, Registration)[:1]]
    assert len([query for query in asked if "nextval" in query["sql"]]) == 1
    assert taken == sorted(set(taken))
    connection.close()
    assert take_numbers(Organisation)[0] not in taken
    many = take_numbers(*[Organisation] * (3 * AT_ONCE))
    assert many == sorted(set(many))
