"""Slides in the workspace and on the speaker's page: who may, what is said, and what hostile posts come to."""

import io
import re
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, RequestFactory
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.test.utils import CaptureQueriesContext

from control.models import Cue, SlideCall, SlideFile, SlideLink
from control.slides import asking, uploads
from outbox.models import Message
from tests.conftest import NOW
from tests.support.decks import pdf, pptx
from tests.support.factories import ConferenceFactory, CoordinatorFactory, OrganiserFactory, UserFactory
from tests.support.html_forms import filled_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(settings, tmp_path):
    settings.SLIDES_DIR = tmp_path / "slides"
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def organiser():
    return OrganiserFactory()


@pytest.fixture
def conference(organiser):
    return ConferenceFactory(organisers=[organiser])


@pytest.fixture
def cues(conference) -> list[Cue]:
    return [
        Cue.objects.create(conference=conference, position=n, title=f"Phần {n}", who=f"Bà Ví Dụ {n}", minutes=10)
        for n in (1, 2, 3)
    ]


def signed_in(user) -> Client:
    client = Client()
    client.cookies["django_language"] = "en"
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def client(organiser) -> Client:
    return signed_in(organiser)


@pytest.fixture
def speaker(settings) -> Client:
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def page(conference, rest: str = "") -> str:
    return f"/admin/c/{conference.slug}/day/slides/{rest}"


def link_of(cue) -> str:
    asking.ask(cue=cue, email="dien.gia@vidu.example", phone="", now=NOW)
    return f"/slides/{SlideLink.objects.get(cue=cue).token}/"


def send(client, address, content: bytes, name="bai.pptx", **more):
    file = SimpleUploadedFile(name, content, content_type="application/octet-stream")
    return client.post(address, {"file": file, "whole": "1"} | more)


# --- the speaker's page -----------------------------------------------------------------------------------------------


def test_a_speaker_hands_in_replaces_and_withdraws_without_an_account(cues, speaker):
    address = link_of(cues[0])
    asking.set_due(conference=cues[0].conference, due_at=NOW + timedelta(days=1))
    first = speaker.get(address).content.decode()
    for said in ("Phần 1", "10 minutes planned", "10:00, 2/7/2027", "at most 50 MB and 60 pages", "Nothing yet"):
        assert said in first
    assert send(speaker, address, pptx(size=(9144000, 6858000))).status_code == 302
    seen = speaker.get(address).content.decode()
    assert "bai.pptx" in seen
    assert "2 pages" in seen
    assert "4:3" in seen
    send(speaker, address, pdf(7), name="moi.pdf")
    seen = speaker.get(address).content.decode()
    assert "7 pages" in seen
    assert "bai.pptx, " in seen
    current = SlideFile.objects.first()
    speaker.post(address, {"withdraw": current.pk})
    assert "Nothing yet" in speaker.get(address).content.decode()


def test_what_is_refused_is_said_at_the_field_and_nothing_is_lost(cues, speaker):
    address = link_of(cues[0])
    send(speaker, address, pptx())
    response = send(speaker, address, b"MZ this is a program", name="bai.pptx")
    assert response.status_code == 422
    assert "neither PowerPoint (.pptx) nor PDF" in response.content.decode()
    assert "2 pages" in response.content.decode()
    assert SlideFile.objects.get().name == "bai.pptx"


def test_a_late_file_is_taken_and_said_to_be_late(cues, speaker, client):
    address, conference = link_of(cues[0]), cues[0].conference
    asking.set_due(conference=conference, due_at=NOW - timedelta(hours=1))
    assert "marked as late" in speaker.get(address).content.decode()
    send(speaker, address, pptx())
    for place in ("", f"{cues[0].pk}/"):
        said = client.get(page(conference, place)).content.decode()
        assert re.search(r">received</span>\s*<span[^>]*>late<", said), place


def test_the_link_ends_with_the_conference(cues, speaker, clock):
    address = link_of(cues[0])
    clock.move_to(cues[0].conference.ends_at)
    response = send(speaker, address, pptx())
    assert "The conference is over" in response.content.decode()
    assert 'type="file"' not in response.content.decode()
    assert not SlideFile.objects.exists()


def test_a_withdrawn_link_and_one_of_another_kind_let_nobody_in(cues, speaker, client):
    address = link_of(cues[0])
    client.post(page(cues[0].conference, f"{cues[0].pk}/withdraw/"))
    assert speaker.get(address).status_code == 410
    assert send(speaker, address, pptx()).status_code == 410
    assert speaker.get("/slides/no-such-token/").status_code == 404
    assert not SlideFile.objects.exists()
    assert link_of(cues[0]) != address
    assert speaker.get(address).status_code == 404


