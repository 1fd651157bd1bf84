"""What registrants change by themselves: details, people, the point; taking the data along, erasing them."""

import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils.html import strip_tags

from bridges.models import BridgePoint
from outbox import queue
from outbox.models import Message
from registrations import services
from registrations.models import Answer, Delegate, Interest, Question, Registration
from tests.conftest import NOW
from tests.registrations.test_own_page import filled
from tests.support.factories import START, BridgePointFactory, UserFactory, registered
from tests.support.html_forms import filled_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture
def registration() -> Registration:
    return registered(BridgePointFactory(seats=1), now=NOW)


@pytest.fixture
def full(registration) -> Registration:
    return filled(registration)


# --- correcting -----------------------------------------------------------------------------------------------------


def test_the_part_about_who_registers_is_not_called_as_one_of_its_fields(client, full):
    client.cookies["django_language"] = "vi"
    page = client.get(f"{full.get_absolute_url()}correct/").content.decode()
    assert "<legend>Đơn vị đăng ký</legend>" in page
    assert "<legend>Tên đơn vị</legend>" not in page


def test_the_details_are_corrected_and_nothing_else_changes(client, full):
    url = f"{full.get_absolute_url()}correct/"
    sent = filled_in(client.get(url))
    before = json.loads(client.get(f"{full.get_absolute_url()}data.json").content)
    assert client.post(url, sent).status_code == 302
    after = json.loads(client.get(f"{full.get_absolute_url()}data.json").content)
    assert after == before
    question = Question.objects.get(asked="organisation")
    changes = {
        "organisation_name": "Siêu thị Mới",
        "tax_code": "",
        f"question-{question.pk}": "no",
        "interests-0-amount": "30 tấn",
        "interests-1-side": "sells",
        "interests-1-other": "Hồng",
    }
    client.post(url, {**sent, **changes})
    full.refresh_from_db()
    assert (full.organisation.name, full.organisation.tax_code) == ("Siêu thị Mới", "")
    assert list(full.interests.values_list("side", "amount", "other")) == [
        ("buys", "30 tấn", ""),
        ("sells", "", "Hồng"),
    ]
    assert dict(Answer.objects.values_list("question__text", "value")) == {"Có gian hàng?": "no", "Ăn gì?": "Chay"}


def test_a_contact_person_with_a_new_address_gets_the_link_there_and_as_a_delegate(client, full):
    url = f"{full.get_absolute_url()}correct/"
    client.post(url, filled_in(client.get(url), email="Moi@vidu.example"))
    full.refresh_from_db()
    assert full.contact_email == "moi@vidu.example"
    assert full.delegates.get(is_contact=True).email == "moi@vidu.example"
    assert Message.objects.filter(kind="own_page", address="moi@vidu.example").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("organisation_name", ""),
        ("phone", "12"),
        ("tax_code", "1"),
        ("organisation_kind", "x"),
        ("full_name", "a\x07b"),
    ],
)
def test_a_mistake_while_correcting_loses_nothing(client, full, field, value):
    url = f"{full.get_absolute_url()}correct/"
    response = client.post(url, filled_in(client.get(url), **{field: value, "position": "Vừa gõ"}))
    assert response.status_code == 422
    assert f'href="#id_{field}"' in response.content.decode()
    assert filled_in(response)["position"] == ["Vừa gõ"]
    full.organisation.refresh_from_db()
    assert full.organisation.name == "Siêu thị Ví Dụ"


def test_a_button_gives_another_product_without_a_script(client, full):
    url = f"{full.get_absolute_url()}correct/"
    response = client.post(url, filled_in(client.get(url), add_row="interests", **{"interests-1-other": "Hồng"}))
    assert response.status_code == 200
    assert "interests-2-other" in filled_in(response)
    assert Interest.objects.count() == 1


# --- who comes ------------------------------------------------------------------------------------------------------


