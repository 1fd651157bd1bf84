"""Slides in a browser: on the page of the speaker and in the workspace."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from conference.models import Conference
from control.models import Cue, SlideFile, SlideLink
from control.slides import asking
from demo import running
from tests.browser.test_workspace import ORGANISER, sign_in

pytestmark = pytest.mark.browser

NAME = "Bao_cao_tinh_hinh_san_xuat_va_san_luong_na_Chi_Lang_ban_cuoi_cung_da_sua_lan_3_final(2).pptx"
# Where the lines of what stands in it begin.
_EDGES = """element => {
  const range = document.createRange();
  range.selectNodeContents(element);
  return [...new Set([...range.getClientRects()].map(box => Math.round(box.left)))];
}"""


@pytest.fixture
def cue(site) -> Cue:
    """A part of the conference of the demo that is taking place now, whose speaker has handed in a file."""
    running.load(now=timezone.now())
    found = Cue.objects.filter(conference__slug=running.SLUG).order_by("position").first()
    assert found is not None
    asking.ask(cue=found, email="dien.gia@vidu.example", phone="", now=timezone.now())
    file = {"kind": "pptx", "size": 12_000_000, "sha256": "0" * 64, "pages": 24, "name": NAME}
    for _ in range(2):
        SlideFile.objects.create(cue=found, uploaded_at=timezone.now(), **file)
    return found


def _stands_well(page: Page, selector: str) -> None:
    """Each line of a long name begins below the one before: it does not begin in the middle, behind something else."""
    names = page.locator(selector)
    assert names.count()
    assert [edges for name in names.all() if len(edges := name.evaluate(_EDGES)) != 1] == []


def test_a_long_name_of_a_file_breaks_anywhere_on_a_phone(visit, cue):
    visitor = visit(width=360)
    visitor.go(f"/slides/{SlideLink.objects.get(cue=cue).token}/")
    visitor.look("93-slides-speaker")
    _stands_well(visitor.page, "#arrived ~ p strong")
    sign_in(visitor, ORGANISER)
    conference = Conference.objects.get(slug=running.SLUG)
    visitor.go(f"/admin/c/{conference.slug}/day/slides/")
    visitor.look("94-slides")
    _stands_well(visitor.page, ".dc-slides-name")
    visitor.go(f"/admin/c/{conference.slug}/day/slides/{cue.pk}/")
    visitor.look("95-slides-of")
    _stands_well(visitor.page, ".dc-slides-name")


_BUTTON_OF_FILE = """field => {
  const style = getComputedStyle(field, "::file-selector-button");
  const light = text => text.match(/[0-9.]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3;
  return [light(style.backgroundColor), light(style.color)];
}"""


@pytest.mark.parametrize("dark", [False, True])
def test_the_button_of_a_field_for_a_file_is_as_light_as_the_page(visit, cue, dark):
    visitor = visit()
    visitor.page.emulate_media(color_scheme="dark" if dark else "light")
    sign_in(visitor, ORGANISER)
    conference = Conference.objects.get(slug=running.SLUG)
    for page in (
        f"/slides/{SlideLink.objects.get(cue=cue).token}/",
        f"/admin/c/{conference.slug}/day/slides/{cue.pk}/",
        f"/admin/lists/conference/{conference.pk}/people/",
        f"/admin/lists/conference/{conference.pk}/letter/",
    ):
        visitor.go(page)
        ground, words = visitor.page.locator("input[type=file]").evaluate(_BUTTON_OF_FILE)
        assert (ground < 60, words > 120) == (dark, dark), page
