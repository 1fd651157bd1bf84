"""Delivery receipts over SMPP: in every form, at every moment."""

import asyncio
import threading

import pytest
import smpp34

from outbox.channels import smpp
from outbox.channels.base import Outcome, Report, Uncertain
from tests.chaos.servers import free_port
from tests.support.operators import (
    DELIVER_SM,
    ENQUIRE_LINK,
    RESPONSE,
    Operator,
    gateway,
    outcome,
    pdu,
    receipt,
    sms,
    wait_until,
)

DELIVERED = "id:{id} sub:001 dlvrd:001 submit date:2707010300 done date:2707010301 stat:DELIVRD err:000 text:Xin chao"
ANSWERED = (RESPONSE | DELIVER_SM, 0)


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def operator():
    far_side = Operator()
    yield far_side
    far_side.close()


def delivered(reference: str) -> Report:
    return Report(Outcome.DELIVERED, provider_reference=reference)


def failed(reference: str, words: str, bad_address: bool = False) -> Report:
    return Report(Outcome.FAILED, provider_reference=reference, words=words, bad_address=bad_address)


def text(state: str, error: str = "000") -> bytes:
    return receipt(
        f"id:A1 sub:001 dlvrd:000 submit date:2707010300 done date:2707010301 stat:{state} err:{error} text:x"
    )


@pytest.mark.parametrize(
    ("octets", "reports"),
    [
        (text("DELIVRD"), [delivered("a1")]),
        (text("delivrd"), [delivered("a1")]),
        (text("UNDELIV", "001"), [failed("a1", "The phone could not be reached (UNDELIV 001).")]),
        (text("EXPIRED", "27"), [failed("a1", "The phone could not be reached in time (EXPIRED 27).")]),
        (text("DELETED"), [failed("a1", "The operator deleted the message (DELETED 000).")]),
        (text("REJECTD", "0x8F"), [failed("a1", "The operator refused the message (REJECTD 0x8F).")]),
        (text("ENROUTE"), []),
        (text("ACCEPTD"), []),
        (text("UNKNOWN"), []),
        # The parameters alone, and where they disagree with the text.
        (receipt(receipted_message_id=b"A1\0", message_state=b"\2"), [delivered("a1")]),
        (receipt(receipted_message_id=b"A1", message_state=b"\2"), [delivered("a1")]),
        (
            receipt("id:9 stat:DELIVRD err:000", receipted_message_id=b"A1\0", message_state=b"\3"),
            [failed("a1", "The phone could not be reached in time (EXPIRED 000).")],
        ),
        (
            receipt(receipted_message_id=b"A1\0", message_state=b"\4"),
            [failed("a1", "The operator deleted the message (DELETED).")],
        ),
        (
            receipt(receipted_message_id=b"A1\0", message_state=b"\5", network_error_code=b"\3\0\1"),
            [failed("a1", "The phone could not be reached (UNDELIV).", bad_address=True)],
        ),
        (
            receipt(receipted_message_id=b"A1\0", message_state=b"\5", network_error_code=b"\3\0\x1b"),
            [failed("a1", "The phone could not be reached (UNDELIV).")],
        ),
        (
            receipt(receipted_message_id=b"A1\0", message_state=b"\10"),
            [failed("a1", "The operator refused the message (REJECTD).")],
        ),
        *((receipt(receipted_message_id=b"A1\0", message_state=bytes([state])), []) for state in (1, 6, 7)),
        # Vendors write the text in their own way, into message_payload, or add parameters of their own.
        (receipt("id:A1 stat:DELIVRD"), [delivered("a1")]),
        (receipt("ID:A1 SUBMIT DATE:2707010300 STAT:DELIVRD ERR:0"), [delivered("a1")]),
        (receipt("stat: UNDELIV err: 5 id: A1"), [failed("a1", "The phone could not be reached (UNDELIV 5).")]),
        (receipt(message_payload=b"id:A1 stat:DELIVRD"), [delivered("a1")]),
        (receipt("id:A1 stat:DELIVRD", delivery_failure_reason=b"\0", its_session_info=b"\0\0"), [delivered("a1")]),
        # Nothing to go by.
        (receipt("stat:DELIVRD"), []),
        (receipt(""), []),
        # Not a receipt: an answer from a phone, and word that the message is on its way.
        (receipt("id:A1 stat:DELIVRD", esm_class=0), []),
        (receipt("id:A1 stat:UNDELIV", esm_class=0x20), []),
    ],
)
def test_a_receipt_is_understood_and_answered(operator, octets, reports, monkeypatch):
    monkeypatch.setattr(smpp, "QUIET", 0.01)
    with gateway(operator) as channel:
        assert channel.collect() == []
        operator.push(octets)
        wait_until(lambda: channel._connection.readable(1), "the receipt")
        assert channel.collect() == reports
        assert channel.collect() == [], "each is handed out once"
        wait_until(lambda: operator.answers, "the answer")
    assert operator.answers == [(*ANSWERED, 77)]


