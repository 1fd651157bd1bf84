"""The administration as a coordinator sees it: their points and nothing else, whatever address they type."""

import json

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from attendance import services as attendance
from bridges.models import BridgePoint, Connection, Coordinator
from conference.models import Conference
from outbox.models import Message
from registrations.models import Delegate, Registration
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    ConnectionFactory,
    CoordinatorFactory,
    OrganiserFactory,
    UserFactory,
    registered,
)
from tests.support.html_forms import filled_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


class World:
    """A conference of two points; the user coordinates the first, or organises another conference."""

    def __init__(self) -> None:
        self.conference = ConferenceFactory(short_name="Hội nghị chung")
        self.own = BridgePointFactory(conference=self.conference, name="Điểm của tôi", seats=10)
        self.foreign = BridgePointFactory(conference=self.conference, name="Điểm người khác", seats=10)
        ConnectionFactory(bridge_point=self.own, meeting_id="111 111")
        ConnectionFactory(bridge_point=self.foreign, meeting_id="222 222")
        self.coordinator = CoordinatorFactory(bridge_point=self.own).user
        self.other_coordinator = CoordinatorFactory(bridge_point=self.foreign)
        self.own_registration = registered(self.own, now=NOW, number=1)
        self.foreign_registration = registered(self.foreign, now=NOW, number=2)
        for registration in (self.own_registration, self.foreign_registration):
            attendance.record(delegate=registration.delegates.get(), now=START)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def coordinator(client, world):
    client.force_login(world.coordinator)
    return client


@pytest.fixture
def organiser(client, world):
    user = OrganiserFactory()
    world.conference.organisers.add(user)
    client.force_login(user)
    return client


@pytest.fixture
def stranger(client, world):
    """The organiser of another conference."""
    user = OrganiserFactory()
    ConferenceFactory(organisers=[user])
    client.force_login(user)
    return client


def change(obj) -> str:
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


POINTS = "/admin/bridges/bridgepoint/"
REGISTRATIONS = "/admin/registrations/registration/"
ATTENDANCE = "/admin/attendance/attendance/"


# --- lists ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [POINTS, REGISTRATIONS, ATTENDANCE])
def test_lists_show_own_rows_only(coordinator, world, address):
    response = coordinator.get(address)
    page = response.content.decode()
    assert len(response.context["cl"].result_list) == 1
    foreign = world.foreign_registration
    for other in (world.foreign.name, foreign.number, foreign.contact_name, foreign.organisation.name + "<"):
        assert other not in page


@pytest.mark.parametrize(
    ("address", "query"),
    [(POINTS, "diem nguoi khac"), (REGISTRATIONS, "bieu200@vidu.example"), (REGISTRATIONS, "nguyen van 200")],
)
def test_search_does_not_find_what_belongs_to_others(coordinator, organiser, world, address, query):
    organiser.force_login(world.conference.organisers.get())
    assert organiser.get(address, {"q": query}).context["cl"].result_count == 1
    coordinator.force_login(world.coordinator)
    assert coordinator.get(address, {"q": query}).context["cl"].result_count == 0


def test_search_needs_no_accents_and_finds_delegates_phones_and_numbers(coordinator, world):
    registration = world.own_registration
    delegate = registration.delegates.get()
    for query in (
        "HTX vi du",
        "nguyễn",
        registration.number,
        registration.number.replace("-", "").lower(),
        delegate.email,
    ):
        assert coordinator.get(REGISTRATIONS, {"q": query}).context["cl"].result_count == 1, query
    assert coordinator.get(REGISTRATIONS, {"q": "khong co ai"}).context["cl"].result_count == 0
    assert coordinator.get(POINTS, {"q": "diem cua toi"}).context["cl"].result_count == 1


@pytest.mark.parametrize("address", [POINTS, REGISTRATIONS, ATTENDANCE])
def test_filters_offer_own_choices_only(coordinator, world, address):
    page = coordinator.get(address).content.decode()
    assert world.foreign.name not in page
    assert f"bridge_point__id__exact={world.foreign.pk}" not in page


