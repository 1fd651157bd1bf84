"""Safe by default: settings, headers, logs."""

import io
import json
import logging
import os
import sqlite3
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest
import time_machine
from csp.constants import NONE
from django.conf import settings as site
from django.core.checks import WARNING
from django.core.management import call_command
from django.test import Client

from common.logs import JSONLines, WithoutPersonalData, without_personal_data
from conference import checks, views
from conference.secret_key import local_secret_key
from registrations import services
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, ConferenceFactory, ConnectionFactory, registered
from tests.support.site_settings import settings_with

ROOT = Path(__file__).parent.parent.parent
PRODUCTION = {
    "SECRET_KEY": "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "ALLOWED_HOSTS": "diemcau.example",
    "SITE_URL": "https://diemcau.example",
    "EMAIL_URL": "smtp://localhost:25",
    "DATABASE_URL": "postgres://localhost/diemcau",
    "REDIS_URL": "redis://localhost",
    "TRUSTED_PROXIES": "1",
}


def manage(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """``manage.py`` in a clean environment."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:conference", "manage.py", *arguments],
        cwd=ROOT,
        env={**kept, "VAR_DIR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


# --- settings ---------------------------------------------------------------------------------------------------------


def test_a_real_installation_passes_every_deployment_check(tmp_path):
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("changed", "warning"),
    [
        ({"EMAIL_URL": ""}, "diemcau.W004"),
        ({"EMAIL_URL": "", "EMAIL_BACKEND": "anymail.backends.postmark.EmailBackend"}, ""),
        ({"DATABASE_URL": ""}, "diemcau.W005"),
        ({"REDIS_URL": ""}, "diemcau.W006"),
        ({"TRUSTED_PROXIES": None}, "diemcau.W007"),
        ({"TRUSTED_PROXIES": "0"}, ""),
        ({"TRUSTED_PROXIES": None, "BEHIND_PROXY": "1"}, ""),
        ({"SITE_URL": "https://elsewhere.example"}, "diemcau.W003"),
        ({"ALLOWED_HOSTS": ".example"}, ""),
    ],
)
def test_what_a_real_installation_lacks_is_warned_of(changed, warning):
    environment = {name: value for name, value in {**PRODUCTION, **changed}.items() if value is not None}
    real = SimpleNamespace(**settings_with(**environment, HTTPS="1", MFA_REQUIRED_FOR_STAFF="1"))
    with mock.patch.object(checks, "settings", real):
        found = [*checks.real_installation(None), *checks.real_servers(None)]
    assert [message.id for message in found if message.level >= WARNING] == ([warning] if warning else [])


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL"])
def test_without_its_essentials_the_site_refuses_to_start_and_names_what_is_missing(tmp_path, missing):
    done = manage(tmp_path, "check", **{k: v for k, v in PRODUCTION.items() if k != missing})
    assert done.returncode != 0
    assert f"Set {missing} in the environment" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_made_is_a_sentence_with_the_command_that_makes_it(tmp_path):
    (tmp_path / "file").touch()
    done = manage(tmp_path / "file" / "diemcau", "migrate", **PRODUCTION)
    assert done.returncode != 0
    assert f"install -d -o diemcau -g diemcau {tmp_path / 'file' / 'diemcau'}" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_documented_folder_is_there_before_anything_is_put_into_it():
    text = (ROOT / "docs/operate.md").read_text(encoding="utf-8")
    assert text.index("install -d -o diemcau -g diemcau /var/lib/diemcau") < text.index("manage.py migrate")


@pytest.mark.parametrize("name", ["DEMO", "DEBUG"])
def test_the_demo_and_development_need_nothing_set(tmp_path, name):
    done = manage(tmp_path, "check", **{name: "1"})
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_a_demo_is_never_taken_for_a_real_installation(tmp_path):
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION, DEMO="1")
    assert done.returncode != 0
    assert "diemcau.E001" in done.stderr


@pytest.mark.parametrize("command", [["migrate"], ["serve", "--port", "0"], ["deliver"], ["demo"]])
def test_a_database_of_before_the_first_release_gets_a_sentence_and_a_command(tmp_path, command):
    with sqlite3.connect(tmp_path / "diemcau.sqlite3") as old:
        old.execute("CREATE TABLE django_migrations (id integer PRIMARY KEY, app text, name text, applied datetime)")
        old.execute("INSERT INTO django_migrations VALUES (1, 'notifications', '0001_initial', '2026-11-27')")
    old.close()
    done = manage(tmp_path, *command, DEMO="1", DATABASE_URL="")
    assert done.returncode != 0
    assert "made by a version before 0.2.0" in done.stderr
    assert "rm -r var && make run" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_generated_key_stays_the_same(tmp_path):
    path = tmp_path / "key"
    assert local_secret_key(path) == local_secret_key(path)
    assert len(local_secret_key(path)) >= 50


def test_a_real_installation_is_strict():
    real = settings_with(**PRODUCTION, HTTPS="1", MFA_REQUIRED_FOR_STAFF="1")
    for name in ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "LANGUAGE_COOKIE_SECURE"):
        assert real[name] is True, name
    assert real["SECURE_HSTS_SECONDS"] >= 365 * 24 * 3600
    assert real["MFA_REQUIRED_FOR_STAFF"] is True
    assert real["DEBUG"] is False
    assert real["LOGGING"]["handlers"]["stream"]["formatter"] == "json"


def test_postgresql_and_redis_come_from_the_environment():
    real = settings_with(DATABASE_URL="postgres://u@db.example/site", REDIS_URL="redis://r.example/1")
    assert real["DATABASES"]["default"]["ENGINE"] == "conference.postgresql"
    assert real["CELERY_BROKER_URL"] == "redis://r.example/1"


def test_without_servers_the_site_runs_on_files():
    bare = settings_with(DATABASE_URL="", REDIS_URL="")
    assert bare["DATABASES"]["default"]["ENGINE"] == "django.db.backends.sqlite3"
    assert bare["DATABASES"]["default"]["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert bare["CELERY_BROKER_URL"] == "memory://"
    assert bare["TASKS_ARE_TAKEN"] is False


def test_no_migration_is_missing(db):
    call_command("makemigrations", "--check", "--dry-run", verbosity=1)


# --- headers ----------------------------------------------------------------------------------------------------------


def policy_of(response) -> dict[str, list[str]]:
    rules = (rule.split() for rule in response["Content-Security-Policy"].split(";"))
    return {rule[0]: rule[1:] for rule in rules}


@pytest.fixture
def pages(db, admin_user) -> dict[str, Client]:
    """Addresses of every kind of page, with who opens it."""
    point = ConnectionFactory(bridge_point__conference=ConferenceFactory(slug="na")).bridge_point
    registration = registered(point, now=NOW)
    BridgePointFactory(conference=point.conference, latitude=21.0, longitude=105.8)
    visitor, staff = Client(), Client()
    with time_machine.travel(NOW, tick=False):
        staff.force_login(admin_user)
    link = registration.get_absolute_url()
    public = ["/", "/na/", "/na/register/", link, f"{link}cancel/", f"/j/{registration.delegates.get().token}/"]
    public += ["/accounts/login/", "/accounts/signup/", "/accounts/login/code/", "/accounts/password/reset/"]
    public += ["/khong-co/", "/r/khong-co/", "/healthz"]
    inside = ["/admin/", "/admin/conference/conference/", f"/admin/conference/conference/{point.conference_id}/change/"]
    inside += [f"/admin/registrations/registration/{registration.pk}/change/", "/admin/bridges/bridgepoint/add/"]
    inside += ["/accounts/2fa/", "/accounts/email/", "/accounts/registrations/"]
    return {**dict.fromkeys(public, visitor), **dict.fromkeys(inside, staff)}


def test_every_page_has_a_strict_policy(pages):
    with time_machine.travel(NOW, tick=False):
        for address, client in pages.items():
            response = client.get(address)
            policy = policy_of(response)
            assert policy["default-src"] == [NONE], address
            assert policy["script-src"] == ["'self'"], address
            assert policy["frame-ancestors"] == [NONE], address
            assert policy["base-uri"] == [NONE], address
            assert "unsafe-inline" not in response["Content-Security-Policy"], address
            assert "unsafe-eval" not in response["Content-Security-Policy"], address
            outside = [s for name, sources in policy.items() if name != "form-action" for s in sources if ":" in s]
            assert outside in ([], ["data:"]), address
            assert response["X-Frame-Options"] == "DENY", address
            assert response["X-Content-Type-Options"] == "nosniff", address
            assert response["Referrer-Policy"] in ("same-origin", "strict-origin"), address


def test_cookies_are_kept_from_scripts(pages, settings):
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    client = Client()
    with time_machine.travel(NOW, tick=False):
        client.get("/na/register/")
    cookie = client.cookies["csrftoken"]
    assert cookie["httponly"]
    assert cookie["secure"]
    assert cookie["samesite"] == "Lax"


def test_pages_speak_vietnamese_whatever_the_phone_says(client, db):
    response = client.get("/", HTTP_ACCEPT_LANGUAGE="en-US,en;q=0.9")
    assert response["Content-Language"] == "vi"
    assert '<html lang="vi"' in response.content.decode()


def test_the_language_can_be_chosen_and_stays(client, db):
    response = client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    assert response["Location"] == "/"
    assert '<html lang="en"' in client.get("/").content.decode()


@pytest.mark.parametrize("language", ["xx", "", "../../etc", r'"vi\000"'])
def test_an_unknown_language_is_vietnamese(client, db, language):
    """By the header as it is sent: Python's cookies take no control characters."""
    headers = {"cookie": f"django_language={language}"}
    assert client.get("/", headers=headers)["Content-Language"] == "vi"


# --- logs -------------------------------------------------------------------------------------------------------------

PERSONAL = [
    "/i/AbCdEfGhIjKlMnOpQrStUv/",
    "/g/3f-AbCdEfGhIjKlMnOpQrStUv/",
    "/na/register/?i=AbCdEfGhIjKlMnOpQrStUv&g=3f-AbCdEfGhIjKlMnOpQrStUv",
    "thu@vidu.example",
    "hoang.van+thu@mail.vidu.example",
    "0912345678",
    "+84 912 345 678",
    "+84912345678",
    "84912345678",
    "0912.345.678",
    "0205 3870 123",
    "/j/AbCdEfGhIjKlMnOpQrStUv/",
    "/r/AbCdEfGhIjKlMnOpQrStUv/cancel/",
    "/s/7-AbCdEfGhIjKlMnOpQrStUv/",
]


@pytest.mark.parametrize("datum", PERSONAL)
def test_a_personal_datum_is_blanked(datum):
    cleaned = without_personal_data(f"before {datum} after")
    assert datum not in cleaned
    assert "AbCdEfGh" not in cleaned
    assert cleaned.startswith("before ")
    assert cleaned.endswith(" after")


@pytest.mark.parametrize("harmless", ["2027-07-19 08:00:00,123", "message 4711 could not be sent", "GET /na-chi-lang/"])
def test_what_is_not_personal_stays(harmless):
    assert without_personal_data(harmless) == harmless


@pytest.fixture(params=["json", "plain"])
def written(request):
    """What the site's own handler writes of every logger."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(WithoutPersonalData())
    formatter = site.LOGGING["formatters"][request.param]
    if request.param == "json":
        handler.setFormatter(JSONLines(formatter["format"]))
    else:
        handler.setFormatter(logging.Formatter(formatter["format"]))
    loggers = [logging.getLogger(name) for name in ("", "django")]
    for logger in loggers:
        logger.addHandler(handler)
    yield stream
    for logger in loggers:
        logger.removeHandler(handler)


def leaked(written) -> list[str]:
    text = written.getvalue()
    assert text
    return [datum for datum in [*PERSONAL, "AbCdEfGhIjKlMnOpQrStUv"] if datum in text]


def test_messages_in_the_log_carry_no_personal_datum(written):
    for datum in PERSONAL:
        logging.getLogger("outbox.queue").warning("to %s", datum)
    assert leaked(written) == []


def test_what_is_attached_to_a_log_entry_carries_no_personal_datum(written):
    for datum in PERSONAL:
        logging.getLogger("outbox.queue").warning("later", extra={"address": datum, "given": [datum]})
    assert leaked(written) == []


def test_tracebacks_in_the_log_carry_no_personal_datum(written):
    for datum in PERSONAL:
        try:
            try:
                raise ValueError(datum)
            except ValueError as inner:
                raise RuntimeError(f"while sending to {datum}") from inner
        except RuntimeError:
            logging.getLogger("outbox.queue").exception("failed")
    assert "RuntimeError: while sending to" in written.getvalue()
    assert leaked(written) == []


def test_requests_for_personal_pages_are_logged_without_their_token(written, client, db):
    delegate = registered(BridgePointFactory(), now=NOW).delegates.get()
    registration = delegate.registration
    type(registration.conference).objects.update(cancelled_at=NOW)
    client.get(f"/j/{delegate.token}/")
    client.put(f"/r/{registration.token}/")
    client.get(f"/r/{registration.token}/x/")
    assert "/j/" in written.getvalue()
    for secret in (delegate.token, registration.token, registration.contact_email):
        assert secret not in written.getvalue()


def test_a_crash_is_logged_without_what_the_visitor_typed(written, db, monkeypatch):
    def broken(**given) -> None:
        raise RuntimeError(f"cannot store {given['people']}")

    monkeypatch.setattr(services, "register", broken)
    point = BridgePointFactory(conference=ConferenceFactory(slug="na"))
    client = Client(raise_request_exception=False)
    with time_machine.travel(NOW, tick=False):
        response = client.post(
            "/na/register/",
            {
                "point": point.pk,
                "organisation_kind": "other",
                "organisation_name": "HTX",
                "full_name": "Thụ",
                "email": "thu@vidu.example",
                "phone": "0912345678",
                "consent": "on",
            },
        )
    assert response.status_code == 500
    assert "cannot store" in written.getvalue()
    for secret in ("thu@vidu.example", "912345678", "912 345 678"):
        assert secret not in written.getvalue()


def test_the_error_page_tells_nothing(db, monkeypatch):
    def broken(*arguments, **options):
        raise RuntimeError("secret inside")

    monkeypatch.setattr(views, "render", broken)
    response = Client(raise_request_exception=False).get("/")
    assert response.status_code == 500
    assert "secret inside" not in response.content.decode()
    assert "Traceback" not in response.content.decode()


def test_json_logs_are_one_object_a_line():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(WithoutPersonalData())
    handler.setFormatter(JSONLines(site.LOGGING["formatters"]["json"]["format"]))
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "Một\nhai %s", ("ba",), None)
    handler.handle(record)
    (line,) = stream.getvalue().splitlines()
    written = json.loads(line)
    assert written["message"] == "Một\nhai ba"
    # With its offset: nobody can tell the hour of Vietnam from that of a server elsewhere.
    assert datetime.fromisoformat(written["asctime"]).utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("engine", "version", "is_fault"),
    [
        ("django.db.backends.sqlite3", (3, 34, 1), True),
        ("django.db.backends.sqlite3", (3, 35, 0), False),
        ("conference.postgresql", (3, 34, 1), False),
    ],
)
def test_an_sqlite_by_which_no_message_could_leave_is_found_before_the_first_one(
    settings, monkeypatch, engine, version, is_fault
):
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", engine)
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    assert [fault.id for fault in checks.known_sqlite(None)] == (["diemcau.E007"] if is_fault else [])
