"""Writing to people in the workspace: organisers to everybody, coordinators to the people of their points."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bridges.models import BridgePoint
from messaging.models import Announcement
from outbox.models import Message
from registrations.models import Guest, Invitation
from tests.conftest import NOW
from tests.support.factories import (
    BridgePointFactory,
    ConferenceFactory,
    CoordinatorFactory,
    OrganiserFactory,
    UserFactory,
    registered,
)
from tests.support.html_forms import filled_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

LIST = "/admin/c/na-chi-lang/messages/people/"
NEW = f"{LIST}new/"


@pytest.fixture
def conference():
    return ConferenceFactory(slug="na-chi-lang", organisers=[OrganiserFactory(name="Trần Thị Tổ Chức")])


@pytest.fixture
def hall(conference):
    return BridgePointFactory(conference=conference, name="Hội trường huyện")


@pytest.fixture
def room(conference):
    return BridgePointFactory(conference=conference, name="VNPT Bắc Ninh")


@pytest.fixture
def organiser(client, conference):
    client.force_login(conference.organisers.get())
    return client


@pytest.fixture
def coordinator(client, room):
    user = UserFactory(is_staff=True, name="Lê Văn Đầu Mối")
    CoordinatorFactory(bridge_point=room, user=user)
    client.force_login(user)
    return client


def page(announcement: Announcement) -> str:
    return f"{LIST}{announcement.pk}/"


def written(conference, points=(), **fields) -> Announcement:
    texts = {"subject": "Gửi xe", "text": "Sân sau", "sms_text": "San sau"}
    announcement = Announcement.objects.create(conference=conference, **{**texts, **fields})
    announcement.points.set(points)
    return announcement


def write(client, **changes):
    """Fill in a new message and go on to who gets it."""
    given = {"subject": "Gửi xe", "text": "Kính gửi {name}", "sms_text": "Xe o san sau", "_check": "1"}
    return client.post(NEW, {**filled_in(client.get(NEW)), **given, **changes})


def confirm(client, announcement: Announcement):
    address = f"{page(announcement)}preview/"
    return client.post(address, {"fingerprint": client.get(address).context["preview"].fingerprint})


# --- organisers -------------------------------------------------------------------------------------------------------


def test_an_organiser_writes_sees_who_gets_it_and_confirms(organiser, conference, hall):
    delegate = registered(hall, now=NOW).delegates.get()
    answer = write(organiser)
    announcement = Announcement.objects.get()
    assert answer.url == f"{page(announcement)}preview/"
    assert announcement.created_by == conference.organisers.get()
    shown = organiser.get(answer.url)
    assert delegate.full_name in shown.content.decode()
    assert confirm(organiser, announcement).url == page(announcement)
    assert set(Message.objects.filter(kind="announcement").values_list("person", flat=True)) == {delegate.person}
    assert organiser.get(page(announcement)).context["queued"] == 2


def test_an_organiser_writes_to_invited_people_who_have_not_answered(organiser, conference, hall):
    invitation = Invitation.objects.create(conference=conference, name="Sở Công Thương")
    guest = Guest.objects.create(invitation=invitation, name="Khách", email="khach@vidu.example", invited_at=NOW)
    form = filled_in(organiser.get(NEW))
    form.pop("to_confirmed")
    given = {"subject": "Mời", "text": "{invitation}", "sms_text": "Moi", "to_guests": "on", "_check": "1"}
    answer = organiser.post(NEW, {**form, **given})
    shown = organiser.get(answer.url)
    assert "Khách" in shown.content.decode()
    # Nobody hands the link of a guest around.
    assert guest.url not in shown.content.decode()
    confirm(organiser, Announcement.objects.get())
    assert Message.objects.get(kind="announcement").person == guest.person
    (line,) = organiser.get(LIST).context["rows"]
    assert (line["queued"], line["sent"]) == (1, 0)


def test_a_fault_is_said_at_its_field_and_nothing_typed_is_lost(organiser, conference):
    answer = write(organiser, subject="", text="Chào {nane}")
    assert answer.status_code == 422
    form = answer.context["form"]
    assert (form.errors.keys(), form["text"].value()) == ({"subject", "text"}, "Chào {nane}")
    assert not Announcement.objects.exists()


def test_looking_how_it_reads_saves_nothing(organiser, conference, hall):
    assert write(organiser, _preview="1").status_code == 200
    assert not Announcement.objects.exists()


def test_what_folded_fields_choose_is_seen_when_the_draft_is_opened_again(organiser, conference, hall):
    assert organiser.get(page(written(conference))).context["folded_words"] == ""
    narrowed = written(conference, [hall], organisation_kinds=["press"])
    assert organiser.get(page(narrowed)).context["folded_words"] == "Hội trường huyện, báo chí"


def test_folded_fields_are_unfolded_when_one_of_them_is_wrong(organiser, conference, hall):
    assert write(organiser, subject="").context["is_unfolded"] is False
    assert write(organiser, presence="absent").context["is_unfolded"] is True


def test_two_at_one_draft_do_not_undo_each_other(organiser, conference):
    announcement = written(conference)
    drawn = filled_in(organiser.get(page(announcement)))
    Announcement.objects.filter(pk=announcement.pk).update(sms_text="Xe o cong sau", trade="buys")
    organiser.post(page(announcement), {**drawn, "subject": "Chỗ gửi xe"})
    announcement.refresh_from_db()
    assert (announcement.subject, announcement.sms_text, announcement.trade) == ("Chỗ gửi xe", "Xe o cong sau", "buys")
    drawn = filled_in(organiser.get(page(announcement)))
    Announcement.objects.filter(pk=announcement.pk).update(subject="Của người khác")
    answer = organiser.post(page(announcement), {**drawn, "subject": "Của tôi"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["subject"])
    announcement.refresh_from_db()
    assert announcement.subject == "Của người khác"


def test_what_was_confirmed_meanwhile_is_neither_changed_nor_deleted(organiser, conference, hall):
    registered(hall, now=NOW)
    announcement = written(conference)
    drawn = filled_in(organiser.get(page(announcement)))
    confirm(organiser, announcement)
    organiser.post(page(announcement), {**drawn, "subject": "Anders"})
    organiser.post(f"{page(announcement)}delete/")
    announcement.refresh_from_db()
    assert announcement.subject == "Gửi xe"


def test_what_has_not_left_is_taken_back(organiser, conference, hall):
    registered(hall, now=NOW)
    announcement = written(conference)
    confirm(organiser, announcement)
    assert "dc-harsh" in organiser.get(page(announcement)).content.decode()
    organiser.post(f"{page(announcement)}withdraw/")
    announcement.refresh_from_db()
    assert announcement.state == "withdrawn"
    assert not Message.objects.filter(kind="announcement").unsent().exists()


def test_what_is_written_in_a_draft_that_somebody_deleted_meanwhile_becomes_a_new_one(organiser, conference, hall):
    draft = Announcement.objects.create(conference=conference, subject="Cũ", text="Cũ", to_confirmed=True)
    address = page(draft)
    typed = {**filled_in(organiser.get(address)), "text": "Viết rất lâu", "sms_text": "Viet", "_save": ""}
    draft.delete()
    answer = organiser.post(address, typed, follow=True)
    assert Announcement.objects.get().text == "Viết rất lâu"
    assert "đã xóa bản nháp này" in answer.content.decode()
    Announcement.objects.all().delete()
    elsewhere = ConferenceFactory(organisers=[conference.organisers.get()])
    assert organiser.post(address.replace("na-chi-lang", elsewhere.slug), typed).status_code == 404


def test_deleting_a_draft_asks_first(organiser, conference):
    announcement = written(conference)
    assert organiser.get(f"{page(announcement)}delete/").status_code == 200
    assert Announcement.objects.exists()
    organiser.post(f"{page(announcement)}delete/")
    assert not Announcement.objects.exists()


def test_the_list_shows_this_conference_and_no_other(organiser, conference):
    assert "dc-lead" in organiser.get(LIST).content.decode()
    foreign = written(ConferenceFactory())
    assert organiser.get(LIST).context["rows"] == []
    assert organiser.get(page(foreign)).status_code == 404


def test_the_list_takes_as_many_queries_for_three_messages_as_for_one(organiser, conference, hall, room):
    registered(hall, now=NOW)

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            organiser.get(LIST)
        return len(seen)

    def one_more() -> None:
        confirm(organiser, written(conference, [hall, room], created_by=OrganiserFactory()))

    one_more()
    statements()
    with_one = statements()
    one_more()
    one_more()
    assert statements() == with_one


# --- coordinators -----------------------------------------------------------------------------------------------------


@pytest.fixture
def people(hall, room):
    """Somebody at the hall, and somebody at the coordinator's point."""
    return registered(hall, now=NOW, number=1).delegates.get(), registered(room, now=NOW, number=2).delegates.get()


