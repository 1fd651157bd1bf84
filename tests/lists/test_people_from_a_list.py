"""What a list of people becomes: the dry run says it, and applying it does exactly that."""

import pytest

from bridges.models import BridgePoint
from outbox.models import Message
from registrations import consent
from registrations.models import Delegate, Registration
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, person, registered
from tests.support.lists import checked, notes, people, started, verdicts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]


def test_the_dry_run_changes_nothing(point):
    job = checked(point.conference, people({"email": "a@vidu.example"}))
    assert verdicts(job) == ["new"]
    assert not Registration.objects.exists()


def test_rows_that_follow_each_other_with_one_organisation_and_point_are_one_registration(point):
    other = BridgePointFactory(conference=point.conference, name="Hội trường")
    rows = [
        {"email": "a@vidu.example", "point": "bac ninh"},
        {"email": "b@vidu.example", "point": "VNPT Bắc Ninh", "unit": "htx na"},
        {"email": "c@vidu.example", "point": "Hội trường"},
        {"email": "d@vidu.example", "point": "Hội trường", "unit": "Sở Công Thương"},
        {"email": "e@vidu.example", "point": "Bắc Ninh"},
    ]
    job = started(checked(point.conference, people(*rows)))
    assert job.state == "done"
    made = Registration.objects.order_by("id")
    assert [(r.bridge_point_id, r.organisation.name, r.seats) for r in made] == [
        (point.pk, "HTX Na", 2),
        (other.pk, "HTX Na", 1),
        (other.pk, "Sở Công Thương", 1),
        (point.pk, "HTX Na", 1),
    ]


def test_what_comes_from_a_list_says_so_and_says_how_consent_was_given(point):
    started(checked(point.conference, people({"phone": 912345678, "kind": "Hợp tác xã", "tax": 100109106})))
    registration = Registration.objects.get()
    assert (registration.source, registration.consent_way) == ("import", consent.LIST)
    assert registration.contact_phone.as_e164 == "+84912345678"
    assert (registration.organisation.kind, registration.organisation.tax_code) == ("cooperative", "0100109106")


@pytest.mark.parametrize(("notify", "messages"), [(True, 1), (False, 0)])
def test_each_gets_his_confirmation_unless_that_is_unticked(point, notify, messages):
    started(checked(point.conference, people({"email": "a@vidu.example"})), notify=notify)
    assert Message.objects.count() == messages


def test_the_same_list_twice_changes_nothing(point):
    content = people(
        {"email": "chung@vidu.example"},
        {"email": "chung@vidu.example"},
        {"phone": "0912345678"},
        {"phone": "0912345678"},
        {},
        {"unit": "UBND xã", "phone": "0205 3870 123"},
    )
    started(checked(point.conference, content))
    before = list(Delegate.objects.order_by("id").values())
    again = checked(point.conference, content)
    assert verdicts(again) == ["same"] * 6
    assert len(before) == 6
    started(again)
    assert list(Delegate.objects.order_by("id").values()) == before


def test_a_person_is_known_by_two_of_name_organisation_and_address(point):
    registered(point, now=NOW)
    there = Delegate.objects.get()
    there.full_name, there.email, there.phone = "Hoàng Thị Ví", "ht.vi@vidu.example", "+84912345678"
    there.save()
    unit = there.registration.organisation.name
    by_unit_and_email = {"name": "Hoàng T. Ví", "email": "HT.Vi@vidu.example", "unit": unit.upper()}
    by_unit_and_mobile = {"name": "Hoàng T. Ví", "phone": "912345678", "unit": unit}
    by_name_and_email = {"name": "HOANG THI VI", "email": "ht.vi@vidu.example", "unit": "Khác"}
    by_name_and_mobile = {"name": "hoàng thị ví", "phone": "0912 345 678", "unit": "Khác"}
    by_name_and_unit = {"name": "HOANG THI VI", "unit": unit.upper()}
    for row in (by_unit_and_email, by_unit_and_mobile, by_name_and_email, by_name_and_mobile, by_name_and_unit):
        job = checked(point.conference, people(row))
        assert job.plan[0]["signature"][2] == there.pk, row
    assert checked(point.conference, people({"name": "Hoàng Thị Ví"})).plan[0]["signature"][2] is None


@pytest.mark.parametrize("address", ["email", "phone"])
def test_an_address_with_another_name_and_another_organisation_is_a_new_person(point, address):
    registered(point, now=NOW)
    there = Delegate.objects.get()
    before = Delegate.objects.values().get()
    row = {"name": "Ngô Khác Người", "unit": "Công ty Hoàn Toàn Khác", address: str(getattr(there, address))}
    job = checked(point.conference, people(row))
    assert verdicts(job) == ["new"]
    started(job)
    assert Delegate.objects.filter(pk=there.pk).values().get() == before
    made = Registration.objects.exclude(pk=there.registration_id).get()
    assert (made.organisation.name, made.contact_name) == ("Công ty Hoàn Toàn Khác", "Ngô Khác Người")
    assert verdicts(checked(point.conference, people(row))) == ["same"]


