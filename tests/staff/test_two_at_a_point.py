"""Two people at the page of one bridge point: neither undoes what the other has stored."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from bridges.models import BridgePoint, Connection
from outbox.models import Message
from tests.support.html_forms import filled_in
from tests.support.pages import said
from tests.support.two_people import browser, change, coordinator, organiser, point

__all__ = ["coordinator", "organiser", "point"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


def new_password(client, point: BridgePoint, password: str = "MatKhauMoi") -> None:
    address = change(point)
    assert client.post(address, filled_in(client.get(address)) | {"connection-0-password": password}).status_code == 302


def password_of(point: BridgePoint) -> str:
    return Connection.objects.get(bridge_point=point).password


def test_a_line_test_saved_on_a_stale_page_does_not_bring_an_old_password_back(point, organiser, coordinator):
    first, second = browser(organiser), browser(coordinator)
    stale = filled_in(second.get(change(point)))
    new_password(first, point)
    versions = Connection.history.count()
    answer = second.post(change(point), stale | {"line_test": "passed"}, follow=True)
    point.refresh_from_db()
    assert (point.line_test, password_of(point)) == ("passed", "MatKhauMoi")
    # And whoever did not touch the password is not asked whether people are to be told of it.
    assert answer.redirect_chain[-1][0] == reverse("admin:bridges_bridgepoint_changelist")
    assert Connection.history.count() == versions


def test_a_new_password_on_a_stale_page_does_not_bring_an_old_line_test_back(point, organiser, coordinator):
    first, second = browser(organiser), browser(coordinator)
    stale = filled_in(first.get(change(point)))
    second.post(change(point), filled_in(second.get(change(point))) | {"line_test": "passed"})
    answer = first.post(change(point), stale | {"connection-0-password": "MatKhauMoi"})
    assert answer["Location"] == reverse("messaging:details", args=[point.pk])
    point.refresh_from_db()
    assert (point.line_test, password_of(point)) == ("passed", "MatKhauMoi")


def test_what_both_have_changed_is_asked_with_who_and_when_and_nothing_typed_is_lost(point, organiser, coordinator):
    first, second = browser(organiser), browser(coordinator)
    stale = filled_in(second.get(change(point)))
    new_password(first, point)
    asked = second.post(change(point), stale | {"connection-0-password": "MatKhauKhac", "notes": "Gửi xe ở sân sau"})
    page = asked.content.decode()
    assert asked.status_code == 200
    assert "Trần Thị Tổ Chức đã lưu “MatKhauMoi” tại đây lúc 10:00 1/7/2027" in page
    assert password_of(point) == "MatKhauMoi"
    again = filled_in(asked)
    assert again["connection-0-password"] == ["MatKhauKhac"]
    assert again["notes"] == ["Gửi xe ở sân sau"]
    # The cursor stands where something is to be decided, and nowhere else.
    assert page.count("autofocus") == 1
    assert 'name="connection-0-password"' in page.split("autofocus")[0].rsplit("<", 1)[1]
    assert second.post(change(point), again).status_code == 302
    point.refresh_from_db()
    assert (password_of(point), point.notes) == ("MatKhauKhac", "Gửi xe ở sân sau")


def test_whoever_is_asked_may_keep_what_the_other_has_stored(point, organiser, coordinator):
    first, second = browser(organiser), browser(coordinator)
    stale = filled_in(second.get(change(point)))
    new_password(first, point)
    asked = second.post(change(point), stale | {"connection-0-password": "MatKhauKhac", "line_test": "failed"})
    kept = filled_in(asked) | {"connection-0-password-keep": "theirs"}
    assert second.post(change(point), kept).status_code == 302
    point.refresh_from_db()
    assert (password_of(point), point.line_test) == ("MatKhauMoi", "failed")


def test_whoever_is_asked_is_asked_again_when_it_changes_once_more(point, organiser, coordinator):
    first, second = browser(organiser), browser(coordinator)
    stale = filled_in(second.get(change(point)))
    new_password(first, point)
    asked = filled_in(second.post(change(point), stale | {"connection-0-password": "MatKhauKhac"}))
    new_password(first, point, "MatKhauMoiHon")
    assert second.post(change(point), asked).status_code == 200
    assert password_of(point) == "MatKhauMoiHon"


def test_the_same_change_by_both_is_no_clash(point, organiser, coordinator):
    first, second = browser(organiser), browser(coordinator)
    stale = filled_in(second.get(change(point)))
    new_password(first, point)
    assert second.post(change(point), stale | {"connection-0-password": "MatKhauMoi"}).status_code == 302
    assert password_of(point) == "MatKhauMoi"


def test_a_fault_elsewhere_does_not_make_an_old_value_count_as_new(point, organiser, coordinator):
    first, second = browser(organiser), browser(coordinator)
    stale = filled_in(second.get(change(point)))
    new_password(first, point)
    refused = second.post(change(point), stale | {"latitude": "999"})
    assert refused.status_code == 200
    assert filled_in(refused)["connection-0-password"] == ["MatKhauMoi"]
    assert second.post(change(point), filled_in(refused) | {"latitude": ["21"]}).status_code == 302
    assert password_of(point) == "MatKhauMoi"


def test_the_page_holds_no_secret_that_its_fields_do_not_show(point, organiser):
    page = browser(organiser).get(change(point)).content.decode()
    assert page.count("MatKhauCu") == 1


def test_connection_details_that_two_people_add_become_one(point, organiser, coordinator):
    Connection.objects.all().delete()
    first, second = browser(organiser), browser(coordinator)
    stale = filled_in(second.get(change(point)))
    first.post(change(point), filled_in(first.get(change(point))) | {"connection-0-meeting_id": "222 222"})
    assert second.post(change(point), stale | {"connection-0-password": "MatKhauMoi"}).status_code == 302
    both = Connection.objects.get(bridge_point=point)
    assert (both.meeting_id, both.password) == ("222 222", "MatKhauMoi")
    asked = second.post(change(point), stale | {"connection-0-meeting_id": "333 333"})
    assert "222 222" in asked.content.decode()
    assert second.post(change(point), filled_in(asked)).status_code == 302
    assert Connection.objects.get().meeting_id == "333 333"


def test_people_are_told_of_what_was_shown_and_of_nothing_else(point, organiser):
    client = browser(organiser)
    new_password(client, point)
    page = reverse("messaging:details", args=[point.pk])
    shown = filled_in(client.get(page))
    new_password(client, point, "MatKhauMoiHon")
    for button in ("tell", "dismiss"):
        answer = client.post(page, shown | {button: "1"}, follow=True)
        assert "MatKhauMoiHon" in answer.content.decode()
        assert not Message.objects.filter(kind="details").exists()
    client.post(page, filled_in(client.get(page)) | {"tell": "1"})
    assert Message.objects.filter(kind="details").exists()


def test_an_earlier_version_is_still_brought_back_as_a_whole(point, organiser):
    client = browser(organiser)
    old = point.history.latest()
    client.post(change(point), filled_in(client.get(change(point))) | {"notes": "Khác", "address": "Số 2"})
    client.post(question := reverse("messaging:details", args=[point.pk]), filled_in(client.get(question), tell="1"))
    entries = LogEntry.objects.count()
    version = reverse("admin:bridges_bridgepoint_simple_history", args=[point.pk, old.pk])
    answer = client.post(version, filled_in(client.get(version)), follow=True)
    point.refresh_from_db()
    assert (point.notes, point.address) == ("", "Số 1")
    assert "Không có gì thay đổi" not in said(answer)
    assert LogEntry.objects.count() == entries + 1
    entry = LogEntry.objects.latest("pk")
    assert (entry.user, entry.get_change_message()) == (organiser, "Đã khôi phục phiên bản trước.")
    # People were told of the address that is gone again.
    assert answer.redirect_chain[-1][0] == question


def test_a_version_that_is_what_is_stored_is_not_said_to_be_brought_back(point, organiser):
    client = browser(organiser)
    version = reverse("admin:bridges_bridgepoint_simple_history", args=[point.pk, point.history.latest().pk])
    answer = client.post(version, filled_in(client.get(version)), follow=True)
    assert "Không có gì thay đổi" in said(answer)
    assert not LogEntry.objects.exists()


def test_an_address_corrected_meanwhile_is_not_undone(point, organiser):
    first, second = browser(organiser), browser(organiser)
    delegate = point.registrations.get().delegates.get()
    page = reverse("messaging:address", args=[point.conference_id, "delegate", delegate.pk])
    stale = filled_in(second.get(page))
    first.post(page, filled_in(first.get(page)) | {"email": "moi@vidu.example"})
    assert second.post(page, stale | {"phone": "0912 345 999"}).status_code == 302
    delegate.refresh_from_db()
    assert (delegate.email, delegate.phone.as_e164) == ("moi@vidu.example", "+84912345999")


def test_a_new_password_stands_in_the_history_of_its_point(point, organiser, coordinator):
    new_password(browser(organiser), point)
    page = browser(coordinator).get(change(point).replace("change", "history")).content.decode()
    table = page.split('id="connection-history"')[1]
    assert "Mật khẩu:</strong> MatKhauCu → MatKhauMoi" in table
    assert "Trần Thị Tổ Chức" in table
    # And the point itself has not got a version in which nothing is different.
    assert point.history.count() == 1


def test_an_earlier_version_with_fewer_seats_than_are_taken_warns_as_a_save_does(point, organiser):
    client = browser(organiser)
    point.seats = 1
    point.save()
    old = point.history.latest()
    point.seats = 10
    point.save()
    BridgePoint.objects.update(seats_taken=3)
    version = reverse("admin:bridges_bridgepoint_simple_history", args=[point.pk, old.pk])
    answer = client.post(version, filled_in(client.get(version)), follow=True)
    point.refresh_from_db()
    assert (point.seats, point.seats_taken) == (1, 3)
    assert "đã có 3 chỗ" in said(answer)


@pytest.mark.parametrize("button", ["_continue", "_addanother", "_save"])
def test_the_question_whether_people_are_told_is_not_said_to_be_a_page_to_edit(point, organiser, button):
    client = browser(organiser)
    data = filled_in(client.get(change(point))) | {"address": "Số 2", button: "1"}
    answer = client.post(change(point), data, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("messaging:details", args=[point.pk])
    assert "Đã thay đổi" in said(answer)
    assert "bên dưới" not in said(answer)