def test_receipts_come_before_the_answer_after_it_and_in_a_later_session(operator):
    operator.before_answer = [receipt(DELIVERED.format(id="earlier"), sequence=5)]
    operator.receipts = DELIVERED
    with gateway(operator) as channel:
        assert channel.send(sms()) == "id-1"
        assert channel.send(sms("Mời họp " * 30)) == "id-5"
        assert channel.collect() == [delivered("earlier"), delivered("id-1"), delivered("id-5")]
    operator.after_bind = [receipt(DELIVERED.format(id=f"later-{number}"), sequence=number) for number in range(20)]
    with gateway(operator) as channel:
        assert channel.collect() == [delivered(f"later-{number}") for number in range(20)]
    assert len(operator.answers) == 23
    assert len(operator.binds) == 2


def test_receipts_outlive_the_session_that_brought_them(operator):
    operator.receipts = DELIVERED
    operator.answer = lambda submit: "drop" if len(operator.submitted) == 2 else 0
    with gateway(operator) as channel:
        channel.send(sms())
        assert outcome(channel)[0] is Uncertain
        assert channel.collect() == [delivered("id-1")]


def test_receipts_at_the_end_of_the_session_are_left_with_the_operator(operator):
    operator.at_unbind = [receipt(DELIVERED.format(id="late"))]
    with gateway(operator) as channel:
        channel.send(sms())
    wait_until(lambda: operator.unbound, "the session's end")
    assert operator.answers == []


def test_a_question_while_reports_are_collected_is_answered(operator):
    operator.after_bind = [pdu(ENQUIRE_LINK, sequence=12), receipt(DELIVERED.format(id="1"))]
    with gateway(operator) as channel:
        assert channel.collect() == [delivered("1")]
    assert operator.answers == [(RESPONSE | ENQUIRE_LINK, 0, 12), (*ANSWERED, 77)]


def test_a_session_that_breaks_while_reports_are_collected_brings_what_it_brought(operator, caplog):
    operator.after_bind = [receipt(DELIVERED.format(id="1")), b"HTTP/1.1 400 Bad Request\r\n\r\n"]
    with gateway(operator) as channel:
        assert channel.collect() == [delivered("1")]
    assert "delivery reports could not be fetched" in caplog.text


def test_an_operator_that_cannot_be_reached_brings_none(operator, caplog):
    operator.bind_status = 0x0E
    with gateway(operator) as channel:
        assert channel.collect() == []
        assert channel.collect() == []
    assert "ESME_RINVPASWD" in caplog.text
    assert len(operator.binds) == 1


def test_ids_answered_in_hexadecimal_are_found_in_decimal_receipts(operator):
    operator.message_id = lambda number: "00BF"
    with gateway(operator, more="&ids=hex") as channel:
        assert channel.send(sms()) == "191"
        operator.push(receipt(DELIVERED.format(id="0000000191")))
        assert channel.collect() == [delivered("191")]
        operator.push(receipt(receipted_message_id=b"BF\0", message_state=b"\2"))
        assert channel.collect() == [delivered("191")]


class OtherOperator:
    """smpp34's own server: sessions, too, that nobody here has written."""

    def __init__(self) -> None:
        self.port = free_port()
        self.texts: list[bytes] = []
        self.over: list[str] = []
        self._ready = threading.Event()
        threading.Thread(target=asyncio.run, args=(self._serve(),), daemon=True).start()
        assert self._ready.wait(5)

    async def _serve(self) -> None:
        server = smpp34.Server("127.0.0.1", self.port)
        await server.start()
        self._ready.set()
        sessions = {}
        while not self.over:
            event = await server.next()
            if isinstance(event, smpp34.Esme):
                sessions[event.session_id] = event
            elif isinstance(event, smpp34.SubmitSmEvent):
                self.texts.append(event.short_message)
                event.accept(f"{len(self.texts)}")
                if event.registered_delivery:
                    await sessions[event.session_id].deliver_sm(
                        source_addr=event.destination_addr,
                        destination_addr=event.source_addr,
                        esm_class=0x04,
                        short_message=DELIVERED.format(id=len(self.texts)).encode(),
                    )
            else:
                self.over.append(event.session_id)
        await server.stop()


def test_an_operator_of_other_make_takes_messages_and_brings_receipts():
    operator = OtherOperator()
    with gateway(operator) as channel:
        assert channel.send(sms("Moi Ong den hop")) == "1"
        assert channel.send(sms("Moi Ong den hop" * 11)) == "3"
        assert channel.collect() == [delivered("1"), delivered("3")]
    wait_until(lambda: operator.over, "unbind")
    assert operator.texts[0] == b"Moi Ong den hop"
