"""The e-mail channel, against a mail server and a mail service on this machine that answer as they are told."""

import itertools
import json
import smtplib
import socketserver
import ssl
from collections import defaultdict
from email import message_from_bytes, policy
from email.header import decode_header, make_header

import pytest
from anymail.exceptions import AnymailUnsupportedFeature
from django.core.mail import get_connection
from django.utils import translation

from outbox import queue, send
from outbox.channels import letter, smtp_session
from outbox.channels.base import Attachment, DeliveryError, Envelope, Refused, Stopped, Unavailable, Unreachable
from outbox.channels.email import EmailChannel, enhanced_code, no_such_mailbox
from outbox.models import Message
from tests.conftest import NOW
from tests.support.fakes import SMTPSink
from tests.support.providers import DROP, Answer, Provider, running


class Server(SMTPSink):
    """A mail server that can say no at every step.

    ``verbs`` maps a command ("EHLO", "AUTH", "MAIL", "RCPT", "354" for DATA itself, "DATA" for its end) to the answers
    to come, "drop" hangs up; ``per_connection``: it says 421 to the mail after so many. It hangs up after an answer
    that begins with one of its ``last_words``. ``heard`` are the commands.
    """

    def __init__(self) -> None:
        super().__init__()
        self.verbs: dict[str, list[str]] = defaultdict(list)
        self.per_connection = 10**6
        self.last_words: tuple[str, ...] = ("221", "421")
        self.features = ["sink", "AUTH PLAIN"]
        self.heard: list[str] = []

    def _talk(self, session: socketserver.StreamRequestHandler) -> None:
        session.wfile.write(b"220 sink\r\n")
        to, carried = "", 0
        while command := session.rfile.readline().decode():
            verb = command[:4].upper().strip()
            self.heard.append(verb)
            if verb == "RCPT":
                to = command.partition("<")[2].partition(">")[0]
            mail = self._read_mail(session) if verb == "DATA" else None
            if verb == "DATA" and mail is None:
                continue
            answer = self._next_answer(verb, self._usual_answer(verb, carried))
            if answer == "drop":
                return
            if mail is not None and answer.startswith("250"):
                carried += 1
                self.mails.append((to, message_from_bytes(mail, policy=policy.default)))
            session.wfile.write(f"{answer}\r\n".encode())
            if answer.startswith(self.last_words):
                return

    def _next_answer(self, verb: str, usual: str) -> str:
        return self.verbs[verb].pop(0) if self.verbs[verb] else usual

    def _usual_answer(self, verb: str, carried: int) -> str:
        if verb == "EHLO":
            *others, last = self.features
            return "\r\n".join([*(f"250-{feature}" for feature in others), f"250 {last}"])
        if verb == "MAIL" and carried >= self.per_connection:
            return "421 4.7.0 enough for one connection"
        return {"AUTH": "235 welcome", "DATA": "250 kept", "QUIT": "221 bye"}.get(verb, "250 ok")

    def _read_mail(self, session: socketserver.StreamRequestHandler) -> bytes | None:
        """The bytes that follow DATA; None where the server says that it does not want them."""
        answer = self._next_answer("354", "354 go on")
        session.wfile.write(f"{answer}\r\n".encode())
        if not answer.startswith("354"):
            return None
        return b"".join(itertools.takewhile(lambda line: line != b".\r\n", session.rfile))


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def using(settings, server: SMTPSink) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_TIMEOUT = 5


@pytest.fixture(params=["one by one", "pipelining"])
def server(request, settings):
    strict = Server()
    if request.param == "pipelining":
        strict.features.append("PIPELINING")
    using(settings, strict)
    yield strict
    strict.close()


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
    except DeliveryError as error:
        return f"{type(error).__name__}: {error}"
    return "sent"


def fault(address: str = "a@vidu.example", **fields) -> DeliveryError:
    with EmailChannel() as channel, pytest.raises(DeliveryError) as raised:
        channel.send(envelope(address, **fields))
    return raised.value


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


