"""How many bytes a visit costs, measured in the browser over gunicorn with the compressed static files."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from common.catalogue import ROOT

pytestmark = pytest.mark.browser

FIRST_VISIT_AT_MOST = 64 * 1024
LATER_VISIT_AT_MOST = 12 * 1024
#: 400 kbit/s, an answer after 400 ms.
SLOW_3G = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}


@pytest.fixture(scope="module")
def served(chromium, tmp_path_factory) -> Iterator[str]:
    """The address of the demo as it runs for real: gunicorn, whitenoise, SQLite, in a folder of its own."""
    folder: Path = tmp_path_factory.mktemp("var")
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "DEMO": "1",
        "VAR_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'demo.sqlite3'}",
        "REDIS_URL": "",
    }
    for command in (["migrate"], ["collectstatic", "--no-input"], ["demo"]):
        manage = [sys.executable, "manage.py", *command, *(["--verbosity=0"] if command != ["demo"] else [])]
        subprocess.run(manage, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "conference.wsgi", "--bind", "127.0.0.1:0", "--workers", "1"],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    with server:
        try:
            lines = iter(server.stderr.readline, "")
            address = next(filter(None, (re.search(r"Listening at: (http://[\d.:]+)", line) for line in lines)))[1]
            yield address
        finally:
            server.terminate()


def _weigh(context: BrowserContext, address: str) -> dict[str, int]:
    """Bytes on the wire, heads included, by address, of one visit in a fresh window."""
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    names: dict[str, str] = {}
    weights: dict[str, int] = {}
    devtools.on("Network.requestWillBeSent", lambda event: names.update({event["requestId"]: event["request"]["url"]}))
    devtools.on(
        "Network.loadingFinished",
        lambda event: weights.update({names.get(event["requestId"], "?"): int(event["encodedDataLength"])}),
    )
    devtools.send("Network.enable")
    page.goto(address, wait_until="networkidle")
    page.close()
    return weights


def _form_of_the_next_conference(chromium: Browser, served: str) -> str:
    context = chromium.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(served)
    # The home page has a conference on top that is taking place now; the next one stands below.
    page.locator("main a[href*='/na-chi-lang-']").first.click()
    address = page.locator("main a[href$='/register/']").first.get_attribute("href")
    context.close()
    return served + address


def test_the_form_can_be_used_soon_on_slow_3g(chromium: Browser, served: str, capsys):
    address = _form_of_the_next_conference(chromium, served)
    context = chromium.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", SLOW_3G)
    began = time.monotonic()
    # By then the style sheets and the script are there as well.
    page.goto(address, wait_until="domcontentloaded")
    page.fill("[name=full_name]", "Hoàng Thị Na")
    seconds = time.monotonic() - began
    context.close()
    with capsys.disabled():
        print(f"\nthe form on slow 3G: usable after {seconds:.2f} s")  # noqa: T201
    # Measured beside other work on a shared machine; the aim is 3 s.
    assert seconds < 6


@pytest.mark.parametrize("path", ["/", "/…/", "/…/register/"])
def test_a_visit_is_light(chromium: Browser, served: str, path: str, capsys):
    form = _form_of_the_next_conference(chromium, served)
    address = {"/": f"{served}/", "/…/": form.removesuffix("register/"), "/…/register/": form}[path]

    context = chromium.new_context(viewport={"width": 360, "height": 740})
    first, later = _weigh(context, address), _weigh(context, address)
    context.close()
    with capsys.disabled():
        print(f"\n{path}: first visit {sum(first.values()):,} bytes, later {sum(later.values()):,} bytes")  # noqa: T201
        for name, size in sorted(first.items(), key=lambda item: -item[1]):
            print(f"  {size:>7,} {later.get(name, 0):>7,}  {name.removeprefix(served)}")  # noqa: T201
    assert any(name.endswith(".css") for name in first)
    assert sum(first.values()) <= FIRST_VISIT_AT_MOST
    assert sum(later.values()) <= LATER_VISIT_AT_MOST
