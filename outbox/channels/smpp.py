"""SMS over SMPP 3.4, which every operator and every gateway speaks."""

import logging
import random
import selectors
import socket
import ssl
import struct
import time
from collections.abc import Callable
from contextlib import suppress

from django.utils.translation import gettext
from smpplib import client, command, command_codes, consts, exceptions, smpp

from outbox.channels import smpp_address, smpp_receipts, sms_parts
from outbox.channels.base import Channel, DeliveryError, Envelope, Refused, Report, Stopped, Uncertain, Unreachable
from outbox.channels.smpp_codes import refusal, status_name

log = logging.getLogger(__name__)
# smpplib writes whole PDUs into its log, with passwords and texts; and makes a logger for each client unless told one.
_WIRE_LOG = f"{__name__}.wire"
logging.getLogger(_WIRE_LOG).setLevel(logging.WARNING)

# Seconds for opening the connection, and for each answer of the far side.
TIMEOUT = 10.0
# Collecting ends when nothing came for so long, or after so long altogether.
QUIET, COLLECT_AT_MOST = 0.2, 2.0
# Lost before the answer came: the broken connection, in all its forms.
_LOST = (OSError, exceptions.ConnectionError, struct.error)


# esm_class, bits 5-2 (section 5.2.12): an SMSC delivery receipt.
_TYPE_BITS, _RECEIPT = 0x3C, 0x04


class _Tolerant:
    """Keeps optional parameters as bytes by tag: smpplib gives up at one that it does not expect in this PDU."""

    def parse_optional_params(self, data: bytes) -> None:
        self.tlvs: dict[int, bytes] = {}
        while len(data) >= 4:
            tag, length = struct.unpack(">HH", data[:4])
            self.tlvs[tag] = data[4 : 4 + length]
            data = data[4 + length :]


class _Delivery(_Tolerant, command.DeliverSM):
    pass


class _Answer(_Tolerant, command.SubmitSMResp):
    pass


class _BindAnswer(_Tolerant, command.BindTransceiverResp):
    pass


_READ_AS = {"deliver_sm": _Delivery, "submit_sm_resp": _Answer, "bind_transceiver_resp": _BindAnswer}


class _Connection(client.Client):
    """smpplib's client with TLS that checks the certificate's name, IPv6, and reads that end in time.

    Raises:
        OSError, smpplib.exceptions.ConnectionError: there is no connection, or no longer.
    """

    def connect(self) -> None:
        self._socket = socket.create_connection((self.host, self.port), self.timeout)
        if self._ssl_context is not None:
            self._socket = self._ssl_context.wrap_socket(self._socket, server_hostname=self.host)
        self.state = consts.SMPP_CLIENT_STATE_OPEN
        # By the sequence number of what they answer.
        self.answers: dict[int, command.Command] = {}

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self.state = consts.SMPP_CLIENT_STATE_CLOSED

    def readable(self, seconds: float) -> bool:
        """Whether something (be it the end) comes within ``seconds``."""
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            return True
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            return bool(selector.select(max(seconds, 0)))

    def read(self) -> command.Command | None:
        """The next PDU; None for one of a kind that smpplib does not know."""
        head = self._recv_exact(16)
        length, code, _status, _sequence = struct.unpack(">LLLL", head)
        if not 16 <= length <= 65536:
            # Not SMPP at all, or out of step.
            raise exceptions.ConnectionError(f"a PDU of {length} octets")
        raw = head + self._recv_exact(length - 16)
        try:
            name = command_codes.get_command_name(code)
            pdu = _READ_AS[name](name, client=self) if name in _READ_AS else smpp.make_pdu(name, client=self)
        except exceptions.UnknownCommandError:
            return None
        # Of the others the head suffices; the library trips over some of their bodies.
        pdu.parse(raw if name in _READ_AS else head)
        if name == "bind_transceiver_resp" and pdu.status == consts.SMPP_ESME_ROK:
            self.state = consts.SMPP_CLIENT_STATE_BOUND_TRX
        return pdu

    def answer(self, pdu: command.Command, name: str = "", status: int = consts.SMPP_ESME_ROK) -> None:
        """Say that the request ``pdu`` came, or by the PDU ``name`` that it is none for us."""
        response = smpp.make_pdu(name or f"{pdu.command}_resp", client=self, status=status)
        response.sequence = pdu.sequence
        self.send_pdu(response)