def test_people_who_share_a_phone_are_not_taken_for_each_other(point):
    registered(point, now=NOW)
    there = Delegate.objects.get()
    relative = {"name": "Trần Thị Khác", "phone": there.phone.as_e164, "email": "khac@vidu.example"}
    assert verdicts(checked(point.conference, people(relative))) == ["new"]


def test_a_known_person_with_other_data_is_corrected_with_his_contact_data_and_told_there(point):
    registration = registered(point, now=NOW)
    Message.objects.all().delete()
    there = registration.delegates.get()
    row = {"name": there.full_name, "email": there.email, "phone": "0987654321", "position": "Phó giám đốc"}
    job = checked(point.conference, people(row))
    assert verdicts(job) == ["changed"]
    assert "“Giám đốc” becomes “Phó giám đốc”" in notes(job)
    started(job)
    there.refresh_from_db()
    registration.refresh_from_db()
    assert (there.position, there.mobile) == ("Phó giám đốc", "+84987654321")
    assert (registration.contact_phone.as_e164, registration.contact_position) == ("+84987654321", "Phó giám đốc")
    assert registration.organisation.name == "HTX Ví Dụ 1"
    assert {m.address for m in Message.objects.filter(channel="sms")} == {"+84987654321"}


def test_an_empty_cell_erases_nothing(point):
    there = registered(point, now=NOW).delegates.get()
    job = started(checked(point.conference, people({"name": there.full_name, "email": there.email})))
    assert job.counts["same"] == 1
    assert Delegate.objects.get().position == "Giám đốc"


def test_who_is_registered_for_another_point_is_refused_in_words(point):
    registered(point, now=NOW)
    BridgePointFactory(conference=point.conference, name="Hội trường")
    there = Delegate.objects.get()
    row = {"name": there.full_name, "email": there.email, "point": "hoi truong"}
    job = checked(point.conference, people(row))
    assert verdicts(job) == ["refused"]
    assert "move them in their registration" in notes(job)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"name": ""}, "no name"),
        ({"unit": ""}, "no organisation"),
        ({"phone": "12"}, "not a phone number"),
        ({"phone": "09o12345678"}, "“09o12345678” is more than a phone number"),
        ({"email": "a@b"}, "not an e-mail address"),
        ({"point": "Sao Hỏa"}, "no bridge point “Sao Hỏa”"),
        ({"name": "X" * 151}, "longer than 150"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_words_and_the_others_are_taken(point, row, words):
    BridgePointFactory(conference=point.conference, name="Hội trường")
    fine = {"email": "b@vidu.example", "point": "Bắc Ninh"}
    job = checked(point.conference, people({"point": "Bắc Ninh", **row}, fine))
    assert verdicts(job) == ["refused", "new"]
    assert words in notes(job)
    started(job)
    assert [d.email for d in Delegate.objects.all()] == ["b@vidu.example"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"province": "Atlantis"}, "no province at the time"),
        ({"tax": "123"}, "not a tax code"),
        ({"kind": "Phi thuyền"}, "no kind that we know"),
        ({}, "they get no message"),
        ({"phone": "0205 3870 123"}, "they get no message"),
        ({"email": "an@gmial.com"}, "“an@gmial.com”: is an@gmail.com meant?"),
    ],
)
def test_what_is_wrong_beside_the_person_is_left_out_with_a_remark(point, row, words):
    job = checked(point.conference, people(row))
    assert verdicts(job) == ["new"]
    assert words in notes(job)


@pytest.mark.parametrize("words", ["Bắc Ninh", "bac ninh", "Tỉnh Bắc Ninh", "TINH BAC NINH"])
def test_a_province_is_known_with_and_without_accents_and_rank(point, words):
    started(checked(point.conference, people({"province": words})))
    assert Registration.objects.get().organisation.province.name == "Bắc Ninh"


def test_a_province_that_has_merged_is_taken_as_the_one_in_which_it_lies_and_that_is_said(point):
    job = checked(point.conference, people({"province": "tỉnh Bắc Giang"}, {"province": "Hà Tây"}))
    assert "“tỉnh Bắc Giang” belongs to Bắc Ninh today; Bắc Ninh is taken." in notes(job)
    assert "“Hà Tây” was no province at the time of the conference; it is left out." in notes(job)
    assert job.options["provinces"] == [["tỉnh Bắc Giang", "Bắc Ninh", 1]]
    started(job)
    assert Registration.objects.get().organisation.province.name == "Bắc Ninh"


