"""The messages of everybody in a registration, in words."""

from datetime import timedelta

import pytest
from django.utils import translation

from messaging import person_messages
from outbox import queue
from outbox.models import Message
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, registered

pytestmark = pytest.mark.django_db


@pytest.fixture
def registration():
    found = registered(BridgePointFactory(), now=NOW, people=2)
    Message.objects.all().delete()
    return found


def write(person: str, number: int, **fields) -> Message:
    values = {"channel": "email", "address": "a@vidu.example", "due_at": NOW, "created_at": NOW, **fields}
    return Message.objects.create(key=f"k/{number}", person=person, **values)


def test_each_delegate_has_a_list_with_the_last_message_first(registration):
    first, second = registration.delegates.all()
    write(first.person, 1, subject="Một", state="sent", sent_at=NOW)
    write(first.person, 2, subject="Hai")
    with translation.override("en"):
        found = person_messages.of_registration(registration, now=NOW)
        told = [(one.name, [(line.beginning, line.state) for line in one.lines]) for one in found]
    assert told == [(first.full_name, [("Hai", "waits for its turn"), ("Một", "sent")]), (second.full_name, [])]
    assert [one.delegate for one in found] == [first, second]


def test_a_contact_person_who_does_not_attend_is_listed_with_their_messages(registration):
    write(f"contact/{registration.pk}", 1, subject="Xác nhận")
    last = person_messages.of_registration(registration, now=NOW)[-1]
    assert (last.name, last.delegate) == (registration.contact_name, None)
    assert [line.beginning for line in last.lines] == ["Xác nhận"]


def test_what_was_withdrawn_before_it_left_is_called_by_its_kind(registration):
    write(registration.delegates.first().person, 1, state="cancelled", kind="moved", composer="messaging")
    with translation.override("en"):
        (line,) = person_messages.of_registration(registration, now=NOW)[0].lines
        assert line.beginning == "Moved to another bridge point"


def test_what_the_outbox_notes_itself_is_translated(registration):
    write(registration.delegates.first().person, 1, state="uncertain", error=queue.WORKER_STOPPED)
    with translation.override("vi"):
        (line,) = person_messages.of_registration(registration, now=NOW)[0].lines
    assert line.error
    assert line.error != queue.WORKER_STOPPED


def test_only_the_last_messages_are_read_with_two_statements(registration, django_assert_num_queries):
    person = registration.delegates.first().person
    for number in range(5):
        write(person, number, subject=str(number), created_at=NOW + timedelta(minutes=number))
    with django_assert_num_queries(2):
        found = person_messages.of_registration(registration, now=NOW, at_most=3)
    assert [line.beginning for line in found[0].lines] == ["4", "3", "2"]