@pytest.mark.parametrize(
    ("address", "query"),
    [
        (POINTS, "id__exact={point}"),
        (POINTS, "conference__id__exact={conference}"),
        (REGISTRATIONS, "bridge_point__id__exact={point}"),
        (REGISTRATIONS, "conference__id__exact={conference}"),
        (ATTENDANCE, "bridge_point__id__exact={point}"),
    ],
)
def test_typed_filters_do_not_reach_others_rows(coordinator, world, address, query):
    query = query.format(point=world.foreign.pk, conference=world.conference.pk)
    page = coordinator.get(f"{address}?{query}", follow=True).content.decode()
    assert world.foreign.name not in page
    assert world.foreign_registration.number not in page


@pytest.mark.parametrize(
    "lookup",
    [
        "bridge_point__connection__password__startswith=a",
        "bridge_point__conference__organisers__password__startswith=a",
        "organisation__registrations__contact_email__startswith=a",
    ],
)
def test_filters_cannot_be_used_to_guess_secrets(coordinator, lookup):
    assert coordinator.get(f"{REGISTRATIONS}?{lookup}").status_code == 400


@pytest.mark.parametrize("query", ["conference__id__exact=x", "state=%00", "p=x", "o=99", "q=%00", "q=" + "a" * 5000])
def test_strange_filters_are_no_crash(coordinator, query):
    assert coordinator.get(f"{REGISTRATIONS}?{query}").status_code in (200, 302, 400)


def test_a_coordinator_sees_no_other_rooms(coordinator):
    page = coordinator.get("/admin/all/").content.decode()
    assert POINTS in page
    assert REGISTRATIONS in page
    for address in ("/admin/conference/conference/", "/admin/accounts/user/", "/admin/outbox/message/"):
        assert address not in page
        assert coordinator.get(address).status_code == 403
    assert coordinator.get("/admin/bridges/province/").status_code == 403


def test_staff_without_a_point_or_a_conference_see_nothing(client, world):
    client.force_login(UserFactory(is_staff=True))
    for address in (POINTS, REGISTRATIONS, ATTENDANCE, change(world.own)):
        assert client.get(address).status_code == 403
    assert POINTS not in client.get("/admin/").content.decode()


# --- direct addresses -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["coordinator", "stranger"])
@pytest.mark.parametrize("page", ["change", "history", "delete", "history/1"])
def test_others_pages_are_not_found(request, world, who, page):
    client = request.getfixturevalue(who)
    for obj in (world.foreign, world.foreign_registration):
        address = change(obj).replace("change/", f"{page}/")
        if page == "history/1":
            address = change(obj).replace("change/", f"history/{obj.history.latest('history_id').pk}/")
        allowed = (403, 404) if page == "delete" else (404,)
        assert client.get(address).status_code in allowed, address
        assert client.post(address, {"post": "yes"}).status_code in allowed, address
        # As for a row that does not exist at all.
        assert client.get(address).status_code == client.get(address.replace(f"/{obj.pk}/", "/999999/")).status_code
    assert BridgePoint.objects.filter(pk=world.foreign.pk).exists()


@pytest.mark.parametrize("page", ["change", "history", "delete", "duplicate"])
def test_others_conferences_are_not_found(stranger, world, page):
    address = change(world.conference).replace("change/", f"{page}/")
    assert stranger.get(address).status_code == 404
    assert stranger.post(address, {"post": "yes"}).status_code == 404


def test_a_coordinator_cannot_open_his_conference(coordinator, world):
    for page in ("history", "delete", "duplicate"):
        address = change(world.conference).replace("change/", f"{page}/")
        assert coordinator.get(address).status_code in (403, 404)
    # Links lead there; the overview is what a coordinator may read of it.
    assert coordinator.get(change(world.conference))["Location"] == f"/admin/c/{world.conference.slug}/"
    assert coordinator.post(change(world.conference), {}).status_code == 403


def test_the_shortcut_to_the_site_tells_nobody_others_links(coordinator, world):
    from django.contrib.contenttypes.models import ContentType

    kind = ContentType.objects.get_for_model(Registration)
    response = coordinator.get(f"/admin/r/{kind.pk}/{world.foreign_registration.pk}/")
    assert world.foreign_registration.token not in response.get("Location", "") + response.content.decode()


