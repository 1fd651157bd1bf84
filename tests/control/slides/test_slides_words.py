"""Every reason for which a file is refused, and every warning, is said in words of its own and of the reader."""

import ast
from pathlib import Path

import pytest
from django.utils import translation

from control.models import SlideFile
from control.slides import words

#: Where reasons are given: the first word that ``RefusedFile`` and ``SlidesRefused`` are called with.
_SOURCES = ("lists/limited", "control/slides", "control/public")
_DAMAGED = "The file is damaged. Save it anew and send it again."


def _calls(name: str) -> set[str]:
    """The words with which the sources call ``name``, those that stand there as they are."""
    found = set()
    for folder in _SOURCES:
        for path in Path(folder).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == name:
                    found |= {one.value for one in _ways(node.args[0]) if isinstance(one, ast.Constant)}
    return found


def _ways(argument: ast.expr) -> list[ast.expr]:
    """What ``argument`` may be: of "a if … else b" both."""
    return [argument.body, argument.orelse] if isinstance(argument, ast.IfExp) else [argument]


def _reasons() -> list[str]:
    return sorted((_calls("RefusedFile") | _calls("SlidesRefused") | {"later", "busy"}) - {"damaged"})


def _warnings() -> list[str]:
    return sorted(_calls("warn"))


def test_the_sources_give_reasons():
    assert {"macros", "kind", "cut off", "gone", "pages", "slideshow"} <= set(_reasons())
    assert {"font", "linked", "media", "shape"} == set(_warnings())


@pytest.mark.parametrize("language", ["en", "vi"])
def test_every_reason_has_words_of_its_own(language):
    with translation.override(language):
        said = {why: words.refusal_words(why, "x") for why in _reasons()}
        damaged = words.refusal_words("damaged")
    assert len({*said.values(), damaged}) == len(said) + 1
    assert (damaged == _DAMAGED) == (language == "en")


def test_what_a_later_version_may_say_is_damage_and_no_crash():
    assert words.refusal_words("unheard of") != ""


@pytest.mark.parametrize(
    ("why", "about", "said"),
    [
        ("big", "", "bigger than 7 MB"),
        ("pages", "61", "has 61 pages; at most 9 are allowed"),
        ("external", "http://noi.khac/phim", "loads “http://noi.khac/phim” from elsewhere"),
    ],
)
def test_numbers_and_names_stand_in_the_words(settings, why, about, said):
    settings.SLIDES_MAX_MB, settings.SLIDES_MAX_PAGES = 7, 9
    with translation.override("en"):
        assert said in words.refusal_words(why, about)


def test_of_one_page_one_is_spoken(settings):
    settings.SLIDES_MAX_PAGES = 1
    with translation.override("en"):
        assert "at most 1 is allowed" in words.refusal_words("pages", "2")


def test_each_warning_says_what_it_is_about():
    found = [["shape", "4:3"], ["font", "Vni-Times"], ["linked", "phim.mp4"], ["media", ""]]
    with translation.override("en"):
        said = words.warning_words(SlideFile(warnings=found))
    assert [about in one for one, (_what, about) in zip(said, found, strict=True)] == [True] * 4
    assert len(set(said)) == 4
    assert "film or sound" in said[3]
