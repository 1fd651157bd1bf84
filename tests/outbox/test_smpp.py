"""SMPP, against an operator on this machine whose PDUs another library reads and writes."""

import re
import ssl
import struct
from datetime import timedelta

import pytest
import smpp34
from smpplib import consts

from outbox.channels import smpp, sms_parts
from outbox.channels.base import DeliveryError, Refused, Stopped, Unavailable, Uncertain, Unreachable
from outbox.sms_length import measure
from tests.support.fakes import SMTPSink
from tests.support.operators import (
    ENQUIRE_LINK,
    RESPONSE,
    SUBMIT_SM,
    UNBIND,
    Operator,
    certificate,
    gateway,
    outcome,
    pdu,
    sms,
    wait_until,
)


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def operator():
    far_side = Operator()
    yield far_side
    far_side.close()


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(smpp, "TIMEOUT", 0.2)


def decoded(submits: list[smpp34.SubmitSm]) -> str:
    """The text that a phone shows, put together by its headers."""
    pieces = {}
    for submit in submits:
        length, element, size, number, count, place = submit.short_message[:6]
        assert (length, element, size, count) == (5, 0, 3, len(submits))
        pieces[place] = (number, submit.short_message[6:])
    assert sorted(pieces) == list(range(1, len(submits) + 1))
    assert len({number for number, _ in pieces.values()}) == 1
    octets = [pieces[place][1] for place in sorted(pieces)]
    if submits[0].data_coding == 8:
        # Each part must make sense by itself.
        return "".join(piece.decode("utf-16-be") for piece in octets)
    characters = {value: key for key, value in sms_parts._SEPTETS.items()}
    found = []
    for piece in octets:
        found += [characters[bytes(m)] for m in re.findall(rb"\x1b.|[^\x1b]", piece, re.DOTALL)]
        assert not piece.endswith(b"\x1b")
    return "".join(found)


# What goes out.


def test_a_message_has_the_fields_that_operators_expect(operator):
    with gateway(operator, more="&system_type=BRAND") as channel:
        assert channel.send(sms("Gia 100$ @ 5_a")) == "id-1"
    (bind,) = operator.binds
    assert (bind.command_id, bind.system_id, bind.password, bind.system_type, bind.version) == (
        0x09,
        "diemcau",
        "m@t/1",
        "BRAND",
        0x34,
    )
    (submit,) = operator.submitted
    assert (submit.source_addr, submit.source_addr_ton, submit.source_addr_npi) == ("DIEMCAU", 5, 0)
    assert (submit.destination_addr, submit.dest_addr_ton, submit.dest_addr_npi) == ("84912345678", 1, 1)
    assert (submit.data_coding, submit.esm_class, submit.registered_delivery) == (0, 0, 1)
    assert (submit.service_type, submit.protocol_id, submit.priority_flag) == ("", 0, 0)
    assert (submit.validity_period, submit.replace_if_present_flag, submit.tlvs) == ("", 0, [])
    assert submit.short_message == b"Gia 100\x02 \x00 5\x11a"
    assert operator.unbound == 1


@pytest.mark.parametrize("sender", ["%2B842053870123", "842053870123"])
def test_a_number_as_sender_is_an_international_number(operator, sender):
    with gateway(operator, sender) as channel:
        channel.send(sms())
    (submit,) = operator.submitted
    assert (submit.source_addr, submit.source_addr_ton, submit.source_addr_npi) == ("842053870123", 1, 1)


def test_vietnamese_letters_go_as_ucs_2(operator):
    with gateway(operator) as channel:
        channel.send(sms("Mời Ông dự họp"))
    (submit,) = operator.submitted
    assert (submit.data_coding, submit.esm_class) == (8, 0)
    assert submit.short_message.decode("utf-16-be") == "Mời Ông dự họp"


