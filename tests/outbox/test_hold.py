"""A restored installation is held: what is recognised as one, what leaves all the same, what becomes of the rest."""

import html
from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db.models import F

from accounts import messages as account_messages
from messaging import announcements
from messaging.delivery import held
from messaging.models import Announcement
from messaging.reminders import planning
from outbox import hold, queue
from outbox.models import Installation, Message
from registrations.models import Delegate
from tests.conftest import NOW
from tests.support.factories import START, BridgePointFactory, ConferenceFactory, UserFactory, registered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now", "own_folder")]
LATER = NOW + timedelta(hours=3)


def text_of(response) -> str:
    return html.unescape(response.content.decode())


@pytest.fixture
def own_folder(settings, tmp_path, monkeypatch):
    """A folder for the file; the tables have a place on SQLite in memory as well."""
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(hold, "place", lambda: "7/1/2")
    return tmp_path


def message(key: str = "a", **fields) -> Message:
    queue.post(
        [
            Message(
                **{
                    "key": key,
                    "channel": "email",
                    "address": f"{key}@vidu.example",
                    "text": "T",
                    "due_at": NOW,
                    "created_at": NOW,
                    **fields,
                }
            )
        ]
    )
    return Message.objects.get(key=key)


def deliver(now=NOW) -> list[str]:
    """To whom mails left."""
    mail.outbox.clear()
    queue.deliver(clock=lambda: now)
    return [to for sent in mail.outbox for to in sent.to]


@pytest.fixture
def restored() -> Installation:
    """The dump was made at NOW; the site runs elsewhere from LATER on."""
    hold.look(NOW)
    Installation.objects.update(place="another cluster")
    return hold.look(LATER)


# What is recognised.


def test_restarts_and_long_breaks_hold_nothing():
    for hours in (0, 1, 2, 500):
        assert hold.look(NOW + timedelta(hours=hours)).held_since is None
    # Set back by a day: still nothing.
    assert hold.look(NOW - timedelta(days=1)).held_since is None
    assert hold.look(NOW - timedelta(days=1)).pulse == hold.look(NOW - timedelta(days=1)).pulse, "once in 30 s"


def test_tables_at_another_place_are_a_restored_dump(restored):
    assert (restored.held_since, restored.is_restored) == (LATER, True)
    assert restored.gap_from < NOW
    assert restored.gap_until == LATER
    assert hold.look(LATER + timedelta(hours=1)).gap_until == LATER, "and it is found once"


def test_a_database_behind_the_file_beside_it_is_a_restored_dump(own_folder):
    for minutes in range(5):
        hold.look(NOW + timedelta(minutes=minutes))
    Installation.objects.update(pulse=F("pulse") - 3, seen_at=NOW)
    assert hold.look(LATER).is_restored
    hold.lift(drop=True)
    assert hold.look(LATER + timedelta(minutes=1)).held_since is None, "files of before say nothing any more"


def test_the_same_dump_restored_again_is_recognised_by_the_file_alone():
    first = hold.look(NOW)
    Installation.objects.update(place="another cluster")
    hold.look(LATER)
    hold.lift(drop=True)
    # The dump once more, at a place that happens to be the old one.
    Installation.objects.update(uid=first.uid, pulse=first.pulse, place="7/1/2")
    assert hold.look(LATER + timedelta(minutes=1)).is_restored


def test_what_a_loss_of_power_takes_from_the_database_is_no_restoring():
    for minutes in range(5):
        hold.look(NOW + timedelta(minutes=minutes))
    Installation.objects.update(pulse=F("pulse") - 2)
    assert hold.look(LATER).held_since is None


@pytest.mark.parametrize("mark", ["", "nonsense", "0" * 32 + " 9999", "\xff"])
def test_a_file_of_another_database_or_of_none_says_nothing(own_folder, mark):
    (own_folder / "installation").write_bytes(mark.encode("latin-1"))
    assert hold.look(NOW).held_since is None
    assert hold.look(LATER).held_since is None


def test_without_a_folder_to_write_in_delivery_goes_on(settings, own_folder):
    settings.VAR_DIR = own_folder / "missing"
    message()
    assert deliver() == ["a@vidu.example"]


@pytest.mark.postgresql
def test_a_server_that_does_not_tell_its_identifier_is_known_by_the_table(monkeypatch):
    monkeypatch.undo()
    whole = hold.place()
    assert [bool(part) for part in whole.split("/")] == [True] * 3
    monkeypatch.setattr(hold, "_CLUSTER", "SELECT not_for_everybody()")
    assert hold.place() == whole, "asked for once a connection"
    hold._clusters.clear()
    assert hold.place() == "-/" + whole.partition("/")[2]


