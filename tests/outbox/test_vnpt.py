"""VNPT SMS Brandname."""

from urllib.parse import quote

import pytest
from django.utils import translation

from outbox.channels import http
from outbox.channels.base import Envelope, Refused, Stopped, Unavailable, Uncertain, Unreachable
from outbox.channels.vnpt import Gateway
from tests.support.fakes import SMTPSink
from tests.support.providers import DROP, HANG, VNPT, Answer, running

IDS = "label=61&contract=58&template=24&agent=18&username=chilang"


@pytest.fixture(autouse=True)
def _english_and_impatient(monkeypatch):
    monkeypatch.setattr(http, "TIMEOUTS", (2, 2))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with translation.override("en"):
        yield


@pytest.fixture
def vnpt():
    with running(VNPT()) as provider:
        yield provider


def url(netloc: str, ids: str = IDS, password: str = VNPT.PASSWORD) -> str:
    return f"vnpt+http://{quote(VNPT.USER, safe='')}:{quote(password, safe='')}@{netloc}{VNPT.PATH}?{ids}"


def envelope(text: str = "Kinh gui Ong Thu", **fields) -> Envelope:
    return Envelope(**{"address": "+84912345678", "message_id": "", "text": text, "reference": "7-abc", **fields})


def fault(provider: VNPT) -> Exception:
    with Gateway(url(provider.netloc)) as gateway, pytest.raises(Exception) as raised:  # noqa: PT011
        gateway.send(envelope())
    return raised.value


def test_the_text_goes_in_as_the_one_parameter_of_the_template(vnpt):
    with Gateway(url(vnpt.netloc)) as gateway:
        assert gateway.send(envelope()) == ""
    assert vnpt.taken == [
        {
            "name": "send_sms_list",
            "REQID": "7abc",
            "LABELID": "61",
            "CONTRACTTYPEID": "1",
            "CONTRACTID": "58",
            "TEMPLATEID": "24",
            "PARAMS": [{"NUM": "1", "CONTENT": "Kinh gui Ong Thu"}],
            "SCHEDULETIME": "",
            "MOBILELIST": "84912345678",
            "ISTELCOSUB": "0",
            "AGENTID": "18",
            "APIUSER": "api:user",
            "APIPASS": "p/ss",
            "USERNAME": "chilang",
            "DATACODING": "0",
        }
    ]


def test_accents_change_the_data_coding(vnpt):
    with Gateway(url(vnpt.netloc)) as gateway:
        gateway.send(envelope("Kính gửi"))
    assert vnpt.taken[0]["DATACODING"] == "8"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("1", Stopped),
        ("7", Stopped),
        ("13", Stopped),
        ("14", Stopped),
        ("15", Stopped),
        ("16", Unreachable),
        ("20", Stopped),
        ("21", Stopped),
        ("22", Stopped),
        ("25", Refused),
        ("29", Stopped),
        ("30", Refused),
        ("99", Unavailable),
    ],
)
def test_each_code_has_its_consequence_and_stands_in_brackets(vnpt, code, kind):
    vnpt.script = [{"RPLY": {"name": "send_sms_list", "ERROR": code, "ERROR_DESC": "x"}}]
    error = fault(vnpt)
    assert type(error) is kind
    assert str(error).endswith(f". (VNPT {code})")
    assert getattr(error, "bad_address", False) is False
    assert getattr(error, "pause", None) == (30 if code == "16" else None)


def test_a_wrong_password_stops_the_channel(vnpt):
    with Gateway(url(vnpt.netloc, password="wrong")) as gateway, pytest.raises(Stopped, match="VNPT 1"):
        gateway.send(envelope())


@pytest.mark.parametrize("lost", [DROP, Answer(502), Answer(200, "<html>"), {"RPLY": "0"}, {"RPLY": {}}, ["RPLY"]])
def test_a_message_whose_answer_was_lost_is_uncertain(vnpt, lost):
    vnpt.script = [vnpt.after(lost)]
    error = fault(vnpt)
    assert type(error) is Uncertain
    assert str(error).startswith("The answer of VNPT was lost: nobody knows whether the message arrives.")


def test_a_silent_far_side_is_uncertain(vnpt, monkeypatch):
    monkeypatch.setattr(http, "TIMEOUTS", (2, 0.1))
    vnpt.script = [HANG]
    assert type(fault(vnpt)) is Uncertain


def test_where_nobody_listens_nothing_is_uncertain():
    with Gateway(url(f"127.0.0.1:{SMTPSink.closed_port()}")) as gateway, pytest.raises(Unreachable):
        gateway.send(envelope())


def test_a_far_side_without_tls_leaves_nothing_uncertain(vnpt):
    with Gateway(url(vnpt.netloc).replace("vnpt+http", "vnpt")) as gateway, pytest.raises(Unreachable):
        gateway.send(envelope())
    assert vnpt.taken == []


@pytest.mark.parametrize("missing", ["label", "contract", "template", "agent", "username"])
def test_an_address_that_lacks_an_id_is_refused_in_words(missing):
    ids = IDS.replace(f"{missing}=", f"{missing}=&x_{missing}=")
    with pytest.raises(ValueError, match=f"lacks {missing}"):
        Gateway(url("h", ids))


def test_an_unknown_contract_type_is_refused_in_words():
    with pytest.raises(ValueError, match="contract_type is 1"):
        Gateway(url("h", f"{IDS}&contract_type=3"))


def test_there_are_no_reports_and_no_second_tries():
    assert (Gateway.reports, Gateway.repeatable) == (False, False)
    with pytest.raises(ValueError, match="no callback"):
        Gateway.read_callback({}, b"")
