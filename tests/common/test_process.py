"""Workers let the web servers go first."""

import os
import subprocess
import sys

import pytest

_SAY = "import os; from common.process import step_back; step_back(); step_back(); print(os.nice(0))"


def test_a_worker_is_nice_to_the_others_once_however_often_it_is_asked():
    mine = os.nice(0)
    said = subprocess.run([sys.executable, "-c", _SAY], capture_output=True, text=True, check=True).stdout
    assert int(said) == max(mine, 5)


_SETTLE = """
import gc, sys
from common import process
if sys.argv[1:]:
    process.ctypes.CDLL = lambda name: object()
kept = [[] for _ in range(1000)]
process.settle()
print(gc.get_freeze_count() > 1000, gc.get_threshold()[0])
"""


@pytest.mark.parametrize("library", [[], ["of another system"]])
def test_what_is_loaded_is_out_of_the_collector_s_sight_whatever_the_c_library_knows(library):
    done = subprocess.run([sys.executable, "-c", _SETTLE, *library], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "20000"]


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="only Linux knows it")
def test_a_web_process_is_left_at_what_it_does_and_so_are_its_threads():
    say = (
        "import os, threading; from common.process import finish_what_is_begun; finish_what_is_begun();"
        "thread = threading.Thread(target=lambda: print(os.sched_getscheduler(0) == os.SCHED_BATCH));"
        "thread.start(); thread.join()"
    )
    done = subprocess.run([sys.executable, "-c", say], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
