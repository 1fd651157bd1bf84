"""Filling in texts: as plain text and, for mail, as HTML with its style inline.

A text is taken apart once and filled in for many people: ``compile_text`` is cached, and what fills in is fast.
"""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import chain
from typing import NamedTuple

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import urlize
from django.utils.translation import gettext

from common.titles import with_one_title
from messaging.texts.placeholders import MARKS, PATTERN

# In the frame of a mail stands "qr" as well: the address of the picture under the button, "" where there is none.
#: Placeholders whose value is an address on the web.
LINKS = frozenset({"link", "page", "conference_page", "invitation", "stop", "own_questions"})
#: Placeholders whose value is a text of organisers with addresses in it. What strangers type (names, organisations,
#: answers) never becomes a link: it would lead wherever they like, in the name of the organisers.
_WITH_LINKS = frozenset({"changes", "details", "words", "preparation", "contact", "answer"})
#: A line with one of these says nothing true without it: before the start or after it.
_DECIDING = frozenset({"countdown", "starts_in", "begun"})
# How a link in a value begins; the frame's own have their style from its style sheet.
_A = '<a style="color: #3c6e1f;" '
# Stand for a value, and for the ends of a line, in HTML on its way through the inliner; no text of ours has them.
_VALUE = re.compile(r"\ue000(\w+)\ue001")
_LINE = re.compile(r"<!--line-->(.*?)<!--end-->", re.DOTALL)
_NO_MARKS = dict.fromkeys(map(ord, MARKS))
_BLOCK = "<!--block-->"

_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)


def _facts() -> list[tuple[str, str]]:
    """Label and text of each row of {facts}."""
    return [
        (gettext("Conference:"), "{conference}"),
        (gettext("When:"), "{time}"),
        (gettext("Bridge point:"), "{point} ({point_kind})"),
        (gettext("Address:"), "{address}"),
        (gettext("Organisation:"), "{organisation}"),
        (gettext("Registration number:"), "{number}"),
    ]


@dataclass(frozen=True)
class _Pieces:
    """A run of text: literals and, between them, the names of placeholders."""

    literals: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, text: str, pattern: re.Pattern[str] = PATTERN) -> "_Pieces":
        parts = pattern.split(text)
        return cls(tuple(parts[::2]), tuple(parts[1::2]))

    @classmethod
    def joined(cls, runs: Iterable["_Pieces"], between: str = "") -> "_Pieces":
        """``runs`` as one, with ``between`` between them."""
        literals: list[str] = []
        names: list[str] = []
        for run in runs:
            first = literals.pop() + between if literals else ""
            literals += [first + run.literals[0], *run.literals[1:]]
            names += run.names
        return cls(tuple(literals) or ("",), tuple(names))

    def is_empty(self, said: Set[str]) -> bool:
        """Whether it has placeholders and none of them is ``said``, or not one without which the line is not true."""
        if not self.names:
            return False
        return not any(name in said for name in self.names) or any(
            name in _DECIDING and name not in said for name in self.names
        )

    def join(self, filled: Iterable[str]) -> str:
        """The text with ``filled`` in place of its placeholders."""
        if not self.names:
            return self.literals[0]
        out = [self.literals[0]]
        for value, literal in zip(filled, self.literals[1:], strict=True):
            out.append(value)
            out.append(literal)
        return "".join(out)


class _Frame(NamedTuple):
    """A text, as plain text and as HTML, for all whose values of the same placeholders are empty."""

    text: _Pieces
    html: _Pieces


# One for each text: found again by itself, not by all that is in it.
@dataclass(frozen=True, eq=False)
class Compiled:
    """A text taken apart. ``html`` is empty where there is none."""

    subject: _Pieces
    paragraphs: tuple[tuple[_Pieces, ...], ...]
    html: tuple[tuple[tuple[bool, _Pieces], ...], ...]
    names: frozenset[str]

    def fill_subject(self, values: Mapping[str, str]) -> str:
        """The subject on one line."""
        filled = self.subject.join(values[name] for name in self.subject.names)
        return " ".join(with_one_title(filled).split())

    def fill_text(self, values: Mapping[str, str]) -> str:
        """The plain text; lines and paragraphs without a value are left out, and the gaps that they would leave."""
        pieces = self._frame(values).text
        filled = with_one_title(pieces.join([values[name] for name in pieces.names]))
        return re.sub(r"\n{3,}", "\n\n", filled).strip()

    def fill_html(self, values: Mapping[str, str]) -> str:
        """The HTML with every value escaped."""
        pieces = self._frame(values).html
        return with_one_title(pieces.join([_as_html(name, values[name]) for name in pieces.names]))

    def _frame(self, values: Mapping[str, str]) -> _Frame:
        return _frame(self, frozenset([name for name in self.names if values[name]]))


# Many people have the same values, or none.
@lru_cache(maxsize=128)
def _frame(compiled: Compiled, said: frozenset[str]) -> _Frame:
    """``compiled`` without what says nothing where only the placeholders ``said`` have a value."""
    kept = []
    for paragraph in compiled.paragraphs:
        if not _says_nothing(paragraph, said):
            kept += [line for line in paragraph if not line.is_empty(said)]
        kept.append(_Pieces(("",), ()))
    html = [
        pieces
        for block in compiled.html
        if not _says_nothing([pieces for is_line, pieces in block if is_line], said)
        for is_line, pieces in block
        if not (is_line and pieces.is_empty(said))
    ]
    return _Frame(_Pieces.joined(kept, between="\n"), _Pieces.joined(html))


