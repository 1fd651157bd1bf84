"""Whether somebody is at the pages of this machine: said by one process, seen by another."""

import subprocess
import sys

import pytest

from common import visits

_SAYS_SO = """
import sys
from pathlib import Path
from django.conf import settings
settings.configure(VAR_DIR=Path(sys.argv[1]))
from common import visits
visits.note()
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.VAR_DIR = tmp_path
    visits._page.cache_clear()
    yield tmp_path
    visits._page.cache_clear()


def test_another_process_sees_that_somebody_asked_for_a_page(folder, monkeypatch):
    assert not visits.is_anybody_here()
    subprocess.run([sys.executable, "-c", _SAYS_SO, str(folder)], check=True)
    (moment,) = visits._MOMENT.unpack_from(visits._page())
    for later, is_here in [(0.01, True), (visits.RECENT * 2, False), (-5, False)]:
        monkeypatch.setattr("time.monotonic", lambda later=later: moment + later)
        assert visits.is_anybody_here() is is_here


def test_where_nothing_can_be_written_nobody_is_ever_here(folder, settings):
    settings.VAR_DIR = folder / "not there"
    visits.note()
    assert not visits.is_anybody_here()