@pytest.mark.parametrize(
    ("text", "coding", "sizes"),
    [
        ("a" * 160, 0, [160]),
        ("a" * 161, 0, [159, 14]),
        ("Họp" * 23 + "a", 8, [140]),
        ("Họp" * 24, 8, [140, 16]),
        # An escape pair and a surrogate pair on the border go whole into the next part.
        ("a" * 152 + "€" + "b" * 20, 0, [158, 28]),
        ("ạ" * 66 + "😀" + "ạ" * 20, 8, [138, 50]),
        ("[Giấy mời] {họp} 😀 " * 40, 8, None),
        ("[Giay moi] {hop} ~ \\ | ^ € àÅ\n" * 20, 0, None),
    ],
)
def test_a_long_text_arrives_whole(operator, text, coding, sizes):
    with gateway(operator) as channel:
        reference = channel.send(sms(text))
    submits = operator.submitted
    assert {submit.data_coding for submit in submits} == {coding}
    assert all(submit.sm_length <= 160 - 20 * (coding == 8) for submit in submits)
    if sizes:
        assert [submit.sm_length for submit in submits] == sizes
    if len(submits) > 1:
        assert {submit.esm_class for submit in submits} == {0x40}
        assert decoded(submits) == text
    assert [submit.registered_delivery for submit in submits] == [0] * (len(submits) - 1) + [1]
    assert reference == f"id-{len(submits)}", "the receipt of the last part is the message's"


def test_two_long_texts_have_different_numbers(operator):
    with gateway(operator) as channel:
        channel.send(sms("a" * 200))
        channel.send(sms("b" * 200))
    first, _, second, _ = (submit.short_message[3] for submit in operator.submitted)
    assert first != second


def test_the_alphabet_is_the_one_that_lengths_are_measured_by():
    escaped = set("^{}\\[~]|€\f")
    assert {c for c, code in sms_parts._SEPTETS.items() if len(code) == 2} == escaped
    assert len({*sms_parts._SEPTETS.values()}) == len(sms_parts.ALPHABET) == 127 + len(escaped)
    for text in ("a" * 306, "[" * 76, "Mời họp " * 30, "x" * 160, "ă" * 70):
        assert len(sms_parts.divide(text, 1).payloads) == measure(text).parts


def test_a_text_of_more_than_255_parts_is_refused_before_anything_is_sent(operator):
    with gateway(operator) as channel:
        assert outcome(channel, sms("a" * 153 * 256))[0] is Refused
    assert operator.binds == []


@pytest.mark.parametrize(
    ("alphabet", "text", "coding", "octets"),
    [
        ("gsm7", "/j/a_b@ $", 0, b"/j/a\x11b\x00 \x02"),
        ("ascii", "/j/a_b@ $", 0, b"/j/a_b@ $"),
        ("latin1", "/j/a_b@ $ \u00e9", 0, b"/j/a_b@ $ \xe9"),
        # What the gateway's alphabet lacks, or the phone's.
        ("ascii", "\u00e9", 8, b"\x00\xe9"),
        ("latin1", "\u20ac", 8, b"\x20\xac"),
        ("ascii", "`", 8, b"\x00`"),
    ],
)
def test_the_default_alphabet_is_the_one_that_the_operator_has(operator, alphabet, text, coding, octets):
    with gateway(operator, more=f"&rate=1000&alphabet={alphabet}") as channel:
        channel.send(sms(text))
    (submit,) = operator.submitted
    assert (submit.data_coding, submit.short_message) == (coding, octets)


def test_a_long_text_in_another_alphabet_is_divided_as_the_phone_will_have_it(operator):
    """The operator makes two septets of each bracket."""
    with gateway(operator, more="&rate=1000&alphabet=ascii") as channel:
        channel.send(sms("[" * 100))
    assert [submit.sm_length for submit in operator.submitted] == [6 + 76, 6 + 24]


