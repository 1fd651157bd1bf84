"""Signing in: password or e-mailed code, a second factor for staff, links that lead here."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.db import IntegrityError, transaction

from accounts.models import User, display_name
from tests.conftest import NOW
from tests.support.factories import UserFactory
from tests.support.sign_in import code_in, mails_delivered, sign_in_by_code

pytestmark = pytest.mark.django_db

PASSWORD = "mat-khau-vi-du-17"


def account(email: str = "thu@vidu.example", **fields) -> User:
    user = User.objects.create_user(email, PASSWORD, name="Hoàng Văn Thụ", **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def sign_in(client, email: str = "thu@vidu.example", password: str = PASSWORD, next_page: str = ""):
    return client.post("/accounts/login/", {"login": email, "password": password, "next": next_page})


def signed_in(client) -> bool:
    return "_auth_user_id" in client.session


# --- password and code ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["thu@vidu.example", "Thu@ViDu.Example"])
def test_signing_in_by_password_takes_the_address_in_any_case(client, typed):
    account()
    response = sign_in(client, typed)
    assert (response.status_code, response["Location"]) == (302, "/accounts/registrations/")
    assert signed_in(client)


def test_a_wrong_password_signs_nobody_in(client):
    account()
    assert sign_in(client, password="falsch").status_code == 200
    assert not signed_in(client)


def test_after_many_wrong_passwords_the_right_one_waits_too(client):
    account()
    for _ in range(15):
        sign_in(client, password="falsch")
    sign_in(client)
    assert not signed_in(client)


def test_signing_in_by_mailed_code(client):
    account()
    sign_in_by_code(client, "thu@vidu.example")
    assert signed_in(client)


def test_a_wrong_code_signs_nobody_in(client):
    account()
    asked = client.post("/accounts/login/code/", {"email": "thu@vidu.example"})
    right = code_in(mails_delivered()[-1].body)
    client.post(asked["Location"], {"code": "AAAAAA" if right != "AAAAAA" else "BBBBBB"})
    assert not signed_in(client)


def test_a_code_is_asked_for_in_vain_where_there_is_no_account_and_nothing_tells(client):
    account()
    known = client.post("/accounts/login/code/", {"email": "thu@vidu.example"})
    client.cookies.clear()
    unknown = client.post("/accounts/login/code/", {"email": "khong-co@vidu.example"})
    assert (unknown.status_code, unknown["Location"]) == (known.status_code, known["Location"])


def test_who_is_switched_off_does_not_get_in(client):
    account(is_active=False)
    sign_in(client)
    assert client.get("/accounts/registrations/").status_code == 302


def test_signing_out_takes_a_press(client):
    account()
    sign_in(client)
    assert client.get("/accounts/logout/").status_code == 200
    assert signed_in(client)
    client.post("/accounts/logout/")
    assert not signed_in(client)


@pytest.mark.parametrize(
    "next_page",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "http:evil.example", "javascript:alert(1)"],
)
def test_signing_in_leads_to_no_other_site(client, next_page):
    account()
    response = sign_in(client, next_page=next_page)
    assert "evil" not in response.get("Location", "")
    assert "javascript" not in response.get("Location", "")


# --- signing up -------------------------------------------------------------------------------------------------------


def sign_up(client, **changes):
    data = {
        "name": "Hoàng Văn Thụ",
        "email": "Thu@ViDu.example",
        "password1": PASSWORD,
        "password2": PASSWORD,
        **changes,
    }
    return client.post("/accounts/signup/", data)


def test_signing_up_asks_for_the_name_and_proves_the_address(client):
    assert "name" in client.get("/accounts/signup/").context["form"].fields
    response = sign_up(client)
    assert response.status_code == 302
    assert client.get("/accounts/registrations/").status_code == 302, "not signed in before the address is proved"
    user = User.objects.get()
    assert (user.name, user.email, user.is_staff) == ("Hoàng Văn Thụ", "thu@vidu.example", False)
    client.post(response["Location"], {"code": code_in(mails_delivered()[-1].body)})
    assert EmailAddress.objects.get(user=user).verified
    assert client.get("/accounts/registrations/").status_code == 200


@pytest.mark.parametrize(
    "changes",
    [{"name": ""}, {"email": "x"}, {"password2": "other"}, {"password1": "1234567890", "password2": "1234567890"}],
)
def test_signing_up_badly_makes_no_account(client, changes):
    assert sign_up(client, **changes).status_code == 200
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "name",
    ["a\x00b", "x" * 10_000, "<script>alert(1)</script>", "{{7*7}}", "Thụ\r\nBcc: evil@vidu.example", "a\u202eb"],
)
def test_a_strange_name_is_a_clear_message_or_an_inert_value(client, name):
    response = sign_up(client, name=name)
    assert response.status_code in (200, 302)
    for letter in mails_delivered():
        assert "bcc" not in {key.lower() for key in letter.message()}
    for user in User.objects.all():
        assert not set(user.name) & set("\r\n\x00\u202e")
        client.force_login(user)
        assert "<script>alert" not in client.get("/accounts/registrations/").content.decode()


def test_signing_up_twice_with_one_address_makes_one_account_and_tells_nobody(client):
    account()
    fresh = sign_up(client, email="neu@vidu.example")
    client.cookies.clear()
    known = sign_up(client, email="THU@vidu.example")
    assert (known.status_code, known["Location"]) == (fresh.status_code, fresh["Location"])
    assert User.objects.filter(email__iexact="thu@vidu.example").count() == 1


def test_one_address_in_two_cases_is_one_account():
    account("thu@vidu.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("THU@ViDu.example", PASSWORD)
    with pytest.raises(IntegrityError), transaction.atomic():
        User(email="Thu@Vidu.Example").save()


def test_users_need_an_address():
    with pytest.raises(ValueError, match="address"):
        User.objects.create_user("")


def test_a_superuser_may_do_everything():
    user = User.objects.create_superuser("quantri@vidu.example", PASSWORD)
    assert user.is_staff
    assert user.is_superuser


def test_the_site_addresses_people_by_name_else_by_address():
    assert display_name(User(email="a@vidu.example", name="Thụ")) == "Thụ"
    assert display_name(User(email="a@vidu.example")) == "a@vidu.example"
    assert UserFactory(name="Thụ").get_full_name() == "Thụ"


# --- links in mails ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", [{"HTTP_HOST": "evil.example"}, {"HTTP_X_FORWARDED_HOST": "evil.example"}])
def test_a_forged_host_bends_no_link_in_a_mail(client, settings, header):
    settings.ALLOWED_HOSTS = ["*"]
    account()
    client.post("/accounts/password/reset/", {"email": "thu@vidu.example"}, **header)
    (letter,) = mails_delivered()
    links = re.findall(r"https?://[^\s]+", letter.body)
    assert links
    assert all(link.startswith("http://diemcau.test/") for link in links)
    assert "evil" not in letter.body + letter.subject


@pytest.mark.parametrize("header", [{"HTTP_HOST": "evil.example"}, {"HTTP_X_FORWARDED_HOST": "evil.example"}])
@pytest.mark.parametrize(
    ("address", "data"),
    [
        ("/accounts/login/code/", {"email": "thu@vidu.example"}),
        ("/accounts/login/code/", {"email": "khong-co@vidu.example"}),
        ("/accounts/password/reset/", {"email": "khong-co@vidu.example"}),
        (
            "/accounts/signup/",
            {"name": "Thụ", "email": "thu@vidu.example", "password1": PASSWORD, "password2": PASSWORD},
        ),
    ],
    ids=["code", "code for nobody", "new password for nobody", "signing up twice"],
)
def test_a_forged_host_bends_no_other_mail_either(client, settings, header, address, data):
    settings.ALLOWED_HOSTS = ["*"]
    account()
    client.post(address, data, **header)
    (letter,) = mails_delivered()
    assert "evil" not in f"{letter.body}{letter.subject}{letter.from_email}{letter.message()}"
    assert all(link.startswith("http://diemcau.test/") for link in re.findall(r"https?://[^\s]+", letter.body))


@pytest.mark.parametrize("header", [{"HTTP_HOST": "evil.example"}, {"HTTP_X_FORWARDED_HOST": "evil.example"}])
def test_a_forged_host_bends_no_way_on_after_signing_in(client, settings, header):
    settings.ALLOWED_HOSTS = ["*"]
    account()
    data = {"login": "thu@vidu.example", "password": PASSWORD, "next": "https://diemcau.test.evil.example/"}
    assert client.post("/accounts/login/", data, **header)["Location"] == "/accounts/registrations/"


def test_the_link_for_a_new_password_works_here(client):
    account()
    client.post("/accounts/password/reset/", {"email": "thu@vidu.example"})
    link = re.search(r"http://diemcau\.test(/[^\s]+)", mails_delivered()[0].body).group(1)
    form_page = client.get(link, follow=True)
    form_address = form_page.redirect_chain[-1][0]
    new = "mat-khau-hoan-toan-moi-19"
    assert client.post(form_address, {"password1": new, "password2": new}).status_code == 302
    assert User.objects.get().check_password(new)


def test_a_host_that_is_not_ours_is_refused(client):
    assert client.get("/", HTTP_HOST="evil.example").status_code == 400


# --- the second factor ------------------------------------------------------------------------------------------------


def test_the_administration_signs_in_through_the_site_s_own_page(client):
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/accounts/login/?next=")


@pytest.mark.parametrize("address", ["/admin/login/", "/accounts/login/", "/accounts/signup/"])
@pytest.mark.parametrize("is_signed_in", [True, False])
def test_a_way_on_that_is_no_address_leads_nowhere(client, address, is_signed_in):
    if is_signed_in:
        account(is_staff=True, is_superuser=True)
        sign_in(client)
    response = client.get(address, {"next": "http://["})
    assert response.status_code in (200, 302)
    assert "[" not in response.get("Location", "")


def test_staff_need_a_second_factor_where_the_setting_is_on(client, settings):
    settings.MFA_REQUIRED_FOR_STAFF = True
    account(is_staff=True, is_superuser=True)
    sign_in(client)
    for address in ("/admin/", "/admin/accounts/user/", "/admin/conference/conference/add/"):
        assert client.get(address)["Location"] == "/accounts/2fa/"
        assert client.post(address)["Location"] == "/accounts/2fa/"
    assert client.get("/accounts/2fa/").status_code == 200
    assert client.get("/").status_code == 200


def test_without_the_setting_staff_get_in_by_password(client):
    account(is_staff=True, is_superuser=True)
    sign_in(client)
    assert client.get("/admin/").status_code == 200


def test_registrants_are_not_asked_for_a_second_factor(client, settings):
    settings.MFA_REQUIRED_FOR_STAFF = True
    account()
    sign_in(client)
    assert client.get("/accounts/registrations/").status_code == 200


def test_with_a_second_factor_the_administration_opens_after_it_and_not_before(client, settings):
    settings.MFA_REQUIRED_FOR_STAFF = True
    user = account(is_staff=True, is_superuser=True)
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    response = sign_in(client, next_page="/admin/")
    assert response["Location"].startswith("/accounts/2fa/authenticate/")
    assert client.get("/admin/").status_code == 302
    counter = next(iter(yield_hotp_counters_from_time()))
    code = format_hotp_value(hotp_value(secret, counter))
    assert client.post(response["Location"], {"code": code}).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_a_second_factor_holds_also_after_a_mailed_code(client):
    user = account(is_staff=True, is_superuser=True)
    TOTP.activate(user, generate_totp_secret())
    sign_in_by_code(client, user.email)
    assert client.get("/admin/").status_code == 302


# --- users in the administration --------------------------------------------------------------------------------------


@pytest.mark.parametrize("rights", [{"is_organiser": True}, {}])
def test_only_superusers_see_users(client, rights):
    client.force_login(UserFactory(is_staff=True, **rights))
    assert client.get("/admin/accounts/user/").status_code == 403


def test_a_superuser_makes_a_user_without_password(admin_client):
    data = {"email": "Moi@ViDu.example", "name": "Mới", "phone": "0912345678", "usable_password": "false"}
    response = admin_client.post("/admin/accounts/user/add/", data)
    assert response.status_code == 302, response.context["errors"]
    user = User.objects.get(email="moi@vidu.example")
    assert not user.has_usable_password()
    assert user.phone.as_e164 == "+84912345678"
    again = admin_client.post("/admin/accounts/user/add/", {**data, "email": "MOI@vidu.example"})
    assert again.status_code == 200


def test_sessions_end(client):
    account()
    with time_machine.travel(NOW, tick=False):
        sign_in(client)
        assert client.get("/accounts/registrations/").status_code == 200
    with time_machine.travel(NOW + timedelta(days=60), tick=False):
        assert client.get("/accounts/registrations/").status_code == 302
