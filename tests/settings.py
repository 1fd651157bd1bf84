"""The settings of the suite: the environment is complete before the site's own settings read it."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "only-for-tests-0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ")
os.environ.setdefault("ALLOWED_HOSTS", "testserver,localhost,127.0.0.1")
os.environ.setdefault("SITE_URL", "http://diemcau.test")
os.environ.setdefault("HTTPS", "0")
os.environ.setdefault("MFA_REQUIRED_FOR_STAFF", "0")
os.environ.setdefault("SMS_CHANNEL", "console")
os.environ["PAGE_CACHE_SECONDS"] = "0"
os.environ["DEMO"] = "0"
os.environ["DEBUG"] = "0"

from conference.settings import *  # noqa: F403

# Tests move the process's clock.
DATABASE_CLOCK = False
# Most tests are not about the night; those that are say so.
QUIET_HOURS = ""

# The demo's table and mailbox are tried as well; its addresses are in tests/support/demo_urls.py.
INSTALLED_APPS = [*INSTALLED_APPS, "demo"]  # noqa: F405
# As on a site with a worker; nudges go nowhere all the same (tests/conftest.py).
TASKS_ARE_TAKEN = True
# No manifest: the suite does not collect static files.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Every new test client reads the whole folder.
STATIC_ROOT = VAR_DIR / "no-static-files"  # noqa: F405
STATIC_ROOT.mkdir(exist_ok=True)
# Gone when the run is.
_slides = tempfile.TemporaryDirectory(prefix="slides-")
SLIDES_DIR = Path(_slides.name)
