"""Checks of the whole repository and of every page of the site."""

import ast
import hashlib
import re
from pathlib import Path

import pytest
from django.core.management import call_command

from bridges.models import COUNTERS
from common.catalogue import ROOMS, ROOT
from tests.support import visits
from tests.support.pages import faults

# --- the repository ---------------------------------------------------------------------------------------------------

PRODUCT = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")) if "migrations" not in path.parts]
LINES_AT_MOST = 400


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def _counter_writes(path: Path) -> list[str]:
    """Where a module assigns a seat counter: by attribute, by keyword of a call, or by name in ``setattr``."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            names = [node.attr]
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func).rpartition(".")[2]
            reads = called in {"filter", "exclude", "get", "annotate", "aggregate", "alias", "Q", "F"}
            names = [] if reads else [keyword.arg for keyword in node.keywords]
            if called == "setattr":
                names += [a.value for a in node.args if isinstance(a, ast.Constant)]
            if called in {"bulk_update", "save"}:
                names += [c.value for c in ast.walk(node) if isinstance(c, ast.Constant)]
        else:
            continue
        found += [f"{_name(path)}:{node.lineno}: {name}" for name in names if name in COUNTERS]
    return found


def test_only_seats_py_changes_a_seat_count():
    seats = ROOT / "registrations" / "seats.py"
    assert _counter_writes(seats), "the check has gone blind"
    assert [place for path in PRODUCT if path != seats for place in _counter_writes(path)] == []


def test_no_module_outgrows_its_one_thing():
    sizes = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in PRODUCT}
    assert {name: lines for name, lines in sizes.items() if lines > LINES_AT_MOST} == {}


def test_the_files_of_others_are_what_their_list_says():
    listed = dict(re.findall(r"`([^`]+)` \| `([0-9a-f]{64})`", (ROOT / "static/vendor/README.md").read_text("utf-8")))
    here = {_name(path) for path in (ROOT / "static/vendor").rglob("*") if path.is_file()} - {"static/vendor/README.md"}
    assert sorted(here - set(listed)) == []
    wrong = [
        name for name, digest in listed.items() if hashlib.sha256((ROOT / name).read_bytes()).hexdigest() != digest
    ]
    assert wrong == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"])
def test_the_documents_are_there(name):
    assert (ROOT / name).read_text(encoding="utf-8").startswith("# ")


def _variables_of_settings() -> set[str]:
    """The names of the environment variables that the settings read."""
    names = set()
    for node in ast.walk(ast.parse((ROOT / "conference/settings.py").read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
            continue
        function = ast.unparse(node.func)
        if function in {"_required", "os.environ.get", "os.getenv"} or re.fullmatch(r"env(\.\w+)?", function):
            names.add(node.args[0].value)
    return names


def test_the_table_of_settings_names_every_variable_that_they_read():
    variables = _variables_of_settings()
    assert {"SECRET_KEY", "DATABASE_URL", "DEMO"} <= variables, "the check has gone blind"
    table = re.findall(r"^\|(.+?)\|", (ROOT / "docs/operate.md").read_text(encoding="utf-8"), re.MULTILINE)
    named = {name for cell in table for name in re.findall(r"`([A-Z][A-Z0-9_]+)=?[^`]*`", cell)}
    assert sorted(variables - named) == []


# --- the pages --------------------------------------------------------------------------------------------------------

# Django's own: an inline table has its help in the heads of the columns, where the fields do not find it; the help of
# a field of the password page holds a list inside a paragraph.
DJANGO_FAULTS = re.compile(
    r"<\w+ aria-describedby>: no element has the id '\w+(-\w+)*_helptext'|.*unexpected-end-tag {'name': 'p'}"
)


def _faults(pages: visits.Visits, but: re.Pattern | None = None) -> dict[str, list[str]]:
    """The faults of ``pages`` by name, without those that match ``but``."""
    found = {}
    for name, response in pages:
        wrong = [fault for fault in faults(response.content.decode()) if not (but and but.fullmatch(fault))]
        if wrong:
            found[name] = wrong
    return found


@pytest.mark.one_engine
@pytest.mark.slow
@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("role", ["anonymous", "registrant"])
def test_public_pages(world, role, language, settings):
    settings.LANGUAGE_CODE = language
    assert _faults(visits.table(world, visits.PUBLIC, role)) == {}


@pytest.mark.one_engine
@pytest.mark.slow
@pytest.mark.parametrize("role", ["coordinator here", "organiser here", "superuser"])
def test_pages_of_the_administration(world, role):
    assert _faults(visits.table(world, visits.ADMIN, role), but=DJANGO_FAULTS) == {}


@pytest.mark.one_engine
@pytest.mark.usefixtures("demo_site")
def test_pages_of_the_demo(world):
    assert _faults(visits.demo(world)) == {}


@pytest.mark.one_engine
@pytest.mark.parametrize("role", ["anonymous", "registrant", "organiser here"])
def test_forms_with_mistakes(world, role):
    but = DJANGO_FAULTS if role == "organiser here" else None
    assert _faults(visits.forms_with_mistakes(world, role), but=but) == {}


@pytest.mark.one_engine
def test_pages_of_codes_by_mail(world):
    assert _faults(visits.codes_by_mail(world)) == {}


@pytest.mark.one_engine
@pytest.mark.slow
def test_registration_and_join_pages_in_every_state(world):
    assert _faults(visits.every_state()) == {}


@pytest.mark.one_engine
@pytest.mark.django_db
def test_pages_about_errors():
    assert _faults(visits.errors()) == {}


def test_a_page_with_faults_is_found_out():
    page = """<!doctype html><html><head><title></title><style>p{}</style></head><body onload="x()">
    <h1>One</h1><h1>Two</h1><p id="a" style="color:red">x<p id="a"><script>alert(1)</script>
    <img src="//host/x.png" alt=""><form action="https://host/"></form><label for="nothing">x</label><a href="https://host/">fine</a></b>"""
    wrong = "\n".join(faults(page))
    for part in (
        "HTML", "2 <h1>", "no lang", "title", "0 <main>", "style sheet", "onload", "style=", "script in the page",
        "//host/x.png", "https://host/", "the id 'a'", "'nothing'",
    ):  # fmt: skip
        assert part in wrong
    assert wrong.count("another host") == 2
    good = "<!doctype html><html lang=vi><title>x</title><main><h1>x</h1><script src=/x.js></script></main></html>"
    assert faults(good) == []
