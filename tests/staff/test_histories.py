"""The page of a history says what somebody has changed, who it was and why, and nothing else."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bridges.models import BridgePoint
from registrations import services
from registrations.models import Registration
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, ConferenceFactory, OrganiserFactory, UserFactory, registered
from tests.support.html_forms import filled_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture
def organiser(at_now, client):
    user = OrganiserFactory()
    client.force_login(user)
    return user


def rows(client, row) -> list[str]:
    """The rows of the history of ``row``, the last first, without tags."""
    name = f"{row._meta.app_label}/{row._meta.model_name}"
    page = client.get(f"/admin/{name}/{row.pk}/history/").content.decode()
    table = page.split('id="change-history"')[1].split("</table>")[0]
    return table.split("<tbody>")[1].split("<tr>")[1:]


def test_line_ends_of_a_browser_are_no_change(client, organiser):
    point = BridgePointFactory(conference=ConferenceFactory(organisers=[organiser]), notes="Cổng số 2\nTầng 3")
    point.notes = "Cổng số 2\r\nTầng 3"
    point.save()
    assert len(rows(client, point)) == 1
    point.notes = "Cổng số 2\r\nTầng 4"
    point.save()
    last, first = rows(client, point)
    assert "Tầng 4" in last
    assert "Tạo mới" in first


def test_a_version_in_which_nothing_changed_is_left_out(client, organiser):
    point = BridgePointFactory(conference=ConferenceFactory(organisers=[organiser]), name="Hội trường")
    for _ in range(3):
        point.save()
    BridgePoint.objects.get().save()
    assert len(rows(client, point)) == 1


def test_the_reason_for_a_decision_is_read_in_the_history(client, organiser):
    point = BridgePointFactory(conference=ConferenceFactory(organisers=[organiser]), seats=1)
    registered(point, now=NOW)
    waiting = registered(BridgePoint.objects.get(), now=NOW, number=2)
    BridgePoint.objects.update(seats=2)
    services.promote_out_of_turn(registration=waiting, by=organiser, reason="Diễn giả chính", now=NOW)
    assert "Diễn giả chính" in rows(client, waiting)[0]


def test_what_was_taken_back_at_the_desk_is_read_in_the_history(client, organiser):
    from attendance import services as attendance

    registration = registered(BridgePointFactory(conference=ConferenceFactory(organisers=[organiser])), now=NOW)
    delegate, clerk = registration.delegates.get(), UserFactory()
    moment = registration.conference.starts_at
    attendance.check_in(delegate=delegate, by=clerk, now=moment)
    attendance.undo_check_in(delegate=delegate, by=clerk, now=moment)
    assert f"Đã hủy điểm danh {delegate.full_name}." in rows(client, Registration.objects.get())[0]


def people_rows(client, registration) -> list[str]:
    page = client.get(f"/admin/registrations/registration/{registration.pk}/history/").content.decode()
    if 'id="people-history"' not in page:
        return []
    return page.split('id="people-history"')[1].split("</table>")[0].split("<tbody>")[1].split("<tr>")[1:]


def of_two(organiser) -> Registration:
    conference = ConferenceFactory(organisers=[organiser])
    return registered(BridgePointFactory(conference=conference), now=NOW, people=2)


def change_by_registrant(registration, **changes: str) -> None:
    visitor = Client()
    url = f"{registration.get_absolute_url()}people/"
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        assert visitor.post(url, filled_in(visitor.get(url), **changes)).status_code == 302


OTHER = {"full_name": "Trần Thị Mua", "phone": "0912 000 777", "email": "mua@vidu.example"}


def test_somebody_in_the_place_of_a_delegate_stands_in_the_history(client, organiser):
    registration = of_two(organiser)
    assert people_rows(client, registration) == []
    gone = registration.delegates.as_entered()[1].full_name
    change_by_registrant(registration, **{f"people-1-{name}": value for name, value in OTHER.items()})
    added, removed = people_rows(client, registration)
    assert "Tạo mới" in added
    assert "Trần Thị Mua" in added
    assert "Xóa" in removed
    assert gone in removed
    assert "<td>người đăng ký</td>" in added
    assert "<td>người đăng ký</td>" in removed


def test_a_corrected_delegate_stands_in_the_history_as_they_were(client, organiser):
    registration = of_two(organiser)
    before = registration.delegates.as_entered()[1].position
    change_by_registrant(registration, **{"people-1-position": "Trưởng phòng"})
    (corrected,) = people_rows(client, registration)
    assert f"Chức vụ:</strong> {before or '–'} → Trưởng phòng" in corrected
    address = f"/admin/registrations/registration/{registration.pk}/change/"
    page = client.get(address)
    number = list(registration.delegates.all()).index(registration.delegates.as_entered()[1])
    client.post(address, filled_in(page, **{f"delegates-{number}-position": "Phó giám đốc"}))
    by_staff, _ = people_rows(client, registration)
    assert "Trưởng phòng → Phó giám đốc" in by_staff
    assert f"<td>{organiser}</td>" in by_staff


def test_the_history_of_erased_people_names_nobody(client, organiser):
    registration = of_two(organiser)
    change_by_registrant(registration, **{f"people-1-{name}": value for name, value in OTHER.items()})
    services.erase(registration=registration, way="staff", now=NOW, by=organiser)
    assert people_rows(client, registration) == []


def test_the_history_takes_the_same_statements_for_one_change_and_for_three(client, organiser):
    registration = of_two(organiser)
    counts = []
    for position in ("Một", "Hai", "Ba"):
        change_by_registrant(registration, **{"people-1-position": position})
        with CaptureQueriesContext(connection) as statements:
            assert people_rows(client, registration)
        counts.append(len(statements))
    assert len(set(counts)) == 1


def test_what_the_registrant_did_is_told_from_what_nobody_did(client, organiser):
    point = BridgePointFactory(conference=ConferenceFactory(organisers=[organiser]), seats=1)
    first = registered(point, now=NOW)
    waiting = registered(BridgePoint.objects.get(), now=NOW, number=2)
    services.cancel(registration=first, now=NOW)
    cancelled, made = rows(client, first)
    assert "<td>người đăng ký</td>" in cancelled
    assert "<td>người đăng ký</td>" in made
    assert "<td>–</td>" in rows(client, waiting)[0]


def test_a_moment_that_reads_the_same_is_no_change(client, organiser):
    registration = of_two(organiser)
    registration.confirmed_at += timedelta(seconds=1)
    registration.save()
    assert len(rows(client, registration)) == 1