class Gateway(Channel):
    """One transceiver session for a batch, opened at the first message.

    The address: ``smpp://system_id:password@host:2775/?sender=BRANDNAME``, user name and password percent-encoded.
    Further parameters: ``rate`` (parts a second, 10), ``system_type``, ``ssl=1`` (TLS), and ``ids=hex`` for gateways
    that answer with hexadecimal message ids and write them in decimal into the text of receipts.

    Ids are compared without regard to case: ``send`` and the reports give them in lower case.

    A long message is sent in parts. The reference is that of the last one, and only for that one a receipt is asked:
    the outbox keeps one reference a message, and phones show the text when the last part has come.
    """

    exclusive = True
    reports = True

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
        self._pace, self._clock, self._sleep = 1 / address.rate, clock, sleep
        self._next_at = float("-inf")
        self._number = random.randrange(256)  # noqa: S311  # tells messages apart, keeps nothing secret
        self._connection: _Connection | None = None
        self._failed = False
        self._reports: list[Report] = []

    def __exit__(self, *exception: object) -> None:
        if self._connection is not None:
            # Receipts that come now are not answered, so that the operator brings them again in the next session.
            with suppress(*_LOST, exceptions.PDUError):
                unbind = smpp.make_pdu("unbind", client=self._connection)
                self._connection.send_pdu(unbind)
                self._wait_for(unbind, until=time.monotonic() + COLLECT_AT_MOST, take=False)
        self._drop()

    def send(self, envelope: Envelope) -> str:
        self._number += 1
        try:
            parts = sms_parts.divide(envelope.text, self._number)
        except ValueError as error:
            raise Refused(gettext("This text is too long for an SMS.")) from error
        connection = self._connect()
        last = len(parts.payloads) - 1
        submits = [
            smpp.make_pdu("submit_sm", client=connection, **self._fields(envelope.address, parts, place, place == last))
            for place in range(last + 1)
        ]
        # The first part alone: what the far side has against the message or against us is said before a part is out.
        answer = self._submit(submits[:1])[0]
        if answer.status != consts.SMPP_ESME_ROK:
            raise refusal(answer.status)
        for answer in self._submit(submits[1:]):
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
                self._read()
        except (DeliveryError, *_LOST, exceptions.PDUError) as error:
            log.warning("delivery reports could not be fetched: %s", error)
            self._drop()
        found, self._reports = self._reports, []
        return found

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

    def _connect(self) -> _Connection:
        """The bound session, a new one if there is none or the far side ended it."""
        if self._connection is not None:
            # What came meanwhile is read first: a connection that is gone must not cost a message its certainty.
            with suppress(*_LOST, exceptions.PDUError):
                while self._connection is not None and self._connection.readable(0):
                    self._read()
                if self._connection is not None:
                    return self._connection
            self._drop()
        connection = _Connection(
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
            answer = self._wait_for(bind, until=time.monotonic() + TIMEOUT)
        except ssl.SSLCertVerificationError as error:
            self._drop()
            raise Stopped(gettext("The certificate of the SMS gateway is not accepted (TLS).")) from error
        except (*_LOST, exceptions.PDUError) as error:
            self._drop()
            reason = {"code": error.__class__.__name__ if not str(error) else error}
            raise Unreachable(gettext("The SMS gateway does not answer (%(code)s).") % reason) from error
        if answer.status != consts.SMPP_ESME_ROK:
            self._drop()
            error = refusal(answer.status)
            # Nothing was sent yet, so that a "no" that is not about us means "later" for all messages.
            raise error if isinstance(error, Stopped | Unreachable) else Unreachable(str(error))
        self._failed = False
        return connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _submit(self, pdus: list[command.Command]) -> list[command.Command]:
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
                self._connection.send_pdu(pdu)
            return [self._wait_for(pdu, until=time.monotonic() + TIMEOUT) for pdu in pdus]
        except (*_LOST, exceptions.PDUError) as error:
            self._drop()
            words = gettext("The connection to the SMS gateway broke before it answered: the message may have arrived.")
            raise Uncertain(words) from error

    def _wait_for(self, pdu: command.Command, *, until: float, take: bool = True) -> command.Command:
        """The answer to ``pdu``; what else comes in the meantime is dealt with. ``until`` is monotonic time.

        Raises:
            OSError, smpplib.exceptions.ConnectionError: there is none.
        """
        connection = self._connection
        while pdu.sequence not in connection.answers:
            left = until - time.monotonic()
            if left <= 0 or not connection.readable(left):
                raise TimeoutError("timed out")
            self._read(take=take)
        return connection.answers.pop(pdu.sequence)

    def _read(self, *, take: bool = True) -> None:
        """Read one PDU and do what it asks for; ``take=False`` leaves receipts with the far side."""
        connection = self._connection
        pdu = connection.read()
        if pdu is None:
            return
        if pdu.is_response():
            connection.answers[pdu.sequence] = pdu
        elif pdu.command == "deliver_sm":
            if take:
                self._keep(pdu)
                connection.answer(pdu)
        elif pdu.command == "enquire_link":
            connection.answer(pdu)
        elif pdu.command == "unbind":
            connection.answer(pdu)
            raise exceptions.ConnectionError("the far side ended the session")
        elif pdu.command != "alert_notification":
            connection.answer(pdu, "generic_nack", consts.SMPP_ESME_RINVCMDID)

    def _keep(self, pdu: _Delivery) -> None:
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
