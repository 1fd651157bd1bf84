"""A mail domain that is nearly right is asked about once; one press takes what is meant, or keeps what was typed."""

import html

import pytest

from bridges.models import BridgePoint
from registrations.models import Delegate, Registration
from tests.conftest import NOW
from tests.registrations.test_people import row
from tests.registrations.test_register_page import answers
from tests.support.factories import BridgePointFactory, ConferenceFactory, registered
from tests.support.html_forms import filled_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
URL = "/na/register/"


@pytest.fixture(autouse=True)
def english(client):
    client.cookies["django_language"] = "en"


@pytest.fixture
def point() -> BridgePoint:
    return BridgePointFactory(conference=ConferenceFactory(slug="na"), name="Hội trường Chi Lăng")


def asked(response) -> str:
    """The page that asks, checked to be one; nothing was stored."""
    assert response.status_code == 422
    return html.unescape(response.content.decode())


def emails() -> list[str]:
    return list(Delegate.objects.order_by("id").values_list("email", flat=True))


def test_the_page_comes_back_once_with_what_was_typed_and_what_may_be_meant(client, point):
    response = client.post(URL, answers(point, email="Thu@gmial.com", position="Giám đốc HTX"))
    page = asked(response)
    assert "E-mail: Did you mean thu@gmail.com?" in page
    assert 'value="Thu@gmial.com"' in page
    assert 'value="Giám đốc HTX"' in page
    assert "Use @gmail.com" in page
    assert "Keep @gmial.com" in page
    assert not Registration.objects.exists()


@pytest.mark.parametrize(
    ("press", "stored"),
    [
        ({"take_mail": "email"}, "thu@gmail.com"),
        ({"keep_mail": "email"}, "thu@gmial.com"),
        ({}, "thu@gmial.com"),
        ({"email": "thu@vidu.example"}, "thu@vidu.example"),
    ],
    ids=["taken", "kept", "sent once more", "typed anew"],
)
def test_one_press_registers(client, point, press, stored):
    page = client.post(URL, answers(point, email="Thu@gmial.com"))
    assert client.post(URL, filled_in(page, **press)).status_code == 302
    assert emails() == [stored]


def test_another_slip_is_asked_about_again(client, point):
    page = client.post(URL, answers(point, email="thu@gmial.com"))
    assert "Did you mean thu@yahoo.com?" in asked(client.post(URL, filled_in(page, email="thu@yaho.com")))


def test_each_of_several_people_is_asked_about_and_none_is_forgotten_over_another(client, point):
    people = {**row(0, "Lê Văn Hai", email="hai@gmail.con"), **row(1, "Vũ Thị Ba", email="ba@yaho.com")}
    page = client.post(URL, answers(point, **people))
    assert "Person 1, E-mail: Did you mean hai@gmail.com?" in asked(page)
    page = client.post(URL, filled_in(page, keep_mail="people-0-email"))
    assert "Did you mean hai@gmail.com?" not in asked(page)
    assert "Person 2, E-mail: Did you mean ba@yahoo.com?" in asked(page)
    assert client.post(URL, filled_in(page, take_mail="people-1-email")).status_code == 302
    assert emails() == ["thu@vidu.example", "hai@gmail.con", "ba@yahoo.com"]


def test_what_was_kept_is_kept_where_something_else_is_wrong(client, point):
    page = client.post(URL, answers(point, email="thu@gmial.com", phone="12"))
    page = client.post(URL, filled_in(page, keep_mail="email"))
    assert "Did you mean" not in asked(page)
    page = client.post(URL, filled_in(page, add_row="people"))
    assert client.post(URL, filled_in(page, phone="0912345678")).status_code == 302
    assert emails() == ["thu@gmial.com"]


def test_a_pasted_line_is_asked_about_in_its_row(client, point):
    page = client.post(URL, answers(point, people_text="Lê Văn Hai, hai@gmai.com"))
    assert "Person 1, E-mail: Did you mean hai@gmail.com?" in asked(page)
    assert client.post(URL, filled_in(page, take_mail="people-0-email")).status_code == 302
    assert emails() == ["thu@vidu.example", "hai@gmail.com"]


def test_who_comes_is_asked_about_on_their_own_page_and_only_what_was_typed_there(client, point):
    registration = registered(point, now=NOW)
    Delegate.objects.update(email="thu@gmial.com")
    url = f"{registration.get_absolute_url()}people/"
    new = row(1, "Lê Văn Hai", email="hai@gmai.com")
    page = client.post(url, filled_in(client.get(url), **new))
    assert "Did you mean hai@gmail.com?" in asked(page)
    assert "Did you mean thu@gmail.com?" not in asked(page)
    assert client.post(url, filled_in(page, take_mail="people-1-email")).status_code == 302
    assert emails() == ["thu@gmial.com", "hai@gmail.com"]


def test_a_correction_is_asked_about(client, point):
    registration = registered(point, now=NOW)
    url = f"{registration.get_absolute_url()}correct/"
    page = client.post(url, filled_in(client.get(url), email="thu@hotmai.com"))
    assert "Did you mean thu@hotmail.com?" in asked(page)
    assert client.post(url, filled_in(page, take_mail="email")).status_code == 302
    assert Registration.objects.get().contact_email == "thu@hotmail.com"


def test_another_language_draws_the_page_without_asking_or_storing(client, point):
    page = client.post(URL, answers(point, email="thu@gmial.com"))
    again = client.post(URL, filled_in(page, switch_language="vi"))
    assert again.status_code == 200
    assert 'value="thu@gmial.com"' in again.content.decode()
    assert not Registration.objects.exists()
