"""At night no phone rings, whatever the machine's zone; what fell into the night goes out before or after it."""

from datetime import UTC, datetime, time, timedelta

import pytest

from outbox import queue, quiet_hours
from outbox.channels.base import Unavailable
from outbox.models import Message
from tests.support import fakes

#: 18/7/2027 in Vietnam, UTC+7.
EVENING = datetime(2027, 7, 18, 14, 59, 59, tzinfo=UTC)
NIGHT = datetime(2027, 7, 18, 15, 0, tzinfo=UTC)
MORNING = datetime(2027, 7, 19, 0, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _quiet(settings, monkeypatch):
    settings.QUIET_HOURS = "22:00-07:00"
    monkeypatch.setattr(fakes, "line", fakes.Line())
    settings.OUTBOX_CHANNELS = {
        "email": "tests.support.fakes.FakeEmail",
        "sms": "tests.support.fakes.FakeSMS",
    }


@pytest.mark.parametrize(
    ("moment", "quiet"),
    [
        (EVENING, False),
        (NIGHT, True),
        (NIGHT + timedelta(hours=5), True),
        (MORNING - timedelta(seconds=1), True),
        (MORNING, False),
    ],
)
def test_the_night_begins_at_ten_and_ends_at_seven_in_vietnam(moment, quiet):
    assert (quiet_hours.night_around(moment) is not None) is quiet


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_the_server_s_zone_does_not_matter(zone, monkeypatch):
    monkeypatch.setenv("TZ", zone)
    assert quiet_hours.night_around(NIGHT) == (NIGHT, MORNING)


def test_hours_within_one_day(settings):
    settings.QUIET_HOURS = "12:00–13:30"
    noon = datetime(2027, 7, 18, 5, 0, tzinfo=UTC)
    assert quiet_hours.night_around(noon) == (noon, noon + timedelta(minutes=90))
    assert quiet_hours.night_around(NIGHT) is None


@pytest.mark.parametrize("text", ["", "  ", "07:00-07:00"])
def test_no_quiet_hours(settings, text):
    settings.QUIET_HOURS = text
    assert quiet_hours.next_waking_time("sms", NIGHT) == NIGHT


@pytest.mark.parametrize("text", ["22:00", "22:00-25:00", "night"])
def test_hours_that_are_none_are_refused(text):
    with pytest.raises(ValueError, match=r"\d|night"):
        quiet_hours.parse(text)
    assert quiet_hours.parse("22:00-07:00") == (time(22), time(7))


@pytest.mark.parametrize(
    ("channel", "until", "expected"),
    [
        ("sms", None, MORNING),
        ("zalo", None, MORNING),
        ("email", None, NIGHT),
        ("sms", MORNING + timedelta(hours=1), MORNING),
        ("sms", MORNING, NIGHT - timedelta(minutes=30)),
        ("sms", MORNING - timedelta(minutes=10), NIGHT - timedelta(minutes=30)),
    ],
)
def test_what_falls_into_the_night_goes_out_after_it_or_before_whichever_helps(channel, until, expected):
    assert quiet_hours.next_waking_time(channel, NIGHT, until=until) == expected


def message(channel: str, **fields) -> Message:
    return Message(
        **{
            "key": f"a/{channel}",
            "channel": channel,
            "address": "+84912345678",
            "text": "Xin chao",
            "due_at": NIGHT,
            "created_at": NIGHT,
            **fields,
        }
    )


def deliver(now: datetime):
    return queue.deliver(clock=lambda: now)


@pytest.mark.django_db
def test_an_sms_put_into_the_outbox_at_night_is_due_in_the_morning_and_a_mail_at_once():
    queue.post([message("sms"), message("email")])
    assert dict(Message.objects.values_list("channel", "due_at")) == {"sms": MORNING, "email": NIGHT}
    assert deliver(NIGHT) == {"sent": 1}
    assert deliver(MORNING) == {"sent": 1}


@pytest.mark.django_db
def test_starting_now_rings_at_night():
    queue.post([message("sms", any_hour=True)])
    assert deliver(NIGHT) == {"sent": 1}


@pytest.mark.django_db
def test_an_sms_that_was_late_and_met_the_night_waits_for_the_morning():
    Message.objects.bulk_create([message("sms", due_at=EVENING)])
    assert deliver(NIGHT) == {}
    assert Message.objects.get().due_at == MORNING


@pytest.mark.django_db
def test_a_new_try_at_night_waits_for_the_morning():
    def later(envelope):
        raise Unavailable("later")

    fakes.line.answer = later
    queue.post([message("sms", due_at=EVENING)])
    deliver(EVENING)
    fakes.line.answer = lambda envelope: ""
    deliver(NIGHT + timedelta(minutes=5))
    assert Message.objects.get().state == "queued"
    assert deliver(MORNING) == {"sent": 1}
