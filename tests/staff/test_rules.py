"""The reminders on the page of their conference."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import translation

from messaging.models import Rule
from messaging.reminders import planning
from outbox.models import Message
from staff.messages.rules import departures
from tests.conftest import NOW
from tests.support.factories import START, BridgePointFactory, ConferenceFactory, OrganiserFactory, registered
from tests.support.html_forms import filled_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_now():
    with time_machine.travel(NOW, tick=False), translation.override("en"):
        yield


@pytest.fixture
def conference():
    return ConferenceFactory(organisers=[OrganiserFactory()])


@pytest.fixture
def organiser(client, conference):
    client.force_login(conference.organisers.get())
    return client


def page_of(conference) -> str:
    return reverse("admin:conference_conference_change", args=[conference.pk])


def one_rule(conference, **fields) -> Rule:
    """The only rule of ``conference``."""
    conference.reminder_rules.all().delete()
    return Rule.objects.create(conference=conference, **{"amount": 1, "unit": "hours", **fields})


def saved(organiser, conference, **changes):
    """What the server answers when the page comes back with ``changes`` to its first rule."""
    page = organiser.get(page_of(conference))
    changes = {f"reminder_rules-0-{name}": value for name, value in changes.items()}
    return organiser.post(page_of(conference), filled_in(page, **changes))


def test_the_page_as_it_is_can_be_saved_and_changes_no_rule(organiser, conference):
    BridgePointFactory(conference=conference)
    before = list(conference.reminder_rules.order_by("pk").values())
    assert saved(organiser, conference).status_code == 302
    assert list(conference.reminder_rules.order_by("pk").values()) == before


def test_who_where_and_how_can_be_chosen(organiser, conference):
    rule = one_rule(conference)
    hall, channel = BridgePointFactory(conference=conference), BridgePointFactory(conference=conference)
    answer = saved(
        organiser,
        conference,
        to_waitlisted="on",
        kinds=["venue", "ecommerce"],
        points=[str(hall.pk)],
        route="email,sms",
        timing="after",
        text="follow_up",
    )
    assert answer.status_code == 302
    rule.refresh_from_db()
    assert (rule.to_confirmed, rule.to_waitlisted, rule.kinds) == (True, True, ["venue", "ecommerce"])
    assert (rule.route, rule.timing, rule.text) == ("email,sms", "after", "follow_up")
    assert list(rule.points.all()) == [hall]
    assert channel not in rule.points.all()


@pytest.fixture
def waiting(conference):
    """A rule that has gone out to two points; nothing of it has left."""
    rule = one_rule(conference, timing="at", at=NOW, amount=None)
    points = [BridgePointFactory(conference=conference) for _ in range(2)]
    people = [registered(point, now=NOW, number=n).delegates.get().person for n, point in enumerate(points, 1)]
    planning.plan_due(now=NOW)
    assert _people_who_wait() == set(people)
    return rule, points, people


def _people_who_wait() -> set[str]:
    return set(Message.objects.filter(kind="reminder", state="queued").values_list("person", flat=True))


def test_a_point_chosen_on_the_page_takes_back_what_waits_for_people_at_others(organiser, conference, waiting):
    rule, (here, _there), (person, _other) = waiting
    assert saved(organiser, conference, points=[str(here.pk)]).status_code == 302
    assert _people_who_wait() == {person}
    assert rule.rounds.get().everybody_at is None, "the planner looks at everybody the next time"


@pytest.mark.parametrize("changes", [{"is_active": None}, {"DELETE": "on"}])
def test_a_rule_switched_off_or_deleted_on_the_page_takes_back_what_waits(organiser, conference, waiting, changes):
    assert saved(organiser, conference, **changes).status_code == 302
    assert _people_who_wait() == set()


def test_only_the_points_of_the_conference_can_be_chosen(organiser, conference):
    rule = one_rule(conference)
    own, foreign = BridgePointFactory(conference=conference, name="Điểm nhà"), BridgePointFactory(name="Điểm lạ")
    page = organiser.get(page_of(conference)).content.decode()
    assert f'value="{own.pk}"' in page
    assert "Điểm lạ" not in page
    assert saved(organiser, conference, points=[str(foreign.pk)]).status_code == 200
    assert not rule.points.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": ""}, "amount"),
        ({"timing": "at", "at_0": "", "at_1": ""}, "at"),
        ({"timing": "at", "at_0": "1/1/2028", "at_1": "08:00"}, "at"),
        ({"to_confirmed": None}, "to_confirmed"),
        ({"text": "follow_up"}, "text"),
        ({"kinds": ["spaceship"]}, "kinds"),
    ],
)
def test_what_makes_no_sense_is_said_beside_the_field_and_not_saved(organiser, conference, changes, field):
    rule = one_rule(conference)
    answer = saved(organiser, conference, **changes)
    assert answer.status_code == 200
    formset = next(f.formset for f in answer.context["inline_admin_formsets"] if f.formset.prefix == "reminder_rules")
    assert list(formset.forms[0].errors) == [field]
    rule.refresh_from_db()
    assert (rule.amount, rule.timing, rule.text, rule.to_confirmed) == (1, "before", "reminder", True)


def test_a_new_conference_can_be_made_with_a_rule_of_its_own(organiser, conference):
    address = reverse("admin:conference_conference_add")
    page = organiser.get(address)
    assert b"reminder_rules-0-points" not in page.content
    data = filled_in(
        page,
        name="Hội nghị vải",
        short_name="Vải",
        starts_at_0="19/7/2027",
        starts_at_1="08:00",
        ends_at_0="19/7/2027",
        ends_at_1="11:00",
    )
    data |= {"reminder_rules-TOTAL_FORMS": "1", "reminder_rules-0-text": "reminder", "reminder_rules-0-amount": "3"}
    data |= {"reminder_rules-0-unit": "days", "reminder_rules-0-timing": "before", "reminder_rules-0-route": "email"}
    data |= {"reminder_rules-0-to_confirmed": "on", "reminder_rules-0-is_active": "on"}
    assert organiser.post(address, data).status_code == 302
    assert Rule.objects.filter(conference__short_name="Vải", amount=3, unit="days", route="email").count() == 1


def test_a_page_with_three_rules_takes_as_many_statements_as_one_with_one(
    organiser, conference, django_assert_max_num_queries
):
    def statements() -> int:
        with django_assert_max_num_queries(200) as captured:
            assert organiser.get(page_of(conference)).status_code == 200
        return len(captured)

    points = [BridgePointFactory(conference=conference) for _ in range(3)]
    one_rule(conference).points.set(points[:1])
    statements()
    with_one = statements()
    for amount in (2, 3):
        Rule.objects.create(conference=conference, amount=amount, unit="days").points.set(points)
    assert statements() == with_one


# --- when it goes out -------------------------------------------------------------------------------------------------


def test_the_moment_is_said_for_all_channels_together(conference):
    rule = one_rule(conference, amount=1, unit="days")
    assert departures(rule) == ["e-mail, SMS: 08:00, 18/7/2027"]


def test_an_sms_that_the_night_moves_is_said_apart(conference, settings):
    settings.QUIET_HOURS = "22:00-07:00"
    rule = one_rule(conference, amount=2, unit="hours")
    assert departures(rule) == [
        "e-mail: 06:00, 19/7/2027",
        "SMS: 07:00, 19/7/2027 (after the quiet hours)",
    ]


def test_an_sms_of_use_before_the_night_ends_only_is_said_to_go_out_before_it(conference, settings):
    settings.QUIET_HOURS = "22:00-07:00"
    conference.starts_at = datetime(2027, 7, 18, 23, 30, tzinfo=UTC)
    conference.save()
    rule = one_rule(conference, amount=2, unit="hours", route="sms")
    assert departures(rule) == ["SMS: 21:30, 18/7/2027 (before the quiet hours)"]


def test_starting_now_is_not_moved_by_the_night(conference, settings):
    settings.QUIET_HOURS = "22:00-09:00"
    rule = one_rule(conference, text="starting", amount=10, unit="minutes")
    assert departures(rule) == ["e-mail, SMS: 07:50, 19/7/2027"]


def test_what_never_goes_out_says_so(conference):
    rule = one_rule(conference, timing="before", amount=1, unit="hours", is_active=False)
    assert departures(rule) == ["Switched off."]
    rule.is_active, conference.cancelled_at = True, NOW
    rule.conference = conference
    assert departures(rule) == ["Not at all: the conference is cancelled."]


def test_a_conference_that_is_not_published_sends_nothing_and_says_so(conference):
    conference.is_published = False
    conference.save()
    rule = one_rule(conference)
    rule.conference = conference
    assert departures(rule)[-1] == "Nothing goes out before the conference is published."


def test_a_rule_whose_time_has_passed_says_so(conference):
    rule = one_rule(conference)
    with time_machine.travel(START + timedelta(hours=1), tick=False):
        assert departures(rule)[-1] == "This time has passed."


def test_the_moments_stand_on_the_page(organiser, conference):
    one_rule(conference, amount=1, unit="days")
    assert "08:00, 18/7/2027" in organiser.get(page_of(conference)).content.decode()
