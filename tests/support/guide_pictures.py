"""The pictures of the guide, taken in the demo by ``make guide`` (take_pictures.py).

The site must run as the demo (``make run``), freshly loaded. Each page is looked at as its reader sees it, in
Vietnamese and in the light, and stored as static/guide/<name>.webp of ``PICTURE_SIZE``.
"""

import base64
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page

FOLDER = Path(__file__).resolve().parents[2] / "static" / "guide"
#: At most so many bytes each.
MOST = 60 * 1024
# As staff/help/chapters.py has it, in which Django's models are loaded; a test compares them.
PICTURE_SIZE = (960, 600)
_SEEN = 1200, 750
#: As demo/load.py makes them.
ORGANISER, COORDINATOR = "bantochuc@diemcau.example", "bacninh@diemcau.example"
PASSWORD = "diem-cau-demo"
_BASE = "/admin/c/na-chi-lang-2027/"
_RUNNING = "/admin/c/giao-ban-nong-san/"
#: By the name of the picture, who looks at which page.
PAGES = {
    "overview": (ORGANISER, _BASE),
    "content": (ORGANISER, f"{_BASE}content/"),
    "points": (ORGANISER, f"{_BASE}points/"),
    "people": (ORGANISER, f"{_BASE}people/"),
    "delivery": (ORGANISER, f"{_BASE}messages/"),
    "roles": (ORGANISER, f"{_BASE}settings/roles/"),
    "history": (ORGANISER, f"{_BASE}settings/history/"),
    "import": (ORGANISER, ""),
    "my-point": (COORDINATOR, f"{_BASE}my-point/"),
    "board": (ORGANISER, f"{_RUNNING}day/board/"),
    "show": (ORGANISER, f"{_RUNNING}day/show/"),
    "floor": (ORGANISER, f"{_RUNNING}day/floor/"),
}
_LIST = """Họ và tên;Chức vụ;Đơn vị;Điểm cầu;Điện thoại
Trần Thị Ví Dụ;Giám đốc;HTX Na Mới (ví dụ);VNPT Bắc Ninh;0900 000 101
Hoàng Văn Thử;Phó giám đốc;HTX Rau Sạch (ví dụ);VNPT Hải Phòng;0900 000 102
Nông Thị Mẫu;Kế toán;Công ty Trái Cây (ví dụ);Điểm cầu lạ;0900 000 103
Lương Văn Mẫu;Trưởng phòng;Siêu thị Xanh (ví dụ);Hội trường Chi Lăng;12
"""
_AS_WEBP = """async ([png, width, height, quality]) => {
  const picture = new Image();
  picture.src = "data:image/png;base64," + png;
  await picture.decode();
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, width, height);
  return canvas.toDataURL("image/webp", quality).split(",")[1];
}"""


def sign_in(browser: Browser, site: str, email: str) -> Page:
    """A window of the user with this address, in the administration of ``site``."""
    width, height = _SEEN
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="light", locale="vi-VN")
    page = context.new_page()
    page.goto(f"{site}/accounts/login/?next=/admin/conferences/")
    page.fill("[name=login]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("main form button[type=submit]:not([form])")
    page.wait_for_url("**/admin/**")
    return page


def _upload(page: Page, site: str) -> None:
    """Upload a list, and wait until what would happen is shown."""
    page.goto(f"{site}{_BASE}papers/")
    page.click("#content a[href*='/lists/'][href$='/people/']")
    page.set_input_files("input[type=file]", {"name": "dai-bieu.csv", "mimeType": "text/csv", "buffer": _LIST.encode()})
    page.click("#content form input[type=submit].default")
    page.wait_for_selector("#content table", timeout=60_000)


def as_webp(browser: Browser, png: bytes, size: tuple[int, int] = PICTURE_SIZE) -> bytes:
    """``png`` as WebP of ``size`` (pixels), of ``MOST`` bytes where some quality allows it."""
    page = browser.new_page()
    try:
        for quality in (0.8, 0.6, 0.4):
            made = page.evaluate(_AS_WEBP, [base64.b64encode(png).decode(), *size, quality])
            if len(picture := base64.b64decode(made)) <= MOST:
                break
        return picture
    finally:
        page.close()


def take(browser: Browser, site: str, say: Callable[[str], None]) -> None:
    """Take every picture at ``site``, and say how large it is."""
    FOLDER.mkdir(exist_ok=True)
    readers: dict[str, Page] = {}
    for name, (email, address) in PAGES.items():
        page = readers.get(email) or readers.setdefault(email, sign_in(browser, site, email))
        if address:
            page.goto(f"{site}{address}")
        else:
            _upload(page, site)
        picture = as_webp(browser, page.screenshot())
        (FOLDER / f"{name}.webp").write_bytes(picture)
        say(f"{name}: {len(picture):,} bytes")
