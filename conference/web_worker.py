"""gunicorn's worker with threads, with less to do for each request (docs/adr/0040-connections-and-web-workers.md)."""

import errno
import select
import signal
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.http.body import LengthReader
from gunicorn.workers.gthread import TConn, ThreadWorker

from common.process import finish_what_is_begun

# Seconds between two signs of life for gunicorn, which waits for one as long as its ``timeout`` says.
_SIGN_OF_LIFE = 1.0
# For how long a thread waits for the next visitor until it looks whether it should (SO_RCVTIMEO of socket(7)).
_ONE_SECOND, _NO_LIMIT = struct.pack("ll", 1, 0), struct.pack("ll", 0, 0)
# Seconds after which the next thread lets in visitors beside one that is not through with theirs.
_SOON = 0.05
_NOBODYS_TURN = (0, float("-inf"))
# Octets of a body up to which it is put together with its head.
_COPIED = 65_536
# Of accept(2): nobody came, or they are gone.
_NOBODY = (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED)


class _AlreadyBlocking:
    """Stands for a visitor's socket while gunicorn's connection makes it non-blocking: its threads undo that."""

    def setblocking(self, flag: bool) -> None:
        pass


class Connection(TConn):
    """gunicorn's connection to a visitor, whose socket blocks from the beginning, as a thread needs it."""

    def __init__(self, cfg: Any, sock: socket.socket, client: Any, server: Any) -> None:
        super().__init__(cfg, _AlreadyBlocking(), client, server)
        self.sock = sock

    def has_been_read(self) -> bool:
        """Whether nothing of what the visitor has sent is left: to close tears no answer then.

        The system answers what comes to a closed socket, or is left in one, by a reset, which makes a visitor throw
        away what they have not read yet (RFC 9112, section 9.6).
        """
        message = getattr(self.parser, "mesg", None)
        reader = getattr(getattr(message, "body", None), "reader", None)
        if not isinstance(reader, LengthReader) or reader.length or self.parser.unreader.buf.getvalue():
            return False
        try:
            return not self.sock.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK)
        except BlockingIOError:
            return True


class HeadWithBody:
    """A visitor's socket while an answer is written: the head of the answer goes with the first piece of its body.

    gunicorn writes the head when there is a body to write, or none comes, so that nobody waits longer for it.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._head = b""

    def sendall(self, data: bytes) -> None:
        """Send ``data``, or keep it if it is a head that another piece may follow."""
        if not self._head and data.startswith(b"HTTP/1."):
            self._head = data
        elif len(data) > _COPIED:
            self.flush()
            self._sock.sendall(data)
        else:
            head, self._head = self._head, b""
            self._sock.sendall(head + data)

    def flush(self) -> None:
        """Send what is kept."""
        if self._head:
            head, self._head = self._head, b""
            self._sock.sendall(head)

    def __getattr__(self, name: str) -> Any:
        """All else that is done with a socket is done with the real one, after what is kept."""
        self.flush()
        return getattr(self._sock, name)


class Turns:
    """Whose turn it is to let visitors in and answer them: one thread's at a time, as long as it answers each soon.

    Python runs one thread of a process at a time. Threads that have all begun with a visitor change at each call of the
    system, and each finds in the processor's caches what the other needed.
    """

    def __init__(self) -> None:
        # Whose turn it is, and since when they have been answering somebody; None while they wait for somebody. Both
        # are replaced at once, and each change can be late without harm: two threads let visitors in for a moment.
        self._turn: tuple[int, float | None] = _NOBODYS_TURN
        self._first_in_line = threading.Lock()

    def comes(self, goes_on: Callable[[], bool]) -> bool:
        """Wait for the turn of the thread that asks; False once ``goes_on``, asked now and then, says no more."""
        if not self._is_mine():
            with self._first_in_line:
                while goes_on() and not self._take():
                    time.sleep(_SOON)
        return goes_on()

    def begin(self) -> None:
        """The thread that asks has let somebody in."""
        if self._is_mine():
            self._turn = (threading.get_ident(), time.monotonic())

    def end(self) -> None:
        """They are answered. If that took long it has become another thread's turn, and stays so."""
        if self._is_mine():
            self._turn = (threading.get_ident(), None)

    def leave(self) -> None:
        """The thread that asks lets nobody in any more."""
        if self._is_mine():
            self._turn = _NOBODYS_TURN

    def _is_mine(self) -> bool:
        return self._turn[0] == threading.get_ident()

    def _take(self) -> bool:
        _whose, since = self._turn
        if since is None or time.monotonic() - since < _SOON:
            return False
        self._turn = (threading.get_ident(), None)
        return True


def _close(conn: Connection) -> None:
    # What broke may have closed it.
    with suppress(OSError):
        conn.close(graceful=not conn.has_been_read())


