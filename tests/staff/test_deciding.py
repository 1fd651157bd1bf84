"""Deciding in the administration: accepting, declining, promoting out of turn; what the page of a registration says."""

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import gettext

from bridges.models import BridgePoint
from conference.models import Product
from outbox.models import Message
from registrations import services
from registrations.models import Question, Registration
from registrations.services import InterestData, NewRegistration, OrganisationData
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    CoordinatorFactory,
    OrganiserFactory,
    person,
    registered,
)
from tests.support.html_forms import filled_in
from tests.support.pages import said

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

LIST = "/admin/registrations/registration/"


@pytest.fixture
def organiser():
    return OrganiserFactory(name="Lê Thị Tổ Chức")


@pytest.fixture
def conference(organiser):
    return ConferenceFactory(needs_approval=True, organisers=[organiser])


@pytest.fixture
def point(conference):
    return BridgePointFactory(conference=conference, seats=4, name="Hội trường")


@pytest.fixture
def page(client, organiser):
    client.force_login(organiser)
    return client


def act(client, action: str, *registrations: Registration, follow: bool = True):
    data = {"action": action, "_selected_action": [r.pk for r in registrations]}
    return client.post(LIST, data, follow=follow)


def address(name: str, *registrations: Registration) -> str:
    return reverse(f"admin:registrations_registration_{name}", args=["-".join(str(r.pk) for r in registrations)])


def own_page(registration: Registration) -> str:
    return reverse("admin:registrations_registration_change", args=[registration.pk])


def states(*registrations: Registration) -> list[str]:
    return [Registration.objects.get(pk=r.pk).state for r in registrations]


def waiting_line(point: BridgePoint) -> list[Registration]:
    """One confirmed with all seats, three that wait: for two seats, for one, for one."""
    point.approval = "no"
    point.save()
    return [registered(point, now=NOW, number=n, people=p) for n, p in ((1, 4), (2, 2), (3, 1), (4, 1))]


# --- accepting --------------------------------------------------------------------------------------------------------


def test_accepting_in_the_list_gives_seats_and_tells_the_people(page, point, organiser):
    requests = [registered(point, now=NOW, number=n) for n in (1, 2)]
    response = act(page, "accept_selected", *requests)
    assert states(*requests) == ["confirmed", "confirmed"]
    assert Message.objects.filter(kind="confirmed", channel="email").count() == 2
    assert Registration.objects.get(pk=requests[0].pk).decided_by == organiser
    assert "2" in said(response)
    assert LogEntry.objects.filter(user=organiser, object_id=str(requests[0].pk)).count() == 1


def test_whoever_is_accepted_without_free_seats_is_named_as_waiting_and_the_first_to_ask_comes_first(page, point):
    point.conference.holds_seats = False
    point.conference.save()
    first, second = registered(point, now=NOW, number=1, people=3), registered(point, now=NOW, number=2, people=3)
    response = act(page, "accept_selected", second, first)
    assert states(first, second) == ["confirmed", "waitlisted"]
    assert second.number in said(response)
    assert first.number not in said(response)


def test_what_was_decided_already_is_refused_in_words_and_the_others_are_accepted(page, point):
    decided, waiting = registered(point, now=NOW, number=1), registered(point, now=NOW, number=2)
    services.decline(registration=decided, by=None, reason="Trùng", now=NOW)
    response = act(page, "accept_selected", decided, waiting)
    assert states(decided, waiting) == ["declined", "confirmed"]
    assert decided.number in said(response)


def test_a_button_on_its_page_accepts(page, point):
    request = registered(point, now=NOW)
    shown = page.get(own_page(request)).content.decode()
    assert address("accept", request) in shown
    assert page.get(address("accept", request)).status_code == 200
    assert states(request) == ["requested"]
    response = page.post(address("accept", request))
    assert response.url == own_page(request)
    assert states(request) == ["confirmed"]
    assert address("accept", request) not in page.get(own_page(request)).content.decode()


# --- declining --------------------------------------------------------------------------------------------------------


