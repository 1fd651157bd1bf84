"""SMS over SMPP 3.4, which every operator and every gateway speaks."""

import logging
import random
import ssl
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from django.utils.translation import gettext
from smpplib import command, consts, exceptions, smpp

from outbox.channels import smpp_address, smpp_receipts, sms_parts
from outbox.channels.base import Channel, DeliveryError, Envelope, Refused, Report, Stopped, Uncertain, Unreachable
from outbox.channels.smpp_codes import refusal, status_name
from outbox.channels.smpp_connection import Connection, Delivery

log = logging.getLogger(__name__)
# smpplib writes whole PDUs into its log, with passwords and texts; and makes a logger for each client unless told one.
_WIRE_LOG = f"{__name__}.wire"
logging.getLogger(_WIRE_LOG).setLevel(logging.WARNING)

# Seconds for opening the connection, and for each answer of the far side.
TIMEOUT = 10.0
# Seconds without a word after which the far side is asked whether it is there.
ENQUIRE_EVERY = 30.0
# Collecting ends when nothing came for so long, or after so long altogether.
QUIET, COLLECT_AT_MOST = 0.2, 2.0
# Lost before the answer came: the broken connection, in all its forms.
_LOST = (OSError, exceptions.ConnectionError, struct.error)


# Centres keep nothing longer than some days, and nothing can be tried in less than a minute (seconds).
_LONGEST_VALIDITY, _SHORTEST_VALIDITY = timedelta(days=7), 60
# esm_class, bits 5-2 (section 5.2.12): an SMSC delivery receipt.
_TYPE_BITS, _RECEIPT = 0x3C, 0x04


