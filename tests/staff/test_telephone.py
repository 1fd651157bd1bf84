"""Registering somebody who calls."""

import re
from datetime import timedelta

import pytest
import time_machine

from bridges.models import BridgePoint
from outbox.models import Message
from registrations import consent
from registrations.models import Delegate, Question, Registration
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    CoordinatorFactory,
    OrganiserFactory,
    registered,
)
from tests.support.html_forms import filled_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

ADD = "/admin/registrations/registration/add/"


@pytest.fixture
def conference():
    return ConferenceFactory(short_name="Na Chi Lăng", erase_after_days=90)


@pytest.fixture
def point(conference):
    return BridgePointFactory(conference=conference, seats=2, name="VNPT Bắc Ninh")


@pytest.fixture
def page(client, conference):
    user = OrganiserFactory()
    conference.organisers.add(user)
    client.force_login(user)
    return client


def call(client, at: BridgePoint, **changes):
    """The form as somebody fills it in on the telephone; None leaves a field out."""
    data = {
        "point": at.pk,
        "organisation_name": "HTX Na Đồng Mỏ",
        "organisation_kind": "cooperative",
        "full_name": "Hoàng Văn Ví",
        "position": "Giám đốc",
        "phone": "0912 345 678",
        "consented": "on",
        "_save": "1",
        **changes,
    }
    shown = filled_in(client.get(f"{ADD}?bridge_point={at.pk}"))
    data = {name: value for name, value in {**shown, **data}.items() if value is not None}
    return client.post(ADD, data, follow=True)


def test_the_caller_gets_a_seat_and_the_same_messages_as_on_the_site(page, point):
    response = call(page, point, tax_code="0100109106", email="Vi@ViDu.example")
    registration = Registration.objects.get()
    assert (registration.state, registration.source, registration.seats) == ("confirmed", "staff", 1)
    assert (registration.organisation.tax_code, registration.contact_email) == ("0100109106", "vi@vidu.example")
    assert registration.contact_phone.as_e164 == "+84912345678"
    assert set(Message.objects.values_list("kind", "channel")) == {("confirmed", "email"), ("confirmed", "sms")}
    shown = response.content.decode()
    assert registration.number in shown
    assert registration.get_absolute_url() not in shown


def test_consent_by_telephone_is_kept_with_version_way_and_time(page, point):
    call(page, point)
    registration = Registration.objects.get()
    assert (registration.consent_way, registration.consent_version) == (consent.TELEPHONE, consent.VERSION)
    assert registration.consented_at == NOW


def test_nobody_is_stored_without_consent_and_the_box_is_not_ticked_beforehand(page, point):
    shown = page.get(f"{ADD}?bridge_point={point.pk}").content.decode()
    assert consent.text(90) in shown
    assert "checked" not in re.search(r"<input[^>]*name=\"consented\"[^>]*>", shown)[0]
    assert call(page, point, consented=None).status_code == 422
    assert not Registration.objects.exists()


def test_further_people_come_one_a_line_with_a_seat_each(page, point):
    call(page, point, people="Trần Thị Hai, Kế toán trưởng, 0913 000 111\n")
    assert Registration.objects.get().seats == 2
    second = Delegate.objects.get(is_contact=False)
    assert (second.full_name, second.position, second.mobile) == ("Trần Thị Hai", "Kế toán trưởng", "+84913000111")
    assert BridgePoint.objects.get(pk=point.pk).seats_taken == 2


def test_a_line_that_cannot_be_read_is_named_and_nothing_is_stored(page, point):
    response = call(page, point, people="Trần Thị Hai, 0913 000 111\nLê Ba, 0912 12")
    assert response.status_code == 422
    assert "Lê Ba" in str(response.context["form"].errors["people"])
    assert not Registration.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"phone": "", "email": ""},
        {"phone": "123"},
        {"phone": "0205 3870 123", "email": ""},
        {"tax_code": "123"},
        {"organisation_name": ""},
        {"organisation_kind": ""},
        {"full_name": "<\x00>"},
        {"point": "0"},
        {"point": ""},
        {"language": "de"},
    ],
)
def test_the_rules_of_the_site_hold_on_the_telephone(page, point, wrong):
    assert call(page, point, **wrong).status_code == 422
    assert not Registration.objects.exists()


def test_nobody_waits_who_does_not_want_to(page, point):
    registered(point, now=NOW, people=2)
    before = Message.objects.count()
    response = call(page, point)
    assert response.status_code == 422
    assert "waitlist" in response.context["form"].errors
    assert Registration.objects.count() == 1
    current = BridgePoint.objects.get(pk=point.pk)
    assert (current.waiting_count, Message.objects.count()) == (0, before)


def test_whoever_takes_a_place_in_line_hears_which(page, point):
    registered(point, now=NOW, people=2)
    registered(point, now=NOW, number=2)
    response = call(page, point, waitlist="on")
    assert Registration.objects.get(source="staff").state == "waitlisted"
    assert Registration.objects.get(source="staff").place_in_line == 2
    (words,) = response.context["messages"]
    assert "2" in re.sub(r"<a .*?</a>", "", str(words))


def test_the_form_sent_twice_registers_once(page, point):
    page.get(f"{ADD}?bridge_point={point.pk}")
    call(page, point)
    call(page, point)
    assert Registration.objects.count() == 1


