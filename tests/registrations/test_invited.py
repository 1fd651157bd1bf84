"""Where organisers decide, and whom somebody has invited: what the form says, and what becomes of it."""

from base64 import urlsafe_b64encode

import pytest
from django.test import Client
from django.utils.http import int_to_base36

from bridges.models import BridgePoint
from registrations import services, tokens
from registrations.models import Guest, Invitation, Registration
from tests.conftest import NOW
from tests.registrations.test_register_page import answers
from tests.support.factories import BridgePointFactory, ConferenceFactory, registered
from tests.support.html_forms import filled_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
URL = "/na/register/"


@pytest.fixture
def point() -> BridgePoint:
    return BridgePointFactory(conference=ConferenceFactory(slug="na"), name="Hội trường Chi Lăng")


# --- approval --------------------------------------------------------------------------------------------------------


def test_where_organisers_decide_the_form_and_the_answer_say_so(client, point):
    BridgePoint.objects.update(approval="yes")
    client.cookies["django_language"] = "en"
    page = client.get(URL).content.decode()
    assert "the organisers decide" in page
    assert "You see at once whether you have a seat" not in page
    thanks = client.get(client.post(URL, answers(point))["Location"])
    assert Registration.objects.get().state == "requested"
    assert "your registration has been received" in thanks.content.decode()
    assert "/j/" not in thanks.content.decode()


# --- invitations -----------------------------------------------------------------------------------------------------


@pytest.fixture
def invitation(point) -> Invitation:
    BridgePoint.objects.update(seats=3)
    invitation = Invitation.objects.create(
        conference=point.conference, name="Sở Công Thương", bridge_point=point, text="Kính mời Ông/Bà"
    )
    services.keep_seats(invitation=invitation, quota=2, is_active=True, now=NOW)
    registered(point, now=NOW, number=1)
    registered(point, now=NOW, number=2)  # waits
    return Invitation.objects.get()


def test_an_invitation_says_who_invites_and_leads_to_the_form(client, invitation):
    page = client.get(invitation.get_absolute_url()).content.decode()
    for part in ("Sở Công Thương", "Kính mời Ông/Bà", "Hội trường Chi Lăng", f'value="{invitation.token}"'):
        assert part in page


def test_a_guest_takes_kept_seats_although_others_wait(client, invitation):
    BridgePointFactory(conference=invitation.conference, name="Điểm khác")
    client.cookies["django_language"] = "en"
    shown = client.get(f"{URL}?i={invitation.token}")
    page = shown.content.decode()
    assert "2 seats kept" in page
    assert "Full:" not in page
    assert "Điểm khác" not in page
    sent = filled_in(shown)
    assert sent["i"] == [invitation.token]
    client.post(URL, {**answers(invitation.bridge_point), "i": sent["i"][0], "point": sent["point"][0]})
    registration = Registration.objects.latest("id")
    assert (registration.state, registration.invitation) == ("confirmed", invitation)


def test_without_the_invitation_the_same_point_is_full(client, invitation):
    client.cookies["django_language"] = "en"
    assert "Full: you join the waitlist" in client.get(URL).content.decode()
    client.post(URL, answers(invitation.bridge_point))
    assert Registration.objects.latest("id").state == "waitlisted"


def test_an_invitation_fixes_the_point(client, invitation):
    other = BridgePointFactory(conference=invitation.conference)
    assert client.post(URL, answers(other, i=invitation.token)).status_code == 422


def test_an_invitation_survives_a_mistake(client, invitation):
    response = client.post(URL, answers(invitation.bridge_point, i=invitation.token, full_name=""))
    assert filled_in(response)["i"] == [invitation.token]


def test_a_guest_finds_his_name_in_the_form_and_is_marked_as_come(client, invitation, settings):
    guest = Guest.objects.create(
        invitation=invitation, name="Trần Khách", position="Trưởng phòng", organisation="Siêu thị", email="k@v.example"
    )
    shown = client.get(guest.url.removeprefix(settings.SITE_URL), follow=True)
    sent = filled_in(shown)
    expected = {"full_name": guest.name, "position": guest.position, "organisation_name": guest.organisation}
    assert {name: sent[name][0] for name in expected} == expected
    client.post(URL, answers(invitation.bridge_point, i=sent["i"][0], g=sent["g"][0]))
    guest.refresh_from_db()
    assert guest.registration == Registration.objects.latest("id")


@pytest.fixture
def guest(invitation) -> Guest:
    return Guest.objects.create(invitation=invitation, name="Trần Khách", email="k@v.example")


def test_a_guest_s_link_is_letters_and_digits_and_one_of_before_still_opens(guest):
    assert guest.sealed.isascii()
    assert guest.sealed.isalnum()
    assert Guest.unseal(guest.sealed) == guest
    number = int_to_base36(guest.pk)

    def of_before(number: str) -> str:
        return urlsafe_b64encode(tokens._digest("guest", number, None)).rstrip(b"=").decode()

    assert Guest.unseal(f"{number}-{of_before(number)}") == guest
    assert Guest.unseal(f"{number}-{of_before(number + '1')}") is None


def come(client, guest: Guest, **changed: str):
    given = {"i": guest.invitation.token, "g": guest.sealed}
    return client.post(URL, answers(guest.invitation.bridge_point, **{**given, **changed}))


