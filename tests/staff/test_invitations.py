"""Invitations in the administration: seats kept, guests, sending."""

import pytest
import time_machine

from bridges.models import BridgePoint
from conference.models import Partner
from outbox.models import Message
from registrations import services
from registrations.models import Guest, Invitation, Registration
from registrations.pasted_people import read_guests
from tests.conftest import NOW
from tests.support.factories import (
    BridgePointFactory,
    ConferenceFactory,
    CoordinatorFactory,
    OrganiserFactory,
    registered,
)
from tests.support.html_forms import filled_in
from tests.support.pages import said

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

LIST = "/admin/registrations/invitation/"


@pytest.fixture
def organiser():
    return OrganiserFactory()


@pytest.fixture
def conference(organiser):
    return ConferenceFactory(organisers=[organiser])


@pytest.fixture
def point(conference):
    return BridgePointFactory(conference=conference, seats=10, name="Hội trường")


@pytest.fixture
def page(client, organiser):
    client.force_login(organiser)
    return client


@pytest.fixture
def invitation(conference):
    return Invitation.objects.create(conference=conference, name="Sở Công Thương")


def change(invitation: Invitation) -> str:
    return f"{LIST}{invitation.pk}/change/"


def save(client, invitation: Invitation, query: str = "", **changes):
    response = client.get(change(invitation) + query)
    return client.post(change(invitation) + query, {**filled_in(response), "_continue": "1", **changes}, follow=True)


def kept(point: BridgePoint) -> int:
    return BridgePoint.objects.get(pk=point.pk).seats_reserved


def guests(invitation: Invitation, count: int, **fields) -> list[Guest]:
    return [
        Guest.objects.create(invitation=invitation, name=f"Khách {n}", email=f"khach{n}@vidu.example", **fields)
        for n in range(count)
    ]


# --- seats ------------------------------------------------------------------------------------------------------------


def test_a_new_invitation_keeps_its_seats_and_has_its_guests_at_once(page, conference, point):
    address = f"{LIST}add/?conference={conference.pk}"
    data = filled_in(
        page.get(address), name="Sở Công Thương", bridge_point=point.pk, quota="4", paste="Trần Văn A, a@vidu.example"
    )
    response = page.post(address, data)
    assert response.status_code == 302, response.context and response.context["errors"]
    made = Invitation.objects.get()
    assert (made.conference, made.quota, made.is_active, kept(point)) == (conference, 4, True, 4)
    assert made.guests.get().email == "a@vidu.example"
    assert made.history.latest().quota == 4


def test_seats_are_kept_freed_and_go_to_those_who_wait(page, invitation, point):
    save(page, invitation, bridge_point=point.pk, quota="10")
    assert kept(point) == 10
    waiting = registered(point, now=NOW, people=3)
    assert waiting.state == "waitlisted"
    save(page, invitation, quota="7")
    assert kept(point) == 7
    assert Registration.objects.get(pk=waiting.pk).state == "confirmed"
    data = filled_in(page.get(change(invitation)), is_active=None)
    page.post(change(invitation), data)
    invitation.refresh_from_db()
    assert (invitation.quota, invitation.is_active, kept(point)) == (7, False, 0)
    assert invitation.history.latest().is_active is False


def test_promising_more_seats_than_there_are_warns_in_words(page, invitation, point):
    registered(point, now=NOW, people=8)
    response = save(page, invitation, bridge_point=point.pk, quota="5")
    assert kept(point) == 5
    assert "3" in said(response)
    assert "3" not in said(save(page, invitation, name="Sở Công Thương Lạng Sơn"))


def test_a_form_opened_before_guests_registered_keeps_their_count(page, invitation, point):
    save(page, invitation, bridge_point=point.pk, quota="5")
    opened = page.get(change(invitation))
    invitation.refresh_from_db()
    registered(point, now=NOW, people=2, invitation=invitation)
    page.post(change(invitation), filled_in(opened, name="Tên mới"))
    invitation.refresh_from_db()
    assert (invitation.name, invitation.used, kept(point)) == ("Tên mới", 2, 3)


def test_the_point_stays_while_seats_are_kept_there(page, invitation, point):
    other = BridgePointFactory(conference=point.conference)
    save(page, invitation, bridge_point=point.pk, quota="5")
    save(page, invitation, bridge_point=other.pk)
    invitation.refresh_from_db()
    assert (invitation.bridge_point, kept(point), kept(other)) == (point, 5, 0)
    save(page, invitation, quota="")
    save(page, invitation, bridge_point=other.pk, quota="2")
    invitation.refresh_from_db()
    assert (invitation.bridge_point, kept(point), kept(other)) == (other, 0, 2)


