"""The far sides of the SMS channels: an operator that speaks SMPP, a web server, and Kannel's own programs.

The operator's PDUs are read and written by smpp34, so that our side is not tested with its own library.
"""

import os
import shutil
import socket
import socketserver
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import smpp34
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from outbox.channels import smpp
from outbox.channels.base import Channel, DeliveryError, Envelope
from tests.chaos.servers import free_port

BIND_TRANSCEIVER, UNBIND, ENQUIRE_LINK, SUBMIT_SM, DELIVER_SM = 0x09, 0x06, 0x15, 0x04, 0x05
RESPONSE = 0x80000000
#: Seconds until a test gives up waiting for another program.
DEADLINE = 10


def pdu(command_id: int, status: int = 0, sequence: int = 1, body: bytes = b"") -> bytes:
    """The octets of any PDU."""
    return struct.pack(">LLLL", 16 + len(body), command_id, status, sequence) + body


def receipt(text: str = "", *, esm_class: int = 0x04, sequence: int = 77, **tlvs: bytes) -> bytes:
    """A deliver_sm with a receipt; ``tlvs`` by the names that smpp34 has for them."""
    return smpp34.DeliverSm(
        "84912345678",
        "DIEMCAU",
        text.encode(),
        esm_class=esm_class,
        tlvs=[smpp34.Tlv(getattr(smpp34, f"TLV_{name.upper()}"), value) for name, value in tlvs.items()],
        sequence_number=sequence,
    ).encode()


def sms(text: str = "Moi Ong den hop", address: str = "+84912345678", **fields: object) -> Envelope:
    return Envelope(address=address, message_id="<1@diemcau.test>", text=text, **{"reference": "1-abc", **fields})


def outcome(channel: Channel, envelope: Envelope | None = None) -> tuple[type, str]:
    """What sending says: the exception and its words, or ``str`` and the reference."""
    try:
        return str, channel.send(envelope or sms())
    except DeliveryError as error:
        return type(error), str(error)


def gateway(operator: "Operator", sender: str = "DIEMCAU", more: str = "&rate=1000", **clock: object) -> smpp.Gateway:
    """Our side, for ``operator``."""
    return smpp.Gateway(f"smpp://diemcau:m%40t%2F1@127.0.0.1:{operator.port}/?sender={sender}{more}", **clock)


def certificate(folder: Path) -> Path:
    """A file with a new certificate for 127.0.0.1, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "operator")])
    address = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    signed = builder.add_extension(address, critical=False).sign(key, hashes.SHA256())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = folder / "operator.pem"
    file.write_bytes(private + signed.public_bytes(Encoding.PEM))
    return file


def wait_until(condition: Callable[[], object], what: str, seconds: float = DEADLINE) -> None:
    """Poll ``condition``, which another thread or program brings about, for so many ``seconds`` at most."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"in vain waited for {what}"
        time.sleep(0.01)


@dataclass
class Bind:
    """What an ESME said when it signed in."""

    command_id: int
    system_id: str
    password: str
    system_type: str
    version: int