def test_a_coordinator_writes_to_the_people_of_their_point_and_to_nobody_else(coordinator, people, room):
    answer = write(coordinator)
    announcement = Announcement.objects.get()
    assert (announcement.only_points, list(announcement.points.all())) == (True, [room])
    shown = coordinator.get(answer.url).content.decode()
    assert people[1].full_name in shown
    assert people[0].full_name not in shown
    confirm(coordinator, announcement)
    assert set(Message.objects.filter(kind="announcement").values_list("person", flat=True)) == {people[1].person}


def test_it_says_who_wrote(coordinator, organiser, conference, people, room):
    coordinator.force_login(UserFactory._meta.model.objects.get(name="Lê Văn Đầu Mối"))
    drawn = coordinator.get(NEW)
    assert "Lê Văn Đầu Mối" in drawn.context["form"]["text"].value()
    write(coordinator)
    coordinator.force_login(conference.organisers.get())
    assert coordinator.get(LIST).context["rows"][0]["written_by"] == "Lê Văn Đầu Mối"
    assert "Lê Văn Đầu Mối" in coordinator.get(page(Announcement.objects.get())).content.decode()


def test_a_coordinator_cannot_choose_another_point_nor_none(coordinator, people, hall):
    for points in ([str(hall.pk)], []):
        answer = write(coordinator, points=points)
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["points"])
    assert not Announcement.objects.exists()


