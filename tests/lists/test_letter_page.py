"""The page with the Word file of a conference's letters: who may, what is kept, what is said."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from attendance.duplicating import duplicate
from lists.models import LetterTemplate
from lists.papers import letters
from registrations.models import Guest, Invitation
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, CoordinatorFactory, OrganiserFactory, UserFactory, registered
from tests.support.html_forms import filled_in
from tests.support.pages import faults
from tests.support.papers import paper, text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english(client, settings):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"


def sign_in(client, user) -> None:
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")


@pytest.fixture
def organiser(point, client):
    user = OrganiserFactory()
    point.conference.organisers.add(user)
    sign_in(client, user)
    return user


@pytest.fixture
def guest(point):
    invitation = Invitation.objects.create(conference=point.conference, name="Sở Công Thương")
    return Guest.objects.create(invitation=invitation, name="Bà Khách")


def upload(client, conference, content: bytes, name: str = "mau.docx"):
    address = reverse("lists:letter", args=[conference.pk])
    return client.post(address, {"file": SimpleUploadedFile(name, content)}, follow=True)


def letter_to(client, guest) -> str:
    return text(client.get(reverse("lists:guest_letter", args=[guest.pk])).content)


OWN = "Thân gửi {{ ho_ten }}, mời dự {{ hoi_nghi }}"


def test_the_present_file_is_downloaded_changed_and_used(client, organiser, point, guest):
    address = reverse("lists:letter_file", args=[point.conference_id])
    response = client.get(address)
    assert response.content == letters.OWN_FILE.read_bytes()
    assert f"mau-giay-moi-{point.conference.slug}" in response.headers["Content-Disposition"]
    page = upload(client, point.conference, paper(OWN)).content.decode()
    assert faults(page) == []
    assert "Letters are made from this file from now on." in page
    assert "The file does not have {{ ma_qr }}, {{ duong_link }}." in page
    assert "mau.docx, uploaded on" in page
    assert letter_to(client, guest) == f"Thân gửi Bà Khách, mời dự {point.conference.name}"
    assert client.get(address).content == paper_of(point.conference)
    assert LogEntry.objects.get().change_message == "Letter in Word: mau.docx"


def paper_of(conference) -> bytes:
    return bytes(LetterTemplate.objects.get(conference=conference).content)


def test_another_file_takes_the_place_of_the_first(client, organiser, point, guest):
    upload(client, point.conference, paper("Một {{ ho_ten }}"))
    upload(client, point.conference, paper("Hai {{ ho_ten }}"), "hai.docx")
    assert letter_to(client, guest) == "Hai Bà Khách"
    assert LetterTemplate.objects.get().name == "hai.docx"


def test_a_file_that_somebody_has_uploaded_meanwhile_is_not_replaced_unseen(client, organiser, point, guest):
    address = reverse("lists:letter", args=[point.conference_id])
    stale = filled_in(client.get(address))
    upload(client, point.conference, paper("Một {{ ho_ten }}"))
    file = SimpleUploadedFile("hai.docx", paper("Hai {{ ho_ten }}"))
    asked = client.post(address, stale | {"file": file})
    assert asked.status_code == 422
    assert f"Meanwhile {organiser} has uploaded “mau.docx”." in asked.content.decode()
    client.post(reverse("lists:letter_default", args=[point.conference_id]), stale)
    assert letter_to(client, guest) == "Một Bà Khách"
    file.seek(0)
    assert client.post(address, filled_in(asked) | {"file": file}).status_code == 302
    assert letter_to(client, guest) == "Hai Bà Khách"


def test_going_back_brings_the_site_s_own_letter(client, organiser, point, guest):
    upload(client, point.conference, paper(OWN))
    address = reverse("lists:letter_default", args=[point.conference_id])
    page = client.post(address, follow=True).content.decode()
    assert faults(page) == []
    assert "The site's own, laid out as Decree 30/2020 says." in page
    assert "GIẤY MỜI" in letter_to(client, guest)
    client.post(address)
    assert LogEntry.objects.count() == 2


def test_a_refused_file_changes_nothing_and_the_placeholder_is_named(client, organiser, point, guest):
    upload(client, point.conference, paper("Trước {{ ho_ten }}"))
    response = upload(client, point.conference, paper("Sau {{ ten_khach }}"))
    assert response.status_code == 422
    page = response.content.decode()
    assert faults(page) == []
    assert "There is no such placeholder: {{ ten_khach }}." in page
    assert letter_to(client, guest) == "Trước Bà Khách"
    assert LogEntry.objects.count() == 1


def test_a_refusal_is_said_in_vietnamese_too(client, organiser, point, settings):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "vi"
    page = upload(client, point.conference, paper("{{ ten_khach }}")).content.decode()
    assert "Không có chỗ điền nào tên là {{ ten_khach }}." in page


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty."),
        (b"nothing", "This is no Word file"),
        (b"0" * (1024 * 1024 + 1), "The file is bigger than 1 MB."),
    ],
)
def test_what_is_no_word_file_is_refused_beside_its_field(client, organiser, point, content, said):
    response = upload(client, point.conference, content)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not LetterTemplate.objects.exists()


def test_a_name_of_a_file_is_never_markup(client, organiser, point):
    page = upload(client, point.conference, paper(OWN), "<b>mau.docx").content.decode()
    assert "<b>mau" not in page
    assert "&lt;b&gt;mau.docx" in page


def test_the_page_says_what_each_placeholder_means(client, organiser, point):
    page = client.get(reverse("lists:letter", args=[point.conference_id])).content.decode()
    assert faults(page) == []
    with translation.override("en"):
        for name, meaning in letters.PLACEHOLDERS.items():
            assert re.search(rf"<code>{{{{ {name} }}}}</code>\s*</th>\s*<td>", page)
            assert str(meaning).replace("'", "&#x27;") in page


def test_organisers_of_the_conference_and_superusers_may_and_others_may_not(client, point):
    here = OrganiserFactory()
    point.conference.organisers.add(here)
    superuser = UserFactory(is_staff=True, is_superuser=True)
    others = [
        OrganiserFactory(),
        CoordinatorFactory(bridge_point=point).user,
        CoordinatorFactory(bridge_point=BridgePointFactory()).user,
    ]
    letter, file, default = (
        reverse(f"lists:{name}", args=[point.conference_id]) for name in ("letter", "letter_file", "letter_default")
    )
    for user, allowed in ((here, True), (superuser, True), *((user, False) for user in others)):
        sign_in(client, user)
        assert client.get(letter).status_code == (200 if allowed else 404)
        assert client.get(file).status_code == (200 if allowed else 404)
        assert upload(client, point.conference, paper(OWN)).status_code == (200 if allowed else 404)
        assert LetterTemplate.objects.exists() == allowed
        assert client.post(default).status_code == (302 if allowed else 404)


def test_the_invitations_and_the_lists_lead_to_the_page(client, organiser, point, guest):
    address = reverse("lists:letter", args=[point.conference_id])
    assert address in client.get(reverse("lists:overview", args=[point.conference_id])).content.decode()
    change = reverse("admin:registrations_invitation_change", args=[guest.invitation_id])
    assert address in client.get(change).content.decode()


def test_a_file_that_no_longer_works_is_said_and_no_error(client, organiser, point, guest, caplog):
    LetterTemplate.objects.create(
        conference=point.conference, content=paper("{{ da_bo }}"), name="cu.docx", uploaded_at=NOW
    )
    response = client.get(reverse("lists:guest_letter", args=[guest.pk]), follow=True)
    assert "The Word file cannot be filled in." in response.content.decode()
    assert "cannot be filled in" in caplog.text


def test_a_coordinator_prints_letters_from_the_office_s_file(client, organiser, point):
    upload(client, point.conference, paper(OWN))
    delegate = registered(point, now=NOW).delegates.get()
    sign_in(client, CoordinatorFactory(bridge_point=point).user)
    content = client.get(reverse("lists:delegate_letter", args=[delegate.pk])).content
    assert text(content).startswith(f"Thân gửi {delegate.full_name},")


def test_a_duplicated_conference_keeps_the_office_s_file(client, organiser, point):
    upload(client, point.conference, paper(OWN))
    copy = duplicate(
        conference=point.conference, slug="nam-sau", name="Năm sau", short_name="Năm sau",
        starts_at=point.conference.starts_at.replace(year=2028), now=NOW,
    )  # fmt: skip
    assert paper_of(copy) == paper_of(point.conference)


def test_the_page_does_not_load_the_file(client, organiser, point):
    upload(client, point.conference, paper(OWN))
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse("lists:letter", args=[point.conference_id]))
    [query] = [query["sql"] for query in asked if "lists_lettertemplate" in query["sql"]]
    assert '"content"' not in query