def test_a_guest_who_has_registered_hears_so_and_takes_no_second_seat(client, guest, settings):
    assert come(client, guest).status_code == 302
    before = Registration.objects.count()
    stranger = Client()
    for browser in (client, stranger):
        browser.cookies["django_language"] = "en"
    page = f"{guest.invitation.get_absolute_url()}?g={guest.sealed}"
    answered = [
        (client.get(guest.url.removeprefix(settings.SITE_URL), follow=True), 200),
        (client.get(page), 200),
        (come(client, guest, position="Phó phòng"), 422),
        (come(stranger, guest), 422),
        (come(client, guest, full_name=""), 422),
        (come(client, guest, add_row="people"), 422),
    ]
    for response, status in answered:
        assert response.status_code == status
        assert "You have registered already with this invitation" in response.content.decode()
        assert 'href="/na/find/"' in response.content.decode()
        assert 'name="full_name"' not in response.content.decode()
    assert Registration.objects.count() == before
    assert Invitation.objects.get().used == 1


def test_the_same_form_of_a_guest_sent_twice_is_one_registration(client, guest, settings):
    client.get(guest.url.removeprefix(settings.SITE_URL), follow=True)
    first, second = come(client, guest), come(client, guest)
    assert (second.status_code, second["Location"]) == (302, first["Location"])


def test_of_two_forms_of_a_guest_at_the_same_time_the_second_is_refused(client, guest, monkeypatch):
    before = Registration.objects.count()
    opened = Guest.unseal(guest.sealed)
    come(client, guest)
    # The second was read before the first was stored.
    monkeypatch.setattr(Guest, "unseal", lambda *given: opened)
    assert come(client, guest, position="Phó phòng").status_code == 422
    assert Registration.objects.count() == before + 1


def test_whoever_cancels_may_come_by_his_invitation_again(client, guest, settings):
    come(client, guest)
    services.cancel(registration=Registration.objects.latest("id"), now=NOW)
    assert 'name="full_name"' in client.get(guest.url.removeprefix(settings.SITE_URL), follow=True).content.decode()
    assert come(client, guest).status_code == 302
    guest.refresh_from_db()
    assert guest.registration.state == "confirmed"


def test_the_link_of_the_invitation_itself_serves_many(client, guest):
    come(client, guest)
    assert come(client, guest, g="").status_code == 302
    assert Invitation.objects.get().used == 2


def test_the_link_of_a_guest_is_short_and_his_own(client, guest, settings):
    assert len(guest.url) - len(settings.SITE_URL) <= 40
    assert guest.url == Guest.objects.get().url
    path = guest.url.removeprefix(settings.SITE_URL)
    assert client.get(path).status_code == 302
    for forged in (path.replace("/g/", "/g/1"), path[:-2] + "/", path.replace("/g/", "/g/A"), path[:-1] + "1/"):
        assert client.get(forged).status_code == 404


def test_a_link_outlives_the_secret_with_which_it_was_made(client, guest, settings):
    url = guest.url.removeprefix(settings.SITE_URL)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "x" * 50, [settings.SECRET_KEY]
    assert client.get(url).status_code == 302


@pytest.mark.parametrize("sealed", ["1", "1-", "1-AAAAAAAAAAAAAAAAAAAAAA", "-", "\ud800", "ă" * 300])
def test_a_forged_guest_fills_in_nothing(client, invitation, sealed):
    Guest.objects.create(invitation=invitation, name="Trần Khách")
    response = client.get(URL, {"i": invitation.token, "g": sealed.encode("utf-8", "replace")})
    assert "Trần Khách" not in response.content.decode()
    assert client.post(URL, answers(invitation.bridge_point, i=invitation.token, g=sealed.encode("utf-8", "replace")))


def test_the_seal_of_another_invitation_fills_in_nothing(client, invitation):
    other = Invitation.objects.create(conference=invitation.conference, name="Khác")
    guest = Guest.objects.create(invitation=other, name="Trần Khách")
    page = client.get(URL, {"i": invitation.token, "g": guest.sealed}).content.decode()
    assert "Trần Khách" not in page


def test_an_invitation_out_of_use_is_gone_and_takes_nobody(client, invitation):
    services.keep_seats(invitation=invitation, quota=2, is_active=False, now=NOW)
    assert client.get(invitation.get_absolute_url()).status_code == 410
    before = Registration.objects.count()
    refused = client.post(URL, answers(invitation.bridge_point, i=invitation.token))
    assert refused.status_code == 422
    assert Registration.objects.count() == before
    sent = filled_in(refused)
    assert "i" not in sent
    assert client.post(URL, sent).status_code == 302
    assert Registration.objects.latest("id").invitation is None


@pytest.mark.parametrize("token", ["no-such-token", "ă", "x" * 300])
def test_an_unknown_invitation_is_not_found_and_the_form_does_not_mind(client, point, token):
    assert client.get(f"/i/{token}/").status_code == 404
    assert client.get(URL, {"i": token}).status_code == 200
    assert client.post(URL, answers(point, i=token)).status_code == 302


def test_an_invitation_to_another_conference_counts_for_nothing(client, point):
    foreign = Invitation.objects.create(conference=ConferenceFactory(), name="Nơi khác")
    assert "Nơi khác" not in client.get(f"{URL}?i={foreign.token}").content.decode()
    client.post(URL, answers(point, i=foreign.token))
    assert Registration.objects.get().invitation is None
