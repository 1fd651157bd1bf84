"""What is stored in codes or in English is read in words, and a state says what is true."""

import re
from datetime import timedelta

import pytest
from django.utils import translation

from accounts.models import User
from conference.models import Conference, Phase
from messaging.message_kinds import LABELS
from outbox.models import Message
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, ConferenceFactory, OrganiserFactory, UserFactory
from tests.support.html_forms import filled_in
from tests.test_access_matrix import GET, read, rows

pytestmark = pytest.mark.django_db

#: Codes of the outbox, what it writes itself, and what a library calls a version.
_CODES = ("own_page", "follow_up", "staff_reminder", "staff_news", "called_off", "No usable", "istorical")


def words_of(html: str) -> str:
    return " ".join(re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL).split())


def test_no_page_for_staff_says_a_code(world):
    Message.objects.update(state="failed", error="No usable address.")
    for number, kind in enumerate(LABELS):
        Message.objects.create(
            key=f"code-{number}", channel="sms", address="+84912345678", kind=kind, due_at=NOW, created_at=NOW
        )
    shown = {}
    for row, answer in read(world, rows(GET), "superuser"):
        if row.startswith("/admin/") and "html" in answer.content_type:
            words = words_of(answer.content.decode())
            if found := [code for code in _CODES if code in words]:
                shown[row] = found
    assert shown == {}


@pytest.mark.usefixtures("at_now")
class TestAtNow:
    def test_the_outbox_names_channel_and_kind_and_why(self, client):
        message = Message.objects.create(
            key="k", channel="sms", address="+84912345678", kind="starting", due_at=NOW, created_at=NOW,
            state="failed", error="No usable address.",
        )  # fmt: skip
        client.force_login(UserFactory(is_staff=True, is_superuser=True))
        for address in ("/admin/outbox/message/", f"/admin/outbox/message/{message.pk}/change/"):
            words = words_of(client.get(address).content.decode())
            assert str(LABELS["starting"]) in words
            assert "SMS" in words
            assert "starting" not in words
            assert "sms" not in words

    @pytest.mark.parametrize(
        ("change", "phase"),
        [
            ({"cancelled_at": NOW}, Phase.CANCELLED),
            ({"starts_at": NOW - timedelta(hours=1), "ends_at": NOW + timedelta(hours=1)}, Phase.RUNNING),
            ({"starts_at": NOW - timedelta(hours=4), "ends_at": NOW - timedelta(hours=1)}, Phase.OVER),
            ({"registration_opens_at": NOW + timedelta(days=1)}, Phase.SOON),
        ],
    )
    def test_a_point_is_not_called_open_while_its_conference_takes_nobody(self, client, change, phase):
        organiser = OrganiserFactory()
        BridgePointFactory(conference=ConferenceFactory(organisers=[organiser]))
        client.force_login(organiser)
        with translation.override("en"):
            client.cookies["django_language"] = "en"
            assert "registration open" in words_of(client.get("/admin/bridges/bridgepoint/").content.decode())
            Conference.objects.update(**change)
            words = words_of(client.get("/admin/bridges/bridgepoint/").content.decode())
            assert "registration open line" not in words
            assert f"{phase.label} line" in words

    def test_who_is_made_an_organiser_gets_into_the_administration(self, client):
        client.force_login(UserFactory(is_staff=True, is_superuser=True))
        user = UserFactory()
        address = f"/admin/accounts/user/{user.pk}/change/"
        response = client.post(address, filled_in(client.get(address), is_organiser="on"))
        assert response.status_code == 302
        user = User.objects.get(pk=user.pk)
        assert user.is_organiser
        assert user.is_staff
        client.force_login(user)
        assert client.get("/admin/").status_code == 200
