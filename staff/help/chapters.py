"""The chapters of the guide, what stands in them, and which paragraph each page of the workspace opens.

A chapter is one template for each language, ``templates/staff/help/<language>/<key>.html``: sections with an id, each
headed by an ``h2``. A section is what the search finds and what a "?" opens.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import strip_tags
from django.utils.translation import get_language, override, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from common.search import fold


@dataclass(frozen=True)
class Chapter:
    """A chapter by its key, which stands in its address."""

    key: str
    title: Any


CHAPTERS = (
    Chapter("start", _("Finding your way")),
    Chapter("content", _("A conference and what it says")),
    Chapter("points", pgettext_lazy("guide", "Bridge points")),
    Chapter("people", _("Registrations and people")),
    Chapter("invitations", _("Invitations")),
    Chapter("messages", pgettext_lazy("guide", "Messages")),
    Chapter("papers", _("Lists and papers")),
    Chapter("settings", _("Who may do what, and what was done")),
    Chapter("day", _("The day of the conference")),
    Chapter("after", _("Afterwards")),
)

#: The paragraph of a page, by the beginning of its name in the workspace; the longest beginning counts.
PAGES = {
    "conferences": "start#conferences",
    "new": "content#new",
    "overview": "start#overview",
    "unreachable": "people#unreachable",
    "doubles": "people#doubles",
    "search": "start#search",
    "content": "content#content",
    "points": "points#points",
    "point": "points#connection",
    "point_add": "points#points",
    "coordinator_phone": "points#coordinators",
    "point_spare": "points#connection",
    "point_place": "points#place",
    "point_people": "points#coordinators",
    "points_several": "points#several",
    "points_seats": "points#several",
    "points_line": "points#several",
    "my_point": "points#my-point",
    "people": "people#people",
    "registration": "people#one",
    "telephone": "people#telephone",
    "invitation": "invitations#invitations",
    "messages": "messages#delivery",
    "reminder": "messages#reminders",
    "announcement": "messages#write",
    "round": "day#rounds",
    "start_check": "day#start",
    "doors": "day#phones",
    "phone": "day#phones",
    "papers": "papers#out",
    "show": "day#show",
    "meeting": "day#meeting",
    "slides": "day#slides",
    "rehearsal": "day#show",
    "floor": "day#floor",
    "poll": "day#floor",
    "settings": "settings#settings",
    "publish": "content#publish",
    "cancel": "content#cancel",
    "restore": "content#cancel",
    "duplicate": "content#new",
    "roles": "settings#roles",
    "deputies": "settings#deputies",
    "history": "settings#history",
    "board": "day#board",
    "incident": "day#board",
}
#: The paragraph of a page that has none of its own, by its tab.
TABS = {
    "my_point": "points#my-point",
    "overview": "start#overview",
    "content": "content#content",
    "points": "points#points",
    "people": "people#people",
    "invitations": "invitations#invitations",
    "messages": "messages#messages",
    "day": "day#board",
    "papers": "papers#out",
    "settings": "settings#settings",
}
#: Width and height of every picture, in pixels; they are taken by tests/support/guide_pictures.py.
PICTURE_SIZE = (960, 600)
_SECTION = re.compile(r'<section id="([\w-]+)">\s*<h2>(.*?)</h2>(.*?)</section>', re.DOTALL)


@dataclass(frozen=True)
class Section:
    """A section of the guide: chapter, id, heading and what stands below it, as text."""

    chapter: Chapter
    anchor: str
    heading: str
    text: str


def paragraph_of(view: str, tab: str) -> str:
    """The paragraph (``chapter#anchor``) of the page with this name, such as "workspace:points", below ``tab``.

    "" where the guide says nothing of it.
    """
    room, _, name = view.rpartition(":")
    if room == "lists" and tab == "day":
        return PAGES["meeting"]
    if room == "workspace":
        fitting = [begins for begins in PAGES if name.startswith(begins)]
        if fitting:
            return PAGES[max(fitting, key=len)]
    return TABS.get(tab, "")


def language() -> str:
    """The language in which the guide is read now."""
    return "en" if (get_language() or settings.LANGUAGE_CODE).startswith("en") else "vi"


def chapter_of(key: str) -> Chapter | None:
    """The chapter with this key."""
    return next((chapter for chapter in CHAPTERS if chapter.key == key), None)


def body(chapter: Chapter, language: str) -> str:
    """What stands in ``chapter``, as HTML."""
    with override(language):
        return render_to_string(f"staff/help/{language}/{chapter.key}.html")


@lru_cache(maxsize=4)
def sections(language: str) -> tuple[Section, ...]:
    """Every section of the guide, in order. Read once a process: it changes with the code only."""
    return tuple(
        Section(chapter, anchor, _text(heading), _text(text))
        for chapter in CHAPTERS
        for anchor, heading, text in _SECTION.findall(body(chapter, language))
    )


def _text(html: str) -> str:
    return " ".join(unescape(strip_tags(html)).split())


def search(query: str, language: str) -> list[Section]:
    """The sections that hold every word of ``query``, those first whose heading does; accents do not matter."""
    words = fold(query).split()
    found = [one for one in sections(language) if words and _holds(f"{one.heading} {one.text}", words)]
    return sorted(found, key=lambda one: not _holds(one.heading, words))


def _holds(text: str, words: list[str]) -> bool:
    folded = fold(text)
    return all(word in folded for word in words)
