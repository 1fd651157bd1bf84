"""The e-mail channel, against a mail server on this machine that answers as it is told."""

import pytest

from notifications import outbox
from notifications.channels.base import Attachment, Envelope, Refused, Unavailable
from notifications.channels.email import EmailChannel
from notifications.models import Message
from tests.conftest import NOW
from tests.notifications.fakes import SMTPSink


@pytest.fixture
def sink(settings):
    server = SMTPSink()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_TIMEOUT = 5
    yield server
    server.close()


def envelope(address: str = "a@vidu.example", **fields) -> Envelope:
    return Envelope(
        **{
            "address": address,
            "message_id": f"<{address.partition('@')[0]}@diemcau.test>",
            "subject": "Đăng ký: Na Chi Lăng",
            "text": "Kính gửi Ông Thụ",
            **fields,
        }
    )


def outcome(channel: EmailChannel, address: str) -> str:
    try:
        channel.send(envelope(address))
    except (Refused, Unavailable) as error:
        return f"{type(error).__name__}: {error}"
    return "sent"


def test_a_mail_arrives_whole(sink):
    calendar = Attachment("hoi-nghi.ics", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/calendar")
    with EmailChannel() as channel:
        channel.send(
            envelope(
                html="<p>Kính gửi</p>",
                sender_name="Na Chi Lăng 2027",
                reply_to="btc@vidu.example",
                language="en",
                attachments=[calendar],
            )
        )
    ((to, mail),) = sink.mails
    assert to == "a@vidu.example"
    assert mail["Subject"] == "Đăng ký: Na Chi Lăng"
    assert mail["From"] == "Na Chi Lăng 2027 <no-reply@diemcau.test>"
    assert mail["Reply-To"] == "btc@vidu.example"
    assert mail["Message-ID"] == "<a@diemcau.test>"
    assert (mail["Auto-Submitted"], mail["Content-Language"]) == ("auto-generated", "en")
    assert mail.get_body(("plain",)).get_content().strip() == "Kính gửi Ông Thụ"
    assert mail.get_body(("html",)).get_content().strip() == "<p>Kính gửi</p>"
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("hoi-nghi.ics", "text/calendar")


def test_a_batch_takes_one_connection(sink):
    with EmailChannel() as channel:
        for number in range(10):
            channel.send(envelope(f"n{number}@vidu.example"))
    assert (len(sink.mails), sink.connections) == (10, 1)


def test_without_mails_there_is_no_connection(sink):
    with EmailChannel():
        pass
    assert sink.connections == 0


@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_a_permanent_no_is_final_with_the_server_s_words(sink, stage):
    getattr(sink, stage)["a@vidu.example"] = "550 no such mailbox"
    with EmailChannel() as channel:
        assert outcome(channel, "a@vidu.example") == "Refused: 550 no such mailbox"
        assert outcome(channel, "b@vidu.example") == "sent"
    assert sink.connections == 1, "the next one goes over the same connection"


@pytest.mark.parametrize("stage", ["rcpt", "data"])
@pytest.mark.parametrize("answer", ["421 busy", "450 try later", "451 local trouble"])
def test_a_passing_no_means_later(sink, stage, answer):
    getattr(sink, stage)["a@vidu.example"] = answer
    with EmailChannel() as channel:
        assert outcome(channel, "a@vidu.example") == f"Unavailable: {answer}"
        assert outcome(channel, "b@vidu.example") == "sent"


@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_a_server_that_hangs_up_means_later_and_the_next_mail_gets_a_new_connection(sink, stage):
    getattr(sink, stage)["a@vidu.example"] = "drop"
    with EmailChannel() as channel:
        assert outcome(channel, "a@vidu.example").startswith("Unavailable: ")
        assert outcome(channel, "b@vidu.example") == "sent"
    assert [to for to, _ in sink.mails] == ["b@vidu.example"]
    assert sink.connections == 2


@pytest.mark.parametrize("greeting", ["554 no service here", "421 too many connections", "SSH-2.0-OpenSSH"])
def test_a_server_that_does_not_let_us_in_says_nothing_about_the_address(sink, greeting):
    sink.greeting = greeting
    with EmailChannel() as channel:
        assert outcome(channel, "a@vidu.example").startswith("Unavailable: ")


def test_no_server_at_all_means_later(settings, sink):
    settings.EMAIL_PORT = SMTPSink.closed_port()
    with EmailChannel() as channel:
        assert "refused" in outcome(channel, "a@vidu.example")


def test_a_server_that_hangs_means_later(settings, sink, monkeypatch):
    settings.EMAIL_TIMEOUT = 0.2
    monkeypatch.setattr(sink, "_talk", lambda session: session.rfile.readline())
    with EmailChannel() as channel:
        assert outcome(channel, "a@vidu.example").startswith("Unavailable: ")


def test_a_wrong_password_is_not_the_recipient_s_fault(settings, sink):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "user", "wrong"
    with EmailChannel() as channel:
        assert outcome(channel, "a@vidu.example").startswith("Unavailable: ")


@pytest.mark.django_db
def test_a_round_of_the_outbox_over_one_connection_survives_bad_addresses(sink):
    sink.rcpt = {"bad@vidu.example": "550 no such mailbox", "later@vidu.example": "450 greylisted"}
    names = ["a", "bad", "b", "later", "c"]
    outbox.post(
        Message(
            key=name,
            channel="email",
            address=f"{name}@vidu.example",
            subject="S",
            text="T",
            due_at=NOW,
            created_at=NOW,
        )
        for name in names
    )
    tally = outbox.deliver(clock=lambda: NOW)
    assert tally == {"sent": 3, "failed": 1, "queued": 1}
    assert [to.partition("@")[0] for to, _ in sink.mails] == ["a", "b", "c"]
    assert sink.mails[0][1]["Message-ID"] == outbox.message_id("a")
    assert Message.objects.get(key="bad").error == "550 no such mailbox"


def test_a_name_with_line_breaks_makes_no_header(sink):
    with EmailChannel() as channel, pytest.raises(Exception, match="newlines"):
        channel.send(envelope(subject="Một\r\nBcc: evil@vidu.example"))
    assert sink.mails == []
