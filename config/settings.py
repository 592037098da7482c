"""Settings: one module, everything that differs between machines comes from the environment.

PIEPOWDER_ENV is development (the default), test or production. Production starts with secure settings or not at all.
Numbers and zones of the marketplace's rules are parameters of the rulebook, not settings.
"""

import os
import sys
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from config.database import database
from config.logging import configuration
from config.production import insist_on_security
from config.storage import storage
from config.unfold import UNFOLD as UNFOLD
from config.webhooks import secrets_from

BASE_DIR = Path(__file__).resolve().parent.parent


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def switch(name: str, default: bool) -> bool:
    return text(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def words(name: str, default: str = "") -> list[str]:
    """A list separated by commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


# pytest-django reads the settings before any conftest could set the variable.
ENV = text("PIEPOWDER_ENV", "test" if "pytest" in sys.modules else "development")
if ENV not in {"development", "test", "production"}:
    raise SystemExit(f"PIEPOWDER_ENV is {ENV!r}; it must be development, test or production.")
PRODUCTION = ENV == "production"
ENVIRONMENT_NAME = text("PIEPOWDER_ENV_NAME", ENV)  # what the console's badge says, e.g. "staging"

# --- Process ---------------------------------------------------------------------------------------------------------

DATA = Path(text("PIEPOWDER_DATA") or BASE_DIR / "var").absolute()
SECRET_KEY = text("PIEPOWDER_SECRET_KEY")
if not SECRET_KEY and ENV == "development" and (DATA / "secret_key").is_file():
    SECRET_KEY = (
        (DATA / "secret_key").read_text().strip()
    )  # made by the demonstration, so that all its processes share it
if not SECRET_KEY and not PRODUCTION:
    SECRET_KEY = "insecure-key-for-development-and-tests-only"
SIGNING_KEY = text("PIEPOWDER_SIGNING_KEY")  # seals the journal's checkpoints
CHECKPOINTS_FILE = text("PIEPOWDER_CHECKPOINTS_FILE")
DEBUG = switch("PIEPOWDER_DEBUG", ENV == "development")
ALLOWED_HOSTS = words("PIEPOWDER_ALLOWED_HOSTS", "" if PRODUCTION else "localhost,127.0.0.1,[::1],testserver")
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = configuration(
    text("PIEPOWDER_LOG_FORMAT", "json" if PRODUCTION else "plain"), text("PIEPOWDER_LOG_LEVEL", "INFO")
)

INSTALLED_APPS = [
    "config",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.inlines",
    "config.console_app.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django_q",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "django_filters",
    "rulebook",
    "stores",
    "finance",
    "orders",
    "disputes",
]

MIDDLEWARE = [
    "config.middleware.RequestIdMiddleware",
    "config.middleware.ContentSecurityPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "stores.middleware.ReaderMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

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
                "stores.context.portal",
            ],
        },
    },
]

# --- Data ------------------------------------------------------------------------------------------------------------

# The pool is for web processes (config/gunicorn.py turns it on): it would not survive the task cluster's forks.
DATABASES = {"default": database(text("DATABASE_URL"), DATA, pool=switch("PIEPOWDER_DB_POOL", False))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Evidence is private: no URL leads to a file, views hand it out after asking who wants it.
MEDIA_ROOT = Path(text("PIEPOWDER_EVIDENCE") or DATA / "evidence")
MEDIA_URL = ""
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

STATIC_URL = "/static/"
STATIC_ROOT = Path(text("PIEPOWDER_STATIC") or DATA / "static")
STORAGES = {
    "default": storage(text("PIEPOWDER_STORAGE_URL")),  # s3://… instead of the folder
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not PRODUCTION
if not PRODUCTION:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns when it is missing, though finders serve all

# Every fact of a task is a row of ours before the queue hears of it; the queue may lose all it has.
Q_CLUSTER = {
    "name": "piepowder",
    "orm": "default",
    "workers": 2,
    "timeout": 20,
    "retry": 25,
    "poll": 0.5,
    "max_attempts": 3,
    "ack_failures": True,
    "catch_up": False,
    "recycle": 500,
}

# --- People ----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "stores.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
if ENV == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast; its passwords die with the test
LOGIN_URL = "portal:sign_in"  # the console has its own
LOGIN_REDIRECT_URL = "/console/worklist/"  # Unfold's sign-in page drops `next` when it is opened directly

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "config.formats"

EMAIL_FILE_PATH = text(
    "PIEPOWDER_EMAIL_FOLDER"
)  # where letters are put as files instead of being sent: the demonstration's
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if PRODUCTION or text("PIEPOWDER_EMAIL_HOST")
    else "django.core.mail.backends.filebased.EmailBackend"
    if EMAIL_FILE_PATH
    else "django.core.mail.backends.console.EmailBackend"
)
EMAIL_HOST = text("PIEPOWDER_EMAIL_HOST", "localhost")
EMAIL_PORT = int(text("PIEPOWDER_EMAIL_PORT", "25"))
EMAIL_HOST_USER = text("PIEPOWDER_EMAIL_USER")
EMAIL_HOST_PASSWORD = text("PIEPOWDER_EMAIL_PASSWORD")
EMAIL_USE_TLS = switch("PIEPOWDER_EMAIL_TLS", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = text("PIEPOWDER_EMAIL_FROM", "Piepowder <clerk@localhost>")

# --- Security --------------------------------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = switch("PIEPOWDER_SECURE_COOKIES", PRODUCTION)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 60 * 60
SECURE_SSL_REDIRECT = switch("PIEPOWDER_SSL_REDIRECT", PRODUCTION)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked from inside, where there is no TLS
SECURE_HSTS_SECONDS = int(text("PIEPOWDER_HSTS_SECONDS", "31536000" if PRODUCTION else "0"))
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = words("PIEPOWDER_TRUSTED_ORIGINS")
if switch("PIEPOWDER_BEHIND_PROXY", False):  # only where a proxy sets or removes the header itself
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Named and shaped like Django 6's setting of that name, so that its own middleware can take over.
SECURE_CSP = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}
# Ours: by prefix of the path. The console's theme evaluates expressions and sets styles; so does the API's page.
SECURE_CSP_FOR = {
    "/console/": {**SECURE_CSP, "script-src": ["'self'", "'unsafe-eval'"], "style-src": ["'self'", "'unsafe-inline'"]},
    "/api/docs/": {**SECURE_CSP, "style-src": ["'self'", "'unsafe-inline'"]},
}

# --- Doors -----------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["stores.api.authentication.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rulebook.api.reading.JsonParser"],
    "DEFAULT_THROTTLE_CLASSES": ["stores.api.throttling.KeyThrottle"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "rulebook.api.problems.exception_handler",  # application/problem+json
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# By carrier's code a secret or a list of them, in JSON; while a secret is being changed both are good.
CARRIER_SECRETS = secrets_from("PIEPOWDER_CARRIER_SECRETS", text("PIEPOWDER_CARRIER_SECRETS"))
PROVIDER_SECRETS = secrets_from("PIEPOWDER_PROVIDER_SECRETS", text("PIEPOWDER_PROVIDER_SECRETS"))  # by provider's code
API_REQUESTS_PER_MINUTE = int(text("PIEPOWDER_API_REQUESTS_PER_MINUTE", "3000"))  # of each key; 0: no limit
SPECTACULAR_SETTINGS = {
    "TITLE": "Piepowder",
    "DESCRIPTION": "Court and clerk of an online marketplace: every change of state cites its article.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": r"/api/v[0-9]+",
    "SERVERS": [{"url": "/", "description": "Here"}],
    "POSTPROCESSING_HOOKS": ["rulebook.api.schema.add_components"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

if PRODUCTION:
    insist_on_security(globals(), os.environ)