def test_a_calendar_keeps_its_method_and_its_name(sink):
    calendar = Attachment("huỷ.ics", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/calendar; method=CANCEL")
    with EmailChannel() as channel:
        channel.send(envelope(attachments=[calendar]))
    ((_, mail),) = sink.mails
    (file,) = mail.iter_attachments()
    assert file["Content-Type"] == 'text/calendar; method="CANCEL"; charset="utf-8"'
    assert dict(file["Content-Type"].params) == {"method": "CANCEL", "charset": "utf-8"}
    assert file.get_filename() == "huỷ.ics"
    assert file.get_content().splitlines() == ["BEGIN:VCALENDAR", "END:VCALENDAR"]


LONG = "Xác nhận đăng ký: Hội nghị kết nối tiêu thụ na Chi Lăng năm 2027 – Phòng họp trực tuyến VNPT Bắc Ninh"


def test_no_octet_needs_a_server_that_takes_eight_bits(sink):
    calendar = Attachment("hoi-nghi.ics", "SUMMARY:Hội nghị\r\nLOCATION:Số 1\r\n", "text/calendar; method=PUBLISH")
    with EmailChannel() as channel:
        channel.send(envelope(text="Kính gửi\n" + "ở " * 600, html="<p>Kính gửi…</p>", attachments=[calendar]))
    ((_, mail),) = sink.mails
    assert sink.raw[0].isascii()
    assert max(len(line) for line in sink.raw[0].split(b"\r\n")) <= 78
    assert mail.get_body(("plain",)).get_content().split() == ["Kính", "gửi", *["ở"] * 600]
    assert mail.get_body(("html",)).get_content().strip() == "<p>Kính gửi…</p>"
    (file,) = mail.iter_attachments()
    assert file.get_content().splitlines() == ["SUMMARY:Hội nghị", "LOCATION:Số 1"]


def test_a_long_header_begins_on_its_own_line_and_keeps_its_words(sink):
    with EmailChannel() as channel:
        channel.send(envelope(subject=LONG, sender_name="Hội nghị kết nối, tiêu thụ na Chi Lăng 2027"))
    head = sink.raw[0].partition(b"\r\n\r\n")[0]
    for line in head.split(b"\r\n"):
        assert len(line) <= (76 if b"=?" in line else 78), line
        assert not line.endswith(b":"), line
        assert not line.endswith(b": "), line
    ((_, mail),) = sink.mails
    assert mail["Subject"] == LONG
    # The library's newer parser leaves a blank between two encoded words of a name (RFC 2047 section 6.2).
    sender = str(make_header(decode_header(message_from_bytes(sink.raw[0])["From"])))
    assert sender == "Hội nghị kết nối, tiêu thụ na Chi Lăng 2027 <no-reply@diemcau.test>"


def test_a_picture_stands_in_the_html_and_a_file_beside_it(sink):
    picture = b"\x89PNG\r\n\x1a\nnot really"
    files = [
        Attachment("ma-qr.png", picture, "image/png", content_id="qr@diemcau.test"),
        Attachment("ma-qr.png", picture, "image/png"),
    ]
    with EmailChannel() as channel:
        channel.send(envelope(html='<img src="cid:qr@diemcau.test">', attachments=files))
    ((_, mail),) = sink.mails
    (related,) = [part for part in mail.walk() if part.get_content_type() == "multipart/related"]
    html, shown = related.iter_parts()
    assert html.get_content_type() == "text/html"
    assert (shown["Content-ID"], shown.get_content(), shown.get_content_disposition()) == (
        "<qr@diemcau.test>", picture, "inline",
    )  # fmt: skip
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_content(), file.get_content_disposition()) == (
        "ma-qr.png", picture, "attachment",
    )  # fmt: skip