def test_people_are_corrected_removed_and_added_at_once(client, full):
    url = f"{full.get_absolute_url()}people/"
    sent = filled_in(client.get(url))
    assert [sent[f"people-{n}-full_name"] for n in (0, 1, 2)] == [["Nguyễn Văn 7"], ["Nguyễn Văn 8"], [""]]
    meal = Question.objects.get(asked="delegate").pk
    changes = {
        "people-0-position": "Phó giám đốc",
        f"people-0-question-{meal}": "Mặn",
        "people-1-remove": "on",
        "people-2-full_name": "Lê Mới",
        f"people-2-question-{meal}": "Chay",
        "people_text": "Vũ Dán, Kế toán",
    }
    gone = full.delegates.get(full_name="Nguyễn Văn 8").token
    assert client.post(url, {**sent, **changes}).status_code == 302
    people = dict(full.delegates.order_by("id").values_list("full_name", "position"))
    assert people == {"Nguyễn Văn 7": "Phó giám đốc", "Lê Mới": "", "Vũ Dán": "Kế toán"}
    full.refresh_from_db()
    assert full.seats == 3
    assert full.contact_position == "Phó giám đốc"
    assert dict(Answer.objects.filter(question=meal).values_list("delegate__full_name", "value")) == {
        "Nguyễn Văn 7": "Mặn",
        "Lê Mới": "Chay",
    }
    assert client.get(f"/j/{gone}/").status_code == 404


def test_sending_the_list_as_it_is_changes_nothing(client, full):
    url = f"{full.get_absolute_url()}people/"
    before = list(Delegate.objects.order_by("id").values())
    told = Message.objects.count()
    assert client.post(url, filled_in(client.get(url))).status_code == 302
    assert list(Delegate.objects.order_by("id").values()) == before
    assert Message.objects.count() == told


def test_a_bigger_group_that_does_not_fit_is_told_so_and_loses_nothing(client, full):
    BridgePoint.objects.filter(pk=full.bridge_point_id).update(seats=3)
    url = f"{full.get_absolute_url()}people/"
    client.cookies["django_language"] = "en"
    response = client.post(url, filled_in(client.get(url), **{"people-2-full_name": "Lê Mới"}))
    assert response.status_code == 422
    assert "not enough seats" in response.content.decode()
    assert filled_in(response)["people-2-full_name"] == ["Lê Mới"]
    assert full.delegates.count() == 2


def test_somebody_must_stay(client, full):
    url = f"{full.get_absolute_url()}people/"
    response = client.post(url, filled_in(client.get(url), **{"people-0-remove": "on", "people-1-remove": "on"}))
    assert response.status_code == 422
    assert full.delegates.count() == 2


def test_the_contact_person_must_be_reached(client, full):
    url = f"{full.get_absolute_url()}people/"
    response = client.post(url, filled_in(client.get(url), **{"people-0-phone": "", "people-0-email": ""}))
    assert response.status_code == 422
    assert 'href="#id_people-0-phone"' in response.content.decode()


def test_people_of_another_registration_cannot_be_named(client, full, registration):
    stranger = registration.delegates.get()
    url = f"{full.get_absolute_url()}people/"
    sent = filled_in(client.get(url), **{"people-1-delegate": str(stranger.pk), "people-1-full_name": "Đổi tên"})
    assert client.post(url, sent).status_code == 422
    stranger.refresh_from_db()
    assert stranger.full_name != "Đổi tên"


@pytest.mark.parametrize("number", ["x", "-1", "9" * 40])
def test_a_strange_number_of_a_person_is_no_crash(client, full, number):
    url = f"{full.get_absolute_url()}people/"
    assert client.post(url, filled_in(client.get(url), **{"people-1-delegate": number})).status_code == 422


# --- moving ---------------------------------------------------------------------------------------------------------


def test_one_press_takes_a_waiting_group_to_a_point_with_seats(client, registration):
    waiting = registered(registration.bridge_point, now=NOW, number=2)
    free = BridgePointFactory(conference=registration.conference, seats=1)
    sent = {"point": free.pk, "seen": f"waitlisted.{registration.bridge_point_id}"}
    response = client.post(f"{waiting.get_absolute_url()}move/", sent, follow=True)
    assert [m.level_tag for m in response.context["messages"]] == ["success"]
    waiting.refresh_from_db()
    assert (waiting.state, waiting.bridge_point) == ("confirmed", free)


def test_a_full_point_is_not_on_the_list_and_takes_nobody(client, registration):
    full_point = BridgePointFactory(conference=registration.conference, seats=0, name="Đã đầy")
    url = f"{registration.get_absolute_url()}move/"
    assert "Đã đầy" not in client.get(url).content.decode()
    response = client.post(url, {"point": full_point.pk}, follow=True)
    assert [m.level_tag for m in response.context["messages"]] == ["error"]
    registration.refresh_from_db()
    assert (registration.state, registration.bridge_point_id) == ("confirmed", registration.bridge_point_id)
    assert BridgePoint.objects.get(pk=full_point.pk).seats_taken == 0


