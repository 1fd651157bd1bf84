"""The demo: the conference of 2021 in the archive, its next edition open, sign-ins for every role."""

from datetime import UTC, date, datetime
from io import StringIO

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.test import override_settings
from django.utils import timezone

from accounts.models import User
from attendance.models import Attendance, MeetingStay
from bridges.models import BridgePoint, Connection, Province
from conference.models import Conference, Phase
from control.models import Incident, Room
from control.show import State, look
from demo import load, running
from demo.models import MailboxItem
from outbox import queue
from outbox.models import Message
from registrations.models import Registration
from tests.support.sign_in import sign_in_by_code

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_now(demo_site):
    with time_machine.travel(NOW, tick=False):
        yield


def demo(*arguments: str) -> str:
    out = StringIO()
    call_command("demo", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture(scope="module")
def _loaded_once(module_database, django_db_blocker) -> None:
    with django_db_blocker.unblock(), override_settings(DEMO=True), time_machine.travel(NOW, tick=False):
        demo()


@pytest.fixture
def loaded(_loaded_once, db) -> tuple[Conference, Conference]:
    """The conference of 2021 and the edition to come."""
    return Conference.objects.get(slug="na-chi-lang-2021"), Conference.objects.get(slug="na-chi-lang-2027")


def test_both_conferences_have_fifteen_points_of_the_real_kinds(loaded):
    for conference in loaded:
        kinds = list(conference.bridge_points.values_list("kind", flat=True))
        assert {kind: kinds.count(kind) for kind in set(kinds)} == {"venue": 2, "video_room": 9, "ecommerce": 4}
        assert conference.bridge_points.filter(is_hub=True).count() == 1
        assert conference.partners.count() == 9
        assert conference.programme.count() == 6
        assert conference.reminder_rules.count() == 4


def test_the_archive_is_over_and_the_next_edition_is_open(loaded):
    past, coming = loaded
    assert (past.phase_at(NOW), coming.phase_at(NOW)) == (Phase.OVER, Phase.OPEN)
    assert past.starts_at == datetime(2021, 7, 19, 1, tzinfo=UTC)
    assert coming.starts_at == datetime(2027, 7, 19, 1, tzinfo=UTC)
    assert coming.is_published


@pytest.mark.parametrize(
    ("today", "day"),
    [
        (date(2026, 11, 24), date(2027, 7, 19)),
        (date(2027, 7, 17), date(2027, 7, 19)),
        (date(2027, 7, 18), date(2028, 7, 19)),
        (date(2027, 7, 19), date(2028, 7, 19)),
    ],
)
def test_the_next_edition_is_always_more_than_a_day_ahead(today, day):
    assert load.next_edition_day(today) == day


def test_each_edition_has_the_provinces_of_its_time(loaded):
    for conference in loaded:
        valid = set(Province.objects.valid_on(conference.starts_at.date()).values_list("pk", flat=True))
        used = set(conference.bridge_points.exclude(province=None).values_list("province", flat=True))
        assert used
        assert used <= valid
    assert loaded[0].bridge_points.filter(province__name="Bắc Giang").exists()


def test_every_point_can_be_found_on_the_map_if_it_is_a_place(loaded):
    for point in BridgePoint.objects.filter(kind__in=["venue", "video_room"]).select_related("province"):
        assert point.coordinates, point


def test_somebody_waits_at_the_next_edition(loaded):
    waiting = Registration.objects.filter(conference=loaded[1], state="waitlisted")
    assert waiting.exists()
    point = waiting.first().bridge_point
    assert (point.seats_taken, point.waiting_count) == (point.seats, waiting.count())


def test_people_were_there_in_2021_and_their_join_details_are_unknown(loaded):
    assert Attendance.objects.filter(conference=loaded[0]).exists()
    assert not Attendance.objects.filter(conference=loaded[1]).exists()
    assert not Connection.objects.filter(bridge_point__conference=loaded[0]).exclude(web_url="").exists()


def test_invented_join_details_lead_nowhere(loaded):
    for connection in Connection.objects.exclude(web_url=""):
        assert ".example/" in connection.web_url
    for registration in Registration.objects.exclude(contact_email=""):
        assert registration.contact_email.endswith(".example")
        assert registration.contact_phone.as_e164.startswith("+84900000")


def test_registering_in_the_archive_is_refused_with_a_clear_message(client, loaded):
    client.cookies["django_language"] = "en"
    page = client.get("/na-chi-lang-2021/").content.decode()
    assert "VNPT Bắc Giang" in page
    refused = client.post("/na-chi-lang-2021/register/", {"point": loaded[0].bridge_points.first().pk})
    assert refused.status_code == 409
    assert "19/7/2021" in refused.content.decode()


def test_every_page_of_the_demo_opens(client, loaded):
    for address in (
        "/",
        "/na-chi-lang-2021/",
        "/na-chi-lang-2027/",
        "/na-chi-lang-2027/register/",
        "/giao-ban-nong-san/",
        "/mailbox/",
    ):
        assert client.get(address).status_code == 200, address
    for registration in Registration.objects.all()[:20]:
        assert client.get(registration.get_absolute_url()).status_code == 200


@pytest.mark.parametrize(
    ("who", "points"),
    [
        (load.ORGANISER, 38),
        (load.COORDINATOR, 1),
        (running.COORDINATOR, 1),
        (load.ADMINISTRATOR, 38),
        (load.REGISTRANT, None),
    ],
)
def test_every_role_signs_in_with_the_printed_password(client, loaded, who, points):
    response = client.post("/accounts/login/", {"login": who[0], "password": load.PASSWORD})
    assert response.status_code == 302
    page = client.get("/admin/bridges/bridgepoint/")
    if points is None:
        assert page.status_code == 302
        assert client.get("/accounts/registrations/").context["registrations"]
    else:
        assert page.context["cl"].result_count == points


def test_loading_twice_changes_nothing(loaded):
    before = Conference.objects.count(), Registration.objects.count(), User.objects.count(), Message.objects.count()
    assert "there already" in demo()
    assert (
        Conference.objects.count(),
        Registration.objects.count(),
        User.objects.count(),
        Message.objects.count(),
    ) == before


def test_a_conference_is_taking_place_with_some_people_there_and_some_late(loaded):
    conference = Conference.objects.get(slug=running.SLUG)
    assert conference.phase_at(NOW) == Phase.RUNNING
    assert NOW - conference.starts_at >= running.BEGUN
    there = Attendance.objects.filter(conference=conference).count()
    assert 0 < there < Registration.objects.filter(conference=conference).count()


def test_of_the_running_conference_s_rooms_one_is_lost_and_one_is_late(loaded):
    rooms = Room.objects.filter(bridge_point__conference__slug=running.SLUG)
    states = list(rooms.values_list("state", flat=True))
    assert (states.count("connected"), states.count("lost"), states.count("ready")) == (4, 1, 1)
    assert rooms.filter(state="ready").exclude(needs_help_since=None).exists()
    # Nobody has their pages open, so that nobody waits for a sign of life and all of them fall silent.
    assert not rooms.exclude(last_seen_at=None).exists()
    (incident,) = Incident.objects.open().filter(bridge_point__conference__slug=running.SLUG)
    assert incident.kind == Incident.Kind.LOST


def test_a_room_of_the_running_conference_says_whom_to_call(loaded):
    conference = Conference.objects.get(slug=running.SLUG)
    assert conference.contact_phone.as_e164.startswith("+84900000")


def test_the_list_of_the_running_conference_s_meeting_is_read_and_one_name_is_open(loaded):
    stays = MeetingStay.objects.filter(conference__slug=running.SLUG)
    assert sorted(stays.values_list("means", flat=True)) == ["open", "person", "person", "person", "room", "room"]
    met = Attendance.objects.filter(conference__slug=running.SLUG).exclude(met_from=None)
    assert {row.delegate.full_name for row in met} == {"Cao Thị Mẫu", "Mai Văn Thử"}


def test_the_running_conference_is_a_little_late(loaded):
    standing = look(Conference.objects.get(slug=running.SLUG), NOW)
    assert standing.state is State.ON
    assert standing.late_minutes == 2


def test_the_running_conference_is_made_anew_once_it_is_over(loaded):
    with time_machine.travel(NOW + running.LASTS - running.BEGUN, tick=False):
        assert running.SLUG in demo()
        assert Conference.objects.get(slug=running.SLUG).phase == Phase.RUNNING
        # And stays while it runs.
        assert running.SLUG not in demo()


def test_reset_starts_over(client, loaded):
    count = Registration.objects.count()
    Conference.objects.filter(slug="na-chi-lang-2027").update(name="Đã sửa")
    sign_in_by_code(client, load.ORGANISER[0])
    client.get("/na-chi-lang-2027/")
    MailboxItem.objects.create(channel="sms", address="1", raw="x", received_at=NOW)
    assert "is loaded" in demo("--reset")
    assert Conference.objects.get(slug="na-chi-lang-2027").name != "Đã sửa"
    assert Registration.objects.count() == count
    assert User.objects.count() == 6
    assert not MailboxItem.objects.exists()
    assert Registration.history.count() >= count


def test_the_archive_s_messages_are_never_sent(loaded):
    queue.deliver(clock=timezone.now)
    past = [f"point/{pk}" for pk in loaded[0].bridge_points.values_list("pk", flat=True)]
    assert not Message.objects.filter(topic__in=past, state="sent").exists()
    assert len(mail.outbox) >= 1
