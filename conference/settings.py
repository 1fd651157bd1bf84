"""Every setting of the site, read from the environment.

Safe by default: without ``DEBUG`` or ``DEMO`` the site refuses to start until it has been told its secret key, its
host names and its public address. The table of settings stands in docs/operate.md.
"""

from collections.abc import Callable
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from common.logs import logging_settings
from conference import servers
from conference.jobs import beat_schedule
from conference.secret_key import local_secret_key

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

# --- what kind of installation this is -----------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
# The demo runs like production (no DEBUG) but over plain HTTP, with a mailbox in place of real mail and SMS.
DEMO = env.bool("DEMO", default=False)
RELAXED = DEBUG or DEMO

# What the site writes while it runs: database, Valkey's socket, generated key. Never part of the repository.
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
try:
    VAR_DIR.mkdir(parents=True, exist_ok=True)
except OSError as error:
    raise ImproperlyConfigured(
        f"VAR_DIR cannot be made ({error}). Make it and give it to the user of the site: "
        f"install -d -o diemcau -g diemcau {VAR_DIR}"
    ) from error

PORT = env.int("PORT", default=8000)


def _required(name: str, relaxed_default: str | Callable[[], str]) -> str:
    """The environment's ``name``; in DEBUG or DEMO ``relaxed_default`` stands in.

    Raises:
        ImproperlyConfigured: a real installation did not set it.
    """
    value = cast(str, env.str(name, default=""))
    if value:
        return value
    if RELAXED:
        return relaxed_default() if callable(relaxed_default) else relaxed_default
    raise ImproperlyConfigured(f"Set {name} in the environment (or DEMO=1 to try the site, DEBUG=1 to work on it).")