@pytest.mark.parametrize(("scheme", "one_click"), [("https", "List-Unsubscribe=One-Click"), ("http", None)])
def test_a_mail_that_may_be_stopped_says_where(sink, scheme, one_click):
    with EmailChannel() as channel:
        channel.send(envelope(unsubscribe_url=f"{scheme}://diemcau.test/s/1-abc/"))
        channel.send(envelope("b@vidu.example"))
    (_, mail), (_, other) = sink.mails
    assert mail["List-Unsubscribe"] == f"<{scheme}://diemcau.test/s/1-abc/>"
    assert mail["List-Unsubscribe-Post"] == one_click
    assert other["List-Unsubscribe"] is None


# --- no to one mail -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "answer", "words", "bad_address"),
    [
        ("RCPT", "550 no such user", "The mailbox does not exist.", True),
        ("RCPT", "551 not local", "The mailbox does not exist.", True),
        ("RCPT", "553 bad name", "The mailbox does not exist.", True),
        ("RCPT", "550 5.1.1 unknown user", "The mailbox does not exist.", True),
        ("RCPT", "554 5.1.10 not found", "The mailbox does not exist.", True),
        ("RCPT", "550 5.2.1 disabled", "The mailbox does not exist.", True),
        ("RCPT", "550 5.7.1 relaying denied by 5.1.1.1", "The mail server refused this mail.", False),
        ("RCPT", "554 no", "The mail server refused this mail.", False),
        ("RCPT", "552 5.2.2 over quota", "The mailbox is full or does not take mails of this size.", False),
        ("RCPT", "552 full", "The mailbox is full or does not take mails of this size.", False),
        ("DATA", "550 spam", "The mail server refused this mail.", False),
        ("DATA", "550 5.1.1 unknown user", "The mailbox does not exist.", True),
        ("DATA", "554 5.6.0 no", "The mail server refused this mail.", False),
        ("354", "554 no valid recipients", "The mail server refused this mail.", False),
        ("MAIL", "552 5.3.4 too big", "The mailbox is full or does not take mails of this size.", False),
    ],
)
def test_a_permanent_no_is_final_with_the_server_s_own_line(server, step, answer, words, bad_address):
    server.verbs[step] = [answer]
    with EmailChannel() as channel:
        with pytest.raises(Refused) as raised:
            channel.send(envelope())
        assert (str(raised.value), raised.value.bad_address) == (f"{words} ({answer})", bad_address)
        assert outcome(channel, "b@vidu.example") == "sent"
    assert server.connections == 1, "the next one goes over the same connection"


@pytest.mark.parametrize("step", ["RCPT", "DATA", "354"])
@pytest.mark.parametrize("answer", ["450 try later", "451 4.3.0 local trouble"])
def test_a_passing_no_means_later_for_this_mail(server, step, answer):
    server.verbs[step] = [answer]
    with EmailChannel() as channel:
        assert outcome(channel, "a@vidu.example") == f"Unavailable: The mail server asks us to try later. ({answer})"
        assert outcome(channel, "b@vidu.example") == "sent"
    assert server.connections == 1


def test_an_answer_of_several_lines_becomes_one(server):
    server.verbs["RCPT"] = ["550-5.1.1 no such user\r\n550 5.1.1 here"]
    assert str(fault()) == "The mailbox does not exist. (550 5.1.1 no such user 5.1.1 here)"


# --- no to all mails ------------------------------------------------------------------------------------------------


def test_a_sender_that_is_not_accepted_stops_the_channel(server):
    server.verbs["MAIL"] = ["550 5.7.1 not your domain"]
    error = fault()
    assert (type(error), str(error)) == (
        Stopped,
        "The mail server does not accept our sender address. (550 5.7.1 not your domain)",
    )


def test_a_server_that_takes_nothing_for_now_rests(server):
    server.verbs["MAIL"] = ["452 4.3.1 no space"]
    assert type(fault()) is Unreachable


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_a_server_that_wants_a_sign_in_stops_the_channel(server, step):
    server.verbs[step] = ["530 5.7.0 authentication required"]
    assert type(fault()) is Stopped


