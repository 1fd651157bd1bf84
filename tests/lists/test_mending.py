"""Putting a list right in its preview: headings, bridge points, single rows, by one person or two."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lists.models import ImportJob, KnownHeading
from registrations.models import Question, Registration
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, ConferenceFactory, OrganiserFactory, registered
from tests.support.html_forms import filled_in
from tests.support.lists import checked, notes, people, started, verdicts, xlsx
from tests.support.pages import faults

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]

HEADS = ["Họ và tên", "Đơn vị", "Liên lạc", "Ghi chú riêng"]
ROWS = [["Lê Văn Một", "HTX Na", "0912 345 678", "ăn chay"], ["Lê Văn Hai", "HTX Hồng", "0912 345 679", ""]]


@pytest.fixture(autouse=True)
def _in_english(client, settings):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"


@pytest.fixture
def organiser(point, client):
    user = OrganiserFactory()
    point.conference.organisers.add(user)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user


def settle(client, job, **fields):
    """The form of the preview, sent with ``fields`` in place of what it shows."""
    page = client.get(reverse("lists:job", args=[job.pk])).content.decode()
    assert faults(page) == []
    shown = filled_in_settling(client, job)
    return client.post(reverse("lists:settle", args=[job.pk]), {**shown, **fields}, follow=True)


def filled_in_settling(client, job):
    form = client.get(reverse("lists:job", args=[job.pk])).context["settling"]
    return {name: form[name].value() or "" for name in form.fields}


def mend(client, job, line, **fields):
    """The page of the row, sent with ``fields`` in place of what it shows."""
    address = reverse("lists:row", args=[job.pk, line])
    response = client.get(address)
    assert faults(response.content.decode()) == []
    return client.post(address, {**filled_in(response), **fields}, follow=True)


# --- headings ---------------------------------------------------------------------------------------------------------


def test_a_heading_that_is_not_known_is_pointed_to_a_column(client, organiser, point):
    job = checked(point.conference, xlsx(HEADS, ROWS), by=organiser)
    assert job.options["unknown"] == {"2": "Liên lạc", "3": "Ghi chú riêng"}
    page = client.get(reverse("lists:job", args=[job.pk])).content.decode()
    assert "Such as: 0912 345 678" in page
    assert 'class="dc-lists-settle" open' in page
    settle(client, job, **{"heading-2": "phone"})
    job.refresh_from_db()
    assert [row["cells"][4] for row in job.plan] == ["0912345678", "0912345679"]
    started(job)
    assert Registration.objects.first().contact_phone.as_e164 == "+84912345679"


def test_what_a_heading_means_is_kept_for_the_conference_and_for_who_said_it(client, organiser, point):
    settle(client, checked(point.conference, xlsx(HEADS, ROWS), by=organiser), **{"heading-2": "phone"})
    assert set(KnownHeading.objects.values_list("words", "field", "by")) == {
        ("lien lac", "phone", organiser.pk),
        ("ghi chu rieng", "", organiser.pk),
    }
    heads = ["Ghi chú riêng", "LIÊN LẠC:", "Họ và tên", "Đơn vị"]
    rows = [["", "0912 345 678", "Lê Văn Ba", "HTX Na"]]
    by_another = checked(point.conference, xlsx(heads, rows), by=OrganiserFactory())
    assert by_another.plan[0]["cells"][4] == "0912345678"
    elsewhere = BridgePointFactory().conference
    assert checked(elsewhere, xlsx(heads, rows), by=organiser).plan[0]["cells"][4] == "0912345678"
    assert checked(elsewhere, xlsx(heads, rows), by=OrganiserFactory()).plan[0]["cells"][4] == ""


def test_a_heading_may_be_forgotten_again(client, organiser, point):
    job = checked(point.conference, xlsx(HEADS, ROWS), by=organiser)
    settle(client, job, **{"heading-2": "phone"})
    settle(client, job, **{"heading-2": ""})
    job.refresh_from_db()
    assert job.plan[0]["cells"][4] == ""
    assert checked(point.conference, xlsx(HEADS, ROWS), by=organiser).plan[0]["cells"][4] == ""


def test_two_headings_cannot_be_the_same_column_and_both_choices_stay(client, organiser, point):
    job = checked(point.conference, xlsx(HEADS, ROWS), by=organiser)
    page = settle(client, job, **{"heading-2": "phone", "heading-3": "phone"})
    assert page.status_code == 422
    assert "Another column is this already." in page.content.decode()
    assert page.context["settling"]["heading-3"].value() == "phone"
    assert not KnownHeading.objects.exists()


def test_even_the_heading_of_the_name_may_be_unknown(client, organiser, point):
    job = checked(point.conference, xlsx(["Quý danh", "Đơn vị", "E-mail"], [["Lê Một", "HTX Na", "a@vidu.example"]]))
    assert (job.state, verdicts(job)) == ("checked", ["refused"])
    settle(client, job, **{"heading-0": "full_name"})
    job.refresh_from_db()
    assert verdicts(job) == ["new"]


@pytest.mark.parametrize("name", ["Họ và tên", "Họ tên", "Anh/chị"])
def test_headings_of_which_hardly_one_is_known_are_pointed_to_columns(client, organiser, point, name):
    heads = [name, "Thuộc", "Đt liên lạc", "Thư", "Ngồi ở", "Bộ môn"]
    row = ["Lê Văn Một", "HTX Na", "0912 345 678", "a@vidu.example", "Bắc Ninh", "Trồng trọt"]
    title = ["SỞ CÔNG THƯƠNG", "", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"]
    job = checked(point.conference, xlsx(title, [["DANH SÁCH"], heads, row]), by=organiser)
    assert (job.state, len(job.plan)) == ("checked", 1)
    meant = {"1": "organisation", "2": "phone", "3": "email", "4": "point"}
    if name == "Anh/chị":
        meant["0"] = "full_name"
    page = client.get(reverse("lists:job", args=[job.pk])).content.decode()
    assert 'class="dc-lists-settle" open' in page
    settle(client, job, **{f"heading-{index}": field for index, field in meant.items()})
    job.refresh_from_db()
    assert verdicts(job) == ["new"]
    assert job.plan[0]["cells"][:1] == ["Lê Văn Một"]


def test_rows_of_people_without_any_headings_are_not_taken_for_headings(client, organiser, point):
    row = ["Lê Văn Một", "HTX Na", "Giám đốc", "0912 345 678"]
    assert checked(point.conference, xlsx(row, [row]), by=organiser).state == "refused"


@pytest.mark.parametrize("field", ["", "no-such", "question-0"])
def test_a_column_that_there_is_not_is_refused(client, organiser, point, field):
    job = checked(point.conference, xlsx(HEADS, ROWS), by=organiser)
    page = settle(client, job, **{"heading-2": field or "full_name"})
    assert page.status_code == 422
    assert not KnownHeading.objects.exists()


# --- bridge points ----------------------------------------------------------------------------------------------------


def test_rows_that_name_a_point_that_is_none_are_given_one_together(client, organiser, point):
    hall = BridgePointFactory(conference=point.conference, name="Hội trường")
    rows = [{"email": f"{n}@vidu.example", "point": "Viettel Bắc Giang"} for n in range(3)]
    job = checked(point.conference, people(*rows, {"email": "x@vidu.example"}))
    assert verdicts(job) == ["refused"] * 4
    assert (job.options["lost"], job.options["without_point"]) == ([["Viettel Bắc Giang", 3]], 1)
    settle(client, job, **{"place-viettel-bac-giang": hall.pk, "default_point": point.pk})
    job.refresh_from_db()
    assert [row["cells"][3] for row in job.plan] == [hall.label] * 3 + [point.label]
    # The choice stays, and can be taken back.
    settle(client, job, **{"place-viettel-bac-giang": ""})
    job.refresh_from_db()
    assert verdicts(job) == ["refused"] * 3 + ["new"]


def test_a_point_of_another_conference_cannot_be_given(client, organiser, point):
    BridgePointFactory(conference=point.conference)
    foreign = BridgePointFactory()
    job = checked(point.conference, people({"email": "x@vidu.example"}))
    assert settle(client, job, default_point=foreign.pk).status_code == 422


# --- rows -------------------------------------------------------------------------------------------------------------


def test_a_refused_row_says_why_at_the_field_and_is_mended(client, organiser, point):
    job = checked(point.conference, people({"phone": "0912"}, {"email": "b@vidu.example"}))
    row = client.get(reverse("lists:row", args=[job.pk, 2]))
    assert "“0912” is not a phone number." in row.content.decode()
    page = mend(client, job, 2, phone="0912 345 678")
    assert "Row 2 is stored in the list." in page.content.decode()
    job.refresh_from_db()
    assert verdicts(job) == ["new", "new"]
    assert job.plan[0]["cells"][4] == "0912345678"
    started(job)
    assert Registration.objects.count() == 1


def test_a_row_that_is_still_refused_comes_back_with_the_reason(client, organiser, point):
    job = checked(point.conference, people({"phone": "0912"}))
    page = mend(client, job, 2, phone="0913")
    assert page.request["PATH_INFO"] == reverse("lists:row", args=[job.pk, 2])
    assert "Row 2 is still refused" in page.content.decode()
    assert "“0913” is not a phone number." in page.content.decode()


def test_a_row_is_left_out_and_taken_back(client, organiser, point):
    job = checked(point.conference, people({"email": "a@vidu.example"}))
    mend(client, job, 2, **{"left-out": "on"})
    job.refresh_from_db()
    assert (verdicts(job), notes(job)) == (["refused"], "You have left this row out.")
    page = client.get(reverse("lists:row", args=[job.pk, 2]))
    data = filled_in(page)
    assert data.pop("left-out") == ["on"]
    client.post(reverse("lists:row", args=[job.pk, 2]), data)
    job.refresh_from_db()
    assert verdicts(job) == ["new"]


def test_a_cell_that_is_emptied_is_empty_also_where_its_heading_was_unknown(client, organiser, point):
    job = checked(point.conference, xlsx(HEADS, ROWS), by=organiser)
    settle(client, job, **{"heading-2": "phone"})
    mend(client, job, 2, phone="")
    job.refresh_from_db()
    assert job.plan[0]["cells"][4] == ""


def test_what_stands_in_a_column_that_is_not_needed_is_shown_with_the_row(client, organiser, point):
    job = checked(point.conference, xlsx(HEADS, ROWS), by=organiser)
    assert "Ghi chú riêng: ăn chay" in client.get(reverse("lists:row", args=[job.pk, 2])).content.decode()


def test_two_who_mend_one_row_do_not_undo_each_other(client, organiser, point):
    job = checked(point.conference, people({"phone": "0912", "position": "Kế toán"}))
    address = reverse("lists:row", args=[job.pk, 2])
    first, second = (filled_in(client.get(address)) for _ in range(2))
    client.post(address, {**first, "phone": "0912 345 678"})
    client.post(address, {**second, "position": "Giám đốc"})
    job.refresh_from_db()
    assert (job.plan[0]["cells"][1], job.plan[0]["cells"][4]) == ("Giám đốc", "0912345678")


def test_of_two_who_change_the_same_cell_the_second_is_asked(client, organiser, point):
    job = checked(point.conference, people({"phone": "0912"}))
    address = reverse("lists:row", args=[job.pk, 2])
    first, second = (filled_in(client.get(address)) for _ in range(2))
    client.post(address, {**first, "phone": "0912 345 678"})
    page = client.post(address, {**second, "phone": "0987 654 321"})
    assert page.status_code == 422
    text = page.content.decode()
    assert "Meanwhile somebody has written “0912 345 678” here." in text
    assert "0987 654 321" in text
    job.refresh_from_db()
    assert job.plan[0]["cells"][4] == "0912345678"
    again = filled_in(page)
    assert client.post(address, again).status_code == 302
    job.refresh_from_db()
    assert job.plan[0]["cells"][4] == "0987654321"


def test_nobody_applies_another_plan_than_they_have_seen(client, organiser, point):
    job = checked(point.conference, people({"email": "a@vidu.example"}))
    seen = job.options["version"]
    mend(client, job, 2, position="Giám đốc")
    page = client.post(reverse("lists:apply", args=[job.pk]), {"notify": "on", "seen": seen}, follow=True)
    assert "Meanwhile somebody has changed this list." in page.content.decode()
    assert not Registration.objects.exists()
    job.refresh_from_db()
    client.post(reverse("lists:apply", args=[job.pk]), {"seen": job.options["version"]})
    assert Registration.objects.get().contact_position == "Giám đốc"


def test_what_is_being_applied_or_was_is_not_mended(client, organiser, point):
    job = started(checked(point.conference, people({"email": "a@vidu.example"})))
    assert client.get(reverse("lists:row", args=[job.pk, 2])).status_code == 404
    page = client.post(reverse("lists:settle", args=[job.pk]), {}, follow=True)
    assert page.status_code == 200
    assert ImportJob.objects.get().state == "done"


def test_a_row_that_there_is_not_is_not_found(client, organiser, point):
    job = checked(point.conference, people({"email": "a@vidu.example"}))
    assert client.get(reverse("lists:row", args=[job.pk, 99])).status_code == 404


def test_other_organisers_mend_nothing(client, point):
    job = checked(point.conference, people({"email": "a@vidu.example"}))
    client.force_login(ConferenceFactory(organisers=[OrganiserFactory()]).organisers.get())
    assert client.get(reverse("lists:row", args=[job.pk, 2])).status_code == 404
    assert client.post(reverse("lists:settle", args=[job.pk]), {}).status_code == 404


def test_the_preview_and_the_page_of_a_row_ask_as_much_for_one_row_as_for_three(client, organiser, point):
    def count(job, name, *arguments):
        client.get(reverse(name, args=[job.pk, *arguments]))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(name, args=[job.pk, *arguments]))
        return len(queries)

    one = checked(point.conference, people({"phone": "1"}))
    few = count(one, "lists:job"), count(one, "lists:row", 2)
    Question.objects.create(conference=point.conference, text="Ăn chay?")
    BridgePointFactory(conference=point.conference)
    three = checked(point.conference, people({"phone": "1"}, {"phone": "2"}, {"phone": "3"}))
    assert (count(three, "lists:job"), count(three, "lists:row", 2)) == few


def test_points_have_their_headings_too(client, organiser, point):
    heads, rows = ["Tên điểm cầu", "Loại", "Sức chứa tối đa"], [["Hội trường mới", "Hội trường", "80"]]
    job = checked(point.conference, xlsx(heads, rows), kind="points", by=organiser)
    settle(client, job, **{"heading-2": "seats"})
    job.refresh_from_db()
    assert job.plan[0]["cells"][4] == "80"


def test_whoever_is_erased_is_found_under_a_heading_that_is_not_known(client, organiser, point):
    from lists import pending
    from registrations.signals import ErasedPeople

    registered(point, now=NOW)
    job = checked(point.conference, xlsx(["Quý danh", "Đơn vị", "E-mail"], [["Lê Một", "HTX Na", ""]]))
    settle(client, job, **{"heading-0": "full_name"})
    pending.drop_with(point.conference, ErasedPeople(names={"Lê Một"}))
    assert not ImportJob.objects.exists()
