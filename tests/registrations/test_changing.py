"""Who comes is changed, data are corrected; contact persons who do not attend."""

from datetime import timedelta

import pytest
from django.core import mail

from attendance.services import JoinPhase, join_phase
from common.alphabet import name_key
from outbox import queue
from outbox.models import Message
from registrations import services
from registrations.models import Answer, Delegate, Question, Registration
from registrations.services import Change, OrganisationData, Person
from tests.conftest import NOW
from tests.registrations.test_seats import counters, kinds, states
from tests.support.factories import START, BridgePointFactory, person, register_people, registered

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)
CONTACT = Person("Lê Thị Liên Hệ", "Thư ký", "+84900000999", "lien.he@vidu.example")
NOBODY_REACHES = Person("Hoàng Văn Không")


def staying(delegate: Delegate, **fields) -> Change:
    """``delegate`` as stored, but for ``fields``: the same person in any case."""
    phone = delegate.phone.as_e164 if delegate.phone else ""
    known = {"full_name": delegate.full_name, "position": delegate.position, "phone": phone, "email": delegate.email}
    return Change(Person(**{**known, **fields}), delegate.pk, same=True)


def change(registration: Registration, *people: Change) -> Registration:
    return services.change_people(registration=registration, people=people, now=LATER)


def people_of(registration: Registration) -> list[Delegate]:
    return list(registration.delegates.order_by("pk"))


def apart(people: int = 1, **fields) -> Registration:
    """A registration whose contact person does not attend."""
    return registered(BridgePointFactory(**fields), now=NOW, people=people, contact=CONTACT)


def queued(person_name: str) -> list[str]:
    rows = Message.objects.filter(person=person_name, state="queued", channel="email")
    return list(rows.order_by("id").values_list("kind", flat=True))


def letters(now=LATER) -> dict[str, str]:
    """The mails that leave now, by address."""
    mail.outbox.clear()
    queue.deliver(clock=lambda: now)
    return {letter.to[0]: letter.body for letter in mail.outbox}


# Who comes.


def test_somebody_who_is_added_gets_a_seat_and_his_link():
    registration = registered(BridgePointFactory(seats=2), now=NOW)
    letters(NOW)
    changed = change(registration, staying(people_of(registration)[0]), Change(person(7)))
    assert changed.seats == 2
    new = people_of(registration)[1]
    assert Delegate.objects.by_token(new.token).get() == new
    assert counters(registration.bridge_point) == (2, 0)
    told = letters()
    assert list(told) == ["dai.bieu7@vidu.example"]
    assert new.join_url in told["dai.bieu7@vidu.example"]


def test_the_link_of_whoever_leaves_is_dead_and_what_was_not_sent_to_him_is_gone(client):
    registration = registered(BridgePointFactory(), now=NOW, people=2)
    first, leaving = people_of(registration)
    token = leaving.token
    change(registration, staying(first))
    assert not Delegate.objects.by_token(token).exists()
    assert client.get(f"/j/{token}/").status_code == 404
    assert queued(leaving.person) == []
    assert queued(first.person) == ["confirmed"]


def test_the_seat_of_whoever_leaves_goes_to_the_first_in_line():
    point = BridgePointFactory(seats=2)
    registration, waiting = registered(point, now=NOW, people=2), registered(point, now=NOW, number=2)
    change(registration, staying(people_of(registration)[0]))
    assert states(waiting) == ["confirmed"]
    assert kinds(waiting, state="queued", channel="email") == ["promoted"]
    assert counters(point) == (2, 0)


def test_one_person_in_place_of_another_needs_no_seat_more():
    point = BridgePointFactory(seats=1)
    registration, waiting = registered(point, now=NOW), registered(point, now=NOW, number=2)
    change(registration, Change(person(7)))
    assert states(registration, waiting) == ["confirmed", "waitlisted"]
    assert [d.full_name for d in people_of(registration)] == ["Nguyễn Văn 7"]
    assert counters(point) == (1, 1)


def test_too_many_people_change_nothing_at_all():
    point = BridgePointFactory(seats=2)
    registration = registered(point, now=NOW)
    registered(point, now=NOW, number=2)
    (first,) = people_of(registration)
    before = Message.objects.count()
    with pytest.raises(services.PointFull):
        change(registration, staying(first, full_name="Tên Khác"), Change(person(7)))
    assert [d.full_name for d in people_of(registration)] == ["Nguyễn Văn 100"]
    assert Message.objects.count() == before
    assert counters(point) == (2, 0)


