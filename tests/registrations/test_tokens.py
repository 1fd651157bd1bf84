"""Personal links: only the right one opens, and the database holds none that could be used."""

import json
import uuid
from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.core import mail
from django.db import connection
from django.urls import reverse

from outbox import queue
from registrations import services, tokens
from registrations.models import Delegate, Registration
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, ConnectionFactory, registered

pytestmark = pytest.mark.django_db


@pytest.fixture
def registration() -> Registration:
    return registered(BridgePointFactory(), now=NOW)


def test_a_token_is_22_letters_and_digits_whatever_the_hash_is():
    made = {tokens.derive("delegate", uuid.uuid4(), 1) for _ in range(500)}
    assert len(made) == 500
    assert {len(token) for token in made} == {22}
    # An SMS centre that takes our alphabet for another one breaks "_"; "-" ends a word where people select a link.
    assert all(token.isascii() and token.isalnum() for token in made)


@pytest.mark.parametrize("octets", [b"\0" * 16, b"\xff" * 16, bytes(range(16))])
def test_a_token_says_all_128_bits(octets):
    token = tokens._base62(octets)
    number = 0
    for pair in reversed([token[place : place + 2] for place in range(0, 22, 2)]):
        number = number * len(tokens._PAIRS) + tokens._PAIRS.index(pair)
    assert number.to_bytes(16) == octets


def earlier_form(purpose: str, value: str) -> str:
    """A signature as it was made before tokens were letters and digits."""
    return urlsafe_b64encode(tokens._digest(purpose, value, None)).rstrip(b"=").decode()


def test_a_link_made_before_tokens_were_letters_and_digits_opens_and_stays(client, registration):
    delegate = registration.delegates.get()
    old = earlier_form("delegate", f"{delegate.uid.hex}/1")
    Delegate.objects.filter(pk=delegate.pk).update(token_hash=tokens.fingerprint(old))
    with time_machine.travel(NOW, tick=False):
        assert client.get(f"/j/{old}/").status_code == 200
    loaded = Delegate.objects.get(pk=delegate.pk)
    assert loaded.token == old, "messages to come say the same link"
    loaded.renew_token()
    assert loaded.token.isalnum()


def test_the_right_token_finds_its_row(registration):
    assert Registration.objects.by_token(registration.token).get() == registration


def test_what_a_row_was_looked_up_by_is_taken_for_its_token_only_if_it_is(registration):
    token = registration.token
    for given in ("abc", token):
        found = Registration.objects.get(pk=registration.pk)
        found.was_found_by(given)
        assert found.token == token
    found.renew_token()
    found.was_found_by(token)
    assert found.token != token


