"""What the page says before a cancellation is taken back is true: who hears of it depends on who has heard of that."""

from datetime import timedelta

import pytest
import time_machine
from django.utils.translation import gettext

from conference import services
from messaging import announcements
from messaging.models import KnownTime
from outbox import queue
from outbox.models import BadAddress, Message
from registrations.models import Registration
from tests.conftest import NOW
from tests.messaging.test_announcements import confirm, draft
from tests.support.factories import BridgePointFactory, ConferenceFactory, OrganiserFactory, UserFactory, registered

pytestmark = pytest.mark.django_db

NOBODY = "Nobody is told: nobody has heard of the cancellation yet."


@pytest.fixture
def conference(client):
    with time_machine.travel(NOW, tick=False):
        organiser = OrganiserFactory()
        conference = ConferenceFactory(organisers=[organiser])
        registered(BridgePointFactory(conference=conference), now=NOW)
        client.force_login(organiser)
        queue.deliver(clock=lambda: NOW)
        return conference


def facts(client, conference, now) -> list[str]:
    with time_machine.travel(now, tick=False):
        return client.get(f"/admin/conference/conference/{conference.pk}/restore/").context["facts"]


def test_while_the_cancellation_has_not_left_nobody_is_told(client, conference):
    with time_machine.travel(NOW, tick=False):
        services.cancel(conference=conference, now=NOW)
    assert KnownTime.objects.get().pending_cancelled
    assert facts(client, conference, NOW + timedelta(seconds=5)) == [gettext(NOBODY)]


def test_once_it_has_left_they_are_counted(client, conference):
    with time_machine.travel(NOW, tick=False):
        services.cancel(conference=conference, now=NOW)
    later = NOW + timedelta(minutes=10)
    with time_machine.travel(later, tick=False):
        queue.deliver(clock=lambda: later)
    assert Registration.objects.exists()
    assert gettext(NOBODY) not in facts(client, conference, later + timedelta(minutes=1))


def test_once_a_worker_has_it_in_hand_somebody_may_have_read_it(client, conference):
    with time_machine.travel(NOW, tick=False):
        services.cancel(conference=conference, now=NOW)
    Message.objects.filter(kind="called_off").update(state=Message.State.CLAIMED)
    assert gettext(NOBODY) not in facts(client, conference, NOW + timedelta(minutes=2))


def test_what_failed_has_told_nobody(client, conference):
    with time_machine.travel(NOW, tick=False):
        services.cancel(conference=conference, now=NOW)
    Message.objects.filter(kind="called_off").update(state=Message.State.FAILED)
    assert facts(client, conference, NOW + timedelta(minutes=2)) == [gettext(NOBODY)]


def test_taking_a_cancellation_back_withdraws_nothing(client, conference):
    with time_machine.travel(NOW, tick=False):
        services.cancel(conference=conference, now=NOW)
    Message.objects.filter(kind="called_off").update(state=Message.State.SENT)
    conference.refresh_from_db()
    with time_machine.travel(NOW, tick=False):
        confirm(draft(conference, subject="Tin riêng"))
    assert [one.subject for one in announcements.list_waiting(conference)] == ["Tin riêng"]
    assert "Tin riêng" not in " ".join(facts(client, conference, NOW))


@pytest.mark.usefixtures("at_now")
def test_staff_without_registrations_come_to_the_administration_after_signing_in(client):
    user = OrganiserFactory()
    client.force_login(user)
    # Who is signed in is sent on from the page for signing in, each to where their work is.
    assert client.get("/accounts/login/")["Location"] == "/admin/"
    assert client.get("/accounts/registrations/").status_code == 200
    client.force_login(UserFactory())
    assert client.get("/accounts/login/")["Location"] == "/accounts/registrations/"


@pytest.mark.usefixtures("at_now")
def test_signing_in_by_password_leads_staff_to_the_administration(client):
    user = OrganiserFactory()
    user.set_password("mot-mat-khau-dai-2027")
    user.save()
    from allauth.account.models import EmailAddress

    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    response = client.post("/accounts/login/", {"login": user.email, "password": "mot-mat-khau-dai-2027"}, follow=True)
    assert response.redirect_chain[-1][0].startswith("/admin/")


@pytest.mark.parametrize("name", ["cancel", "restore"])
def test_who_cannot_be_reached_is_named_one_click_away(client, conference, name):
    BadAddress.objects.bulk_create(
        BadAddress(channel=message.channel, address=message.address, since=NOW) for message in Message.objects.all()
    )
    later = NOW + timedelta(minutes=10)
    if name == "restore":
        services.cancel(conference=conference, now=NOW)
        with time_machine.travel(later, tick=False):
            queue.deliver(clock=lambda: later)
        KnownTime.objects.update(cancelled=True)
    with time_machine.travel(later, tick=False):
        page = client.get(f"/admin/conference/conference/{conference.pk}/{name}/").content.decode()
        assert "1 người không liên lạc được" in page
        link = f'<a href="/admin/c/{conference.slug}/unreachable/">'
        assert link in page
        names = client.get(f"/admin/c/{conference.slug}/unreachable/").content.decode()
    assert Registration.objects.get().delegates.get().full_name in names