def test_whoever_is_too_late_reads_so_and_keeps_his_seat(client, registration, monkeypatch):
    other = BridgePointFactory(conference=registration.conference, seats=1)

    def taken(**kwargs):
        raise services.PointFull("full")

    monkeypatch.setattr(services, "move", taken)
    sent = {"point": other.pk, "seen": f"confirmed.{registration.bridge_point_id}"}
    response = client.post(f"{registration.get_absolute_url()}move/", sent, follow=True)
    assert [m.level_tag for m in response.context["messages"]] == ["error"]
    assert response.redirect_chain[-1][0].endswith("/move/")


def _form_for(response, point) -> dict[str, str]:
    """The fields of the form on the page ``response`` that moves to ``point``."""
    forms = re.findall(r'<form[^>]*/move/".*?</form>', response.content.decode(), re.DOTALL)
    (form,) = [one for one in forms if f'name="point" value="{point.pk}"' in one]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))


@pytest.mark.parametrize("page", ["", "move/"])
def test_a_page_from_the_waitlist_gives_up_no_seat_that_was_taken_since(client, registration, page):
    waiting = registered(registration.bridge_point, now=NOW, number=2)
    first, second = (
        BridgePointFactory(conference=registration.conference, seats=1, name=name) for name in ("Nhà A", "Nhà B")
    )
    url = waiting.get_absolute_url()
    drawn = client.get(f"{url}{page}")
    assert client.post(f"{url}move/", _form_for(drawn, first)).status_code == 302
    asked = client.post(f"{url}move/", _form_for(drawn, second))
    assert asked.status_code == 409
    words = " ".join(strip_tags(asked.content.decode()).split())
    assert "Ông/Bà đã có chỗ tại Nhà A. Chuyển sang Nhà B?" in words
    waiting.refresh_from_db()
    assert (waiting.state, waiting.bridge_point) == ("confirmed", first)
    # Nothing but the answer is asked, and it moves.
    assert client.post(f"{url}move/", _form_for(asked, second)).status_code == 302
    waiting.refresh_from_db()
    assert (waiting.state, waiting.bridge_point) == ("confirmed", second)


def test_whoever_gets_the_seat_he_waited_for_is_asked_before_he_gives_it_up(client, registration):
    waiting = registered(registration.bridge_point, now=NOW, number=2)
    other = BridgePointFactory(conference=registration.conference, seats=1)
    url = f"{waiting.get_absolute_url()}move/"
    drawn = client.get(url)
    services.cancel(registration=registration, now=NOW)
    assert client.post(url, _form_for(drawn, other)).status_code == 409
    waiting.refresh_from_db()
    assert (waiting.state, waiting.bridge_point) == ("confirmed", registration.bridge_point)


def test_a_form_that_does_not_say_where_it_was_drawn_is_asked_about(client, registration):
    other = BridgePointFactory(conference=registration.conference, seats=1)
    url = f"{registration.get_absolute_url()}move/"
    assert client.post(url, {"point": other.pk}).status_code == 409
    assert Registration.objects.get(pk=registration.pk).bridge_point == registration.bridge_point


@pytest.mark.parametrize("point", ["", "x", "0", "foreign", "closed"])
def test_nobody_moves_to_a_point_that_is_not_offered(client, registration, point):
    points = {"foreign": BridgePointFactory(), "closed": BridgePointFactory(conference=registration.conference)}
    BridgePoint.objects.filter(pk=points["closed"].pk).update(is_open=False)
    value = points[point].pk if point in points else point
    response = client.post(f"{registration.get_absolute_url()}move/", {"point": value}, follow=True)
    assert [m.level_tag for m in response.context["messages"]] == ["error"]
    assert Registration.objects.get(pk=registration.pk).bridge_point == registration.bridge_point


def test_nobody_gets_round_the_organisers_by_moving(client, registration):
    chosen = BridgePointFactory(conference=registration.conference, approval="yes", name="Có chọn lọc")
    url = f"{registration.get_absolute_url()}move/"
    assert "Có chọn lọc" not in client.get(url).content.decode()
    client.post(url, {"point": chosen.pk})
    assert Registration.objects.get(pk=registration.pk).bridge_point == registration.bridge_point


# --- after the end, or cancelled ------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["correct/", "people/", "move/"])
@pytest.mark.parametrize("how", ["over", "cancelled"])
def test_what_is_over_or_cancelled_is_not_changed(client, registration, page, how):
    when = START + timedelta(days=1) if how == "over" else NOW
    if how == "cancelled":
        services.cancel(registration=registration, now=NOW)
    with time_machine.travel(when, tick=False):
        response = client.get(f"{registration.get_absolute_url()}{page}", follow=True)
        assert response.redirect_chain[-1][0] == registration.get_absolute_url()
        assert [m.level_tag for m in response.context["messages"]] == ["error"]
        assert f"/{page}" not in response.content.decode()


