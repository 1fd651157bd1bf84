"""The site's settings under another environment, without touching the running ones."""

import os
import runpy
from pathlib import Path
from typing import Any
from unittest import mock

_FILE = Path(__file__).parents[2] / "conference" / "settings.py"


def settings_with(**environment: str) -> dict[str, Any]:
    """What ``conference/settings.py`` says when these variables are set as well."""
    with mock.patch.dict(os.environ, environment):
        return runpy.run_path(str(_FILE))