SECRET_KEY = _required("SECRET_KEY", lambda: local_secret_key(VAR_DIR / "secret_key"))
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = [h.strip() for h in _required("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",") if h.strip()]
# Links in mails and SMS are made from this and never from the request's Host header.
SITE_URL = _required("SITE_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
SITE_DOMAIN = urlsplit(SITE_URL).hostname or "localhost"
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- Django --------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "staff.apps.StaffAdminConfig",  # django.contrib.admin with our site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    # With the package for HTTP 6 MiB of memory.
    *(["anymail"] if env.str("EMAIL_BACKEND", default="").startswith("anymail.") else []),
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "accounts",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "phonenumber_field",
    "simple_history",
    "common",
    "outbox",
    "conference",
    "bridges",
    "registrations",
    "messaging",
    "lists",
    "attendance",
    "control",
    "reports",
    "staff",  # after allauth: its admin takes away what allauth adds there
    *(["demo"] if DEMO else []),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "conference.middleware.CompressionMiddleware",
    "conference.kept_pages.KeptPagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "conference.middleware.ChosenLanguageMiddleware",
    "conference.middleware.RefuseNULMiddleware",
    "conference.middleware.SecretAddressMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "conference.middleware.MessagesWhenAskedMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "conference.middleware.PolicyMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.StaffMFAMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "conference.only_post.OnlyPostMiddleware",
]

ROOT_URLCONF = "conference.urls"
WSGI_APPLICATION = "conference.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "conference.context_processors.site",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# A registration form has some dozen fields; more than this is not one of our forms.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# --- data ----------------------------------------------------------------------------------------------------------

DATABASES = {
    "default": servers.database(
        env.str("DATABASE_URL", default="") or f"sqlite:///{VAR_DIR / 'diemcau.sqlite3'}",
        kept_for=env.int("DATABASE_CONN_MAX_AGE", default=600),
    )
}
# Seconds that a page waits for one answer of PostgreSQL; 0: as long as it takes.
DATABASE_TIMEOUT = env.int("DATABASE_TIMEOUT", default=15)
REDIS_URL = env.str("REDIS_URL", default="")
# Seconds; 0: every page is drawn anew.
PAGE_CACHE_SECONDS = env.int("PAGE_CACHE_SECONDS", default=0 if DEBUG else 5)
CACHES = servers.caches(REDIS_URL, page_seconds=PAGE_CACHE_SECONDS)

# --- Celery (docs/adr/0026-embedded-valkey.md) -----------------------------------------------------------------------

# Without a broker nobody takes tasks: `manage.py deliver --loop` sends, and the web server applies lists itself.
CELERY_BROKER_URL = servers.broker_url(REDIS_URL)
if REDIS_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "socket_connect_timeout": 0.5,
        "socket_timeout": 1,
        "visibility_timeout": 600,
        "global_keyprefix": "diemcau:",
    }
# While developing a loop delivers as well, so that no worker keeps old code.
TASKS_ARE_TAKEN = bool(REDIS_URL) and not DEBUG
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
# A worker keeps its connection to the database from task to task, for as long as DATABASE_CONN_MAX_AGE says; without
# this Celery closes it before and after each, and a new one costs more than what most tasks do.
CELERY_DB_REUSE_MAX = 1_000_000_000
# Prefork workers take one task at a time, so that two of them share the channels.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1

# --- hooks: lower rooms call upper ones only by these names ---------------------------------------------------------

# Who writes the text of a message when it is about to be sent.
OUTBOX_COMPOSERS = {"messaging": "messaging.compose.compose", "control": "control.slides.messages.compose"}

# --- mail and SMS --------------------------------------------------------------------------------------------------

# Seconds for one answer of the server; a conversation of several must end before the outbox's lease does.
EMAIL_TIMEOUT = 10
MAIL_IS_SET = bool(env.str("EMAIL_URL", default="") or env.str("EMAIL_BACKEND", default=""))
if DEMO:
    EMAIL_BACKEND = "demo.mail_backend.EmailBackend"
elif env.str("EMAIL_BACKEND", default=""):
    # A provider's API through django-anymail, such as anymail.backends.postmark.EmailBackend.
    EMAIL_BACKEND = env.str("EMAIL_BACKEND")
elif env.str("EMAIL_URL", default=""):
    vars().update(env.email("EMAIL_URL"))
elif DEBUG:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
ANYMAIL = env.json("ANYMAIL", default={})
# Anymail's own 30 seconds would outlast the outbox's lease.
ANYMAIL.setdefault("REQUESTS_TIMEOUT", (4, 10))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"Điểm Cầu <no-reply@{SITE_DOMAIN}>")
# What carries messages, and where each channel's far side is; the channel's own class reads the address.
OUTBOX_CHANNELS, OUTBOX_CHANNEL_URLS = servers.channels(
    lambda name, default: env.str(name, default=default), demo=DEMO, relaxed=RELAXED
)
# Only mobiles of these countries (ISO 3166) get SMS: numbers abroad can cost a fortune (docs/adr/0033-sms-limits.md).
SMS_COUNTRIES = env.list("SMS_COUNTRIES", default=["VN"])
# What people's registering may cause, before the rest of it waits for the next hour; 0 is no limit.
SMS_PER_HOUR = {
    "number": env.int("SMS_PER_NUMBER_PER_HOUR", default=10),
    "conference": env.int("SMS_PER_CONFERENCE_PER_HOUR", default=300),
}
PHONENUMBER_DEFAULT_REGION = "VN"
PHONENUMBER_DB_FORMAT = "E164"
PHONENUMBER_DEFAULT_FORMAT = "NATIONAL"

# Posts an hour from one network address, by what they ask; 0 is no limit. See common/rate_limits.py.
REQUESTS_PER_HOUR = {"register": env.int("REGISTRATIONS_PER_HOUR", default=60)}
# No SMS goes out in these hours but "starting now"; empty: at any hour.
# The demo is tried at any hour, and its SMS ring nowhere.
QUIET_HOURS = env.str("QUIET_HOURS", default="" if DEMO else "22:00-07:00")
# Days for which messages about no conference stay once they are over, and the emptied ones of an erased conference,
# which its delivery page counts; 0: for ever. See outbox/retention.py.
OUTBOX_KEPT_DAYS = env.int("OUTBOX_KEPT_DAYS", default=30)
OUTBOX_COUNTS_KEPT_DAYS = env.int("OUTBOX_COUNTS_KEPT_DAYS", default=730)
# Delivery goes by PostgreSQL's clock, so that a worker with a wrong one does no harm; the suite moves its own.
DATABASE_CLOCK = True
CELERY_BEAT_SCHEDULE = beat_schedule(OUTBOX_CHANNELS)

