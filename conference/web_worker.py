"""gunicorn's worker with threads, with less to do for each request (docs/adr/0040-connections-and-web-workers.md)."""

import errno
import select
import socket
import time
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.http.body import LengthReader
from gunicorn.workers.gthread import TConn, ThreadWorker

# Seconds between two signs of life for gunicorn, which waits for one as long as its ``timeout`` says.
_SIGN_OF_LIFE = 1.0
# Octets of a body up to which it is put together with its head.
_COPIED = 65_536
# Of accept(2): somebody else took the visitor, or they are gone.
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


class WebWorker(ThreadWorker):
    """Does what gunicorn's does, in fewer steps: each call of the system is a turn that another thread may take.

    A request is known to be there by one call and not by four: behind a proxy it nearly always has come. Its socket is
    not made non-blocking and blocking again. Head and body of an answer are sent together. gunicorn's parent gets a
    sign of life once a second, not for each visitor. And a connection that is over is closed by the thread that
    answered it: gunicorn wakes its first thread for that, which takes the turn of others. Nobody waits for a visitor to
    close first, if all that they sent has been read.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # Closed, and still counted: only the first thread counts connections.
        self._closed: deque[Any] = deque()
        self._addresses: dict[socket.socket, Any] = {}
        self._next_sign = 0.0

    def notify(self) -> None:
        """Tell gunicorn's parent that this process lives, if that is due."""
        now = time.monotonic()
        if now >= self._next_sign:
            self._next_sign = now + _SIGN_OF_LIFE
            super().notify()

    def accept(self, listener: socket.socket) -> None:
        """Let in the next visitor of ``listener``."""
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno not in _NOBODY:
                raise
            return
        self.nr_conns += 1
        if (server := self._addresses.get(listener)) is None:
            server = self._addresses[listener] = listener.getsockname()
        self.enqueue_req(Connection(self.cfg, sock, client, server))

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
        self.tpool.submit(self.handle, conn).add_done_callback(partial(self._after, conn))

    def _after(self, conn: Any, done: "Future[Any]") -> None:
        is_over = not done.cancelled() and done.exception() is None and done.result() is False
        # While it is full, or ending, the first thread waits for connections to end: it must be woken.
        if is_over and self.alive and self._accepting:
            # What broke may have closed it.
            with suppress(OSError):
                conn.close(graceful=not conn.has_been_read())
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