@pytest.mark.parametrize(
    ("valid_for", "period"),
    [
        (None, ""),
        (timedelta(minutes=10), "000000001000000R"),
        (timedelta(days=2, hours=3, minutes=4, seconds=5.5), "000002030405000R"),
        (timedelta(seconds=3), "000000000100000R"),
        (timedelta(days=40), ""),
    ],
)
def test_the_operator_is_told_until_when_a_message_makes_sense(operator, valid_for, period):
    with gateway(operator) as channel:
        channel.send(sms("a" * 200, valid_for=valid_for))
    assert [submit.validity_period for submit in operator.submitted] == [period] * 2


def test_an_operator_that_takes_no_validity_gets_the_message_without(operator):
    operator.answer = lambda submit: consts.SMPP_ESME_RINVEXPIRY if submit.validity_period else 0
    with gateway(operator) as channel:
        assert outcome(channel, sms(valid_for=timedelta(hours=1))) == (str, "id-2")


# What the operator says to it.

STATUSES = {
    Refused: "RINVMSGLEN RINVCMDLEN RINVDSTADR RINVESMCLASS RX_P_APPN RX_R_APPN RINVPARLEN RDELIVERYFAILURE",
    Stopped: (
        "RINVCMDID RINVBNDSTS RINVPRTFLG RINVREGDLVFLG RINVSRCADR RBINDFAIL RINVPASWD RINVSYSID RINVSERTYP "
        "RINVSRCTON RINVSRCNPI RINVDSTTON RINVDSTNPI RINVSYSTYP"
    ),
    Unreachable: "RALYBND RMSGQFUL RTHROTTLED",
    Unavailable: (
        "RSYSERR RINVMSGID RCANCELFAIL RREPLACEFAIL RINVNUMDESTS RINVDLNAME RINVDESTFLAG RINVSUBREP RCNTSUBDL "
        "RSUBMITFAIL RINVREPFLAG RINVNUMMSGS RINVSCHED RINVEXPIRY RINVDFTMSGID RX_T_APPN RQUERYFAIL "
        "RINVOPTPARSTREAM ROPTPARNOTALLWD RMISSINGOPTPARAM RINVOPTPARAMVAL RUNKNOWNERR"
    ),
}


def test_every_status_has_its_meaning(operator):
    """In one session: a refused message does not end it."""
    known = {name.removeprefix("SMPP_ESME_") for name in vars(consts) if name.startswith("SMPP_ESME_")} - {"ROK"}
    kinds = {name: kind for kind, names in STATUSES.items() for name in names.split()}
    assert known == set(kinds)
    with gateway(operator) as channel:
        for name, kind in kinds.items():
            status = getattr(consts, f"SMPP_ESME_{name}")
            operator.answer = lambda submit, status=status: status
            with pytest.raises(DeliveryError) as raised:
                channel.send(sms())
            assert type(raised.value) is kind, name
            assert str(raised.value).endswith(f"(ESME_{name}).")
            assert getattr(raised.value, "bad_address", False) == (name == "RINVDSTADR")
            pauses = {"RTHROTTLED": 10, "RMSGQFUL": 60, "RALYBND": 60}
            assert getattr(raised.value, "pause", None) == pauses.get(name)
        operator.answer = lambda submit: 0x0440
        assert outcome(channel) == (Unavailable, "The SMS gateway cannot take this message now (0x00000440).")
        operator.answer = lambda submit: pdu(0x80000000, consts.SMPP_ESME_RINVCMDLEN, submit.sequence_number)
        assert outcome(channel)[0] is Refused, "generic_nack is an answer, too"
    assert len(operator.binds) == 1


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("RINVPASWD", Stopped),
        ("RINVSYSID", Stopped),
        ("RBINDFAIL", Stopped),
        ("RINVCMDID", Stopped),
        ("RALYBND", Unreachable),
        ("RTHROTTLED", Unreachable),
        ("RSYSERR", Unreachable),
        ("RINVDSTADR", Unreachable),
    ],
)
def test_a_refused_bind_says_nothing_about_the_message(operator, name, kind):
    operator.bind_status = getattr(consts, f"SMPP_ESME_{name}")
    with gateway(operator) as channel:
        found, words = outcome(channel)
        assert (found, words.endswith(f"(ESME_{name}).")) == (kind, True)
        assert channel.collect() == [], "and reports are not asked for where we are not let in"
    assert (len(operator.binds), operator.submitted) == (1, [])


