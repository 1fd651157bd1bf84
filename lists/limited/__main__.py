"""The limited process: one order and one file on its input, one answer on its output, both in JSON, and it ends.

A big file is not on its input but open already: the order says under which number.

It begins by taking from itself what it does not need: memory and time beyond its limits, and writing files.
"""

import base64
import json
import os
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

# Of nice(1): whoever waits for a page comes first. A worker has stepped back so far already.
_NICENESS = 10
_NO_MEMORY = '{"too_much": "memory"}'


def limit(*, memory: int, processor: int) -> None:
    """Take no more than ``memory`` bytes and ``processor`` seconds, write no file, leave no image of the memory.

    A system that does not know one of the limits goes without it: macOS has none for memory.
    """
    for what, most in (
        (resource.RLIMIT_AS, (memory, memory)),
        # At the first a signal says why, at the second it is killed.
        (resource.RLIMIT_CPU, (processor, processor + 1)),
        (resource.RLIMIT_FSIZE, (0, 0)),
        (resource.RLIMIT_CORE, (0, 0)),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(what, most)
    os.nice(max(_NICENESS - os.nice(0), 0))


def _table(content: bytes, order: dict[str, Any]) -> dict[str, Any]:
    from lists.limited import tables

    return tables.read(content, order["name"], most_rows=order["rows"])


def _letter(content: bytes, order: dict[str, Any]) -> dict[str, Any]:
    import django
    from django.conf import settings
    from django.utils import translation

    if not settings.configured:
        # For its translations alone: no apps, no models, no settings of the site.
        settings.configure(LOCALE_PATHS=order["catalogues"], USE_I18N=True)
        django.setup()
    from lists.papers import checks, letters

    with translation.override(order["language"]):
        try:
            checked = checks.check(content)
        except letters.WrongLetter as wrong:
            return {"wrong": str(wrong)}
    return {"content": base64.b64encode(checked.content).decode(), "lacking": checked.lacking}


def _slides(_content: bytes, order: dict[str, Any]) -> dict[str, Any]:
    from lists.limited import slides

    with os.fdopen(order["descriptor"], "rb") as file:
        return slides.look(file, most_pages=order["most_pages"])


_TASKS: dict[str, Callable[[bytes, dict[str, Any]], dict[str, Any]]] = {
    "table": _table,
    "letter": _letter,
    "slides": _slides,
}


def main() -> None:
    """Do what the order on the input says."""
    order = json.loads(sys.stdin.buffer.readline())
    limit(memory=order["memory"], processor=order["processor"])
    content = sys.stdin.buffer.read()
    try:
        answer = json.dumps(_TASKS[order["task"]](content, order))
    except MemoryError:
        answer = _NO_MEMORY
    sys.stdout.write(answer)


if __name__ == "__main__":
    main()