# --- taking the data along, erasing ---------------------------------------------------------------------------------


def test_everything_stored_can_be_taken_along(client, full, registration):
    response = client.get(f"{full.get_absolute_url()}data.json")
    assert response["Content-Disposition"] == f'attachment; filename="{full.number}.json"'
    assert "no-store" in response["Cache-Control"]
    data = json.loads(response.content)
    assert data["registration"]["number"] == full.number
    assert data["organisation"]["tax_code"] == "0100233488"
    assert data["consent"]["version"] == "2026-12b"
    assert [d["full_name"] for d in data["delegates"]] == ["Nguyễn Văn 7", "Nguyễn Văn 8"]
    assert data["delegates"][0]["answers"] == [{"question": "Ăn gì?", "answer": "Chay"}]
    assert data["interests"][0]["product"] == "Na Chi Lăng"
    assert {m["address"] for m in data["messages"]} >= {"dai.bieu7@vidu.example", "dai.bieu8@vidu.example"}
    text = response.content.decode()
    stranger = registration.delegates.get()
    for secret in (registration.number, registration.token, stranger.full_name, stranger.email, full.token):
        assert secret not in text


def test_what_other_rooms_keep_about_the_people_is_taken_along_without_staff(client, full):
    from attendance import services as attendance

    desk = UserFactory(name="Người Trực", is_staff=True)
    with time_machine.travel(START, tick=False):
        attendance.check_in(delegate=full.delegates.order_by("id").first(), by=desk, now=START)
        text = client.get(f"{full.get_absolute_url()}data.json").content.decode()
    (row,) = json.loads(text)["attendance"]
    assert (row["delegate"], row["mode"]) == ("Nguyễn Văn 7", "in_person")
    assert "Người Trực" not in text


def test_erasing_asks_first_and_then_leaves_dead_links(client, full):
    url, join = full.get_absolute_url(), f"/j/{full.delegates.first().token}/"
    assert client.get(f"{url}erase/").status_code == 200
    assert client.get(url).status_code == 200
    response = client.post(f"{url}erase/", follow=True)
    assert response.status_code == 200
    assert response.redirect_chain[-1][0] == "/r/erased/"
    assert [client.get(address).status_code for address in (url, join, f"{url}data.json")] == [404] * 3
    assert not Delegate.objects.filter(full_name__contains="Nguyễn Văn 7").exists()


def test_the_last_page_knows_nothing_about_anybody(client, full):
    page = client.post(f"{full.get_absolute_url()}erase/", follow=True).content.decode()
    for secret in ("Siêu thị Ví Dụ", "Nguyễn Văn", full.number, full.token):
        assert secret not in page


@pytest.mark.parametrize("people", [1, 20])
def test_the_list_of_people_takes_the_same_statements_for_one_and_for_twenty(client, people, django_assert_num_queries):
    group = registered(BridgePointFactory(), now=NOW, people=people)
    with django_assert_num_queries(3):
        client.get(f"{group.get_absolute_url()}people/")


# --- addresses that nobody reaches ------------------------------------------------------------------------------------


@pytest.mark.parametrize("landline", ["0205 3870 123", "+65 9123 4567"])
def test_a_number_that_no_sms_reaches_sends_the_contact_person_nothing(client, full, landline):
    full.delegates.update(phone="")
    Registration.objects.filter(pk=full.pk).update(contact_phone="")
    before = Message.objects.count()
    for page, field in (("correct/", "phone"), ("people/", "people-1-phone")):
        url = f"{full.get_absolute_url()}{page}"
        assert client.post(url, filled_in(client.get(url), **{field: landline})).status_code == 302
    assert Message.objects.count() == before


def test_the_letter_to_a_new_address_says_why_it_comes(client, full):
    url = f"{full.get_absolute_url()}correct/"
    client.post(url, filled_in(client.get(url), email="moi@vidu.example"))
    queue.deliver(clock=lambda: NOW)
    (letter,) = [one for one in mail.outbox if one.to == ["moi@vidu.example"] and one.subject.startswith("Đăng ký của")]
    assert "vì địa chỉ liên hệ trong đăng ký vừa được cập nhật" in letter.body