@pytest.mark.parametrize("code", ["534", "535"])
def test_a_wrong_password_stops_the_channel(settings, server, code):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "user", "wrong"
    server.verbs["AUTH"] = [f"{code} 5.7.8 wrong"] * 2
    with EmailChannel() as channel:
        for _ in range(2):
            with pytest.raises(Stopped, match=f"user name and password. .{code} 5.7.8 wrong"):
                channel.send(envelope())
    assert (server.mails, server.heard.count("MAIL")) == ([], 0)


def test_a_sign_in_that_fails_for_now_rests(settings, server):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "user", "right"
    server.verbs["AUTH"] = ["454 4.7.0 try later"]
    assert type(fault()) is Unreachable


@pytest.mark.parametrize("setting", ["EMAIL_USE_TLS", "EMAIL_HOST_USER"])
def test_a_server_without_what_the_settings_ask_for_stops_the_channel(settings, server, setting):
    server.features = ["sink"]
    settings.EMAIL_HOST_PASSWORD = "secret"
    setattr(settings, setting, setting != "EMAIL_HOST_USER" or "user")
    error = fault()
    assert type(error) is Stopped
    assert "does not offer what the settings ask for" in str(error)


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "354"])
@pytest.mark.parametrize("answer", ["421 4.3.2 closing", "drop"])
def test_a_server_that_hangs_up_rests_and_the_next_mail_gets_a_new_connection(server, step, answer):
    server.verbs[step] = [answer]
    with EmailChannel() as channel:
        assert outcome(channel, "a@vidu.example").startswith("Unreachable: The mail server broke off. (")
        assert outcome(channel, "b@vidu.example") == "sent"
    assert [to for to, _ in server.mails] == ["b@vidu.example"]
    assert server.connections == 2


def test_a_server_with_a_limit_for_each_connection_loses_no_time(server):
    server.per_connection = 3
    with EmailChannel() as channel:
        for number in range(10):
            channel.send(envelope(f"n{number}@vidu.example"))
    assert (len(server.mails), server.connections) == (10, 4)


def test_a_server_that_hangs_up_twice_is_not_asked_a_third_time(server):
    with EmailChannel() as channel:
        channel.send(envelope())
        server.verbs["RCPT"] = ["drop", "drop", "250 ok"]
        assert outcome(channel, "b@vidu.example").startswith("Unreachable: ")
    assert server.connections == 2


@pytest.mark.parametrize("greeting", ["554 no service here", "421 too many connections", "SSH-2.0-OpenSSH"])
def test_a_server_that_does_not_let_us_in_says_nothing_about_the_address(sink, greeting):
    sink.greeting = greeting
    assert type(fault()) is Unreachable


def test_no_server_at_all_means_later(settings, sink):
    settings.EMAIL_PORT = SMTPSink.closed_port()
    error = fault()
    assert type(error) is Unreachable
    assert "refused" in str(error)


def test_a_server_that_hangs_means_later(settings, sink, monkeypatch):
    settings.EMAIL_TIMEOUT = 0.2
    monkeypatch.setattr(sink, "_talk", lambda session: session.rfile.readline())
    assert type(fault()) is Unreachable


def test_a_server_without_tls_means_later(settings, sink):
    settings.EMAIL_USE_SSL = True
    error = fault()
    assert type(error) is Unreachable
    assert isinstance(error.__cause__, ssl.SSLError)


def test_a_greeting_that_fails_is_not_the_mail_s_fault(server):
    server.verbs["EHLO"] = ["502 what?"]
    server.verbs["HELO"] = ["502 what?"]
    error = fault()
    assert (type(error), type(error.__cause__)) == (Unreachable, smtplib.SMTPHeloError)


def refused_and_sent(server: Server) -> None:
    """The first mail is refused for its mailbox, and the next one leaves."""
    with EmailChannel() as channel:
        with pytest.raises(Refused) as raised:
            channel.send(envelope("bad@vidu.example"))
        assert raised.value.bad_address
        assert outcome(channel, "a@vidu.example") == "sent"
    assert [to for to, _ in server.mails] == ["a@vidu.example"]


def test_a_server_that_says_no_and_hangs_up_is_believed(server):
    server.verbs["RCPT"] = ["550 5.1.1 no such mailbox"]
    server.last_words += ("550",)
    refused_and_sent(server)


