"""The libraries speak Vietnamese: every text of theirs that a visitor or a member of staff can meet is translated."""

import ast
import importlib
import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils import translation
from django.utils.translation.trans_real import DjangoTranslation

CATALOGUES = Path(settings.BASE_DIR) / "locale" / "libraries" / "vi" / "LC_MESSAGES"

# The same in both languages: names, units, punctuation.
SAME_IN_BOTH = {
    "IPv4",
    "IPv6",
    "%(size)d byte",
    "%s KB",
    "%s MB",
    "%s GB",
    "%s TB",
    "%s PB",
    ":",
    ":?.!",
    ", ",
    "…",
    "%(truncated_text)s…",
    "%(class_name)s %(instance)s",
}

# allauth's catalogues also cover parts that this site does not install.
NOT_INSTALLED = (
    "socialaccount/",
    "headless/",
    "idp/",
    "templates/socialaccount/",
    "templates/openid/",
    "templates/idp/",
)

DJANGO_PARTS = [
    "conf",
    "contrib/admin",
    "contrib/auth",
    "contrib/contenttypes",
    "contrib/humanize",
    "contrib/sessions",
]


def _folder(package: str) -> Path:
    return Path(importlib.import_module(package).__file__).parent


def _shipped(package: str, language: str, domain: str = "django", below: str = "") -> list[polib.POEntry]:
    """What the library's own catalogue for ``language`` lists."""
    path = _folder(package) / below / "locale" / language / "LC_MESSAGES" / f"{domain}.po"
    return [entry for entry in polib.pofile(str(path)) if not entry.obsolete]


def _is_used(entry: polib.POEntry) -> bool:
    return any(not path.removeprefix("./").startswith(NOT_INSTALLED) for path, _line in entry.occurrences)


def _simple_history_sources() -> list[polib.POEntry]:
    """The texts in simple_history's sources: its shipped catalogues lag behind them."""
    found = set()
    for path in _folder("simple_history").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        found |= {match[1] for match in re.findall(r"{%\s*trans(?:late)?\s+(['\"])(.+?)\1", text)}
    for path in _folder("simple_history").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"_", "gettext", "gettext_lazy"}
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                found.add(node.args[0].value)
    return [polib.POEntry(msgid=msgid) for msgid in sorted(found)]


def _entries(library: str) -> list[polib.POEntry]:
    if library == "allauth":
        return [entry for entry in _shipped("allauth", "de") if _is_used(entry)]
    if library == "simple_history":
        return _shipped("simple_history", "nb") + _simple_history_sources()
    if library == "phonenumber_field":
        return _shipped("phonenumber_field", "de")
    return _shipped("django", "en", below=library.removeprefix("django/"))


LIBRARIES = {
    "allauth": 280,
    "simple_history": 28,
    "phonenumber_field": 6,
    **{f"django/{part}": 5 for part in DJANGO_PARTS},
}


def _placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)[sdr]|%[sdr]|\{\w*\}", text))


def _translated(entry: polib.POEntry) -> str:
    if entry.msgid_plural and entry.msgctxt:
        return translation.npgettext(entry.msgctxt, entry.msgid, entry.msgid_plural, 5)
    if entry.msgid_plural:
        return translation.ngettext(entry.msgid, entry.msgid_plural, 5)
    if entry.msgctxt:
        return translation.pgettext(entry.msgctxt, entry.msgid)
    return translation.gettext(entry.msgid)


@pytest.mark.parametrize(("library", "at_least"), LIBRARIES.items())
def test_every_text_of_a_library_is_translated(library, at_least):
    entries = _entries(library)
    assert len(entries) >= at_least, "the library's texts were not found"
    with translation.override("vi"):
        english = [
            entry.msgid
            for entry in entries
            if entry.msgid not in SAME_IN_BOTH and _translated(entry) in {entry.msgid, entry.msgid_plural, ""}
        ]
    assert english == []


@pytest.mark.parametrize("library", LIBRARIES)
def test_what_a_library_fills_in_stays_in_the_translation(library):
    with translation.override("vi"):
        broken = [
            (entry.msgid, _translated(entry))
            for entry in _entries(library)
            if _placeholders(_translated(entry))
            not in (_placeholders(entry.msgid), _placeholders(entry.msgid_plural or entry.msgid))
        ]
    assert broken == []


def test_the_scripts_of_the_admin_are_translated():
    admin_locale = str(_folder("django.contrib.admin") / "locale")
    catalogue = DjangoTranslation("vi", domain="djangojs", localedirs=[admin_locale])
    english = []
    for entry in _shipped("django", "en", domain="djangojs", below="contrib/admin"):
        if entry.msgctxt:
            text = catalogue.pgettext(entry.msgctxt, entry.msgid)
        elif entry.msgid_plural:
            text = catalogue.ngettext(entry.msgid, entry.msgid_plural, 5)
        else:
            text = catalogue.gettext(entry.msgid)
        if text in {entry.msgid, entry.msgid_plural}:
            english.append(entry.msgid)
        assert _placeholders(text) in (_placeholders(entry.msgid), _placeholders(entry.msgid_plural)), entry.msgid
    assert english == []


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_the_catalogue_itself_is_sound(domain):
    catalogue = polib.pofile(str(CATALOGUES / f"{domain}.po"))
    assert catalogue.metadata["Plural-Forms"] == "nplurals=1; plural=0;"
    assert catalogue.fuzzy_entries() == []
    assert catalogue.untranslated_entries() == []
    assert catalogue.obsolete_entries() == []
    for entry in catalogue:
        texts = entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]
        for text in texts:
            expected = (_placeholders(entry.msgid), _placeholders(entry.msgid_plural or entry.msgid))
            assert _placeholders(text) in expected, entry.msgid
            assert text.startswith("\n") == entry.msgid.startswith("\n"), entry.msgid


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_the_compiled_catalogue_is_up_to_date(domain):
    def texts(catalogue):
        return {(entry.msgctxt, entry.msgid): entry.msgstr_plural or entry.msgstr for entry in catalogue if entry.msgid}

    written = texts(polib.pofile(str(CATALOGUES / f"{domain}.po")))
    compiled = texts(polib.mofile(str(CATALOGUES / f"{domain}.mo")))
    assert compiled == written
