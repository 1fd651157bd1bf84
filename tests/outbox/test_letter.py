"""A mail put together from its frame is the one that the library would write."""

import re
from dataclasses import replace

import pytest
import time_machine
from django.core.mail import BadHeaderError

from outbox.channels import letter
from outbox.channels.base import Attachment, Envelope
from tests.conftest import NOW

PICTURE = bytes(range(256)) * 3
CALENDAR = "BEGIN:VCALENDAR\r\nSUMMARY:Hội nghị kết nối\r\nEND:VCALENDAR\r\n"
FILES = [
    Attachment("hoi-nghi.ics", CALENDAR, "text/calendar; method=PUBLISH"),
    Attachment("ma-qr.png", PICTURE, "image/png", content_id="qr-12@diemcau.test"),
    Attachment("ma-qr.png", PICTURE, "image/png"),
    Attachment("mã của Ông Thụ.png", PICTURE[:100], "image/png"),
]
WHOLE = Envelope(
    address="dai.bieu@vidu.example",
    message_id="<0123456789@diemcau.test>",
    subject="Xác nhận đăng ký: Hội nghị kết nối tiêu thụ na Chi Lăng năm 2027 – Phòng họp trực tuyến VNPT Bắc Ninh",
    text="Kính gửi Ông/Bà\r\n.\n..hai chấm\n" + "ở " * 60 + " \nhết\n",
    html="<p>Kính gửi…</p>\n<a href='http://vidu.example/?a=1'>.</a>\n",
    sender_name="Hội nghị kết nối, tiêu thụ na Chi Lăng 2027",
    reply_to="btc@vidu.example",
    attachments=FILES,
)


def lines(mail: bytes) -> list[bytes]:
    """``mail`` with its random boundaries numbered."""
    for number, boundary in enumerate(dict.fromkeys(re.findall(rb'boundary="(==\w+==)"', mail))):
        mail = mail.replace(boundary, b"%d" % number)
    return mail.split(b"\r\n")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"html": ""},
        {"attachments": []},
        {"attachments": FILES[1:2]},
        {"html": "", "attachments": []},
        {
            "subject": "Registered: Chi Lang custard apple conference 2027 - the online room of VNPT Bac Ninh",
            "language": "en",
        },
        {"sender_name": "", "reply_to": ""},
        {"unsubscribe_url": "https://diemcau.test/s/1-abc/"},
        {"unsubscribe_url": "http://diemcau.test/s/1-" + "a" * 80},
        {"address": "hộp-thư@vidu.example"},
        {"address": "thu@ví-dụ.example"},
        {"address": "a" * 60 + "@" + "b" * 60 + ".example"},
        {
            "attachments": [
                Attachment("a.txt", "chữ".encode(), "text/plain"),
                Attachment("b.bin", "chữ", "application/x"),
            ]
        },
        {"attachments": [Attachment("shown.txt", "chữ", "text/plain", content_id="a@diemcau.test")]},
    ],
)
def test_a_mail_from_its_frame_is_the_library_s(changes):
    envelope = replace(WHOLE, **changes)
    with time_machine.travel(NOW, tick=False):
        for one in (envelope, replace(envelope, text="Khác\n", message_id="<other@diemcau.test>")):
            sender, _recipient, mail = letter.octets(one)
            assert lines(mail) == lines(letter.letter(one).message().as_bytes(linesep="\r\n"))
            assert sender == "no-reply@diemcau.test"
            assert mail.isascii()
            assert letter._MARK.encode() not in mail


def test_the_library_writes_once_what_many_mails_have_in_common(monkeypatch):
    letter.octets(WHOLE)
    monkeypatch.setattr(letter, "letter", None)
    _sender, recipient, mail = letter.octets(replace(WHOLE, address="khac@vidu.example", html="<p>Khác</p>"))
    assert (recipient, b"To: khac@vidu.example\r\n" in mail) == ("khac@vidu.example", True)


@pytest.mark.parametrize("field", ["subject", "message_id", "address", "unsubscribe_url"])
def test_nothing_filled_in_makes_a_header_of_its_own(field):
    letter.octets(replace(WHOLE, unsubscribe_url="http://a"))
    with pytest.raises((BadHeaderError, ValueError)):
        letter.octets(replace(WHOLE, **{field: "http:Một\r\nBcc: evil@vidu.example"}))


def test_no_text_can_end_its_part():
    """The boundary of a mail that somebody got may be that of the next one, too."""
    _sender, _recipient, mail = letter.octets(WHOLE)
    (boundary, *_others) = re.findall(rb'boundary="(==\w+==)"', mail)
    text = f"\n--{boundary.decode()}--\n{boundary.decode()}\n"
    _sender, _recipient, other = letter.octets(replace(WHOLE, text=text, html=text))
    assert other.count(boundary) == mail.count(boundary)
