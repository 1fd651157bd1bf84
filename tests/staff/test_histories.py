"""The page of a history says what somebody has changed, who it was and why, and nothing else."""

import pytest

from bridges.models import BridgePoint
from registrations import services
from registrations.models import Registration
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, ConferenceFactory, OrganiserFactory, UserFactory, registered

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
