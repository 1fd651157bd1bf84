"""People who use the demo for a while: they open pages, register, and read what they were sent."""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.chaos import visitors
from tests.soak.demo import Demo

#: Seconds between two requests of one person.
_THINKING = 0.5
#: Seconds in which a message must be in the mailbox.
PATIENCE = 60
# The next edition: the conference on top of the home page is taking place now, and takes nobody any more.
_SLUG = re.compile(r'href="/(na-chi-lang-\d+)/')
_POINT = re.compile(r'name="point" value="(\d+)"')
_ITEM = re.compile(r'href="(/mailbox/\d+/)"')
_LINK = re.compile(r"https?://[^/\s\"]+(/[jr]/[\w-]+/)")


@dataclass
class Diary:
    """What happened. Times in seconds; errors in words, each with what was asked for."""

    pages: list[float] = field(default_factory=list)
    posts: list[float] = field(default_factory=list)
    #: when (of the monotonic clock) each visitor's registration was answered
    registered: dict[int, float] = field(default_factory=dict)
    #: from then until somebody saw mail and SMS in the mailbox, for some
    delays: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class People:
    """A number of people at once; each registers again and again as somebody new."""

    def __init__(self, demo: Demo, at_once: int) -> None:
        self._demo = demo
        self._at_once = at_once
        self._stopping = threading.Event()
        self._number = 0
        self._lock = threading.Lock()
        self.diary = Diary()
        self._slug = _SLUG.findall(demo.ask("/")[1])[0]
        self._points = _POINT.findall(demo.ask(f"/{self._slug}/register/")[1])

    def use(self, seconds: float, meanwhile: Callable[[], None] = lambda: None) -> Diary:
        """Use the demo for ``seconds``, calling ``meanwhile`` again and again; returns what happened."""
        deadline = time.monotonic() + seconds
        threads = [threading.Thread(target=self._live, name=f"person-{n}") for n in range(self._at_once)]
        threads.append(threading.Thread(target=self._read_mail, name="reader"))
        for thread in threads:
            thread.start()
        try:
            while time.monotonic() < deadline:
                meanwhile()
                self._stopping.wait(min(1.0, max(deadline - time.monotonic(), 0)))
        finally:
            self._stopping.set()
            for thread in threads:
                thread.join()
        return self.diary

    def register(self) -> int:
        """Register as somebody new; returns the visitor's number, 0 if that failed."""
        with self._lock:
            self._number += 1
            number = self._number
        point = int(self._points[number % len(self._points)])
        visit = visitors.register(self._demo.port, self._slug, point=point, number=number)
        if visit.status != 302:
            self.diary.errors.append(f"registering: {visit.status}")
            return 0
        self.diary.posts.append(visit.post_seconds)
        self.diary.registered[number] = time.monotonic()
        return number

    def open(self, address: str) -> str:
        """Open a page and return its text."""
        started = time.monotonic()
        status, page = self._demo.ask(address)
        if status == 200:
            self.diary.pages.append(time.monotonic() - started)
        else:
            self.diary.errors.append(f"{address}: {status}")
        return page

    def find_messages(self, number: int) -> list[str]:
        """The addresses of what visitor ``number`` has in the mailbox: mail, then SMS."""
        searches = (visitors.address_of(number), f"0912{number:06d}")
        return [item for words in searches for item in _ITEM.findall(self._demo.ask(f"/mailbox/?q={words}")[1])]

    def wait_for_messages(self, number: int) -> list[str]:
        """As ``find_messages``, once both are there; what there is after ``PATIENCE``."""
        deadline = time.monotonic() + PATIENCE
        while len(items := self.find_messages(number)) < 2 and time.monotonic() < deadline:
            time.sleep(0.2)
        return items

    def count_lost(self) -> int:
        """How many of the registered lack their mail or their SMS; waits ``PATIENCE`` for the last ones."""
        missing = list(self.diary.registered)
        deadline = time.monotonic() + PATIENCE
        while True:
            missing = [number for number in missing if len(self.find_messages(number)) < 2]
            if not missing or time.monotonic() > deadline:
                return len(missing)
            time.sleep(0.5)

    def _live(self) -> None:
        rounds = [*("/", f"/{self._slug}/", f"/{self._slug}/register/"), "", *("/mailbox/", "/healthz")]
        while not self._stopping.is_set():
            for address in rounds:
                if address:
                    self.open(address)
                else:
                    self.register()
                if self._stopping.wait(_THINKING):
                    return

    def _read_mail(self) -> None:
        """Wait for the messages of the latest visitor, open the mail, follow the link in it; and again."""
        while not self._stopping.wait(_THINKING):
            if not self.diary.registered:
                continue
            number = max(self.diary.registered)
            items = self.wait_for_messages(number)
            if len(items) < 2:
                self.diary.errors.append(f"no mail and SMS within {PATIENCE} s")
                continue
            self.diary.delays.append(time.monotonic() - self.diary.registered[number])
            for link in _LINK.findall(self.open(items[0]))[:1]:
                self.open(link)
