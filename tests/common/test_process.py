"""Workers let the web servers go first."""

import os
import subprocess
import sys

_SAY = "import os; from common.process import step_back; step_back(); step_back(); print(os.nice(0))"


def test_a_worker_is_nice_to_the_others_once_however_often_it_is_asked():
    mine = os.nice(0)
    said = subprocess.run([sys.executable, "-c", _SAY], capture_output=True, text=True, check=True).stdout
    assert int(said) == max(mine, 10)