@pytest.mark.parametrize("change", [lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"), str.swapcase, lambda t: t + "="])
def test_a_changed_token_finds_nothing(client, registration, change):
    token = change(registration.token)
    assert token != registration.token
    assert client.get(f"/r/{token}/").status_code == 404
    assert client.get(f"/j/{token}/").status_code == 404


@pytest.mark.parametrize("token", ["x", "%00", "ă", "'--", "a" * 5000, "..%2f", "%ff"])
def test_an_invented_token_finds_nothing(client, token):
    assert client.get(f"/r/{token}/").status_code == 404
    assert client.post(f"/j/{token}/").status_code == 404
    assert client.post(f"/r/{token}/cancel/").status_code == 404
    assert client.post(f"/r/{token}/resend/").status_code == 404
    assert client.get(f"/r/{token}/calendar.ics").status_code == 404


def test_a_token_opens_nothing_of_another_purpose(client, registration):
    delegate = registration.delegates.get()
    with time_machine.travel(NOW, tick=False):
        assert client.get(f"/j/{registration.token}/").status_code == 404
        assert client.get(f"/r/{delegate.token}/").status_code == 404
    assert tokens.derive("delegate", registration.uid, 1) != tokens.derive("registration", registration.uid, 1)


def test_a_new_version_kills_the_old_link(client, registration):
    delegate = registration.delegates.get()
    old = delegate.token
    delegate.renew_token()
    delegate.save()
    assert client.get(f"/j/{old}/").status_code == 404
    assert not Delegate.objects.by_token(old).exists()
    assert Delegate.objects.by_token(Delegate.objects.get(pk=delegate.pk).token).get() == delegate


def test_links_that_were_passed_on_are_replaced_and_sent_anew(client, registration):
    queue.deliver(clock=lambda: NOW)
    delegate = registration.delegates.get()
    old = [registration.get_absolute_url(), f"/j/{delegate.token}/"]
    services.renew_links(registration=registration, now=NOW)
    assert [client.get(address).status_code for address in old] == [404, 404]
    fresh = Registration.objects.get(pk=registration.pk)
    assert client.get(fresh.get_absolute_url()).status_code == 200
    mail.outbox.clear()
    queue.deliver(clock=lambda: NOW)
    (letter,) = mail.outbox
    assert fresh.url in letter.body
    assert fresh.delegates.get().join_url in letter.body
    assert delegate.token not in letter.body


def test_links_that_are_replaced_twice_by_one_press_are_replaced_once(registration):
    assert services.renew_links(registration=registration, now=NOW)
    queue.deliver(clock=lambda: NOW)
    sent = mail.outbox[-1].body
    assert not services.renew_links(registration=registration, now=NOW + timedelta(seconds=5))
    assert Registration.objects.get().url in sent
    assert services.renew_links(registration=registration, now=NOW + timedelta(seconds=40))
    assert Registration.objects.get().url not in sent


def test_a_link_survives_the_rotation_of_the_secret_key(settings, registration):
    old_key, token = settings.SECRET_KEY, registration.token
    settings.SECRET_KEY = "another-key-" * 5
    settings.SECRET_KEY_FALLBACKS = [old_key]
    loaded = Registration.objects.by_token(token).get()
    assert loaded.token == token


def test_links_made_after_the_rotation_use_the_new_key(settings, registration):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-" * 5
    later = registered(BridgePointFactory(), now=NOW, number=2)
    settings.SECRET_KEY_FALLBACKS = []
    loaded = Registration.objects.get(pk=later.pk)
    assert tokens.fingerprint(loaded.token) == loaded.token_hash


def test_the_secret_key_decides_over_the_token():
    uid = uuid.uuid4()
    assert tokens.derive("delegate", uid, 1, "one key") != tokens.derive("delegate", uid, 1, "another key")


def dump() -> str:
    """Every value of every table."""
    rows = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(model._meta.db_table)}")
            rows += cursor.fetchall()
    return json.dumps(rows, default=str, ensure_ascii=False)


def test_no_dump_of_the_database_holds_a_usable_link(client, admin_user):
    point = ConnectionFactory(bridge_point__seats=2, bridge_point__kind="venue").bridge_point
    seated = registered(point, now=NOW, people=2, number=1)
    waiting = registered(point, now=NOW, number=2)
    BridgePointFactory(conference=point.conference)
    client.force_login(admin_user)
    with time_machine.travel(NOW, tick=False) as clock:
        queue.deliver(clock=lambda: NOW)
        client.get(seated.get_absolute_url())
        client.post(reverse("registrations:resend", args=[waiting.token]))
        services.cancel(registration=seated, now=NOW)
        queue.deliver(clock=lambda: NOW)
        client.post(reverse("admin:registrations_registration_change", args=[waiting.pk]))
        clock.move_to(point.conference.starts_at)
        delegate = waiting.delegates.get()
        client.post(reverse("attendance:join", args=[delegate.token]))
        client.post(reverse("attendance:join", args=[delegate.token]), {"desk": "1"})
    held = dump()
    assert waiting.number in held
    assert "(liên kết cá nhân)" in held
    for holder in [*Registration.objects.all(), *Delegate.objects.all()]:
        assert holder.token not in held