def _as_html(name: str, value: str) -> str:
    """``value`` of the placeholder ``name``, escaped; addresses in a text of organisers are links."""
    if name in _WITH_LINKS:
        shown = _with_links(value)
    elif name == "others":
        shown = "\n".join(map(_with_join_link, value.split("\n")))
    else:
        shown = escape(value)
    return shown.replace("\n", "<br>")


# The same for all whom the organisers write to.
@lru_cache(maxsize=64)
def _with_links(value: str) -> str:
    return urlize(value, autoescape=True).replace("<a ", _A)


def _with_join_link(line: str) -> str:
    """``line`` of {others}, escaped: the site's own address at its end is a link, nothing in the name before it is."""
    before, space, address = line.rpartition(" ")
    if not address.startswith(f"{settings.SITE_URL}/"):
        return escape(line)
    shown = escape(address)
    return f'{escape(before)}{space}{_A}href="{shown}">{shown}</a>'


def _says_nothing(lines: Sequence[_Pieces], said: Set[str]) -> bool:
    """Whether a paragraph has placeholders and none is ``said``: what stands around them is left out as well."""
    names = [name for line in lines for name in line.names]
    if not names:
        return False
    return not any(name in said for name in names) or all(line.is_empty(said) for line in lines)


@lru_cache(maxsize=512)
def compile_text(subject: str, body: str, language: str, with_html: bool) -> Compiled:
    """``subject`` and ``body`` taken apart, once for each text; HTML only ``with_html``."""
    # A stored text may still have them.
    subject, body = (text.translate(_NO_MARKS) for text in (subject, body))
    subject, body = subject.replace("{facts}", "{when}, {point}"), _with_facts_in_lines(body)
    with translation.override(language):
        facts = _facts()
        html = _html_pieces(subject, body, language, facts) if with_html else ()
    first = _Pieces.of(subject)
    paragraphs = tuple(_line_pieces(paragraph, facts) for paragraph in _paragraphs(body))
    in_html = (pieces for block in html for _is_line, pieces in block)
    names = {name for pieces in chain([first], *paragraphs, in_html) for name in pieces.names}
    return Compiled(first, paragraphs, html, frozenset(names))


def _line_pieces(paragraph: str, facts: list[tuple[str, str]]) -> tuple[_Pieces, ...]:
    """The lines of ``paragraph``; in place of {facts} one for each of ``facts``."""
    lines = []
    for line in paragraph.split("\n"):
        if line.strip() == "{facts}":
            lines += [_Pieces.of(f"{label} {value}") for label, value in facts]
        else:
            lines.append(_Pieces.of(line))
    return tuple(lines)


def _paragraphs(body: str) -> list[str]:
    return re.split(r"\n\s*\n", body.replace("\r\n", "\n").strip())


def _with_facts_in_lines(body: str) -> str:
    """``body`` with a {facts} that does not stand on a line of its own written out."""
    lines = body.replace("\r\n", "\n").split("\n")
    return "\n".join(
        line if line.strip() == "{facts}" else line.replace("{facts}", "{when}, {point}, {address}") for line in lines
    )


def _tokens(text: str) -> str:
    """``text`` escaped, addresses in it as links, placeholders as tokens."""
    parts = PATTERN.split(text)
    out = [urlize(escape(parts[0]), autoescape=False)]
    for name, literal in zip(parts[1::2], parts[2::2], strict=True):
        token = f"\ue000{name}\ue001"
        out.append(f'<a href="{token}">{token}</a>' if name in LINKS else token)
        out.append(urlize(escape(literal), autoescape=False))
    return "".join(out)


def _html_pieces(
    subject: str, body: str, language: str, facts: list[tuple[str, str]]
) -> tuple[tuple[tuple[bool, _Pieces], ...], ...]:
    blocks = []
    shown: str | list[tuple[str, str]]
    for paragraph in _paragraphs(body):
        lines = []
        for line in paragraph.split("\n"):
            if line.strip() == "{facts}":
                kind, shown = "facts", [(label, _tokens(value)) for label, value in facts]
            elif line.strip() == "{link}":
                kind, shown = "button", _tokens(line.strip())
            else:
                kind, shown = "line", _tokens(line)
            lines.append({"kind": kind, "html": shown})
        blocks.append(lines)
    page = render_to_string(
        "messages/mail.html",
        {
            "blocks": blocks,
            "language": language,
            "subject": _tokens_plain(subject),
            **{name: f"\ue000{name}\ue001" for name in ("event", "link", "qr")},
        },
    )
    return tuple(
        tuple((bool(number % 2), _Pieces.of(part, _VALUE)) for number, part in enumerate(_LINE.split(block)))
        for block in _INLINER.inline(page).split(_BLOCK)
    )


def _tokens_plain(text: str) -> str:
    return PATTERN.sub(lambda match: f"\ue000{match[1]}\ue001", escape(text))
