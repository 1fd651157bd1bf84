"""The database goes away while somebody registers: a page in words, and the same form again makes one registration."""

import sqlite3

import pytest
import time_machine
from django.db import InterfaceError, OperationalError, ProgrammingError, connection
from django.test import Client

from conference import database_away
from registrations import seats, services
from registrations.models import Registration
from tests.conftest import NOW
from tests.registrations.test_register_page import answers
from tests.support.factories import BridgePointFactory, ConferenceFactory
from tests.support.html_forms import filled_in
from tests.support.pages import faults

URL = "/na/register/"


@pytest.fixture
def point(db):
    with time_machine.travel(NOW, tick=False):
        yield BridgePointFactory(conference=ConferenceFactory(slug="na"), seats=None)


@pytest.fixture
def visitor() -> Client:
    """A browser that is shown what a visitor is shown; it has the cookie that forms need."""
    client = Client(raise_request_exception=False)
    client.cookies["csrftoken"] = "a" * 32
    return client


@pytest.fixture
def as_on_postgresql(monkeypatch) -> None:
    monkeypatch.setattr(database_away.connection, "vendor", "postgresql")


def go_away(*arguments, **given):
    raise OperationalError("server closed the connection unexpectedly")


@pytest.mark.usefixtures("as_on_postgresql")
@pytest.mark.parametrize("language", ["vi", "en"])
def test_who_registers_is_told_what_is_stored_and_has_a_button_to_send_it_again(visitor, point, monkeypatch, language):
    visitor.cookies["django_language"] = language
    monkeypatch.setattr(services, "register", go_away)
    response = visitor.post(URL, answers(point, organisation_name='HTX "A" <b>'))
    text = response.content.decode()
    assert (response.status_code, response["Retry-After"]) == (503, "30")
    assert response["Cache-Control"] == "no-store"
    assert ("chưa được lưu" if language == "vi" else "has most probably not been stored") in text
    assert faults(text) == []
    assert "<b>" not in text
    sent = {name: str(value) for name, value in answers(point, organisation_name='HTX "A" <b>').items()}
    kept = filled_in(response)
    assert {name: kept[name] for name in sent} == {name: [value] for name, value in sent.items()}


@pytest.mark.usefixtures("as_on_postgresql")
def test_the_form_sent_again_from_that_page_registers_once(visitor, point, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(services, "register", go_away)
        away = visitor.post(URL, answers(point))
    assert Registration.objects.count() == 0
    assert visitor.post(URL, filled_in(away)).status_code == 302
    assert Registration.objects.count() == 1


@pytest.mark.usefixtures("as_on_postgresql")
def test_where_only_the_answer_was_lost_the_same_form_leads_to_the_same_registration(visitor, point, monkeypatch):
    register = services.register

    def lost(**given):
        register(**given)
        go_away()

    with monkeypatch.context() as patch:
        patch.setattr(services, "register", lost)
        away = visitor.post(URL, answers(point))
    assert (away.status_code, Registration.objects.count()) == (503, 1)
    again = visitor.post(URL, filled_in(away))
    assert again["Location"].startswith(Registration.objects.get().get_absolute_url())
    assert Registration.objects.count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_server_that_ends_the_connection_in_the_middle_leaves_nothing_and_the_next_try_succeeds(visitor, monkeypatch):
    with time_machine.travel(NOW, tick=False):
        point = BridgePointFactory(conference=ConferenceFactory(slug="na"), seats=5)
        lock = seats.lock

        def cut_off(*arguments, **options):
            found = lock(*arguments, **options)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            return found

        with monkeypatch.context() as patch:
            patch.setattr(seats, "lock", cut_off)
            away = visitor.post(URL, answers(point))
        assert (away.status_code, Registration.objects.count()) == (503, 0)
        for _ in range(2):
            assert visitor.post(URL, filled_in(away)).status_code == 302
    point.refresh_from_db()
    assert (Registration.objects.count(), point.seats_taken) == (1, 1)


@pytest.mark.usefixtures("as_on_postgresql")
@pytest.mark.parametrize("address", ["/", "/na/", "/na/find/"])
def test_whoever_only_looks_is_asked_to_load_again(visitor, point, monkeypatch, address):
    monkeypatch.setattr("conference.models.ConferenceQuerySet.published", lambda *a: go_away())
    monkeypatch.setattr("common.lookups.LookUp.rows", go_away)
    response = visitor.get(address)
    assert response.status_code == 503
    assert faults(response.content.decode()) == []
    assert f'href="{address}"' in response.content.decode()


@pytest.mark.usefixtures("as_on_postgresql")
def test_what_was_typed_elsewhere_is_not_shown_again(visitor, db, monkeypatch):
    monkeypatch.setattr("django.contrib.auth.backends.ModelBackend.authenticate", go_away)
    monkeypatch.setattr("allauth.account.auth_backends.AuthenticationBackend.authenticate", go_away)
    response = visitor.post("/accounts/login/", {"login": "a@vidu.example", "password": "bi-mat-cua-toi"})
    text = response.content.decode()
    assert response.status_code == 503
    assert "bi-mat-cua-toi" not in text
    assert "quay lại trang trước" in text
    assert faults(text) == []


@pytest.mark.parametrize(
    ("vendor", "error", "away"),
    [
        ("postgresql", OperationalError("the connection is lost"), True),
        ("postgresql", InterfaceError("connection already closed"), True),
        ("postgresql", ProgrammingError("no such column"), False),
        ("sqlite", OperationalError("database is locked"), True),
        ("sqlite", OperationalError("database or disk is full"), True),
        ("sqlite", OperationalError("no such table: x"), False),
        ("sqlite", sqlite3.OperationalError("database is locked"), False),
        ("postgresql", ValueError("x"), False),
        ("postgresql", None, False),
    ],
)
def test_a_fault_of_ours_is_no_database_that_is_away(monkeypatch, vendor, error, away):
    monkeypatch.setattr(database_away.connection, "vendor", vendor)
    assert database_away.is_away(error) is away
