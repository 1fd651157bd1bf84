"""Many visits at once from one thread, with raw sockets: measuring shall cost little of the processors it measures.

A visit is a generator: it yields what it sends and gets the answer, and returns whether all went well. Each request has
a connection of its own, as behind the reverse proxy of docs/operate.md.
"""

import gzip
import re
import select
import socket
import time
import zlib
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import brotli

from tests.chaos.servers import Hung

#: Seconds after which a crowd that is not through counts as stuck.
PATIENCE = 180
_COOKIE = re.compile(rb"^set-cookie:\s*([^=;\s]+)=([^;\r\n]*)", re.IGNORECASE | re.MULTILINE)


class Answer:
    """What a server said; ``status`` is 0 if it hung up without an answer."""

    def __init__(self, octets: bytes) -> None:
        self.head, _, self._body = octets.partition(b"\r\n\r\n")
        self.status = int(self.head[9:12]) if self.head.startswith(b"HTTP/") else 0
        self.size = len(octets)

    def header(self, name: str) -> str:
        """The header ``name``, "" if there is none."""
        found = re.search(rb"^" + name.encode() + rb":\s*([^\r\n]*)", self.head, re.IGNORECASE | re.MULTILINE)
        return found[1].decode("latin-1") if found else ""

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that it sets."""
        return {name.decode(): value.decode() for name, value in _COOKIE.findall(self.head)}

    @cached_property
    def content(self) -> bytes:
        """The body as a browser reads it, unpacked."""
        body = _joined(self._body) if self.header("transfer-encoding") == "chunked" else self._body
        match self.header("content-encoding"):
            case "br":
                return brotli.decompress(body)
            case "gzip":
                return gzip.decompress(body)
            case "deflate":
                return zlib.decompress(body)
        return body


def _joined(body: bytes) -> bytes:
    """The chunks of a chunked ``body`` in one."""
    parts = []
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size.partition(b";")[0], 16)
        parts.append(rest[:length])
        body = rest[length + 2 :] if length else b""
    return b"".join(parts)


#: Yields the port and the request, gets the answer, returns whether the visit went well.
Visit = Generator[tuple[int, bytes], Answer, bool]


@dataclass(frozen=True)
class Seen:
    """One visit: whether it went well, how long it took in all, how many requests it made."""

    is_well: bool
    seconds: float
    requests: int


class _Walk:
    """A visit on its way: the request that it waits for, and when it began."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.started = time.perf_counter()
        self.requests = 0
        self.seen: Seen | None = None
        self._parts: list[bytes] = []
        self._send(next(visit))

    def _send(self, request: tuple[int, bytes]) -> None:
        port, octets = request
        self.requests += 1
        self._parts.clear()
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.socket.sendall(octets)
        self.socket.setblocking(False)

    def read(self) -> bool:
        """Take what has come; returns whether the answer is whole, and the socket is another one or gone."""
        try:
            octets = self.socket.recv(262_144)
        except BlockingIOError:
            return False
        except OSError:
            octets = b""
        if octets:
            self._parts.append(octets)
            return False
        self.socket.close()
        try:
            self._send(self.visit.send(Answer(b"".join(self._parts))))
        except StopIteration as end:
            self.seen = Seen(bool(end.value), time.perf_counter() - self.started, self.requests)
        return True


def crowd(visits: Iterable[Visit], at_once: int) -> list[Seen]:
    """Make all ``visits``, so many at a time; what was seen, in the order in which they ended.

    Raises:
        Hung: it takes longer than ``PATIENCE``.
    """
    deadline = time.monotonic() + PATIENCE
    waiting, seen = iter(visits), list[Seen]()
    walks: dict[int, _Walk] = {}
    ears = select.epoll()

    def enter() -> None:
        for visit in waiting:
            walk = _Walk(visit)
            walks[walk.socket.fileno()] = walk
            ears.register(walk.socket, select.EPOLLIN)
            return

    try:
        for _ in range(at_once):
            enter()
        while walks:
            if time.monotonic() > deadline:
                raise Hung(f"{len(walks)} visitors wait for an answer: not within {PATIENCE} s")
            for number, _ in ears.poll(1):
                _go_on(walks, number, ears, seen, enter)
    finally:
        ears.close()
        for walk in walks.values():
            walk.socket.close()
    return seen


def _go_on(walks: dict[int, _Walk], number: int, ears: select.epoll, seen: list[Seen], enter) -> None:
    """Have the visit of the socket ``number`` take its next step; the next visitor enters when it has ended."""
    walk = walks[number]
    if not walk.read():
        return
    # Closing took the old socket off the list.
    del walks[number]
    if walk.seen is None:
        walks[walk.socket.fileno()] = walk
        ears.register(walk.socket, select.EPOLLIN)
    else:
        seen.append(walk.seen)
        enter()


def one(visit: Visit) -> Seen:
    """Make one visit alone."""
    return crowd([visit], 1)[0]


def well(seen: Sequence[Seen]) -> int:
    """How many visits went well."""
    return sum(each.is_well for each in seen)