def test_the_next_caller_is_entered_at_once_at_the_same_point(page, point):
    response = call(page, point, _save=None, _addanother="1")
    assert response.request["PATH_INFO"] == ADD
    assert response.context["form"]["point"].value() == str(point.pk)
    assert response.context["form"]["full_name"].value() is None
    assert Registration.objects.get().number in response.content.decode()


def test_it_works_while_public_registration_is_closed_and_at_a_closed_point(page, point, conference):
    conference.registration_closes_at = NOW - timedelta(days=1)
    conference.save()
    BridgePoint.objects.filter(pk=point.pk).update(is_open=False)
    call(page, point)
    assert Registration.objects.get().state == "confirmed"


def test_whoever_is_entered_by_staff_needs_no_approval(page, point):
    BridgePoint.objects.filter(pk=point.pk).update(approval="yes")
    call(page, point)
    assert Registration.objects.get().state == "confirmed"


def test_it_ends_with_the_conference(page, point, conference):
    shown = filled_in(page.get(f"{ADD}?bridge_point={point.pk}"))
    user = conference.organisers.get()
    with time_machine.travel(START + timedelta(hours=2)):
        page.force_login(user)
        assert point.name in page.get(ADD).content.decode()
    with time_machine.travel(START + timedelta(hours=3)):
        page.force_login(user)
        assert point.name not in page.get(ADD).content.decode()
        data = {"organisation_name": "HTX", "organisation_kind": "other", "full_name": "Ví", "phone": "0912345678"}
        assert page.post(ADD, {**shown, **data, "consented": "on"}).status_code == 422
    assert not Registration.objects.exists()


def test_a_cancelled_conference_is_not_offered(page, point, conference):
    conference.cancelled_at = NOW
    conference.save()
    assert point.name not in page.get(ADD).content.decode()


def test_a_coordinator_enters_at_his_own_points_only(client, point, conference):
    foreign = BridgePointFactory(conference=conference, name="Điểm người khác")
    client.force_login(CoordinatorFactory(bridge_point=point).user)
    assert foreign.name not in client.get(f"{ADD}?bridge_point={foreign.pk}").content.decode()
    assert call(client, point, point=foreign.pk).status_code == 422
    assert not Registration.objects.exists()
    call(client, point)
    assert Registration.objects.get().bridge_point == point


def test_points_stand_under_their_conference(page, point, conference):
    other = ConferenceFactory(short_name="Vải thiều", erase_after_days=30, organisers=[conference.organisers.get()])
    BridgePointFactory(conference=other, name="Sendo")
    form = page.get(ADD).context["form"]
    assert [name for name, _points in form.fields["point"].choices[1:]] == ["Na Chi Lăng", "Vải thiều"]
    # As long as nobody knows which, both texts are there; then the right one.
    assert [consent.text(90), consent.text(30)] == [text for _names, text in form.consent_texts]
    chosen = page.get(f"{ADD}?bridge_point={point.pk}").context["form"]
    assert chosen.consent_texts == [("", consent.text(90))]


def test_the_list_of_a_point_leads_to_the_form_for_it(page, point):
    query = f"_changelist_filters=bridge_point__id__exact%3D{point.pk}"
    assert page.get(f"{ADD}?{query}").context["form"]["point"].value() == str(point.pk)
    assert f"{ADD}?bridge_point={point.pk}" in page.get("/admin/bridges/bridgepoint/").content.decode()


# --- the organiser's own questions ------------------------------------------------------------------------------------


def question(conference, **fields) -> Question:
    return Question.objects.create(
        conference=conference, **{"text": "Mang bao nhiêu mẫu?", "is_required": True, **fields}
    )


def test_the_organisers_questions_are_asked_of_whoever_calls(page, conference, point):
    of_unit = question(conference)
    of_person = question(conference, text="Ăn chay?", asked="delegate", kind="yes_no", is_required=False)
    question(conference, text="Không hỏi nữa", is_active=False)
    shown = page.get(ADD).content.decode()
    assert "Mang bao nhiêu mẫu?" in shown
    assert "Không hỏi nữa" not in shown
    call(page, point, **{f"question-{of_unit.pk}": "12 thùng", f"question-{of_person.pk}": "yes"})
    registration = Registration.objects.get()
    assert {(a.question_id, a.delegate_id, a.value) for a in registration.answers.all()} == {
        (of_unit.pk, None, "12 thùng"),
        (of_person.pk, registration.delegates.get().pk, "yes"),
    }


def test_the_box_for_further_people_says_that_only_the_caller_is_asked(page, conference, point):
    page.cookies["django_language"] = "en"
    words = "The questions for each delegate are asked of the caller only"
    question(conference)
    assert words not in page.get(ADD).content.decode()
    question(conference, asked="delegate")
    assert words in page.get(ADD).content.decode()


def test_a_question_that_must_be_answered_must_be_on_the_telephone_too(page, conference, point):
    question(conference)
    answer = call(page, point)
    assert answer.status_code == 422
    assert "Vui lòng trả lời câu hỏi này" in answer.content.decode()
    assert not Registration.objects.exists()


def test_of_several_conferences_the_one_that_is_chosen_asks(page, conference, point):
    other = ConferenceFactory()
    other.organisers.add(*conference.organisers.all())
    BridgePointFactory(conference=other)
    question(conference)
    assert "Mang bao nhiêu mẫu?" not in page.get(ADD).content.decode()
    assert "Mang bao nhiêu mẫu?" in page.get(f"{ADD}?bridge_point={point.pk}").content.decode()
    assert "Mang bao nhiêu mẫu?" in call(page, point).content.decode()