def test_seats_without_a_point_are_refused(page, invitation):
    response = save(page, invitation, quota="5")
    assert "bridge_point" in response.context["adminform"].form.errors
    invitation.refresh_from_db()
    assert invitation.quota is None


def test_partners_and_points_are_those_of_its_conference(page, organiser, invitation, point):
    mine = Partner.objects.create(conference=invitation.conference, name="Của hội nghị", role="host")
    elsewhere = ConferenceFactory(organisers=[organiser])
    other = Partner.objects.create(conference=elsewhere, name="Của hội nghị khác", role="host")
    foreign = Partner.objects.create(conference=ConferenceFactory(), name="Của người khác", role="host")
    form = page.get(change(invitation)).context["adminform"].form
    assert set(form.fields["partner"].queryset) == {mine}
    assert set(form.fields["bridge_point"].queryset) == {point}
    # Before the conference is chosen, those of all that one runs; a wrong pair is refused.
    form = page.get(f"{LIST}add/").context["adminform"].form
    assert set(form.fields["partner"].queryset) == {mine, other}
    assert foreign.name not in page.get(f"{LIST}add/").content.decode()
    data = filled_in(page.get(f"{LIST}add/"), conference=elsewhere.pk, name="Lẫn", partner=mine.pk)
    assert "partner" in page.post(f"{LIST}add/", data).context["adminform"].form.errors


def test_raising_the_seats_of_a_point_leaves_those_that_are_kept(page, invitation, point):
    services.keep_seats(invitation=_at(invitation, point), quota=6, is_active=True, now=NOW)
    registered(point, now=NOW, people=4)
    waiting = [registered(point, now=NOW, number=n, people=2) for n in (2, 3)]
    address = f"/admin/bridges/bridgepoint/{point.pk}/change/"
    page.post(address, filled_in(page.get(address), seats="12"))
    assert [Registration.objects.get(pk=r.pk).state for r in waiting] == ["confirmed", "waitlisted"]
    current = BridgePoint.objects.get(pk=point.pk)
    assert (current.seats_taken, current.seats_reserved, current.waiting_count) == (6, 6, 1)


def test_cutting_the_seats_below_taken_and_kept_warns_and_drops_nobody(page, invitation, point):
    services.keep_seats(invitation=_at(invitation, point), quota=6, is_active=True, now=NOW)
    registered(point, now=NOW, people=3)
    address = f"/admin/bridges/bridgepoint/{point.pk}/change/"
    response = page.post(address, filled_in(page.get(address), seats="8"), follow=True)
    assert "6" in said(response)
    current = BridgePoint.objects.get(pk=point.pk)
    assert (current.seats, current.seats_taken, current.seats_reserved) == (8, 3, 6)


def _at(invitation: Invitation, point: BridgePoint) -> Invitation:
    invitation.bridge_point = point
    invitation.save()
    return invitation


# --- guests -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Trần Văn A", ("Trần Văn A", "", "", "", "")),
        (
            "Trần Văn A, Trưởng phòng, Sở NN&MT, A@ViDu.example, 0912 345 678",
            ("Trần Văn A", "Trưởng phòng", "Sở NN&MT", "a@vidu.example", "+84912345678"),
        ),
        (
            "1\tTrần Văn A\tTrưởng phòng, kiêm Bí thư\tSở NN&MT\ta@vidu.example\t0912345678",
            ("Trần Văn A", "Trưởng phòng, kiêm Bí thư", "Sở NN&MT", "a@vidu.example", "+84912345678"),
        ),
        ("Trần Văn A;;Sở NN&MT;;0912345678", ("Trần Văn A", "", "Sở NN&MT", "", "+84912345678")),
        ("Trần Văn A; ; ; <a@vidu.example>", ("Trần Văn A", "", "", "a@vidu.example", "")),
    ],
)
def test_a_pasted_line_is_read(line, expected):
    (guest,), complaints = read_guests(f"\n{line}\n , \n")
    phone = guest.phone.as_e164 if guest.phone else ""
    assert (guest.name, guest.position, guest.organisation, guest.email, phone) == expected
    assert complaints == []


@pytest.mark.parametrize(
    "line",
    [
        "a@vidu.example",
        "Trần Văn A, a@b",
        "Trần Văn A, 0912 345",
        "0912",
        "Trần Văn A, 0912",
        "Trần Văn A, Trưởng phòng, 12-34",
        "A, B, C, D, a@vidu.example",
        f"{'A' * 151}",
        "A\x00",
    ],
)
def test_a_pasted_line_that_cannot_be_read_is_named(line):
    found, (complaint,) = read_guests(f"Lê B\n{line}")
    assert [guest.name for guest in found] == ["Lê B"]
    assert "2" in complaint