class Operator:
    """An SMSC that keeps what it gets and answers as told.

    ``bind_status`` answers a bind, or ``None`` does not. ``answer(submit)`` says what becomes of a message: a
    command_status, "drop" to hang up, "silent" to say nothing, or octets to send as they are. ``message_ids`` makes the
    ids. ``before_answer``, ``after_bind`` and ``at_unbind`` are PDUs sent at these moments. ``receipts``: with the text
    of a receipt it answers each message that asks for one. ``tls`` is the server's side of TLS.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.bind_status: int | None = 0
        self.answer: Callable[[smpp34.SubmitSm], int | str | bytes] = lambda submit: 0
        self.message_id: Callable[[int], str] = lambda number: f"id-{number}"
        self.before_answer: list[bytes] = []
        self.after_bind: list[bytes] = []
        self.at_unbind: list[bytes] = []
        self.receipts = ""
        self.binds: list[Bind] = []
        self.submitted: list[smpp34.SubmitSm] = []
        self.answers: list[tuple[int, int, int]] = []
        self.unbound = 0
        # How often somebody asked whether we are there; and whether we say so.
        self.enquiries, self.answers_enquiries = 0, True
        self._open: list[socket.socket] = []
        operator = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                operator._open.append(self.connection)
                with suppress(ConnectionError, ValueError):
                    operator._talk(self)
                operator._open.remove(self.connection)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

            def get_request(self) -> tuple[socket.socket, object]:
                connection, address = super().get_request()
                return tls.wrap_socket(connection, server_side=True) if tls else connection, address

        self._server = Server(("127.0.0.1", 0), Session)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        self.hang_up()
        self._server.shutdown()
        self._server.server_close()

    def hang_up(self) -> None:
        """End all sessions without a word, and wait until they are gone."""
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        wait_until(lambda: not self._open, "the sessions' end")

    def push(self, octets: bytes) -> None:
        """Send ``octets`` in the open session."""
        self._open[-1].sendall(octets)

    def _talk(self, session: socketserver.StreamRequestHandler) -> None:
        while head := session.rfile.read(4):
            raw = head + session.rfile.read(struct.unpack(">L", head)[0] - 4)
            request = smpp34.decode(raw)
            if request.command_id & RESPONSE:
                self.answers.append((request.command_id, request.command_status, request.sequence_number))
            elif isinstance(request, smpp34.SubmitSm):
                if not self._take(session, request):
                    return
            else:
                if request.command_id in (0x01, 0x02, BIND_TRANSCEIVER):
                    if not self._bind(session, request):
                        continue
                elif request.command_id == UNBIND:
                    self.unbound += 1
                    session.wfile.write(b"".join(self.at_unbind))
                    session.wfile.write(pdu(RESPONSE | UNBIND, sequence=request.sequence_number))
                elif request.command_id == ENQUIRE_LINK:
                    self.enquiries += 1
                    if not self.answers_enquiries:
                        continue
                    session.wfile.write(pdu(RESPONSE | ENQUIRE_LINK, sequence=request.sequence_number))

    def _bind(self, session: socketserver.StreamRequestHandler, request: smpp34.RawPdu) -> bool:
        system_id, password, system_type, rest = request.body.split(b"\0", 3)
        self.binds.append(
            Bind(request.command_id, system_id.decode(), password.decode(), system_type.decode(), rest[0])
        )
        if self.bind_status is None:
            return False
        body = b"OPERATOR\0" if self.bind_status == 0 else b""
        session.wfile.write(pdu(RESPONSE | request.command_id, self.bind_status, request.sequence_number, body))
        session.wfile.write(b"".join(self.after_bind))
        self.after_bind = []
        return True

    def _take(self, session: socketserver.StreamRequestHandler, submit: smpp34.SubmitSm) -> bool:
        self.submitted.append(submit)
        session.wfile.write(b"".join(self.before_answer))
        self.before_answer = []
        answer = self.answer(submit)
        if answer == "drop":
            return False
        if isinstance(answer, bytes):
            session.wfile.write(answer)
        elif isinstance(answer, int):
            message_id = self.message_id(len(self.submitted))
            body = f"{message_id}\0".encode() if answer == 0 else b""
            session.wfile.write(pdu(RESPONSE | SUBMIT_SM, answer, submit.sequence_number, body))
            if answer == 0 and self.receipts and submit.registered_delivery & 1:
                session.wfile.write(receipt(self.receipts.format(id=message_id)))
        return True


@dataclass
class Call:
    """What a web server was asked for."""

    path: str
    parameters: dict[str, str]


class WebServer:
    """Keeps the calls it gets; ``answer(call)`` gives status and text, or None to hang up without an answer."""

    def __init__(self) -> None:
        self.answer: Callable[[Call], tuple[int, str] | None] = lambda call: (200, "ok")
        self.calls: list[Call] = []
        self.connections = 0
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                server.connections += 1
                super().setup()

            def do_GET(self) -> None:
                address = urlsplit(self.path)
                call = Call(address.path, dict(parse_qsl(address.query, keep_blank_values=True)))
                server.calls.append(call)
                answer = server.answer(call)
                if answer is None:
                    self.close_connection = True
                    return
                body = answer[1].encode()
                self.send_response(answer[0])
                self.send_header("Content-Length", str(len(body)))
                if answer[0] in (301, 302):
                    self.send_header("Location", "/elsewhere")
                # The other side may have lost patience.
                with suppress(ConnectionError):
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def program(name: str, package: str = "kannel kannel-extras") -> str:
    """Where the program ``name`` is; skips the test (or fails it, with ``REQUIRE_ALL=1``) without it."""
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/lib/kannel/test")
    if path is None:
        missing = f"{name} is missing (Debian: apt install {package})"
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    return path


@contextmanager
def running(*arguments: str, folder: Path) -> Iterator[subprocess.Popen]:
    """A program, ended with the block; what it writes goes into ``folder``."""
    with (folder / f"{Path(arguments[0]).name}.log").open("wb") as log:
        process = subprocess.Popen(arguments, cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def kannel(smsc: str, folder: Path) -> Iterator[int]:
    """Kannel's bearerbox and smsbox, with ``smsc`` as the lines of its group smsc; gives the port for messages."""
    bearerbox, smsbox = program("bearerbox"), program("smsbox")
    box, admin, sendsms = free_port(), free_port(), free_port()
    configuration = folder / "kannel.conf"
    configuration.write_text(
        f"""
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = admin
smsbox-port = {box}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1

group = smsc
{smsc.strip()}

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
sendsms-interface = 127.0.0.1
sendsms-chars = "0123456789+"

group = sendsms-user
username = diemcau
password = "mat khau&"
max-messages = 10
concatenation = true
"""
    )
    with running(bearerbox, "-v", "0", str(configuration), folder=folder) as first:
        wait_until(lambda: listens(box) or first.poll() is not None, "bearerbox")
        with running(smsbox, "-v", "0", str(configuration), folder=folder) as second:
            wait_until(lambda: listens(sendsms) or second.poll() is not None, "smsbox")
            for process in (first, second):
                log = folder / f"{Path(process.args[0]).name}.log"
                assert process.poll() is None, log.read_text(errors="replace")
            yield sendsms
