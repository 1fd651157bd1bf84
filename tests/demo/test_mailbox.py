"""The demo's mailbox: everything readable, nothing active, nothing outside the demo."""

import re
from base64 import b64decode

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from django.utils.formats import date_format
from django.utils.timezone import localtime

from demo import mail_reader
from demo.models import MailboxItem
from outbox import queue
from registrations import qr
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, registered

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def demo(settings, demo_site) -> None:
    settings.EMAIL_BACKEND = "demo.mail_backend.EmailBackend"
    settings.OUTBOX_CHANNELS = {
        "email": "outbox.channels.email.EmailChannel",
        "sms": "demo.sms_channel.Gateway",
    }


def mail(subject: str = "Đăng ký: Na Chi Lăng", text: str = "Kính gửi Ông Thụ", html: str = "", files=()) -> int:
    letter = EmailMultiAlternatives(subject, text, to=["a@vidu.example"])
    if html:
        letter.attach_alternative(html, "text/html")
    for file in files:
        letter.attach(*file)
    letter.send()
    return MailboxItem.objects.latest("id").pk


@pytest.mark.parametrize("path", ["", "{pk}/", "{pk}/html/", "{pk}/file/0/"])
def test_outside_the_demo_there_is_no_mailbox(client, settings, admin_client, path):
    pk = mail(html="<p>x</p>", files=[("a.txt", "x", "text/plain")])
    address = "/mailbox/" + path.format(pk=pk)
    assert client.get(address).status_code == 200
    settings.DEMO = False
    settings.ROOT_URLCONF = "conference.urls"
    assert client.get(address).status_code == 404
    assert admin_client.get(address).status_code == 404


def test_a_registration_s_mail_and_sms_can_be_read(client):
    registration = registered(BridgePointFactory(), now=NOW)
    with time_machine.travel(NOW, tick=False):
        queue.deliver(clock=lambda: NOW)
    link = registration.delegates.get().join_url
    newest_first = list(MailboxItem.objects.all())
    assert [item.channel for item in newest_first] == ["sms", "email"]
    for item in newest_first:
        page = client.get(f"/mailbox/{item.pk}/").content.decode()
        # The mail says by the link that it was opened.
        assert re.search(rf'href="{re.escape(link)}(\?m=\w+)?"', page)
    assert link in client.get(f"/mailbox/{newest_first[1].pk}/html/").content.decode()
    file = client.get(f"/mailbox/{newest_first[1].pk}/file/0/")
    assert b"BEGIN:VCALENDAR" in file.getvalue()


def test_a_vietnamese_subject_and_text_are_readable(client):
    pk = mail()
    listed = client.get("/mailbox/").content.decode()
    page = client.get(f"/mailbox/{pk}/").content.decode()
    assert "Đăng ký: Na Chi Lăng" in listed
    assert "Đăng ký: Na Chi Lăng" in page
    assert "Kính gửi Ông Thụ" in page
    assert "=?utf-8?" not in page


@pytest.mark.parametrize(
    ("date", "written"),
    [
        ("Sun, 29 Nov 2026 04:05:06 +0000", "11:05 29/11/2026"),
        ("Sun, 29 Nov 2026 20:00:00 -0000", "03:00 30/11/2026"),
        ("sometime on Sunday", "sometime on Sunday"),
    ],
)
def test_when_a_mail_was_sent_is_written_as_everywhere_else(date, written):
    assert mail_reader.read(f"Date: {date}\n\nx").headers == [("Ngày gửi", written)]


def test_the_list_writes_moments_as_everywhere_else(client):
    with time_machine.travel(NOW, tick=False):
        mail()
    assert date_format(localtime(NOW), "DATETIME_FORMAT") in client.get("/mailbox/").content.decode()


def test_a_long_subject_is_kept_readable(client):
    pk = mail(subject="Đăng ký " * 60)
    assert "Đăng ký Đăng ký" in client.get(f"/mailbox/{pk}/").content.decode()


def test_attachments_are_saved_and_never_shown(client):
    pk = mail(files=[("trang.html", "<script>alert(1)</script>", "text/html"), ("na.pdf", b"%PDF", "application/pdf")])
    response = client.get(f"/mailbox/{pk}/file/0/")
    assert response["Content-Disposition"] == 'attachment; filename="trang.html"'
    assert client.get(f"/mailbox/{pk}/file/1/").getvalue() == b"%PDF"
    assert client.get(f"/mailbox/{pk}/file/2/").status_code == 404


