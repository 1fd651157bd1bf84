"""Lists in which each line says that somebody came or left, as older reports of Teams do: made into times."""

from collections import defaultdict, deque
from collections.abc import Sequence

from lists.people.columns import plain

_Line = tuple[int, list[str]]
_NAME = {"full name", "ho va ten", "ho ten", "ten day du", "ten"}
_ACTION = {"user action", "hanh dong cua nguoi dung", "hanh dong"}
_MOMENT = {"timestamp", "dau thoi gian", "thoi gian"}
_CAME = {"joined", "joined before", "da tham gia", "tham gia", "da tham gia truoc", "da vao", "vao"}
_LEFT = {"left", "da roi khoi", "da roi", "roi khoi", "da roi di", "da ra", "ra"}
_HEADINGS = ["Full Name", "Join Time", "Leave Time"]


def columns_of_events(cells: Sequence[str]) -> tuple[int, int, int] | None:
    """In which columns below ``cells`` the name, what they did and when stand; None: these are no such headings."""
    words = [plain(cell) for cell in cells]
    found = [next((at for at, word in enumerate(words) if word in names), None) for names in (_NAME, _ACTION, _MOMENT)]
    name, action, moment = found
    return None if name is None or action is None or moment is None else (name, action, moment)


def times_of_events(number: int, columns: tuple[int, int, int], lines: Sequence[_Line]) -> list[_Line]:
    """Below headings, whose line is ``number`` as before: one line for each time from coming to leaving.

    Of somebody who came twice and left twice, the first coming and the first leaving belong together. A line that is
    neither stays, with what they did in place of the time, which the dry run refuses in words.
    """
    found: list[_Line] = []
    inside: dict[str, deque[list[str]]] = defaultdict(deque)
    for line, cells in lines:
        name, action, moment = (cells[at].strip() if at < len(cells) else "" for at in columns)
        done = plain(action)
        if done in _LEFT and inside[name]:
            inside[name].popleft()[2] = moment
        elif done in _LEFT:
            found.append((line, [name, "", moment]))
        else:
            time = [name, moment if done in _CAME else action.strip() or "?", ""]
            if done in _CAME:
                inside[name].append(time)
            found.append((line, time))
    return [(number, list(_HEADINGS)), *found]