def test_more_people_do_not_overtake_those_who_wait():
    point = BridgePointFactory(seats=3)
    registration = registered(point, now=NOW)
    registered(point, now=NOW, number=2)
    group = registered(point, now=NOW, number=3, people=2)
    with pytest.raises(services.PointFull):
        change(registration, staying(people_of(registration)[0]), Change(person(7)))
    assert states(group) == ["waitlisted"]


def test_a_waiting_group_keeps_its_place_with_more_people():
    point = BridgePointFactory(seats=2)
    registered(point, now=NOW, people=2)
    first, second = registered(point, now=NOW, number=2), registered(point, now=NOW, number=3)
    change(first, staying(people_of(first)[0]), Change(person(7)))
    assert [r.place_in_line for r in (Registration.objects.get(pk=r.pk) for r in (first, second))] == [1, 2]
    assert kinds(first, state="queued", channel="email") == ["waitlisted", "waitlisted"]


def test_nobody_waits_with_more_people_than_the_point_has_seats():
    point = BridgePointFactory(seats=1)
    registered(point, now=NOW)
    waiting = registered(point, now=NOW, number=2)
    with pytest.raises(services.RegistrationRefused, match="tất cả 1 chỗ"):
        change(waiting, staying(people_of(waiting)[0]), Change(person(7)))
    assert states(waiting) == ["waitlisted"]


def test_a_waiting_group_that_shrinks_gets_its_seats_when_they_suffice():
    point = BridgePointFactory(seats=2)
    registered(point, now=NOW)
    group = registered(point, now=NOW, number=2, people=2)
    changed = change(group, staying(people_of(group)[0]))
    assert changed.state == "confirmed"
    assert kinds(group, state="queued", channel="email") == ["promoted"]
    assert counters(point) == (2, 0)


def test_a_request_that_holds_its_seats_holds_more():
    point = BridgePointFactory(seats=2, approval="yes")
    request = registered(point, now=NOW)
    change(request, staying(people_of(request)[0]), Change(person(7)))
    point.refresh_from_db()
    assert point.seats_taken == 2
    assert queued(people_of(request)[1].person) == ["requested"]


def test_a_corrected_address_gets_the_link_there():
    registration = registered(BridgePointFactory(), now=NOW, people=2)
    letters(NOW)
    first, second = people_of(registration)
    change(registration, staying(first), staying(second, email="dung@vidu.example"))
    told = letters()
    assert list(told) == ["dung@vidu.example"]
    assert second.join_url in told["dung@vidu.example"]


def test_what_had_not_left_goes_to_the_corrected_address():
    registration = registered(BridgePointFactory(), now=NOW)
    (first,) = people_of(registration)
    change(registration, staying(first, email="dung@vidu.example"))
    assert set(Message.objects.unsent().filter(channel="email").values_list("address", flat=True)) == {
        "dung@vidu.example"
    }


def test_a_corrected_name_alone_sends_nothing():
    registration = registered(BridgePointFactory(), now=NOW)
    before = Message.objects.count()
    change(registration, staying(people_of(registration)[0], full_name="Nguyễn Văn Đúng"))
    assert Message.objects.count() == before
    assert people_of(registration)[0].sort_name == name_key("Nguyễn Văn Đúng")


def test_the_link_of_somebody_added_without_address_goes_to_the_contact_person():
    registration = registered(BridgePointFactory(), now=NOW, people=2)
    letters(NOW)
    change(registration, *map(staying, people_of(registration)), Change(NOBODY_REACHES))
    told = letters()
    assert list(told) == [registration.contact_email]
    assert people_of(registration)[2].join_url in told[registration.contact_email]


def test_the_link_of_somebody_added_without_address_goes_to_a_contact_person_who_stays_away():
    registration = apart()
    letters(NOW)
    change(registration, *map(staying, people_of(registration)), Change(NOBODY_REACHES))
    told = letters()
    assert list(told) == [CONTACT.email]
    assert people_of(registration)[1].join_url in told[CONTACT.email]


def test_a_contact_person_who_leaves_the_delegates_stays_the_contact_person():
    registration = registered(BridgePointFactory(), now=NOW, people=2)
    contact, other = people_of(registration)
    letters(NOW)
    change(registration, staying(other))
    services.resend(registration=Registration.objects.get(pk=registration.pk), now=LATER)
    told = letters()
    assert registration.url in told[contact.email]
    assert contact.token not in told[contact.email]
    assert other.join_url in told[other.email]


