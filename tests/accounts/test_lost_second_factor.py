"""A lost second factor: a superuser resets it, on a page or on the server, and the person hears of it."""

from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command

from accounts.models import User
from tests.support.factories import UserFactory
from tests.support.pages import said
from tests.support.sign_in import mails_delivered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture
def locked_out() -> User:
    """An organiser whose phone is gone."""
    user = UserFactory(email="lan@vidu.example", name="Lan", is_staff=True, is_organiser=True)
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    Authenticator.objects.create(user=user, type="webauthn", data={"name": "Khóa", "credential": {}})
    return user


def page_of(user: User) -> str:
    return f"/admin/accounts/user/{user.pk}/change/"


def reset_page_of(user: User) -> str:
    return f"/admin/accounts/user/{user.pk}/reset-second-factor/"


def test_the_user_s_page_leads_to_it_if_there_is_something_to_reset(admin_client, locked_out):
    assert reset_page_of(locked_out) in admin_client.get(page_of(locked_out)).content.decode()
    other = UserFactory(is_staff=True)
    assert reset_page_of(other) not in admin_client.get(page_of(other)).content.decode()


def test_opening_the_page_changes_nothing_and_says_what_would_go(admin_client, locked_out):
    admin_client.cookies["django_language"] = "en"
    page = admin_client.get(reset_page_of(locked_out)).content.decode()
    assert "TOTP Authenticator" in page
    assert "Recovery codes" in page
    assert Authenticator.objects.filter(user=locked_out).count() == 3


def test_pressing_the_button_removes_every_factor_of_this_person_and_of_nobody_else(admin_client, locked_out):
    other = UserFactory(is_staff=True)
    TOTP.activate(other, generate_totp_secret())
    response = admin_client.post(reset_page_of(locked_out), follow=True)
    assert response.redirect_chain[-1][0] == page_of(locked_out)
    assert "đặt lại" in said(response)
    assert [row.user for row in Authenticator.objects.all()] == [other]


def test_it_stands_in_the_history_with_who_did_it(admin_client, admin_user, locked_out):
    admin_client.post(reset_page_of(locked_out))
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (admin_user, str(locked_out.pk))
    history = admin_client.get(f"/admin/accounts/user/{locked_out.pk}/history/").content.decode()
    assert "Đã đặt lại xác thực hai bước" in history


def test_the_person_is_told_by_mail_in_the_site_s_language(admin_client, locked_out):
    admin_client.cookies["django_language"] = "en"
    admin_client.post(reset_page_of(locked_out))
    (letter,) = mails_delivered()
    assert letter.to == ["lan@vidu.example"]
    assert "Lan" in letter.body
    assert "http://diemcau.test/accounts/2fa/" in letter.body
    assert "xác thực hai bước" in letter.subject.lower()


def test_afterwards_the_person_signs_in_and_is_led_to_setting_up_a_new_one(client, admin_client, locked_out, settings):
    settings.MFA_REQUIRED_FOR_STAFF = True
    client.force_login(locked_out)
    admin = UserFactory(is_staff=True, is_superuser=True)
    TOTP.activate(admin, generate_totp_secret())
    admin_client.force_login(admin)
    assert admin_client.post(reset_page_of(locked_out)).status_code == 302
    assert client.get("/admin/")["Location"] == "/accounts/2fa/"


@pytest.mark.parametrize("rights", [{"is_organiser": True}, {}], ids=["organiser", "coordinator"])
def test_nobody_but_a_superuser_resets_anything(client, locked_out, rights):
    client.force_login(UserFactory(is_staff=True, **rights))
    assert client.get(reset_page_of(locked_out)).status_code == 404
    assert client.post(reset_page_of(locked_out)).status_code == 404
    assert Authenticator.objects.filter(user=locked_out).count() == 3


def test_where_there_is_none_nobody_is_told_anything(admin_client):
    user = UserFactory(is_staff=True)
    admin_client.post(reset_page_of(user))
    assert mails_delivered() == []
    assert not LogEntry.objects.exists()
    assert admin_client.get(reset_page_of(user)).status_code == 200


def test_a_superuser_who_is_locked_out_resets_it_on_the_server(locked_out):
    out = StringIO()
    call_command("reset_second_factor", "LAN@vidu.example", stdout=out)
    assert "is reset" in out.getvalue()
    assert not Authenticator.objects.exists()
    entry = LogEntry.objects.get()
    assert "manage.py reset_second_factor" in entry.change_message
    (letter,) = mails_delivered()
    assert letter.to == ["lan@vidu.example"]


@pytest.mark.parametrize("email", ["khong-co@vidu.example", "khong-co-lop-hai@vidu.example"])
def test_the_command_says_when_there_is_nothing_to_reset(email):
    UserFactory(email="khong-co-lop-hai@vidu.example")
    with pytest.raises(CommandError, match=email):
        call_command("reset_second_factor", email)
