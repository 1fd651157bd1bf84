"""What a conference offers is kept for some seconds for those who send the form, and no wrong comes of it."""

import pytest
import time_machine
from django.db import connection

from bridges.models import BridgePoint, Province
from conference.models import Conference
from registrations.forms.registration import RegistrationForm
from registrations.models import Interest, Organisation, Question, Registration
from registrations.public import offer as offers
from registrations.public.offer import forget_offer, read_offer, recent_offer
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, ConferenceFactory

pytestmark = pytest.mark.django_db

FORM = {
    "organisation_kind": "cooperative",
    "organisation_name": "HTX Na Đồng Bành",
    "full_name": "Hoàng Văn Thụ",
    "email": "thu@vidu.example",
    "consent": "on",
}


@pytest.fixture(autouse=True)
def _at_now(kept_pages):
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def point() -> BridgePoint:
    """The point of a conference whose offer somebody's post has just had read."""
    point = BridgePointFactory(conference=ConferenceFactory(slug="na"))
    recent_offer("na")
    return point


@pytest.mark.usefixtures("numbers_at_hand")
def test_a_second_post_asks_nothing_about_the_conference(client, point, django_assert_num_queries):
    client.post("/na/register/", FORM | {"point": point.pk})
    # Organisation, registration and delegate with the lock of the point, its conference, and the question for earlier
    # ones; the point, history and outbox; and, since a test is a transaction already, a savepoint before and after.
    # SQLite is asked each by itself.
    with django_assert_num_queries(4 if connection.vendor == "postgresql" else 11):
        assert client.post("/na/register/", FORM | {"point": point.pk, "email": "hai@vidu.example"}).status_code == 302


@pytest.mark.usefixtures("numbers_at_hand")
def test_the_provinces_of_a_kept_offer_are_asked_for_once(client, point, django_assert_num_queries):
    province = Province.objects.valid_on(point.conference.starts_at.date()).first()
    sent = FORM | {"point": point.pk, "province": province.pk}
    client.post("/na/register/", sent)
    with django_assert_num_queries(4 if connection.vendor == "postgresql" else 11):
        assert client.post("/na/register/", sent | {"email": "hai@vidu.example"}).status_code == 302
    assert set(Organisation.objects.values_list("province", flat=True)) == {province.pk}
    for wrong in ("0", "x", "99999"):
        answer = client.post("/na/register/", sent | {"email": "ba@vidu.example", "province": wrong})
        assert (answer.status_code, "province" in answer.context["form"].errors) == (422, True)


def test_what_has_to_be_drawn_is_drawn_from_fields_of_its_own(client, point):
    """A form that is only checked shares its fields: none of them may carry what one visitor was shown."""
    client.post("/na/register/", FORM | {"point": point.pk})
    BridgePoint.objects.update(is_open=False)
    other = BridgePointFactory(conference=point.conference, name="Điểm khác")
    answer = client.post("/na/register/", FORM | {"point": point.pk, "email": "hai@vidu.example"})
    assert answer.status_code == 422
    form = answer.context["form"]
    assert not form.is_only_checked
    assert [one.name for group in form.groups for one in group.points] == [other.name]
    kept = recent_offer("na")
    assert not kept.is_fresh
    assert not any(hasattr(one, "seats_words") for one in kept.points)
    assert not kept.checking_form.base_fields["full_name"].widget.attrs.get("aria-invalid")


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"point": "0"},
        {"organisation_kind": "x", "organisation_name": "", "consent": ""},
        {"full_name": "www.vidu.example", "tax_code": "1", "email": "thu@"},
        {"email": "", "phone": "0912 345 678"},
        {"email": "", "phone": "024 3825 1234"},
        {"contact_only": "on"},
        {"contact_only": "on", "people-0-full_name": "Vũ Yên"},
        {"question": ""},
        {"people-0-full_name": "Vũ Yên", "people-0-email": "yen@", "interests-0-other": "Na"},
    ],
)
def test_a_form_that_is_only_checked_says_the_same_as_one_that_is_drawn(point, sent):
    question = Question.objects.create(conference=point.conference, text="Có mang mẫu không?", is_required=True)
    data = FORM | {"point": point.pk, f"question-{question.pk}": sent.get("question", "có")} | sent
    offer = read_offer("na")
    checked, drawn = (kind(data, **offer.for_form) for kind in (offer.checking_form, RegistrationForm))
    assert checked.is_valid() == drawn.is_valid()
    assert checked.errors == drawn.errors
    assert checked.all_problems == drawn.all_problems
    if drawn.is_valid():
        assert checked.content() == drawn.content()
        assert checked.registration("vi") == drawn.registration("vi")


def test_offers_of_former_conferences_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(offers, "_MOST", 2)
    for number in range(5):
        ConferenceFactory(slug=f"na-{number}")
        recent_offer(f"na-{number}")
        assert not recent_offer(f"na-{number}").is_fresh
    assert len(offers._kept) <= 2


def test_a_conference_cancelled_meanwhile_takes_nobody(client, point):
    Conference.objects.update(cancelled_at=NOW)
    answer = client.post("/na/register/", FORM | {"point": point.pk})
    assert answer.status_code == 422
    assert "đã bị hủy" in answer.content.decode() or "đã hủy" in answer.content.decode()
    assert not Registration.objects.exists()


def test_a_point_closed_meanwhile_takes_nobody(client, point):
    BridgePoint.objects.update(is_open=False)
    assert client.post("/na/register/", FORM | {"point": point.pk}).status_code == 422
    assert not Registration.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_point_deleted_meanwhile_takes_nobody(client, point):
    first, second = point.pk, BridgePointFactory(conference=point.conference).pk
    forget_offer("na")
    recent_offer("na")
    point.delete()
    answer = client.post("/na/register/", FORM | {"point": first})
    assert (answer.status_code, "point" in answer.context["form"].errors) == (422, True)
    Conference.objects.all().delete()
    assert client.post("/na/register/", FORM | {"point": second}).status_code == 404
    assert not Organisation.objects.exists()


def test_a_point_opened_meanwhile_takes_people(client, point):
    new = BridgePointFactory(conference=point.conference)
    assert client.post("/na/register/", FORM | {"point": new.pk}).status_code == 302


def test_organisers_who_decide_from_now_on_do(client, point):
    Conference.objects.update(needs_approval=True)
    client.post("/na/register/", FORM | {"point": point.pk})
    assert Registration.objects.get().state == Registration.State.REQUESTED


@pytest.mark.django_db(transaction=True)
def test_a_question_taken_away_meanwhile_is_not_answered(client, point):
    number = (question := Question.objects.create(conference=point.conference, text="Có mang mẫu không?")).pk
    forget_offer("na")
    recent_offer("na")
    question.delete()
    sent = FORM | {"point": point.pk, f"question-{number}": "có"}
    assert client.post("/na/register/", sent).status_code == 302
    assert not Registration.objects.get().answers.exists()


@pytest.mark.django_db(transaction=True)
def test_a_product_taken_away_meanwhile_is_asked_for_again(client, point):
    number = (product := point.conference.products.create(name="Na")).pk
    forget_offer("na")
    recent_offer("na")
    product.delete()
    sent = FORM | {"point": point.pk, "interests-0-side": "sells", "interests-0-product": number}
    assert client.post("/na/register/", sent).status_code == 422
    assert not Interest.objects.exists()


def test_an_unknown_conference_is_not_found(client):
    assert client.post("/nobody/register/", FORM).status_code == 404