def test_at_least_one_person_stays():
    registration = registered(BridgePointFactory(), now=NOW)
    with pytest.raises(services.RegistrationRefused):
        change(registration)


def test_the_same_person_is_not_named_twice():
    registration = registered(BridgePointFactory(), now=NOW, people=2)
    first, _second = people_of(registration)
    with pytest.raises(services.RegistrationRefused):
        change(registration, staying(first), staying(first))
    assert len(people_of(registration)) == 2


def test_people_of_another_registration_are_not_taken_over():
    point = BridgePointFactory()
    registration, other = registered(point, now=NOW), registered(point, now=NOW, number=2)
    stranger = people_of(other)[0]
    with pytest.raises(services.RegistrationRefused):
        change(registration, staying(stranger, full_name="Kẻ Lạ"))
    stranger.refresh_from_db()
    assert stranger.full_name == "Nguyễn Văn 200"


@pytest.mark.parametrize("fields", [{"cancelled_at": NOW}, {"starts_at": NOW - timedelta(hours=3), "ends_at": LATER}])
def test_nothing_is_changed_when_the_conference_is_over_or_cancelled(fields):
    registration = registered(BridgePointFactory(), now=NOW)
    type(registration.conference).objects.filter(pk=registration.conference_id).update(**fields)
    with pytest.raises(services.RegistrationRefused):
        change(registration, Change(person(7)))


def test_a_cancelled_registration_is_not_changed():
    registration = registered(BridgePointFactory(), now=NOW)
    services.cancel(registration=registration, now=NOW)
    with pytest.raises(services.RegistrationRefused):
        change(registration, Change(person(7)))


def test_answers_of_a_person_who_stays_are_corrected():
    registration = registered(BridgePointFactory(), now=NOW)
    (first,) = people_of(registration)
    question = Question.objects.create(conference=registration.conference, text="Ăn chay?", asked="delegate")
    change(registration, staying(first, answers={question.pk: "có"}))
    change(registration, staying(first, answers={question.pk: "không"}))
    assert list(Answer.objects.values_list("delegate", "value")) == [(first.pk, "không")]
    change(registration, staying(first))
    assert Answer.objects.count() == 1


# Correcting.


def correct(registration: Registration, contact: Person, **fields) -> Registration:
    owner = OrganisationData("business", "Công ty Đúng", tax_code="0100109106")
    return services.correct(
        registration=registration, organisation=owner, contact=contact, same=True, now=LATER, **fields
    )


def test_organisation_and_contact_are_corrected_and_found_by_their_new_names():
    registration = apart()
    current = correct(registration, Person("Phạm Văn Đúng", "Giám đốc", CONTACT.phone, CONTACT.email))
    assert (current.organisation.name, current.organisation.tax_code) == ("Công ty Đúng", "0100109106")
    assert "pham van dung" in current.search_text
    assert "cong ty dung" in current.search_text


def test_a_new_address_of_the_contact_person_gets_the_link_to_the_page():
    registration = apart()
    letters(NOW)
    correct(registration, Person(CONTACT.full_name, email="moi@vidu.example"))
    told = letters()
    assert list(told) == ["moi@vidu.example"]
    assert registration.url in told["moi@vidu.example"]


def test_what_had_not_left_goes_to_the_corrected_address_of_the_contact_person():
    registration = apart()
    correct(registration, Person(CONTACT.full_name, email="moi@vidu.example"))
    unsent = Message.objects.unsent().filter(person=f"contact/{registration.pk}")
    assert set(unsent.values_list("address", flat=True)) == {"moi@vidu.example"}


def test_a_corrected_name_of_the_contact_person_alone_sends_nothing():
    registration = apart()
    before = Message.objects.count()
    correct(registration, Person("Tên Khác", "", CONTACT.phone, CONTACT.email))
    assert Message.objects.count() == before


def test_a_contact_person_who_attends_is_corrected_as_delegate_too():
    registration = registered(BridgePointFactory(), now=NOW)
    correct(registration, Person("Nguyễn Văn Đúng", "", "+84900000555", "dung@vidu.example"))
    delegate = people_of(registration)[0]
    assert (delegate.full_name, delegate.email, delegate.mobile) == (
        "Nguyễn Văn Đúng",
        "dung@vidu.example",
        "+84900000555",
    )