class WebWorker(ThreadWorker):
    """Does what gunicorn's does, in fewer steps: each call of the system is a turn that another thread may take.

    A thread lets in a visitor itself, answers them and closes, and the next one; gunicorn has its first thread let them
    in and wake another one for each, which costs more than a kept page. Other threads do so while one is long at it
    (``Turns``). The system gives a visitor to the process that has waited longest. Who comes again on a connection that
    was kept is answered as by gunicorn.

    A request is known to be there by one call and not by four: behind a proxy it nearly always has come. Its socket is
    not made non-blocking and blocking again. Head and body of an answer are sent together. gunicorn's parent gets a
    sign of life once a second, not for each visitor. Nobody waits for a visitor to close first, if all that they sent
    has been read.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        #: Called by each thread before it lets anybody in.
        self.prepare_thread: Callable[[], None] | None = None
        # For visitors who come again on a connection that was kept, or who said nothing for seconds.
        self._for_others: Any = None
        # Threads that let visitors in, by what becomes of them when they end.
        self._doors: list[Future[None]] = []
        # Closed, and still counted: only the first thread counts connections.
        self._closed: deque[Any] = deque()
        self._next_sign = 0.0
        self._accepting = False
        self._turns: list[Turns] = []

    def init_process(self) -> None:
        """What this process does from its beginning to its end."""
        finish_what_is_begun()
        # Of each listener, and a thread at least for each.
        self._turns = [Turns() for _ in self.sockets]
        self.cfg.set("threads", max(self.cfg.threads, len(self.sockets)))
        self._for_others = self.get_thread_pool()
        super().init_process()

    def notify(self) -> None:
        """Tell gunicorn's parent that this process lives, if that is due."""
        now = time.monotonic()
        if now >= self._next_sign:
            self._next_sign = now + _SIGN_OF_LIFE
            super().notify()

    def set_accept_enabled(self, enabled: bool) -> None:
        """Let visitors in from now on, or no more: that is heard within a second."""
        if enabled == self._accepting:
            return
        self._accepting = enabled
        if enabled:
            self._open_doors()
        elif not self.alive:
            self._wait_until_closed()

    def _open_doors(self) -> None:
        """Have each thread of the pool let visitors in, but for those that have not heard yet that none should."""
        self._doors = [door for door in self._doors if not door.done()]
        addresses = [listener.getsockname() for listener in self.sockets]
        places = list(zip(self.sockets, addresses, self._turns, strict=True))
        for listener in self.sockets:
            listener.setblocking(True)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _ONE_SECOND)
        for number in range(len(self._doors), self.cfg.threads):
            self._doors.append(self.tpool.submit(self._let_in, *places[number % len(places)]))

    def _wait_until_closed(self) -> None:
        """Wait until what those in the doors have begun is answered, as long as gunicorn waits for that."""
        until = time.monotonic() + self.cfg.graceful_timeout
        while time.monotonic() < until and wait(self._doors, timeout=_SIGN_OF_LIFE).not_done:
            self.notify()

    def _let_in(self, listener: socket.socket, address: Any, turns: Turns) -> None:
        """Let in who comes to ``listener``, at ``address``, while it is this thread's turn there, and answer them."""
        if self.prepare_thread is not None:
            self.prepare_thread()
        try:
            while turns.comes(self._lets_in):
                if sock_and_client := self._accept(listener):
                    turns.begin()
                    self._answer(Connection(self.cfg, *sock_and_client, address))
                    turns.end()
        finally:
            turns.leave()

    def _accept(self, listener: socket.socket) -> tuple[socket.socket, Any] | None:
        """Who comes to ``listener`` within a second; None if nobody does, or nobody can be let in any more."""
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno not in _NOBODY:
                # Such as too many files: gunicorn starts a new process in place of this one.
                self.log.exception("Nobody can be let in: this process ends.")
                self.handle_exit(signal.SIGTERM, None)
            return None
        # It has the time limit of its listener.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _NO_LIMIT)
        return sock, client

    def _lets_in(self) -> bool:
        return bool(self.alive and self._accepting)

    def _answer(self, conn: Connection) -> None:
        try:
            result = self.handle(conn)
        except SystemExit:
            # Of the site; what it was asked for is over, and this thread goes on.
            self.log.exception("The site asked to end.")
            result = False
        if result is False:
            _close(conn)
        else:
            self.method_queue.defer(self._hold, conn, result)

    def _hold(self, conn: Connection, result: Any) -> None:
        """Have the first thread wait until ``conn``, which is kept or has said nothing yet, says something."""
        self.nr_conns += 1
        done: Future[Any] = Future()
        done.set_result(result)
        self.finish_request(conn, done)

    def handle(self, conn: Any) -> Any:
        """Answer the request of ``conn``, in one of the pool's threads."""
        if not conn.initialized and not conn.data_ready:
            poll = select.poll()
            poll.register(conn.sock, select.POLLIN)
            conn.data_ready = bool(poll.poll(0))
        return super().handle(conn)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Have the site answer ``req``; returns whether the connection is kept."""
        sock = conn.sock
        conn.sock = together = HeadWithBody(sock)
        try:
            is_kept = super().handle_request(req, conn)
            together.flush()
            return is_kept
        finally:
            conn.sock = sock

    def enqueue_req(self, conn: Any) -> None:
        """Have a thread of the pool answer ``conn``."""
        self._for_others.submit(self.handle, conn).add_done_callback(partial(self._after, conn))

    def _after(self, conn: Any, done: "Future[Any]") -> None:
        is_over = not done.cancelled() and done.exception() is None and done.result() is False
        # While it is full, or ending, the first thread waits for connections to end: it must be woken.
        if is_over and self.alive and self._accepting:
            _close(conn)
            self._closed.append(conn)
            if not (self.alive and self._accepting):
                # It began to wait while the visitor took their time to close.
                self.method_queue.defer(lambda: None)
        else:
            self.method_queue.defer(self.finish_request, conn, done)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """One turn of the first thread."""
        super().wait_for_and_dispatch_events(timeout)
        while self._closed:
            self._closed.popleft()
            self.nr_conns -= 1