def test_a_withdrawn_link_says_what_it_was_and_whom_to_ask_as_far_as_that_is_public(conference, cues, speaker):
    conference.contact_name, conference.contact_phone = "Bà Ví Dụ", "+842053812345"
    conference.save()
    address = link_of(cues[0])
    asking.withdraw(cue=cues[0], now=NOW)
    gone = speaker.get(address).content.decode()
    for said in ("link for handing in slides was withdrawn", conference.short_name, "Bà Ví Dụ", "0205 3812 345"):
        assert said in gone
    unknown = speaker.get("/slides/no-such-token/").content.decode()
    for page_shown in (gone, unknown):
        assert "registration" not in page_shown.partition("<main")[2].partition("</main>")[0]
    assert "newest message" in unknown
    conference.is_published = False
    conference.save()
    hidden = speaker.get(address).content.decode()
    assert "was withdrawn" in hidden
    assert conference.short_name not in hidden
    assert "Bà Ví Dụ" not in hidden


def test_of_what_is_posted_at_a_link_that_lets_nobody_in_nothing_is_read(cues, monkeypatch):
    address = link_of(cues[0])
    monkeypatch.setattr(uploads._Bounded, "receive_data_chunk", lambda *_arguments: pytest.fail("read"))
    client = Client(enforce_csrf_checks=True)
    client.get(address)
    asking.withdraw(cue=cues[0], now=NOW)
    assert send(client, address, pptx()).status_code == 410
    assert send(client, "/slides/no-such-token/", pptx()).status_code == 404


def test_withdrawing_is_asked_about_before_it_is_done(conference, cues, speaker, client):
    address = link_of(cues[0])
    send(speaker, address, pptx())
    for shown, name in ((speaker.get(address), "withdraw"), (client.get(page(conference, f"{cues[0].pk}/")), "ask")):
        folded = re.findall(r"<details.*?</details>", shown.content.decode(), re.S)
        assert [name for one in folded if "ithdraw" in one and "<button" in one] == [name]
        rest = re.sub(r"(?s)<details.*?</details>", "", shown.content.decode())
        assert not re.search(r'name="withdraw"|/withdraw/', rest)


def full(*_arguments, **_more):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    "broken",
    ["django.core.files.uploadhandler.TemporaryUploadedFile", "control.slides.store.os.fsync"],
)
def test_a_full_disk_is_said_and_what_was_there_stays(conference, cues, speaker, client, monkeypatch, broken):
    address = link_of(cues[0])
    send(speaker, address, pptx())
    monkeypatch.setattr(broken, full)
    for who, where in ((speaker, address), (client, page(conference, f"{cues[0].pk}/upload/"))):
        response = send(who, where, pdf(5))
        assert response.status_code == 503
        assert "could not be checked or stored" in response.content.decode()
        assert "2 pages" in response.content.decode()
    assert SlideFile.objects.get().kind == "pptx"


@pytest.mark.parametrize("part", ["write", "seek"])
def test_a_disk_that_fills_up_while_a_file_comes_is_said(cues, speaker, monkeypatch, part):
    address = link_of(cues[0])
    made = uploads.TemporaryFileUploadHandler.new_file

    def new_file(self, *arguments, **more):
        made(self, *arguments, **more)
        monkeypatch.setattr(self.file.file, part, full)

    monkeypatch.setattr(uploads.TemporaryFileUploadHandler, "new_file", new_file)
    assert send(speaker, address, pptx()).status_code == 503
    assert not SlideFile.objects.exists()


def test_each_link_is_for_its_own_part(cues, speaker):
    other = Cue.objects.create(conference=ConferenceFactory(), title="Nơi khác", minutes=5)
    send(speaker, link_of(other), pptx())
    assert SlideFile.objects.get().cue == other
    own = SlideFile.objects.get()
    speaker.post(link_of(cues[0]), {"withdraw": own.pk})
    assert SlideFile.objects.get().withdrawn_at is None


def test_a_page_that_is_out_of_date_withdraws_nothing(cues, speaker):
    address = link_of(cues[0])
    send(speaker, address, pptx())
    seen = SlideFile.objects.get().pk
    send(speaker, address, pdf(3), name="moi.pdf")
    response = speaker.post(address, {"withdraw": seen}, follow=True)
    assert "Another file has come meanwhile" in response.content.decode()
    assert not SlideFile.objects.exclude(withdrawn_at=None).exists()


