"""Where the suite finds PostgreSQL and Redis: servers of its own, else those that run already."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg2
import redis

from tests.chaos.servers import Hung, Missing, PostgreSQL, Redis, Stage

RUNNING_POSTGRES = "postgres://postgres@localhost:5432/postgres"
RUNNING_REDIS = "redis://localhost:6379/9"
#: Nothing of it must survive a loss of power, or the run.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
_MEMORY = Path("/dev/shm")
_SPACE = 2 * 1024**3


def memory_folder() -> Path | None:
    """A folder in memory with room for a database; None if there is none (containers often have 64 MB)."""
    if not os.access(_MEMORY, os.W_OK) or shutil.disk_usage(_MEMORY).free < _SPACE:
        return None
    return _MEMORY


def find_postgres(stage: Stage) -> str:
    """The URL of a server that ends with ``stage``; else of ``DATABASE_URL`` or the one on this machine, if it answers.

    Raises:
        Missing: there is none; the text says what was tried.
    """
    url = os.environ.get("DATABASE_URL") or RUNNING_POSTGRES
    return _find(lambda: PostgreSQL(stage, SETTINGS).url(), url, _postgres_answers)


def find_redis(stage: Stage) -> str:
    """The URL of a server that ends with ``stage``; else of ``REDIS_URL`` or the one on this machine, if it answers.

    Raises:
        Missing: there is none; the text says what was tried.
    """
    return _find(lambda: Redis(stage).url, os.environ.get("REDIS_URL") or RUNNING_REDIS, _redis_answers)


def _find(start: Callable[[], str], running: str, answers: Callable[[str], bool]) -> str:
    try:
        return start()
    except (Missing, Hung) as error:
        if answers(running):
            return running
        raise Missing(f"{error}, and no server answers at {running}") from None


def _postgres_answers(url: str) -> bool:
    try:
        psycopg2.connect(url, connect_timeout=3).close()
    except psycopg2.Error:
        return False
    return True


def _redis_answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