def test_one_wrong_line_stores_none_of_them(page, invitation):
    response = save(page, invitation, paste="Trần Văn A, a@vidu.example\nLê B, b@b")
    assert "Lê B" in str(response.context["adminform"].form.errors["paste"])
    assert not invitation.guests.exists()


def test_guests_on_the_list_already_are_skipped_and_named(page, invitation):
    Guest.objects.create(invitation=invitation, name="Có Rồi", email="a@vidu.example", phone="0912345678")
    lines = [
        "Cùng Thư, , , A@vidu.example",
        "Cùng Máy, , , , +84 912 345 678",
        "Không Địa Chỉ, Trưởng phòng, Sở NN&MT",
        "Không địa chỉ, Phó phòng, Sở NN&MT",
        "Mới Hẳn, , , m@vidu.example",
        "Mới Lặp, , , m@vidu.example",
    ]
    response = save(page, invitation, paste="\n".join(lines))
    assert set(invitation.guests.values_list("name", flat=True)) == {"Có Rồi", "Không Địa Chỉ", "Mới Hẳn"}
    for name in ("Cùng Thư", "Cùng Máy", "Không địa chỉ", "Mới Lặp"):
        assert name in said(response)
    assert "Mới Hẳn" not in said(response)


def test_a_box_without_anybody_new_is_not_said_to_have_added_guests(page, invitation):
    Guest.objects.create(invitation=invitation, name="Có Rồi", email="a@vidu.example")
    words = said(save(page, invitation, paste="Có Rồi, , , a@vidu.example"))
    assert "Không có ai mới" in words
    assert "Đã thêm" not in words
    assert "Không có ai mới" not in said(save(page, invitation, paste="Mới Hẳn, , , m@vidu.example"))


def test_a_guest_of_the_table_is_corrected_and_the_same_address_twice_is_refused(page, invitation):
    guests(invitation, 2)
    save(page, invitation, **{"guests-0-name": "Tên Đúng"})
    assert invitation.guests.first().name == "Tên Đúng"
    response = save(page, invitation, **{"guests-0-email": "KHACH1@vidu.example"})
    assert response.context["errors"]
    assert invitation.guests.first().email == "khach0@vidu.example"
    response = save(page, invitation, **{"guests-0-email": "moi@vidu.example", "guests-1-email": "moi@vidu.example"})
    assert response.context["errors"]
    response = save(page, invitation, **{"guests-2-name": "Lặp", "guests-2-email": "khach1@vidu.example"})
    assert response.context["errors"]
    assert invitation.guests.count() == 2


def test_a_long_list_of_guests_is_edited_page_by_page(page, invitation):
    guests(invitation, 150)
    assert filled_in(page.get(change(invitation)))["guests-INITIAL_FORMS"] == ["100"]
    second = page.get(change(invitation) + "?guests=2")
    assert filled_in(second)["guests-INITIAL_FORMS"] == ["50"]
    save(page, invitation, "?guests=2", **{"guests-49-name": "Khách Cuối"})
    assert invitation.guests.last().name == "Khách Cuối"
    assert invitation.guests.count() == 150


# --- sending ----------------------------------------------------------------------------------------------------------


def send(invitation: Invitation) -> str:
    return f"{LIST}{invitation.pk}/send/"


def test_sending_says_first_who_gets_it_and_who_cannot_be_reached(page, invitation, point):
    guests(invitation, 2)
    Guest.objects.create(invitation=invitation, name="Có Di Động", phone="0912345678")
    Guest.objects.create(invitation=invitation, name="Máy Bàn", phone="02053870123")
    there = Guest.objects.create(invitation=invitation, name="Đến Rồi", email="den@vidu.example")
    registered(point, now=NOW, invitation=invitation, guest=there)
    before = Message.objects.count()
    shown = page.get(send(invitation))
    assert (shown.context["fresh"], shown.context["reached"], shown.context["registered"]) == (3, 3, 1)
    assert "Máy Bàn" in shown.content.decode()
    assert Message.objects.count() == before
    response = page.post(send(invitation), filled_in(shown), follow=True)
    assert "3" in said(response)
    assert Message.objects.filter(kind="invited").count() == 3
    assert not invitation.guests.get(name="Máy Bàn").invited_at


