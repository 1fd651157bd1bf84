"""eSMS, and what all channels over HTTP do when the line or the far side fails."""

import ssl
from datetime import UTC, datetime
from ipaddress import ip_address
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.utils import translation
from time_machine import travel

from outbox.channels import http
from outbox.channels.base import Envelope, Outcome, Refused, Report, Stopped, Unavailable, Uncertain, Unreachable
from outbox.channels.esms import Gateway
from tests.support.fakes import SMTPSink
from tests.support.providers import DROP, ESMS, HANG, Answer, running

NUMBER = "+84912345678"


@pytest.fixture(autouse=True)
def _english_and_impatient(monkeypatch):
    monkeypatch.setattr(http, "TIMEOUTS", (2, 2))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    # By day in Vietnam, where a RequestId is known again.
    with translation.override("en"), travel("2027-07-01T03:00:00Z", tick=True):
        yield


@pytest.fixture
def esms():
    with running(ESMS()) as provider:
        yield provider


def url(netloc: str, *, key: str = ESMS.KEY, secret: str = ESMS.SECRET, options: str = "brandname=CHILANG") -> str:
    return f"esms+http://{quote(key, safe='')}:{quote(secret, safe='')}@{netloc}/?{options}"


def envelope(text: str = "Kinh gui Ong Thu", **fields) -> Envelope:
    return Envelope(**{"address": NUMBER, "message_id": "", "text": text, "reference": "7-abc", **fields})


def fault(provider: ESMS, **fields) -> Exception:
    """What one message raises."""
    with Gateway(url(provider.netloc)) as gateway, pytest.raises(Exception) as raised:  # noqa: PT011
        gateway.send(envelope(**fields))
    return raised.value


def test_a_message_arrives_with_everything_the_document_asks_for(esms):
    with Gateway(url(esms.netloc)) as gateway:
        reference = gateway.send(envelope(report_url="https://diemcau.test/callback/sms/secret/"))
    assert reference == "sms1"
    assert esms.taken == [
        {
            "ApiKey": "k/ey",
            "SecretKey": "s@cret",
            "Phone": "84912345678",
            "Content": "Kinh gui Ong Thu",
            "Brandname": "CHILANG",
            "SmsType": "2",
            "IsUnicode": "0",
            "Sandbox": "0",
            "RequestId": "7-abc",
            "CallbackUrl": "https://diemcau.test/callback/sms/secret/",
        }
    ]


def test_without_a_report_address_none_is_given(esms):
    with Gateway(url(esms.netloc)) as gateway:
        gateway.send(envelope())
    assert "CallbackUrl" not in esms.taken[0]


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("Kinh gui [Ong]", "", "0"),
        ("Kính gửi", "", "1"),
        ("Kính gửi", "&unicode=0", "0"),
        ("Kinh gui", "&unicode=1", "1"),
    ],
)
def test_accents_are_announced_unless_the_setting_says_otherwise(esms, text, options, expected):
    with Gateway(url(esms.netloc, options=f"brandname=CHILANG{options}")) as gateway:
        gateway.send(envelope(text))
    assert esms.taken[0]["IsUnicode"] == expected


def test_a_trial_is_marked_as_one(esms):
    with Gateway(url(esms.netloc, options="brandname=CHILANG&sandbox=1")) as gateway:
        gateway.send(envelope())
    assert esms.taken[0]["Sandbox"] == "1"


def test_a_batch_takes_one_connection(esms):
    with Gateway(url(esms.netloc)) as gateway:
        for number in range(10):
            gateway.send(envelope(reference=f"{number}-abc"))
    assert (len(esms.taken), esms.connections) == (10, 1)


# --- answers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("99", Unavailable),
        ("101", Stopped),
        ("102", Stopped),
        ("103", Stopped),
        ("104", Stopped),
        ("108", Refused),
        ("118", Stopped),
        ("140", Stopped),
        ("146", Refused),
        ("177", Refused),
        ("4711", Unavailable),
    ],
)
def test_each_code_has_its_consequence_and_stands_in_brackets(esms, code, kind):
    esms.script = [{"CodeResult": code, "CountRegenerate": 0, "ErrorMessage": "x"}]
    error = fault(esms)
    assert type(error) is kind
    assert str(error).endswith(f". (eSMS {code})")
    assert getattr(error, "bad_address", False) is (code == "108")


