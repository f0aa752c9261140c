"""The settings of the site: one file, and the only place that reads the environment (see README, "Environment")."""

from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from genesis.environment import env_bool, env_days, env_list, env_secret_key, env_site, env_text

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

DEBUG = env_bool("DEBUG")
SECRET_KEY = env_secret_key(DEBUG)

# Address -------------------------------------------------------------------------------------------------------------

# The public address of the site decides which host names are answered and whether cookies travel over HTTPS only.
SITE_URL = env_site("SITE_URL", "http://127.0.0.1:8000")
site = urlsplit(SITE_URL)
HTTPS = site.scheme == "https"

# Nothing but SITE_URL names the host in addresses that the site gives out, and it stands at the root of its host:
# what a server or a visitor says of another path in front (SCRIPT_NAME, SCRIPT_URL) is not listened to.
FORCE_SCRIPT_NAME = ""
ALLOWED_HOSTS = [f"[{site.hostname}]" if ":" in site.hostname else site.hostname, *env_list("ALLOWED_HOSTS")]
if site.hostname in ("127.0.0.1", "localhost", "::1"):
    ALLOWED_HOSTS += ["127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "partners.views.errors.form_expired"

# Applications --------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "partners",  # before the admin, so that its templates of the admin win
    "partners.apps.CurationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django_filters",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "partners.middleware.FrontDoor",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "genesis.urls"
WSGI_APPLICATION = "genesis.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            # Any page may hold the text of a record, and any text letters from right to left.
            "loaders": [
                (
                    "partners.isolation.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "partners.context.directory",
            ],
        },
    },
]

# Database ------------------------------------------------------------------------------------------------------------

SQLITE_OPTIONS = {
    # A writer waits for another one instead of failing; readers never wait (write-ahead log).
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
}

database = dj_database_url.config(default=f"sqlite:///{VAR_DIR / 'directory.sqlite3'}")
if database["ENGINE"] == "django.db.backends.sqlite3":
    database["OPTIONS"] = SQLITE_OPTIONS | database.get("OPTIONS", {})
if database["ENGINE"] == "django.db.backends.postgresql":
    # Seconds until a server that does not answer is taken to be away: visitors wait no longer to be told so.
    database["OPTIONS"] = {"connect_timeout": 5} | database.get("OPTIONS", {})
# The backends of Django, on which triggers stand aside while a migration runs.
OWN_BACKENDS = {
    "django.db.backends.sqlite3": "partners.engines.sqlite3",
    "django.db.backends.postgresql": "partners.engines.postgresql",
}
database["ENGINE"] = OWN_BACKENDS.get(database["ENGINE"], database["ENGINE"])
# Opening a connection takes longer than answering most requests does; SQLite's answers to the check without a query.
database["CONN_MAX_AGE"] = 60
database["CONN_HEALTH_CHECKS"] = True
DATABASES = {"default": database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Language and time ---------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("nl", "Nederlands")]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# Data ----------------------------------------------------------------------------------------------------------------

# The licence of the data, as an address or a name; files and pages say so. Empty until somebody who may has decided.
DATA_LICENCE = env_text("DATA_LICENCE")
# Versions of the public data that `keep_version` keeps, which belong into a backup; and the package of the present
# state, which is made anew where it is missing.
VERSIONS_DIR = VAR_DIR / "versions"
PACKAGES_DIR = VAR_DIR / "packages"

# Static files --------------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Every page asks for the fingerprinted name; a second copy under the plain name doubles the work of a first start.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# Accounts ------------------------------------------------------------------------------------------------------------

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "admin:login"

# Nobody publishes, or accepts as a proposal, what is his own.
FOUR_EYES = env_bool("FOUR_EYES")

# Days for which sign-ins, failures and changes of rights stay in the security log.
SECURITY_LOG_DAYS = env_days("SECURITY_LOG_DAYS", 365)

# Security ------------------------------------------------------------------------------------------------------------

HSTS = env_text("HSTS") or "host"
if HSTS not in ("host", "subdomains", "preload"):
    raise ImproperlyConfigured(f"HSTS={HSTS!r} is none of: host, subdomains, preload")
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_SSL_HOST = site.netloc
# A proxy that ends TLS must set this header itself and drop the one a visitor sends.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
# Both bind hosts that are not this site's own, for a year or for ever: only who says so gets them.
SECURE_HSTS_PRELOAD = HTTPS and HSTS == "preload"
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS and HSTS in ("subdomains", "preload")
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}

# Curators edit a record with all its rows in one form; a large organization has many.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
