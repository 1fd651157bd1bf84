"""The pictures of README.md that are not in the guide as well, taken in the demo by ``make guide`` (take_pictures.py).

The site must run as the demo (``make run``), freshly loaded: the room is of the conference that is running.
"""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.support.guide_pictures import ORGANISER, as_webp, sign_in

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
#: The window, in pixels, and the picture made of it.
_DESK, _DESK_PICTURE = (1200, 750), (960, 600)
_PHONE, _PHONE_PICTURE = (360, 640), (360, 640)
_NEXT, _RUNNING = "na-chi-lang-2027", "giao-ban-nong-san"


def _stranger(browser: Browser, window: tuple[int, int]) -> Page:
    width, height = window
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=2 if window == _PHONE else 1,
        color_scheme="light",
        locale="vi-VN",
    )
    return context.new_page()


def _room_of(organiser: Page, site: str) -> str:
    """The address of the page of a room that has asked for the floor."""
    organiser.goto(f"{site}/admin/c/{_RUNNING}/day/board/")
    row = organiser.locator(".dc-board-row", has_text="VNPT Bắc Ninh")
    organiser.goto(f"{site}{row.locator('a[href*=my-point]').get_attribute('href')}")
    found = re.search(r"/room/[\w-]+/", organiser.content())
    assert found, "The organiser sees no link of the room."
    return found.group(0)


def take(browser: Browser, site: str, say: Callable[[str], None]) -> None:
    """Take every picture at ``site``, and say how large it is."""
    organiser, desk, phone = sign_in(browser, site, ORGANISER), _stranger(browser, _DESK), _stranger(browser, _PHONE)
    pages = {
        "conference": (desk, f"/{_NEXT}/", _DESK_PICTURE),
        "register-phone": (phone, f"/{_NEXT}/register/", _PHONE_PICTURE),
        "room-phone": (phone, _room_of(organiser, site), _PHONE_PICTURE),
    }
    for name, (page, address, size) in pages.items():
        page.goto(f"{site}{address}")
        # The room says how it stands when it has asked for the first time.
        page.wait_for_load_state("networkidle")
        picture = as_webp(browser, page.screenshot(), size)
        (FOLDER / f"{name}.webp").write_bytes(picture)
        say(f"{name}: {len(picture):,} bytes")