# A contact person who does not attend.


def test_a_contact_person_who_does_not_attend_is_told_with_the_page_and_without_a_personal_link():
    registration = apart(people=2)
    told = letters(NOW)
    assert registration.url in told[CONTACT.email]
    assert "/j/" not in told[CONTACT.email]
    assert all(registration.url not in told[d.email] and d.join_url in told[d.email] for d in people_of(registration))


def test_nothing_is_said_about_a_personal_link_to_somebody_who_has_none():
    apart()
    Registration.objects.update(language="en")
    Message.objects.update(language="en")
    told = letters(NOW)
    assert "personal link" not in told[CONTACT.email]
    assert "pass them on" not in told[CONTACT.email]
    html = next(m for m in mail.outbox if m.to == [CONTACT.email]).alternatives[0][0]
    assert "personal link" not in html
    assert "pass them on" not in html


def test_his_sms_leads_to_the_page(capsys):
    registration = apart()
    queue.deliver(clock=lambda: NOW, channels=["sms"])
    printed = capsys.readouterr().out
    (sms,) = (line for line in printed.splitlines() if CONTACT.phone in line)
    assert registration.url in sms
    assert "/j/" not in sms


def test_he_takes_no_seat_and_is_told_what_becomes_of_the_registration():
    registration = apart(seats=1)
    waiting = registered(
        registration.bridge_point, now=NOW, number=2, contact=Person("Thư Ký Hai", email="hai@vidu.example")
    )
    assert counters(registration.bridge_point) == (1, 1)
    letters(NOW)
    services.cancel(registration=registration, now=LATER)
    told = letters()
    assert {CONTACT.email, "hai@vidu.example"} <= told.keys()
    assert queued(f"contact/{waiting.pk}") == []


def test_links_of_people_without_address_go_to_the_contact_person_and_are_blanked_in_the_stored_copy():
    point = BridgePointFactory()
    registration = register_people(
        conference=point.conference,
        point=point,
        organisation=OrganisationData("cooperative", "HTX Ví Dụ"),
        people=[person(1), NOBODY_REACHES],
        language="vi",
        now=NOW,
    )
    first, other = people_of(registration)
    told = letters(NOW)
    assert f"{other.full_name}: {other.join_url}" in told[first.email]
    stored = Message.objects.get(person=first.person, channel="email").text
    assert f"{other.full_name}: (liên kết cá nhân)" in stored
    assert other.token not in stored


def test_people_whom_only_a_channel_out_of_use_would_reach_count_as_without_address(settings):
    settings.OUTBOX_CHANNELS = {name: path for name, path in settings.OUTBOX_CHANNELS.items() if name != "sms"}
    registration = registered(BridgePointFactory(), now=NOW, people=2)
    other = people_of(registration)[1]
    change(registration, *map(staying, people_of(registration)[:1]), staying(other, email=""))
    assert other.join_url in letters()[registration.contact_email]


def test_somebody_with_an_address_has_his_link_to_himself():
    registration = registered(BridgePointFactory(), now=NOW, people=2)
    first, other = people_of(registration)
    assert other.token not in letters(NOW)[first.email]


def test_only_a_confirmed_registration_opens_the_door():
    point = BridgePointFactory(seats=1)
    seated, waiting = registered(point, now=NOW), registered(point, now=NOW, number=2)
    assert (join_phase(seated, START), join_phase(waiting, START)) == (JoinPhase.OPEN, JoinPhase.CANCELLED)


def test_an_answer_of_one_person_leaves_those_of_the_others():
    registration = registered(BridgePointFactory(), now=NOW, people=2)
    first, second = people_of(registration)
    questions = [
        Question.objects.create(conference=registration.conference, text=text, asked="delegate") for text in ("A", "B")
    ]
    for delegate in (first, second):
        for question in questions:
            Answer.objects.create(registration=registration, delegate=delegate, question=question, value="cũ")
    one, two = (question.pk for question in questions)
    change(registration, staying(first, answers={one: "mới"}), staying(second, answers={two: ""}))
    assert set(Answer.objects.values_list("delegate", "question", "value")) == {
        (first.pk, one, "mới"),
        (first.pk, two, "cũ"),
        (second.pk, one, "cũ"),
    }
