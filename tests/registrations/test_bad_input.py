"""Bad input: a clear message or an inert value, never a crash, never a mail header, nothing typed lost."""

import email
import html
import unicodedata
from html.parser import HTMLParser
from itertools import product
from urllib.parse import urlencode

import pytest
import time_machine
from django.core import mail

from outbox import queue
from registrations.models import Delegate, Organisation, Registration
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, ConferenceFactory

pytestmark = pytest.mark.django_db

TEXTS = ["organisation_name", "full_name", "position"]
ROWS = ["people-0-full_name", "people-0-position", "people-0-phone", "people-0-email", "people_text", "tax_code"]
ROWS += ["interests-0-other", "interests-0-amount", "interests-0-season", "interests-0-side", "interests-0-product"]
CHOICES = ["point", "organisation_kind", "province", "consent"]
EVIL = {
    "empty": "",
    "long": "a" * 10_000,
    "long-number": "9" * 5_000,
    "nul": "a\x00b",
    "control": "a\x07\x1b[31mb",
    "bidi": "a\u202eb",
    "crlf": "An\r\nBcc: evil@vidu.example\r\n\r\nhello",
    "lf": "An\nSubject: evil",
    "line-separator": "An\u2028Bcc: evil@vidu.example",
    "html": "<script>alert(1)</script>",
    "attribute": '" onmouseover="alert(1)',
    "template": "{{7*7}}{% debug %}",
    "javascript": "javascript:alert(1)",
    "sql": "'; DROP TABLE registrations_registration; --",
    "emoji": "Na 🍈 Chi Lăng 👩‍🌾",
    "nfd": unicodedata.normalize("NFD", "Hợp tác xã Đồng Bành"),
    "surrogate": "a\ud800b",
}


@pytest.fixture
def good() -> dict:
    point = BridgePointFactory(conference=ConferenceFactory(slug="na"))
    return {
        "point": str(point.pk),
        "organisation_kind": "cooperative",
        "organisation_name": "HTX Ví Dụ",
        "province": "",
        "full_name": "Hoàng Văn Thụ",
        "position": "Giám đốc",
        "phone": "0912345678",
        "email": "thu@vidu.example",
        "consent": "on",
    }


def send(client, answers: dict):
    body = urlencode(answers, errors="surrogatepass")
    with time_machine.travel(NOW, tick=False):
        return client.post("/na/register/", body, content_type="application/x-www-form-urlencoded")