def test_a_code_may_come_as_a_number(esms):
    esms.script = [{"CodeResult": 103}]
    assert str(fault(esms)) == "The balance at the SMS provider is used up. (eSMS 103)"


def test_an_answer_without_a_code_is_code_99(esms):
    esms.script = [{"error": "Invalid request"}]
    error = fault(esms)
    assert (type(error), str(error)[-9:]) == (Unavailable, "(eSMS 99)")


def test_a_wrong_key_stops_the_channel(esms):
    with Gateway(url(esms.netloc, key="wrong")) as gateway, pytest.raises(Stopped, match="eSMS 101"):
        gateway.send(envelope())


def test_a_landline_is_a_bad_address(esms):
    error = fault(esms, address="+842053870123")
    assert (type(error), error.bad_address) == (Refused, True)


# --- asked again -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", [DROP, Answer(504), Answer(200, "<html>")])
def test_a_message_whose_answer_was_lost_is_asked_again_and_sent_once(esms, lost):
    esms.script = [esms.after(lost)]
    with Gateway(url(esms.netloc)) as gateway:
        with pytest.raises(Unavailable) as raised:
            gateway.send(envelope())
        assert type(raised.value) is Unavailable, "the others are tried all the same"
        assert gateway.send(envelope()) == "", "a known RequestId is accepted, without the provider's number"
    assert len(esms.taken) == 1


def test_a_silent_far_side_is_a_lost_answer(esms, monkeypatch):
    monkeypatch.setattr(http, "TIMEOUTS", (2, 0.1))
    esms.script = [esms.after(HANG)]
    error = fault(esms)
    assert (type(error), str(error)) == (Unavailable, "eSMS did not answer. (ReadTimeout)")


def test_a_known_request_that_was_rejected_is_refused(esms):
    esms.had["7-abc"] = "4"
    error = fault(esms)
    assert (type(error), str(error)) == (Refused, "The SMS provider rejected the message. (eSMS 4)")


@pytest.mark.parametrize(
    ("hour", "kind"),
    [("2027-07-01T14:59:00Z", Unavailable), ("2027-07-01T15:00:00Z", Uncertain), ("2027-07-01T17:01:00Z", Unavailable)],
)
def test_late_in_the_evening_a_lost_answer_is_uncertain_because_request_ids_end_at_midnight(esms, hour, kind):
    esms.script = [DROP]
    with travel(hour, tick=False):
        assert type(fault(esms)) is kind


# --- the line --------------------------------------------------------------------------------------------------------


def test_where_nobody_listens_nothing_was_sent():
    with (
        Gateway(url(f"127.0.0.1:{SMTPSink.closed_port()}")) as gateway,
        pytest.raises(Unreachable, match=r"^eSMS cannot be reached. \(ConnectionError\)$"),
    ):
        gateway.send(envelope())


def test_a_server_without_tls_gets_nothing(esms):
    secure = url(esms.netloc).replace("esms+http", "esms")
    with Gateway(secure) as gateway, pytest.raises(Unreachable, match="SSLError"):
        gateway.send(envelope())
    assert esms.taken == []