def test_declining_asks_for_one_reason_for_all_that_are_chosen(page, point):
    requests = [registered(point, now=NOW, number=n) for n in (1, 2)]
    response = act(page, "decline_selected", *requests)
    assert response.status_code == 200
    assert all(r.number in response.content.decode() for r in requests)
    assert states(*requests) == ["requested", "requested"]
    assert page.post(response.request["PATH_INFO"], {"reason": " \n "}).status_code == 422
    page.post(response.request["PATH_INFO"], {"reason": "Chỉ dành cho\nhợp tác xã"})
    assert states(*requests) == ["declined", "declined"]
    assert Registration.objects.get(pk=requests[1].pk).reason == "Chỉ dành cho hợp tác xã"
    assert Message.objects.filter(kind="declined", channel="email").count() == 2


def test_declining_reports_what_could_not_be_declined(page, point):
    confirmed, request = registered(point, now=NOW, number=1), registered(point, now=NOW, number=2)
    services.accept(registration=confirmed, by=None, now=NOW)
    response = page.post(address("decline", confirmed, request), {"reason": "Hết chỗ"}, follow=True)
    assert states(confirmed, request) == ["confirmed", "declined"]
    assert confirmed.number in said(response)
    assert request.number not in said(response)


def test_the_page_of_a_declined_registration_says_why_by_whom_and_when(page, point, organiser):
    request = registered(point, now=NOW)
    services.decline(registration=request, by=organiser, reason="Chỉ dành cho hợp tác xã", now=NOW)
    shown = page.get(own_page(request)).content.decode()
    assert "Chỉ dành cho hợp tác xã" in shown
    assert "Lê Thị Tổ Chức" in shown
    assert "10:00 1/7/2027" in shown


# --- promoting out of turn --------------------------------------------------------------------------------------------


def test_promoting_out_of_turn_needs_a_reason_and_leaves_the_others_in_their_order(page, point):
    _seated, first, second, third = waiting_line(point)
    BridgePoint.objects.filter(pk=point.pk).update(seats=5)
    response = act(page, "promote_selected", third)
    assert response.status_code == 200
    assert page.post(response.request["PATH_INFO"], {"reason": ""}).status_code == 422
    assert states(first, second, third) == ["waitlisted"] * 3
    page.post(response.request["PATH_INFO"], {"reason": "Đại diện tỉnh bạn"})
    assert states(first, second, third) == ["waitlisted", "waitlisted", "confirmed"]
    assert Registration.objects.get(pk=third.pk).reason == "Đại diện tỉnh bạn"
    assert (Registration.objects.get(pk=first.pk).place_in_line, Message.objects.filter(kind="promoted").count()) == (
        1,
        2,
    )


def test_each_registration_that_does_not_fit_is_named_with_what_it_needs_and_what_is_free(page, point):
    _seated, first, second, _third = waiting_line(point)
    BridgePoint.objects.filter(pk=point.pk).update(seats=5)
    response = page.post(address("promote", first, second), {"reason": "Đại diện"}, follow=True)
    assert states(first, second) == ["waitlisted", "confirmed"]
    words = [str(message) for message in response.context["messages"]]
    assert sorted(first.number in w for w in words) == [False, True]
    assert sorted(second.number in w for w in words) == [False, True]
    assert BridgePoint.objects.get(pk=point.pk).seats_taken == 5


def test_what_does_not_wait_is_not_promoted(page, point):
    seated = waiting_line(point)[0]
    response = page.post(address("promote", seated), {"reason": "Đại diện"}, follow=True)
    assert seated.number in said(response)
    assert not Message.objects.filter(kind="promoted").exists()


# --- who may ----------------------------------------------------------------------------------------------------------


def test_a_coordinator_decides_on_requests_at_his_point_only(client, point):
    elsewhere = BridgePointFactory(conference=point.conference)
    mine, foreign = registered(point, now=NOW, number=1), registered(elsewhere, now=NOW, number=2)
    client.force_login(CoordinatorFactory(bridge_point=point).user)
    act(client, "accept_selected", mine, foreign)
    assert states(mine, foreign) == ["confirmed", "requested"]
    another = registered(point, now=NOW, number=3)
    client.post(address("decline", another, foreign), {"reason": "Hết chỗ"})
    assert states(another, foreign) == ["declined", "requested"]
    assert client.post(address("decline", foreign), {"reason": "Hết chỗ"}).status_code == 404


