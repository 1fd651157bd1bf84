"""What the page of a conference says about registering: approval, erasing, products, questions."""

import pytest

from conference.models import Product
from registrations.models import Answer, Question
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, ConferenceFactory, OrganiserFactory, registered
from tests.support.html_forms import filled_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture
def conference():
    return ConferenceFactory()


@pytest.fixture
def page(client, conference):
    user = OrganiserFactory()
    conference.organisers.add(user)
    client.force_login(user)
    return client


def save(client, conference, **changes):
    address = f"/admin/conference/conference/{conference.pk}/change/"
    return client.post(address, filled_in(client.get(address), **changes))


def test_approval_held_seats_and_the_time_of_erasing_are_set(page, conference):
    assert save(page, conference, needs_approval="on", holds_seats=None, erase_after_days="30").status_code == 302
    conference.refresh_from_db()
    assert (conference.needs_approval, conference.holds_seats, conference.erase_after_days) == (True, False, 30)


def test_a_point_differs_from_its_conference(page, conference):
    point = BridgePointFactory(conference=conference)
    address = f"/admin/bridges/bridgepoint/{point.pk}/change/"
    page.post(address, filled_in(page.get(address), approval="yes"))
    point.refresh_from_db()
    assert point.needs_approval


def test_products_and_questions_are_written_on_the_page_of_the_conference(page, conference):
    question = {"text": "Suất ăn", "kind": "choice", "choices": "Thường\nChay", "asked": "delegate", "position": "1"}
    fields = {f"questions-0-{name}": value for name, value in question.items()}
    response = save(page, conference, **fields, **{"products-0-name": "Na dai", "questions-0-is_required": "on"})
    assert response.status_code == 302
    made = Question.objects.get(conference=conference)
    assert (made.options, made.asked, made.is_required, made.is_active) == (["Thường", "Chay"], "delegate", True, True)
    assert Product.objects.get(conference=conference).name == "Na dai"


def test_an_empty_question_is_none(page, conference):
    assert save(page, conference).status_code == 302
    assert not Question.objects.exists()


def test_a_choice_without_choices_is_explained_beside_the_field(page, conference):
    response = save(page, conference, **{"questions-0-text": "Suất ăn", "questions-0-kind": "choice"})
    assert response.status_code == 200
    formset = next(f.formset for f in response.context["inline_admin_formsets"] if f.formset.model is Question)
    assert "choices" in formset.forms[0].errors
    assert not Question.objects.exists()


def test_a_question_that_was_answered_is_taken_out_and_not_deleted(page, conference):
    question = Question.objects.create(conference=conference, text="Suất ăn")
    registration = registered(BridgePointFactory(conference=conference), now=NOW)
    Answer.objects.create(registration=registration, question=question, value="Chay")
    response = save(page, conference, **{"questions-0-DELETE": "on"})
    assert response.status_code == 200
    assert "Suất ăn" in str(response.context["errors"])
    assert Answer.objects.exists()
    assert save(page, conference, **{"questions-0-is_active": None}).status_code == 302
    assert not Question.objects.get().is_active
    Answer.objects.all().delete()
    assert save(page, conference, **{"questions-0-DELETE": "on"}).status_code == 302
    assert not Question.objects.exists()


def test_an_earlier_version_is_looked_at_and_not_brought_back(page, conference):
    old = conference.history.latest().history_id
    save(page, conference, summary="Khác")
    where = f"/admin/conference/conference/{conference.pk}/history/{old}/"
    assert page.get(where).status_code == 200
    assert page.post(where, filled_in(page.get(where))).status_code == 403
    conference.refresh_from_db()
    assert conference.summary == "Khác"
