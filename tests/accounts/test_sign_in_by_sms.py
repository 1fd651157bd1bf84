"""Signing in with a code by SMS: for people who registered with a phone, and never for staff."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts import messages
from accounts.adapter import AccountAdapter
from accounts.models import User, display_name
from demo.models import MailboxItem
from outbox import queue
from outbox.models import Message
from registrations.phone_accounts import account_for
from registrations.services.new_registration import OrganisationData
from staff.users.admin import UserAdmin
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, CoordinatorFactory, UserFactory, person, register_people
from tests.support.html_forms import filled_in
from tests.support.sign_in import code_in, mails_delivered, sign_in_by_code

pytestmark = pytest.mark.django_db

PHONE = "+84912345678"
ASK, CONFIRM = "/accounts/login/code/", "/accounts/login/code/confirm/"


@pytest.fixture(autouse=True)
def moment():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def registration():
    """Made with a phone only, by somebody without an account."""
    return register_people(
        conference=(point := BridgePointFactory()).conference, point=point, language="vi", now=NOW,
        organisation=OrganisationData("household", "Hộ Ví Dụ"), people=[person(1, phone=PHONE, email="")],
    )  # fmt: skip


def sent() -> Message:
    return Message.objects.filter(kind="sign_in_code").latest("id")


def text() -> str:
    """What the waiting SMS will say."""
    return messages.compose([sent()])[sent().pk].text


def code() -> str:
    return re.search(r"\d{8}", text()).group()


def ask(client, phone="0912 345 678", **more):
    return client.post(ASK, {"phone": phone, **more})


def sign_in(client, phone="0912 345 678"):
    ask(client, phone)
    return client.post(CONFIRM, {"code": code()})


def signed_in(client) -> bool:
    return "_auth_user_id" in client.session


# --- the way in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["0912345678", "0912 345 678", "+84 912 345 678", "84912345678", "0912.345.678"])
def test_whoever_registered_with_a_phone_gets_in_by_a_code_and_needs_no_password(client, registration, typed):
    asked = ask(client, typed)
    assert (asked.status_code, asked["Location"]) == (302, CONFIRM)
    assert client.get(CONFIRM).status_code == 200
    response = client.post(CONFIRM, {"code": code()})
    assert (response.status_code, response["Location"]) == (302, "/accounts/registrations/")
    user = User.objects.get(phone=PHONE)
    assert (user.email, user.is_staff, user.has_usable_password(), user.proved_phones) == (None, False, False, [PHONE])
    assert mail.outbox == []


def test_his_registrations_are_shown(client, registration):
    sign_in(client)
    assert registration.number in client.get("/accounts/registrations/").content.decode()


def test_nobody_elses_registrations_are_shown(client, registration):
    other = register_people(
        conference=registration.conference, point=registration.bridge_point, language="vi", now=NOW,
        organisation=OrganisationData("household", "Hộ Khác"), people=[person(2, phone="+84987654321", email="")],
    )  # fmt: skip
    sign_in(client)
    assert other.number not in client.get("/accounts/registrations/").content.decode()


def test_a_phone_that_a_user_only_wrote_down_shows_nothing(client, registration):
    client.force_login(UserFactory(phone=PHONE))
    assert registration.number not in client.get("/accounts/registrations/").content.decode()


def test_a_phone_that_a_user_only_wrote_down_is_not_his_for_allauth_either():
    adapter = AccountAdapter()
    user = UserFactory(phone=PHONE)
    assert adapter.get_phone(user) is None
    adapter.set_phone(user, PHONE, True)
    user.refresh_from_db()
    assert adapter.get_phone(user) == (PHONE, True)
    adapter.set_phone(user, PHONE, False)
    user.refresh_from_db()
    assert adapter.get_phone(user) is None


def test_signing_in_again_opens_the_same_account(client, registration):
    sign_in(client)
    client.logout()
    sign_in(client)
    assert signed_in(client)
    assert User.objects.count() == 1


def test_a_wrong_code_lets_nobody_in_and_proves_nothing(client, registration):
    ask(client)
    wrong = "00000000" if code() != "00000000" else "11111111"
    assert client.post(CONFIRM, {"code": wrong}).status_code == 200
    assert not signed_in(client)
    assert User.objects.get().phone_verified_at is None


def test_a_code_works_for_the_browser_that_asked_and_for_no_other(client, registration):
    ask(client)
    other = Client()
    ask(other, "0987654321")
    other.post(CONFIRM, {"code": code()})
    assert not signed_in(other)


def test_a_code_is_worthless_after_five_minutes(client, registration, moment):
    ask(client)
    moment.shift(timedelta(minutes=5, seconds=1))
    client.post(CONFIRM, {"code": code()})
    assert not signed_in(client)


def test_after_three_wrong_codes_the_right_one_is_too_late(client, registration):
    ask(client)
    right = code()
    for wrong in ("00000001", "00000002", "00000003"):
        client.post(CONFIRM, {"code": wrong})
    client.post(CONFIRM, {"code": right})
    assert not signed_in(client)


@pytest.mark.parametrize("typed", ["123", "x", "0205 3870 123", "+1 202 555 0143" + "9" * 20, "0912\x00345678", "<b>"])
def test_what_is_no_mobile_number_is_a_clear_message(client, typed):
    response = ask(client, typed)
    assert response.status_code == 200
    assert not Message.objects.exists()


def test_an_empty_form_and_two_addresses_at_once_are_clear_messages(client, registration):
    assert client.post(ASK, {}).context["form"].non_field_errors()
    assert ask(client, email="a@vidu.example").context["form"].non_field_errors()
    assert not Message.objects.filter(kind="sign_in_code").exists()


def test_the_password_page_takes_no_phone(client, registration):
    response = client.post("/accounts/login/", {"login": "0912345678", "password": "mat-khau-vi-du-17"})
    assert response.context["form"].errors["login"]
    assert not User.objects.exists()


# --- who is known is not told -----------------------------------------------------------------------------------------


def test_an_unknown_phone_is_answered_as_a_known_one_gets_no_sms_and_no_account(client, registration):
    known = ask(client)
    known_page = client.get(CONFIRM).content.decode()
    stranger = Client()
    unknown = ask(stranger, "0987654321")
    assert (unknown.status_code, unknown["Location"]) == (known.status_code, known["Location"])
    page = stranger.get(CONFIRM).content.decode().replace("+84987654321", PHONE)
    page = page.replace("0987 654 321", "0912 345 678")
    assert "0912 345 678" in known_page
    hidden = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
    assert hidden.sub("", page) == hidden.sub("", known_page)
    assert not Message.objects.filter(address="+84987654321").exists()
    assert not User.objects.filter(phone="+84987654321").exists()


def test_wrong_codes_for_an_unknown_phone_are_answered_as_for_a_known_one(client, registration):
    ask(client)
    stranger = Client()
    ask(stranger, "0987654321")
    for wrong in ("00000001", "00000002", "00000003", "00000004"):
        answers = [browser.post(CONFIRM, {"code": wrong}) for browser in (client, stranger)]
        assert answers[0].status_code == answers[1].status_code
        assert answers[0].get("Location") == answers[1].get("Location")


def test_an_empty_code_does_not_open_the_account_of_an_unknown_phone(client):
    ask(client, "0987654321")
    for nothing in ("", " ", "-", "None"):
        client.post(CONFIRM, {"code": nothing})
    assert not signed_in(client)


def test_an_account_that_nobody_proved_is_gone_after_a_day(registration):
    account_for(PHONE, NOW)
    assert User.objects.filter(phone=PHONE).exists()
    account_for("+84987654321", NOW + timedelta(days=1, seconds=1))
    assert not User.objects.exists()


def test_a_proved_account_stays(client, registration):
    sign_in(client)
    account_for("+84987654321", NOW + timedelta(days=30))
    assert User.objects.filter(phone=PHONE).exists()


def test_a_phone_whose_data_are_erased_is_unknown(registration):
    registration.erased_at = NOW
    registration.save()
    assert account_for(PHONE, NOW) is None


# --- staff ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rights", [{"is_staff": True}, {"is_staff": True, "is_superuser": True}])
def test_the_phone_of_staff_opens_nothing(client, rights):
    UserFactory(phone=PHONE, phone_verified_at=NOW, **rights)
    assert ask(client)["Location"] == CONFIRM
    assert not Message.objects.exists()


def test_staff_who_registered_with_a_phone_get_an_account_of_its_own_without_rights(client, registration):
    staff = UserFactory(phone=PHONE, phone_verified_at=NOW, is_staff=True)
    sign_in(client)
    assert client.session["_auth_user_id"] != str(staff.pk)
    assert client.get("/admin/").status_code == 302
    assert not client.get("/admin/", follow=True).context["user"].is_staff


def test_who_becomes_staff_while_signed_in_by_sms_must_sign_in_by_mail(client, registration):
    sign_in(client)
    user = User.objects.get()
    User.objects.filter(pk=user.pk).update(email="moi@vidu.example", is_staff=True, is_superuser=True)
    EmailAddress.objects.create(user=user, email="moi@vidu.example", verified=True, primary=True)
    assert client.get("/admin/accounts/user/")["Location"] == "/accounts/login/"
    assert not signed_in(client)
    sign_in_by_code(client, "moi@vidu.example")
    assert client.get("/admin/all/").status_code == 200


def test_who_becomes_staff_between_asking_and_typing_does_not_reach_the_administration(client, registration):
    ask(client)
    User.objects.filter(phone=PHONE).update(email="moi@vidu.example", is_staff=True, is_superuser=True)
    client.post(CONFIRM, {"code": code()})
    assert not signed_in(client)
    assert client.get("/admin/").status_code == 302


def test_a_second_factor_holds_also_after_a_code_by_sms(client, registration):
    user = account_for(PHONE, NOW)
    TOTP.activate(user, generate_totp_secret())
    assert sign_in(client)["Location"].startswith("/accounts/2fa/authenticate/")
    assert not signed_in(client)


def test_an_account_that_is_switched_off_gets_no_code(client, registration):
    sign_in(client)
    client.logout()
    User.objects.update(is_active=False)
    Message.objects.all().delete()
    ask(client)
    assert not Message.objects.exists()


# --- phone and e-mail together ----------------------------------------------------------------------------------------


def test_a_phone_account_adds_an_e_mail_address_and_then_has_both(client, registration):
    sign_in(client)
    client.post("/accounts/email/", {"action_add": "", "email": "htx@vidu.example"})
    response = client.post("/accounts/confirm-email/", {"code": code_in(mails_delivered()[-1].body)})
    assert response.status_code == 302
    user = User.objects.get()
    assert (user.proved_emails, user.proved_phones) == (["htx@vidu.example"], [PHONE])
    client.logout()
    sign_in_by_code(client, "htx@vidu.example")
    assert signed_in(client)


def test_an_e_mail_address_that_another_account_has_is_not_added(client, registration):
    other = UserFactory(email="htx@vidu.example")
    EmailAddress.objects.create(user=other, email=other.email, verified=True, primary=True)
    sign_in(client)
    client.post("/accounts/email/", {"action_add": "", "email": "htx@vidu.example"})
    assert User.objects.get(phone=PHONE).proved_emails == []


def test_a_phone_that_somebody_proves_is_no_longer_the_one_of_who_had_it(client, registration):
    before = UserFactory(phone=PHONE)
    user = account_for(PHONE, NOW)
    User.objects.filter(pk=before.pk).update(phone_verified_at=NOW)
    ask(client)
    # The owner of the proved phone is whom it opens.
    client.post(CONFIRM, {"code": code()})
    assert client.session["_auth_user_id"] == str(before.pk)
    AccountAdapter().set_phone_verified(user, PHONE)
    assert User.objects.get(pk=before.pk).proved_phones == []


def test_a_phone_changed_by_a_superuser_is_to_be_proved_anew(admin_client):
    user = UserFactory(phone=PHONE, phone_verified_at=NOW)
    page = admin_client.get(f"/admin/accounts/user/{user.pk}/change/")
    data = {name: value for name, value in page.context["adminform"].form.initial.items() if value not in (None, False)}
    data |= {"phone": "0987654321", "email": user.email, "is_active": "on"}
    response = admin_client.post(f"/admin/accounts/user/{user.pk}/change/", data)
    assert response.status_code == 302, response.context["errors"]
    user.refresh_from_db()
    assert (user.phone.as_e164, user.phone_verified_at) == ("+84987654321", None)


def test_the_administration_shows_a_number_from_abroad_with_its_prefix_and_takes_it_back(admin_client):
    user = UserFactory(email="a.hang@vidu.example", phone="+6591234567")
    address = f"/admin/accounts/user/{user.pk}/change/"
    assert "+65 9123 4567" in admin_client.get("/admin/accounts/user/").content.decode()
    page = admin_client.get(address)
    assert filled_in(page)["phone"] == ["+65 9123 4567"]
    response = admin_client.post(address, filled_in(page, name="Nguyễn Thị Hằng"))
    assert response.status_code == 302, response.context["errors"]
    user.refresh_from_db()
    assert (user.name, user.phone.as_e164) == ("Nguyễn Thị Hằng", "+6591234567")


def test_the_administration_shows_an_account_without_e_mail_address(admin_client, registration):
    user = account_for(PHONE, NOW)
    User.objects.filter(pk=user.pk).update(phone_verified_at=NOW)
    assert admin_client.get("/admin/accounts/user/").status_code == 200
    assert admin_client.get(f"/admin/accounts/user/{user.pk}/change/").status_code == 200
    assert "0912 345 678" in display_name(user)
    assert "phone_verified_at" in UserAdmin.readonly_fields


def test_only_a_proved_phone_stands_in_for_an_e_mail_address():
    with pytest.raises(ValidationError):
        User(phone=PHONE).clean()
    User(phone=PHONE, phone_verified_at=NOW).clean()
    with pytest.raises(ValidationError):
        User(phone=PHONE, phone_verified_at=NOW, is_staff=True).clean()


@pytest.mark.parametrize(
    "fields",
    [{"phone": PHONE, "is_staff": True}, {"phone": ""}],
    ids=["staff without an e-mail address", "nobody can be reached"],
)
def test_the_database_refuses_an_account_that_cannot_be(fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email=None, **fields)


def test_the_database_keeps_one_account_for_a_phone():
    User.objects.create(email=None, phone=PHONE)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email=None, phone=PHONE)
    UserFactory(phone="+84987654321", phone_verified_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        UserFactory(phone="+84987654321", phone_verified_at=NOW)


# --- the message ------------------------------------------------------------------------------------------------------


def test_the_sms_is_one_part_without_accents_leaves_at_night_and_is_blanked_afterwards(client, registration, settings):
    settings.QUIET_HOURS = "00:00-23:59"
    settings.OUTBOX_CHANNELS = {"sms": "demo.sms_channel.Gateway"}
    ask(client)
    message, right = sent(), code()
    assert right not in message.text
    assert text().isascii()
    assert len(text()) <= 160
    assert (message.address, message.any_hour, message.expires_at) == (PHONE, True, NOW + timedelta(minutes=5))
    queue.deliver(clock=timezone.now)
    message.refresh_from_db()
    assert message.state == Message.State.SENT
    assert right in MailboxItem.objects.latest("id").raw
    assert right not in message.text
    client.post(CONFIRM, {"code": right})
    assert signed_in(client)


def test_a_code_that_could_not_leave_in_time_does_not_leave_later(client, registration):
    ask(client)
    later = NOW + timedelta(minutes=6)
    queue.deliver(clock=lambda: later)
    message = sent()
    assert message.state == Message.State.EXPIRED
    with pytest.raises(queue.NotSendable):
        queue.resend(message, now=later)


def test_a_copy_of_a_code_is_never_sent(client, registration):
    ask(client)
    copy = queue.resend(sent(), now=NOW)
    assert messages.compose([copy]) == {}


def test_a_new_code_takes_the_place_of_one_that_still_waits(client, registration):
    ask(client)
    first = sent()
    ask(Client())
    first.refresh_from_db()
    assert first.state == Message.State.CANCELLED
    assert sent().pk != first.pk


def test_without_an_sms_channel_no_phone_is_asked_for(client, registration, settings):
    assert "phone" in client.get(ASK).context["form"].fields
    settings.ACCOUNT_LOGIN_METHODS = {"email"}
    assert "phone" not in client.get(ASK).context["form"].fields
    ask(client)
    assert not Message.objects.filter(kind="sign_in_code").exists()


# --- limits -----------------------------------------------------------------------------------------------------------


def test_the_fourth_code_in_a_minute_and_the_eleventh_in_an_hour_are_refused(registration, moment):
    assert [ask(Client()).status_code for _ in range(4)] == [302, 302, 302, 429]
    answers = []
    for _ in range(8):
        moment.shift(timedelta(minutes=2))
        answers.append(ask(Client()).status_code)
    assert answers == [302] * 7 + [429]
    assert Message.objects.filter(kind="sign_in_code").count() == 10


def test_an_unknown_phone_is_limited_as_a_known_one():
    assert [ask(Client(), "0987654321").status_code for _ in range(4)] == [302, 302, 302, 429]


def test_an_address_is_limited_as_a_phone_is():
    answers = [Client().post(ASK, {"email": "thu@vidu.example"}).status_code for _ in range(4)]
    assert answers == [302, 302, 302, 429]


def test_somebody_who_asks_for_the_codes_of_many_phones_is_stopped():
    answers = [ask(Client(), f"09876543{number:02}").status_code for number in range(25)]
    assert answers == [302] * 20 + [429] * 5


def guess(tries: int) -> list[int]:
    """Answers to ``tries`` wrong codes, three for each that was asked for."""
    answers = []
    while len(answers) < tries:
        client = Client()
        if ask(client, f"0987{len(answers):06}").status_code == 429:
            answers.append(429)
            continue
        answers += [client.post(CONFIRM, {"code": wrong}).status_code for wrong in ("00000001", "00000002", "00000003")]
    return answers[:tries]


def test_a_hundred_wrong_codes_end_in_429():
    assert guess(100)[-1] == 429


def test_whoever_guessed_often_is_not_let_in_by_the_right_code_either(client, registration):
    ask(client)
    assert guess(21)[-1] == 429
    assert client.post(CONFIRM, {"code": code()}).status_code == 429
    assert not signed_in(client)


def test_right_codes_do_not_count_as_guesses(registration, moment):
    for _ in range(22):
        client = Client()
        sign_in(client)
        assert signed_in(client)
        moment.shift(timedelta(minutes=7))


def test_a_hundred_wrong_passwords_end_in_429(client):
    answers = [
        client.post("/accounts/login/", {"login": "a@vidu.example", "password": "falsch"}).status_code
        for _ in range(100)
    ]
    assert answers[0] == 200
    assert answers[-1] == 429


# --- where it leads ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "http:evil.example"],
)
def test_a_code_leads_to_no_other_site(client, registration, target):
    asked = client.post(ASK, {"phone": "0912345678", "next": target})
    assert "evil" not in asked["Location"]
    response = client.post(CONFIRM, {"code": code(), "next": target})
    assert response["Location"] == "/accounts/registrations/"


def test_a_code_leads_on_to_a_page_of_this_site(client, registration):
    client.post(ASK, {"phone": "0912345678", "next": "/accounts/email/"})
    assert client.post(CONFIRM, {"code": code(), "next": "/accounts/email/"})["Location"] == "/accounts/email/"


def test_a_coordinator_is_appointed_by_e_mail_although_his_phone_has_an_account(client, registration):
    sign_in(client)
    coordinator = CoordinatorFactory().user
    assert coordinator.email
    assert User.objects.of_phone(PHONE).is_staff is False


@pytest.mark.parametrize(
    ("typed", "words"),
    [({"phone": "0912 345 678"}, "Dùng số khác"), ({"email": "sai@vidu.example"}, "Dùng địa chỉ khác")],
)
def test_who_mistyped_an_address_starts_anew_with_another(client, registration, typed, words):
    page = client.post(ASK, typed, follow=True).content.decode()
    assert words in page
    assert "Hủy" not in page
    out = re.search(r'id="logout-from-stage".*?action="([^"]+)".*?name="next" value="([^"]+)"', page, re.DOTALL)
    assert client.post(out[1], {"next": out[2]})["Location"] == ASK
    again = client.get(ASK)
    assert again.status_code == 200
    assert "sai@vidu.example" not in again.content.decode()
