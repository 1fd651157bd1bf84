"""The guide: both languages say the same, every page of the workspace opens its paragraph, and the search finds."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from staff.help import chapters
from staff.templatetags.guide import PICTURE_SIZE
from staff.workspace.tabs import TABS
from tests.support import guide_pictures

pytestmark = pytest.mark.django_db
LANGUAGES = [code for code, _name in settings.LANGUAGES]
_HERE = Path(settings.BASE_DIR)


def _anchors(language: str) -> set[str]:
    return {f"{one.chapter.key}#{one.anchor}" for one in chapters.sections(language)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chapter_has_sections_and_each_says_something(language):
    for chapter in chapters.CHAPTERS:
        found = [one for one in chapters.sections(language) if one.chapter == chapter]
        assert len(found) >= 3
        assert all(len(one.text) > 60 for one in found)
        # What no section holds is not found by the search.
        assert chapters.body(chapter, language).count("<h2>") == len(found)


def test_both_languages_have_the_same_sections():
    assert _anchors("vi") == _anchors("en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_paragraph_that_a_page_opens_is_there(language):
    assert {*chapters.PAGES.values(), *chapters.TABS.values()} - _anchors(language) == set()


def test_every_tab_has_a_paragraph_and_its_first_page_opens_one():
    assert {tab.key for tab in TABS} == set(chapters.TABS)
    assert all(chapters.paragraph_of(f"workspace:{tab.page}", tab.key) for tab in TABS)


def test_a_page_opens_the_paragraph_of_its_name_before_that_of_its_tab():
    assert chapters.paragraph_of("workspace:roles", "settings") == "settings#roles"
    assert chapters.paragraph_of("workspace:registration_people", "people") == "people#one"
    assert chapters.paragraph_of("lists:upload", "papers") == "papers#out"
    assert chapters.paragraph_of("lists:job", "day") == "day#meeting"
    assert chapters.paragraph_of("admin:index", "") == ""


@pytest.mark.parametrize("role", ["organiser here", "coordinator here", "leader"])
def test_the_mark_beside_the_title_leads_to_its_paragraph(world, role):
    client = world.client(role)
    page = client.get("/admin/c/na-chi-lang-2027/").content.decode()
    address = re.search(r'<a class="dc-help-mark" href="([^"#]+)#([\w-]+)">', page)
    chapter = client.get(address[1])
    assert chapter.status_code == 200
    assert f'<section id="{address[2]}">' in chapter.content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", [chapter.key for chapter in chapters.CHAPTERS])
def test_a_chapter_is_read_in_the_language_of_its_reader(world, language, key):
    client = world.client("organiser here")
    client.cookies["django_language"] = language
    page = client.get(f"/admin/help/{key}/").content.decode()
    for one in chapters.sections(language):
        assert (f'<section id="{one.anchor}">' in page) == (one.chapter.key == key)
    wanted = next(one.heading for one in chapters.sections(language) if one.chapter.key == key)
    assert wanted in page


def test_a_chapter_that_is_none_is_not_found(world):
    assert world.client("superuser").get("/admin/help/no-such-chapter/").status_code == 404


@pytest.mark.parametrize(
    ("words", "anchor"), [("hoan tac", "undo"), ("GIẤY MỜI WORD", "letter"), ("phó đầu mối", "deputies")]
)
def test_the_search_finds_every_word_without_accents(world, words, anchor):
    page = world.client("organiser here").get("/admin/help/", {"q": words})
    assert anchor in [one.anchor for one in page.context["found"]]
    assert f'#{anchor}"' in page.content.decode()


@pytest.mark.parametrize("words", ["không-có-chữ-này", "<b>", " ", "%"])
def test_a_search_that_finds_nothing_says_so(world, words):
    page = world.client("organiser here").get("/admin/help/", {"q": words})
    assert page.status_code == 200
    assert page.context["found"] == []


def test_every_picture_of_the_guide_is_there_and_small():
    named = set(
        re.findall(
            r'guide_picture "([\w-]+)"',
            "".join(path.read_text(encoding="utf-8") for path in (_HERE / "templates/staff/help").rglob("*.html")),
        )
    )
    files = {path.stem: path.stat().st_size for path in (_HERE / "static/guide").glob("*.webp")}
    assert set(files) == named == set(guide_pictures.PAGES)
    assert len(files) <= 12
    assert all(size <= guide_pictures.MOST for size in files.values())
    assert guide_pictures.PICTURE_SIZE == PICTURE_SIZE
