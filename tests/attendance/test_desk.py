"""Checking people in at their personal page: by whom, when, twice, at the wrong point, and taking it back."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils.translation import gettext

from attendance import services
from attendance.models import Attendance
from attendance.services import NotOpen
from bridges.models import BridgePoint
from registrations import services as registrations
from registrations.models import Registration
from tests.attendance.test_join import END, OPENS, Visitor, delegate_of
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConnectionFactory,
    CoordinatorFactory,
    OrganiserFactory,
    UserFactory,
)
from tests.support.pages import said
from tests.support.races import at_once

pytestmark = pytest.mark.django_db

EARLY = OPENS - timedelta(minutes=40)


@pytest.fixture
def hall() -> BridgePoint:
    return BridgePointFactory(name="Hội trường Chi Lăng")


@pytest.fixture
def clerk(hall, client):
    """A coordinator of the hall, signed in."""
    return signed_in(client, CoordinatorFactory(bridge_point=hall, user__name="Lý Thị Trực").user)


def signed_in(client, user):
    with time_machine.travel(EARLY - timedelta(hours=6), tick=False):
        client.force_login(user)
    return user


def organiser_of(point: BridgePoint):
    user = OrganiserFactory()
    point.conference.organisers.add(user)
    return user


def words_of(response) -> str:
    return response.context["desk"].words


@pytest.mark.parametrize("kind", ["coordinator", "organiser", "superuser"])
def test_staff_of_the_point_check_people_in_at_the_desk(client, hall, kind):
    users = {
        "coordinator": lambda: CoordinatorFactory(bridge_point=hall).user,
        "organiser": lambda: organiser_of(hall),
        "superuser": lambda: UserFactory(is_staff=True, is_superuser=True),
    }
    user = signed_in(client, users[kind]())
    visitor = Visitor(client, delegate_of(hall))
    assert visitor.see().context["desk"].may_check_in
    assert visitor.press(desk="1")["Location"] == visitor.address
    attendance = Attendance.objects.get()
    assert (attendance.mode, attendance.checked_in_by) == ("in_person", user)
    assert attendance.first_at == attendance.checked_in_at == START


@pytest.mark.parametrize("what", ["desk", "undo"])
def test_no_other_site_checks_in_or_out_in_the_name_of_staff(hall, what):
    """The button of a delegate needs no form token: what staff do at the same address does."""
    strict = Client(enforce_csrf_checks=True)
    clerk = signed_in(strict, CoordinatorFactory(bridge_point=hall).user)
    delegate = delegate_of(hall)
    if what == "undo":
        services.check_in(delegate=delegate, by=clerk, now=START)
    visitor = Visitor(strict, delegate)
    before = Attendance.objects.count()
    assert visitor.press(**{what: "1"}).status_code == 403
    assert visitor.press().status_code == 403
    assert Attendance.objects.count() == before


@pytest.mark.parametrize("kind", ["nobody", "registrant", "coordinator elsewhere", "organiser elsewhere", "not staff"])
def test_others_check_nobody_in(client, hall, kind):
    users = {
        "registrant": lambda: UserFactory(),
        "coordinator elsewhere": lambda: CoordinatorFactory(bridge_point__conference=hall.conference).user,
        "organiser elsewhere": lambda: organiser_of(BridgePointFactory()),
        "not staff": lambda: CoordinatorFactory(bridge_point=hall, user=UserFactory(is_staff=False)).user,
    }
    visitor = Visitor(client, delegate_of(hall))
    if kind in users:
        signed_in(client, users[kind]())
    assert 'name="desk"' not in visitor.see().content.decode()
    visitor.press(desk="1")
    visitor.press(undo="1")
    assert not Attendance.objects.exists()


# --- a second scan ----------------------------------------------------------------------------------------------------


def test_a_second_scan_says_since_when_and_by_whom(client, hall, clerk):
    visitor = Visitor(client, delegate_of(hall))
    visitor.press(START + timedelta(minutes=42), desk="1")
    other = signed_in(client, organiser_of(hall))
    later = visitor.see(START + timedelta(minutes=50))
    words = gettext("%(name)s is already here since %(time)s: checked in by %(who)s.")
    words %= {"name": "Nguyễn Văn 100", "time": "08:42", "who": "Lý Thị Trực"}
    assert words_of(later) == words
    assert 'name="desk"' not in later.content.decode()
    # An old page that still has the button.
    with time_machine.travel(START + timedelta(minutes=51), tick=False):
        response = client.post(visitor.address, {"desk": "1"}, follow=True)
    assert said(response) == words
    attendance = Attendance.objects.get()
    assert (attendance.checked_in_by, attendance.presses) == (clerk, 1)
    assert attendance.checked_in_by != other


def test_who_was_checked_in_elsewhere_is_said_with_the_place(client, hall, clerk):
    delegate = delegate_of(hall)
    Visitor(client, delegate).press(desk="1")
    other = BridgePointFactory(conference=hall.conference, name="Phòng VNPT")
    Registration.objects.update(bridge_point=other)
    signed_in(client, organiser_of(hall))
    words = words_of(Visitor(client, delegate).see(START + timedelta(minutes=2)))
    assert "Hội trường Chi Lăng" in words


def test_staff_read_how_the_delegate_stands_not_what_the_delegate_is_told(client, hall, clerk):
    ConnectionFactory(bridge_point=hall)
    visitor = Visitor(client, delegate_of(hall))
    visitor.press(desk="1")
    page = visitor.see(START + timedelta(minutes=5)).content.decode()
    since = gettext("You are checked in since %(since)s.") % {"since": "08:00"}
    assert since not in page
    assert gettext("Join from my device") not in page
    client.logout()
    page = visitor.see(START + timedelta(minutes=5)).content.decode()
    assert since in page
    assert gettext("Join from my device") in page


def test_staff_do_not_join_in_the_name_of_a_delegate(client, clerk, hall):
    ConnectionFactory(bridge_point=hall)
    visitor = Visitor(client, delegate_of(hall))
    assert visitor.press()["Location"] == visitor.address
    assert not Attendance.objects.exists()


def test_staff_who_are_delegates_themselves_have_the_page_of_a_delegate(client, clerk, hall):
    ConnectionFactory(bridge_point=hall)
    delegate = delegate_of(hall)
    type(delegate).objects.update(email=clerk.email)
    delegate.refresh_from_db()
    visitor = Visitor(client, delegate)
    assert gettext("Check-in desk") not in visitor.see().content.decode()
    assert visitor.press()["Location"].startswith("https://hop.vidu.example/")


# --- when -------------------------------------------------------------------------------------------------------------


def test_who_comes_before_the_doors_open_can_be_checked_in(client, hall, clerk):
    visitor = Visitor(client, delegate_of(hall))
    response = visitor.see(EARLY)
    assert response.context["desk"].may_check_in
    words = gettext("The doors open at %(time)s; who comes early can be checked in now.") % {"time": "07:30"}
    assert words in words_of(response)
    visitor.press(EARLY, desk="1")
    assert Attendance.objects.get().checked_in_at == EARLY


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (OPENS - services.EARLY - timedelta(seconds=1), "Checking in begins at %(moment)s."),
        (END + services.OVERRUN, "The conference is over: nobody can be checked in any more."),
    ],
)
def test_outside_that_time_staff_read_why_not(client, hall, clerk, now, words):
    visitor = Visitor(client, delegate_of(hall))
    with time_machine.travel(now - timedelta(minutes=1), tick=False):
        client.force_login(clerk)
    response = visitor.see(now)
    assert not response.context["desk"].may_check_in
    assert words_of(response) == gettext(words) % {"moment": "03:30 19/7/2027"}
    with time_machine.travel(now, tick=False):
        response = client.post(visitor.address, {"desk": "1"}, follow=True)
    assert said(response) == gettext(words) % {"moment": "03:30 19/7/2027"}
    assert not Attendance.objects.exists()


def test_of_a_registration_without_a_seat_staff_read_its_state(client, hall, clerk):
    BridgePoint.objects.update(seats=1)
    delegate_of(hall)
    waiting = delegate_of(BridgePoint.objects.get(), number=2)
    response = Visitor(client, waiting).see()
    assert words_of(response).endswith(f": {waiting.registration.get_state_display()}.")
    assert "desk" in response.content.decode()
    cancelled = registrations.cancel(registration=waiting.registration, now=NOW)
    response = Visitor(client, cancelled.delegates.get()).see()
    assert words_of(response).endswith(f": {cancelled.get_state_display()}.")


def test_the_delegate_of_another_point_is_named_with_it(client, hall, clerk):
    elsewhere = BridgePointFactory(conference=hall.conference, name="Phòng VNPT Hà Nội")
    response = Visitor(client, delegate_of(elsewhere)).see()
    desk = response.context["desk"]
    assert "Phòng VNPT Hà Nội" in desk.words
    assert (desk.is_warning, desk.may_check_in) == (True, False)


# --- taking it back ---------------------------------------------------------------------------------------------------


def test_a_check_in_is_taken_back_within_a_minute_and_the_history_keeps_it(client, hall, clerk):
    delegate = delegate_of(hall)
    visitor = Visitor(client, delegate)
    visitor.press(desk="1")
    assert 'name="undo"' in visitor.see(START + timedelta(seconds=59)).content.decode()
    with time_machine.travel(START + timedelta(seconds=59), tick=False):
        response = client.post(visitor.address, {"undo": "1"}, follow=True)
    assert said(response) == gettext("%(name)s is not checked in any more.") % {"name": delegate.full_name}
    assert not Attendance.objects.exists()
    latest = Registration.history.latest()
    assert latest.history_user == clerk
    assert latest.history_change_reason == gettext("Checking in %(name)s was taken back.") % {
        "name": delegate.full_name
    }
    assert visitor.see(START + timedelta(minutes=1)).context["desk"].may_check_in


@pytest.mark.parametrize("kind", ["a minute later", "somebody else"])
def test_later_or_by_somebody_else_it_stays(client, hall, clerk, kind):
    visitor = Visitor(client, delegate_of(hall))
    visitor.press(desk="1")
    if kind == "somebody else":
        signed_in(client, organiser_of(hall))
    now = START + timedelta(seconds=60 if kind == "a minute later" else 5)
    assert 'name="undo"' not in visitor.see(now).content.decode()
    with time_machine.travel(now, tick=False):
        response = client.post(visitor.address, {"undo": "1"}, follow=True)
    assert said(response) == gettext("This can be taken back for a minute only, by whoever did it.")
    assert Attendance.objects.exists()


def test_who_had_joined_online_is_there_online_again(hall):
    delegate, user = delegate_of(hall), UserFactory()
    services.record(delegate=delegate, now=START)
    services.check_in(delegate=delegate, by=user, now=START + timedelta(minutes=3))
    services.undo_check_in(delegate=delegate, by=user, now=START + timedelta(minutes=3, seconds=20))
    attendance = Attendance.objects.get()
    assert (attendance.mode, attendance.checked_in_at, attendance.checked_in_by) == ("online", None, None)
    assert (attendance.first_at, attendance.presses) == (START, 1)


@pytest.mark.parametrize("after", [0, 20])
def test_who_has_joined_since_is_there_online(hall, after):
    delegate, user = delegate_of(hall), UserFactory()
    joined = START + timedelta(seconds=after)
    services.check_in(delegate=delegate, by=user, now=START)
    services.record(delegate=delegate, now=joined)
    services.undo_check_in(delegate=delegate, by=user, now=START + timedelta(seconds=40))
    attendance = Attendance.objects.get()
    assert (attendance.mode, attendance.checked_in_at, attendance.checked_in_by) == ("online", None, None)
    assert (attendance.first_at, attendance.last_at, attendance.presses) == (joined, joined, 1)


# --- as safely as in the administration -------------------------------------------------------------------------------


def test_staff_without_a_second_factor_check_nobody_in(client, hall, clerk, settings):
    settings.MFA_REQUIRED_FOR_STAFF = True
    visitor = Visitor(client, delegate_of(hall))
    response = visitor.see()
    desk = response.context["desk"]
    assert (desk.may_check_in, desk.url) == (False, "/admin/")
    assert desk.words == gettext("Staff accounts need two-step verification before they check people in.")
    visitor.press(desk="1")
    assert not Attendance.objects.exists()
    services.check_in(delegate=delegate_of(hall, number=2), by=clerk, now=START)
    visitor.press(undo="1")
    assert Attendance.objects.exists()


def test_staff_without_a_second_factor_do_not_join_in_the_name_of_a_delegate(client, hall, clerk, settings):
    settings.MFA_REQUIRED_FOR_STAFF = True
    connection = ConnectionFactory(bridge_point=hall)
    visitor = Visitor(client, delegate_of(hall))
    page = visitor.see().content.decode()
    assert gettext("Set it up") in page
    assert gettext("Join from my device") not in page
    with time_machine.travel(START, tick=False):
        response = client.post(visitor.address, follow=True)
    assert connection.web_url not in [url for url, _ in response.redirect_chain]
    assert said(response) == gettext("Staff accounts need two-step verification before they check people in.")
    assert not Attendance.objects.exists()


# --- the service ------------------------------------------------------------------------------------------------------


def test_once_in_person_stays_in_person(hall):
    delegate, user = delegate_of(hall), UserFactory()
    services.check_in(delegate=delegate, by=user, now=START)
    services.record(delegate=delegate, now=START + timedelta(minutes=1))
    attendance = Attendance.objects.get()
    assert (attendance.mode, attendance.checked_in_by, attendance.presses) == ("in_person", user, 2)


def test_who_joined_online_and_then_came_was_there_in_person(hall):
    delegate, user = delegate_of(hall), UserFactory()
    services.record(delegate=delegate, now=START)
    done = services.check_in(delegate=delegate, by=user, now=START + timedelta(minutes=1))
    assert done.is_first
    assert (done.attendance.mode, done.attendance.first_at) == ("in_person", START)
    assert done.attendance.checked_in_at == START + timedelta(minutes=1)


@pytest.mark.parametrize("now", [OPENS - services.EARLY - timedelta(seconds=1), END + services.OVERRUN])
def test_checking_in_outside_its_time_is_refused(hall, now):
    with pytest.raises(NotOpen):
        services.check_in(delegate=delegate_of(hall), by=UserFactory(), now=now)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_desks_at_once_one_is_the_first():
    delegate = delegate_of(BridgePointFactory())
    first, second = UserFactory(), UserFactory()
    made = at_once(
        lambda: services.check_in(delegate=delegate, by=first, now=START),
        lambda: services.check_in(delegate=delegate, by=second, now=START),
    )
    assert sorted(done.is_first for done in made) == [False, True]
    winner = next(done for done in made if done.is_first)
    assert Attendance.objects.get().checked_in_by == winner.attendance.checked_in_by


# --- a start that is moved after a check-in ---------------------------------------------------------------------------


def move_start(point: BridgePoint, **by: int) -> None:
    """Put the start and the end of the conference off."""
    conference, delay = point.conference, timedelta(**by)
    conference.starts_at, conference.ends_at = conference.starts_at + delay, conference.ends_at + delay
    conference.save()


def test_after_the_start_was_moved_the_desk_checks_in_anew(client, hall, clerk):
    visitor = Visitor(client, delegate_of(hall))
    visitor.press(now=OPENS, desk="1")
    move_start(hall, days=3)
    before = visitor.see(OPENS + timedelta(hours=1))
    assert words_of(before).startswith(gettext("Checking in begins at %(moment)s.").split("%")[0])
    new = START + timedelta(days=3)
    with time_machine.travel(new - timedelta(hours=6), tick=False):
        client.force_login(clerk)
    assert visitor.see(new).context["desk"].may_check_in
    visitor.press(now=new, desk="1")
    row = Attendance.objects.get()
    assert (row.first_at, row.last_at, row.checked_in_at, row.checked_in_by) == (new, new, new, clerk)
    assert (row.presses, row.mode) == (1, "in_person")


def test_who_was_checked_in_for_a_former_date_joins_the_new_one_online(hall):
    delegate = delegate_of(hall)
    services.check_in(delegate=delegate, by=UserFactory(), now=OPENS)
    move_start(hall, days=3)
    delegate = type(delegate).objects.get(pk=delegate.pk)
    services.record(delegate=delegate, now=START + timedelta(days=3))
    row = Attendance.objects.get()
    assert (row.mode, row.checked_in_at, row.checked_in_by, row.presses) == ("online", None, None, 1)
    assert row.first_at == row.last_at == START + timedelta(days=3)


def test_a_start_moved_by_an_hour_keeps_who_is_there(client, hall, clerk):
    visitor = Visitor(client, delegate_of(hall))
    visitor.press(now=OPENS, desk="1")
    move_start(hall, hours=1)
    assert not visitor.see(START).context["desk"].may_check_in


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_desks_at_once_one_is_the_first_at_the_new_date():
    point = BridgePointFactory()
    delegate = delegate_of(point)
    services.check_in(delegate=delegate, by=UserFactory(), now=START)
    move_start(point, days=3)
    delegate = type(delegate).objects.get(pk=delegate.pk)
    first, second, new = UserFactory(), UserFactory(), START + timedelta(days=3)
    made = at_once(
        lambda: services.check_in(delegate=delegate, by=first, now=new),
        lambda: services.check_in(delegate=delegate, by=second, now=new),
    )
    assert sorted(done.is_first for done in made) == [False, True]
    winner = next(done for done in made if done.is_first)
    assert Attendance.objects.get().checked_in_by == winner.attendance.checked_in_by
