"""Filling in a form as a browser does: what it shows is what goes back, but for the changes."""

from html.parser import HTMLParser
from typing import Any


class _Fields(HTMLParser):
    """Collects names and values of the successful controls of every form of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self._select: str | None = None
        self._textarea: str | None = None

    def _add(self, name: str | None, value: str) -> None:
        if name:
            self.values.setdefault(name, []).append(value)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name"), given.get("value") or ""
        if "disabled" in given:
            return
        if tag == "input":
            kind = given.get("type", "text")
            if kind in ("checkbox", "radio"):
                if "checked" in given:
                    self._add(name, value or "on")
            elif kind not in ("submit", "button", "image", "file", "search"):
                self._add(name, value)
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self._add(self._select, value)
        elif tag == "textarea":
            self._textarea = name
            self._add(name, "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        elif tag == "textarea":
            self._textarea = None

    def handle_data(self, data: str) -> None:
        if self._textarea:
            so_far = self.values[self._textarea][-1]
            # A browser leaves out the line break with which the text begins.
            self.values[self._textarea][-1] += data if so_far else data.removeprefix("\n")


def filled_in(response, **changes: Any) -> dict[str, Any]:
    """What a browser would send back for the page of ``response``, with ``changes``; None leaves a field out."""
    parser = _Fields()
    parser.feed(response.content.decode())
    data = {**parser.values, **changes}
    return {name: value for name, value in data.items() if value is not None and not name.startswith("_")}
