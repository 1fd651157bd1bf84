"""How far an import is, where other processes see it while its transaction is open.

The database cannot say: what the worker writes there is seen only when all of it is done, and SQLite has one writer.
With Redis it stands in the cache, since web server and worker may be two machines; otherwise in a file.
"""

import json
import os
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.cache import cache

_KEPT_SECONDS = 24 * 3600


def _key(job: int, run: str) -> str:
    return f"import-{job}-{run}"


def _path(job: int, run: str) -> Path:
    return Path(settings.VAR_DIR) / "imports" / f"{_key(job, run)}.json"


def write(job: int, run: str, *, done: int, now: datetime) -> None:
    """Note that ``done`` rows of this ``run`` of the job are done at ``now``."""
    noted = json.dumps({"done": done, "at": now.isoformat()})
    if settings.REDIS_URL:
        cache.set(_key(job, run), noted, _KEPT_SECONDS)
        return
    path = _path(job, run)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(noted, encoding="ascii")
    os.replace(part, path)


def read(job: int, run: str) -> tuple[int, datetime | None]:
    """How many rows are done, and when that was noted; 0 and None if nothing was."""
    try:
        noted = cache.get(_key(job, run)) if settings.REDIS_URL else _path(job, run).read_text(encoding="ascii")
        values = json.loads(noted)
        return int(values["done"]), datetime.fromisoformat(values["at"])
    except (OSError, TypeError, ValueError, KeyError):
        return 0, None


def forget(job: int, run: str) -> None:
    """Nobody asks any more."""
    if settings.REDIS_URL:
        cache.delete(_key(job, run))
    else:
        _path(job, run).unlink(missing_ok=True)
