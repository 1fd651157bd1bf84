"""What a stranger learns of an account by asking: nothing, not even by how long the answer takes.

How long it takes is counted in hashed passwords, which take longest by far, and in statements.
"""

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from outbox.models import Message
from tests.conftest import NOW
from tests.support.sign_in import code_in, mails_delivered

pytestmark = pytest.mark.django_db

PASSWORD = "mat-khau-vi-du-17"
KNOWN, UNKNOWN = "thu@vidu.example", "khong-co@vidu.example"


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
def hashed(monkeypatch) -> list[str]:
    """The passwords that are hashed."""
    found: list[str] = []
    encode = MD5PasswordHasher.encode

    def note(self, password, salt):
        found.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", note)
    return found


def work(hashed: list[str], address: str, data: dict[str, str]) -> tuple[int, int]:
    """How many passwords are hashed, and how many statements asked, for one post."""
    hashed.clear()
    with CaptureQueriesContext(connection) as queries:
        assert Client().post(address, data).status_code in (200, 302)
    return len(hashed), len(queries)


def sign_up_form(email: str) -> dict[str, str]:
    return {"name": "Thụ", "email": email, "password1": PASSWORD, "password2": PASSWORD}


def test_signing_up_takes_the_same_work_whether_there_is_an_account_or_not(hashed):
    known = work(hashed, "/accounts/signup/", sign_up_form(KNOWN))
    unknown = work(hashed, "/accounts/signup/", sign_up_form(UNKNOWN))
    assert unknown[0] >= 1
    assert known[0] == unknown[0]
    assert abs(known[1] - unknown[1]) <= 3


def test_signing_up_in_vain_leaves_nothing_and_changes_nothing(account):
    before = User.objects.values().get()
    Client().post("/accounts/signup/", sign_up_form(KNOWN))
    assert User.objects.values().get() == before
    assert EmailAddress.objects.get().email == KNOWN
    assert Message.objects.get().address == KNOWN


@pytest.mark.parametrize(
    ("address", "field"),
    [("/accounts/login/code/", "email"), ("/accounts/password/reset/", "email"), ("/accounts/login/", "login")],
)
def test_asking_takes_the_same_work_whether_there_is_an_account_or_not(hashed, address, field):
    known, unknown = [
        work(hashed, address, {field: email, "password": "falsch"}) for email in (KNOWN, UNKNOWN)
    ]  # fmt: skip
    assert known[0] == unknown[0]
    assert abs(known[1] - unknown[1]) <= 1


@pytest.mark.parametrize("fields", [{"password": None}, {"is_staff": True}, {"is_active": False}], ids=str)
def test_a_wrong_password_takes_the_same_work_for_every_account(hashed, fields):
    fields = {"password": PASSWORD, **fields}
    User.objects.create_user("khac@vidu.example", **fields)
    other = work(hashed, "/accounts/login/", {"login": "khac@vidu.example", "password": "falsch"})
    unknown = work(hashed, "/accounts/login/", {"login": UNKNOWN, "password": "falsch"})
    assert other[0] == unknown[0]


# --- many wrong passwords ---------------------------------------------------------------------------------------------


def guess(times: int = 5) -> None:
    for _ in range(times):
        Client().post("/accounts/login/", {"login": KNOWN, "password": "falsch"})


def test_a_locked_password_is_said_with_the_way_that_stays_open(client):
    guess()
    client.cookies["django_language"] = "en"
    page = client.post("/accounts/login/", {"login": KNOWN, "password": PASSWORD}).content.decode()
    assert "_auth_user_id" not in client.session
    assert "Too many wrong passwords have been tried for this account" in page
    assert "“Send me a sign-in code” below works all the same." in page
    assert 'href="/accounts/login/code/"' in page
    assert "Send me a sign-in code" in page.partition('href="/accounts/login/code/"')[2]


def test_the_same_is_said_where_there_is_no_account(client):
    for _ in range(5):
        client.post("/accounts/login/", {"login": UNKNOWN, "password": "falsch"})
    client.cookies["django_language"] = "en"
    page = client.post("/accounts/login/", {"login": UNKNOWN, "password": PASSWORD}).content.decode()
    assert "Too many wrong passwords have been tried for this account" in page


def test_the_way_by_code_stays_open_while_the_password_is_locked(client):
    guess()
    asked = client.post("/accounts/login/code/", {"email": KNOWN})
    (letter,) = mails_delivered()
    client.post(asked["Location"], {"code": code_in(letter.body)})
    assert "_auth_user_id" in client.session
