"""What a web process loads before it answers anybody: enough for the first visitor, nothing that few people need."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from conference import rehearsal
from tests.chaos.servers import free_port
from tests.support.factories import BridgePointFactory, ConferenceFactory
from tests.support.fakes import SMTPSink
from tests.support.operators import wait_until
from tests.support.site_process import ROOT, copy_of_database, environment, running

pytestmark = pytest.mark.django_db(transaction=True)
#: What few requests need, or none.
_FOR_FEW = (
    *("docx", "docxtpl", "jinja2", "lxml", "python_calamine", "openpyxl", "smpplib", "PIL", "boto3", "pandas", "faker"),
    *("phonenumbers.geodata", "phonenumbers.carrierdata", "phonenumbers.tzdata", "django.test", "pytest", "unittest"),
)
_LOAD = """
import json, sys
import conference.wsgi as site
from django.db import connections
is_open = connections["default"].connection is not None
loaded = sorted(sys.modules)
from common.page_cache import shelf
kept = len([key for key in shelf._pages if shelf.get(key)])
from django.template.base import Node
from django.template.loader import get_template
page = get_template("base.html").template
nodes = page.nodelist.get_nodes_by_type(Node)
sources = page.source, len(nodes) > 9, [str(node.token) for node in nodes if node.token]
from conference import rehearsal
new = {}
for address in json.loads(sys.argv[1]):
    for language in ("vi", "en"):
        before = set(sys.modules)
        rehearsal._ask(site.application, address, language)
        new[f"{address} {language}"] = sorted(set(sys.modules) - before)
print(json.dumps({"loaded": loaded, "is_open": is_open, "kept": kept, "sources": sources, "new": new}))
"""


@pytest.fixture
def slug() -> str:
    now = timezone.now()
    conference = ConferenceFactory(starts_at=now + timedelta(days=30), ends_at=now + timedelta(days=30, hours=3))
    BridgePointFactory(conference=conference)
    return conference.slug


@pytest.fixture
def site(tmp_path, slug):
    """A copy of the database, and the environment of a site that uses it."""
    sink = SMTPSink()
    database = copy_of_database(tmp_path)
    yield environment(
        tmp_path, sink, database.url, ALLOWED_HOSTS="diemcau.test,127.0.0.1", PYTHONPATH=str(ROOT), TRUSTED_PROXIES="0"
    )
    sink.close()
    database.drop()


def load(site: dict[str, str], addresses: list[str]) -> dict:
    """What a process of ``site`` has loaded, and what it loads anew for each of ``addresses``."""
    done = subprocess.run(
        [sys.executable, "-c", _LOAD, json.dumps(addresses)],
        cwd=ROOT, env=site, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_first_visitor_waits_for_no_import_and_nobody_carries_what_few_need(site, slug):
    seen = load(site, ["/", f"/{slug}/", f"/{slug}/register/", "/accounts/login/"])
    assert {name: modules for name, modules in seen["new"].items() if modules} == {}
    carried = [n for n in seen["loaded"] if any(n == few or n.startswith(f"{few}.") for few in _FOR_FEW)]
    assert carried == []
    # Of a template it keeps what it draws, and not where in the file that stood.
    assert seen["sources"] == ["", True, []]
    # Threads and processes that come later open their own connection, and answer with what they have drawn themselves.
    assert (seen["is_open"], seen["kept"]) == (False, 0)


def test_without_its_database_a_process_starts_and_has_loaded_the_site_all_the_same(site):
    away = f"postgres://nobody@127.0.0.1:{SMTPSink.closed_port()}/away"
    seen = load({**site, "DATABASE_URL": away}, [])
    assert {"staff.site", "registrations.public.register", "conference.database_away"} <= set(seen["loaded"])


def test_a_slow_database_holds_up_the_start_for_some_seconds_only(monkeypatch, settings):
    settings.ALLOWED_HOSTS = ["*"]
    now, asked = 1000.0, []

    def ask(application, address: str, language: str) -> None:
        nonlocal now
        now += 2
        asked.append((address, language))

    monkeypatch.setattr(rehearsal, "_coming", lambda count: [])
    monkeypatch.setattr(rehearsal, "_ask", ask)
    monkeypatch.setattr(rehearsal.time, "monotonic", lambda: now)
    rehearsal.draw_pages(lambda environment, start: [])
    assert asked == [("/", "vi"), ("/", "en"), ("/accounts/login/", "vi")]


def connected(pids: list[int], database_url: str) -> int:
    """How many of these processes have the database open; with PostgreSQL, how many connections it has."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [database_url.rpartition("/")[2]]
            )
            return cursor.fetchone()[0]
    file = database_url.removeprefix("sqlite:///")
    return sum(any(str(link.readlink()).startswith(file) for link in Path(f"/proc/{pid}/fd").iterdir()) for pid in pids)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux")
def test_the_web_server_is_loaded_before_it_forks_and_its_processes_share_no_connection(tmp_path, site, slug):
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "--config", "python:conference.gunicorn_settings", "conference.wsgi",
        "--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "4", "--no-control-socket",
    ]  # fmt: skip
    with running({"web": command}, site, tmp_path) as processes:
        master = processes["web"].pid
        children = Path(f"/proc/{master}/task/{master}/children")
        wait_until(lambda: len(children.read_text().split()) == 2, "two workers", 60)
        # Nobody has asked for anything yet. Each worker has drawn a page in the thread that will answer first, and each
        # of its threads keeps a connection to a server; a file of SQLite is opened for each request.
        pids = [master, *map(int, children.read_text().split())]
        drawn = lambda pid: int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[7]) > 1000  # noqa: E731
        wait_until(lambda: all(map(drawn, pids)), "both have drawn a page", 60)
        kept = 2 * 4 if connection.vendor == "postgresql" else 0
        wait_until(
            lambda: connected(pids, site["DATABASE_URL"]) == kept,
            "one of each thread, none of the first process",
        )
        # They begin with what the first process has loaded, and have written to little of it.
        for pid in children.read_text().split():
            rollup = dict(line.split(":") for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
            own, all_of_it = (int(rollup[name].split()[0]) for name in ("Private_Dirty", "Rss"))
            assert own < all_of_it / 4
