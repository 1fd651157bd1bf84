"""Our own texts are translated into Vietnamese, all of them."""

import re
from functools import cache

import polib
import pytest
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext

from common.catalogue import CATALOGUE, ROOT, NotExtractable, _in_python, _in_template, key, messages_in_sources
from lists.people.columns import PEOPLE, POINTS

# Templates that stand in for a library's use the library's texts; those may stay in its catalogue.
OVERRIDES = ("templates/account/", "templates/admin/", "templates/allauth/", "templates/mfa/")
LIBRARIES = ROOT / "locale" / "libraries" / "vi" / "LC_MESSAGES" / "django.po"


_sources = cache(messages_in_sources)


@cache
def _catalogue() -> polib.POFile:
    assert CATALOGUE.exists(), "there is no Vietnamese catalogue: make messages"
    return polib.pofile(str(CATALOGUE))


def _by_key(catalogue) -> dict[str, polib.POEntry]:
    return {key(entry.msgid, entry.msgctxt): entry for entry in catalogue if not entry.obsolete}


def _texts(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def _placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)[a-z]|%%|%[sdr]|\{\w*\}", text))


def test_every_text_is_in_the_catalogue():
    ours, theirs = _by_key(_catalogue()), _by_key(polib.pofile(str(LIBRARIES)))
    missing = [
        (name, text.locations)
        for name, text in _sources().items()
        if name not in ours and not (name in theirs and all(where.startswith(OVERRIDES) for where in text.locations))
    ]
    assert missing == []


def test_every_text_is_translated():
    catalogue = _catalogue()
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []
    assert [
        entry.msgid for entry in catalogue if not entry.obsolete and not all(t.strip() for t in _texts(entry))
    ] == []


def test_plurals_are_translated_as_plurals():
    ours = _by_key(_catalogue())
    wrong = [
        name for name, text in _sources().items() if name in ours and (text.plural or "") != ours[name].msgid_plural
    ]
    assert wrong == []
    assert _catalogue().metadata["Plural-Forms"] == "nplurals=1; plural=0;"
    assert [e.msgid for e in ours.values() if e.msgid_plural and sorted(e.msgstr_plural) != [0]] == []


def test_what_is_filled_in_stays_in_the_translation():
    broken = []
    for entry in _catalogue():
        # "One seat" may leave out its number in English, never in the translation of all numbers.
        expected = _placeholders(entry.msgid_plural or entry.msgid)
        broken += [(entry.msgid, text) for text in _texts(entry) if text and _placeholders(text) != expected]
        broken += [(entry.msgid, t) for t in _texts(entry) if t.startswith("\n") != entry.msgid.startswith("\n")]
        broken += [(entry.msgid, t) for t in _texts(entry) if t.endswith("\n") != entry.msgid.endswith("\n")]
    assert broken == []


def test_nothing_in_the_catalogue_is_gone_from_the_sources():
    catalogue = _catalogue()
    assert [entry.msgid for entry in catalogue.obsolete_entries()] == []
    assert sorted(set(_by_key(catalogue)) - set(_sources())) == []


def test_the_compiled_catalogue_is_up_to_date():
    def texts(catalogue):
        return {key(e.msgid, e.msgctxt): _texts(e) for e in catalogue if e.msgid and not e.obsolete}

    compiled = CATALOGUE.with_suffix(".mo")
    assert compiled.exists(), "the catalogue is not compiled: make messages"
    assert texts(polib.mofile(str(compiled))) == texts(_catalogue())


# --- the reading of the sources itself --------------------------------------------------------------------------------


def _read(tmp_path, name: str, source: str) -> list[tuple]:
    path = tmp_path / name
    path.write_text(source, encoding="utf-8")
    read = _in_python if name.endswith(".py") else _in_template
    return list(read(path, name))


def test_texts_in_python_are_found_under_any_name(tmp_path):
    source = """
from django.utils import translation
from django.utils.translation import gettext as _g, gettext_lazy as _, ngettext, pgettext_lazy as p
a = _("one " "two")
b = _g("three") % {}
c = ngettext("%(n)d seat", "%(n)d seats", 2)
d = p("month", "May")
e = translation.gettext("four")
f = other("five")
"""
    found = sorted(text[:3] for text in _read(tmp_path, "module.py", source))
    assert found == [
        ("%(n)d seat", "%(n)d seats", None),
        ("May", None, "month"),
        ("four", None, None),
        ("one two", None, None),
        ("three", None, None),
    ]


def test_a_text_that_is_no_plain_string_is_an_error(tmp_path):
    source = "from django.utils.translation import gettext as _\n_(f'hello {name}')\n"
    with pytest.raises(NotExtractable, match=r"module\.py:2"):
        _read(tmp_path, "module.py", source)


def test_texts_in_templates_are_found(tmp_path):
    source = """{% load i18n %}<p>{% translate "It's 5 (five)" %} {{ x|default:_("none") }}</p>
{% blocktranslate with n=y trimmed %}
  Hello {{ n }}
{% endblocktranslate %}
{% blocktranslate count n=y context "hall" %}{{ n }} seat{% plural %}{{ n }} seats{% endblocktranslate %}
{% comment %}{% translate "no" %}{% endcomment %}{# {% translate "no" %} #}{% include "a.html" with b=_("with") %}
"""
    assert [text[:3] for text in _read(tmp_path, "page.html", source)] == [
        ("It's 5 (five)", None, None),
        ("none", None, None),
        ("Hello %(n)s", None, None),
        ("%(n)s seat", "%(n)s seats", "hall"),
        ("with", None, None),
    ]


@pytest.mark.parametrize(
    ("msgid", "words"),
    [
        ("Read a list of the meeting …", "Nhập danh sách phòng họp …"),
        ("Who of them is it?", "Là đại biểu nào?"),
        ("Show the result no more", "Ngừng hiện kết quả"),
        ("Set by telephone", "Ghi nhận qua điện thoại"),
        ("nobody to phone", "chưa có số điện thoại"),
        ("may", "quyền của máy"),
        ("Sound when a room is lost", "Phát âm báo khi mất tín hiệu"),
    ],
)
def test_what_newcomers_stumbled_over_is_said_in_the_usual_words(msgid, words):
    assert _by_key(_catalogue())[key(msgid, None)].msgstr == words


def test_the_vietnamese_guide_names_the_button_for_lists_of_meetings_as_its_page_does():
    button = _by_key(_catalogue())[key("Read a list of the meeting …", None)].msgstr.rstrip(" …")
    assert f"<em>{button}</em>" in (ROOT / "templates/staff/help/vi/day.html").read_text()


@pytest.mark.parametrize("text", ["province", "Province", "provinces"])
def test_a_province_has_one_name_on_every_page_and_in_every_list(text):
    """Six of the 34 are cities: "tỉnh" alone would leave out Hà Nội. Our own samples of lists are headed so, too."""
    with translation.override("vi"):
        assert capfirst(gettext(text)) == "Tỉnh, thành phố"
    assert {c.heading for c in (*PEOPLE, *POINTS) if c.field == "province"} == {"Tỉnh, thành phố"}
