"""``make test``: the suite on SQLite, and again on PostgreSQL and Redis where they answer.

The browser drives the site once, on SQLite: it takes as long as all the rest, and the pages are the same. Arguments
for pytest go to both runs. ``REQUIRE_ALL=1`` makes a missing engine or browser a failure.
"""

import os
import subprocess
import sys

import psycopg2
import redis

_POSTGRES = "postgres://postgres@localhost:5432/postgres"
_REDIS = "redis://localhost:6379/9"


def _answers(url: str) -> bool:
    try:
        if url.startswith("redis"):
            redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2).ping()
        else:
            psycopg2.connect(url, connect_timeout=3).close()
    except (redis.RedisError, psycopg2.Error, OSError):
        return False
    return True


def _suite(name: str, environment: dict[str, str], arguments: list[str]) -> bool:
    print(f"\n=== {name}", flush=True)  # noqa: T201
    # Set and empty, not unset: a developer's .env must not choose the engine.
    variables = {**os.environ, "DATABASE_URL": "", "REDIS_URL": "", "DEMO": "", "DEBUG": ""}
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, env={**variables, **environment}, check=False).returncode == 0


def main() -> int:
    """Run the suite on every engine; 0 if all of it passed."""
    required = os.environ.get("REQUIRE_ALL") == "1"
    arguments = sys.argv[1:] or ["-q", "-n", "2"]
    again = sys.argv[1:] or [*arguments, "--ignore", "tests/browser"]
    postgres = os.environ.get("DATABASE_URL") or _POSTGRES
    broker = os.environ.get("REDIS_URL") or _REDIS
    results = {"SQLite, no Redis": _suite("SQLite, no Redis", {}, arguments)}
    missing = [url for url in (postgres, broker) if not _answers(url)]
    second = "PostgreSQL and Redis"
    if missing:
        print(f"\n=== {second}: not run, no server answers at {', '.join(missing)}", flush=True)  # noqa: T201
        results[second] = not required
    else:
        results[second] = _suite(second, {"DATABASE_URL": postgres, "REDIS_URL": broker}, again)
    print("\n=== Engines")  # noqa: T201
    for name, passed in results.items():
        ran = "not run" if missing and name == second else "passed" if passed else "FAILED"
        print(f"{name}: {ran}")  # noqa: T201
    return 0 if all(results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
