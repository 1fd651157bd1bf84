"""The pages of lists and papers: what organisers and coordinators see, and nobody else."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from lists import jobs
from lists.models import ImportJob
from registrations.models import Guest, Invitation, Registration
from tests.conftest import NOW
from tests.support.bombs import far_cell
from tests.support.factories import BridgePointFactory, CoordinatorFactory, OrganiserFactory, registered
from tests.support.lists import checked, people, started, uploaded
from tests.support.pages import faults

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english(client, settings):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"


@pytest.fixture
def organiser(point, client):
    user = OrganiserFactory()
    point.conference.organisers.add(user)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user


def upload(client, conference, content: bytes, name: str = "ds.xlsx", kind: str = "people", **fields):
    address = reverse("lists:upload", args=[conference.pk, kind])
    return client.post(address, {"file": SimpleUploadedFile(name, content), **fields}, follow=True)


def test_a_list_is_uploaded_looked_at_confirmed_and_applied(client, organiser, point, at_once):
    page = upload(client, point.conference, people({"email": "a@vidu.example"}, {"phone": "12"}))
    text = page.content.decode()
    assert faults(text) == []
    assert "Apply 1 row" in text
    assert "“12” is not a phone number." in text
    job = ImportJob.objects.get()
    page = client.post(reverse("lists:apply", args=[job.pk]), {"notify": "on"}, follow=True)
    assert "The list has been applied" in page.content.decode()
    assert faults(page.content.decode()) == []
    assert Registration.objects.get().contact_email == "a@vidu.example"


def test_a_file_that_is_no_list_is_refused_in_words(client, organiser, point, at_once):
    page = upload(client, point.conference, b"nothing", "a.csv").content.decode()
    assert "No row with the headings" in page
    assert "Choose another file" in page
    assert faults(page) == []
    job = ImportJob.objects.get()
    assert (job.state, job.content, job.rows) == ("refused", None, [])


@pytest.mark.parametrize(("content", "said"), [(b"", "The file is empty."), (b"0" * (5 * 1024**2 + 1), "5 MB")])
def test_a_file_that_is_empty_or_too_big_is_refused_beside_its_field(client, organiser, point, content, said):
    page = upload(client, point.conference, content, "a.csv")
    assert page.status_code == 422
    assert said in page.content.decode()
    assert faults(page.content.decode()) == []
    assert not ImportJob.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("danh sach.docx", b"PK\x03\x04" + b"word" * 50, "neither an Excel file"),
        ("danh sach.pdf", b"%PDF-1.7 list", "neither an Excel file"),
        ("danh sach.xlsx", b"%PDF-1.7 list", "neither an Excel file"),
        ("danh sach.XLS", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "old Excel file"),
        ("danh sach.xls", b"<html><table>", "old Excel file"),
    ],
)
def test_another_kind_of_file_is_refused_at_once_beside_its_field(client, organiser, point, name, content, said):
    page = upload(client, point.conference, content, name)
    assert page.status_code == 422
    assert said in page.content.decode()
    assert not ImportJob.objects.exists()


def test_a_workbook_with_the_name_of_an_old_one_is_read(client, organiser, point, at_once):
    assert "Apply 1 row" in upload(client, point.conference, people({}), "ds.xls").content.decode()


def test_a_conference_has_three_lists_read_at_a_time(client, organiser, point, nobody_works):
    for _ in range(3):
        uploaded(point.conference, people({}))
    uploaded(BridgePointFactory().conference, people({}))
    page = upload(client, point.conference, people({}))
    assert page.status_code == 422
    assert "Please try again in a minute." in page.content.decode()
    # One whose worker has died holds up nobody.
    ImportJob.objects.filter(conference=point.conference).update(started_at=NOW - jobs.SILENT)
    assert "The file is being read" in upload(client, point.conference, people({})).content.decode()


def test_while_a_file_is_read_the_page_says_so_and_looks_again(client, organiser, point, nobody_works):
    page = upload(client, point.conference, people({})).content.decode()
    assert "The file is being read" in page
    assert '<meta http-equiv="refresh"' in page
    assert faults(page) == []
    job = ImportJob.objects.get()
    progress = reverse("lists:progress", args=[job.pk])
    assert "Reading the rows" in client.get(progress).content.decode()
    jobs.read(job=job.pk, run=job.run)
    assert client.get(progress).headers["HX-Refresh"] == "true"
    assert "Apply 1 row" in client.get(reverse("lists:job", args=[job.pk])).content.decode()


def test_a_file_that_nobody_has_read_for_a_minute_can_be_read_again(client, organiser, point, nobody_works):
    job = uploaded(point.conference, people({}), now=NOW - timedelta(seconds=61))
    address = reverse("lists:job", args=[job.pk])
    page = client.get(address).content.decode()
    assert "The file has not been read" in page
    assert faults(page) == []
    client.post(reverse("lists:apply", args=[job.pk]))
    again = ImportJob.objects.get()
    assert (again.state, again.run != job.run) == ("reading", True)
    assert "The file is being read" in client.get(address).content.decode()
    # It is being read now: pressing once more begins nothing.
    client.post(reverse("lists:apply", args=[job.pk]))
    assert ImportJob.objects.get().run == again.run


def test_a_file_that_nobody_reads_can_be_deleted(client, organiser, point, nobody_works):
    job = uploaded(point.conference, people({}), now=NOW - timedelta(seconds=61))
    page = client.post(reverse("lists:dismiss", args=[job.pk]), follow=True).content.decode()
    assert "The list was deleted." in page
    assert not ImportJob.objects.exists()


def test_what_was_too_much_is_said_in_vietnamese(client, organiser, point, at_once, settings):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "vi"
    page = upload(client, point.conference, far_cell()).content.decode()
    assert "cần hơn 512 MB bộ nhớ" in page


def test_a_list_is_shown_by_the_hundred_and_by_verdict(client, organiser, point):
    rows = [{"email": f"p{i}@vidu.example", "unit": f"HTX {i}"} for i in range(120)]
    job = checked(point.conference, people(*rows, {"email": "wrong"}))
    address = reverse("lists:job", args=[job.pk])
    first, second = (client.get(address, {"p": p}).content.decode() for p in (1, 2))
    assert "p99@vidu.example" in first
    assert "p100@vidu.example" not in first
    assert "p119@vidu.example" in second
    refused = client.get(address, {"show": "refused"}).content.decode()
    assert "“wrong” is not an e-mail address." in refused
    assert "p1@vidu.example" not in refused


def test_what_a_file_says_is_never_markup(client, organiser, point):
    job = checked(point.conference, people({"name": "<script>alert(1)</script>"}))
    assert "<script>alert" not in client.get(reverse("lists:job", args=[job.pk])).content.decode()


def test_while_it_is_applied_the_page_shows_how_far_it_is(client, organiser, point, nobody_works):
    from lists import progress

    job = started(checked(point.conference, people({"email": "a@vidu.example"}, {"unit": "HTX B"})))
    progress.write(job.pk, job.run, done=1, now=NOW)
    page = client.get(reverse("lists:job", args=[job.pk])).content.decode()
    assert "1 of 2 rows" in page
    assert faults(page) == []
    part = client.get(reverse("lists:progress", args=[job.pk]))
    assert "1 of 2 rows" in part.content.decode()


def test_when_it_is_done_the_bar_has_the_page_loaded_anew(client, organiser, point, at_once):
    job = started(checked(point.conference, people({})))
    part = client.get(reverse("lists:progress", args=[job.pk]))
    assert part.headers["HX-Refresh"] == "true"


def test_a_list_whose_worker_died_says_that_nothing_was_changed(client, organiser, point, nobody_works):
    job = started(checked(point.conference, people({})), now=NOW - timedelta(minutes=5))
    page = client.get(reverse("lists:job", args=[job.pk])).content.decode()
    assert "nothing was changed" in page
    assert "Start again" in page
    assert faults(page) == []


def test_the_confirmation_is_ticked_at_first_and_stays_as_it_was_chosen(client, organiser, point, nobody_works):
    job = checked(point.conference, people({}))
    address = reverse("lists:job", args=[job.pk])
    assert 'name="notify" checked' in client.get(address).content.decode()
    client.post(reverse("lists:apply", args=[job.pk]), {})
    ImportJob.objects.update(state="failed")
    assert 'name="notify" checked' not in client.get(address).content.decode()


def test_nothing_is_taken_for_a_conference_that_is_over(client, organiser, point):
    job = checked(point.conference, people({}))
    type(point.conference).objects.update(starts_at="2027-01-01T00:00Z", ends_at="2027-01-02T00:00Z")
    page = upload(client, point.conference, people({}))
    assert "it is over" in page.content.decode()
    page = client.post(reverse("lists:apply", args=[job.pk]), follow=True)
    assert "it is over" in page.content.decode()
    job.refresh_from_db()
    assert job.state == "checked"


def test_deleting_a_list_deletes_its_rows(client, organiser, point):
    job = checked(point.conference, people({}))
    client.post(reverse("lists:dismiss", args=[job.pk]))
    assert not ImportJob.objects.exists()


@pytest.mark.parametrize("kind", ["people", "points"])
def test_the_sample_is_a_list_that_can_be_uploaded(client, organiser, point, kind, at_once):
    sample = client.get(reverse("lists:sample", args=[point.conference_id, kind])).getvalue()
    upload(client, point.conference, sample, kind=kind)
    counts = ImportJob.objects.get().counts
    assert (counts["rows"], counts["new"], counts["refused"]) == (2, 2, 0)


def _addresses(point, job, delegate, invitation, guest) -> dict[str, str]:
    return {
        name: reverse(f"lists:{name}", args=args)
        for name, args in {
            "overview": [point.conference_id],
            "conference_xlsx": [point.conference_id],
            "conference_csv": [point.conference_id],
            "point_docx": [point.pk],
            "point_xlsx": [point.pk],
            "point_csv": [point.pk],
            "delegate_letter": [delegate.pk],
            "upload": [point.conference_id, "people"],
            "sample": [point.conference_id, "people"],
            "job": [job.pk],
            "progress": [job.pk],
            "guest_letter": [guest.pk],
            "guest_letters": [invitation.pk],
        }.items()
    }


COORDINATORS = {
    "overview", "conference_xlsx", "conference_csv", "point_docx", "point_xlsx", "point_csv", "delegate_letter",
}  # fmt: skip


def test_organisers_see_all_coordinators_their_points_and_others_nothing(client, point, nobody_works):
    invitation = Invitation.objects.create(conference=point.conference, name="Sở Công Thương")
    guest = Guest.objects.create(invitation=invitation, name="Bà Khách", email="khach@vidu.example")
    delegate = registered(point, now=NOW).delegates.get()
    job = started(checked(point.conference, people({})))
    addresses = _addresses(point, job, delegate, invitation, guest)
    here = OrganiserFactory()
    point.conference.organisers.add(here)
    coordinator = CoordinatorFactory(bridge_point=point).user
    elsewhere = [OrganiserFactory(), CoordinatorFactory(bridge_point=BridgePointFactory()).user]
    for user, allowed in ((here, set(addresses)), (coordinator, COORDINATORS), *((u, set()) for u in elsewhere)):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        for name, address in addresses.items():
            assert client.get(address).status_code == (200 if name in allowed else 404), f"{user}: {name}"


def test_a_coordinator_exports_and_sees_his_own_point_only(client, point):
    hall = BridgePointFactory(conference=point.conference, name="Hội trường khác")
    registered(point, now=NOW, number=1)
    registered(hall, now=NOW, number=2)
    user = CoordinatorFactory(bridge_point=point).user
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    content = client.get(reverse("lists:conference_csv", args=[point.conference_id])).getvalue().decode()
    assert "HTX Ví Dụ 1" in content
    assert "HTX Ví Dụ 2" not in content
    page = client.get(reverse("lists:overview", args=[point.conference_id])).content.decode()
    assert "Hội trường khác" not in page
    assert "From Excel" not in page
    assert faults(page) == []
    assert client.get(reverse("lists:point_docx", args=[hall.pk])).status_code == 404
    for name in ("apply", "dismiss"):
        job = checked(point.conference, people({}))
        assert client.post(reverse(f"lists:{name}", args=[job.pk])).status_code == 404


def test_files_have_names_that_say_what_they_are(client, organiser, point):
    registered(point, now=NOW)
    response = client.get(reverse("lists:point_xlsx", args=[point.pk]))
    assert response.headers["Content-Disposition"] == 'attachment; filename="dai-bieu-bac-ninh-2027-07-01.xlsx"'
    assert "no-store" in response.headers["Cache-Control"]
    assert load_workbook(io.BytesIO(response.getvalue())).active.max_row == 2


def test_the_overview_asks_the_same_with_one_point_and_with_three(client, organiser, point, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    address = reverse("lists:overview", args=[point.conference_id])
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as one:
        client.get(address)
    for number in (2, 3):
        registered(BridgePointFactory(conference=point.conference), now=NOW, number=number)
    with django_assert_num_queries(len(one)):
        client.get(address)


def test_uploading_forgets_lists_of_the_day_before(client, organiser, point):
    checked(point.conference, people({}), now=NOW - jobs.KEPT - timedelta(seconds=1))
    upload(client, point.conference, people({}))
    assert ImportJob.objects.count() == 1