def test_a_coordinator_lets_nobody_overtake(client, point):
    _seated, _first, second, _third = waiting_line(point)
    BridgePoint.objects.filter(pk=point.pk).update(seats=5)
    client.force_login(CoordinatorFactory(bridge_point=point).user)
    listed = client.get(LIST).content.decode()
    assert "accept_selected" in listed
    assert "promote_selected" not in listed
    assert address("promote", second) not in client.get(own_page(second)).content.decode()
    assert client.post(address("promote", second), {"reason": "Bạn tôi"}).status_code == 403
    act(client, "promote_selected", second)
    assert states(second) == ["waitlisted"]


def test_an_organiser_elsewhere_who_coordinates_here_lets_nobody_overtake(client, point):
    second = waiting_line(point)[2]
    user = OrganiserFactory()
    ConferenceFactory(organisers=[user])
    CoordinatorFactory(bridge_point=point, user=user)
    client.force_login(user)
    assert client.post(address("promote", second), {"reason": "Bạn tôi"}).status_code == 404
    assert said(act(client, "promote_selected", second))
    assert states(second) == ["waitlisted"]


@pytest.mark.parametrize("ids", ["0", "x", "99999999999999999999999", "-", "1-x-2", "²"])
def test_strange_numbers_in_the_address_are_not_found(page, ids):
    assert page.get(f"{LIST}{ids}/decline/").status_code == 404


def test_after_the_conference_nothing_is_decided(page, point, organiser):
    request = registered(point, now=NOW)
    with time_machine.travel(START.replace(year=2028)):
        page.force_login(organiser)
        assert request.number in said(act(page, "accept_selected", request))
    assert states(request) == ["requested"]


# --- list and page ----------------------------------------------------------------------------------------------------


def test_the_list_is_filtered_by_every_state(page, point):
    request, declined = registered(point, now=NOW, number=1), registered(point, now=NOW, number=2)
    services.decline(registration=declined, by=None, reason="Trùng", now=NOW)
    for state, expected in (("requested", request), ("declined", declined)):
        found = page.get(LIST, {"state__exact": state}).context["cl"].result_list
        assert [r.pk for r in found] == [expected.pk]


def test_the_points_say_how_many_requests_wait_and_lead_to_them(page, point):
    registered(point, now=NOW)
    listed = page.get("/admin/bridges/bridgepoint/").content.decode()
    link = f"{LIST}?bridge_point__id__exact={point.pk}&amp;state__exact=requested"
    assert f'<a href="{link}">1</a>' in listed


def test_the_page_shows_interests_answers_and_consent(page, point, conference):
    product = Product.objects.create(conference=conference, name="Na dai")
    meal = Question.objects.create(conference=conference, text="Suất ăn", asked="delegate")
    stall = Question.objects.create(conference=conference, text="Có gian hàng?", kind="yes_no")
    form = NewRegistration(
        organisation=OrganisationData("cooperative", "HTX Ví Dụ"),
        people=[person(1, answers={meal.pk: "Chay"})],
        language="vi",
        interests=[InterestData("sells", product, amount="20 tấn", certificates=["vietgap"], ocop_stars=4)],
        answers={stall.pk: "yes"},
    )
    registration = services.register(conference=conference, point=point, form=form, now=NOW)
    shown = page.get(own_page(registration)).content.decode()
    for words in ("Na dai", "20 tấn", "VietGAP", "Suất ăn", "Chay", "Có gian hàng?", "10:00 1/7/2027"):
        assert words in shown, words
    assert "lời đồng ý: phiên bản 2026-12b" in shown