@pytest.mark.parametrize(
    ("model", "field"),
    [
        ("registrations.registration", "bridge_point"),
        ("bridges.bridgepoint", "conference"),
        ("bridges.coordinator", "user"),
    ],
)
def test_autocomplete_tells_nothing_about_others(coordinator, world, model, field):
    app, name = model.split(".")
    query = {"app_label": app, "model_name": name, "field_name": field, "term": ""}
    response = coordinator.get("/admin/autocomplete/", query)
    assert response.status_code in (200, 403)
    found = json.loads(response.content)["results"] if response.status_code == 200 else []
    assert world.foreign.name not in json.dumps(found, ensure_ascii=False)
    assert world.conference.short_name not in json.dumps(found, ensure_ascii=False)


# --- changing ---------------------------------------------------------------------------------------------------------


def test_a_coordinator_edits_his_point_and_its_connection(coordinator, world):
    page = coordinator.get(change(world.own))
    data = filled_in(page, notes="Vào cổng sau", **{"connection-0-meeting_id": "333 333"})
    assert coordinator.post(change(world.own), data).status_code == 302
    world.own.refresh_from_db()
    assert world.own.notes == "Vào cổng sau"
    assert Connection.objects.get(bridge_point=world.own).meeting_id == "333 333"


def test_a_coordinator_cannot_rename_or_move_his_point(coordinator, world):
    other = ConferenceFactory()
    data = filled_in(coordinator.get(change(world.own)), name="Khác", kind="online", is_hub="on", conference=other.pk)
    coordinator.post(change(world.own), data)
    world.own.refresh_from_db()
    assert (world.own.name, world.own.kind, world.own.is_hub) == ("Điểm của tôi", "venue", False)
    assert world.own.conference == world.conference


def test_a_coordinator_cannot_appoint_or_dismiss(coordinator, world):
    page = coordinator.get(change(world.own))
    assert "coordinators-TOTAL_FORMS" not in page.content.decode()
    data = filled_in(
        page,
        **{
            "coordinators-TOTAL_FORMS": "1",
            "coordinators-INITIAL_FORMS": "0",
            "coordinators-0-email": "ban@vidu.example",
        },
    )
    coordinator.post(change(world.own), data)
    assert Coordinator.objects.count() == 2


