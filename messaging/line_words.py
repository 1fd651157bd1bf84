"""What messages say about lines: how one is joined, which is in use, and the round in which they are tested."""

from datetime import UTC, datetime

from django.utils.translation import gettext

from bridges.lines import line_in_use
from bridges.models import BridgePoint, JoinDetails, TestRound
from outbox.refs import Ref

#: The kind of reference under which the outbox knows the reminders of a test round, and its parts.
ROUND = "test_round"
DAY_BEFORE, HOUR_BEFORE, MOVED = 1, 2, 3
#: The same of the notice that it is cancelled; the part is the start that its readers know, in seconds since 1970.
CANCELLED_ROUND = "cancelled_round"


class Lines:
    """The lines in use and the test rounds that a batch of messages is about, each read once."""

    def __init__(self) -> None:
        self._in_use: dict[int, JoinDetails] = {}
        self._rounds: dict[int, TestRound | None] = {}

    def in_use(self, point: BridgePoint) -> JoinDetails:
        """The line over which ``point`` is joined now."""
        if point.pk not in self._in_use:
            self._in_use[point.pk] = line_in_use(point)
        return self._in_use[point.pk]

    def round_of(self, occasion: str) -> TestRound | None:
        """The test round that is the ``occasion`` of a message; None if it is another one, or was deleted."""
        ref = Ref.parse(occasion)
        if ref is None or ref.kind not in (ROUND, CANCELLED_ROUND):
            return None
        if ref.number not in self._rounds:
            self._rounds[ref.number] = TestRound.objects.filter(pk=ref.number).first()
        return self._rounds[ref.number]


def details_words(line: JoinDetails) -> str:
    """How ``line`` is joined, one detail a line, for those who connect the room."""
    lines = [f"{label}: {value}" for label, value in line.shown_details()]
    if line.web_url:
        lines.insert(0, line.web_url)
    if line.instructions:
        lines.append(line.instructions)
    return "\n".join(lines)


def line_words(point: BridgePoint | None) -> str:
    """Over which line ``point`` is joined now."""
    if point is None:
        return ""
    return gettext("back on the main line") if point.on_spare_since is None else gettext("now on the spare line")


def reminder_words(occasion: str) -> str:
    """Which reminder of a test round the ``occasion`` is, in words; "" if it is none."""
    ref = Ref.parse(occasion)
    if ref is None or ref.kind != ROUND:
        return ""
    words = {
        DAY_BEFORE: gettext("a day before"),
        HOUR_BEFORE: gettext("an hour before"),
        MOVED: gettext("another time"),
    }
    return words.get(ref.part or 0, "")


def round_news(occasion: str) -> str:
    """That a test round is at another time than was said before, if that is the ``occasion``; else ""."""
    ref = Ref.parse(occasion)
    return gettext("The time has changed.") if ref is not None and ref.part == MOVED else ""


def known_start(occasion: str, test_round: TestRound) -> datetime:
    """When ``test_round`` is (UTC); in the notice that it is cancelled, when its readers were told that it would be.

    It may have been moved since, of which they have not heard.
    """
    ref = Ref.parse(occasion)
    if ref is not None and ref.kind == CANCELLED_ROUND and ref.part is not None:
        return datetime.fromtimestamp(ref.part, UTC)
    return test_round.starts_at
