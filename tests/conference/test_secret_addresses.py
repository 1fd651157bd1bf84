"""An address that is a key stands in no Referer header: not at other sites, and not in the site's own log."""

import re

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import resolve

from conference.middleware import SecretAddressMiddleware
from registrations.models import Registration
from tests.support.world import routes

#: Parts of addresses that open nothing: numbers of rows and names, for whoever may see them anyway.
OPEN = {
    "app_label", "channel", "content_type_id", "id", "ids", "kind", "language", "number", "object_id", "pk", "rest",
    "role", "slug", "url", "line", "name", "note", "history_id", "version_id",
}  # fmt: skip


_PART = re.compile(r"<(?:\w+:)?(\w+)>")


def parts_of(route: str) -> set[str]:
    """The names of the parts of an address."""
    return set(_PART.findall(route))


def test_every_part_of_an_address_is_known_to_be_secret_or_open():
    found = set().union(*map(parts_of, routes()))
    assert found - OPEN == SecretAddressMiddleware.PARTS


@pytest.fixture
def addresses(world) -> list[str]:
    names = world.names
    return [
        f"/r/{names['token']}/", f"/r/{names['token']}/correct/", f"/r/{names['token']}/people/",
        f"/r/{names['token']}/move/", f"/r/{names['token']}/cancel/", f"/r/{names['token']}/erase/",
        f"/r/{names['token']}/data.json", f"/r/{names['token']}/calendar.ics", f"/j/{names['join_token']}/",
        f"/j/{names['join_token']}/qr.png", f"/j/{names['join_token']}/calendar.ics",
        f"/desk/pair/{names['pairing_token']}/",
        f"/i/{names['invitation_token']}/", f"/g/{names['guest_seal']}/",
        f"/room/{names['room_token']}/", f"/room/{names['room_token']}/live/", f"/room/{names['room_token']}/reports/",
        f"/slides/{names['slide_token']}/",
        *(f"/room/{names['room_token']}/line/{part}" for part in ("", "begin/", "ping/", "download/", "upload/")),
        f"/screen/{names['screen_token']}/", f"/screen/{names['screen_token']}/live/",
        f"/j/{names['join_token']}/floor/", f"/j/{names['join_token']}/floor/live/",
        f"/wall/{names['wall_token']}/", f"/wall/{names['wall_token']}/live/",
        f"/hooks/zoom/{names['hook_token']}/",
        f"/s/{names['stop_seal']}/", "/r/no-such-token/", "/j/no-such-token/",
        f"/{names['slug']}/register/?i={names['invitation_token']}",
        f"/{names['slug']}/register/?g={names['guest_seal']}",
        "/callbacks/sms/no-such-secret/", "/accounts/password/reset/key/1-set-password/",
        "/accounts/password/reset/key/1-abc-def/",
    ]  # fmt: skip


def test_every_address_that_is_a_key_is_tried_here(addresses):
    secret = {route for route in routes() if parts_of(route) & SecretAddressMiddleware.PARTS}
    assert len(secret) > 12
    # This one takes posts only, see below.
    tried = {resolve(address.partition("?")[0]).route for address in addresses} | {"r/<str:token>/resend/"}
    assert {route.replace("^", "") for route in secret} <= {route.replace("^", "") for route in tried}


def test_no_address_that_is_a_key_is_told_to_anybody(client, addresses):
    for address in addresses:
        response = client.get(address)
        is_page = response["Content-Type"].startswith("text/html") and response.status_code not in (301, 302)
        assert response["Referrer-Policy"] == ("strict-origin" if is_page else "no-referrer"), address


def test_what_such_a_page_leads_on_to_does_not_hear_of_it_either(client, world):
    own_page = f"/r/{world.names['token']}/"
    for address in (f"{own_page}resend/", f"{own_page}cancel/", f"/j/{world.names['join_token']}/"):
        response = client.post(address, {"sure": "on"})
        expected = "no-referrer" if response.status_code == 302 else "strict-origin"
        assert response["Referrer-Policy"] == expected, address
    assert Registration.objects.exists()


def test_other_pages_keep_what_they_had(client, world):
    for address in ("/", f"/{world.names['slug']}/", "/accounts/login/", "/r/erased/"):
        assert client.get(address)["Referrer-Policy"] == "same-origin"


def test_a_request_that_leads_nowhere_is_answered():
    request = RequestFactory().get("/")
    assert "Referrer-Policy" not in SecretAddressMiddleware(lambda request: HttpResponse())(request)
