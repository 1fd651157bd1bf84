"""The texts of the site that are translated, read from its sources without gettext's tools.

``manage.py messages`` brings ``locale/vi`` up to date with them.
"""

import ast
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation.template import templatize

if TYPE_CHECKING:
    import polib

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (
    "accounts",
    "attendance",
    "bridges",
    "common",
    "conference",
    "control",
    "demo",
    "lists",
    "messaging",
    "outbox",
    "registrations",
    "reports",
    "staff",
)
CATALOGUE = ROOT / "locale" / "vi" / "LC_MESSAGES" / "django.po"

#: Between context and text in a key, as in gettext's compiled files.
CONTEXT_END = "\x04"

# How many of a function's arguments are texts, and whether the first of them is a context.
_SHAPES = {"gettext": (1, False), "ngettext": (2, False), "pgettext": (1, True), "npgettext": (2, True)}
_SUFFIXES = ("_lazy", "_noop")
_MODULE = "django.utils.translation"


class Text(NamedTuple):
    """A text to be translated and the places (``path:line``) that use it."""

    plural: str | None
    locations: list[str]
    context: str | None


class NotExtractable(Exception):
    """A call whose text is not a plain string: its translation could never be found."""


def _function(name: str) -> str:
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    return name


def _string(node: ast.expr, where: str) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise NotExtractable(f"{where}: the text is not a plain string: {ast.unparse(node)}")


def _names(tree: ast.Module) -> dict[str, str]:
    """The local names of gettext's functions in a module: {"_": "gettext", "translation.gettext": "gettext"}."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                names |= _imported(f"{node.module}.{alias.name}", alias.asname or alias.name)
    return names


def _imported(source: str, local: str) -> dict[str, str]:
    """The names of gettext's functions that come with the import of ``source`` under the name ``local``."""
    if source == _MODULE:
        return {f"{local}.{shape}{suffix}": shape for shape in _SHAPES for suffix in ("", *_SUFFIXES)}
    module, _dot, name = source.rpartition(".")
    function = _function(name)
    return {local: function} if module == _MODULE and function in _SHAPES else {}


def _calls(tree: ast.Module, names: dict[str, str], where: str) -> Iterator[tuple[str, str | None, str | None, int]]:
    """Text, plural, context and line of each call in ``tree`` of a function in ``names``."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name | ast.Attribute):
            continue
        function = names.get(ast.unparse(node.func))
        if function is None:
            continue
        texts, has_context = _SHAPES[function]
        place = f"{where}:{node.lineno}"
        strings = [_string(argument, place) for argument in node.args[: texts + has_context]]
        if len(strings) != texts + has_context:
            raise NotExtractable(f"{place}: the text must be given by position")
        context = strings.pop(0) if has_context else None
        yield strings[0], strings[1] if texts == 2 else None, context, node.lineno


def _in_python(path: Path, where: str) -> Iterator[tuple[str, str | None, str | None, int]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from _calls(tree, _names(tree), where)


def _in_template(path: Path, where: str) -> Iterator[tuple[str, str | None, str | None, int]]:
    """templatize() keeps the lines and turns each translated text into a call between fillers."""
    names = {"_": "gettext", **{name: name for name in _SHAPES}}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        code = templatize(path.read_text(encoding="utf-8"), origin=where)
    for number, line in enumerate(code.splitlines(), 1):
        position = 0
        while (found := _next_call(line, names, position)) is not None:
            call, position = found
            for text, plural, context, _line in _calls(ast.parse(call), names, f"{where}:{number}"):
                yield text, plural, context, number


def _next_call(line: str, names: dict[str, str], position: int) -> tuple[str, int] | None:
    """The next call of one of ``names`` in ``line`` from ``position``, and where it ends."""
    starts = [(at, name) for name in names if (at := line.find(f" {name}(", position)) >= 0]
    if not starts:
        return None
    at, _name = min(starts)
    end = at
    while (end := line.find(")", end + 1)) >= 0:
        try:
            ast.parse(line[at : end + 1].strip())
        except SyntaxError:
            continue
        return line[at : end + 1].strip(), end
    raise NotExtractable(f"cannot read: {line[at:]}")


def sources() -> Iterator[Path]:
    """Every file of ours that may hold a text of the site."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path
        yield from sorted((ROOT / room).rglob("*.html"))
    for suffix in ("*.html", "*.txt"):
        yield from sorted((ROOT / "templates").rglob(suffix))


def messages_in_sources() -> dict[str, Text]:
    """Every text of the site that is translated, by msgid; by ``key()`` where it has a context.

    Raises:
        NotExtractable: a translation function is called with something else than a plain string.
    """
    found: dict[str, Text] = {}
    for path in sources():
        where = path.relative_to(ROOT).as_posix()
        read = _in_python if path.suffix == ".py" else _in_template
        for text, plural, context, line in read(path, where):
            name = key(text, context)
            known = found.get(name)
            places = [*known.locations, f"{where}:{line}"] if known else [f"{where}:{line}"]
            found[name] = Text(plural or (known.plural if known else None), places, context)
    return found


def key(msgid: str, context: str | None) -> str:
    """The name of a text among all: the text itself, after its context if it has one."""
    return f"{context}{CONTEXT_END}{msgid}" if context else msgid


def msgid_of(name: str) -> str:
    """The text of a ``key()``."""
    return name.rpartition(CONTEXT_END)[2]


def update() -> "polib.POFile":
    """Bring the Vietnamese catalogue up to date with the sources and compile it; returns what was written.

    Texts that are new come in untranslated, texts that are gone leave. Needs the package polib, a tool for development.
    """
    import polib

    old = polib.pofile(str(CATALOGUE), wrapwidth=120)
    new = polib.POFile(wrapwidth=120)
    new.metadata = {**old.metadata, "Language": "vi", "Plural-Forms": "nplurals=1; plural=0;"}
    new.header = old.header
    before = {key(entry.msgid, entry.msgctxt): entry for entry in old if not entry.obsolete}
    for name, text in messages_in_sources().items():
        new.append(_entry(name, text, before.get(name)))
    new.save(str(CATALOGUE))
    new.save_as_mofile(str(CATALOGUE.with_suffix(".mo")))
    return new


def _entry(name: str, text: Text, known: "polib.POEntry | None") -> "polib.POEntry":
    """The entry of the catalogue for ``text``, with the translation of ``known``, the entry of before."""
    import polib

    entry = polib.POEntry(
        msgid=msgid_of(name),
        msgctxt=text.context,
        # Files without lines: a line that moves is no change of the catalogue.
        occurrences=[(file, "") for file in dict.fromkeys(place.rpartition(":")[0] for place in text.locations)],
        flags=["python-format"] if "%(" in name else [],
    )
    translation = ""
    if known:
        translation = known.msgstr or known.msgstr_plural.get(0, "")
        entry.comment, entry.tcomment = known.comment, known.tcomment
        entry.flags += ["fuzzy"] if known.fuzzy else []
    if text.plural:
        entry.msgid_plural, entry.msgstr_plural = text.plural, {0: translation}
    else:
        entry.msgstr = translation
    return entry


def compile_libraries() -> None:
    """Compile the catalogues of the libraries' texts, which are written by hand."""
    import polib

    for path in sorted((ROOT / "locale" / "libraries").rglob("*.po")):
        polib.pofile(str(path)).save_as_mofile(str(path.with_suffix(".mo")))
