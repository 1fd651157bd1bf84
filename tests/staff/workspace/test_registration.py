"""The page of one registration in the workspace: everything about it, and its parts to be corrected."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attendance.services import record
from outbox.models import Message
from registrations.models import Answer, Delegate, Interest, OfficeNote, Question, Registration
from registrations.services import erase
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    CoordinatorFactory,
    OrganiserFactory,
    UserFactory,
    person,
    registered,
)
from tests.support.html_forms import filled_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture
def organiser():
    return OrganiserFactory(name="Trần Thị Tổ Chức")


@pytest.fixture
def point(client, organiser):
    client.force_login(organiser)
    return BridgePointFactory(conference=ConferenceFactory(organisers=[organiser]), name="Hội trường huyện")


@pytest.fixture
def made(point) -> Registration:
    return registered(point, now=NOW, people=2)


def address(registration, name="registration", *more) -> str:
    return reverse(f"workspace:{name}", args=[registration.conference.slug, registration.pk, *more])


def read(client, registration) -> str:
    answer = client.get(address(registration))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def save(client, registration, part, /, **changes):
    where = address(registration, f"registration_{part}")
    return client.post(where, filled_in(client.get(where), **changes))


def test_everything_stands_on_one_page(client, made):
    question = Question.objects.create(conference=made.conference, text="Bao nhiêu xe?")
    asked = Question.objects.create(conference=made.conference, text="Ăn chay?", asked="delegate")
    first, other = made.delegates.as_entered()
    Answer.objects.create(registration=made, question=question, value="3 xe")
    Answer.objects.create(registration=made, question=asked, delegate=other, value="Có ăn chay")
    Interest.objects.create(registration=made, side="sells", other="Na dai", amount="20 tấn")
    record(delegate=other, now=START)
    page = read(client, made)
    for words in ("HTX Ví Dụ 1", made.number, "3 xe", "Có ăn chay", "Na dai", "20 tấn", first.full_name, other.email):
        assert words in page
    people = {one.delegate: one for one in client.get(address(made)).context["people"]}
    assert people[other].presence != "–"
    assert {line.message.address for line in people[first].lines} == {first.email, first.phone.as_e164}


def test_the_page_takes_the_same_statements_for_one_of_everything_and_for_three(client, point):
    registrations = [registered(point, now=NOW, number=number, people=people) for number, people in ((1, 1), (2, 3))]
    for one in registrations:
        for delegate in one.delegates.all():
            question = Question.objects.create(conference=point.conference, text="?")
            Answer.objects.create(registration=one, question=question, value="1")
            Interest.objects.create(registration=one, side="sells", other="Na")
            OfficeNote.objects.create(registration=one, text="Gọi lại", at=NOW, by=UserFactory())
            record(delegate=delegate, now=START)
            save(client, one, "contact", position=f"Giám đốc {question.pk}")

    def statements(one) -> int:
        with CaptureQueriesContext(connection) as queries:
            read(client, one)
        return len(queries)

    statements(registrations[0])
    few, many = map(statements, registrations)
    assert few == many
    assert few <= 32


@pytest.mark.parametrize("name", ["registration", "registration_contact", "registration_people"])
def test_it_is_there_for_whoever_runs_its_point_only(client, made, name):
    where = address(made, name)
    for user, status in (
        (CoordinatorFactory(bridge_point=made.bridge_point).user, 200),
        (CoordinatorFactory(bridge_point=BridgePointFactory(conference=made.conference)).user, 404),
    ):
        client.force_login(user)
        assert client.get(where).status_code == status
    leader = UserFactory(is_staff=True)
    made.conference.leaders.add(leader)
    client.force_login(leader)
    assert client.get(where).status_code == 404


def test_of_an_erased_registration_only_the_number_is_left(client, made):
    OfficeNote.objects.create(registration=made, text="Gọi lại", at=NOW)
    erase(registration=made, way="staff", now=NOW)
    page = read(client, made)
    assert made.number in page
    assert "HTX Ví Dụ" not in page
    assert not OfficeNote.objects.exists()
    assert client.get(address(made, "registration_contact")).status_code == 404
    client.post(address(made, "registration_note"), {"text": "Vẫn ghi"})
    assert not OfficeNote.objects.exists()


# --- correcting -------------------------------------------------------------------------------------------------------


def test_the_organisation_is_corrected_and_found_by_its_new_name(client, made):
    assert save(client, made, "organisation", organisation_name="HTX Chi Lăng").status_code == 302
    made.refresh_from_db()
    assert made.organisation.name == "HTX Chi Lăng"
    assert "chi lang" in made.search_text
    assert made.contact_name == "Nguyễn Văn 100"
    assert "HTX Chi Lăng" in read(client, made)
    assert "Sửa đơn vị" in read(client, made)


def test_a_corrected_slip_of_the_contact_keeps_the_link_and_the_rest(client, made):
    Interest.objects.create(registration=made, side="sells", other="Na")
    assert save(client, made, "contact", full_name="Nguyên Văn 100", position="Phó giám đốc").status_code == 302
    now = Registration.objects.get(pk=made.pk)
    assert (now.contact_name, now.contact_position) == ("Nguyên Văn 100", "Phó giám đốc")
    assert now.token == made.token
    assert now.delegates.get(is_contact=True).full_name == "Nguyên Văn 100"
    assert now.interests.count() == 1


@pytest.mark.parametrize("same", ["yes", "no"])
def test_whether_the_contact_is_somebody_else_is_asked_where_that_is_in_doubt(client, made, same):
    asked = save(client, made, "contact", full_name="Lê Thị Mới")
    assert asked.status_code == 422
    typed = filled_in(asked, same=same)
    assert typed["full_name"] == ["Lê Thị Mới"]
    assert client.post(address(made, "registration_contact"), typed).status_code == 302
    now = Registration.objects.get(pk=made.pk)
    assert now.contact_name == "Lê Thị Mới"
    assert (now.token == made.token) is (same == "yes")


def test_no_link_goes_to_somebody_who_runs_the_registration(client, made, organiser):
    answer = save(client, made, "contact", email=organiser.email)
    assert answer.status_code == 422
    assert "email" in answer.context["form"].errors
    rows = save(client, made, "people", **{"people-1-email": organiser.email})
    assert rows.status_code == 422
    assert not Delegate.objects.filter(email=organiser.email).exists()


def test_what_two_have_changed_is_asked_about(client, made):
    where = address(made, "registration_contact")
    drawn = client.get(where)
    save(client, made, "contact", position="Giám đốc mới", phone="0912 000 001")
    answer = client.post(where, filled_in(drawn, position="Trưởng phòng"))
    assert answer.status_code == 422
    assert "Giám đốc mới" in answer.context["form"].errors["position"][0]
    kept = filled_in(answer, **{"position-keep": "mine"})
    assert client.post(where, kept).status_code == 302
    made.refresh_from_db()
    assert made.contact_position == "Trưởng phòng"
    # What only the other changed stays.
    assert made.contact_phone == "+84912000001"


def test_answers_are_corrected(client, made):
    question = Question.objects.create(conference=made.conference, text="Bao nhiêu xe?")
    assert save(client, made, "answers", **{f"question-{question.pk}": "4"}).status_code == 302
    assert made.answers.get().value == "4"
    assert made.delegates.count() == 2


def test_what_is_traded_is_corrected_and_rows_are_added(client, made):
    Interest.objects.create(registration=made, side="sells", other="Na")
    where = address(made, "registration_interests")
    another = client.post(
        where, filled_in(client.get(where), **{"interests-1-side": "buys", "interests-1-other": "Cam", "add_row": "1"})
    )
    assert another.status_code == 200
    assert made.interests.count() == 1
    assert client.post(where, filled_in(another)).status_code == 302
    assert [(one.side, one.other) for one in made.interests.all()] == [("sells", "Na"), ("buys", "Cam")]


def test_what_is_traded_is_asked_in_the_words_of_the_office(client, made):
    words = client.get(address(made, "registration_interests")).content.decode()
    assert "Bán hoặc cần mua" in words
    assert "Ông/Bà" not in words


# --- who comes --------------------------------------------------------------------------------------------------------


def test_people_are_added_corrected_and_taken_off(client, made):
    Registration.objects.update(created_at=NOW - timedelta(hours=1))
    first, other = made.delegates.as_entered()
    new = {"people-2-full_name": "Lê Thị Mới", "people-2-email": "moi@vidu.example"}
    changes = {"people-0-position": "Phó giám đốc", "people-1-remove": "on", **new}
    assert save(client, made, "people", **changes).status_code == 302
    assert [one.full_name for one in made.delegates.as_entered()] == [first.full_name, "Lê Thị Mới"]
    assert made.delegates.get(pk=first.pk).position == "Phó giám đốc"
    assert not Delegate.objects.filter(pk=other.pk).exists()
    assert Message.objects.filter(address="moi@vidu.example").exists()
    page = read(client, made)
    assert "Trần Thị Tổ Chức" in page
    assert "Thêm: Lê Thị Mới" in page


def test_whom_staff_add_does_not_wait_for_the_contact_person_to_open_a_message(client, made):
    assert made.colleagues_wait
    new = {"people-2-full_name": "Lê Thị Mới", "people-2-phone": "0912 000 009"}
    save(client, made, "people", **new)
    assert Message.objects.filter(address="+84912000009", channel="sms").exists()


def test_a_full_point_says_so_and_nothing_typed_is_lost(client, made):
    made.bridge_point.seats = 2
    made.bridge_point.save()
    answer = save(client, made, "people", **{"people-2-full_name": "Lê Thị Mới"})
    assert answer.status_code == 422
    assert filled_in(answer)["people-2-full_name"] == ["Lê Thị Mới"]
    assert made.delegates.count() == 2


def test_whom_somebody_else_added_meanwhile_is_shown_and_not_lost(client, made):
    where = address(made, "registration_people")
    drawn = client.get(where)
    save(client, made, "people", **{"people-2-full_name": "Lê Thị Mới"})
    answer = client.post(where, filled_in(drawn, **{"people-0-position": "Phó giám đốc"}))
    assert answer.status_code == 422
    assert client.post(where, filled_in(answer)).status_code == 302
    assert made.delegates.count() == 3
    assert made.delegates.get(is_contact=True).position == "Phó giám đốc"


def test_whether_a_delegate_is_somebody_else_is_asked(client, made):
    asked = save(client, made, "people", **{"people-1-full_name": "Lê Thị Mới"})
    assert asked.status_code == 422
    other = made.delegates.as_entered()[1]
    again = client.post(address(made, "registration_people"), filled_in(asked, **{"people-1-same": "yes"}))
    assert again.status_code == 302
    assert made.delegates.get(pk=other.pk).full_name == "Lê Thị Mới"


def test_a_pasted_list_becomes_rows(client, made):
    answer = save(client, made, "people", people_text="Lê Thị Mới, Trưởng phòng", add_row="pasted")
    assert answer.status_code == 200
    assert filled_in(answer)["people-2-full_name"] == ["Lê Thị Mới"]
    assert made.delegates.count() == 2


def end(client, organiser, registration, time_machine) -> None:
    """The day after the conference; whoever was signed in is again."""
    time_machine.move_to(registration.conference.ends_at + timedelta(days=1))
    client.force_login(organiser)


@pytest.fixture(params=["conference over", "conference cancelled", "registration cancelled", "request declined"])
def over(request, client, organiser, made, time_machine):
    """A registration about which nobody is written to any more."""
    Registration.objects.update(created_at=NOW - timedelta(hours=1))
    Question.objects.create(conference=made.conference, text="Bao nhiêu xe?")
    Question.objects.create(conference=made.conference, text="Ăn chay?", asked="delegate", is_required=True)
    if request.param == "conference over":
        end(client, organiser, made, time_machine)
    elif request.param == "conference cancelled":
        made.conference.cancelled_at = NOW
        made.conference.save()
    else:
        state = "cancelled" if request.param == "registration cancelled" else "declined"
        Registration.objects.filter(pk=made.pk).update(state=state)
    return made


def test_of_what_is_over_neither_answers_nor_trade_are_changed(client, over):
    for part in ("answers", "interests"):
        assert client.get(address(over, f"registration_{part}")).url == address(over)
        assert client.post(address(over, f"registration_{part}"), {"full_name": "X"}).url == address(over)
    page = read(client, over)
    assert address(over, "registration_interests") not in page
    assert address(over, "registration_answers") not in page
    assert reverse("admin:registrations_registration_change", args=[over.pk]) not in page


def test_names_of_what_is_over_are_corrected_for_the_papers_and_nobody_is_told(client, over):
    messages = Message.objects.count()
    assert address(over, "registration_contact") in read(client, over)
    assert "Không gửi tin nào" in client.get(address(over, "registration_contact")).content.decode()
    assert save(client, over, "organisation", organisation_name="HTX Chi Lăng").status_code == 302
    assert save(client, over, "contact", full_name="Nguyên Văn 100", email="khac@vidu.example").status_code == 302
    assert save(client, over, "people", **{"people-1-full_name": "Nguyên Văn 101"}).status_code == 302
    now = Registration.objects.get(pk=over.pk)
    assert (now.organisation.name, now.contact_name, now.token) == ("HTX Chi Lăng", "Nguyên Văn 100", over.token)
    assert [one.full_name for one in now.delegates.as_entered()] == ["Nguyên Văn 100", "Nguyên Văn 101"]
    assert Message.objects.count() == messages


@pytest.mark.parametrize("part", ["contact", "people"])
def test_somebody_else_in_the_place_of_who_was_registered_hears_nothing_when_it_is_over(client, over, part):
    messages = Message.objects.count()
    named = {"contact": "full_name", "people": "people-0-full_name"}[part]
    addresses = {
        named.replace("full_name", name): value for name, value in (("phone", ""), ("email", "x@vidu.example"))
    }
    answer = save(client, over, part, **{named: "Lê Thị Mới"}, **addresses)
    assert answer.status_code == 302
    assert "Không gửi tin nào" in read(client, over)
    now = Registration.objects.get(pk=over.pk)
    assert now.contact_name == "Lê Thị Mới"
    assert now.token != over.token
    assert now.link_opened_at is None
    assert Message.objects.count() == messages


def test_nobody_is_added_or_taken_off_when_it_is_over(client, over):
    page = client.get(address(over, "registration_people")).content.decode()
    assert "-remove" not in page
    assert "people-2-" not in page
    assert "people_text" not in page
    for change in ({"people-1-remove": "on"}, {"people-2-full_name": "Lê Thị Mới"}, {"people_text": "Lê Thị Mới"}):
        answer = save(client, over, "people", **{"people-1-position": "Kế toán", **change})
        assert answer.status_code == 422
        assert "không thêm hoặc bớt được" in answer.content.decode()
    assert over.delegates.count() == 2
    assert not over.delegates.filter(position="Kế toán").exists()
    # What was typed of those who stay is not lost.
    assert filled_in(answer)["people-1-position"] == ["Kế toán"]


def test_who_was_there_keeps_their_place_on_the_list_when_it_is_over(client, organiser, made, time_machine):
    other = made.delegates.as_entered()[1]
    record(delegate=other, now=START)
    end(client, organiser, made, time_machine)
    new = {"people-1-full_name": "Lê Thị Mới", "people-1-phone": "", "people-1-email": "moi@vidu.example"}
    assert save(client, made, "people", **new).status_code == 422
    assert made.delegates.get(pk=other.pk).full_name == other.full_name


# --- history ----------------------------------------------------------------------------------------------------------


def events(client, registration) -> list[list[str]]:
    """What each event of the history says, the last first."""
    return [event.lines for event in client.get(address(registration)).context["events"]]


def lines_of_conference(client, registration) -> list[str]:
    answer = client.get(reverse("workspace:history", args=[registration.conference.slug]))
    return [f"{one['line'].about} {one['line'].done}" for _day, lines in answer.context["days"] for one in lines]


def test_a_correction_is_one_line_in_the_histories(client, point, time_machine):
    alone = registered(point, now=NOW, contact=person(9), people=1)
    before, told = len(events(client, alone)), len(lines_of_conference(client, alone))
    time_machine.move_to(NOW + timedelta(minutes=1))
    save(client, alone, "contact", position="Chủ tịch")
    time_machine.move_to(NOW + timedelta(minutes=2))
    save(client, alone, "organisation", organisation_name="HTX Chi Lăng")
    time_machine.move_to(NOW + timedelta(minutes=3))
    save(client, alone, "people", **{"people-0-position": "Kế toán"})
    corrected = events(client, alone)
    assert len(corrected) == before + 3
    assert [len(lines) for lines in corrected[:3]] == [1, 1, 1]
    assert "Kế toán" in corrected[0][0]
    assert corrected[1] == ["Sửa đơn vị: Tên đơn vị"]
    assert "Chủ tịch" in corrected[2][0]
    assert len(lines_of_conference(client, alone)) == told + 3


def test_a_corrected_answer_of_a_delegate_stands_in_the_history(client, made):
    question = Question.objects.create(conference=made.conference, text="Ăn chay?", asked="delegate")
    save(client, made, "people", **{f"people-1-question-{question.pk}": "Có"})
    assert Answer.objects.get().value == "Có"
    assert ["Sửa câu trả lời: Ăn chay?"] in events(client, made)


@pytest.mark.parametrize("part", ["organisation", "contact", "answers", "interests", "people"])
def test_whoever_changes_nothing_leaves_no_line_in_the_history(client, made, part):
    question = Question.objects.create(conference=made.conference, text="Bao nhiêu xe?")
    Answer.objects.create(registration=made, question=question, value="3")
    Interest.objects.create(registration=made, side="sells", other="Na")
    before = events(client, made)
    versions = Registration.history.count()
    assert save(client, made, part).status_code == 302
    assert "Không có gì thay đổi" in read(client, made)
    assert events(client, made) == before
    assert Registration.history.count() == versions


# --- messages and notes -----------------------------------------------------------------------------------------------


def test_messages_are_sent_again_in_one_press_and_it_is_said_where_to(client, made):
    found = client.get(reverse("workspace:search", args=[made.conference.slug], query={"q": made.number}))
    assert address(made) in found.content.decode()
    answer = client.post(address(made, "registration_resend"), follow=True)
    words = answer.content.decode()
    assert "dai.bieu100@vidu.example" in words.partition("messagelist")[2].partition("</ul>")[0]
    assert Message.objects.filter(key__contains="/resend-", address="dai.bieu100@vidu.example").exists()
    assert "Đã gửi lại thông báo." in read(client, made)


def test_of_a_cancelled_registration_nothing_is_sent_again(client, made):
    Registration.objects.filter(pk=made.pk).update(state="cancelled")
    client.post(address(made, "registration_resend"))
    assert not Message.objects.filter(key__contains="/resend-").exists()


def test_the_office_notes_who_said_what_and_when(client, made, organiser):
    assert client.post(address(made, "registration_note"), {"text": "Gọi lại\nsau 17 giờ"}).status_code == 302
    note = made.office_notes.get()
    assert (note.text, note.by, note.at) == ("Gọi lại\nsau 17 giờ", organiser, NOW)
    assert "Trần Thị Tổ Chức" in read(client, made)
    empty = client.post(address(made, "registration_note"), {"text": " "})
    assert empty.status_code == 422
    coordinator = CoordinatorFactory(bridge_point=made.bridge_point).user
    client.force_login(coordinator)
    assert client.post(address(made, "registration_note_delete", note.pk)).status_code == 404
    client.force_login(organiser)
    page = client.post(address(made, "registration_note_delete", note.pk), follow=True)
    assert not made.office_notes.exists()
    sent = re.search(r'name="undo" value="([^"]+)"', page.content.decode())[1]
    client.post(reverse("workspace:undo", args=[made.conference.slug]), {"undo": sent})
    again = made.office_notes.get()
    assert (again.text, again.by, again.at) == (note.text, organiser, NOW)
    # Pressed twice, it is back once.
    client.post(reverse("workspace:undo", args=[made.conference.slug]), {"undo": sent})
    assert made.office_notes.count() == 1


def test_the_notes_stand_on_no_page_of_a_registrant_who_reads_them_with_their_data_alone(client, made):
    OfficeNote.objects.create(registration=made, text="Gọi sau 14 giờ", at=NOW)
    client.logout()
    page = made.get_absolute_url()
    for where in (page, f"{page}correct/", f"{page}people/"):
        assert "Gọi sau 14 giờ" not in client.get(where).content.decode()
    assert "Gọi sau 14 giờ" in client.get(f"{page}data.json").content.decode()


def test_a_request_is_accepted_on_its_page(client, made):
    Registration.objects.filter(pk=made.pk).update(state="requested")
    where = client.get(address(made)).context["addresses"]["accept"]
    assert client.post(where).url == address(made)
    made.refresh_from_db()
    assert made.state == "confirmed"


def test_the_page_of_a_registration_without_a_history_says_none(client, made):
    Registration.history.all().delete()
    assert client.get(address(made)).context["events"] == []


def test_a_lone_contact_person_stands_there_with_their_messages(client, point):
    alone = registered(point, now=NOW, contact=person(9))
    assert client.get(address(alone)).context["contact_lines"]
    assert "Nguyễn Văn 9" in read(client, alone)
