"""What technician and delegates of a bridge point are told of its changes when not every message went to both."""

import re

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from bridges.models import BridgePoint, Connection
from messaging import changed_details
from messaging.models import KnownDetails
from outbox import queue
from outbox.models import Message
from registrations.models import Delegate
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, ConnectionFactory, OrganiserFactory, registered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

TECHNICIAN = "ky.thuat@vidu.example"


@pytest.fixture
def room() -> BridgePoint:
    """A point with connection details, a technician and one registration whose confirmation has arrived."""
    organiser = OrganiserFactory()
    point = BridgePointFactory(kind="video_room", address="Số 1", conference__organisers=[organiser])
    ConnectionFactory(
        bridge_point=point, password="matkhau-cu", technician_name="Kỹ Thuật", technician_email=TECHNICIAN
    )
    registered(point, now=NOW)
    send()
    return point


def send() -> None:
    """Let leave what is in the outbox; ``mail.outbox`` has that alone."""
    mail.outbox.clear()
    with time_machine.travel(NOW, tick=False):
        queue.deliver(clock=timezone.now)


def change(point, **details) -> None:
    for row in (point, Connection.objects.get(bridge_point=point)):
        for name, value in details.items():
            if hasattr(row, name):
                setattr(row, name, value)
        row.save()


def tell(point, *, alone: bool = False) -> None:
    changed_details.tell_details(point=point, now=NOW, only_technician=alone)


def said_to(address: str) -> set[str]:
    """Which of the changed details the one mail to ``address`` names; none if there is none."""
    letters = [letter for letter in mail.outbox if letter.to == [address]]
    assert len(letters) <= 1
    words = letters[0].body.partition("thay đổi")[2].partition("\n\n")[0] if letters else ""
    names = ("password", "meeting_id", "web_url", "address")
    return {name for name in names if f"\n{changed_details.detail_label(name)}: " in words}


def said_to_delegates() -> set[str]:
    return said_to(Delegate.objects.get().email)


def test_a_message_to_all_says_to_delegates_what_the_technician_alone_was_told_before(room):
    change(room, password="matkhau-2")
    tell(room, alone=True)
    send()
    assert said_to(TECHNICIAN) == {"password"}
    assert said_to_delegates() == set()
    change(room, address="Số 2")
    tell(room)
    send()
    assert said_to_delegates() == {"password", "address"}
    assert said_to(TECHNICIAN) == {"address"}, "they have read the rest"
    change(room, meeting_id="900 100")
    tell(room)
    send()
    assert said_to_delegates() == {"meeting_id"}, "they have read the rest"


def test_it_says_what_several_messages_told_the_technician_alone(room):
    for details in ({"password": "matkhau-2"}, {"meeting_id": "900 100"}):
        change(room, **details)
        tell(room, alone=True)
        send()
    change(room, address="Số 2")
    tell(room)
    send()
    assert said_to_delegates() == {"password", "meeting_id", "address"}


def test_delegates_hear_nothing_of_what_is_as_it_was_when_they_were_told_last(room):
    change(room, address="Số 2")
    tell(room, alone=True)
    send()
    change(room, address="Số 1")
    tell(room)
    send()
    assert said_to(TECHNICIAN) == {"address"}
    assert said_to_delegates() == set()
    assert changed_details.unknown_to_delegates(room) == []


def test_what_was_dismissed_is_not_said_later_and_what_the_technician_was_told_before_still_is(room):
    change(room, password="matkhau-2")
    tell(room, alone=True)
    change(room, meeting_id="900 100")
    changed_details.dismiss_details(point=room)
    send()
    change(room, address="Số 2")
    tell(room)
    send()
    assert said_to_delegates() == {"password", "address"}


def test_dismissing_a_further_change_of_a_detail_does_not_make_it_known_to_delegates(room):
    change(room, password="matkhau-2")
    tell(room, alone=True)
    change(room, password="matkhau-3")
    changed_details.dismiss_details(point=room)
    assert changed_details.unknown_to_delegates(room) == ["password"]
    change(room, password="matkhau-cu")
    changed_details.dismiss_details(point=room)
    assert changed_details.unknown_to_delegates(room) == []


