"""Messages that organisers write themselves: exactly who gets one is shown first, then confirmed."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import ValidationError
from django.utils import timezone

from conference import services as conferences
from messaging import announcements
from messaging.models import Announcement
from outbox import queue
from outbox.models import BadAddress, Message
from registrations import services
from staff.messages.changes import cancellation_facts
from tests.conftest import NOW
from tests.support.factories import (
    BridgePointFactory,
    ConferenceFactory,
    ConnectionFactory,
    CoordinatorFactory,
    OrganiserFactory,
    registered,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def conference():
    return ConferenceFactory()


@pytest.fixture
def point(conference):
    return BridgePointFactory(conference=conference, seats=2)


def draft(conference, **fields) -> Announcement:
    points = fields.pop("points", [])
    announcement = Announcement.objects.create(
        conference=conference, **{"subject": "Tin", "text": "Chào {name}", "sms_text": "Chao {name}", **fields}
    )
    announcement.points.set(points)
    return announcement


def confirm(announcement: Announcement, now=NOW) -> int:
    seen = announcements.preview(announcement)
    return announcements.confirm(
        announcement=announcement, fingerprint=seen.fingerprint, by=OrganiserFactory(), now=now
    )


def without_way(registration, **fields) -> None:
    delegate = registration.delegates.get()
    for name, value in fields.items():
        setattr(delegate, name, value)
    delegate.save()


def test_the_preview_counts_people_messages_and_those_who_cannot_be_reached(conference, point):
    registered(point, now=NOW, number=1)
    without_way(registered(point, now=NOW, number=2), email="", phone="02053870123")
    registered(point, now=NOW, number=3)
    seen = announcements.preview(draft(conference))
    assert (seen.people, seen.messages, seen.unreachable) == (2, {"email": 1, "sms": 1}, 1)
    seen = announcements.preview(draft(conference, to_waitlisted=True))
    assert seen.people == 3


@pytest.mark.parametrize(
    ("route", "fields", "why"),
    [
        ("email", {"email": ""}, "No e-mail address."),
        ("sms", {"phone": "02053870123"}, "No mobile number."),
        ("email+sms", {"email": "", "phone": ""}, "Neither e-mail address nor mobile number."),
        ("email", {"email": "bad@vidu.example"}, "The address does not exist: an earlier message came back."),
    ],
)
def test_the_preview_says_why_somebody_cannot_be_reached(conference, point, route, fields, why):
    from django.utils import translation

    BadAddress.objects.create(channel="email", address="bad@vidu.example", since=NOW)
    without_way(registered(point, now=NOW), **fields)
    with translation.override("en"):
        (one,) = announcements.reach(draft(conference, route=route))
    assert (one.channels, one.why_not) == ((), why)


def test_exactly_those_who_were_shown_get_it(conference, point):
    registered(point, now=NOW, number=1)
    ConnectionFactory(bridge_point=point, technician_email="kt@vidu.example")
    coordinator = CoordinatorFactory(bridge_point=point).user
    announcement = draft(conference, to_coordinators=True, to_technicians=True, route="email")
    shown = {one.recipient.name for one in announcements.reach(announcement)}
    assert confirm(announcement) == len(shown) == 3
    got = set(Message.objects.filter(kind="announcement").values_list("address", flat=True))
    assert got == {"dai.bieu100@vidu.example", "kt@vidu.example", coordinator.email}


def test_if_others_would_get_it_by_now_they_are_shown_first(conference, point):
    registered(point, now=NOW, number=1)
    announcement = draft(conference)
    seen = announcements.preview(announcement)
    registered(point, now=NOW, number=2)
    with pytest.raises(announcements.PreviewChanged):
        announcements.confirm(announcement=announcement, fingerprint=seen.fingerprint, by=OrganiserFactory(), now=NOW)
    announcement.refresh_from_db()
    assert announcement.state == "draft"
    assert not Message.objects.filter(kind="announcement").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject", "Tin khác"),
        ("text", "Lời khác"),
        ("sms_text", "Loi khac"),
        ("keep_accents", True),
        ("send_at", NOW + timedelta(days=1)),
    ],
)
def test_words_that_nobody_was_shown_are_not_confirmed(conference, point, field, value):
    registered(point, now=NOW)
    announcement = draft(conference)
    seen = announcements.preview(announcement)
    Announcement.objects.update(**{field: value})
    with pytest.raises(announcements.PreviewChanged):
        announcements.confirm(announcement=announcement, fingerprint=seen.fingerprint, by=OrganiserFactory(), now=NOW)
    announcement.refresh_from_db()
    assert announcement.is_editable
    # Looked at once more, it may go.
    confirm(announcement)


def test_confirming_twice_sends_once(conference, point):
    registered(point, now=NOW)
    announcement = draft(conference)
    assert confirm(announcement) == 2
    with pytest.raises(announcements.NotPossible):
        confirm(announcement)
    assert Message.objects.filter(kind="announcement").count() == 2


def test_a_message_for_later_reaches_those_who_are_there_then(conference, point):
    registered(point, now=NOW, number=1)
    announcement = draft(conference, send_at=NOW + timedelta(days=2), route="email")
    assert confirm(announcement) == 0
    gone = registered(point, now=NOW + timedelta(days=1), number=2)
    services.cancel(registration=gone, now=NOW + timedelta(days=1))
    registered(point, now=NOW + timedelta(days=1), number=3)
    assert announcements.plan_due(now=NOW + timedelta(days=2) - timedelta(seconds=1)) == 0
    assert announcements.plan_due(now=NOW + timedelta(days=2)) == 2
    assert announcements.plan_due(now=NOW + timedelta(days=3)) == 0


def test_a_time_that_has_passed_is_refused(conference):
    announcement = draft(conference, send_at=NOW)
    with pytest.raises(announcements.NotPossible):
        confirm(announcement, now=NOW + timedelta(minutes=1))


def test_withdrawing_takes_back_what_has_not_left(conference, point):
    registered(point, now=NOW)
    announcement = draft(conference)
    confirm(announcement)
    assert announcements.withdraw(announcement=announcement) == 2
    assert set(Message.objects.filter(kind="announcement").values_list("state", flat=True)) == {"cancelled"}
    with pytest.raises(announcements.NotPossible):
        announcements.withdraw(announcement=announcement)


def test_one_that_waits_for_its_time_becomes_a_draft_again(conference):
    announcement = draft(conference, send_at=NOW + timedelta(days=1))
    confirm(announcement)
    announcements.withdraw(announcement=announcement)
    announcement.refresh_from_db()
    assert announcement.is_editable
    assert announcements.plan_due(now=NOW + timedelta(days=2)) == 0


def _announced(now) -> list[str]:
    """The subjects of the announcements that leave by mail up to ``now``."""
    with time_machine.travel(now, tick=False):
        announcements.plan_due(now=now)
        queue.deliver(clock=timezone.now)
    return [letter.subject for letter in mail.outbox if letter.subject.startswith("Tin")]


@pytest.mark.parametrize("later", [None, NOW + timedelta(days=1)], ids=["at once", "later"])
@pytest.mark.parametrize("restored_after", [None, timedelta(seconds=10), timedelta(days=1)])
def test_a_cancelled_conference_withdraws_what_was_announced_before(conference, point, later, restored_after):
    registered(point, now=NOW)
    announcement = draft(conference, send_at=later)
    confirm(announcement)
    with time_machine.travel(NOW + timedelta(seconds=1), tick=False):
        conferences.cancel(conference=conference, now=timezone.now())
    if restored_after:
        with time_machine.travel(NOW + restored_after, tick=False):
            conferences.restore(conference=conference, now=timezone.now())
    assert _announced(NOW + timedelta(days=1)) == []
    announcement.refresh_from_db()
    assert announcement.state == "withdrawn"
    assert set(Message.objects.filter(kind="announcement").values_list("state", flat=True)) <= {"cancelled"}


def test_what_is_written_after_the_cancellation_leaves_and_survives_later_saves(conference, point):
    registered(point, now=NOW)
    with time_machine.travel(NOW, tick=False):
        conferences.cancel(conference=conference, now=NOW)
    later = NOW + timedelta(seconds=30)
    confirm(draft(conference, subject="Tin ngay"), now=later)
    confirm(draft(conference, subject="Tin sau", send_at=NOW + timedelta(days=1)), now=later)
    with time_machine.travel(later, tick=False):
        conference.refresh_from_db()
        conference.save()
    assert _announced(NOW + timedelta(minutes=1)) == ["Tin ngay"]
    assert _announced(NOW + timedelta(days=1)) == ["Tin ngay", "Tin sau"]


def test_what_was_announced_just_before_the_cancellation_is_not_composed_any_more(conference, point):
    registered(point, now=NOW)
    confirm(draft(conference))
    # Confirmed by a transaction that the cancelling one could not see.
    type(conference).objects.update(cancelled_at=NOW + timedelta(seconds=1))
    assert _announced(NOW + timedelta(minutes=1)) == []


def test_whoever_cancels_a_conference_is_told_which_messages_are_withdrawn(conference, point):
    registered(point, now=NOW)
    confirm(draft(conference, subject="Tin chờ", send_at=NOW + timedelta(days=1)))
    with time_machine.travel(NOW, tick=False):
        assert "Tin chờ" in cancellation_facts(conference)[-1]


def test_the_words_are_the_organiser_s_with_each_one_s_own_values(conference, point):
    registration = registered(point, now=NOW)
    confirm(draft(conference, subject="Về {point}", text="Chào {name}:\n{link}", route="email"))
    Message.objects.exclude(kind="announcement").delete()
    with time_machine.travel(NOW, tick=False):
        queue.deliver(clock=timezone.now)
    (letter,) = mail.outbox
    delegate = registration.delegates.get()
    assert letter.subject == f"Về {point.name}"
    link = f"{delegate.join_url}?m={registration.opening_mark()}"
    assert letter.body.startswith(f"Chào {delegate.full_name}:\n{link}\n\nNếu không muốn nhận")
    assert delegate.token not in Message.objects.get().text


def test_at_night_the_preview_says_when_an_sms_leaves(conference, settings):
    settings.QUIET_HOURS = "22:00-07:00"
    night, morning = datetime(2027, 7, 1, 16, 0, tzinfo=UTC), datetime(2027, 7, 2, 0, 0, tzinfo=UTC)
    announcement = draft(conference)
    assert announcements.leaves_at(announcement, "email", night) == night
    assert announcements.leaves_at(announcement, "sms", night) == morning
    announcement.send_at = night
    assert announcements.leaves_at(announcement, "sms", NOW) == morning


@pytest.fixture
def early(settings):
    """A conference that starts at 06:30, with one person who has a mobile; no phone rings from 22:00 to 07:00."""
    settings.QUIET_HOURS = "22:00-07:00"
    start = datetime(2027, 7, 18, 23, 30, tzinfo=UTC)
    conference = ConferenceFactory(starts_at=start, ends_at=start + timedelta(hours=4))
    registered(BridgePointFactory(conference=conference), now=NOW)
    return conference


EVENING, HALF_PAST_FIVE = datetime(2027, 7, 18, 14, 30, tzinfo=UTC), datetime(2027, 7, 18, 22, 30, tzinfo=UTC)


def test_an_sms_that_would_ring_after_the_start_leaves_before_the_night(early):
    announcement = draft(early, send_at=HALF_PAST_FIVE)
    assert announcements.leaves_at(announcement, "sms", NOW) == EVENING
    confirm(announcement)
    assert announcements.plan_due(now=EVENING - timedelta(seconds=1)) == 0
    assert announcements.plan_due(now=EVENING) == 2
    assert announcements.plan_due(now=EVENING + timedelta(minutes=1)) == 0
    due = Message.objects.filter(kind="announcement").values_list("channel", "due_at")
    assert dict(due) == {"sms": EVENING, "email": HALF_PAST_FIVE}


def test_whoever_registers_between_the_sms_and_the_mail_gets_it_as_well(early):
    confirm(draft(early, send_at=HALF_PAST_FIVE))
    announcements.plan_due(now=EVENING)
    registered(early.bridge_points.get(), now=EVENING + timedelta(hours=1), number=2)
    assert announcements.plan_due(now=HALF_PAST_FIVE) == 2
    assert announcements.plan_due(now=HALF_PAST_FIVE + timedelta(minutes=1)) == 0
    assert Message.objects.filter(kind="announcement", channel="email", due_at=HALF_PAST_FIVE).count() == 2


@pytest.mark.parametrize(
    ("now", "leaves"),
    [
        (EVENING + timedelta(minutes=10), EVENING + timedelta(minutes=10)),
        (EVENING + timedelta(hours=1), datetime(2027, 7, 19, 0, tzinfo=UTC)),
    ],
    ids=["still day", "in the night"],
)
def test_an_sms_confirmed_too_late_to_leave_before_the_night_leaves_when_it_may(early, now, leaves):
    assert announcements.leaves_at(draft(early, send_at=HALF_PAST_FIVE), "sms", now) == leaves
    assert announcements.leaves_at(draft(early), "sms", now) == leaves


@pytest.mark.parametrize("planned_late", [False, True])
def test_what_was_meant_for_before_the_end_never_leaves_after_it(conference, point, planned_late):
    registered(point, now=NOW)
    meant = conference.starts_at - timedelta(hours=1)
    confirm(draft(conference, send_at=meant))
    if not planned_late:
        announcements.plan_due(now=meant)
    assert _announced(conference.ends_at + timedelta(hours=1)) == []
    assert set(Message.objects.filter(kind="announcement").values_list("state", flat=True)) == {"expired"}


def test_what_is_written_after_the_end_or_meant_for_then_leaves(conference, point):
    registered(point, now=NOW)
    after = conference.ends_at + timedelta(hours=2)
    confirm(draft(conference, subject="Tin hẹn", send_at=after))
    confirm(draft(conference, subject="Tin ngay"), now=after)
    assert sorted(_announced(after + timedelta(hours=1))) == ["Tin hẹn", "Tin ngay"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": ""}, "text"),
        ({"sms_text": " "}, "sms_text"),
        ({"text": "{mat_khau}"}, "text"),
        ({"subject": "{details}"}, "subject"),
        ({"send_at": datetime(2020, 1, 1, tzinfo=UTC)}, "send_at"),
        ({"to_confirmed": False}, "to_confirmed"),
    ],
)
def test_a_draft_that_makes_no_sense_is_refused(conference, fields, field):
    announcement = Announcement(conference=conference, **{"subject": "Tin", "text": "x", "sms_text": "x", **fields})
    with pytest.raises(ValidationError) as refused:
        announcement.full_clean()
    assert list(refused.value.message_dict) == [field]


def test_only_the_texts_of_its_route_are_needed(conference):
    Announcement(conference=conference, subject="Tin", text="x", route="email").full_clean()
    Announcement(conference=conference, subject="Tin", sms_text="x", route="sms").full_clean()