@pytest.mark.parametrize("hours", ["22:00-07:00", ""])
def test_the_page_speaks_of_the_night_only_where_there_are_quiet_hours(page, invitation, settings, hours):
    settings.QUIET_HOURS = hours
    guests(invitation, 1)
    assert ("ban đêm" in page.get(send(invitation)).content.decode()) is bool(hours)


def test_again_goes_to_those_who_have_not_registered(page, invitation, point):
    first, _second = guests(invitation, 2)
    services.invite(invitation=invitation, now=NOW)
    registered(point, now=NOW, invitation=invitation, guest=first)
    with time_machine.travel(NOW.replace(hour=4)):
        shown = page.get(send(invitation))
        assert [value for value, _words in shown.context["form"].fields["to"].choices] == ["again"]
        page.post(send(invitation), {**filled_in(shown), "to": "again"})
    sent = Message.objects.filter(kind="invited").values_list("address", flat=True)
    assert sorted(sent) == ["khach0@vidu.example", "khach1@vidu.example", "khach1@vidu.example"]


def test_pressing_twice_sends_once(page, invitation):
    guests(invitation, 1)
    services.invite(invitation=invitation, now=NOW)
    with time_machine.travel(NOW.replace(hour=4), tick=False) as clock:
        data = {**filled_in(page.get(send(invitation))), "to": "again"}
        page.post(send(invitation), data)
        clock.shift(2)
        response = page.post(send(invitation), data, follow=True)
    assert said(response)
    assert Message.objects.filter(kind="invited").count() == 2


def test_an_invitation_out_of_use_is_not_sent(page, invitation):
    guests(invitation, 1)
    services.keep_seats(invitation=invitation, quota=None, is_active=False, now=NOW)
    assert '<form method="post" novalidate' not in page.get(send(invitation)).content.decode()
    response = page.post(send(invitation), {"to": "first"}, follow=True)
    assert said(response)
    assert not Message.objects.filter(kind="invited").exists()


def test_a_guest_s_name_cannot_become_markup(page, invitation):
    Guest.objects.create(invitation=invitation, name="<script>x</script>")
    assert "<script>x" not in page.get(send(invitation)).content.decode()
    assert "<script>x" not in page.get(change(invitation)).content.decode()


# --- lists and rights -------------------------------------------------------------------------------------------------


def test_the_list_has_the_link_the_seats_and_the_guests(page, invitation, point):
    services.keep_seats(invitation=_at(invitation, point), quota=6, is_active=True, now=NOW)
    invitation.refresh_from_db()
    registered(point, now=NOW, people=2, invitation=invitation, guest=guests(invitation, 3)[0])
    listed = page.get(LIST).content.decode()
    assert f"http://testserver{invitation.get_absolute_url()}" in listed or invitation.get_absolute_url() in listed
    assert "2 / 6" in listed
    assert f"/admin/registrations/registration/?invitation__id__exact={invitation.pk}" in listed
    row = page.get(LIST).context["cl"].result_list[0]
    assert (row.guest_count, row.invited_count, row.accepted_count, row.registration_count) == (3, 0, 1, 1)


def test_the_conference_leads_to_its_invitations(page, invitation):
    conference = page.get(f"/admin/conference/conference/{invitation.conference_id}/change/").content.decode()
    assert f"{LIST}?conference__id__exact={invitation.conference_id}" in conference


def test_registrations_are_filtered_by_who_invited_them(page, invitation, point):
    mine = registered(point, now=NOW, invitation=invitation)
    registered(point, now=NOW, number=2)
    response = page.get("/admin/registrations/registration/", {"invitation__id__exact": invitation.pk})
    assert [r.pk for r in response.context["cl"].result_list] == [mine.pk]
    assert "Sở Công Thương" in response.content.decode()


def test_a_coordinator_sees_who_invited_and_no_invitation(client, invitation, point):
    registered(point, now=NOW, invitation=invitation)
    client.force_login(CoordinatorFactory(bridge_point=point).user)
    assert "Sở Công Thương" in client.get("/admin/registrations/registration/").content.decode()
    for address in (LIST, f"{LIST}add/", change(invitation)):
        assert client.get(address).status_code == 403
    assert client.post(send(invitation), {"to": "first"}).status_code == 404


def test_an_old_version_of_an_invitation_does_not_bring_its_seats_back(page, invitation, point):
    services.keep_seats(invitation=_at(invitation, point), quota=6, is_active=True, now=NOW)
    old = f"{LIST}{invitation.pk}/history/{invitation.history.latest().pk}/"
    shown = page.get(old)
    assert shown.status_code == 200
    assert page.post(old, filled_in(shown)).status_code == 403
