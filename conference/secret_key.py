"""The secret key of a demo or development installation."""

import os
import secrets
from pathlib import Path


def local_secret_key(path: Path) -> str:
    """The key kept in the file ``path``, made on first use so that sessions and links survive a restart."""
    try:
        # O_EXCL: web server and worker may start at the same moment and must agree on one key.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(50))
    return path.read_text()
