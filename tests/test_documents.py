"""The documents name files and commands that exist, link to places that exist, and leave the README short."""

import re
from functools import cache
from pathlib import Path

import pytest
from django.core.management import get_commands

from common.catalogue import ROOT

README_LINES_AT_MOST = 150
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "adr").glob("*.md")),
]
# What the site or its tools write, and what somebody who installs it writes.
NOT_IN_THE_REPOSITORY = {"var/", "var/secret_key", ".venv/"}
# A file or folder below the top: "registrations/seats.py", "docs/adr/".
_PATH = re.compile(r"\.?\w[\w.-]*/(?:[\w.-]+/)*[\w.-]*")
# A file by its name alone: "seats.py". Other endings stand for files of people and of other programs.
_FILE = re.compile(r"[\w-]+\.(?:py|md|html|css|js|toml)")
_LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)")


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _is_replaced(text: str) -> bool:
    """Whether a decision has been replaced: it is not edited any more, and names what was there in its time."""
    return "replaced by [" in "".join(text.splitlines(keepends=True)[:4])


@cache
def _names_of_files() -> frozenset[str]:
    tops = [path for path in ROOT.iterdir() if path.is_dir() and path.name not in {"var", ".venv", ".git"}]
    return frozenset(path.name for top in tops for path in top.rglob("*.*")) | {path.name for path in ROOT.iterdir()}


def _exists(quoted: str) -> bool:
    """Whether the repository has what a document quotes; a folder may be that of any room."""
    if quoted in NOT_IN_THE_REPOSITORY or (ROOT / quoted).exists():
        return True
    if "/" not in quoted:
        return quoted in _names_of_files()
    return quoted.endswith("/") and any(ROOT.glob(f"*/{quoted}"))


def _missing(text: str) -> list[str]:
    """The paths in backticks, outside blocks of code, that the repository does not have."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    quoted = re.findall(r"`([^`]+)`", prose)
    paths = [text for text in quoted if _FILE.fullmatch(text) or (_PATH.fullmatch(text) and _is_ours(text))]
    return [path for path in paths if not _exists(path)]


def _is_ours(path: str) -> bool:
    """Whether something with a slash is meant as a path here, and not as a reference such as ``delegate/7``."""
    return path.endswith("/") or "." in path.rpartition("/")[2] or (ROOT / path.partition("/")[0]).exists()


def _anchors(path: Path) -> set[str]:
    """What the headings of a document are linked by."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_paths_in_documents_exist(document):
    text = document.read_text(encoding="utf-8")
    assert _is_replaced(text) or _missing(text) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_links_in_documents_lead_somewhere(document):
    dead = []
    for link, anchor in _LINK.findall(document.read_text(encoding="utf-8")):
        target = (document.parent / link).resolve() if link else document
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            dead.append(f"{link}#{anchor}")
    assert dead == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_commands_in_documents_exist(document):
    text = document.read_text(encoding="utf-8")
    assert _is_replaced(text) or set(re.findall(r"manage\.py (\w+)", text)) - set(get_commands()) == set()


def test_a_path_that_does_not_exist_is_found_out():
    wrong = "`conference/fields.py`, `exchange/`, `no_such_file.py`, `docs/none`"
    assert _missing(wrong) == ["conference/fields.py", "exchange/", "no_such_file.py", "docs/none"]
    assert _missing("`common/fields.py` `seats.py` `registrations/` `services/` `var/` `/admin/` `delegate/7`") == []
    assert _missing("```sh\n`gone/file.py`\n```\n") == []


def test_every_decision_stands_in_the_index():
    index = (ROOT / "docs/adr/README.md").read_text(encoding="utf-8")
    decisions = {path.name for path in (ROOT / "docs/adr").glob("0*.md")}
    assert set(re.findall(r"^\| \[\d+\]\((\d[^)]+)\)", index, re.MULTILINE)) == decisions


def test_the_readme_is_read_in_five_minutes():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= README_LINES_AT_MOST