@pytest.mark.parametrize("number", ["", "x", "-1", "9" * 40])
def test_a_forged_number_is_no_crash(cues, speaker, number):
    assert speaker.post(link_of(cues[0]), {"withdraw": number}).status_code == 302


def test_what_is_too_big_is_refused_in_words_and_not_kept(conference, cues, speaker, client, settings):
    settings.SLIDES_MAX_MB = 1
    response = send(speaker, link_of(cues[0]), b"%PDF-" + bytes(12 * 1024 * 1024))
    assert response.status_code == 422
    assert "bigger than 1 MB" in response.content.decode()
    # Staff see that somebody needs help.
    assert "bigger than 1 MB" in client.get(page(conference)).content.decode()
    assert not SlideFile.objects.exists()


def test_of_what_is_far_too_big_nothing_is_read(cues, settings):
    settings.SLIDES_MAX_MB = 1
    request = RequestFactory().post("/", {})
    request.META["CONTENT_LENGTH"] = str(1024 * 1024 * 1024)
    response = uploads.takes_slides(lambda _request: pytest.fail("read"))(request)
    assert response.status_code == 413


def test_a_post_that_is_cut_off_is_refused_and_said(cues, speaker):
    address = link_of(cues[0])
    file = SimpleUploadedFile("bai.pdf", pdf(40))
    whole = encode_multipart(BOUNDARY, {"file": file, "whole": "1"})
    for length in (len(whole) // 2, len(whole) - 120):
        response = speaker.generic("POST", address, whole[:length], content_type=MULTIPART_CONTENT)
        assert response.status_code == 422
        assert "did not arrive whole" in response.content.decode()
    assert not SlideFile.objects.exists()


def test_an_empty_post_and_an_empty_file_are_refused_in_words(cues, speaker):
    address = link_of(cues[0])
    assert "Please choose a file." in speaker.post(address, {"whole": "1"}).content.decode()
    assert "The file is empty." in send(speaker, address, b"").content.decode()


def test_the_form_needs_its_token(cues):
    client = Client(enforce_csrf_checks=True)
    assert send(client, link_of(cues[0]), pptx()).status_code == 403
    assert not SlideFile.objects.exists()


def test_a_script_is_told_to_wait(cues, speaker, monkeypatch):
    monkeypatch.setattr("control.public.slides.POSTS_PER_HOUR", 2)
    address = link_of(cues[0])
    statuses = [speaker.post(address, {"whole": "1"}).status_code for _n in range(3)]
    assert statuses == [422, 422, 429]


# --- the workspace ----------------------------------------------------------------------------------------------------


def test_the_list_shows_each_part_with_its_state(conference, cues, client, speaker):
    send(speaker, link_of(cues[0]), pptx())
    send(speaker, link_of(cues[1]), b"no slides")
    shown = client.get(page(conference)).content.decode()
    assert "01-phan-1-ba-vi-du-1.pptx" in shown
    assert "faulty" in shown
    assert "neither PowerPoint" in shown
    assert "not asked" in shown


def test_the_list_takes_the_same_statements_for_one_part_and_for_three(conference, cues, client, speaker):
    for cue in cues:
        send(speaker, link_of(cue), pptx())
    client.get(page(conference))
    with CaptureQueriesContext(connection) as three:
        client.get(page(conference))
    Cue.objects.exclude(pk=cues[0].pk).delete()
    with CaptureQueriesContext(connection) as one:
        client.get(page(conference))
    assert len(one) == len(three)


def test_the_archive_holds_all_in_order_under_their_numbers(conference, cues, client, speaker):
    contents = [pptx(2), pdf(3), pptx(4)]
    for cue, content in zip(cues, contents, strict=True):
        send(speaker, link_of(cue), content)
    Cue.objects.filter(pk=cues[2].pk).update(position=0)
    response = client.get(page(conference, "slides.zip"))
    assert response["Content-Type"] == "application/zip"
    assert "attachment" in response["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            "01-phan-3-ba-vi-du-3.pptx",
            "02-phan-1-ba-vi-du-1.pptx",
            "03-phan-2-ba-vi-du-2.pdf",
        ]
        assert archive.read("03-phan-2-ba-vi-du-2.pdf") == contents[1]


def test_without_slides_there_is_no_archive(conference, cues, client):
    response = client.get(page(conference, "slides.zip"), follow=True)
    assert "No slides have come yet" in response.content.decode()


def test_a_file_is_saved_and_never_shown(conference, cues, client, speaker):
    send(speaker, link_of(cues[0]), pdf())
    file = SlideFile.objects.get()
    response = client.get(page(conference, f"{cues[0].pk}/file/{file.pk}/"))
    assert b"".join(response.streaming_content) == pdf()
    assert response["Content-Disposition"] == 'attachment; filename="01-phan-1-ba-vi-du-1.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]


def test_files_are_for_who_runs_or_reads_the_conference_alone(conference, cues, speaker):
    send(speaker, link_of(cues[0]), pdf())
    address = page(conference, f"{cues[0].pk}/file/{SlideFile.objects.get().pk}/")
    leader = UserFactory(is_staff=True)
    conference.leaders.add(leader)
    assert signed_in(leader).get(address).status_code == 200
    others = [OrganiserFactory(), CoordinatorFactory(bridge_point__conference=conference).user]
    assert [signed_in(user).get(address).status_code for user in others] == [404, 404]
    assert speaker.get(address).status_code == 302
    foreign = Cue.objects.create(conference=ConferenceFactory(), title="Nơi khác", minutes=5)
    assert signed_in(leader).get(address.replace(f"/{cues[0].pk}/", f"/{foreign.pk}/")).status_code == 404


def test_an_organiser_asks_and_is_warned_if_somebody_else_has_asked_meanwhile(conference, cues, client):
    address = page(conference, f"{cues[0].pk}/")
    form = filled_in(client.get(address), email="a@vidu.example")
    client.post(f"{address}ask/", form)
    assert SlideLink.objects.get().email == "a@vidu.example"
    assert Message.objects.filter(kind="slides_asked").count() == 1
    response = client.post(f"{address}ask/", form | {"email": "b@vidu.example"})
    assert response.status_code == 422
    assert "Meanwhile somebody else has asked" in response.content.decode()
    assert "b@vidu.example" in response.content.decode()
    assert SlideLink.objects.get().email == "a@vidu.example"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"email": "", "phone": ""}, "Enter an e-mail address or a mobile"),
        ({"email": "no address", "phone": ""}, "valid email"),
        ({"email": "", "phone": "02053812345"}, "SMS reach mobiles only, such as 0912 345 678"),
        ({"email": "", "phone": "không phải số"}, "not a phone number. Example: 0912 345 678."),
    ],
)
def test_an_address_that_reaches_nobody_is_refused_at_its_field(conference, cues, client, sent, said):
    address = page(conference, f"{cues[0].pk}/")
    response = client.post(f"{address}ask/", filled_in(client.get(address)) | sent)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert response.content.decode().count(" autofocus") == 1
    (field,) = response.context["form"].errors
    assert field == ("phone" if sent["phone"] else "email")
    assert not SlideLink.objects.exists()


