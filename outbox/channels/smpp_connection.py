"""The connection under an SMPP session: smpplib's, mended where it trips over what real gateways send."""

import selectors
import socket
import ssl
import struct
from typing import Any

from smpplib import client, command, command_codes, consts, exceptions, smpp


class _Tolerant:
    """Keeps optional parameters as bytes by tag: smpplib gives up at one that it does not expect in this PDU."""

    def parse_optional_params(self, data: bytes) -> None:
        self.tlvs: dict[int, bytes] = {}
        while len(data) >= 4:
            tag, length = struct.unpack(">HH", data[:4])
            self.tlvs[tag] = data[4 : 4 + length]
            data = data[4 + length :]


class Delivery(_Tolerant, command.DeliverSM):
    pass


class _Answer(_Tolerant, command.SubmitSMResp):
    pass


class _BindAnswer(_Tolerant, command.BindTransceiverResp):
    pass


_READ_AS: dict[str, type[command.Command]] = {
    "deliver_sm": Delivery,
    "submit_sm_resp": _Answer,
    "bind_transceiver_resp": _BindAnswer,
}


class Connection(client.Client):
    """smpplib's client with TLS that checks the certificate's name, IPv6, and reads that end in time.

    Raises:
        OSError, smpplib.exceptions.ConnectionError: there is no connection, or no longer.
    """

    def connect(self) -> None:
        self._socket: Any = socket.create_connection((self.host, self.port), self.timeout)
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