@pytest.mark.parametrize("server", ["pipelining"], indirect=True)
@pytest.mark.parametrize(("step", "answer"), [("354", "421 4.7.0 too many"), ("DATA", "drop")])
def test_a_no_stands_however_the_rest_of_what_was_said_in_one_go_ends(server, step, answer):
    server.verbs["RCPT"] = ["550 5.1.1 no such mailbox"]
    server.verbs[step] = [answer]
    refused_and_sent(server)


# --- speed ----------------------------------------------------------------------------------------------------------


def test_a_mail_takes_no_more_steps_than_django_s_own(server):
    with EmailChannel() as channel:
        mails = [letter.letter(envelope(f"n{number}@vidu.example")) for number in range(5)]
        for number in range(5):
            channel.send(envelope(f"n{number}@vidu.example"))
    ours, server.heard = server.heard, []
    with get_connection() as connection:
        connection.send_messages(mails)
    assert ours == server.heard


@pytest.mark.parametrize(("feature", "times"), [("PIPELINING", 2), ("8BITMIME", 4)])
def test_what_comes_before_the_text_is_said_in_one_go_where_the_server_offers_it(sink, monkeypatch, feature, times):
    said = []
    say = smtp_session._Conversation.send
    monkeypatch.setattr(smtp_session._Conversation, "send", lambda self, s: said.append(s) or say(self, s))
    server = Server()
    server.features = ["sink", feature]
    monkeypatch.setattr("django.conf.settings.EMAIL_PORT", server.port)
    with EmailChannel() as channel:
        channel.send(envelope())
        said.clear()
        channel.send(envelope("b@vidu.example"))
        assert len(said) == times
    server.close()
    assert [to for to, _ in server.mails] == ["a@vidu.example", "b@vidu.example"]


def test_no_line_of_a_text_ends_it(sink):
    text = ".\n..\n.đầu dòng\n\n.\n"
    with EmailChannel() as channel:
        channel.send(envelope(text=text))
        channel.send(envelope("b@vidu.example", text="Khác"))
    assert smtp_session._as_text(b".a\r\n.\r\n..b") == b"..a\r\n..\r\n...b\r\n.\r\n"
    (_, mail), (_, other) = sink.mails
    assert (mail.get_content().replace("\r\n", "\n"), other.get_content().strip()) == (text, "Khác")


