"""Somebody in front of a browser, and what they may complain about."""

import re
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route

from common.catalogue import ROOT

SCREENSHOTS = ROOT / "var" / "screenshots"
SCHEMES = ("light", "dark")
#: Answers that a page of ours may have without anything being wrong.
_MEANT = re.compile(r"Failed to load resource: the server responded with a status of (404|409|410|422) ")


class Visitor:
    """A browser window of ``width`` pixels, with or without JavaScript, in Vietnamese."""

    def __init__(self, browser: Browser, site: str, *, width: int = 1280, javascript: bool = True) -> None:
        self.site = site
        self.width = width
        self.javascript = javascript
        #: What the browser wrote to its console, and scripts that failed.
        self.complaints: list[str] = []
        #: Words of complaints that a test brings about.
        self.meant: set[str] = set()
        self.foreign_requests: list[str] = []
        self.rooms: list[str] = []
        self.context = browser.new_context(
            viewport={"width": width, "height": 800 if width > 600 else 740},
            java_script_enabled=javascript,
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            has_touch=width < 600,
        )
        self.context.set_default_timeout(15_000)
        self.context.on("request", self._note_request)
        self.context.on("console", self._note_console)
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.page: Page = self.context.new_page()

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.site}/", "data:", *self.rooms)):
            self.foreign_requests.append(request.url)

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _MEANT.match(message.text):
            if any(words in message.text for words in self.meant):
                return
            # axe asks the frame of a preview, which has no origin while it is being loaded; our scripts ask none.
            if "Failed to execute 'postMessage'" in message.text:
                return
            # A preview that was asked for when the page was left. Of one that fails the browser itself complains.
            if message.text.startswith(("htmx:sendError", "htmx:afterRequest")):
                return
            self.complaints.append(f"{message.page.url if message.page else ''}: {message.text}")

    def expect_room(self, address: str) -> None:
        """From now on ``address`` is a room at another host that answers, and may be asked for."""

        def answer(route: Route) -> None:
            route.fulfill(status=200, content_type="text/html", body="<!doctype html><title>Room</title>The room")

        self.rooms.append(address)
        self.context.route(f"{address}**", answer)

    def go(self, path: str) -> None:
        """Open ``path`` of the site, or a whole address."""
        self.page.goto(path if path.startswith("http") else f"{self.site}{path}")

    def look(self, name: str, *, axe: bool = True) -> None:
        """Take pictures of the page, and check it as somebody would who cannot see it or sees it at night."""
        for scheme in SCHEMES:
            # Colours that are still fading have no contrast to measure.
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            folder = SCREENSHOTS / f"{self.width}-{scheme}"
            folder.mkdir(parents=True, exist_ok=True)
            if self.javascript:
                self.page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
                if axe:
                    found = violations(self.page, colours_only=scheme != SCHEMES[0])
                    assert found == [], f"{name}, {self.width} px, {scheme}"
        self.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        assert not self.scrolls_sideways(), f"{name} is wider than {self.width} px"

    def scrolls_sideways(self) -> bool:
        """Whether the page is wider than the window."""
        return self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def violations(page: Page, *, colours_only: bool = False) -> list[str]:
    """What axe finds wrong with the page; with ``colours_only`` what another colour scheme can change about that."""
    # Otherwise it loads the style sheets once more, by addresses and in a way that the policy of the site forbids.
    options: dict[str, object] = {"preload": False, "resultTypes": ["violations"]}
    if colours_only:
        options["runOnly"] = ["color-contrast", "link-in-text-block"]
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    # The rest of what it returns names every element of the page.
    found = page.evaluate("options => axe.run(options).then(results => results.violations)", options)
    return [
        f"{v['id']}: {v['help']}: {node['html'][:120]} {node.get('failureSummary', '')[:200]}"
        for v in found
        for node in v["nodes"]
    ]
