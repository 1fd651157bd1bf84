"""Cancelling a conference in the administration, and taking that back."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from conference import services
from conference.models import Conference
from outbox.models import Message
from tests.conftest import NOW
from tests.support.factories import START, BridgePointFactory, ConferenceFactory, OrganiserFactory, registered

pytestmark = pytest.mark.django_db


@pytest.fixture
def conference():
    return ConferenceFactory(organisers=[OrganiserFactory()])


@pytest.fixture
def organiser(conference, client):
    with time_machine.travel(NOW, tick=False):
        client.force_login(conference.organisers.get())
        yield client


def address(conference, what="cancel") -> str:
    return reverse(f"admin:conference_conference_{what}", args=[conference.pk])


def words(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_the_page_of_a_conference_leads_to_the_question(organiser, conference):
    page = organiser.get(address(conference, "change")).content.decode()
    assert address(conference) in page
    assert address(conference, "restore") not in page


def test_the_question_says_how_many_people_hear_of_it_and_cancels_nothing(organiser, conference):
    for number in (1, 2):
        registered(BridgePointFactory(conference=conference), now=NOW, number=number, people=2)
    facts = organiser.get(address(conference)).context["facts"]
    assert any("4" in fact for fact in facts)
    assert any("2" in fact for fact in facts)
    assert [fact for fact in facts if "SMS" in fact]
    assert Conference.objects.get().cancelled_at is None


def test_whoever_did_not_tick_the_box_is_asked_again(organiser, conference):
    response = organiser.post(address(conference), {})
    assert response.status_code == 422
    assert Conference.objects.get().cancelled_at is None


def test_cancelling_says_how_many_messages_leave_when_and_how_to_stop_them(organiser, conference):
    registered(BridgePointFactory(conference=conference), now=NOW)
    response = organiser.post(address(conference), {"sure": "on"}, follow=True)
    assert Conference.objects.get().cancelled_at == NOW
    assert Message.objects.filter(kind="called_off").count() == 2
    assert any("2 " in text and "10:01:00" in text for text in words(response)), words(response)


def test_taking_it_back_at_once_leaves_nothing_to_send(organiser, conference):
    registered(BridgePointFactory(conference=conference), now=NOW)
    organiser.post(address(conference), {"sure": "on"})
    assert address(conference, "restore") in organiser.get(address(conference, "change")).content.decode()
    organiser.post(address(conference, "restore"))
    assert Conference.objects.get().cancelled_at is None
    assert set(Message.objects.filter(kind="called_off").values_list("state", flat=True)) == {"cancelled"}


def test_the_public_page_says_why_it_is_cancelled_and_a_page_left_open_hears_of_another_reason(client, conference):
    def page(reason: str) -> str:
        Conference.objects.update(cancelled_at=NOW, cancel_reason=reason)
        return client.get(conference.get_absolute_url()).content.decode()

    with time_machine.travel(NOW, tick=False):
        pages = [page(reason) for reason in ("Bão số 5 & lũ", "Dời sang tháng sau", "")]
    assert "Lý do: Bão số 5 &amp; lũ" in pages[0]
    assert "Lý do: Dời sang tháng sau" in pages[1]
    assert "Lý do" not in pages[2]
    assert len({page.partition('data-fresh="')[2].partition('"')[0] for page in pages}) == 3


def test_who_cancels_second_hears_that_people_read_the_reason_of_the_first(organiser, conference):
    form = {"reason": "Bão số 5", "seen": "Bão số 5", "sure": "on"}
    organiser.post(address(conference), form)
    answer = organiser.post(address(conference), {**form, "reason": "Lũ", "seen": "Lũ"}, follow=True)
    assert Conference.objects.get().cancel_reason == "Bão số 5"
    assert any("Bão số 5" in word for word in words(answer))
    assert not any("Bão số 5" in word for word in words(organiser.post(address(conference), form, follow=True)))


def test_cancelling_twice_is_cancelling_once(conference):
    registered(BridgePointFactory(conference=conference), now=NOW)
    with time_machine.travel(NOW, tick=False):
        services.cancel(conference=conference, now=NOW)
        again = services.cancel(conference=conference, now=NOW + timedelta(minutes=5))
    assert again.cancelled_at == NOW
    assert Message.objects.filter(kind="called_off").count() == 2


def test_a_conference_that_is_over_is_neither_cancelled_nor_restored(conference):
    later = START + timedelta(days=1)
    for change in (services.cancel, services.restore):
        with pytest.raises(services.CancellingRefused):
            change(conference=conference, now=later)


def test_the_refusal_is_shown_in_words(conference, client):
    with time_machine.travel(START + timedelta(days=1), tick=False):
        client.force_login(conference.organisers.get())
        response = client.post(address(conference), {"sure": "on"}, follow=True)
        assert words(response)
        assert address(conference) not in client.get(address(conference, "change")).content.decode()


def test_nobody_else_may_cancel_it(conference, client):
    with time_machine.travel(NOW, tick=False):
        client.force_login(OrganiserFactory())
        assert client.post(address(conference), {"sure": "on"}).status_code == 404
    assert Conference.objects.get().cancelled_at is None


def test_both_changes_stand_in_the_history(organiser, conference):
    organiser.post(address(conference), {"sure": "on"})
    organiser.post(address(conference, "restore"))
    assert [bool(version.cancelled_at) for version in conference.history.order_by("history_id")] == [False, True, False]