def test_saving_a_page_that_was_loaded_before_a_cancellation_does_not_undo_it(page, point, monkeypatch):
    request = registered(point, now=NOW)
    data = filled_in(page.get(own_page(request)), contact_name="Nguyễn Thị Sửa")
    loaded = type(request).objects.get

    def cancel_meanwhile(form):
        services.cancel(registration=request, now=NOW)
        return valid(form)

    from staff.registrations.admin import RegistrationForm

    valid = RegistrationForm.is_valid
    monkeypatch.setattr(RegistrationForm, "is_valid", cancel_meanwhile)
    assert page.post(own_page(request), data).status_code == 302
    current = loaded(pk=request.pk)
    assert (current.state, current.contact_name) == ("cancelled", "Nguyễn Thị Sửa")


def test_an_old_version_cannot_be_brought_back(page, point):
    request = registered(point, now=NOW)
    services.accept(registration=request, by=None, now=NOW)
    version = request.history.order_by("history_id").first()
    old = f"{LIST}{request.pk}/history/{version.pk}/"
    shown = page.get(old)
    assert shown.status_code == 200
    assert page.post(old, filled_in(shown)).status_code == 403
    assert states(request) == ["confirmed"]


# --- before a reason is asked for ------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["decline", "promote"])
def test_what_cannot_be_is_said_before_a_reason_is_asked_for(client, page):
    organiser = OrganiserFactory()
    client.force_login(organiser)
    point = BridgePointFactory(conference=ConferenceFactory(organisers=[organiser]))
    seated = registered(point, now=NOW)
    response = client.get(f"{LIST}{seated.pk}/{page}/", follow=True)
    assert response.redirect_chain[-1][0] == f"{LIST}{seated.pk}/change/"
    words = {"decline": "This has been decided already.", "promote": "This registration is not on a waitlist."}
    assert gettext(words[page]) in said(response)


def test_whoever_needs_more_seats_than_are_free_is_not_asked_for_a_reason(client):
    organiser = OrganiserFactory()
    client.force_login(organiser)
    point = BridgePointFactory(conference=ConferenceFactory(organisers=[organiser]), seats=1)
    registered(point, now=NOW)
    waiting = registered(BridgePoint.objects.get(), now=NOW, number=2)
    response = client.get(f"{LIST}{waiting.pk}/promote/", follow=True)
    assert gettext("This bridge point has not enough seats left.") in said(response)
    BridgePoint.objects.update(seats=2)
    response = client.get(f"{LIST}{waiting.pk}/promote/")
    assert response.context["chosen"] == [waiting]


@pytest.mark.parametrize("page", ["promote", "cancel", "resend"])
def test_a_question_about_many_who_wait_takes_no_more_statements_and_names_their_places(client, page):
    organiser = OrganiserFactory()
    client.force_login(organiser)
    conference = ConferenceFactory(organisers=[organiser])
    points = [BridgePointFactory(conference=conference, seats=1) for _ in range(2)]
    waiting = []

    def wait_at_each() -> None:
        for point in points:
            number = Registration.objects.count() + 1
            made = registered(BridgePoint.objects.get(pk=point.pk), now=NOW, number=number)
            if made.state == Registration.State.WAITLISTED:
                waiting.append(made)

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            response = client.get(address(page, *waiting))
        count = len(queries)
        assert [place for _registration, place in response.context["rows"]] == [one.place_in_line for one in waiting]
        return count

    wait_at_each()
    wait_at_each()
    BridgePoint.objects.update(seats=9)
    at_first = statements()
    BridgePoint.objects.update(seats=1)
    wait_at_each()
    wait_at_each()
    BridgePoint.objects.update(seats=9)
    assert statements() == at_first
    assert [one.place_in_line for one in waiting] == [1, 1, 2, 2, 3, 3]


def test_of_several_the_question_names_those_for_which_it_can_be_done(client):
    organiser = OrganiserFactory()
    client.force_login(organiser)
    point = BridgePointFactory(conference=ConferenceFactory(organisers=[organiser], needs_approval=True))
    request = registered(point, now=NOW)
    decided = services.accept(registration=registered(point, now=NOW, number=2), by=organiser, now=NOW)
    response = client.get(f"{LIST}{request.pk}-{decided.pk}/decline/")
    assert response.context["chosen"] == [request]
    assert decided.number in said(response)