def test_no_operator_at_all_is_unreachable(operator):
    operator.port = SMTPSink.closed_port()
    with gateway(operator) as channel:
        found, words = outcome(channel)
        assert (found, "refused" in words) == (Unreachable, True)


@pytest.mark.usefixtures("impatient")
def test_an_operator_that_does_not_answer_the_bind_is_unreachable(operator):
    operator.bind_status = None
    with gateway(operator) as channel:
        assert outcome(channel) == (Unreachable, "The SMS gateway does not answer (timed out).")


@pytest.mark.usefixtures("impatient")
def test_something_else_at_this_port_is_unreachable(operator):
    sink = SMTPSink()
    operator.port = sink.port
    for more in ("", "&ssl=1"):
        with gateway(operator, more=more) as channel:
            assert outcome(channel)[0] is Unreachable
    sink.close()


def test_over_tls_only_a_certificate_that_is_trusted_will_do(tmp_path, monkeypatch):
    file = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    operator = Operator(context)
    with gateway(operator, more="&ssl=1") as channel:
        assert outcome(channel) == (Stopped, "The certificate of the SMS gateway is not accepted (TLS).")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with gateway(operator, more="&ssl=1") as channel:
        assert outcome(channel) == (str, "id-1")
    operator.close()


def test_without_messages_nobody_signs_in(operator):
    with gateway(operator):
        pass
    assert operator.binds == []


def test_a_batch_takes_one_session(operator):
    with gateway(operator) as channel:
        assert [channel.send(sms()) for _ in range(5)] == [f"id-{number}" for number in range(1, 6)]
    assert (len(operator.binds), operator.unbound) == (1, 1)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("answer", ["drop", "silent", b"HTTP/1.1 400 Bad Request\r\n\r\n", pdu(UNBIND)])
def test_a_lost_answer_is_uncertain_and_the_next_message_gets_a_new_session(operator, answer):
    operator.answer = lambda submit: answer if len(operator.submitted) == 1 else 0
    with gateway(operator) as channel:
        words = "The connection to the SMS gateway broke before it answered: the message may have arrived."
        assert outcome(channel) == (Uncertain, words)
        assert outcome(channel) == (str, "id-2")
    assert (len(operator.submitted), len(operator.binds)) == (2, 2)


@pytest.mark.parametrize("words", [b"", pdu(UNBIND, sequence=9)])
def test_a_session_that_ended_between_two_messages_costs_none_of_them(operator, words):
    with gateway(operator) as channel:
        channel.send(sms())
        if words:
            operator.push(words)
            wait_until(lambda: channel._connection.readable(1), "unbind")
        else:
            operator.hang_up()
        assert outcome(channel) == (str, "id-2")
    assert (len(operator.submitted), len(operator.binds)) == (2, 2)


def test_a_long_text_refused_at_its_first_part_goes_no_further(operator):
    operator.answer = lambda submit: consts.SMPP_ESME_RTHROTTLED
    with gateway(operator) as channel:
        assert outcome(channel, sms("a" * 400))[0] is Unreachable
    assert len(operator.submitted) == 1


def test_a_long_text_of_which_a_part_is_refused_is_uncertain(operator):
    operator.answer = lambda submit: consts.SMPP_ESME_RTHROTTLED if len(operator.submitted) == 2 else 0
    with gateway(operator) as channel:
        words = "The SMS gateway took only a part of this message (ESME_RTHROTTLED)."
        assert outcome(channel, sms("a" * 400)) == (Uncertain, words)
        assert outcome(channel) == (str, "id-4")


