"""Mails about accounts: by the outbox, urgent, so that no page waits for a mail server, and none shows a code."""

import html
import re
import socket
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from accounts import messages
from accounts.models import User
from common.sealing import Unreadable
from messaging.delivery import held
from outbox import channel_state, hold, queue
from outbox.models import Message
from tests.conftest import NOW
from tests.support.sign_in import code_in, mails_delivered

pytestmark = pytest.mark.django_db

PASSWORD = "mat-khau-vi-du-17"
KNOWN, UNKNOWN = "thu@vidu.example", "khong-co@vidu.example"
ASK, RESET, SIGN_UP = "/accounts/login/code/", "/accounts/password/reset/", "/accounts/signup/"


@pytest.fixture(autouse=True)
def moment():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def account() -> User:
    user = User.objects.create_user(KNOWN, PASSWORD, name="Hoàng Văn Thụ")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def hanging_server(settings):
    """A mail server that takes the connection and then says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.getsockname()
        yield


def sign_up_form(email: str) -> dict[str, str]:
    return {"name": "Thụ", "email": email, "password1": PASSWORD, "password2": PASSWORD}


def staff_without_proved_address() -> dict[str, str]:
    User.objects.create_user("can-bo@vidu.example", PASSWORD, is_staff=True)
    return {"login": "can-bo@vidu.example", "password": PASSWORD}


REQUESTS = {
    "a code": (ASK, lambda: {"email": KNOWN}, "account_login_code"),
    "a code for nobody": (ASK, lambda: {"email": UNKNOWN}, "account_unknown_account"),
    "a new password": (RESET, lambda: {"email": KNOWN}, "account_password_reset_key"),
    "a new password for nobody": (RESET, lambda: {"email": UNKNOWN}, "account_unknown_account"),
    "signing up": (SIGN_UP, lambda: sign_up_form(UNKNOWN), "account_email_confirmation_signup"),
    "signing up twice": (SIGN_UP, lambda: sign_up_form(KNOWN), "account_account_already_exists"),
    "first sign-in of staff": ("/accounts/login/", staff_without_proved_address, "account_email_confirmation_signup"),
}


@pytest.mark.parametrize("what", REQUESTS)
def test_every_mail_about_accounts_waits_in_the_outbox_as_urgent_and_no_page_asks_the_server(
    client, what, hanging_server
):
    address, data, kind = REQUESTS[what]
    posted = client.post(address, data())
    assert posted.status_code == 302
    assert client.get(posted["Location"]).status_code == 200
    message = Message.objects.get()
    assert (message.kind, message.channel, message.state) == (kind, "email", Message.State.QUEUED)
    assert message.any_hour
    assert kind in messages.KINDS
    assert message.expires_at > NOW
    assert message.due_at == NOW


def test_a_new_address_of_one_s_own_is_proved_by_the_outbox_too(client, account, hanging_server):
    client.post("/accounts/login/", {"login": KNOWN, "password": PASSWORD})
    client.post("/accounts/email/", {"action_add": "", "email": "moi@vidu.example"})
    assert Message.objects.get().address == "moi@vidu.example"


def test_the_message_id_has_the_host_of_the_site(client):
    client.post(ASK, {"email": KNOWN})
    (letter,) = mails_delivered()
    assert re.fullmatch(r"<[0-9a-f]{40}@diemcau\.test>", letter.message()["Message-ID"])


def test_the_waiting_row_shows_no_code_and_the_mail_does(client):
    client.post(ASK, {"email": KNOWN})
    waiting = Message.objects.get()
    (letter,) = mails_delivered()
    code = code_in(letter.body)
    sent = Message.objects.get()
    assert code not in waiting.text + waiting.subject
    assert code not in sent.text
    assert "•••" in sent.text
    assert "⟦" not in letter.body + sent.text


def test_the_waiting_row_shows_no_link_for_a_new_password_and_the_mail_does(client):
    client.post(RESET, {"email": KNOWN})
    waiting = Message.objects.get()
    (letter,) = mails_delivered()
    key = re.search(r"/password/reset/key/([\w-]+)/", letter.body)[1]
    assert key not in waiting.text
    assert key not in Message.objects.get().text


def test_a_code_that_comes_too_late_is_not_sent(client, moment):
    client.post(ASK, {"email": KNOWN})
    moment.shift(timedelta(minutes=5))
    assert mails_delivered() == []
    assert Message.objects.get().state == Message.State.EXPIRED


def test_of_several_codes_that_wait_only_the_last_leaves(client):
    client.post(ASK, {"email": KNOWN})
    Client().post(ASK, {"email": KNOWN.upper()})
    assert len(mails_delivered()) == 1
    assert sorted(Message.objects.values_list("state", flat=True)) == ["cancelled", "sent"]


def test_a_code_withdraws_nothing_else_of_the_same_person(client, account):
    other = Message.objects.create(
        key="x", channel="email", address=KNOWN, text="Thư", person=f"user/{account.pk}", due_at=NOW, created_at=NOW
    )
    client.post(ASK, {"email": KNOWN})
    client.post(RESET, {"email": KNOWN})
    assert {letter.to[0] for letter in mails_delivered()} == {KNOWN}
    assert Message.objects.filter(state="sent").count() == 3
    other.refresh_from_db()
    assert other.state == "sent"


def test_brackets_like_our_own_in_what_somebody_typed_break_nothing():
    messages.send_mail(name="x", address=KNOWN, subject="x", text="⟦abc⟧ mã 1234", hidden=["1234"], now=NOW)
    (message,) = Message.objects.all()
    assert messages.compose([message])[message.pk].text == "[abc] mã 1234"


def test_what_was_sealed_with_a_lost_key_fails_and_leaves_half_a_mail_to_nobody(client, settings):
    client.post(ASK, {"email": KNOWN})
    settings.SECRET_KEY = "another-key"
    with pytest.raises(Unreadable):
        messages.compose(list(Message.objects.all()))
    assert mails_delivered() == []
    assert Message.objects.get().state == Message.State.FAILED


# --- what the page says -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("email", [KNOWN, UNKNOWN])
def test_the_page_says_that_the_code_is_on_its_way_and_not_that_it_has_been_sent(client, email):
    client.cookies["django_language"] = "en"
    page = client.post(ASK, {"email": email}, follow=True).content.decode()
    assert "is on its way" in page
    assert "has been sent" not in page
    assert "We've sent" not in html.unescape(page)


@pytest.mark.parametrize("address", [ASK, RESET])
@pytest.mark.parametrize("email", [KNOWN, UNKNOWN])
def test_the_page_says_when_mails_do_not_leave_at_the_moment(client, address, email):
    words = "At the moment no mail leaves this site."
    client.cookies["django_language"] = "en"
    assert words not in client.post(address, {"email": email}, follow=True).content.decode()
    channel_state.rest("email", "The mail server cannot be reached.", timezone.now())
    client.cookies.pop("sessionid", None)
    page = client.post(address, {"email": email}, follow=True).content.decode()
    assert words in page
    assert "is on its way" not in page


def test_with_the_server_down_the_code_comes_when_it_is_back(client, settings):
    """The worker finds nobody there; the person who waits has a page, and then the code."""
    good = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    asked = client.post(ASK, {"email": KNOWN})
    queue.deliver(clock=lambda: NOW, channels=["email"])
    assert Message.objects.get().state == Message.State.QUEUED
    settings.EMAIL_BACKEND = good
    later = NOW + timedelta(minutes=1)
    queue.deliver(clock=lambda: later, channels=["email"])
    (letter,) = mails_delivered()
    assert client.post(asked["Location"], {"code": code_in(letter.body)}).status_code == 302
    assert "_auth_user_id" in client.session


def test_the_page_says_when_no_sms_leaves_at_the_moment(client):
    client.cookies["django_language"] = "en"
    channel_state.rest("sms", "The gateway cannot be reached.", timezone.now())
    page = client.post(ASK, {"phone": "0912 345 678"}, follow=True).content.decode()
    assert "At the moment no SMS leaves this site." in page


# --- while nothing leaves ---------------------------------------------------------------------------------------------


def test_a_code_from_before_is_held_and_named_in_words_and_one_that_is_asked_for_now_leaves(client, moment):
    client.post(ASK, {"email": KNOWN})
    moment.shift(timedelta(seconds=1))
    hold.hold_by_hand(timezone.now())
    assert [line.kind for line in held.review(timezone.now()).lines] == ["mã đăng nhập"]
    assert mails_delivered() == []
    Client().post(RESET, {"email": KNOWN})
    Client().post(ASK, {"email": UNKNOWN})
    assert {letter.to[0] for letter in mails_delivered()} == {KNOWN, UNKNOWN}
