"""Devices of the day as their pages behave (static/desk/sync.js, static/js/room.js): a queue, sent until taken."""

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from typing import Any
from uuid import uuid4

#: Of one request, as the pages have it.
AT_MOST = 200
_PATIENCE = 10


class Device(threading.Thread):
    """Something with a queue, which sends it every so often until it is told to stop and the queue is empty.

    Args:
        port: where the site listens.
        pause: seconds between two tries.
        happen: called before each try; adds to the queue what has happened meanwhile.
    """

    address: str
    headers: dict[str, str]

    def __init__(self, port: int, pause: float, happen: Callable[[Any], None]) -> None:
        super().__init__(daemon=True)
        self._port, self._pause, self._happen = port, pause, happen
        #: Nothing else is done with the queue meanwhile.
        self.lock = threading.Lock()
        self.queue: list[dict[str, Any]] = []
        #: Everything that has ever happened here, by its identifier.
        self.all: dict[str, dict[str, Any]] = {}
        self.outcomes: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self._over = threading.Event()

    def note(self, **what: Any) -> None:
        """Something happens: it goes into the queue."""
        one = {"uid": str(uuid4()), **what}
        self.all[one["uid"]] = one
        self.queue.append(one)

    def clock(self) -> int:
        """Its own time, in milliseconds."""
        return round(time.time() * 1000)

    def body(self) -> bytes:
        """What it sends now."""
        raise NotImplementedError

    def hear(self, answer: dict[str, Any]) -> None:
        """Take from an answer what else is in it."""

    def run(self) -> None:
        while True:
            with self.lock:
                if not self._over.is_set():
                    self._happen(self)
                self._try()
                if self._over.is_set() and not self.queue:
                    return
            time.sleep(self._pause)

    def stop(self, seconds: float) -> bool:
        """Let nothing more happen, and wait until the queue is sent; whether it was."""
        self._over.set()
        self.join(seconds)
        return not self.is_alive()

    def _try(self) -> None:
        if not self.queue:
            return
        try:
            status, said = self.ask("POST", self.address, self.body())
        except (OSError, HTTPException):
            self.statuses[0] += 1
            return
        self.statuses[status] += 1
        if status == 200:
            answer = json.loads(said)
            self.hear(answer)
            outcomes = answer["outcomes"]
            self.outcomes.update(outcomes[one["uid"]] for one in self.queue if one["uid"] in outcomes)
            self.queue = [one for one in self.queue if one["uid"] not in outcomes]

    def ask(self, method: str, address: str, body: bytes | None = None) -> tuple[int, bytes]:
        """One request; status and body.

        Raises:
            OSError, HTTPException: there was no answer.
        """
        connection = HTTPConnection("127.0.0.1", self._port, timeout=_PATIENCE)
        try:
            connection.request(method, address, body, self.headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def send_and_hang_up(self, part: float) -> socket.socket:
        """Send that part of the request for what waits (1: all of it), and read no answer. Returns the open line."""
        body = self.body()
        head = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        request = f"POST {self.address} HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode()
        line = socket.create_connection(("127.0.0.1", self._port), _PATIENCE)
        line.sendall(request + body[: int(len(body) * part)])
        return line


class Phone(Device):
    """A phone at a door.

    Args:
        secret: with which it was paired.
        wrong_by: milliseconds that its clock is ahead.
    """

    address = "/desk/scans/"

    def __init__(
        self, port: int, secret: str, happen: Callable[[Any], None], *, wrong_by: int = 0, pause: float = 0.2
    ) -> None:
        super().__init__(port, pause, happen)
        self.wrong_by = wrong_by
        #: Milliseconds that the server's clock is ahead, as its last answer showed.
        self._offset: int | None = None
        self.headers = {
            "Host": "127.0.0.1",
            "Origin": "http://127.0.0.1",
            "Content-Type": "application/json",
            "Cookie": f"desk={secret}",
        }

    def clock(self) -> int:
        return super().clock() + self.wrong_by

    def hear(self, answer: dict[str, Any]) -> None:
        self._offset = answer["now"] - self.clock()

    def read(self, code: str, ago: float = 0.0) -> None:
        """Somebody shows their code, so many seconds ago."""
        self.note(kind="arrive", code=code, verdict="welcome", at=self.clock() - round(1000 * ago))

    def body(self) -> bytes:
        scans = self.queue[:AT_MOST]
        said = {"clock": self.clock(), "offset": self._offset, "queue": len(self.queue), "since": None}
        return json.dumps({**said, "scans": scans}).encode()


class RoomPage(Device):
    """The page of a room: what is pressed, and its sign of life."""

    headers = {"Host": "127.0.0.1", "Content-Type": "application/json"}

    def __init__(self, port: int, token: str, happen: Callable[[Any], None], pause: float = 0.5) -> None:
        super().__init__(port, pause, happen)
        self.address = f"/room/{token}/reports/"
        self._state = f"/room/{token}/live/"
        self.heartbeats = 0

    def press(self, kind: str, value: str) -> None:
        """Somebody presses a button."""
        self.note(kind=kind, value=value, at=self.clock())

    def body(self) -> bytes:
        return json.dumps({"sent": self.clock(), "reports": self.queue[:AT_MOST]}).encode()

    def look(self) -> None:
        """Ask how the room stands, which is its sign of life."""
        try:
            status, _said = self.ask("GET", self._state)
        except (OSError, HTTPException):
            return
        self.heartbeats += status == 200