# What leaves.


def test_nothing_leaves_but_codes_asked_for_since(restored, settings):
    message()
    message("new", due_at=LATER, created_at=LATER)
    old = message("old-code", composer=account_messages.COMPOSER, kind=account_messages.SMS_CODE, any_hour=True)
    message(
        "code",
        composer=account_messages.COMPOSER,
        kind=account_messages.SMS_CODE,
        any_hour=True,
        due_at=LATER,
        created_at=LATER,
    )
    assert deliver(LATER) == ["code@vidu.example"]
    old.refresh_from_db()
    assert old.state == Message.State.QUEUED


def test_a_night_does_not_make_what_is_held_look_new(restored, settings):
    settings.QUIET_HOURS = "00:00-23:59"
    waiting = message(channel="sms", address="+84912345678", any_hour=False)
    Message.objects.update(due_at=NOW)
    deliver(LATER)
    waiting.refresh_from_db()
    assert waiting.due_at == NOW


def test_dropping_leaves_out_what_belonged_out_before_and_sends_the_rest(restored):
    message()
    message("claimed", state=Message.State.CLAIMED, lease_until=NOW)
    message("later", due_at=LATER + timedelta(minutes=1))
    assert held.release(drop=True, now=LATER) == 2
    assert deliver(LATER + timedelta(minutes=2)) == ["later@vidu.example"]
    assert set(Message.objects.values_list("key", "state", "error")) == {
        ("a", "cancelled", hold.DROPPED),
        ("claimed", "cancelled", hold.DROPPED),
        ("later", "sent", ""),
    }


def test_sending_takes_what_belonged_out_before_as_well(restored):
    message()
    assert held.release(drop=False, now=LATER) == 0
    assert deliver(LATER) == ["a@vidu.example"]


def planned(now) -> set[str]:
    planning.plan_due(now=now)
    return set(Message.objects.exclude(occasion="").values_list("occasion", flat=True))


@pytest.fixture
def people():
    """Two people of a conference, with nothing in the outbox."""
    point = BridgePointFactory()
    registered(point, now=NOW)
    registered(point, now=NOW, number=2)
    Message.objects.all().delete()
    return point


@pytest.mark.parametrize(("drop", "count"), [(True, 0), (False, 2)])
def test_reminders_that_belonged_out_between_dump_and_restoring_are_planned_only_if_asked_for(people, drop, count):
    hold.look(START - timedelta(days=1, hours=1))
    Installation.objects.update(place="another cluster")
    restored_at = START - timedelta(hours=20)
    for minutes in range(3):
        planning.plan_due(now=restored_at + timedelta(minutes=minutes))
    assert not Message.objects.exists()
    review = held.review(restored_at)
    assert [moment for _words, moment in review.reminders] == [START - timedelta(days=1)]
    held.release(drop=drop, now=restored_at + timedelta(hours=1))
    assert len(deliver(restored_at + timedelta(hours=1))) == 0
    planning.plan_due(now=restored_at + timedelta(hours=2))
    mails = Message.objects.filter(kind="reminder", channel="email")
    assert mails.count() == count
    # The next one goes out as ever.
    planning.plan_due(now=START - timedelta(hours=1))
    assert mails.count() == count + 2


def test_a_reminder_whose_time_comes_while_everything_is_held_waits_and_leaves(people):
    hold.look(START - timedelta(days=2))
    Installation.objects.update(place="another cluster")
    hold.look(START - timedelta(days=1, hours=1))
    planning.plan_due(now=START - timedelta(days=1))
    assert held.review(START - timedelta(days=1)).count == 4, "mail and SMS to two people"
    assert deliver(START - timedelta(days=1)) == []
    assert held.release(drop=True, now=START - timedelta(hours=23)) == 0
    assert len(deliver(START - timedelta(hours=23))) == 2


def test_an_sms_that_a_night_had_put_off_is_planned_while_the_mail_is_not(people, settings):
    """The mail of the reminder belonged out at 08:00, before the restoring; the SMS of who has no mail after it."""
    settings.QUIET_HOURS = "07:00-09:00"
    Delegate.objects.filter(full_name__contains="100").update(email="")
    fires_at = START - timedelta(days=1)
    hold.look(fires_at - timedelta(hours=1))
    Installation.objects.update(place="another cluster")
    planning.plan_due(now=fires_at + timedelta(minutes=30))
    assert set(Message.objects.values_list("channel", flat=True)) == {"sms"}


