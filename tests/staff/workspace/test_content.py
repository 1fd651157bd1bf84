"""What the public page says: one page that shows it, and a small form for each matter."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conference.models import Conference, Partner, Product, ProgrammeItem
from registrations.models import Answer, Interest, Question
from reports import readiness
from tests.conftest import NOW
from tests.support.factories import START, BridgePointFactory, ConferenceFactory, CoordinatorFactory, registered
from tests.support.html_forms import filled_in
from tests.support.two_people import browser, coordinator, organiser, point

__all__ = ["coordinator", "organiser", "point"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

PAGES = (
    "", "texts/", "when/", "registration/", "contact/", "programme/", "products/", "partners/", "questions/",
    "questions/new/",
)  # fmt: skip


@pytest.fixture
def conference(point) -> Conference:
    return point.conference


@pytest.fixture
def page(organiser):
    return browser(organiser)


def address(conference, name: str = "") -> str:
    return f"/admin/c/{conference.slug}/content/{name}"


def save(client, where: str, **changes):
    return client.post(where, filled_in(client.get(where), **changes))


def local(moment) -> str:
    return timezone.localtime(moment).strftime("%d %H:%M")


def item(conference, minutes: int, **fields) -> ProgrammeItem:
    return ProgrammeItem.objects.create(
        conference=conference,
        starts_at=START + timedelta(minutes=minutes),
        title=fields.pop("title", "Khai mạc"),
        **fields,
    )


# --- who and what -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_whoever_does_not_run_the_conference_finds_nothing(conference, coordinator, client, name):
    client.force_login(coordinator)
    assert client.get(address(conference, name)).status_code == 404
    leader = CoordinatorFactory(bridge_point=BridgePointFactory()).user
    conference.leaders.add(leader)
    client.force_login(leader)
    assert client.get(address(conference, name)).status_code == 404


def test_only_the_rows_of_the_conference_are_shown_and_changed(page, conference, organiser):
    other = ConferenceFactory(organisers=[organiser])
    partner = Partner.objects.create(conference=other, name="Sở Lạ", role="host")
    question = Question.objects.create(conference=other, text="Câu hỏi lạ")
    Product.objects.create(conference=other, name="Vải lạ")
    item(other, 10, title="Mục lạ")
    for name in PAGES:
        words = page.get(address(conference, name)).content.decode()
        for foreign in ("Sở Lạ", "Câu hỏi lạ", "Vải lạ", "Mục lạ"):
            assert foreign not in words, name
    assert page.get(address(conference, f"partners/{partner.pk}/")).status_code == 404
    assert page.get(address(conference, f"questions/{question.pk}/")).status_code == 404
    assert page.post(address(conference, f"questions/{question.pk}/"), {"delete": "1"}).status_code == 404


def add_rows(conference, number: int) -> None:
    Partner.objects.create(conference=conference, name=f"Sở {number}", role="host")
    Product.objects.create(conference=conference, name=f"Na {number}")
    Question.objects.create(conference=conference, text=f"Câu {number}")
    item(conference, number)


@pytest.mark.parametrize("name", PAGES)
def test_the_number_of_statements_does_not_grow_with_the_rows(page, conference, name):
    counts = []
    for numbers in ((1,), (2, 3)):
        for number in numbers:
            add_rows(conference, number)
        page.get(address(conference, name))
        with CaptureQueriesContext(connection) as queries:
            page.get(address(conference, name))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_whoever_saves_after_their_sign_in_has_ended_reads_that_nothing_was_stored(page, conference):
    page.logout()
    response = page.post(address(conference, "contact/"), {"contact_name": "Nguyễn Thị Hoa"}, follow=True)
    assert response.resolver_match.url_name == "account_login"
    assert "nội dung vừa gửi chưa được lưu" in response.content.decode()
    assert "chưa được lưu" not in page.get(address(conference, "contact/"), follow=True).content.decode()
    conference.refresh_from_db()
    assert conference.contact_name != "Nguyễn Thị Hoa"


def test_what_is_saved_is_seen_on_the_page_and_in_the_log(page, conference):
    response = save(page, address(conference, "texts/"), summary="Hai câu", preparation="Hàng mẫu\nBảng giá")
    assert response.headers["Location"] == address(conference)
    words = page.get(address(conference)).content.decode()
    assert "Hai câu" in words
    assert "Hàng mẫu<br>Bảng giá" in words
    assert LogEntry.objects.latest("pk").object_id == str(conference.pk)


def test_the_frame_goes_on_to_name_what_is_stored_while_a_form_has_an_error(page, conference):
    name = conference.name
    response = save(page, address(conference, "texts/"), name="Tên mới", short_name="")
    assert response.status_code == 422
    frame = response.content.decode().split("dc-ws-tabs")[0]
    assert name in frame
    assert "Tên mới" not in frame


def test_contact_and_registration_are_stored(page, conference):
    save(page, address(conference, "contact/"), contact_phone="0912 345 678")
    save(page, address(conference, "registration/"), needs_approval="on", holds_seats=None, erase_after_days="30")
    conference.refresh_from_db()
    assert conference.contact_phone.as_e164 == "+84912345678"
    assert (conference.needs_approval, conference.holds_seats, conference.erase_after_days) == (True, False, 30)


def test_a_fault_of_a_field_of_another_page_is_said_above_the_form(page, conference):
    Conference.objects.filter(pk=conference.pk).update(registration_opens_at=START - timedelta(days=1))
    where = address(conference, "when/")
    response = save(page, where, starts_at_0="2027-06-01", moves_along="on")
    assert response.status_code == 422
    assert response.context["form"].non_field_errors()


# --- two people -------------------------------------------------------------------------------------------------------


def test_a_stale_form_leaves_what_somebody_else_has_changed(page, conference, organiser):
    where = address(conference, "texts/")
    stale = filled_in(page.get(where))
    save(browser(organiser), where, summary="Của người khác")
    assert page.post(where, stale | {"purpose": "Của tôi"}).status_code == 302
    conference.refresh_from_db()
    assert (conference.summary, conference.purpose) == ("Của người khác", "Của tôi")


def test_what_two_have_changed_is_asked(page, conference, organiser):
    where = address(conference, "texts/")
    stale = filled_in(page.get(where))
    save(browser(organiser), where, summary="Của người khác")
    asked = page.post(where, stale | {"summary": "Của tôi"})
    assert asked.status_code == 422
    assert "Trần Thị Tổ Chức" in asked.content.decode()
    conference.refresh_from_db()
    assert conference.summary == "Của người khác"
    assert page.post(where, filled_in(asked)).status_code == 302
    conference.refresh_from_db()
    assert conference.summary == "Của tôi"


def test_two_who_change_one_entry_of_the_programme_are_asked(page, conference, organiser):
    found = item(conference, 0)
    where = address(conference, "programme/")
    stale = filled_in(page.get(where))
    save(browser(organiser), where, **{"programme-0-begins": "08:10"})
    assert page.post(where, stale | {"programme-0-title": "Chào mừng"}).status_code == 302
    found.refresh_from_db()
    assert (local(found.starts_at), found.title) == ("19 08:10", "Chào mừng")
    asked = page.post(where, stale | {"programme-0-begins": "08:20"})
    assert asked.status_code == 422
    assert "Trần Thị Tổ Chức" in asked.content.decode()
    found.refresh_from_db()
    assert local(found.starts_at) == "19 08:10"


def test_an_entry_deleted_meanwhile_does_not_come_back(page, conference, organiser):
    item(conference, 0)
    item(conference, 30, title="Thảo luận")
    where = address(conference, "programme/")
    stale = filled_in(page.get(where))
    save(browser(organiser), where, **{"programme-0-DELETE": "on"})
    assert page.post(where, stale | {"programme-1-speaker": "Bà Hoa"}).status_code == 302
    assert list(conference.programme.values_list("title", "speaker")) == [("Thảo luận", "Bà Hoa")]


# --- when -------------------------------------------------------------------------------------------------------------


def test_the_rest_moves_along_with_the_start(page, conference):
    found = item(conference, 0, ends_at=START + timedelta(hours=1))
    response = save(page, address(conference, "when/"), starts_at_0="2027-07-21")
    assert response.status_code == 302
    conference.refresh_from_db()
    found.refresh_from_db()
    assert conference.starts_at == START + timedelta(days=2)
    assert conference.ends_at == START + timedelta(days=2, hours=3)
    assert (found.starts_at, found.ends_at) == (START + timedelta(days=2), START + timedelta(days=2, hours=1))


def test_who_hears_of_the_new_time_is_said(page, conference):
    response = page.post(
        address(conference, "when/"), filled_in(page.get(address(conference, "when/")), starts_at_0="2027-07-21"),
        follow=True,
    )  # fmt: skip
    assert any("10:01:00" in str(message) for message in response.context["messages"])


def test_the_rest_stays_if_that_is_wished(page, conference):
    found = item(conference, 0)
    response = save(page, address(conference, "when/"), starts_at_1="08:30", moves_along=None)
    assert response.status_code == 302
    conference.refresh_from_db()
    found.refresh_from_db()
    assert (conference.starts_at, conference.ends_at) == (START + timedelta(minutes=30), START + timedelta(hours=3))
    assert found.starts_at == START


def test_a_deadline_that_would_have_passed_is_asked_about(page, conference):
    Conference.objects.filter(pk=conference.pk).update(registration_closes_at=NOW + timedelta(days=1))
    earlier = timezone.localdate(START - timedelta(days=3)).isoformat()
    response = save(page, address(conference, "when/"), starts_at_0=earlier)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["registration_closes_at"]
    assert response.content.decode().count("autofocus") == 1


def test_a_programme_that_goes_on_after_the_new_end_is_said(page, conference):
    item(conference, 150, ends_at=START + timedelta(minutes=175), title="Bế mạc")
    response = save(page, address(conference, "when/"), ends_at_1="10:30")
    assert response.status_code == 302
    assert "1 mục chương trình nằm ngoài giờ hội nghị" in page.get(response["Location"]).content.decode()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1000000-01-01", "x"])
def test_a_day_that_no_conference_has_is_refused(page, conference, day):
    for name, field in (("when/", "starts_at"), ("registration/", "registration_opens_at")):
        response = save(page, address(conference, name), **{f"{field}_0": day, f"{field}_1": "00:00"})
        assert response.status_code == 422
        assert len(response.context["form"].errors[field]) == 1


# --- the programme as a table -----------------------------------------------------------------------------------------


def test_a_programme_is_typed_in_one_go_with_times_only(page, conference):
    rows = [("8h", "8:30", "Khai mạc"), ("08:30", "", "Thảo luận"), ("8h45", "9h", "Giải lao")]
    fields = {
        f"programme-{number}-{name}": value
        for number, row in enumerate(rows)
        for name, value in zip(("begins", "ends", "title"), row, strict=True)
    }
    assert save(page, address(conference, "programme/"), **fields).status_code == 302
    found = [
        (local(one.starts_at), one.ends_at and local(one.ends_at), one.title) for one in conference.programme.all()
    ]
    assert found == [
        ("19 08:00", "19 08:30", "Khai mạc"), ("19 08:30", None, "Thảo luận"), ("19 08:45", "19 09:00", "Giải lao"),
    ]  # fmt: skip
    assert "programme-0-day" not in page.get(address(conference, "programme/")).content.decode()


def test_a_conference_over_several_days_asks_for_the_day(page, conference):
    Conference.objects.filter(pk=conference.pk).update(ends_at=START + timedelta(days=1, hours=3))
    fields = {"day": "2027-07-20", "begins": "08:00", "title": "Tham quan"}
    save(page, address(conference, "programme/"), **{f"programme-0-{name}": value for name, value in fields.items()})
    assert local(conference.programme.get().starts_at) == "20 08:00"
    # One row was filled in; the choice of a day alone makes none.
    save(page, address(conference, "programme/"), **{"programme-0-day": "2027-07-19"})
    assert local(conference.programme.get().starts_at) == "19 08:00"


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"begins": "", "title": "Khai mạc"}, "begins"),
        ({"begins": "08:30", "ends": "08:10", "title": "Khai mạc"}, "ends"),
        ({"begins": "sáng sớm", "title": "Khai mạc"}, "begins"),
    ],
)
def test_what_is_wrong_with_an_entry_is_said_in_its_row(page, conference, fields, name):
    sent = {f"programme-0-{key}": value for key, value in fields.items()}
    response = save(page, address(conference, "programme/"), **sent)
    assert response.status_code == 422
    assert list(response.context["formset"].forms[0].errors) == [name]
    assert fields["title"] in response.content.decode()
    assert not conference.programme.exists()


@pytest.mark.parametrize(("begins", "ends"), [("07:30", ""), ("07:30", "08:10"), ("10:30", "11:10"), ("11:30", "")])
def test_an_entry_before_the_start_or_after_the_end_is_saved_said_and_listed(page, conference, begins, ends):
    fields = {"begins": begins, "ends": ends, "title": "Ngoài giờ"}
    sent = {f"programme-0-{key}": value for key, value in fields.items()}
    response = save(page, address(conference, "programme/"), **sent)
    assert response.status_code == 302
    assert conference.programme.count() == 1
    assert "1 mục chương trình nằm ngoài giờ hội nghị" in page.get(response["Location"]).content.decode()
    lacks = readiness.missing(conference, [], NOW)
    assert [lack.text for lack in lacks if lack.code == "programme"]


def test_an_entry_that_stands_outside_the_hours_already_is_no_obstacle(page, conference):
    found = item(conference, 600, title="Ăn tối")
    response = save(page, address(conference, "programme/"), **{"programme-0-speaker": "Mọi người"})
    assert response.status_code == 302
    found.refresh_from_db()
    assert (found.speaker, found.starts_at) == ("Mọi người", START + timedelta(minutes=600))


# --- partners, products, questions ------------------------------------------------------------------------------------


def test_partners_are_a_table_and_their_letters_a_page_each(page, conference):
    fields = {"name": "Sở Công Thương", "role": "host", "duty": "Chủ trì"}
    save(page, address(conference, "partners/"), **{f"partners-0-{name}": value for name, value in fields.items()})
    partner = conference.partners.get()
    where = address(conference, f"partners/{partner.pk}/")
    assert where in page.get(address(conference, "partners/")).content.decode()
    save(page, where, signer_name="Nguyễn Văn Ký")
    partner.refresh_from_db()
    assert (partner.signer_name, partner.duty) == ("Nguyễn Văn Ký", "Chủ trì")


def test_a_new_row_without_a_number_comes_last(page, conference):
    Partner.objects.create(conference=conference, name="Sở Công Thương", role="host", position=4)
    save(page, address(conference, "partners/"), **{"partners-1-name": "VNPT", "partners-1-role": "infrastructure"})
    assert [str(partner) for partner in conference.partners.all()] == ["Sở Công Thương", "VNPT"]


def test_several_new_rows_without_numbers_come_last_in_the_order_in_which_they_were_typed(page, conference):
    Partner.objects.create(conference=conference, name="Sở Công Thương", role="host", position=4)
    fields = {f"partners-{n}-{k}": v for n in (1, 2) for k, v in (("name", f"Đơn vị {n}"), ("role", "organiser"))}
    save(page, address(conference, "partners/"), **fields)
    assert list(conference.partners.values_list("name", "position")) == [
        ("Sở Công Thương", 4), ("Đơn vị 1", 5), ("Đơn vị 2", 6),
    ]  # fmt: skip


def test_two_at_the_letters_of_a_partner_are_asked_and_told_who(page, conference, organiser):
    partner = Partner.objects.create(conference=conference, name="Sở", role="host")
    where = address(conference, f"partners/{partner.pk}/")
    stale = filled_in(page.get(where))
    save(browser(organiser), where, signer_name="Một")
    asked = page.post(where, stale | {"signer_name": "Hai"})
    assert asked.status_code == 422
    assert "Trần Thị Tổ Chức" in asked.content.decode()


def test_a_product_that_somebody_sells_is_not_deleted(page, conference, point):
    product = Product.objects.create(conference=conference, name="Na dai")
    registration = registered(point, now=NOW, number=7)
    Interest.objects.create(registration=registration, side="sells", product=product)
    response = save(page, address(conference, "products/"), **{"products-0-DELETE": "on"})
    assert response.status_code == 422
    assert "Na dai" in str(response.context["formset"].non_form_errors())
    assert Product.objects.exists()


def test_a_question_is_added_changed_and_deleted(page, conference):
    where = address(conference, "questions/new/")
    refused = save(page, where, text="Suất ăn", kind="choice")
    assert list(refused.context["form"].errors) == ["choices"]
    assert save(page, where, text="Suất ăn", kind="choice", choices="Thường\nChay").status_code == 302
    question = conference.questions.get()
    own = address(conference, f"questions/{question.pk}/")
    assert own in page.get(address(conference, "questions/")).content.decode()
    save(page, own, is_required="on")
    question.refresh_from_db()
    assert question.is_required
    page.post(own, {"delete": "1"})
    assert not conference.questions.exists()


def test_a_question_that_was_answered_is_not_deleted(page, conference, point):
    question = Question.objects.create(conference=conference, text="Suất ăn")
    own = address(conference, f"questions/{question.pk}/")
    Answer.objects.create(registration=registered(point, now=NOW, number=7), question=question, value="Chay")
    assert 'name="delete"' not in page.get(own).content.decode()
    page.post(own, {"delete": "1"})
    assert Question.objects.exists()
