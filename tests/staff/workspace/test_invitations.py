"""The invitations of a conference in its workspace."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from messaging.models import Template
from outbox.models import Message
from registrations import services
from registrations.models import Guest, Invitation
from staff.invitations import saving
from tests.conftest import NOW
from tests.support.factories import (
    BridgePointFactory,
    ConferenceFactory,
    CoordinatorFactory,
    OrganiserFactory,
    registered,
)
from tests.support.html_forms import filled_in
from tests.support.races import Window, at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

LIST = "/admin/c/na-chi-lang/invitations/"


@pytest.fixture
def conference():
    return ConferenceFactory(slug="na-chi-lang", organisers=[OrganiserFactory()])


@pytest.fixture
def point(conference):
    return BridgePointFactory(conference=conference, seats=10, name="Hội trường huyện")


@pytest.fixture
def organiser(client, conference):
    client.force_login(conference.organisers.get())
    return client


@pytest.fixture
def invitation(conference):
    return Invitation.objects.create(conference=conference, name="Sở Công Thương")


def page(invitation: Invitation, what: str = "") -> str:
    return f"{LIST}{invitation.pk}/{what}"


def guest(invitation: Invitation, number: int = 1, **fields) -> Guest:
    fields = {"email": f"khach{number}@vidu.example", **fields}
    return Guest.objects.create(invitation=invitation, name=f"Khách {number}", **fields)


def save(client, address: str, **changes):
    return client.post(address, {**filled_in(client.get(address)), **changes})


# --- the list ---------------------------------------------------------------------------------------------------------


def test_the_list_shows_how_far_each_invitation_of_this_conference_is(organiser, conference, invitation, point):
    guest(invitation, 1), guest(invitation, 2), guest(invitation, 3, email="")
    Invitation.objects.create(conference=ConferenceFactory(), name="Nơi khác")
    services.invite(invitation=invitation, now=NOW)
    Message.objects.filter(person=invitation.guests.get(name="Khách 1").person).update(state="failed")
    ((one, unreached),) = organiser.get(LIST).context["rows"]
    assert (one.guest_count, one.invited_count, one.accepted_count, unreached) == (3, 2, 0, 1)


def test_a_conference_without_invitations_says_what_comes_next(organiser, conference):
    shown = organiser.get(LIST).content.decode()
    assert "dc-lead" in shown
    assert f"{LIST}new/" in shown


def test_the_list_takes_as_many_queries_for_three_invitations_as_for_one(organiser, conference, point):
    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            organiser.get(LIST)
        return len(seen)

    def one_more() -> None:
        guest(Invitation.objects.create(conference=conference, name="Sở", bridge_point=point))

    one_more()
    statements()
    with_one = statements()
    one_more()
    one_more()
    assert statements() == with_one


def test_its_registrations_are_shown_in_the_list_of_the_workspace(organiser, conference, invitation, point):
    mine = registered(point, now=NOW, invitation=invitation)
    registered(point, now=NOW)
    address = f"/admin/c/na-chi-lang/people/?invitation={invitation.pk}"
    assert address in organiser.get(page(invitation)).content.decode()
    shown = organiser.get(address)
    assert [row.registration for row, _address, _cells in shown.context["lines"]] == [mine]


# --- settings ---------------------------------------------------------------------------------------------------------


def test_one_is_added_by_a_short_form_and_one_is_on_its_page(organiser, conference, point):
    answer = save(organiser, f"{LIST}new/", name="UBND huyện", bridge_point=str(point.pk), quota="4")
    made = Invitation.objects.get()
    assert answer.url == page(made)
    assert (made.name, made.bridge_point, made.quota, made.is_active) == ("UBND huyện", point, 4, True)
    point.refresh_from_db()
    # The seats are kept by the function that counts them.
    assert point.seats_reserved == 4


def said_after(client, **fields) -> list[str]:
    answer = save(client, f"{LIST}new/", **{"name": "UBND huyện", **fields})
    return [str(message) for message in client.get(answer.url).context["messages"]]


def test_more_seats_than_the_point_has_are_refused_at_the_field(organiser, conference, point):
    answer = save(organiser, f"{LIST}new/", name="UBND huyện", bridge_point=str(point.pk), quota="14")
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["quota"])
    assert "10" in answer.context["form"].errors["quota"][0]
    assert not Invitation.objects.exists()


def test_an_invitation_that_an_earlier_version_took_is_still_changed_elsewhere(organiser, invitation, point):
    Invitation.objects.filter(pk=invitation.pk).update(bridge_point=point, quota=14)
    form = filled_in(organiser.get(page(invitation, "settings/")), name="Tên mới")
    assert organiser.post(page(invitation, "settings/"), form).url == page(invitation)


def test_whoever_keeps_every_seat_hears_that_others_go_on_the_waitlist(organiser, conference, point):
    assert not [
        words for words in said_after(organiser, bridge_point=str(point.pk), quota="9") if "danh sách chờ" in words
    ]
    words = said_after(organiser, name="Sở Công Thương", bridge_point=str(point.pk), quota="1")[-1]
    assert "đã có người đăng ký 0 chỗ và giữ 10 chỗ" in words
    assert "sẽ vào danh sách chờ" in words
    assert "vượt" not in words


def test_seats_that_are_not_there_are_said_with_who_has_them(organiser, conference, point):
    registered(point, now=NOW, people=3)
    words = said_after(organiser, bridge_point=str(point.pk), quota="9")[-1]
    assert Invitation.objects.get().quota == 9
    assert "đã có người đăng ký 3 chỗ và giữ 9 chỗ" in words
    assert "vượt 2 chỗ" in words


def test_only_points_of_this_conference_can_be_chosen(organiser, conference):
    foreign = BridgePointFactory()
    answer = save(organiser, f"{LIST}new/", name="UBND huyện", bridge_point=str(foreign.pk))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["bridge_point"])


def test_out_of_use_it_keeps_no_seats_and_cannot_be_sent(organiser, invitation, point):
    invitation.bridge_point = point
    invitation.save()
    services.keep_seats(invitation=invitation, quota=3, is_active=True, now=NOW)
    guest(invitation)
    form = filled_in(organiser.get(page(invitation, "settings/")))
    form.pop("is_active")
    assert organiser.post(page(invitation, "settings/"), form).url == page(invitation)
    point.refresh_from_db()
    assert point.seats_reserved == 0
    shown = organiser.get(page(invitation)).content.decode()
    assert (page(invitation, "send/") in shown, "invitation-link" in shown) == (False, False)


def test_two_at_the_settings_do_not_undo_each_other(organiser, invitation):
    drawn = filled_in(organiser.get(page(invitation, "settings/")))
    Invitation.objects.filter(pk=invitation.pk).update(text="Kính mời")
    organiser.post(page(invitation, "settings/"), {**drawn, "name": "Sở NN và MT"})
    invitation.refresh_from_db()
    assert (invitation.name, invitation.text) == ("Sở NN và MT", "Kính mời")
    drawn = filled_in(organiser.get(page(invitation, "settings/")))
    Invitation.objects.filter(pk=invitation.pk).update(name="Của người khác")
    answer = organiser.post(page(invitation, "settings/"), {**drawn, "name": "Của tôi"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["name"])


# --- guests -----------------------------------------------------------------------------------------------------------


def test_guests_are_pasted_in_one_go_and_nobody_twice(organiser, invitation):
    guest(invitation, 1)
    lines = "Trần Thị A\tGiám đốc\tHTX Na\ta@vidu.example\nKhách 1\t\t\tkhach1@vidu.example"
    assert organiser.post(page(invitation, "paste/"), {"paste": lines}).url == page(invitation)
    assert sorted(invitation.guests.values_list("name", flat=True)) == ["Khách 1", "Trần Thị A"]


def test_a_guest_whose_mail_domain_looks_like_a_slip_is_taken_with_a_remark(organiser, invitation):
    lines = "Trần Thị A; a@gmial.com\nLê Văn B; b@gmail.com"
    answer = organiser.post(page(invitation, "paste/"), {"paste": lines}, follow=True)
    assert invitation.guests.count() == 2
    said = " ".join(map(str, answer.context["messages"]))
    assert "“a@gmial.com”" in said
    assert "b@gmail.com" not in said


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_who_paste_the_same_list_at_once_put_nobody_on_it_twice(conference, invitation, monkeypatch):
    window, add = Window(), saving._marks

    def marks(guest):
        window.hold()
        return add(guest)

    monkeypatch.setattr(saving, "_marks", marks)

    def paste():
        client = Client()
        client.force_login(conference.organisers.get())
        return client.post(page(invitation, "paste/"), {"paste": "Trần Thị A; Trưởng phòng; UBND xã"}).status_code

    assert at_once(paste, paste) == [302, 302]
    assert Guest.objects.filter(invitation=invitation).count() == 1


def test_what_cannot_be_read_of_a_paste_is_said_and_stays_typed(organiser, invitation):
    answer = organiser.post(page(invitation, "paste/"), {"paste": "Trần Thị A; a@@vidu"})
    assert answer.status_code == 422
    assert answer.context["form"]["paste"].value() == "Trần Thị A; a@@vidu"
    assert not invitation.guests.exists()


def test_guests_are_typed_in_a_table(organiser, invitation):
    guest(invitation, 1)
    form = filled_in(organiser.get(page(invitation, "guests/")))
    form |= {"guests-0-position": "Giám đốc", "guests-1-name": "Lê Văn B", "guests-1-phone": "0912 345 678"}
    assert organiser.post(page(invitation, "guests/"), form).status_code == 302
    rows = list(invitation.guests.values_list("name", "position", "mobile"))
    assert rows == [("Khách 1", "Giám đốc", ""), ("Lê Văn B", "", "+84912345678")]


def test_a_wrong_row_is_marked_and_nothing_is_lost(organiser, invitation):
    form = filled_in(organiser.get(page(invitation, "guests/")))
    answer = organiser.post(page(invitation, "guests/"), {**form, "guests-0-name": "Lê Văn B", "guests-0-email": "b@"})
    assert answer.status_code == 422
    assert answer.context["formset"].forms[0].errors.keys() == {"email"}
    assert "Lê Văn B" in answer.content.decode()


def test_a_guest_whom_somebody_added_meanwhile_stays(organiser, invitation):
    guest(invitation, 1)
    form = filled_in(organiser.get(page(invitation, "guests/")))
    guest(invitation, 2)
    organiser.post(page(invitation, "guests/"), {**form, "guests-0-position": "Giám đốc"})
    assert sorted(invitation.guests.values_list("name", "position")) == [("Khách 1", "Giám đốc"), ("Khách 2", "")]


def test_a_long_list_is_typed_page_by_page(organiser, invitation):
    for number in range(20):
        guest(invitation, number)
    address = page(invitation, "guests/?page=2")
    form = filled_in(organiser.get(address))
    assert form["guests-0-name"] == ["Khách 15"]
    assert organiser.post(address, {**form, "guests-0-position": "Giám đốc"}).url == address
    assert invitation.guests.get(name="Khách 15").position == "Giám đốc"
    assert invitation.guests.count() == 20


def test_the_page_shows_the_link_the_guests_and_how_far_each_is(organiser, invitation):
    guest(invitation, 1), guest(invitation, 2, email="")
    services.invite(invitation=invitation, now=NOW)
    shown = organiser.get(page(invitation))
    assert shown.context["link"].endswith(invitation.get_absolute_url())
    assert [bool(words) for _guest, words in shown.context["rows"]] == [True, True]
    assert len({words for _guest, words in shown.context["rows"]}) == 2


def test_the_page_takes_as_many_queries_for_three_guests_as_for_one(organiser, invitation):
    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            organiser.get(page(invitation))
        return len(seen)

    guest(invitation, 1)
    statements()
    with_one = statements()
    guest(invitation, 2), guest(invitation, 3)
    assert statements() == with_one


# --- sending ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["workspace", "administration"])
def test_mail_and_sms_are_seen_before_they_are_sent_as_a_guest_gets_them(organiser, invitation, address):
    Template.objects.create(
        conference=invitation.conference, kind="invited", channel="email", language="vi",
        subject="Mời {name} dự {event}", body="Riêng cho hội nghị này: {invitation}",
    )  # fmt: skip
    one = guest(invitation, 1, phone="+84912345678")
    generated = f"/admin/registrations/invitation/{invitation.pk}/send/"
    shown = organiser.get(page(invitation, "send/") if address == "workspace" else generated)
    mail, sms = shown.context["shown"]
    assert mail.content.subject == f"Mời Khách 1 dự {invitation.conference.short_name}"
    assert "Riêng cho hội nghị này" in mail.content.text
    assert sms.length.parts >= 1
    assert one.url not in shown.content.decode()
    assert not Message.objects.exists()


def test_without_guests_the_text_is_shown_for_an_invented_one(organiser, invitation):
    assert len(organiser.get(page(invitation, "send/")).context["shown"]) == 2


def test_it_is_sent_to_those_who_can_be_reached_and_back_on_its_page(organiser, invitation):
    one = guest(invitation, 1)
    guest(invitation, 2, email="")
    answer = save(organiser, page(invitation, "send/"), to="first")
    assert answer.url == page(invitation)
    assert Message.objects.get(kind="invited").person == one.person


def test_pressing_twice_sends_once(organiser, invitation):
    guest(invitation, 1)
    form = filled_in(organiser.get(page(invitation, "send/"))) | {"to": "first"}
    organiser.post(page(invitation, "send/"), form)
    organiser.post(page(invitation, "send/"), {**form, "to": "again"})
    assert Message.objects.filter(kind="invited").count() == 1


# --- whose it is ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["", "settings/", "guests/", "paste/", "send/"])
def test_an_invitation_of_another_conference_is_not_there(organiser, conference, what):
    foreign = Invitation.objects.create(conference=ConferenceFactory(slug="vai-thieu"), name="Nơi khác")
    assert organiser.get(page(foreign, what)).status_code == 404
    assert organiser.post(page(foreign, what)).status_code == 404


def test_a_coordinator_sees_no_invitations(client, point, invitation):
    client.force_login(CoordinatorFactory(bridge_point=point).user)
    assert [client.get(address).status_code for address in (LIST, page(invitation))] == [404, 404]