def test_the_same_person_twice_in_one_list_is_taken_once(point):
    job = checked(
        point.conference, people({"name": "A", "email": "a@vidu.example"}, {"name": "a", "email": "A@vidu.example"})
    )
    assert verdicts(job) == ["new", "refused"]
    assert "row 2 already" in notes(job)


def test_an_empty_organisation_is_that_of_the_row_above(point):
    job = started(checked(point.conference, people({"phone": "0912345678"}, {"unit": None})))
    assert job.state == "done"
    assert [d.full_name for d in Registration.objects.get().delegates.order_by("id")] == ["Lê Văn 1", "Lê Văn 2"]


def test_blank_rows_end_what_an_organisation_covers(point):
    blank = {"name": None, "unit": None}
    rows = [{"phone": "0912345678"}, {"unit": None}, blank, {"unit": None}, {"unit": "HTX Ổi"}, {"unit": None}]
    job = checked(point.conference, people(*rows))
    assert verdicts(job) == ["new", "new", "refused", "new", "new"]
    assert job.plan[2]["notes"] == ["There is no organisation."]
    assert [row["cells"][2] for row in job.plan] == ["HTX Na", "HTX Na", "", "HTX Ổi", "HTX Ổi"]


def test_a_line_break_inside_a_cell_is_no_blank_row(point):
    content = 'Họ và tên,Chức vụ,Đơn vị\nLê Ví,"Giám\n\n\nđốc",HTX Na\nLê Dụ,"Kế\ntoán",\n,,\nLê Lẻ,,\n'
    job = checked(point.conference, content.encode())
    assert verdicts(job) == ["new", "new", "refused"]
    assert [row["signature"][0] for row in job.plan] == [2, 3, 5]


def test_a_total_below_the_table_is_no_person_and_nobody_below_belongs_to_its_organisation(point):
    rows = [{"phone": "0912345678"}, {"name": "Tổng cộng: 12 người", "unit": None}, {"unit": None}]
    job = checked(point.conference, people(*rows))
    assert verdicts(job) == ["new", "refused", "refused"]
    assert [row["notes"] for row in job.plan[1:]] == [["This is a total, not a person."], ["There is no organisation."]]


@pytest.mark.parametrize("row", [{"phone": "0912345678"}, {"email": "a@vidu.example"}])
def test_who_has_a_mobile_or_an_e_mail_address_gets_messages_and_so_does_who_is_known_with_one(point, row):
    assert "no message" not in notes(checked(point.conference, people(row)))
    there = registered(point, now=NOW).delegates.get()
    known = {"name": there.full_name, "unit": "HTX Ví Dụ 1"}
    assert "no message" not in notes(checked(point.conference, people(known)))


@pytest.mark.parametrize("first", [{}, {"phone": "0205 3870 123"}])
def test_the_contact_person_is_the_first_who_can_be_reached(point, first):
    started(checked(point.conference, people(first, {"email": "b@vidu.example"})))
    assert Registration.objects.get().contact_email == "b@vidu.example"


def test_without_a_mobile_or_e_mail_the_contact_person_is_who_has_a_landline(point):
    started(checked(point.conference, people({}, {"phone": "0205 3870 123"})))
    assert Registration.objects.get().contact_name == "Lê Văn 2"


def test_rows_without_a_point_go_where_the_organiser_says(point):
    hall = BridgePointFactory(conference=point.conference, name="Hội trường")
    content = people({"email": "a@vidu.example"})
    assert verdicts(checked(point.conference, content)) == ["refused"]
    started(checked(point.conference, content, default_point=hall.pk))
    assert Registration.objects.get().bridge_point == hall


def test_the_dry_run_foretells_the_waitlist(point):
    point.seats = 2
    point.save()
    rows = [{"unit": "HTX A"}, {"unit": "HTX B"}, {"unit": "HTX B"}, {"unit": "HTX C"}]
    job = started(checked(point.conference, people(*rows)))
    assert job.counts["waits"] == 3
    states = [r.state for r in Registration.objects.order_by("id")]
    assert states == ["confirmed", "waitlisted", "waitlisted"]


def test_cancelled_and_erased_people_are_not_known_and_may_come_again(point):
    from registrations import services

    registration = registered(point, now=NOW)
    there = person(100)
    services.cancel(registration=registration, now=NOW)
    row = {"name": there.full_name, "email": there.email}
    assert verdicts(checked(point.conference, people(row))) == ["new"]


def test_more_people_of_one_organisation_than_there_are_seats_are_refused_in_words(point):
    BridgePoint.objects.update(seats=2)
    job = checked(point.conference, people(*({"email": f"p{i}@vidu.example"} for i in range(3))))
    assert verdicts(job) == ["refused"] * 3
    assert "the bridge point has 2 seats in all" in notes(job)