def test_a_certificate_that_nobody_vouches_for_gets_nothing(esms, tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2027, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2028, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    file = tmp_path / "server.pem"
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(pem)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    esms._server.socket = context.wrap_socket(esms._server.socket, server_side=True)
    secure = url(esms.netloc).replace("esms+http", "esms")
    with Gateway(secure) as gateway, pytest.raises(Unreachable, match="SSLError"):
        gateway.send(envelope())
    assert esms.taken == []


@pytest.mark.parametrize("status", [301, 302, 401, 403, 404, 407])
def test_a_far_side_that_does_not_know_us_stops_the_channel(esms, status):
    esms.script = [Answer(status, "no", Location="http://127.0.0.1:9/")]
    error = fault(esms)
    assert type(error) is Stopped
    assert str(error).endswith(f"(HTTP {status})")
    assert esms.calls == 1, "no redirect is followed: it would carry our keys elsewhere"


@pytest.mark.parametrize("status", [400, 408, 500, 503])
def test_a_far_side_out_of_order_gets_the_message_later(esms, status):
    esms.script = [Answer(status, "no")]
    assert type(fault(esms)) is Unavailable


@pytest.mark.parametrize(
    ("status", "header", "pause"),
    [
        (429, "120", 120),
        (429, "Thu, 01 Jul 2027 03:02:00 GMT", pytest.approx(120, abs=30)),
        (429, "999999", 3600),
        (429, "soon", None),
        (429, "Thu, 01 Jul 2027 02:00:00 GMT", None),
        (503, "60", 60),
    ],
)
def test_a_far_side_that_wants_a_pause_gets_it(esms, status, header, pause):
    esms.script = [Answer(status, "{}", Retry_After=header)]
    error = fault(esms)
    assert (type(error), error.pause) == (Unreachable, pause)


def test_the_provider_s_own_answer_counts_more_than_the_http_status(esms):
    esms.script = [Answer(400, '{"CodeResult": "103"}')]
    assert type(fault(esms)) is Stopped


# --- the address -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("sms://k:s@h/?brandname=X", "must begin with esms://"),
        ("esms://k:s@/?brandname=X", "names no host"),
        ("esms://k@h/?brandname=X", "USER:PASSWORD"),
        ("esms://h/?brandname=X", "USER:PASSWORD"),
        ("esms://k:s@h/", "lacks brandname"),
        ("esms://k:s@h/?brandname=", "lacks brandname"),
        ("esms://k:s@h/?brandname=X&brand=Y", "unknown options: brand"),
        ("esms://k:s@h/?brandname=X&sandbox=yes", "sandbox is 0 or 1"),
        ("esms://k:s@h/?brandname=X&unicode=2", "unicode is auto"),
    ],
)
def test_an_address_that_lacks_something_is_refused_in_words(address, words):
    with pytest.raises(ValueError, match=words):
        Gateway(address)


def test_the_words_about_an_address_show_no_secret():
    with pytest.raises(ValueError, match="port is not a number") as raised:
        Gateway("esms://key:top/secret@h/?brandname=X")
    assert "top" not in str(raised.value)
    assert "secret" not in str(raised.value)


def test_the_path_and_https_are_the_document_s():
    address = http.read_address("esms://k:s@rest.esms.vn/?brandname=X", "esms", needed=["brandname"], path=ESMS.PATH)
    assert address.endpoint == f"https://rest.esms.vn{ESMS.PATH}"
    address = http.read_address("esms+http://k:s@[::1]:8080/own/path", "esms", path=ESMS.PATH)
    assert address.endpoint == "http://[::1]:8080/own/path"


# --- reports ---------------------------------------------------------------------------------------------------------


def callback(**parameters: str) -> dict[str, str]:
    """The document's example of a customer care message."""
    return {
        "SMSID": "dc712784",
        "SendFailed": "0",
        "SendStatus": "5",
        "SendSuccess": "1",
        "TotalPrice": "0.0000",
        "TotalReceiver": "1",
        "TotalSent": "1",
        "RequestId": "7-abc",
        "TypeId": "2",
        "telcoid": "1",
        "phonenumber": "0901888484",
        **parameters,
    }


def test_a_delivered_message_is_reported_by_our_reference():
    assert Gateway.read_callback(callback(), b"") == [Report(Outcome.DELIVERED, reference="7-abc")]


def test_without_our_reference_the_provider_s_stands_in():
    assert Gateway.read_callback(callback(RequestId=""), b"") == [
        Report(Outcome.DELIVERED, provider_reference="dc712784")
    ]


def test_sent_may_mean_failed():
    (report,) = Gateway.read_callback(callback(SendFailed="1", SendSuccess="0"), b"")
    assert (report.outcome, report.reference) == (Outcome.FAILED, "7-abc")
    assert report.words == "The operator could not deliver the SMS. (eSMS 5)"


def test_a_rejected_message_failed():
    (report,) = Gateway.read_callback(callback(SendStatus="4", SendSuccess="0"), b"")
    assert (report.outcome, report.words) == (Outcome.FAILED, "The SMS provider rejected the message. (eSMS 4)")


@pytest.mark.parametrize(
    "parameters", [{"SendStatus": "1"}, {"SendStatus": "2"}, {"SendStatus": "7"}, {"SendSuccess": "0"}]
)
def test_what_is_not_decided_yet_is_no_report(parameters):
    assert Gateway.read_callback(callback(**parameters), b"") == []


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        callback(RequestId="", SMSID=""),
        callback(SendStatus="9"),
        callback(SendStatus=""),
        callback(SendSuccess="many"),
        callback(SendSuccess="0", SendFailed="-1"),
        callback(SendSuccess="²"),
    ],
)
def test_anything_else_is_no_callback(parameters):
    with pytest.raises(ValueError, match=r"."):
        Gateway.read_callback(parameters, b"")
