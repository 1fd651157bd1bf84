"""Parts of pages that many screens ask for again and again, drawn once for all who see the same.

A board with sixty rooms takes Django as long to draw as twenty answers that nothing has changed. When something
changes, every board asks for it within three seconds: the first has it drawn, the others read it from the memory of the
process. Of its rows, those that have not changed are not drawn again either (``{% kept %}``).
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from common.csrf_tokens import get_token

#: Stands for the reader's form token in what is kept. Nobody can write it themselves: each process has another one.
TOKEN = secrets.token_hex(32)
#: Parts that are kept, some 100 KB each: of two conferences on one day, in two languages, for each role.
_PARTS = 16
#: Rows that are kept, some 2 KB each.
_PIECES = 1000


class Kept:
    """The texts that were used last, at most so many."""

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self._texts: OrderedDict[Hashable, str] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._texts)

    def get(self, key: Hashable) -> str | None:
        """The text; None if there is none."""
        with self._lock:
            if key in self._texts:
                self._texts.move_to_end(key)
            return self._texts.get(key)

    def put(self, key: Hashable, text: str) -> None:
        """Keep ``text``, and drop what nobody has asked for longest."""
        with self._lock:
            self._texts[key] = text
            while len(self._texts) > self._at_most:
                self._texts.popitem(last=False)

    def clear(self) -> None:
        """Have everything drawn anew."""
        with self._lock:
            self._texts.clear()


pieces = Kept(_PIECES)
_parts = Kept(_PARTS)
_drawing = Lock()


def part(request: HttpRequest, mark: str, template: str, context: Callable[[], Mapping[str, Any]]) -> HttpResponse:
    """The part with this ``mark``, with the reader's own form token; ``context`` is asked only if it must be drawn.

    ``mark`` must tell apart all to whom the part says different things, those who read another language too. The
    template is drawn without a request: it knows of the reader nothing but the place of their token.
    """
    text = _parts.get(mark)
    if text is None:
        # One draws at a time; who has waited finds it drawn.
        with _drawing:
            text = _parts.get(mark)
            if text is None:
                text = render_to_string(template, {**context(), "csrf_token": TOKEN})
                _parts.put(mark, text)
    if TOKEN in text:
        text = text.replace(TOKEN, get_token(request))
    return HttpResponse(text)


def clear() -> None:
    """Have every part and every piece drawn anew."""
    _parts.clear()
    pieces.clear()
