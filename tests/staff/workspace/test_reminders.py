"""The reminders of a conference in its workspace."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.models import Rule
from messaging.reminders import planning
from outbox.models import Message
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    ConnectionFactory,
    OrganiserFactory,
    UserFactory,
    registered,
)
from tests.support.html_forms import filled_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture
def conference():
    return ConferenceFactory(slug="na-chi-lang", organisers=[OrganiserFactory()])


@pytest.fixture
def point(conference):
    return BridgePointFactory(conference=conference, kind="online", seats=None, name="Trực tuyến")


@pytest.fixture
def organiser(client, conference):
    client.force_login(conference.organisers.get())
    return client


LIST = "/admin/c/na-chi-lang/messages/reminders/"


def only_rule(conference, **fields) -> Rule:
    conference.reminder_rules.all().delete()
    return Rule.objects.create(conference=conference, **{"amount": 1, "unit": "days", **fields})


def save(client, address: str, **changes):
    return client.post(address, {**filled_in(client.get(address)), **changes})


def test_the_table_shows_the_rules_of_this_conference_and_when_each_goes_out(organiser, conference):
    only_rule(conference)
    only_rule(ConferenceFactory(), amount=3)
    page = organiser.get(LIST).content.decode()
    assert "08:00, 18/7/2027" in page
    assert page.count("/messages/reminders/") - page.count("/messages/reminders/new/") >= 1
    assert page.count('<th scope="row">') == 1


def test_a_conference_without_rules_says_so(organiser, conference):
    conference.reminder_rules.all().delete()
    assert "dc-lead" in organiser.get(LIST).content.decode()


def test_a_rule_is_added_by_its_own_form(organiser, conference):
    conference.reminder_rules.all().delete()
    answer = save(organiser, f"{LIST}new/", text="follow_up", timing="end", amount="2", unit="hours")
    assert (answer.status_code, answer.url) == (302, LIST)
    rule = conference.reminder_rules.get()
    assert rule.fires_at(conference) == conference.ends_at + timedelta(hours=2)


def test_a_rule_at_a_fixed_time_is_typed_as_a_day_and_a_time(organiser, conference):
    rule = only_rule(conference)
    save(organiser, f"{LIST}{rule.pk}/", timing="at", at_0="2027-07-15", at_1="09:30")
    rule.refresh_from_db()
    assert (rule.timing, rule.at.isoformat()) == ("at", "2027-07-15T02:30:00+00:00")


def test_an_error_stands_at_its_field_and_nothing_is_lost(organiser, conference):
    rule = only_rule(conference)
    answer = save(organiser, f"{LIST}{rule.pk}/", amount="", unit="minutes")
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"amount"}
    assert answer.context["form"]["unit"].value() == "minutes"


def test_what_waits_follows_a_rule_that_is_changed(organiser, conference, point):
    """Whoever switches a rule off takes back what waits of it."""
    registered(point, now=NOW)
    rule = only_rule(conference)
    planning.plan_due(now=START - timedelta(days=1))
    waiting = Message.objects.filter(occasion=rule.occasion)
    assert waiting.unsent().exists()
    form = filled_in(organiser.get(f"{LIST}{rule.pk}/"))
    form.pop("is_active")
    organiser.post(f"{LIST}{rule.pk}/", form)
    assert not waiting.unsent().exists()


def test_deleting_asks_first_and_takes_back_what_waits(organiser, conference, point):
    registered(point, now=NOW)
    rule = only_rule(conference)
    planning.plan_due(now=START - timedelta(days=1))
    address = f"{LIST}{rule.pk}/delete/"
    assert organiser.get(address).status_code == 200
    assert Rule.objects.filter(pk=rule.pk).exists()
    organiser.post(address)
    assert not Rule.objects.filter(pk=rule.pk).exists()
    assert not Message.objects.filter(occasion=rule.occasion).unsent().exists()


def test_two_at_one_rule_do_not_undo_each_other(organiser, conference):
    rule = only_rule(conference)
    drawn = filled_in(organiser.get(f"{LIST}{rule.pk}/"))
    Rule.objects.filter(pk=rule.pk).update(to_coordinators=True)
    organiser.post(f"{LIST}{rule.pk}/", {**drawn, "amount": "2"})
    rule.refresh_from_db()
    assert (rule.amount, rule.to_coordinators) == (2, True)
    drawn = filled_in(organiser.get(f"{LIST}{rule.pk}/"))
    Rule.objects.filter(pk=rule.pk).update(amount=5)
    answer = organiser.post(f"{LIST}{rule.pk}/", {**drawn, "amount": "3"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["amount"])
    rule.refresh_from_db()
    assert rule.amount == 5


def test_the_table_says_whom_starting_now_is_held_back_for(organiser, conference, point):
    registered(point, now=NOW)
    only_rule(conference, text="starting", amount=10, unit="minutes")
    assert organiser.get(LIST).context["rows"][0]["held_back"] == [(point, 1)]
    assert "dc-held" in organiser.get(LIST).content.decode()
    ConnectionFactory(bridge_point=point)
    assert "dc-held" not in organiser.get(LIST).content.decode()


def test_rules_of_another_conference_are_not_there(organiser, client):
    foreign = only_rule(ConferenceFactory(slug="vai-thieu"))
    assert organiser.get(f"{LIST}{foreign.pk}/").status_code == 404
    assert organiser.post(f"{LIST}{foreign.pk}/delete/").status_code == 404
    client.force_login(UserFactory(is_staff=True))
    assert client.get(LIST).status_code == 404


def test_the_table_takes_as_many_queries_for_three_rules_as_for_one(organiser, conference, point):
    registered(point, now=NOW)

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            organiser.get(LIST)
        return len(seen)

    only_rule(conference, text="starting", amount=10, unit="minutes").points.set([point])
    statements()
    with_one = statements()
    for amount in (20, 30):
        more = Rule.objects.create(conference=conference, text="starting", amount=amount, unit="minutes")
        more.points.set([point, BridgePointFactory(conference=conference)])
    assert statements() == with_one


def test_the_page_of_a_passed_conference_is_there(organiser, conference):
    only_rule(conference)
    with time_machine.travel(START + timedelta(days=30), tick=False):
        assert organiser.get(LIST).status_code in (200, 302)