# Whether join buttons may lead into a private network: where all points are in one.
MEETING_LINKS_PRIVATE = env.bool("MEETING_LINKS_PRIVATE", default=False)
# What a line needs, by the kind of point, where it is other than control/line_needs.py says.
LINE_NEEDS = env.json("LINE_NEEDS", default={})
# Slides that speakers hand in: where they lie, how big and how long one may be, how long they are kept afterwards.
SLIDES_DIR = Path(env.str("SLIDES_DIR", default=str(VAR_DIR / "slides")))
SLIDES_MAX_MB = env.int("SLIDES_MAX_MB", default=50)
SLIDES_MAX_PAGES = env.int("SLIDES_MAX_PAGES", default=60)
SLIDES_KEPT_DAYS = env.int("SLIDES_KEPT_DAYS", default=14)

# --- signing in ----------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "registrations:mine"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
# A code by SMS is offered where SMS are sent (docs/adr/0024-sign-in-by-sms.md).
ACCOUNT_LOGIN_METHODS = {"email", "phone"} if "sms" in OUTBOX_CHANNELS else {"email"}
ACCOUNT_FORMS = {
    "login": "accounts.sign_in_forms.LoginForm",
    "signup": "accounts.sign_in_forms.SignupForm",
    "request_login_code": "registrations.sign_in_forms.RequestLoginCodeForm",
    "confirm_login_code": "accounts.sign_in_forms.ConfirmLoginCodeForm",
}
# Seconds; an SMS may take a while.
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 5 * 60
ACCOUNT_PHONE_VERIFICATION_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 8}
ACCOUNT_RATE_LIMITS = {
    # SMS cost money, and codes nobody asked for cost patience.
    "request_login_code": "20/m/ip,3/m/key,10/h/key",
    "wrong_login_code": "20/m/ip,60/h/ip",
}
OUTBOX_COMPOSERS["accounts"] = "accounts.messages.compose"
# Whose messages leave a restored installation all the same (docs/adr/0031-held-after-a-restore.md).
OUTBOX_WHILE_HELD = ["accounts"]
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupForm"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = "accounts.models.display_name"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(SITE_URL).scheme
# What the database holds of sessions and second factors is sealed (docs/adr/0030-secrets-at-rest.md).
SESSION_ENGINE = "accounts.sessions"
MFA_ADAPTER = "accounts.second_factor.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Điểm Cầu"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = RELAXED
# Staff without a second factor may sign in but must set one up before the admin opens.
MFA_REQUIRED_FOR_STAFF = env.bool("MFA_REQUIRED_FOR_STAFF", default=not RELAXED)

# --- language and time ---------------------------------------------------------------------------------------------

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Vietnamese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "libraries"]
FORMAT_MODULE_PATH = ["conference.formats"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"

# --- static files --------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG

# --- security ------------------------------------------------------------------------------------------------------

HTTPS = env.bool("HTTPS", default=not RELAXED)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=365 * 24 * 3600 if HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
# Where the address is a key, conference/middleware.py says less.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# How many proxies stand one behind the other before the site: so many entries of X-Forwarded-For, from the right, are
# their word. None: nobody has said. BEHIND_PROXY is the name of before, for one.
TRUSTED_PROXIES: int | None = env.int("TRUSTED_PROXIES", default=1 if env.bool("BEHIND_PROXY", default=False) else None)
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- logs: JSON outside demo and debugging, never a personal datum ---------------------------------------------------

LOGGING = logging_settings(plain=RELAXED, level=env.str("LOG_LEVEL", default="WARNING" if DEMO else "INFO"))
