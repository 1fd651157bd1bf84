"""gunicorn's worker with threads, with less to do for each request."""

import select
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.workers.gthread import ThreadWorker


class WebWorker(ThreadWorker):
    """Does what gunicorn's does; two things in fewer steps, 0.04 ms of 0.33 for a request with an empty answer.

    Whether a request has come already is asked by one system call and not by four: behind a proxy it nearly always has.
    And a connection that is over is closed by the thread that answered it: gunicorn wakes its first thread for that,
    which takes the turn of others, and waits there for the visitor to close as well while nobody else is let in.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # Closed, and still counted: only the first thread counts connections.
        self._closed: deque[Any] = deque()

    def handle(self, conn: Any) -> Any:
        """Answer the request of ``conn``, in one of the pool's threads."""
        if not conn.initialized and not conn.data_ready:
            poll = select.poll()
            poll.register(conn.sock, select.POLLIN)
            conn.data_ready = bool(poll.poll(0))
        return super().handle(conn)

    def enqueue_req(self, conn: Any) -> None:
        """Have a thread of the pool answer ``conn``."""
        self.tpool.submit(self.handle, conn).add_done_callback(partial(self._after, conn))

    def _after(self, conn: Any, done: "Future[Any]") -> None:
        is_over = not done.cancelled() and done.exception() is None and done.result() is False
        # While it is full, or ending, the first thread waits for connections to end: it must be woken.
        if is_over and self.alive and self._accepting:
            # What broke may have closed it.
            with suppress(OSError):
                conn.close(graceful=True)
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