def test_the_html_part_has_a_strict_policy_of_its_own(client):
    pk = mail(html='<p style="color:green">Na</p><script>alert(1)</script><img src="https://evil.example/x">')
    response = client.get(f"/mailbox/{pk}/html/")
    policy = {rule.split()[0]: rule.split()[1:] for rule in response["Content-Security-Policy"].split(";")}
    assert policy["default-src"] == ["'none'"]
    assert policy["style-src"] == ["'unsafe-inline'"]
    assert policy["frame-ancestors"] == ["'self'"]
    assert policy.get("script-src", ["'none'"]) in (["'self'"], ["'none'"])
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    frame = client.get(f"/mailbox/{pk}/").content.decode()
    assert f'<iframe class="dc-frame" sandbox src="/mailbox/{pk}/html/"' in frame
    assert "<script>alert" not in frame


def test_an_sms_says_how_long_it_is(client):
    item = MailboxItem.objects.create(channel="sms", address="+84900000001", raw="ă" * 71, received_at=NOW)
    client.cookies["django_language"] = "en"
    assert "71 characters in UCS-2, 2 parts" in client.get(f"/mailbox/{item.pk}/").content.decode()
    assert client.get(f"/mailbox/{item.pk}/html/").status_code == 404
    assert client.get(f"/mailbox/{item.pk}/file/0/").status_code == 404


def test_an_sms_is_shown_as_text(client):
    item = MailboxItem.objects.create(channel="sms", address="1", raw="<script>alert(1)</script>", received_at=NOW)
    for address in ("/mailbox/", f"/mailbox/{item.pk}/"):
        assert "<script>alert" not in client.get(address).content.decode()


def test_the_list_can_be_searched_by_address(client):
    mail()
    MailboxItem.objects.create(channel="sms", address="+84900000001", raw="SMS", received_at=NOW)
    assert [i.channel for i in client.get("/mailbox/?q=vidu").context["page"]] == ["email"]
    for number in ("0000001", "0900000001", "0900 000 001", "%2B84900000001"):
        assert [i.channel for i in client.get(f"/mailbox/?q={number}").context["page"]] == ["sms"], number
    assert list(client.get("/mailbox/?q=nobody").context["page"]) == []


@pytest.mark.parametrize(
    "query", ["q=%00", "q=" + "a" * 5000, "q=%25", "page=x", "page=-1", "page=99999999999999999999"]
)
def test_strange_searches_are_no_crash(client, query):
    mail()
    assert client.get(f"/mailbox/?{query}").status_code == (400 if "%00" in query else 200)


def test_an_unknown_item_is_not_found(client):
    assert client.get("/mailbox/4711/").status_code == 404


def test_the_mailbox_only_shows(client):
    assert client.post("/mailbox/").status_code == 405


def test_a_mail_of_several_people_reaches_each(client):
    EmailMultiAlternatives("S", "T", to=["a@vidu.example"], bcc=["b@vidu.example"]).send()
    assert set(MailboxItem.objects.values_list("address", flat=True)) == {"a@vidu.example", "b@vidu.example"}


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_the_same_statements_at_one_row_and_at_three(client, rows, django_assert_num_queries):
    for _ in range(rows):
        mail()
    with django_assert_num_queries(2):
        client.get("/mailbox/")


def test_the_console_channel_writes_the_sms(capsys):
    from outbox.channels.base import Envelope
    from outbox.channels.console import Gateway

    with Gateway() as channel:
        channel.send(Envelope("+84900000001", "<a@b>", "Chao"))
    assert capsys.readouterr().out == "SMS to +84900000001: Chao\n"


def test_the_pictures_of_a_mail_stand_in_its_html(client):
    delegate = registered(BridgePointFactory(), now=NOW).delegates.get()
    with time_machine.travel(NOW, tick=False):
        queue.deliver(clock=lambda: NOW)
    item = MailboxItem.objects.get(channel="email")
    response = client.get(f"/mailbox/{item.pk}/html/")
    (picture,) = re.findall(r'src="data:image/png;base64,([^"]+)"', response.content.decode())
    assert b64decode(picture) == qr.png(delegate.join_url)
    assert "cid:" not in response.content.decode()
    assert "img-src data:;" in f"{response['Content-Security-Policy']};"


def test_a_picture_that_a_mail_has_not_got_is_left_as_it_is(client):
    pk = mail(html='<img src="cid:qr@diemcau.test"><p>cid:qr@diemcau.test</p>')
    assert '<img src="cid:qr@diemcau.test">' in client.get(f"/mailbox/{pk}/html/").content.decode()