def test_a_coordinator_does_not_write_to_guests_who_may_choose_any_point(coordinator, conference, people):
    invitation = Invitation.objects.create(conference=conference, name="Sở Công Thương")
    Guest.objects.create(invitation=invitation, name="Khách", email="khach@vidu.example", invited_at=NOW)
    write(coordinator, to_guests="on")
    assert not Announcement.objects.get().to_guests


@pytest.mark.parametrize("what", ["", "preview/", "delete/", "withdraw/"])
def test_what_goes_beyond_their_points_is_not_there_for_a_coordinator(coordinator, conference, hall, room, what):
    beyond = [
        written(conference),
        written(conference, [room]),
        written(conference, [hall], only_points=True),
        written(conference, [hall, room], only_points=True),
        written(conference, only_points=True),
    ]
    for announcement in beyond:
        assert coordinator.post(f"{page(announcement)}{what}").status_code == 404
        assert coordinator.get(f"{page(announcement)}{what}").status_code == 404
    assert coordinator.get(LIST).context["rows"] == []
    assert Announcement.objects.count() == len(beyond)


def test_a_deputy_at_the_same_point_sees_it(coordinator, conference, room):
    announcement = written(conference, [room], only_points=True)
    assert coordinator.get(page(announcement)).status_code == 200


@pytest.mark.parametrize("address", ["preview", "live", "html"])
def test_nobody_of_another_point_is_read_in_a_preview(coordinator, conference, people, room, address):
    """The address names whom it is shown for."""
    stranger = people[0]
    given = {"person": stranger.person, "subject": "Chào {name}", "text": "{name} {organisation}", "route": "email"}
    if address == "preview":
        announcement = written(conference, [room], only_points=True, text="{name} {organisation}")
        answer = coordinator.get(f"{page(announcement)}preview/?person={stranger.person}")
    else:
        answer = coordinator.post(f"{LIST}{address}/", given)
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert stranger.full_name not in shown
    assert stranger.registration.organisation.name not in shown


def test_the_choice_of_readers_is_of_their_point(coordinator, people, room):
    names = [label for _value, label in coordinator.get(NEW).context["people"]]
    assert [people[1].full_name in name for name in names] == [True, False]
    assert BridgePoint.objects.count() == 2


def test_a_coordinator_has_no_reminders_and_no_texts(coordinator, conference):
    shown = coordinator.get(LIST).content.decode()
    assert "/messages/reminders/" not in shown
    assert coordinator.get("/admin/c/na-chi-lang/messages/reminders/").status_code == 404


def test_titles_say_what_a_placeholder_stands_for_and_the_form_keeps_it(organiser, conference, room):
    title, raw = "Mang mẫu đến [tên ngắn của điểm cầu]", "Mang mẫu đến {point_short}"
    draft = written(conference, subject=raw)
    assert title in organiser.get(LIST).content.decode()
    assert raw not in organiser.get(LIST).content.decode()
    opened = organiser.get(page(draft))
    assert opened.context["title"] == title
    assert opened.context["form"]["subject"].value() == raw
    assert title in organiser.get(f"{page(draft)}delete/").content.decode()
    assert raw not in organiser.get(f"{page(draft)}preview/").content.decode()
    Announcement.objects.update(state="confirmed", send_at=NOW + timedelta(hours=1))
    assert organiser.get(page(draft)).context["title"] == title
    (upcoming, _departures), *_more = organiser.get(f"/admin/delivery/{conference.pk}/").context["upcoming"]
    assert upcoming.label == title


def test_no_text_is_called_optional_whether_it_is_depends_on_the_way_that_is_chosen(organiser):
    shown = organiser.get(NEW).content.decode()
    for name, label in (("text", "Nội dung e-mail"), ("sms_text", "Nội dung SMS")):
        assert re.search(rf'<label for="id_{name}">{label}\s*</label>', shown), name
