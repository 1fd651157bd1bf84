"""The refused rows of a list that was applied: shown, offered as a file, gone after a day or with their people."""

import io
from datetime import timedelta

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from lists import jobs
from registrations import services
from registrations.models import Erasure
from tests.conftest import NOW
from tests.support.factories import OrganiserFactory, registered
from tests.support.lists import checked, started, verdicts, xlsx
from tests.support.pages import faults

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once", "at_now")]

HEADS = ["Họ và tên", "Đơn vị", "Liên lạc", "Điện thoại", "Điểm cầu"]
GOOD = ["Lê Văn Tốt", "HTX Na", "", "0912 345 678", "Bắc Ninh"]
BAD = ["Lê Văn Sai", "HTX Hồng", "bàn 3", "0123", "Bắc Ninh"]


@pytest.fixture
def organiser(point, client):
    user = OrganiserFactory()
    point.conference.organisers.add(user)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user


def applied(point, organiser, *rows):
    job = started(checked(point.conference, xlsx(HEADS, rows), by=organiser))
    assert job.state == "done"
    return job


def refused_file(client, job) -> bytes:
    answer = client.get(reverse("lists:refused", args=[job.pk]))
    return b"".join(answer.streaming_content) if answer.status_code == 200 else b""


def rows_of(content: bytes) -> list[list[str]]:
    return [[cell or "" for cell in row] for row in load_workbook(io.BytesIO(content)).active.values]


def test_what_was_refused_is_shown_with_the_reason_once_the_rest_is_applied(client, organiser, point):
    job = applied(point, organiser, GOOD, BAD)
    page = client.get(reverse("lists:job", args=[job.pk])).content.decode()
    assert faults(page) == []
    assert "Lê Văn Sai" in page
    assert "Lê Văn Tốt" not in page
    assert reverse("lists:refused", args=[job.pk]) in page


def test_the_file_has_the_refused_rows_as_they_stood_with_the_reason_and_can_be_uploaded_again(
    client, organiser, point
):
    job = applied(point, organiser, GOOD, BAD)
    content = refused_file(client, job)
    heads, row = rows_of(content)
    assert heads == ["Họ và tên", "Đơn vị", "Điện thoại", "Điểm cầu", "Liên lạc", "Lý do bị từ chối"]
    assert row[:5] == ["Lê Văn Sai", "HTX Hồng", "0123", "Bắc Ninh", "bàn 3"]
    assert row[5] == job.plan[0]["notes"][0]
    again = checked(point.conference, content, by=organiser)
    assert (verdicts(again), list(again.options["unknown"].values())) == (["refused"], ["Liên lạc"])


def test_nothing_is_offered_where_nothing_was_refused_and_to_nobody_else(client, organiser, point):
    assert refused_file(client, applied(point, organiser, GOOD)) == b""
    job = applied(point, organiser, BAD, ["Lê Văn Ba", *GOOD[1:3], "0912 345 679", GOOD[4]])
    client.force_login(OrganiserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("lists:refused", args=[job.pk])).status_code == 404


def test_a_day_later_the_refused_rows_are_gone_and_the_counts_stay(client, organiser, point):
    job = applied(point, organiser, GOOD, BAD)
    jobs.forget_old(now=job.finished_at + timedelta(hours=23))
    job.refresh_from_db()
    assert len(job.rows) == len(job.plan) == 1
    jobs.forget_old(now=job.finished_at + timedelta(hours=24))
    job.refresh_from_db()
    assert (job.rows, job.plan, job.counts["refused"]) == ([], [], 1)
    assert refused_file(client, job) == b""
    assert client.get(reverse("lists:job", args=[job.pk])).status_code == 200


def test_whoever_is_erased_is_not_kept_in_a_refused_row(client, organiser, point):
    registration = registered(point, now=NOW)
    name = registration.delegates.get().full_name
    job = applied(point, organiser, GOOD, [name, *BAD[1:]])
    services.erase(registration=registration, way=Erasure.Way.STAFF, now=NOW + timedelta(minutes=5))
    job.refresh_from_db()
    assert (job.rows, job.plan, job.counts["new"]) == ([], [], 1)