@pytest.mark.parametrize("drop", [True, False])
def test_an_announcement_that_was_to_be_sent_meanwhile_follows_the_choice(people, drop):
    one = Announcement.objects.create(
        conference=people.conference,
        subject="Đổi phòng",
        text="Mời sang phòng bên.",
        send_at=NOW + timedelta(hours=1),
        state=Announcement.State.CONFIRMED,
        created_by=UserFactory(),
    )
    hold.look(NOW)
    Installation.objects.update(place="another cluster")
    announcements.plan_due(now=LATER)
    assert not Message.objects.exists()
    assert held.review(LATER).announcements == [("Đổi phòng", one.send_at)]
    held.release(drop=drop, now=LATER)
    announcements.plan_due(now=LATER + timedelta(minutes=1))
    one.refresh_from_db()
    assert one.state == ("withdrawn" if drop else "planned")
    assert Message.objects.filter(channel="email").count() == (0 if drop else 2)


def test_a_database_restored_twice_knows_of_both_times(restored):
    held.release(drop=True, now=LATER)
    hold.look(LATER + timedelta(days=1))
    Installation.objects.update(place="yet another")
    again = hold.look(LATER + timedelta(days=2))
    assert again.gap_from == restored.gap_from
    assert again.gap_until == LATER + timedelta(days=2)


# By hand.


def test_what_is_held_by_hand_leaves_afterwards():
    hold.look(NOW)
    row = hold.hold_by_hand(NOW)
    assert (row.held_since, row.is_restored, row.gap_from) == (NOW, False, None)
    message()
    assert deliver() == []
    held.release(drop=False, now=NOW)
    assert deliver() == ["a@vidu.example"]


def test_holding_by_hand_before_anything_runs_takes_the_last_sign_of_life_for_the_dump(people):
    """A machine set back to yesterday: nothing in the database says so."""
    hold.look(START - timedelta(days=1, hours=1))
    row = hold.hold_by_hand(START - timedelta(hours=20))
    assert row.gap_from < START - timedelta(days=1) < row.gap_until
    assert planned(START - timedelta(hours=20)) == set()


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("outbox", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_holds_shows_and_releases():
    assert "Nothing is held" in command("--review")
    assert "Nothing is held" in command("--release", "--send")
    conference = ConferenceFactory(short_name="Hội nghị Na")
    point = BridgePointFactory(conference=conference)
    registered(point, now=NOW)
    held_by = command("--hold")
    assert "by hand" in held_by
    review = command("--review")
    assert "Hội nghị Na" in review
    assert "dai.bieu100@vidu.example" in review
    with pytest.raises(CommandError, match="--drop"):
        command("--release")
    with pytest.raises(CommandError):
        command("--review", "--drop")
    assert deliver() == []
    assert "2 dropped; 0 leave" in command("--release", "--drop"), "mail and SMS"
    assert deliver() == []
    assert "Nothing is held" in command("--review")


# The page.


@pytest.fixture
def superuser(client):
    user = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return user


def test_a_superuser_sees_what_waits_and_releases_it(client, superuser, restored):
    point = BridgePointFactory(conference=ConferenceFactory(short_name="Hội nghị Na"))
    registered(point, now=NOW)
    page = text_of(client.get("/admin/held/"))
    assert "this database was restored" in page
    assert "Hội nghị Na" in page
    assert "dai.bieu100@vidu.example" in page
    for address in ("/admin/conferences/", f"/admin/c/{point.conference.slug}/"):
        assert "No message leaves" in text_of(client.get(address))
    delivery = text_of(client.get(f"/admin/delivery/{point.conference.pk}/"))
    assert "Look at them and release" in delivery
    refused = client.post("/admin/held/", {"choice": ""}, follow=True)
    assert "Please choose" in text_of(refused)
    assert hold.current().held_since
    answer = text_of(client.post("/admin/held/", {"choice": "drop"}, follow=True))
    assert "Messages leave again" in answer
    assert "Nothing is held" in answer
    assert deliver(LATER) == []


def test_a_superuser_holds_everything(client, superuser):
    message()
    assert "Nothing leaves from now on" in text_of(client.post("/admin/held/", {"choice": "hold"}, follow=True))
    assert deliver() == []


def test_the_list_of_the_outbox_leads_to_the_page(client, superuser):
    assert "/admin/held/" in client.get("/admin/outbox/message/").content.decode()
