"""The texts of a conference: what is ours, what is its own, the editor and its preview, a test to oneself."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone, translation

from bridges.models import Connection
from messaging import message_kinds, previews
from messaging.compose import Batch, content
from messaging.models import Template
from messaging.texts import defaults
from outbox import queue
from outbox.models import Message
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
def organiser(client, conference):
    client.force_login(conference.organisers.get())
    return client


def all_of(conference) -> str:
    return f"/admin/messaging/conference/{conference.pk}/texts/"


def editor(conference, kind="reminder", channel="email", language="en") -> str:
    return f"{all_of(conference)}{kind}/{channel}/{language}/"


def own_text(conference, **fields) -> Template:
    given = {"kind": "reminder", "channel": "email", "language": "en", "subject": "Sắp tới", "body": "Kính gửi {name}"}
    return Template.objects.create(conference=conference, **{**given, **fields})


def text_of(response) -> str:
    return response.content.decode()


# --- all of them ------------------------------------------------------------------------------------------------------


def test_every_kind_of_message_can_be_edited_in_every_channel_and_language(organiser, conference):
    page = text_of(organiser.get(all_of(conference)))
    for kind, _label in message_kinds.TEMPLATED:
        for channel in ("email", "sms"):
            for language in ("vi", "en"):
                assert f'href="{editor(conference, kind, channel, language)}"' in page
                assert organiser.get(editor(conference, kind, channel, language)).status_code == 200


def test_the_list_says_where_the_conference_has_words_of_its_own(organiser, conference):
    own_text(conference)
    own_text(ConferenceFactory(), kind="moved")
    page = text_of(organiser.get(all_of(conference)))
    assert page.count("own text<") == 1
    assert page.count("our default<") == len(message_kinds.TEMPLATED) * 4 - 1


def test_zalo_stands_there_where_it_is_set_up(organiser, conference, settings):
    assert organiser.get(editor(conference, channel="zalo")).status_code == 404
    settings.OUTBOX_CHANNELS = {
        **settings.OUTBOX_CHANNELS,
        "zalo": "outbox.channels.console.ConsoleChannel",
    }
    assert editor(conference, channel="zalo") in text_of(organiser.get(all_of(conference)))
    assert organiser.get(editor(conference, channel="zalo")).status_code == 200


@pytest.mark.parametrize("wrong", ["announcement/email/en", "reminder/fax/en", "reminder/email/fr"])
def test_there_is_no_editor_for_what_there_is_not(organiser, conference, wrong):
    assert organiser.get(f"{all_of(conference)}{wrong}/").status_code == 404


def test_the_page_of_the_conference_leads_there(organiser, conference):
    assert f'href="{all_of(conference)}"' in text_of(
        organiser.get(f"/admin/conference/conference/{conference.pk}/change/")
    )


# --- the editor -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "channel", "body", "missing"),
    [
        ("reminder", "email", "See you, {name}. {page}", "{link}: nobody gets their personal link"),
        ("reminder", "sms", "See you, {name}", "{link}: nobody gets their personal link"),
        ("waitlisted", "email", "You wait, {name}", "{page}: nobody gets to the page"),
        ("invited", "sms", "Come, {name}", "{invitation}: nobody can accept"),
        ("reminder", "email", "See you, {name}: {link}", ""),
        ("invited", "email", "Come: {invitation}", ""),
        ("cancelled", "email", "Cancelled, {name}", ""),
    ],
)
def test_a_text_without_the_link_that_ours_has_is_saved_and_said_to_lead_nowhere(
    organiser, conference, kind, channel, body, missing
):
    subject = {"subject": "Soon"} if channel == "email" else {}
    page = organiser.post(editor(conference, kind, channel), {**subject, "body": body}, follow=True)
    assert Template.objects.get().body == body
    warnings = [str(message) for message in page.context["messages"] if message.level_tag == "warning"]
    assert warnings == ([warnings[0]] if missing else [])
    assert missing in "".join(warnings)


def test_the_editor_begins_with_our_default(organiser, conference):
    form = organiser.get(editor(conference)).context["form"]
    assert form["subject"].value() == "Reminder: {event} – {point_short}"
    assert form["body"].value().startswith("Dear {name},\n\nThe conference starts {starts_in}.")


def test_what_is_saved_is_this_conference_s_own_text(organiser, conference):
    address = editor(conference)
    data = filled_in(organiser.get(address), subject="Sắp tới: {event}", body="Kính gửi {name},\r\nxin nhắc.")
    assert organiser.post(address, {**data, "_save": ""}).url == all_of(conference)
    template = Template.objects.get()
    assert (template.conference, template.kind, template.channel, template.language) == (
        conference, "reminder", "email", "en",
    )  # fmt: skip
    assert (template.subject, template.body) == ("Sắp tới: {event}", "Kính gửi {name},\nxin nhắc.")
    again = organiser.get(address)
    assert again.context["form"]["body"].value() == template.body
    organiser.post(address, {"subject": "Mới", "body": "Mới", "_save": ""})
    assert Template.objects.get().body == "Mới"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("body", "Kính gửi {nam}", "There is no placeholder {nam} in this message. Did you mean {name}?"),
        ("body", "Mật khẩu: {details}", "There is no placeholder {details} in this message."),
        ("subject", "{ten}", "There is no placeholder {ten} in this message."),
        ("subject", " ", "A mail needs a subject."),
        ("body", "", "This field is required."),
    ],
)
def test_a_text_with_a_fault_is_not_saved_and_comes_back_as_it_was_typed(organiser, conference, field, value, words):
    typed = {"subject": "Tiêu đề", "body": "Nội dung", field: value}
    answer = organiser.post(editor(conference), {**typed, "_save": ""})
    assert answer.status_code == 200
    assert not Template.objects.exists()
    assert [words] in answer.context["form"].errors.values()
    assert answer.context["form"][field].value() == value
    assert words in text_of(answer).replace("&#x27;", "'")


def test_back_to_the_default_deletes_the_own_text_of_this_place_only(organiser, conference):
    own_text(conference)
    kept = own_text(conference, channel="sms", subject="")
    organiser.post(editor(conference), {"_default": "x"})
    assert list(Template.objects.all()) == [kept]
    assert organiser.get(editor(conference)).context["form"]["subject"].value() == "Reminder: {event} – {point_short}"


def test_reading_the_address_of_an_editor_deletes_nothing(organiser, conference):
    own_text(conference)
    organiser.get(editor(conference), {"_default": "x"})
    assert Template.objects.exists()


def test_an_earlier_version_can_be_put_into_the_editor_even_after_it_was_deleted(organiser, conference):
    own_text(conference, body="Bản cũ {name}")
    version = Template.history.latest("history_id").history_id
    organiser.post(editor(conference), {"_default": "x"})
    page = organiser.get(editor(conference))
    assert "Bản cũ {name}" in text_of(page)
    assert organiser.get(editor(conference), {"version": version}).context["form"]["body"].value() == "Bản cũ {name}"
    assert not Template.objects.exists()


def test_a_version_of_another_conference_stays_there(organiser, conference):
    own_text(ConferenceFactory(), body="Của người khác")
    version = Template.history.latest("history_id").history_id
    assert "Của người khác" not in text_of(organiser.get(editor(conference), {"version": version}))


def test_the_placeholders_of_this_kind_of_message_are_listed_without_any_script(organiser, conference):
    page = text_of(organiser.get(editor(conference, "waitlisted", "sms")))
    assert '<code data-insert="{place}">{place}</code>' in page
    assert "{details}" not in page


# --- how it reads -----------------------------------------------------------------------------------------------------


def live(client, conference, *where, **typed) -> str:
    return text_of(client.post(f"{editor(conference, *where)}live/", typed))


def test_a_real_delegate_is_chosen_and_what_he_would_read_is_shown(organiser, conference):
    registration = registered(BridgePointFactory(conference=conference, name="Hội trường huyện"), now=NOW)
    delegate = registration.delegates.get()
    page = organiser.get(editor(conference))
    assert page.context["people"][0] == (f"delegate/{delegate.pk}", f"{delegate.full_name} – Hội trường huyện")
    assert f"Dear {delegate.full_name}," in text_of(page)
    shown = live(organiser, conference, person=f"delegate/{delegate.pk}", subject="{number}", body="Kính gửi {name}")
    assert registration.number in shown
    assert f"Kính gửi {delegate.full_name}" in shown
    assert "<html" not in shown


def test_without_people_an_invented_example_says_that_it_is_one(organiser, conference):
    page = organiser.get(editor(conference))
    assert page.context["people"] == [(previews.INVENTED, "an invented example")]
    assert "Dear Example Person," in text_of(page)


@pytest.mark.parametrize("kind", [kind for kind, _label in message_kinds.TEMPLATED])
@pytest.mark.parametrize("with_point", [True, False])
def test_the_invented_example_fills_every_kind_of_message(organiser, conference, kind, with_point):
    if with_point:
        BridgePointFactory(conference=conference)
    for channel in ("email", "sms"):
        shown = organiser.get(editor(conference, kind, channel)).context["shown"][0]
        assert shown.content.text
        assert "{" not in shown.content.text
    assert previews.choices(conference, kind)[-1][0] == previews.INVENTED


def test_messages_about_changes_have_an_example_of_a_change(organiser, conference):
    BridgePointFactory(conference=conference, name="Hội trường huyện", address="Số 1")
    shown = organiser.get(editor(conference, "details")).context["shown"][0]
    assert "name: Hội trường huyện\naddress: Số 1" in shown.content.text
    shown = organiser.get(editor(conference, "rescheduled")).context["shown"][0]
    assert "announced for 08:00, 12/7/2027" in shown.content.text


def test_people_of_different_points_are_offered_and_only_those_whom_the_message_suits(conference):
    small, big = BridgePointFactory(conference=conference, seats=1), BridgePointFactory(conference=conference)
    seated = registered(small, now=NOW, number=1).delegates.get()
    waiting = registered(small, now=NOW, number=2).delegates.get()
    other = registered(big, now=NOW, number=3, people=2).delegates.order_by("id").first()

    def offered(kind: str) -> set[str]:
        return {person for person, _label in previews.choices(conference, kind)} - {previews.INVENTED}

    assert offered("reminder") == offered("confirmed") == {seated.person, other.person}
    assert offered("waitlisted") == {waiting.person}
    assert offered("cancelled") == set()


def test_texts_to_staff_are_shown_to_coordinators_and_technicians(organiser, conference):
    point = BridgePointFactory(conference=conference)
    coordinator = CoordinatorFactory(bridge_point=point)
    connection = ConnectionFactory(bridge_point=point, technician_name="Trần Kỹ Thuật")
    people = organiser.get(editor(conference, "staff_reminder")).context["people"]
    assert [person for person, _label in people] == [
        f"coordinator/{coordinator.pk}", f"technician/{connection.pk}", previews.INVENTED,
    ]  # fmt: skip


def test_somebody_of_another_conference_is_never_shown(organiser, conference):
    foreign = registered(BridgePointFactory(), now=NOW).delegates.get()
    shown = live(organiser, conference, person=foreign.person, subject="x", body="Kính gửi {name}")
    assert foreign.full_name not in shown
    assert "Kính gửi Example Person" in shown


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_no_preview_holds_a_usable_link_but_one_of_the_same_length(organiser, conference, channel):
    registration = registered(BridgePointFactory(conference=conference), now=NOW)
    delegate = registration.delegates.get()
    address = editor(conference, "confirmed", channel)
    typed = {"person": delegate.person, "subject": "{link}", "body": "{link}\n{page}"}
    answers = [
        organiser.get(address),
        organiser.post(f"{address}live/", typed),
        organiser.post(f"{address}html/", typed),
    ]
    for answer in answers:
        assert delegate.token not in text_of(answer)
        assert registration.token not in text_of(answer)
    link = answers[1].context["shown"][0].content.text.split()[0]
    assert "/j/ViDu" in link
    assert len(link.partition("?")[0]) == len(delegate.join_url)


def test_an_sms_is_shown_as_it_leaves_with_its_length(organiser, conference):
    shown = live(organiser, conference, "reminder", "sms", body="Kính mời đại biểu")
    assert "Kinh moi dai bieu" in shown
    assert "17 characters in GSM-7, 1 part" in shown
    shown = live(organiser, conference, "reminder", "sms", body="Kính mời đại biểu " * 5, keep_accents="on")
    assert "Kính mời đại biểu" in shown
    assert "in UCS-2, 2 parts" in shown


def test_zalo_shows_the_parameters_of_the_approved_template(organiser, conference, settings):
    settings.OUTBOX_CHANNELS = {
        **settings.OUTBOX_CHANNELS,
        "zalo": "outbox.channels.console.ConsoleChannel",
    }
    shown = live(organiser, conference, "reminder", "zalo", subject="7788", body="khach: {name}\nnhư: thế")
    assert "Approved template 7788" in shown
    assert re.search(r'<th scope="row">khach</th>\s*<td>Example Person</td>', shown)
    saved = organiser.post(editor(conference, channel="zalo"), {"subject": "", "body": "khach: {name}", "_save": ""})
    assert saved.context["form"].errors["subject"] == ["Please give the number of the approved template."]


def test_a_placeholder_that_there_is_not_is_named_in_the_preview(organiser, conference):
    shown = live(organiser, conference, subject="x", body="{nam}")
    assert "There is no placeholder {nam} in this message. Did you mean {name}?" in shown


def test_what_is_typed_cannot_become_markup(organiser, conference):
    typed = {"subject": "<b>x</b>", "body": "<script>alert(1)</script> {name}"}
    for answer in (live(organiser, conference, **typed), text_of(organiser.post(editor(conference) + "html/", typed))):
        assert "<script>alert" not in answer
        assert "&lt;script&gt;" in answer


def test_the_html_of_a_mail_stands_in_a_frame_of_its_own_that_may_do_nothing(organiser, conference):
    answer = organiser.post(editor(conference) + "html/", {"subject": "x", "body": "Xin chào {name}"})
    assert "Xin chào Example Person" in text_of(answer)
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert '<iframe class="dc-frame" name="mail-frame" sandbox ' in text_of(organiser.get(editor(conference)))


def test_the_preview_button_shows_what_is_typed_and_saves_nothing(organiser, conference):
    typed = {"subject": "Tiêu đề", "body": "Kính gửi {name}", "_preview": ""}
    answer = organiser.post(editor(conference), typed)
    assert answer.status_code == 200
    assert answer.context["form"]["body"].value() == "Kính gửi {name}"
    assert answer.context["shown"][0].content.text == "Kính gửi Example Person\n"
    assert not Template.objects.exists()


def test_an_editor_asks_as_much_of_the_database_for_four_points_as_for_two(
    organiser, conference, django_assert_max_num_queries
):
    def statements() -> int:
        with django_assert_max_num_queries(60) as captured:
            organiser.get(editor(conference))
        return len(captured)

    # One alone is read with conference and point by one statement, several by three.
    for number in (1, 2):
        registered(BridgePointFactory(conference=conference), now=NOW, number=number)
    statements()
    with_two = statements()
    for number in (3, 4):
        registered(BridgePointFactory(conference=conference), now=NOW, number=number)
    assert statements() == with_two


# --- a test to oneself ------------------------------------------------------------------------------------------------


def trial(client, conference, channel, **typed):
    where = editor(conference, channel=channel)
    return client.post(where, {"subject": "Nhắc {event}", "body": "Gửi {name}: {link}", **typed, "_test": channel})


def trials() -> list[Message]:
    return list(Message.objects.filter(kind="trial").order_by("id"))


def test_a_test_mail_goes_to_the_organiser_himself_without_anybody_s_link(organiser, conference, mailoutbox):
    registration = registered(BridgePointFactory(conference=conference), now=NOW)
    delegate = registration.delegates.get()
    answer = trial(organiser, conference, "email", person=delegate.person)
    assert answer.status_code == 200
    assert answer.context["form"]["body"].value() == "Gửi {name}: {link}"
    (message,) = trials()
    me = conference.organisers.get()
    assert (message.channel, message.address, message.composer) == ("email", me.email, "")
    assert message.subject == f"[Test] Nhắc {conference.short_name}"
    assert delegate.full_name in message.text
    assert "/j/ViDu" in message.text
    for token in (delegate.token, registration.token):
        assert token not in message.text
    queue.deliver(clock=timezone.now)
    assert me.email in [address for mail in mailoutbox for address in mail.to]
    assert not Template.objects.exists()


def test_a_test_sms_goes_to_the_organiser_s_own_mobile_without_accents(organiser, conference):
    trial(organiser, conference, "sms")
    (message,) = trials()
    assert (message.channel, message.address) == ("sms", "+84912345678")
    assert message.text.startswith("Gui Example Person: ")


def test_whoever_has_no_mobile_is_not_offered_a_test_sms_and_gets_none(organiser, conference):
    conference.organisers.update(phone="")
    assert b'name="_test"' not in organiser.get(editor(conference, channel="sms")).content
    assert "A test by SMS needs a mobile number" in text_of(organiser.get(editor(conference, channel="sms")))
    assert "A test by SMS needs" not in text_of(organiser.get(editor(conference, channel="email")))
    trial(organiser, conference, "sms")
    assert trials() == []


def test_two_presses_within_ten_seconds_are_one_test(organiser, conference, clock):
    for seconds in (0, 3, 9):
        clock.move_to(NOW + timedelta(seconds=seconds))
        trial(organiser, conference, "email")
    assert len(trials()) == 1
    trial(organiser, conference, "sms")
    assert len(trials()) == 2
    clock.move_to(NOW + timedelta(seconds=11))
    trial(organiser, conference, "email")
    assert len(trials()) == 3


def test_ten_seconds_are_ten_seconds_across_a_full_ten_too(organiser, conference, clock):
    for seconds, count in ((8, 1), (11, 1), (17, 1), (18, 2)):
        clock.move_to(NOW + timedelta(seconds=seconds))
        trial(organiser, conference, "email")
        assert len(trials()) == count, seconds


def test_a_test_message_stores_no_connection_details(organiser, conference):
    point = BridgePointFactory(conference=conference, kind="video_room")
    connection = Connection.objects.create(
        bridge_point=point, technician_name="Lý Văn Dây", meeting_id="987 654", password="bi-mat-77"
    )
    where = editor(conference, kind="staff_reminder", channel="email")
    typed = {"subject": "Nối", "body": "{name}\n\n{details}", "person": f"technician/{connection.pk}"}
    shown = organiser.post(where, {**typed, "_preview": ""}).content.decode()
    assert "bi-mat-77" in shown
    organiser.post(where, {**typed, "_test": "email"})
    (message,) = trials()
    assert "Lý Văn Dây" in message.text
    assert "bi-mat-77" not in message.text
    assert "•••" in message.text


def test_a_text_with_a_fault_is_not_sent_as_a_test(organiser, conference):
    trial(organiser, conference, "email", body="{nam}")
    assert trials() == []


def test_no_page_has_faults_in_its_html_in_whatever_state(organiser, conference):
    own_text(conference)
    own_text(conference, channel="sms", subject="")
    pages = [organiser.get(all_of(conference))]
    for channel in ("email", "sms"):
        pages.append(organiser.get(editor(conference, channel=channel)))
        pages.append(organiser.post(editor(conference, channel=channel), {"body": "{nam}", "_save": ""}))
    assert [faults(text_of(page)) for page in pages] == [[]] * len(pages)


# --- what no page may stumble over ------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", ["{preparation}" * 600, "x" * 1600])
def test_an_sms_of_too_many_parts_is_refused_and_a_stored_one_breaks_no_page(organiser, conference, body):
    conference.preparation = "x" * 2000
    conference.save()
    page = organiser.get(editor(conference, channel="sms"))
    answer = organiser.post(editor(conference, channel="sms"), filled_in(page, body=body))
    assert answer.status_code == 200
    assert answer.context["form"].errors == {
        "body": ["Filled in, this SMS is longer than 10 parts. Please shorten it."]
    }
    assert not Template.objects.exists()
    own_text(conference, channel="sms", subject="", body=body)
    assert "longer than 10 parts" in text_of(organiser.get(editor(conference, channel="sms")))
    live = organiser.post(f"{editor(conference, channel='sms')}live/", {"body": body})
    assert "longer than 10 parts" in text_of(live)


def test_an_sms_of_ten_parts_is_saved(organiser, conference):
    page = organiser.get(editor(conference, channel="sms"))
    assert organiser.post(editor(conference, channel="sms"), filled_in(page, body="x" * 1530)).status_code == 302


def test_marks_of_ours_in_a_text_are_refused_and_stored_ones_break_no_page(organiser, conference):
    body = "a \ue000foo\ue001 {link}"
    page = organiser.get(editor(conference))
    answer = organiser.post(editor(conference), filled_in(page, subject="s", body=body))
    assert list(answer.context["form"].errors) == ["body"]
    template = own_text(conference, body=body)
    assert organiser.get(editor(conference)).status_code == 200
    assert organiser.post(f"{editor(conference)}live/", {"subject": "s", "body": body}).status_code == 200
    sent = defaults.Text(template.subject, template.body)
    to = previews.recipient(conference, "reminder", "example")
    filled = content(sent, to, "reminder", "email", "en", Batch(timezone.now()))
    assert "a foo" in filled.html


def test_a_person_whose_number_no_database_holds_is_unknown(organiser, conference):
    data = {"subject": "s", "body": "{name}", "person": "delegate/99999999999999999999999"}
    answer = organiser.post(f"{editor(conference)}live/", data)
    assert answer.status_code == 200
    assert "Example Person" in text_of(answer)


def test_the_tab_the_page_and_the_way_back_to_it_have_one_name(organiser, conference):
    name = "Texts of messages"
    page, back = (organiser.get(url).content.decode() for url in (all_of(conference), editor(conference)))
    assert re.search(rf"<title>\s*{name} \|", page)
    assert len(re.findall(rf"<a[^>]*>\s*{name}\s*</a>", page)) == 1
    assert len(re.findall(rf"<a[^>]*>\s*{name}\s*</a>", back)) == 2
    with translation.override("vi"):
        assert translation.pgettext("tab", name) == "Mẫu tin"
