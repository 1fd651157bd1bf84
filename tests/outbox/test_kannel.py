"""Kannel: the contract of its user guide, then the real programs with an SMPP operator behind them."""

import re

import pytest

from outbox.channels import kannel as channel_module
from outbox.channels import sms_parts
from outbox.channels.base import Outcome, Refused, Report, Stopped, Unavailable, Uncertain, Unreachable
from outbox.channels.kannel import Gateway
from tests.chaos.servers import free_port
from tests.support.operators import (
    Operator,
    WebServer,
    kannel,
    outcome,
    program,
    running,
    sms,
    wait_until,
)

ACCEPTED, QUEUED = (202, "0: Accepted for delivery"), (202, "3: Queued for later delivery")


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def web():
    server = WebServer()
    server.answer = lambda call: ACCEPTED
    yield server
    server.close()


def gateway(port: int, more: str = "?from=DIEMCAU") -> Gateway:
    return Gateway(f"kannel://diemcau:mat%20khau%26@127.0.0.1:{port}/{more}")


# The contract.


def test_a_message_has_the_parameters_of_the_user_guide(web):
    with gateway(web.port) as channel:
        assert channel.send(sms("Giá 5% & hơn+1", report_url="https://diemcau.test/report/s%20s/")) == ""
    (call,) = web.calls
    assert call.path == "/cgi-bin/sendsms"
    assert call.parameters == {
        "username": "diemcau",
        "password": "mat khau&",
        "from": "DIEMCAU",
        "to": "+84912345678",
        "text": "Giá 5% & hơn+1",
        "charset": "UTF-8",
        "coding": "2",
        "dlr-mask": "19",
        "dlr-url": "https://diemcau.test/report/s%%20s/?ref=1-abc&status=%d&answer=%A",
    }


def test_plain_text_goes_as_gsm_7_and_without_an_address_no_report_is_asked(web):
    with gateway(web.port, "other/path?from=84999") as channel:
        channel.send(sms("Moi Ong [den] hop €"))
    (call,) = web.calls
    assert (call.path, call.parameters["coding"], call.parameters["from"]) == ("/other/path", "0", "84999")
    assert not {"dlr-mask", "dlr-url"} & set(call.parameters)


def test_a_report_address_with_a_query_keeps_it(web):
    with gateway(web.port) as channel:
        channel.send(sms(report_url="https://diemcau.test/report/?a=1"))
    assert web.calls[0].parameters["dlr-url"].startswith("https://diemcau.test/report/?a=1&ref=1-abc&")


def test_a_batch_takes_one_connection(web):
    with gateway(web.port) as channel:
        for _ in range(5):
            channel.send(sms())
    assert (len(web.calls), web.connections) == (5, 1)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (ACCEPTED, str, ""),
        (QUEUED, str, ""),
        ((202, "Sent."), str, ""),
        ((200, "0: Accepted for delivery"), str, ""),
        ((200, "<html>Welcome"), Uncertain, "an answer that we do not understand (200 <html>Welcome)"),
        ((403, "Authorization failed for sendsms"), Stopped, "user name or password (403 Authorization failed"),
        ((401, ""), Stopped, "user name or password (401)"),
        ((403, "Not routable. Do not try again."), Refused, "refuses this message (403 Not routable"),
        ((400, "Number(s) has/have been denied by white- and/or black-lists."), Refused, "(400 Number(s)"),
        ((400, "Missing receiver number, rejected"), Refused, "does not know this phone number (400 Missing"),
        ((400, "Empty receiver number not allowed, rejected"), Refused, "does not know this phone number"),
        ((400, "Sender missing and no global set, rejected"), Stopped, "our settings (400 Sender missing"),
        ((400, "DLR-URL field misformed, rejected"), Stopped, "our settings (400 DLR-URL"),
        ((400, "UDH field misformed, rejected"), Refused, "refuses this message"),
        ((404, "Unknown request."), Stopped, "our settings (404 Unknown request.)"),
        ((302, ""), Stopped, "our settings (302)"),
        ((503, "Temporal failure, try again later."), Unreachable, "cannot take messages now (503 Temporal"),
        ((500, "Sending failed."), Unavailable, "cannot take this message now (500 Sending failed.)"),
        (None, Uncertain, "broke before it answered: the message may have arrived"),
    ],
)
def test_every_answer_has_its_meaning(web, answer, kind, words):
    web.answer = lambda call: answer
    with gateway(web.port) as channel:
        found, said = outcome(channel)
    assert (found, words in said) == (kind, True), said
    assert "khau" not in said
    assert len(web.calls) == 1


