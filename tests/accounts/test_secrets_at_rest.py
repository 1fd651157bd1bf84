"""What a dump of the database holds: nothing with which anybody gets in."""

import re
from datetime import timedelta
from importlib import import_module

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from asgiref.sync import async_to_sync
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.test import Client

from accounts import messages, second_factor
from accounts.models import Session, User
from accounts.sessions import SessionStore, row_of
from accounts.tasks import tidy
from common import sealing
from outbox.models import Message
from registrations.services.new_registration import OrganisationData
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, person, register_people
from tests.support.sign_in import code_in, mails_delivered, sign_in_by_code

pytestmark = pytest.mark.django_db

PASSWORD = "mat-khau-vi-du-17"
EMAIL, PHONE = "thu@vidu.example", "+84912345678"
ASK = "/accounts/login/code/"


@pytest.fixture(autouse=True)
def moment():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def account() -> User:
    user = User.objects.create_user(EMAIL, PASSWORD, name="Hoàng Văn Thụ")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def dump() -> str:
    """Everything that the tables of the database hold, as text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found += [str(value) for row in cursor.fetchall() for value in row]
    return "\n".join(found)


def totp_code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def set_up_totp(client: Client) -> str:
    """Set up an authenticator app as a person does; returns its secret."""
    client.post("/accounts/login/", {"login": EMAIL, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    assert secret not in dump(), "it waits in the session"
    response = client.post("/accounts/2fa/totp/activate/", {"code": totp_code(secret)})
    assert response.status_code == 302
    return secret


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_a_dump_holds_no_session_key(client, account):
    sign_in_by_code(client, EMAIL)
    key = client.cookies["sessionid"].value
    assert EMAIL in dump(), "the dump sees nothing"
    assert row_of(key) in dump()
    assert key not in dump()
    assert client.get("/accounts/registrations/").status_code == 200


def test_what_a_dump_holds_of_a_session_signs_nobody_in(client, account):
    sign_in_by_code(client, EMAIL)
    stranger = Client()
    stranger.cookies["sessionid"] = Session.objects.get(address__gt="").session_key
    assert stranger.get("/accounts/registrations/").status_code == 302


def test_a_dump_holds_no_code_by_mail_at_any_time(client, account):
    asked = client.post(ASK, {"email": EMAIL})
    waiting = dump()
    code = code_in(mails_delivered()[0].body)
    for moment in (waiting, dump()):
        assert code not in moment
        assert code.replace("-", "") not in moment
    assert client.post(asked["Location"], {"code": code}).status_code == 302
    assert code not in dump()


def test_a_dump_holds_no_code_by_sms(client):
    point = BridgePointFactory()
    register_people(
        conference=point.conference, point=point, language="vi", now=NOW,
        organisation=OrganisationData("household", "Hộ Ví Dụ"), people=[person(1, phone=PHONE, email="")],
    )  # fmt: skip
    asked = client.post(ASK, {"phone": PHONE})
    message = Message.objects.get(kind="sign_in_code")
    code = re.search(r"\d{8}", messages.compose([message])[message.pk].text)[0]
    assert code not in dump()
    assert client.post(asked["Location"], {"code": code}).status_code == 302


def test_a_dump_holds_no_link_for_a_new_password(client, account):
    client.post("/accounts/password/reset/", {"email": EMAIL})
    waiting = dump()
    link = re.search(r"diemcau\.test(/accounts/password/reset/key/([\w-]+)/)", mails_delivered()[0].body)
    client.get(link[1])
    for moment in (waiting, dump()):
        assert link[2].partition("-")[2] not in moment


def test_a_session_ends_with_signing_out_and_its_row_too(client, account):
    sign_in_by_code(client, EMAIL)
    client.post("/accounts/logout/")
    assert not Session.objects.exclude(address="").exists()


def test_nobody_is_signed_out_by_a_new_key_while_the_old_one_is_a_fallback(client, account, settings):
    sign_in_by_code(client, EMAIL)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key"
    assert client.get("/accounts/registrations/").status_code == 200


def test_with_a_lost_key_people_sign_in_again(client, account, settings):
    sign_in_by_code(client, EMAIL)
    settings.SECRET_KEY = "another-key"
    assert client.get("/accounts/registrations/").status_code == 302


def test_the_store_behaves_as_django_s(settings):
    store = SessionStore()
    store["a"] = "ă"
    store.save()
    key = store.session_key
    assert SessionStore(key)["a"] == "ă"
    assert SessionStore().exists(key)
    assert not SessionStore().exists(row_of(key))
    store.cycle_key()
    assert not SessionStore().exists(key)
    assert SessionStore(store.session_key)["a"] == "ă"
    SessionStore().delete(store.session_key)
    gone = SessionStore(store.session_key)
    assert gone.get("a") is None
    assert gone.session_key is None
    SessionStore().delete()
    assert not Session.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_asynchronous_store_stores_no_key_either():
    async def use() -> str:
        store = SessionStore()
        await store.aset("a", 1)
        await store.asave()
        again = SessionStore(store.session_key)
        assert await again.aget("a") == 1
        await again.acycle_key()
        assert await again.aexists(again.session_key)
        assert not await again.aexists(store.session_key)
        return again.session_key

    key = async_to_sync(use)()
    assert list(Session.objects.values_list("session_key", flat=True)) == [row_of(key)]
    async_to_sync(SessionStore().adelete)(key)
    assert not Session.objects.exists()


def test_expired_sessions_are_purged_and_others_stay(client, account, moment):
    sign_in_by_code(client, EMAIL)
    moment.shift(timedelta(days=10))
    other = Client()
    sign_in_by_code(other, EMAIL)
    moment.shift(timedelta(days=10))
    tidy.apply(throw=True)
    assert other.get("/accounts/registrations/").status_code == 200
    assert Session.objects.get().session_key == row_of(other.cookies["sessionid"].value)


def test_django_s_own_command_purges_them_too(client, account, moment):
    sign_in_by_code(client, EMAIL)
    moment.shift(timedelta(days=20))
    call_command("clearsessions")
    assert not Session.objects.exists()


# --- second factors ---------------------------------------------------------------------------------------------------


def test_a_dump_holds_neither_the_secret_of_an_app_nor_recovery_codes(client, account):
    secret = set_up_totp(client)
    page = client.get("/accounts/2fa/recovery-codes/")
    codes = page.context["unused_codes"]
    seed = sealing.unseal(Authenticator.objects.get(type="recovery_codes").data["seed"], second_factor.PURPOSE)
    assert len(codes) > 5
    text = dump()
    for hidden in (secret, seed, *codes):
        assert hidden not in text


def test_app_and_recovery_code_open_as_before(client, account, moment):
    secret = set_up_totp(client)
    code = client.get("/accounts/2fa/recovery-codes/").context["unused_codes"][0]
    moment.shift(timedelta(hours=1))
    for answer in (totp_code(secret), code):
        browser = Client()
        asked = browser.post("/accounts/login/", {"login": EMAIL, "password": PASSWORD})
        assert browser.post(asked["Location"], {"code": "000000"}).status_code == 200
        assert browser.post(asked["Location"], {"code": answer}).status_code == 302
        assert "_auth_user_id" in browser.session
        moment.shift(timedelta(hours=1))


def test_with_a_lost_key_no_code_opens_not_even_that_of_an_empty_secret(account, settings):
    TOTP.activate(account, generate_totp_secret())
    RecoveryCodes.activate(account)
    settings.SECRET_KEY = "another-key"
    app = Authenticator.objects.get(type="totp").wrap()
    assert not app.validate_code(totp_code(""))
    codes = Authenticator.objects.get(type="recovery_codes").wrap()
    assert not codes.validate_code("00000000")


def test_after_a_new_key_second_factors_are_sealed_anew_so_that_the_old_one_can_go(account, settings):
    secret = generate_totp_secret()
    TOTP.activate(account, secret)
    RecoveryCodes.activate(account)
    codes = Authenticator.objects.get(type="recovery_codes").wrap().generate_codes()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key"
    tidy.apply(throw=True)
    settings.SECRET_KEY_FALLBACKS = []
    assert Authenticator.objects.get(type="totp").wrap().validate_code(totp_code(secret))
    assert Authenticator.objects.get(type="recovery_codes").wrap().generate_codes() == codes
    before = list(Authenticator.objects.order_by("id").values_list("data", flat=True))
    assert second_factor.seal_anew() == 0
    assert list(Authenticator.objects.order_by("id").values_list("data", flat=True)) == before


def test_what_no_key_opens_is_left_as_it_is(account, settings):
    TOTP.activate(account, generate_totp_secret())
    data = Authenticator.objects.get().data
    settings.SECRET_KEY = "another-key"
    assert second_factor.seal_anew() == 0
    assert Authenticator.objects.get().data == data


def test_the_migration_seals_what_stood_in_clear_and_back(account):
    secret = generate_totp_secret()
    Authenticator.objects.create(user=account, type="totp", data={"secret": secret})
    seed = "0123456789abcdef" * 5
    Authenticator.objects.create(user=account, type="recovery_codes", data={"seed": seed, "used_mask": 5})
    migration = import_module("accounts.migrations.0003_seal_what_stood_in_clear")
    migration.seal(apps, None)
    assert secret not in dump()
    assert seed not in dump()
    app, codes = Authenticator.objects.order_by("id")
    assert app.wrap().validate_code(totp_code(secret))
    assert codes.data["used_mask"] == 5
    migration.unseal(apps, None)
    app.refresh_from_db()
    assert app.data == {"secret": secret}


def test_the_migration_ends_the_sessions_whose_keys_stood_in_clear():
    old = apps.get_model("sessions", "Session")
    old.objects.create(session_key="x" * 32, session_data="y", expire_date=NOW)
    import_module("accounts.migrations.0003_seal_what_stood_in_clear").delete_sessions(apps, None)
    assert not old.objects.exists()
