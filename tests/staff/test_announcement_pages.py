"""Writing to people: the draft, who gets it, confirming, taking back."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import translation

from messaging.models import Announcement
from outbox.models import BadAddress, Message
from registrations.models import Delegate
from staff.messages import announcements
from tests.conftest import NOW
from tests.support.factories import (
    BridgePointFactory,
    ConferenceFactory,
    ConnectionFactory,
    CoordinatorFactory,
    OrganiserFactory,
    registered,
)
from tests.support.html_forms import filled_in
from tests.support.pages import faults

pytestmark = pytest.mark.django_db

LIST = "/admin/messaging/announcement/"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller, translation.override("en"):
        yield traveller


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def conference():
    return ConferenceFactory(organisers=[OrganiserFactory(phone="+84912345678")])


@pytest.fixture
def hall(conference):
    return BridgePointFactory(conference=conference, name="Hội trường huyện Chi Lăng", short_name="Chi Lăng")


@pytest.fixture
def organiser(client, conference):
    client.force_login(conference.organisers.get())
    return client


@pytest.mark.parametrize("state", ["draft", "planned"])
def test_the_list_and_a_sent_message_name_what_a_placeholder_stands_for(organiser, conference, state):
    text = "Kính gửi {name}, mời đến {point_short}."
    said = Announcement.objects.create(
        conference=conference, subject="Đổi giờ: {point_short}", text=text, sms_text=text, state=state
    )
    pages = [organiser.get(LIST).content.decode()]
    if state == "planned":
        pages.append(organiser.get(f"{LIST}{said.pk}/change/", follow=True).content.decode())
        assert "Kính gửi [" in pages[1]
    for page in pages:
        assert "Đổi giờ: [" in page
        assert "{point_short}" not in page
        assert "{name}" not in page


def add(conference) -> str:
    return f"{LIST}add/?conference={conference.pk}"


def change(announcement) -> str:
    return f"{LIST}{announcement.pk}/change/"


def preview(announcement) -> str:
    return f"{LIST}{announcement.pk}/preview/"


def draft(conference, **fields) -> Announcement:
    given = {"subject": "Gửi xe", "text": "Kính gửi {name}: {link}", "sms_text": "Gửi xe ở sân sau"}
    return Announcement.objects.create(conference=conference, **{**given, **fields})


def text_of(response) -> str:
    return response.content.decode()


def confirm(client, announcement, fingerprint=None):
    fingerprint = fingerprint or client.get(preview(announcement)).context["preview"].fingerprint
    return client.post(preview(announcement), {"fingerprint": fingerprint})


# --- the draft --------------------------------------------------------------------------------------------------------


def test_without_a_conference_in_the_address_one_of_his_own_is_chosen_first(organiser, conference):
    foreign = ConferenceFactory(short_name="Hội nghị lạ")
    page = text_of(organiser.get(f"{LIST}add/"))
    assert f'href="?conference={conference.pk}"' in page
    assert foreign.short_name not in page
    assert organiser.get(add(foreign)).status_code == 404


def test_the_links_of_the_conference_and_the_add_button_of_its_list_lead_to_a_draft_for_it(organiser, conference):
    page = text_of(organiser.get(f"/admin/conference/conference/{conference.pk}/change/"))
    assert f'href="{add(conference)}"' in page
    filtered = text_of(organiser.get(LIST, {"conference__id__exact": conference.pk}))
    button = f"{LIST}add/?_changelist_filters=conference__id__exact%3D{conference.pk}"
    assert button in filtered
    assert "adminform" in organiser.get(button).context


def test_a_draft_is_saved_for_the_conference_in_the_address_and_leads_to_who_gets_it(organiser, conference, hall):
    data = filled_in(
        organiser.get(add(conference)),
        subject="Gửi xe {point_short}",
        text="Kính gửi {name}",
        sms_text="Xe: sân sau",
        points=[str(hall.pk)],
        kinds=["venue"],
        to_waitlisted="on",
    )
    answer = organiser.post(add(conference), {**data, "_check": ""})
    written = Announcement.objects.get()
    assert answer.url == preview(written)
    assert (written.conference, written.state, written.created_by) == (
        conference, "draft", conference.organisers.get(),
    )  # fmt: skip
    assert (written.subject, written.kinds, written.to_waitlisted) == ("Gửi xe {point_short}", ["venue"], True)
    assert list(written.points.all()) == [hall]
    assert not Message.objects.filter(kind="announcement").exists()


def test_only_points_of_this_conference_can_be_chosen(organiser, conference, hall):
    foreign = BridgePointFactory(name="Điểm lạ")
    page = organiser.get(add(conference))
    assert "Điểm lạ" not in text_of(page)
    data = filled_in(page, subject="x", text="x", sms_text="x", points=[str(foreign.pk)])
    assert organiser.post(add(conference), data).status_code == 200
    assert not Announcement.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": ""}, "text"),
        ({"sms_text": ""}, "sms_text"),
        ({"subject": ""}, "subject"),
        ({"text": "{nam}"}, "text"),
        ({"sms_text": "{details}"}, "sms_text"),
        ({"to_confirmed": None}, "to_confirmed"),
        ({"send_at_0": "1/1/2027", "send_at_1": "08:00"}, "send_at"),
    ],
)
def test_a_draft_with_a_fault_comes_back_as_it_was_typed(organiser, conference, changes, field):
    typed = {"subject": "Gửi xe", "text": "Kính gửi {name}", "sms_text": "Sân sau", **changes}
    answer = organiser.post(add(conference), filled_in(organiser.get(add(conference)), **typed))
    assert answer.status_code == 200
    form = answer.context["adminform"].form
    assert list(form.errors) == [field]
    assert form["subject"].value() == typed["subject"]
    assert not Announcement.objects.exists()


def test_no_route_over_zalo_is_offered_since_it_takes_approved_templates_only(organiser, conference, settings):
    settings.OUTBOX_CHANNELS = {
        **settings.OUTBOX_CHANNELS,
        "zalo": "outbox.channels.console.ConsoleChannel",
    }
    choices = organiser.get(add(conference)).context["adminform"].form.fields["route"].choices
    assert [code for code, _label in choices] == ["email+sms", "email,sms", "sms,email", "email", "sms"]


def test_the_preview_button_saves_nothing_and_keeps_what_is_typed(organiser, conference):
    typed = filled_in(organiser.get(add(conference)), subject="Gửi xe", text="Chào {name}", sms_text="Sân {event}")
    answer = organiser.post(add(conference), {**typed, "_preview": ""})
    assert answer.status_code == 200
    assert not Announcement.objects.exists()
    assert answer.context["adminform"].form["text"].value() == "Chào {name}"
    assert "errornote" not in text_of(answer)
    mail, sms = answer.context["shown"]
    assert mail.content.text.splitlines()[0] == "Chào Example Person"
    assert sms.content.text.startswith("San Hoi nghi")


def test_while_it_is_typed_mail_and_sms_are_shown_for_somebody(organiser, conference, hall):
    delegate = registered(hall, now=NOW).delegates.get()
    where = f"/admin/messaging/conference/{conference.pk}/write/"
    typed = {
        "person": delegate.person,
        "route": "email+sms",
        "subject": "Gửi xe {point_short}",
        "text": "Chào {name}\n{link}",
        "sms_text": "Sân {number}",
    }
    shown = text_of(organiser.post(f"{where}live/", typed))
    assert "Gửi xe Chi Lăng" in shown
    assert f"Chào {delegate.full_name}" in shown
    assert f"San {delegate.registration.number}" in shown
    assert delegate.token not in shown
    framed = organiser.post(f"{where}html/", typed)
    assert f"Chào {delegate.full_name}" in text_of(framed)
    assert delegate.token not in text_of(framed)
    assert "default-src 'none'" in framed["Content-Security-Policy"]
    assert "SMS" not in text_of(organiser.post(f"{where}live/", {**typed, "route": "email"}))


def test_a_draft_can_be_deleted_a_confirmed_message_cannot(organiser, conference, hall):
    registered(hall, now=NOW)
    first, second = draft(conference), draft(conference)
    assert organiser.post(f"{LIST}{first.pk}/delete/", {"post": "yes"}).status_code == 302
    confirm(organiser, second)
    assert organiser.post(f"{LIST}{second.pk}/delete/", {"post": "yes"}).status_code == 403
    assert list(Announcement.objects.all()) == [second]


def test_a_confirmed_message_is_only_looked_at(organiser, conference, hall):
    registered(hall, now=NOW)
    announcement = draft(conference)
    confirm(organiser, announcement)
    page = organiser.get(change(announcement))
    assert page.status_code == 200
    assert b'name="_save"' not in page.content
    assert "people with a seat" in text_of(page)
    assert organiser.post(change(announcement), {"subject": "Khác"}).status_code == 403
    announcement.refresh_from_db()
    assert announcement.subject == "Gửi xe"


def test_a_form_that_was_open_while_somebody_confirmed_does_not_make_a_draft_of_it_again(
    organiser, conference, hall, monkeypatch
):
    registered(hall, now=NOW)
    announcement = draft(conference)
    data = filled_in(organiser.get(change(announcement)), subject="Khác")
    allowed = type(announcement).is_editable
    # The page's own check has passed when the other one confirms.
    monkeypatch.setattr(Announcement, "is_editable", property(lambda self: True))
    confirm(organiser, announcement)
    assert organiser.post(change(announcement), data).status_code == 403
    monkeypatch.setattr(Announcement, "is_editable", allowed)
    announcement.refresh_from_db()
    assert (announcement.state, announcement.subject) == ("planned", "Gửi xe")


def test_an_earlier_version_cannot_be_brought_back(organiser, conference, hall):
    registered(hall, now=NOW)
    announcement = draft(conference)
    version = announcement.history.latest().history_id
    confirm(organiser, announcement)
    where = f"{LIST}{announcement.pk}/history/{version}/"
    assert organiser.get(where).status_code == 200
    assert organiser.post(where, {"subject": "x"}).status_code == 403
    announcement.refresh_from_db()
    assert announcement.state == "planned"


def test_the_versions_of_a_confirmed_announcement_can_be_looked_at(organiser, conference, hall):
    registered(hall, now=NOW)
    announcement = draft(conference)
    confirm(organiser, announcement)
    versions = list(announcement.history.values_list("history_id", flat=True))
    pages = [organiser.get(f"{LIST}{announcement.pk}/history/{version}/") for version in versions]
    assert [page.status_code for page in pages] == [200] * len(versions)
    assert len(versions) > 1
    assert "Historical" not in pages[0].content.decode()


# --- who gets it ------------------------------------------------------------------------------------------------------


def test_the_page_names_exactly_who_gets_it_by_which_channel(organiser, conference, hall):
    delegates = registered(hall, now=NOW, people=2, source="staff").delegates.order_by("id")
    Delegate.objects.filter(pk=delegates[1].pk).update(email="")
    CoordinatorFactory(bridge_point=hall, user__name="Đầu Mối", user__phone="")
    ConnectionFactory(bridge_point=hall, technician_name="Kỹ Thuật Viên")
    registered(BridgePointFactory(), now=NOW, number=9)
    page = organiser.get(preview(draft(conference, to_coordinators=True, to_technicians=True)))
    rows = [(row["name"], row["channels"], row["point"]) for row in page.context["reached_rows"]]
    assert rows == [
        (delegates[0].full_name, "e-mail, SMS", "Chi Lăng"),
        (delegates[1].full_name, "SMS", "Chi Lăng"),
        ("Đầu Mối", "e-mail", "Chi Lăng"),
    ]
    shown = text_of(page)
    for words in ("HTX Ví Dụ 1", "Giám đốc", "coordinator"):
        assert words in shown
    assert [(row["name"], row["why_not"]) for row in page.context["unreached_rows"]] == [
        ("Kỹ Thuật Viên", "Neither e-mail address nor mobile number.")
    ]
    assert (page.context["preview"].people, page.context["preview"].unreachable) == (4, 1)
    assert [(row["channel"], row["count"]) for row in page.context["leaving"]] == [("email", 2), ("sms", 2)]
    assert page.context["messages_total"] == 4


def test_an_address_that_came_back_is_named_as_the_reason(organiser, conference, hall):
    delegate = registered(hall, now=NOW).delegates.get()
    BadAddress.objects.create(channel="email", address=delegate.email, since=NOW)
    page = organiser.get(preview(draft(conference, route="email")))
    assert "The address does not exist: an earlier message came back." in text_of(page)
    assert page.context["can_confirm"] is False
    assert b"Confirm:" not in page.content


def test_the_list_is_searched_without_accents_and_the_counts_stay_whole(organiser, conference, hall):
    registered(hall, now=NOW, number=1)
    found = registered(hall, now=NOW, number=2).delegates.get()
    Delegate.objects.filter(pk=found.pk).update(full_name="Đỗ Thị Hương")
    announcement = draft(conference)
    for query in ("do thi huong", "HUONG htx", "vi du 2", "hương chi lang"):
        page = organiser.get(preview(announcement), {"q": query})
        assert [row["name"] for row in page.context["reached_rows"]] == ["Đỗ Thị Hương"], query
        assert page.context["preview"].people == 2
    assert organiser.get(preview(announcement), {"q": "không có ai"}).context["reached"].total == 0


def test_the_list_has_pages(organiser, conference, hall, monkeypatch):
    monkeypatch.setattr(announcements, "PER_PAGE", 2)
    registration = registered(hall, now=NOW, people=5, source="staff")
    everybody = [d.full_name for d in registration.delegates.order_by("sort_name", "id")]
    announcement = draft(conference)
    seen = []
    for number in (1, 2, 3):
        page = organiser.get(preview(announcement), {"p": number})
        seen += [row["name"] for row in page.context["reached_rows"]]
        assert f"Page {number} of 3" in text_of(page)
    assert seen == everybody
    for wrong in ("0", "-1", "x", "99", "9" * 30, "²"):
        assert organiser.get(preview(announcement), {"p": wrong, "u": wrong}).status_code == 200


@pytest.mark.parametrize(
    ("route", "fields", "shown"),
    [
        ("email+sms", {"email": ""}, ["sms"]),
        ("email+sms", {"phone": ""}, ["email"]),
        ("email+sms", {}, ["email", "sms"]),
        ("email,sms", {}, ["email"]),
        ("email,sms", {"email": ""}, ["sms"]),
        # Nobody reaches them: how it would read.
        ("email+sms", {"email": "", "phone": ""}, ["email", "sms"]),
    ],
)
def test_it_is_shown_as_the_person_gets_it(organiser, conference, hall, route, fields, shown):
    delegate = registered(hall, now=NOW).delegates.get()
    for name, value in fields.items():
        setattr(delegate, name, value)
    delegate.save()
    announcement = draft(conference, route=route)
    page = organiser.get(preview(announcement), {"person": delegate.person})
    assert [one.channel for one in page.context["shown"]] == shown
    typed = {"subject": "Xe", "text": "Kính gửi", "sms_text": "Xe", "route": route, "person": delegate.person}
    live = organiser.post(reverse("messaging:announcement_live", args=[conference.pk]), typed)
    assert [one.channel for one in live.context["shown"]] == shown


def test_the_page_says_how_many_get_no_sms_yet(organiser, conference, hall):
    registered(hall, now=NOW, people=3)
    page = " ".join(text_of(organiser.get(preview(draft(conference)))).split())
    assert "<strong>2</strong> get no SMS: their contact person has not opened our message yet" in page


def test_it_is_read_as_any_of_them_but_as_nobody_of_another_conference(organiser, conference, hall):
    first, second = registered(hall, now=NOW, people=2, source="staff").delegates.order_by("sort_name", "id")
    foreign = registered(BridgePointFactory(), now=NOW, number=7).delegates.get()
    announcement = draft(conference)
    assert f"Kính gửi {first.full_name}" in text_of(organiser.get(preview(announcement)))
    page = organiser.get(preview(announcement), {"person": second.person})
    assert f"Kính gửi {second.full_name}" in text_of(page)
    assert second.token not in text_of(page)
    page = organiser.get(preview(announcement), {"person": foreign.person})
    assert foreign.full_name not in text_of(page)


def test_the_parts_of_the_sms_are_counted_for_everybody(organiser, conference, hall):
    registered(hall, now=NOW, people=3, source="staff")
    long = organiser.get(preview(draft(conference, sms_text="Dài " * 50))).context
    assert (long["sms_parts"], long["sms_most"], long["sms_estimated"]) == (6, 2, False)
    short = organiser.get(preview(draft(conference, sms_text="Ngắn"))).context
    assert short["sms_parts"] == 3


def test_of_very_many_the_parts_are_estimated_and_it_says_so(organiser, conference, hall, monkeypatch):
    monkeypatch.setattr(announcements, "_MEASURED", 2)
    registered(hall, now=NOW, people=3, source="staff")
    page = organiser.get(preview(draft(conference, sms_text="Dài " * 50)))
    assert (page.context["sms_parts"], page.context["sms_estimated"]) == (6, True)
    assert "about 6 parts in all" in text_of(page)


def test_an_sms_that_the_night_moves_says_when_it_leaves_and_why(organiser, conference, hall, settings, clock):
    settings.QUIET_HOURS = "22:00-07:00"
    registered(hall, now=NOW)
    clock.move_to(NOW.replace(hour=16))
    mail, sms = organiser.get(preview(draft(conference))).context["leaving"]
    assert (mail["when"], mail["is_moved"]) == ("at once", False)
    assert (sms["when"], sms["is_moved"]) == ("07:00, 2/7/2027", True)
    assert "after the quiet hours" in text_of(organiser.get(preview(draft(conference))))


def test_for_a_later_time_it_says_that_newcomers_get_it_too(organiser, conference, hall):
    registered(hall, now=NOW)
    now = text_of(organiser.get(preview(draft(conference))))
    later = text_of(organiser.get(preview(draft(conference, send_at=NOW + timedelta(days=1)))))
    words = "people who register until then get it too"
    assert words not in now
    assert words in later
    assert "10:00, 2/7/2027" in later


def test_the_page_asks_as_much_of_the_database_for_three_as_for_one(
    organiser, conference, hall, django_assert_max_num_queries
):
    def statements(announcement) -> int:
        with django_assert_max_num_queries(60) as captured:
            assert organiser.get(preview(announcement)).status_code == 200
        return len(captured)

    def one_more(number: int) -> None:
        point = BridgePointFactory(conference=conference)
        registered(point, now=NOW, number=number, people=2, source="staff")
        CoordinatorFactory(bridge_point=point)
        ConnectionFactory(bridge_point=point, technician_name="Kỹ thuật", technician_email="kt@vidu.example")

    announcement = draft(conference, to_coordinators=True, to_technicians=True)
    one_more(1)
    statements(announcement)
    with_one = statements(announcement)
    one_more(2)
    one_more(3)
    assert statements(announcement) == with_one


# --- the last word ----------------------------------------------------------------------------------------------------


def test_confirming_sends_it_to_those_who_were_shown(organiser, conference, hall):
    registered(hall, now=NOW, people=2, source="staff")
    announcement = draft(conference)
    assert confirm(organiser, announcement).url == change(announcement)
    assert Message.objects.filter(occasion=announcement.occasion).count() == 4
    announcement.refresh_from_db()
    assert (announcement.state, announcement.confirmed_by) == ("planned", conference.organisers.get())
    assert "4 messages are on their way." in text_of(organiser.get(change(announcement)))


def test_if_others_would_get_it_by_now_nothing_leaves_and_they_are_shown_with_a_note(organiser, conference, hall):
    registered(hall, now=NOW, number=1)
    announcement = draft(conference)
    shown = organiser.get(preview(announcement)).context["preview"].fingerprint
    newcomer = registered(hall, now=NOW, number=2).delegates.get()
    answer = confirm(organiser, announcement, shown)
    assert answer.status_code == 409
    assert "The message, or who gets it, has changed since it was shown. Please look again." in text_of(answer)
    assert newcomer.full_name in [row["name"] for row in answer.context["reached_rows"]]
    assert not Message.objects.filter(occasion=announcement.occasion).exists()
    confirm(organiser, announcement, answer.context["preview"].fingerprint)
    assert Message.objects.filter(occasion=announcement.occasion).count() == 4


def test_a_time_that_has_passed_meanwhile_is_a_message_and_no_crash(organiser, conference, hall, clock):
    registered(hall, now=NOW)
    announcement = draft(conference, send_at=NOW + timedelta(hours=1))
    shown = organiser.get(preview(announcement)).context["preview"].fingerprint
    clock.move_to(NOW + timedelta(hours=2))
    answer = confirm(organiser, announcement, shown)
    assert answer.url == change(announcement)
    page = organiser.get(change(announcement))
    assert "The time at which it was to be sent has passed. Please change it." in text_of(page)


def test_confirmed_for_later_it_waits_and_can_become_a_draft_again(organiser, conference, hall):
    registered(hall, now=NOW)
    announcement = draft(conference, send_at=NOW + timedelta(days=1))
    confirm(organiser, announcement)
    assert "Take it back to a draft" in text_of(organiser.get(change(announcement)))
    waiting = organiser.get(preview(announcement))
    assert waiting.context["can_confirm"] is False
    assert "It is confirmed and waits for its time." in text_of(waiting)
    organiser.post(f"{LIST}{announcement.pk}/withdraw/")
    announcement.refresh_from_db()
    assert announcement.state == "draft"
    assert b'name="_check"' in organiser.get(change(announcement)).content


def test_what_has_not_left_can_be_taken_back_as_long_as_there_is_any(organiser, conference, hall):
    registered(hall, now=NOW, people=2, source="staff")
    announcement = draft(conference)
    confirm(organiser, announcement)
    sent = Message.objects.filter(occasion=announcement.occasion).first()
    Message.objects.filter(pk=sent.pk).update(state="sent", sent_at=NOW)
    assert "Take back what has not left" in text_of(organiser.get(change(announcement)))
    organiser.post(f"{LIST}{announcement.pk}/withdraw/")
    page = text_of(organiser.get(change(announcement)))
    assert "3 messages were taken back." in page
    assert "Take back what has not left" not in page
    states = list(Message.objects.filter(occasion=announcement.occasion).values_list("state", flat=True))
    assert sorted(states) == ["cancelled", "cancelled", "cancelled", "sent"]


def test_when_all_have_left_there_is_nothing_to_take_back(organiser, conference, hall):
    registered(hall, now=NOW)
    announcement = draft(conference)
    confirm(organiser, announcement)
    Message.objects.filter(occasion=announcement.occasion).update(state="delivered")
    assert "Take back" not in text_of(organiser.get(change(announcement)))


def test_reading_the_addresses_changes_nothing(organiser, conference, hall):
    registered(hall, now=NOW)
    announcement = draft(conference)
    organiser.get(preview(announcement), {"fingerprint": "x"})
    assert organiser.get(f"{LIST}{announcement.pk}/withdraw/").status_code == 405
    announcement.refresh_from_db()
    assert announcement.state == "draft"


def test_a_message_that_has_left_shows_what_became_of_it_in_place_of_who_would_get_it(organiser, conference, hall):
    registered(hall, now=NOW)
    announcement = draft(conference)
    confirm(organiser, announcement)
    assert organiser.get(preview(announcement)).url == change(announcement)


def test_a_test_of_the_draft_goes_to_the_organiser_himself_without_a_link_of_others(organiser, conference, hall):
    delegate = registered(hall, now=NOW).delegates.get()
    announcement = draft(conference)
    organiser.post(preview(announcement), {"_test": "email", "person": delegate.person})
    organiser.post(preview(announcement), {"_test": "sms", "person": delegate.person})
    mail, sms = Message.objects.filter(kind="trial").order_by("id")
    assert (mail.address, sms.address) == (conference.organisers.get().email, "+84912345678")
    assert delegate.full_name in mail.text
    assert delegate.token not in mail.text
    announcement.refresh_from_db()
    assert announcement.state == "draft"


@pytest.mark.parametrize("channel", ["zalo", "fax", ""])
def test_a_test_over_a_channel_that_the_message_has_not_is_refused(organiser, conference, channel):
    answer = organiser.post(preview(draft(conference)), {"_test": channel})
    assert answer.status_code == 302
    assert not Message.objects.filter(kind="trial").exists()


# --- the list ---------------------------------------------------------------------------------------------------------


def test_the_list_counts_what_is_queued_sent_and_failed(organiser, conference, hall):
    registered(hall, now=NOW, people=2, source="staff")
    announcement = draft(conference)
    confirm(organiser, announcement)
    pks = list(Message.objects.filter(occasion=announcement.occasion).values_list("pk", flat=True))
    for pk, state in zip(pks, ("sent", "delivered", "failed"), strict=False):
        Message.objects.filter(pk=pk).update(state=state)
    (row,) = organiser.get(LIST).context["cl"].result_list
    site_admin = organiser.get(LIST).context["cl"].model_admin
    assert (site_admin.queued(row), site_admin.sent(row), site_admin.failed(row)) == (1, 2, 1)
    assert site_admin.when(row) == "10:00, 1/7/2027"


def test_the_list_takes_as_many_statements_for_three_as_for_one(
    organiser, conference, hall, django_assert_max_num_queries
):
    def statements() -> int:
        with django_assert_max_num_queries(60) as captured:
            organiser.get(LIST)
        return len(captured)

    registered(hall, now=NOW)
    confirm(organiser, draft(conference))
    statements()
    with_one = statements()
    for _ in range(2):
        confirm(organiser, draft(conference))
    assert statements() == with_one


def test_the_list_and_its_filter_name_nothing_of_other_conferences(organiser, conference):
    draft(conference)
    draft(ConferenceFactory(short_name="Hội nghị lạ"), subject="Tin mật")
    page = text_of(organiser.get(LIST))
    assert "Gửi xe" in page
    assert "Tin mật" not in page
    assert "Hội nghị lạ" not in page


def test_a_coordinator_sees_none_of_it(client, conference, hall):
    announcement = draft(conference)
    client.force_login(CoordinatorFactory(bridge_point=hall).user)
    for address in (LIST, add(conference), change(announcement), preview(announcement)):
        assert client.get(address).status_code == 403
    assert b"/messaging/announcement/" not in client.get("/admin/").content


def test_no_page_has_faults_in_its_html_in_whatever_state(organiser, conference, hall, settings):
    settings.QUIET_HOURS = "00:00-23:59"
    registered(hall, now=NOW, people=2, source="staff")
    ConnectionFactory(bridge_point=hall, technician_name="Kỹ thuật")
    announcement = draft(conference, to_technicians=True)
    pages = [
        organiser.get(f"{LIST}add/"),
        organiser.get(add(conference)),
        organiser.post(add(conference), {"text": "{nam}"}),
        organiser.get(change(announcement)),
        organiser.get(preview(announcement), {"q": "nguyen"}),
        confirm(organiser, announcement, "wrong"),
    ]
    confirm(organiser, announcement)
    pages += [organiser.get(LIST), organiser.get(change(announcement))]
    assert [faults(text_of(page)) for page in pages] == [[]] * len(pages)


def test_taking_back_says_how_many_may_arrive_all_the_same(organiser, conference, hall):
    registered(hall, now=NOW, people=2, source="staff")
    announcement = draft(conference)
    confirm(organiser, announcement)
    held = Message.objects.filter(occasion=announcement.occasion).first()
    Message.objects.filter(pk=held.pk).update(state="claimed")
    organiser.post(f"{LIST}{announcement.pk}/withdraw/")
    page = text_of(organiser.get(change(announcement)))
    assert "1 of them was just leaving and may arrive; the delivery page will say so." in page


# --- what no page may stumble over ------------------------------------------------------------------------------------


def test_an_sms_that_fills_to_too_many_parts_is_refused_and_a_stored_one_breaks_no_page(organiser, conference, hall):
    conference.preparation = "x" * 2000
    conference.save()
    registered(hall, now=NOW)
    page = organiser.get(add(conference))
    answer = organiser.post(add(conference), filled_in(page, subject="s", text="t", sms_text="{preparation}" * 40))
    assert list(answer.context["adminform"].form.errors) == ["sms_text"]
    stored = draft(conference, sms_text="{preparation}" * 40)
    assert organiser.get(preview(stored)).status_code == 200
    assert organiser.get(change(stored)).status_code == 200


def test_a_person_whose_number_no_database_holds_is_unknown_in_the_preview(organiser, conference, hall):
    registered(hall, now=NOW)
    address = f"{preview(draft(conference))}?person=delegate/99999999999999999999999"
    assert organiser.get(address).status_code == 200