def test_a_coordinator_adds_no_points_and_deletes_nothing(coordinator, world):
    assert coordinator.get(f"{POINTS}add/").status_code == 403
    assert coordinator.post(f"{POINTS}add/", {"name": "x"}).status_code == 403
    for obj in (world.own, world.own_registration):
        assert coordinator.post(change(obj).replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert BridgePoint.objects.count() == 2


@pytest.mark.parametrize("action", ["cancel_selected", "resend_selected", "delete_selected", "renew_links_selected"])
def test_actions_do_not_reach_others_rows_whatever_is_posted(coordinator, world, action):
    before = Message.objects.count(), world.foreign_registration.token
    data = {"action": action, "_selected_action": [world.foreign_registration.pk], "post": "yes"}
    coordinator.post(REGISTRATIONS, data)
    coordinator.post(REGISTRATIONS, {**data, "select_across": "1", "_selected_action": [999999]})
    foreign = Registration.objects.get(pk=world.foreign_registration.pk)
    assert foreign.state == "confirmed"
    assert foreign.token == before[1]
    assert not Message.objects.filter(person=foreign.delegates.get().person).exclude(kind="confirmed").exists()
    assert Message.objects.filter(person=foreign.delegates.get().person).count() == 2


def test_a_coordinator_s_action_works_on_his_own_rows(coordinator, world):
    data = {"action": "cancel_selected", "_selected_action": [world.own_registration.pk]}
    coordinator.post(coordinator.post(REGISTRATIONS, data).url)
    assert Registration.objects.get(pk=world.own_registration.pk).state == "cancelled"
    assert BridgePoint.objects.get(pk=world.own.pk).seats_taken == 0


def test_a_forged_inline_id_does_not_reach_another_s_delegate(coordinator, world):
    stranger = world.foreign_registration.delegates.get()
    page = coordinator.get(change(world.own_registration))
    data = filled_in(page, **{"delegates-0-id": stranger.pk, "delegates-0-full_name": "Kẻ gian"})
    coordinator.post(change(world.own_registration), data)
    assert not Delegate.objects.filter(full_name="Kẻ gian").exists()
    assert world.own_registration.delegates.count() == world.foreign_registration.delegates.count() == 1


def test_a_forged_inline_id_does_not_reach_another_point_s_connection(coordinator, world):
    foreign = world.foreign.connection
    page = coordinator.get(change(world.own))
    data = filled_in(page, **{"connection-0-id": foreign.pk, "connection-0-meeting_id": "666"})
    coordinator.post(change(world.own), data)
    foreign.refresh_from_db()
    assert foreign.meeting_id == "222 222"


def test_a_corrected_address_moves_the_unsent_messages(coordinator, world):
    page = coordinator.get(change(world.own_registration))
    data = filled_in(page, **{"delegates-0-email": "moi@vidu.example"})
    assert coordinator.post(change(world.own_registration), data).status_code == 302
    person = world.own_registration.delegates.get().person
    assert Message.objects.get(person=person, channel="email").address == "moi@vidu.example"


def test_an_organiser_offers_his_own_conferences_only_for_a_new_point(stranger, world):
    page = stranger.get(f"{POINTS}add/")
    choices = {str(c) for c in page.context["adminform"].form.fields["conference"].queryset}
    assert world.conference.short_name not in choices
    assert len(choices) == 1
    data = filled_in(page, conference=world.conference.pk, kind="venue", name="Lén")
    assert stranger.post(f"{POINTS}add/", data).status_code == 200
    assert not BridgePoint.objects.filter(name="Lén").exists()


def test_what_staff_do_is_recorded_with_who_did_it(coordinator, world):
    coordinator.post(change(world.own), filled_in(coordinator.get(change(world.own)), notes="Mới"))
    assert world.own.history.first().history_user == world.coordinator
    assert LogEntry.objects.filter(user=world.coordinator, object_id=str(world.own.pk)).exists()
    assert coordinator.get(change(world.own).replace("change", "history")).status_code == 200


# --- seats ------------------------------------------------------------------------------------------------------------


def test_a_form_opened_before_somebody_registered_keeps_his_seat(organiser, world):
    page = organiser.get(change(world.own))
    registered(world.own, now=NOW, number=3, people=2)
    assert organiser.post(change(world.own), filled_in(page, notes="Mới")).status_code == 302
    point = BridgePoint.objects.get(pk=world.own.pk)
    assert (point.seats_taken, point.notes) == (3, "Mới")


def test_the_conference_s_page_keeps_seats_taken_meanwhile_too(organiser, world):
    page = organiser.get(change(world.conference))
    registered(world.own, now=NOW, number=3, people=2)
    shown = filled_in(page)
    row = next(n for n in range(5) if shown[f"bridge_points-{n}-id"] == [str(world.own.pk)])
    changed = {f"bridge_points-{row}-name": "Tên mới"}
    assert organiser.post(change(world.conference), filled_in(page, **changed)).status_code == 302
    point = BridgePoint.objects.get(pk=world.own.pk)
    assert (point.seats_taken, point.name) == (3, "Tên mới")


def test_raising_the_seats_promotes_those_who_wait(organiser, world):
    BridgePoint.objects.filter(pk=world.own.pk).update(seats=1)
    waiting = [registered(world.own, now=NOW, number=n) for n in (3, 4)]
    assert organiser.post(change(world.own), filled_in(organiser.get(change(world.own)), seats="2")).status_code == 302
    assert [Registration.objects.get(pk=r.pk).state for r in waiting] == ["confirmed", "waitlisted"]
    assert Message.objects.filter(kind="promoted", channel="email").count() == 1
    point = BridgePoint.objects.get(pk=world.own.pk)
    assert (point.seats_taken, point.waiting_count) == (2, 1)


def test_seat_counts_cannot_be_posted(organiser, world):
    data = filled_in(organiser.get(change(world.own)), seats_taken="0", waiting_count="9", queue_tail="9")
    organiser.post(change(world.own), data)
    point = BridgePoint.objects.get(pk=world.own.pk)
    assert (point.seats_taken, point.waiting_count) == (1, 0)


def test_the_list_shows_seats_waitlist_and_state_at_a_glance(organiser, world):
    BridgePoint.objects.filter(pk=world.own.pk).update(seats=1)
    registered(world.own, now=NOW, number=3)
    page = organiser.get(POINTS).content.decode()
    assert "1 / 1" in page
    assert "0 / 10" not in page
    assert "1 / 10" in page


def test_registrations_are_opened_from_their_point(organiser, world):
    page = organiser.get(POINTS).content.decode()
    link = f"{REGISTRATIONS}?bridge_point__id__exact={world.own.pk}"
    assert link in page
    assert [r.pk for r in organiser.get(link).context["cl"].result_list] == [world.own_registration.pk]


# --- organisers -------------------------------------------------------------------------------------------------------


def test_an_organiser_appoints_a_coordinator_by_e_mail(organiser, world):
    page = organiser.get(change(world.own))
    last = int(filled_in(page)["coordinators-TOTAL_FORMS"][0]) - 1
    data = filled_in(
        page, **{f"coordinators-{last}-email": "Moi@ViDu.example", f"coordinators-{last}-name": "Đầu mối mới"}
    )
    assert organiser.post(change(world.own), data).status_code == 302
    user = world.own.coordinators.get(user__email="moi@vidu.example").user
    assert (user.is_staff, user.is_organiser, user.name) == (True, False, "Đầu mối mới")
    assert Message.objects.filter(kind="appointed", address="moi@vidu.example").count() == 1


def test_an_organiser_dismisses_a_coordinator(organiser, world):
    data = filled_in(organiser.get(change(world.own)), **{"coordinators-0-DELETE": "on"})
    assert organiser.post(change(world.own), data).status_code == 302
    assert not world.own.coordinators.exists()


def test_an_organiser_creates_a_conference_from_nothing_and_runs_it(organiser, world):
    page = organiser.get("/admin/conference/conference/add/")
    data = filled_in(
        page,
        name="Hội nghị mới",
        short_name="Na Chi Lăng 2028",
        starts_at_0="19/7/2028",
        starts_at_1="08:00",
        ends_at_0="19/07/2028",
        ends_at_1="11:30",
        is_published="on",
        **{
            "bridge_points-0-kind": "venue",
            "bridge_points-0-name": "Hội trường",
            "bridge_points-0-seats": "100",
            "bridge_points-0-position": "1",
            "bridge_points-0-is_open": "on",
        },
    )
    response = organiser.post("/admin/conference/conference/add/", data)
    assert response.status_code == 302, response.context and response.context["errors"]
    conference = Conference.objects.get(slug="na-chi-lang-2028")
    assert conference.starts_at.isoformat() == "2028-07-19T01:00:00+00:00"
    assert conference.bridge_points.get().seats == 100
    assert conference.reminder_rules.count() == 4
    assert organiser.get(change(conference)).status_code == 200
    assert organiser.get("/na-chi-lang-2028/").status_code == 200


def test_a_point_with_registrations_is_not_deleted_by_mistake(organiser, world):
    page = organiser.post(change(world.own).replace("change", "delete"), {"post": "yes"})
    assert page.status_code == 200
    assert BridgePoint.objects.filter(pk=world.own.pk).exists()


def test_a_second_main_hall_is_explained_or_moves_the_mark(organiser, world):
    BridgePoint.objects.filter(pk=world.own.pk).update(is_hub=True)
    data = filled_in(organiser.get(change(world.foreign)), is_hub="on")
    assert organiser.post(change(world.foreign), data).status_code == 302
    assert BridgePoint.objects.filter(conference=world.conference, is_hub=True).count() == 1


def test_who_organises_elsewhere_deletes_no_point_that_they_coordinate(client, world):
    user = OrganiserFactory()
    ConferenceFactory(organisers=[user])
    empty = BridgePointFactory(conference=world.conference)
    CoordinatorFactory(bridge_point=empty, user=user)
    client.force_login(user)
    assert client.post(f"{POINTS}{empty.pk}/delete/", {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": str(empty.pk), "post": "yes"}
    assert client.post(POINTS, chosen).status_code == 403
    page = client.get(change(empty)).content.decode()
    assert 'name="coordinators-0-email"' not in page
    assert 'name="name"' not in page
    # In their own conference they may.
    own = BridgePointFactory(conference=user.conferences.get())
    assert client.post(f"{POINTS}{own.pk}/delete/", {"post": "yes"}).status_code == 302