@pytest.mark.parametrize("text", ["Missing receiver number, rejected", "Number(s) has/have been denied"])
def test_only_what_is_no_number_is_a_bad_address(web, text):
    web.answer = lambda call: (400, text)
    with gateway(web.port) as channel, pytest.raises(Refused) as raised:
        channel.send(sms())
    assert raised.value.bad_address == text.startswith("Missing")


def test_no_kannel_at_all_is_unreachable_and_the_password_is_not_told(web):
    with gateway(free_port()) as channel:
        kind, words = outcome(channel)
    assert (kind, words) == (Unreachable, "The SMS gateway does not answer (NewConnectionError).")


def test_an_answer_that_takes_too_long_is_uncertain(web, monkeypatch):
    monkeypatch.setattr(channel_module, "TIMEOUTS", (5, 0.1))
    going_on = []
    web.answer = lambda call: wait_until(lambda: going_on, "the test") or ACCEPTED
    with gateway(web.port) as channel:
        assert outcome(channel)[0] is Uncertain
    going_on.append(True)


def test_tls_that_fails_needs_somebody_to_mend_it(web):
    url = f"kannel+https://u:p@127.0.0.1:{web.port}/?from=A"
    with Gateway(url) as channel:
        assert outcome(channel)[0] is Stopped


def test_kannel_is_not_looked_for_behind_a_proxy(web, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("no_proxy", raising=False)
    with gateway(web.port) as channel:
        assert channel.send(sms()) == ""


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("kannel://", "a Kannel address is"),
        ("http://u:p@host/?from=A", "a Kannel address is"),
        ("kannel://u:p@host/", "lacks ?from="),
        ("kannel://u:se/cret@host/?from=A", "percent-encoded"),
    ],
)
def test_an_address_that_cannot_work_is_refused(url, words):
    with pytest.raises(ValueError, match=re.escape(words)) as raised:
        Gateway(url)
    assert "cret" not in str(raised.value)


# Reports.


@pytest.mark.parametrize(
    ("status", "answer", "outcome", "words", "bad_address"),
    [
        ("1", "id:1 stat:DELIVRD err:000", Outcome.DELIVERED, "", False),
        ("9", "", Outcome.DELIVERED, "", False),
        ("2", "id:1 stat:UNDELIV err:001", Outcome.FAILED, "The phone could not be reached (UNDELIV 001).", False),
        ("2", "", Outcome.FAILED, "The phone could not be reached (DLR 2).", False),
        ("34", "id:1 stat:EXPIRED", Outcome.FAILED, "The phone could not be reached in time (EXPIRED).", False),
        (
            "16",
            "NACK/0x0000000b/Invalid Destination Address",
            Outcome.FAILED,
            "The SMS gateway does not know this phone number (ESME_RINVDSTADR).",
            True,
        ),
        (
            "16",
            "NACK/0x0000000a/Invalid Source Address",
            Outcome.FAILED,
            "The SMS gateway does not accept our sender name (ESME_RINVSRCADR).",
            False,
        ),
        ("16", "NACK/", Outcome.FAILED, "The operator refused the message (DLR 16).", False),
        ("18", "", Outcome.FAILED, "The operator refused the message (DLR 18).", False),
    ],
)
def test_a_report_is_understood(status, answer, outcome, words, bad_address):
    report = Report(outcome, reference="1-abc", words=words, bad_address=bad_address)
    assert Gateway.read_callback({"ref": "1-abc", "status": status, "answer": answer}, b"") == [report]