def test_a_speaker_with_a_mobile_alone_is_asked_by_sms(conference, cues, client):
    address = page(conference, f"{cues[0].pk}/")
    response = client.post(f"{address}ask/", filled_in(client.get(address), email="", phone="0912 345 678"))
    assert response.status_code == 302
    message = Message.objects.get()
    assert (message.channel, message.address) == ("sms", "+84912345678")
    assert SlideLink.objects.get().phone == "+84912345678"


def test_where_no_sms_are_sent_a_mobile_alone_is_refused_at_the_field_for_mails(conference, cues, client, settings):
    settings.OUTBOX_CHANNELS = {"email": settings.OUTBOX_CHANNELS["email"]}
    address = page(conference, f"{cues[0].pk}/")
    shown = client.get(address)
    assert "No SMS are sent from here" in shown.content.decode()
    response = client.post(f"{address}ask/", filled_in(shown, email="", phone="0912345678"))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["email"]
    assert "No SMS are sent from here: enter an e-mail address." in response.content.decode()
    assert "0912345678" in response.content.decode()


def test_who_is_asked_after_the_time_limit_and_who_asks_read_that_it_has_passed(conference, cues, client):
    asking.set_due(conference=conference, due_at=NOW - timedelta(hours=1))
    address = page(conference, f"{cues[0].pk}/")
    shown = client.get(address)
    assert "has passed: whoever is asked now" in shown.content.decode()
    response = client.post(f"{address}ask/", filled_in(shown, email="a@vidu.example"), follow=True)
    assert "the speaker reads that the slides are wanted as soon as possible" in response.content.decode()


def test_an_organiser_uploads_for_a_speaker(conference, cues, client, organiser):
    address = page(conference, f"{cues[0].pk}/upload/")
    assert send(client, address, b"nothing").status_code == 422
    assert send(client, address, pptx()).status_code == 302
    assert SlideFile.objects.get().by == organiser
    assert LogEntry.objects.get(user=organiser).change_message == "Slides uploaded: Phần 1"