def validity_period(span: timedelta | None) -> str:
    """How long the centre tries, as relative time (section 7.1.1); "" for as long as it likes: no limit, or weeks."""
    if span is None or span > _LONGEST_VALIDITY:
        return ""
    minutes, seconds = divmod(max(int(span.total_seconds()), _SHORTEST_VALIDITY), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"0000{days:02}{hours:02}{minutes:02}{seconds:02}000R"


class Gateway(Channel):
    """One transceiver session, opened at the first message, which stays open while receipts are awaited.

    The address: ``smpp://system_id:password@host:2775/?sender=BRANDNAME``, user name and password percent-encoded.
    Further parameters: ``rate`` (parts a second, 10), ``system_type``, ``ssl=1`` (TLS), ``ids=hex`` for gateways that
    answer with hexadecimal message ids and write them in decimal into the text of receipts, and ``alphabet``, what the
    gateway takes data_coding 0 for (``gsm7``, ``ascii`` or ``latin1``).

    Ids are compared without regard to case: ``send`` and the reports give them in lower case.

    A long message is sent in parts. The reference is that of the last one, and only for that one a receipt is asked:
    the outbox keeps one reference a message, and phones show the text when the last part has come.
    """

    exclusive = True
    reports = True
    lingers = True

    def __init__(
        self, url: str = "", *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        super().__init__(url)
        address = smpp_address.read(url)
        self._host, self._port = address.host, address.port
        self._system_id, self._password = address.system_id, address.password
        self._system_type, self._sender = address.system_type, address.sender
        self._ssl_context = ssl.create_default_context() if address.is_tls else None
        self._hexadecimal = address.has_hexadecimal_ids
        self._alphabet = address.alphabet
        self._pace, self._clock, self._sleep = 1 / address.rate, clock, sleep
        self._next_at = float("-inf")
        self._number = random.randrange(256)  # noqa: S311  # tells messages apart, keeps nothing secret
        self._connection: Connection | None = None
        self._failed = False
        self._reports: list[Report] = []
        # When the far side was last heard, and what asks whether it is there.
        self._heard_at = 0.0
        self._question: command.Command | None = None
        self._unanswered: list[command.Command] = []

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if self._connection is not None:
            if kind is None:
                self._acknowledge()
            # Receipts that come now are not answered, so that the operator brings them again in the next session.
            with suppress(*_LOST, exceptions.PDUError):
                unbind = smpp.make_pdu("unbind", client=self._connection)
                self._connection.send_pdu(unbind)
                self._wait_for(self._connection, unbind, until=time.monotonic() + COLLECT_AT_MOST, take=False)
        self._drop()

    def send(self, envelope: Envelope) -> str:
        self._number += 1
        try:
            parts = sms_parts.divide(envelope.text, self._number, self._alphabet)
        except ValueError as error:
            raise Refused(gettext("This text is too long for an SMS.")) from error
        connection = self._connect()
        validity = validity_period(envelope.valid_for)
        submits = self._submits(connection, envelope.address, parts, validity)
        # The first part alone: what the far side has against the message or against us is said before a part is out.
        answer = self._submit(connection, submits[:1])[0]
        if answer.status == consts.SMPP_ESME_RINVEXPIRY and validity:
            # A gateway that takes its own time only.
            submits = self._submits(connection, envelope.address, parts, "")
            answer = self._submit(connection, submits[:1])[0]
        if answer.status != consts.SMPP_ESME_ROK:
            raise refusal(answer.status)
        for answer in self._submit(connection, submits[1:]):
            if answer.status != consts.SMPP_ESME_ROK:
                code = status_name(answer.status)
                raise Uncertain(
                    gettext("The SMS gateway took only a part of this message (%(code)s).") % {"code": code}
                )
        return self._reference(answer.message_id or b"")

    def collect(self) -> list[Report]:
        """Receipts that came in this session or wait at the far side; trouble with the connection is only logged."""
        try:
            if self._connection is None and not self._failed:
                self._connect()
            until = time.monotonic() + COLLECT_AT_MOST
            while self._connection is not None and time.monotonic() < until and self._connection.readable(QUIET):
                self._read(self._connection)
        except (DeliveryError, *_LOST, exceptions.PDUError) as error:
            log.warning("delivery reports could not be fetched: %s", error)
            self._drop()
        found, self._reports = self._reports, []
        return found

    @property
    def is_open(self) -> bool:
        return self._connection is not None

    def listen(self, seconds: float) -> list[Report]:
        self._acknowledge()
        try:
            self._ask_after(self._bound())
            until = time.monotonic() + seconds
            while (left := until - time.monotonic()) > 0 and self._bound().readable(left):
                self._read(self._bound(), acknowledge=False)
        except (*_LOST, exceptions.PDUError) as error:
            self._drop()
            # What came before the end is handed out first; the next call finds no session.
            if not self._reports:
                raise Unreachable(str(error)) from error
        found, self._reports = self._reports, []
        return found

    def _acknowledge(self) -> None:
        """Say that what ``listen`` has handed out came, now that it is recorded."""
        pdus, self._unanswered = self._unanswered, []
        with suppress(*_LOST, exceptions.PDUError):
            for pdu in pdus:
                self._bound().answer(pdu)

    def _bound(self) -> Connection:
        if self._connection is None:
            raise exceptions.ConnectionError("there is no session")
        return self._connection

    def _ask_after(self, connection: Connection) -> None:
        """Ask a far side that has been silent whether it is there.

        Raises:
            TimeoutError: it has not answered the last question.
        """
        silent_for = time.monotonic() - self._heard_at
        if self._question is not None and connection.answers.pop(self._question.sequence, None) is not None:
            self._question = None
        if self._question is not None:
            if silent_for > ENQUIRE_EVERY + TIMEOUT:
                raise TimeoutError("the far side does not answer enquire_link")
        elif silent_for >= ENQUIRE_EVERY:
            self._question = smpp.make_pdu("enquire_link", client=connection)
            connection.send_pdu(self._question)

    def _submits(
        self, connection: Connection, address: str, parts: sms_parts.Parts, validity: str
    ) -> list[command.Command]:
        last = len(parts.payloads) - 1
        return [
            smpp.make_pdu(
                "submit_sm",
                client=connection,
                validity_period=validity,
                **self._fields(address, parts, place, place == last),
            )
            for place in range(last + 1)
        ]

    def _fields(self, address: str, parts: sms_parts.Parts, place: int, receipt: bool) -> dict[str, object]:
        name = not self._sender.lstrip("+").isdecimal()
        return {
            "source_addr": self._sender.lstrip("+"),
            "source_addr_ton": consts.SMPP_TON_ALNUM if name else consts.SMPP_TON_INTL,
            "source_addr_npi": consts.SMPP_NPI_UNK if name else consts.SMPP_NPI_ISDN,
            "destination_addr": address.lstrip("+"),
            "dest_addr_ton": consts.SMPP_TON_INTL,
            "dest_addr_npi": consts.SMPP_NPI_ISDN,
            "esm_class": consts.SMPP_GSMFEAT_UDHI if parts.with_header else consts.SMPP_MSGMODE_DEFAULT,
            "registered_delivery": int(receipt),
            "data_coding": parts.data_coding,
            "short_message": parts.payloads[place],
        }

    def _connect(self) -> Connection:
        """The bound session, a new one if there is none or the far side ended it."""
        if self._connection is not None:
            self._acknowledge()
            # What came meanwhile is read first: a connection that is gone must not cost a message its certainty.
            with suppress(*_LOST, exceptions.PDUError):
                while self._connection is not None and self._connection.readable(0):
                    self._read(self._connection)
                if self._connection is not None:
                    return self._connection
            self._drop()
        connection = Connection(
            self._host,
            self._port,
            TIMEOUT,
            logger_name=_WIRE_LOG,
            ssl_context=self._ssl_context,
            allow_unknown_opt_params=True,
        )
        self._failed = True
        self._connection = connection
        try:
            connection.connect()
            bind = smpp.make_pdu(
                "bind_transceiver",
                client=connection,
                system_id=self._system_id,
                password=self._password,
                system_type=self._system_type,
            )
            connection.send_pdu(bind)
            answer = self._wait_for(connection, bind, until=time.monotonic() + TIMEOUT)
        except ssl.SSLCertVerificationError as error:
            self._drop()
            raise Stopped(gettext("The certificate of the SMS gateway is not accepted (TLS).")) from error
        except (*_LOST, exceptions.PDUError) as error:
            self._drop()
            reason = {"code": error.__class__.__name__ if not str(error) else error}
            raise Unreachable(gettext("The SMS gateway does not answer (%(code)s).") % reason) from error
        if answer.status != consts.SMPP_ESME_ROK:
            self._drop()
            fault = refusal(answer.status)
            # Nothing was sent yet, so that a "no" that is not about us means "later" for all messages.
            raise fault if isinstance(fault, Stopped | Unreachable) else Unreachable(str(fault))
        self._failed = False
        return connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._question, self._unanswered = None, []

    def _submit(self, connection: Connection, pdus: list[command.Command]) -> list[command.Command]:
        """Write ``pdus`` at the agreed speed, then wait for their answers.

        Raises:
            Uncertain: the connection broke, or the answer did not come in time.
        """
        try:
            for pdu in pdus:
                now = self._clock()
                if now < self._next_at:
                    self._sleep(self._next_at - now)
                self._next_at = max(now, self._next_at) + self._pace
                connection.send_pdu(pdu)
            return [self._wait_for(connection, pdu, until=time.monotonic() + TIMEOUT) for pdu in pdus]
        except (*_LOST, exceptions.PDUError) as error:
            self._drop()
            words = gettext("The connection to the SMS gateway broke before it answered: the message may have arrived.")
            raise Uncertain(words) from error

    def _wait_for(
        self, connection: Connection, pdu: command.Command, *, until: float, take: bool = True
    ) -> command.Command:
        """The answer to ``pdu``; what else comes in the meantime is dealt with. ``until`` is monotonic time.

        Raises:
            OSError, smpplib.exceptions.ConnectionError: there is none.
        """
        while pdu.sequence not in connection.answers:
            left = until - time.monotonic()
            if left <= 0 or not connection.readable(left):
                raise TimeoutError("timed out")
            self._read(connection, take=take)
        return connection.answers.pop(pdu.sequence)

    def _read(self, connection: Connection, *, take: bool = True, acknowledge: bool = True) -> None:
        """Read one PDU and do what it asks for; ``take=False`` leaves receipts with the far side.

        ``acknowledge=False``: a receipt is answered later, when it is recorded.
        """
        pdu = connection.read()
        self._heard_at = time.monotonic()
        if pdu is None:
            return
        if pdu.is_response():
            connection.answers[pdu.sequence] = pdu
        elif pdu.command == "deliver_sm":
            if take:
                self._keep(pdu)
            if take and acknowledge:
                connection.answer(pdu)
            elif take:
                self._unanswered.append(pdu)
        elif pdu.command == "enquire_link":
            connection.answer(pdu)
        elif pdu.command == "unbind":
            connection.answer(pdu)
            raise exceptions.ConnectionError("the far side ended the session")
        elif pdu.command != "alert_notification":
            connection.answer(pdu, "generic_nack", consts.SMPP_ESME_RINVCMDID)

    def _keep(self, pdu: Delivery) -> None:
        """Add what the receipt ``pdu`` says to the reports."""
        if (pdu.esm_class or 0) & _TYPE_BITS != _RECEIPT:
            # Somebody's answer to our sender: nobody reads those.
            return
        receipt = smpp_receipts.read(pdu.short_message, getattr(pdu, "tlvs", {}))
        if receipt.message_id is not None:
            reference = self._reference(receipt.message_id)
        else:
            reference = self._reference_in_text(receipt.id_in_text)
        if not reference:
            log.warning("a delivery receipt without a message id: %r", receipt.text[:200])
        elif report := receipt.report(reference):
            self._reports.append(report)

    def _reference_in_text(self, identifier: str) -> str:
        """The message id in the text of a receipt, which some gateways write in decimal where they answer in hex."""
        reference = identifier.lower()
        return str(int(reference)) if self._hexadecimal and reference.isdecimal() else reference

    def _reference(self, message_id: bytes) -> str:
        reference = message_id.rstrip(b"\0").decode("latin-1").strip().lower()
        if self._hexadecimal:
            with suppress(ValueError):
                return str(int(reference, 16))
        return reference