@pytest.mark.parametrize("status", ["4", "8", "12", "66"])
def test_a_report_that_is_not_the_last_word_is_none(status):
    assert Gateway.read_callback({"ref": "1-abc", "status": status}, b"") == []


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"status": "1"},
        {"ref": "", "status": "1"},
        {"ref": "a b", "status": "1"},
        {"ref": "a" * 41, "status": "1"},
        {"ref": "1-abc"},
        {"ref": "1-abc", "status": "%d"},
        {"ref": "1-abc", "status": "0"},
        {"ref": "1-abc", "status": "128"},
        {"ref": "1-abc", "status": "-1"},
        {"ref": "1-abc", "status": "٢"},
    ],
)
def test_a_call_that_is_no_report_is_an_error(parameters):
    with pytest.raises(ValueError, match=r"ref|status"):
        Gateway.read_callback(parameters, b"")


# The real programs.


@pytest.fixture
def operator():
    far_side = Operator()
    yield far_side
    far_side.close()


@pytest.fixture
def real(operator, tmp_path):
    smsc = f"""
smsc = smpp
host = 127.0.0.1
port = {operator.port}
transceiver-mode = true
smsc-username = kannel
smsc-password = secret
system-type = "VMA"
"""
    with kannel(smsc, tmp_path) as port:
        wait_until(lambda: operator.binds, "Kannel at the operator's")
        yield port


def test_a_message_goes_through_kannel_and_its_report_comes_back(real, operator, web):
    """And another one that the operator refuses, and a third that Kannel must divide."""
    operator.receipts = (
        "id:{id} sub:001 dlvrd:001 submit date:2707010300 done date:2707010301 stat:DELIVRD err:000 text:x"
    )
    web.answer = lambda call: (200, "ok\n")
    address = f"http://127.0.0.1:{web.port}/callbacks/report/sms/a%20b/"
    alphabet = "".join(sorted(sms_parts.ALPHABET))
    long_text = "Kính mời Ông dự hội nghị " * 12
    operator.answer = lambda submit: 0x0B if submit.destination_addr == "84900000000" else 0
    with gateway(real) as channel:
        assert channel.send(sms("Mời Ông dự họp", reference="1-abc", report_url=address)) == ""
        channel.send(sms("Moi", "+84900000000", reference="2-abc", report_url=address))
        channel.send(sms(alphabet, reference="3-abc"))
        channel.send(sms(long_text, reference="4-abc", report_url=address))
        with pytest.raises(Stopped):
            Gateway(f"kannel://diemcau:wrong@127.0.0.1:{real}/?from=A").send(sms())
    wait_until(lambda: len(web.calls) >= 3, "Kannel's reports")
    assert {call.path for call in web.calls} == {"/callbacks/report/sms/a%20b/"}
    reports = [report for call in web.calls for report in Gateway.read_callback(call.parameters, b"")]
    words = "The SMS gateway does not know this phone number (ESME_RINVDSTADR)."
    assert sorted(reports, key=lambda report: report.reference) == [
        Report(Outcome.DELIVERED, reference="1-abc"),
        Report(Outcome.FAILED, reference="2-abc", words=words, bad_address=True),
        Report(Outcome.DELIVERED, reference="4-abc"),
    ]
    first, _, plain, *parts = operator.submitted
    assert (first.source_addr, first.destination_addr, first.data_coding) == ("DIEMCAU", "84912345678", 8)
    assert first.short_message.decode("utf-16-be") == "Mời Ông dự họp"
    assert (plain.data_coding, plain.short_message) == (0, sms_parts.divide(alphabet, 0).payloads[0])
    assert b"".join(part.short_message[6:] for part in parts).decode("utf-16-be") == long_text


def test_kannel_without_an_operator_keeps_the_message(tmp_path):
    """ "3: Queued", and the simulator among Kannel's own tools gets it when it comes."""
    port = free_port()
    simulator = program("fakesmsc")
    with kannel(f"smsc = fake\nport = {port}\nconnect-allow-ip = 127.0.0.1", tmp_path) as real:
        with gateway(real) as channel:
            assert channel.send(sms("Moi Ong den hop")) == ""
        log = tmp_path / "fakesmsc.log"
        with running(simulator, "-H", "127.0.0.1", "-r", str(port), "-m", "0", "x y text z", folder=tmp_path):
            wait_until(lambda: "Moi+Ong" in log.read_text() or "Moi Ong" in log.read_text(), "the message")