def test_the_time_limit_is_set_and_changed(conference, cues, client):
    address = page(conference, "due/")
    client.post(address, filled_in(client.get(address)) | {"due_at_0": "2027-07-10", "due_at_1": "17:00"})
    assert f"{SlideCall.objects.get().due_at:%d %H:%M}" == "10 10:00"
    response = client.post(address, filled_in(client.get(address)) | {"due_at_0": "2027-07-10", "due_at_1": "99:00"})
    assert response.status_code == 422


@pytest.mark.parametrize(
    ("day", "clock", "said"),
    [("2020-01-02", "17:00", "This time has passed."), ("2027-07-19", "12:00", "The conference ends at")],
)
def test_a_time_limit_in_the_past_or_after_the_end_is_refused_at_its_field(conference, client, day, clock, said):
    address = page(conference, "due/")
    response = client.post(address, filled_in(client.get(address)) | {"due_at_0": day, "due_at_1": clock})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["due_at"]
    assert said in response.content.decode()
    assert f'value="{day}"' in response.content.decode()
    assert not SlideCall.objects.exclude(due_at=None).exists()


def test_a_time_limit_that_passes_while_its_page_is_open_stays(conference, client):
    asking.set_due(conference=conference, due_at=NOW - timedelta(minutes=1))
    address = page(conference, "due/")
    assert client.post(address, filled_in(client.get(address))).status_code == 302
    assert SlideCall.objects.get().due_at == NOW - timedelta(minutes=1)


def test_the_history_says_who_has_set_the_time_limit_from_what_to_what(conference, client, organiser, clock):
    address = page(conference, "due/")
    for day in ("2027-07-10", "2027-07-11"):
        clock.shift(60)
        client.post(address, filled_in(client.get(address)) | {"due_at_0": day, "due_at_1": "17:00"})
    shown = client.get(f"/admin/c/{conference.slug}/settings/history/")
    latest, first = [entry["line"] for _day, found in shown.context["days"] for entry in found][:2]
    assert latest.row.by == organiser
    assert [(one.label, one.old, one.new) for one in latest.changes] == [
        ("To be handed in by", "17:00, 10/07/2027", "17:00, 11/07/2027")
    ]
    assert first.changes[0].old == "–"
    assert "time limit for slides" in latest.done


def test_the_time_limit_moves_with_the_conference_and_the_history_says_so(conference, client):
    asking.set_due(conference=conference, due_at=NOW + timedelta(days=10))
    address = f"/admin/c/{conference.slug}/content/when/"
    response = client.post(address, filled_in(client.get(address), starts_at_0="2027-07-21"), follow=True)
    assert SlideCall.objects.get().due_at == NOW + timedelta(days=12)
    assert "The time limit for slides has moved along" in response.content.decode()
    history = client.get(f"/admin/c/{conference.slug}/settings/history/").content.decode()
    assert "The time limit for slides has moved along" in history


def test_a_time_limit_that_cannot_move_along_is_said(conference, client):
    asking.set_due(conference=conference, due_at=NOW + timedelta(days=1))
    address = f"/admin/c/{conference.slug}/content/when/"
    response = client.post(address, filled_in(client.get(address), starts_at_0="2027-07-15"), follow=True)
    assert SlideCall.objects.get().due_at == NOW + timedelta(days=1)
    assert "moved along, it would have passed" in response.content.decode()


def test_who_has_sent_nothing_is_reminded_in_one_press(conference, cues, client, speaker):
    send(speaker, link_of(cues[0]), pptx())
    link_of(cues[1])
    response = client.post(page(conference, "remind/"), follow=True)
    assert "1 speaker is reminded." in response.content.decode()
    assert Message.objects.filter(kind="slides_reminded").count() == 1
    assert LogEntry.objects.get().change_message == "Reminded of slides: Phần 2"
    # Sent twice by a double press, it is one message.
    client.post(page(conference, "remind/"))
    assert Message.objects.filter(kind="slides_reminded").count() == 1


def test_a_part_with_slides_is_not_deleted_by_the_table(conference, cues, client, speaker):
    send(speaker, link_of(cues[0]), pptx())
    address = f"/admin/c/{conference.slug}/day/show/cues/"
    form = filled_in(client.get(address)) | {"cues-0-DELETE": "on"}
    response = client.post(address, form)
    assert response.status_code == 422
    assert "has slides, which would be lost" in response.content.decode()
    assert Cue.objects.count() == 3