@pytest.mark.django_db
def test_a_round_of_the_outbox_over_one_connection_survives_bad_addresses(sink):
    sink.rcpt = {"bad@vidu.example": "550 no such mailbox", "later@vidu.example": "450 greylisted"}
    names = ["a", "bad", "b", "later", "c"]
    queue.post(
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
    tally = queue.deliver(clock=lambda: NOW)
    assert tally == {"sent": 3, "failed": 1, "queued": 1}
    assert [to.partition("@")[0] for to, _ in sink.mails] == ["a", "b", "c"]
    assert sink.mails[0][1]["Message-ID"] == send.message_id("a")
    assert Message.objects.get(key="bad").error == "The mailbox does not exist. (550 no such mailbox)"


def test_a_name_with_line_breaks_makes_no_header(sink):
    with EmailChannel() as channel, pytest.raises(Exception, match="newlines"):
        channel.send(envelope(subject="Một\r\nBcc: evil@vidu.example"))
    assert sink.mails == []


@pytest.mark.parametrize(
    ("text", "code", "gone"),
    [
        ("smtp;550 5.1.1 no such user", "5.1.1", True),
        ("5.1.8 bad sender", "5.1.8", False),
        ("host 5.1.1.1 said no", "", False),
        ("", "", False),
    ],
)
def test_enhanced_codes_are_told_from_addresses(text, code, gone):
    assert (enhanced_code(text), no_such_mailbox(enhanced_code(text))) == (code, gone)


# --- a mail service -------------------------------------------------------------------------------------------------


class Postmark(Provider):
    """postmarkapp.com/developer: POST /email; ``status`` and ``words`` are answered in place of success."""

    TOKEN = "server-token"

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> object:
        if path != "/email" or headers.get("x-postmark-server-token") != self.TOKEN:
            return Answer(401, json.dumps({"ErrorCode": 10, "Message": "Bad or missing Server API token."}))
        mail = json.loads(body)
        if mail["To"].startswith("gone@"):
            words = "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: "
            return Answer(
                422, json.dumps({"ErrorCode": 406, "Message": words + f"{mail['To']}. Inactive recipients are"})
            )
        self.taken.append(mail)
        return {"ErrorCode": 0, "Message": "OK", "MessageID": f"pm{len(self.taken)}", "To": mail["To"]}


@pytest.fixture
def postmark(settings, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running(Postmark()) as provider:
        settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
        settings.ANYMAIL = {
            "POSTMARK_SERVER_TOKEN": Postmark.TOKEN,
            "POSTMARK_API_URL": f"http://{provider.netloc}/",
            "REQUESTS_TIMEOUT": (2, 2),
        }
        yield provider


def test_a_mail_service_s_number_is_the_reference_for_its_reports(postmark):
    calendar = Attachment("hoi-nghi.ics", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/calendar; method=CANCEL")
    with EmailChannel() as channel:
        assert channel.send(envelope(attachments=[calendar])) == "pm1"
        assert channel.send(envelope("b@vidu.example")) == "pm2"
    assert postmark.connections == 1
    mail = postmark.taken[0]
    assert {"Name": "Message-ID", "Value": "<a@diemcau.test>"} in mail["Headers"]
    (file,) = mail["Attachments"]
    assert file["Name"] == "hoi-nghi.ics"
    assert file["ContentType"].replace('"', "") == "text/calendar; method=CANCEL; charset=utf-8"


def test_an_address_that_the_service_does_not_serve_is_bad(postmark):
    error = fault("gone@vidu.example")
    assert (type(error), error.bad_address) == (Refused, True)
    assert str(error) == "The mail service does not send to this address."


@pytest.mark.parametrize(
    ("step", "kind", "words"),
    [
        (Answer(401, "{}"), Stopped, "(HTTP 401)"),
        (Answer(402, "{}"), Stopped, "(HTTP 402)"),
        (Answer(403, "{}"), Stopped, "(HTTP 403)"),
        (Answer(404, "{}"), Stopped, "(HTTP 404)"),
        (Answer(413, "{}"), Refused, "(HTTP 413)"),
        (Answer(429, "{}"), Unreachable, "(HTTP 429)"),
        (Answer(500, "{}"), Unavailable, "(HTTP 500)"),
        (Answer(503, ""), Unavailable, "(HTTP 503)"),
        (DROP, Unreachable, "(ConnectionError)"),
    ],
)
def test_a_mail_service_s_fault_has_its_consequence(postmark, step, kind, words):
    postmark.script = [step]
    error = fault()
    assert type(error) is kind
    assert str(error).endswith(words)
    assert getattr(error, "bad_address", False) is False


def test_a_mail_that_the_service_cannot_express_is_refused(postmark, monkeypatch):
    def unsupported(*args: object) -> None:
        raise AnymailUnsupportedFeature("x")

    monkeypatch.setattr("anymail.backends.postmark.PostmarkPayload.set_reply_to", unsupported)
    assert type(fault(reply_to="btc@vidu.example")) is Refused


def test_a_mail_service_without_its_key_is_named_at_the_start(settings):
    settings.EMAIL_BACKEND, settings.ANYMAIL = "anymail.backends.postmark.EmailBackend", {}
    with pytest.raises(ValueError, match="POSTMARK_SERVER_TOKEN"):
        EmailChannel()


@pytest.mark.parametrize(
    "address", ["an.nguyen+hop@thu.vidu.example", "an..b@vidu.example", '"an b"@vidu.example', "an"]
)
def test_an_address_is_quoted_as_the_library_quotes_it(address):
    assert smtp_session._quoted(address) == smtplib.quoteaddr(address)