class ActiveParts(HTMLParser):
    """Collects what a browser would run: event handlers, scripts, javascript: links."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            leads = name in ("href", "src", "action", "formaction", "xlink:href")
            if name.startswith("on") or (leads and (value or "").strip().lower().startswith("javascript:")):
                self.found.append(f"{tag} {name}={value}")
        if tag == "script" and not dict(attrs).get("src"):
            self.found.append(tag)


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        *product([*TEXTS, "phone", "email"], EVIL),
        *product(CHOICES, ["empty", "long", "long-number", "nul", "crlf", "html", "surrogate"]),
    ],
)
def test_bad_input_is_an_error_beside_the_field_or_an_inert_value(client, good, field, kind):
    response = send(client, {**good, field: EVIL[kind]})
    page = response.content.decode()
    assert response.status_code in (302, 422)
    if response.status_code == 422:
        assert set(response.context["form"].errors) <= {field}
        assert not Registration.objects.exists()
        # Nothing else that was typed is lost.
        for name in {*TEXTS, "phone", "email"} - {field}:
            assert html.escape(good[name]) in page
    else:
        page = client.get(response["Location"]).content.decode()
        stored = Registration.objects.get()
        for value in (stored.organisation.name, stored.contact_name, Delegate.objects.get().position):
            assert unicodedata.is_normalized("NFC", value)
            assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in value)
    assert ActiveParts(page).found == []
    if kind == "template" and field in TEXTS:
        assert html.escape(EVIL[kind]) in page


@pytest.mark.parametrize("kind", ["crlf", "lf", "line-separator", "html", "attribute", "javascript", "emoji", "nfd"])
@pytest.mark.parametrize("field", TEXTS)
def test_what_was_typed_never_becomes_a_mail_header_or_live_html(client, good, field, kind):
    assert send(client, {**good, field: EVIL[kind]}).status_code == 302
    queue.deliver(clock=lambda: NOW)
    assert len(mail.outbox) == 1
    for letter in mail.outbox:
        parsed = email.message_from_bytes(letter.message().as_bytes())
        names = [name.lower() for name in parsed]
        assert len(names) == len(set(names))
        assert "bcc" not in names
        assert letter.recipients() == ["thu@vidu.example"]
        assert ActiveParts(letter.alternatives[0][0]).found == []


@pytest.mark.parametrize("field", TEXTS)
def test_what_was_typed_comes_back_after_an_error_even_when_it_is_too_long(client, good, field):
    response = send(client, {**good, field: "ă" * 400, "consent": ""})
    assert "ă" * 400 in response.content.decode()


@pytest.mark.parametrize("field", TEXTS)
def test_decomposed_vietnamese_is_stored_composed(client, good, field):
    send(client, {**good, field: EVIL["nfd"]})
    stored = {
        "organisation_name": Organisation.objects.get().name,
        "full_name": Delegate.objects.get().full_name,
        "position": Delegate.objects.get().position,
    }
    assert stored[field] == unicodedata.normalize("NFC", EVIL["nfd"])


@pytest.mark.parametrize("field", TEXTS)
def test_a_line_break_becomes_a_space(client, good, field):
    assert send(client, {**good, field: "Một\r\nHai\tBa"}).status_code == 302
    assert "Một Hai Ba" in client.get(Registration.objects.get().get_absolute_url()).content.decode()


@pytest.mark.parametrize("kind", ["nul", "control", "bidi"])
@pytest.mark.parametrize("field", TEXTS)
def test_control_characters_are_named_as_the_trouble(client, good, field, kind):
    response = send(client, {**good, field: EVIL[kind]})
    assert response.status_code == 422
    assert response.context["form"].errors[field]


def test_an_address_in_another_script_is_no_crash(client, good):
    for address in ("tên@vidu.example", "a@ví-dụ.vn", unicodedata.normalize("NFD", "a@ví-dụ.vn"), "a@b", "a@@b.vn"):
        assert send(client, {**good, "email": address}).status_code in (302, 422)


def test_an_empty_form_names_every_required_field(client, good):
    response = send(client, {"csrfmiddlewaretoken": "x"})
    asked = {"point", "organisation_kind", "organisation_name", "full_name", "phone", "consent"}
    assert set(response.context["form"].errors) == asked


def test_many_fields_are_refused_without_a_crash(client, good):
    assert send(client, {**good, **{f"x{n}": "1" for n in range(3000)}}).status_code == 400


def test_repeated_fields_are_no_crash(client, good):
    with time_machine.travel(NOW, tick=False):
        response = client.post("/na/register/", {name: [value, value + "x"] for name, value in good.items()})
    assert response.status_code in (302, 422)


@pytest.mark.parametrize(("field", "kind"), [*product(ROWS, EVIL)])
def test_bad_input_in_rows_is_an_error_that_leads_to_it_or_an_inert_value(client, good, field, kind):
    row = {"people-0-full_name": "Lê Văn Hai", "interests-0-side": "sells", "interests-0-other": "Na"}
    response = send(client, {**good, **row, field: EVIL[kind]})
    page = response.content.decode()
    assert response.status_code in (302, 422)
    if response.status_code == 422:
        places = {place for place, _words in response.context["form"].all_problems}
        # A row is wrong as a whole where its only text is; an empty name is missed when something else stands there.
        assert {place.rsplit("-", 1)[0] for place in places} <= {f"id_{field}".rsplit("-", 1)[0]}
        for value in good.values():
            assert html.escape(value) in page
        assert not Registration.objects.exists()
    else:
        page = client.get(response["Location"]).content.decode()
        for stored in Delegate.objects.all():
            for value in (stored.full_name, stored.position):
                assert unicodedata.is_normalized("NFC", value)
                assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in value)
    assert ActiveParts(page).found == []


def test_rows_with_strange_numbers_are_no_crash(client, good):
    names = ["people-999-full_name", "people-1000-full_name", "people--1-full_name", "people-٣-full_name", "people-0-"]
    assert send(client, {**good, **dict.fromkeys(names, "Hai")}).status_code == 302
    assert Delegate.objects.filter(full_name="Hai").count() <= 2


@pytest.mark.parametrize("field", ["organisation_name", "full_name", "position", "people-0-full_name", "people_text"])
@pytest.mark.parametrize("address", ["https://evil.example/qua", "HTTP://evil", "www.evil.example"])
def test_a_name_with_the_address_of_a_web_page_is_refused(client, good, field, address):
    client.cookies["django_language"] = "en"
    response = send(client, {**good, field: f"NHẬN QUÀ {address}"})
    assert response.status_code == 422
    assert "Please leave out addresses of web pages here." in response.content.decode()
    assert not Registration.objects.exists()
