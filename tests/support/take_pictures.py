"""``python -m tests.support.take_pictures http://127.0.0.1:8000``: the pictures of the guide and of README.md, anew."""

import shutil
import sys

from playwright.sync_api import sync_playwright

from tests.support import guide_pictures, readme_pictures


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def main(site: str) -> None:
    """Take every picture at ``site``, where the demo runs."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        guide_pictures.take(browser, site, _say)
        readme_pictures.take(browser, site, _say)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