def test_what_delegates_wait_for_leaves_as_it_was_while_the_technician_alone_is_told_more(room):
    change(room, address="Số 2")
    tell(room)
    change(room, password="matkhau-2")
    tell(room, alone=True)
    send()
    assert said_to_delegates() == {"address"}
    assert said_to(TECHNICIAN) == {"address", "password"}
    change(room, meeting_id="900 100")
    tell(room)
    send()
    assert said_to_delegates() == {"password", "meeting_id"}


def test_delegates_who_wait_get_one_message_with_all_that_they_do_not_know(room):
    change(room, address="Số 2")
    tell(room)
    change(room, password="matkhau-2")
    tell(room, alone=True)
    change(room, meeting_id="900 100")
    tell(room)
    send()
    assert said_to_delegates() == {"address", "password", "meeting_id"}


def test_and_it_stays_on_its_way_where_the_next_message_to_all_has_nothing_new_for_them(room):
    change(room, address="Số 2")
    tell(room)
    change(room, meeting_id="900 100")
    tell(room, alone=True)
    change(room, meeting_id="")
    tell(room)
    send()
    assert said_to_delegates() == {"address"}


def test_telling_the_delegates_too_says_all_that_the_technician_alone_was_told(room):
    for details in ({"password": "matkhau-2"}, {"meeting_id": "900 100"}):
        change(room, **details)
        tell(room, alone=True)
        send()
    assert list(changed_details.technician_alone(room, NOW).labels) == ["mã cuộc họp", "mật khẩu"]
    assert changed_details.tell_delegates_too(point=room, now=NOW)
    assert changed_details.tell_delegates_too(point=room, now=NOW) == 0
    send()
    assert said_to_delegates() == {"password", "meeting_id"}
    assert said_to(TECHNICIAN) == set()
    assert changed_details.technician_alone(room, NOW) is None


def test_a_point_whose_people_have_all_gone_begins_anew(room):
    change(room, password="matkhau-2")
    tell(room, alone=True)
    room.registrations.update(state="cancelled")
    change(room, address="Số 2")
    details = KnownDetails.objects.get(bridge_point=room)
    assert details.otherwise_to_delegates == {}
    assert details.known["address"] == "Số 2"


# --- the page that asks -----------------------------------------------------------------------------------------------


@pytest.fixture
def organiser(room, client):
    client.force_login(room.conference.organisers.get())
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def page_of(client, room) -> tuple[str, dict[str, str]]:
    """The words of the page that asks whom to tell, and what its form sends beside the button."""
    page = client.get(reverse("messaging:details", args=[room.pk])).content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', page)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split()), {"seen": seen[1] if seen else ""}


def test_the_question_names_what_delegates_will_read_of_earlier_changes(organiser, room):
    change(room, password="matkhau-2")
    tell(room, alone=True)
    change(room, address="Số 2")
    said, _sent = page_of(organiser, room)
    assert "Of an earlier change (password) the technical contact alone was told" in said
    assert "1 delegate gets the message." in said
    tell(room)
    change(room, address="Số 3")
    assert "Of an earlier change" not in page_of(organiser, room)[0]


def test_nobody_tells_delegates_of_an_earlier_change_that_the_page_did_not_name(organiser, room):
    change(room, address="Số 2")
    _said, sent = page_of(organiser, room)
    # A colleague has the technician told of another change, and puts back what this page shows.
    change(room, password="matkhau-2", address="Số 1")
    tell(room, alone=True)
    change(room, address="Số 2")
    Message.objects.filter(kind="details").delete()
    organiser.post(reverse("messaging:details", args=[room.pk]), {**sent, "tell": "1"})
    assert not Message.objects.filter(kind="details").exists()


def test_where_nothing_is_new_to_delegates_the_page_says_so_and_the_history_that_the_technician_was_told(
    organiser, room
):
    change(room, address="Số 2")
    tell(room, alone=True)
    change(room, address="Số 1")
    said, sent = page_of(organiser, room)
    assert "Delegates get no message" in said
    assert "delegate gets the message" not in said
    organiser.post(reverse("messaging:details", args=[room.pk]), {**sent, "tell": "1"})
    words = organiser.get(f"/admin/c/{room.conference.slug}/settings/history/").content.decode()
    assert "The technical contact alone was told" in words
    assert "Delegates and technical contact were told" not in words
