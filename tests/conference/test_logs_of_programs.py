"""gunicorn and Celery write as the site does: one JSON object a line, the time with its offset."""

import json
import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from tests.chaos.servers import free_port, wait_until
from tests.conference.test_safety import PRODUCTION, ROOT

PROGRAMS = {
    "gunicorn": [
        "-m", "gunicorn", "--config", "python:conference.gunicorn_settings", "conference.wsgi", "--bind", "127.0.0.1:0",
        "--no-control-socket",
    ],
    # A broker that is away gives both something to say.
    "worker": ["-m", "celery", "--quiet", "-A", "conference", "worker", "--pool", "solo", "--loglevel", "INFO"],
    "beat": ["-m", "celery", "--quiet", "-A", "conference", "beat", "--pidfile=", "--loglevel", "INFO"],
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_what_a_program_says_is_json(tmp_path, name):
    kept = {variable: os.environ[variable] for variable in ("PATH", "HOME", "LANG") if variable in os.environ}
    away = {"REDIS_URL": f"redis://127.0.0.1:{free_port()}/0", "DATABASE_URL": "", "VAR_DIR": str(tmp_path)}
    log = tmp_path / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, *PROGRAMS[name]],
            cwd=ROOT, env={**kept, **PRODUCTION, **away}, stdout=subprocess.DEVNULL, stderr=stream,
        )  # fmt: skip
    try:
        wait_until(lambda: log.read_bytes().count(b"\n") >= 2 or process.poll() is not None, f"{name} speaks", 30)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    lines = log.read_text().splitlines()
    assert len(lines) >= 2
    for line in lines:
        written = json.loads(line)
        assert written["name"]
        assert datetime.fromisoformat(written["asctime"]).utcoffset() is not None


def test_the_documented_services_log_so():
    text = (ROOT / "docs/operate.md").read_text(encoding="utf-8")
    commands = [line.partition("=")[2].split() for line in text.splitlines() if line.startswith("ExecStart=")]
    assert len(commands) == 4
    for command in commands:
        if "gunicorn" in command:
            at = command.index("gunicorn")
            assert command[at - 1 : at + 3] == ["-m", "gunicorn", "--config", "python:conference.gunicorn_settings"]
        if "celery" in {Path(word).name for word in command}:
            assert "--quiet" in command
            # Each time Redis comes back, gossip would log an error of Celery's own.
            assert {"--without-gossip", "--without-mingle"} <= set(command)