def test_parts_may_be_answered_in_any_order(operator):
    def answer(submit: smpp34.SubmitSm) -> int | bytes:
        place = submit.short_message[5]
        own = pdu(RESPONSE | SUBMIT_SM, 0, submit.sequence_number, b"part-%d\0" % place)
        before = pdu(RESPONSE | SUBMIT_SM, 0, submit.sequence_number - 1, b"part-2\0")
        return {1: own, 2: b"", 3: own + before}[place]

    operator.answer = answer
    with gateway(operator) as channel:
        assert channel.send(sms("a" * 400)) == "part-3"


def test_an_answer_with_more_than_the_id_is_understood(operator):
    extra = struct.pack(">HH", 0x001D, 3) + b"ok\0" + struct.pack(">HH", 0x1500, 1) + b"x"
    operator.answer = lambda submit: pdu(RESPONSE | SUBMIT_SM, 0, submit.sequence_number, b"A1F\0" + extra)
    with gateway(operator) as channel:
        assert channel.send(sms()) == "a1f"


def test_questions_and_strange_pdus_before_the_answer_are_dealt_with(operator):
    vendors_own, alert_notification, data_sm = 0x00010204, 0x0102, 0x0103
    operator.before_answer = [
        pdu(vendors_own, sequence=3),
        pdu(ENQUIRE_LINK, sequence=41),
        pdu(RESPONSE | ENQUIRE_LINK),
        pdu(alert_notification, sequence=42, body=b"\1\1" + b"849\0" * 2 + b"\4\x22\0\1\0"),
        pdu(data_sm, sequence=43, body=b"not even one"),
    ]
    with gateway(operator) as channel:
        assert channel.send(sms()) == "id-1"
    nack = (RESPONSE, consts.SMPP_ESME_RINVCMDID, 43)
    assert operator.answers == [(RESPONSE | ENQUIRE_LINK, 0, 41), nack]


def test_no_more_parts_a_second_than_agreed(operator):
    now, waits = [100.0], []

    def sleep(seconds: float) -> None:
        waits.append(round(seconds, 3))
        now[0] += seconds

    with gateway(operator, more="&rate=20", clock=lambda: now[0], sleep=sleep) as channel:
        channel.send(sms())
        channel.send(sms("a" * 400))
        now[0] += 10
        channel.send(sms())
        now[0] += 0.02
        channel.send(sms())
    assert len(operator.submitted) == 6
    assert waits == [0.05, 0.05, 0.05, 0.03], "after a rest one goes at once, not many"


# The address in the settings.


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("smpp://", "the host is missing"),
        ("smpp://u:p@/?sender=A", "the host is missing"),
        ("http://u:p@host/?sender=A", "an SMPP address is smpp://"),
        ("smpp://u:p@host/", "sender="),
        ("smpp://u:p@host/?sender=A&rate=fast", "rate="),
        ("smpp://u:p@host/?sender=A&rate=0", "rate="),
        ("smpp://u:p@host/?sender=A&rate=nan", "rate="),
        ("smpp://u:p@host/?sender=A&ids=octal", "ids="),
        ("smpp://u:p@host/?sender=A&ssl=ja", "ssl="),
        ("smpp://u:p@host/?sender=A&alphabet=ebcdic", "alphabet="),
        ("smpp://u:p@host/?sender=DIEMCAUVIETNAM", "sender in the SMPP address has at most 11"),
        ("smpp://u:p@host/?sender=A&ratte=3", "ratte"),
        ("smpp://u:123456789@host/?sender=A", "password in the SMPP address has at most 8"),
        ("smpp://u:p@host/?sender=Điểm", "sender in the SMPP address"),
        ("smpp://u:se/cret@host/?sender=A", "percent-encoded"),
    ],
)
def test_an_address_that_cannot_work_is_refused_without_showing_the_password(url, words):
    with pytest.raises(ValueError, match=re.escape(words)) as raised:
        smpp.Gateway(url)
    assert "cret" not in str(raised.value)


def test_a_class_that_sends_one_at_a_time_and_never_twice():
    assert (smpp.Gateway.exclusive, smpp.Gateway.repeatable, smpp.Gateway.reports) == (True, False, True)
