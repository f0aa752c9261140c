"""The settings of the site: one file, and the only place that reads the environment (see README, "Environment")."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from genesis.databases import databases
from genesis.environment import (
    env_bool,
    env_contact,
    env_list,
    env_mail,
    env_number,
    env_secret_key,
    env_site,
    env_text,
)

BASE_DIR = Path(__file__).resolve().parent.parent
# What the site writes: kept versions, packages, static files, and the database where that is a file.
VAR_DIR = Path(env_text("VAR_DIR") or BASE_DIR / "var").absolute()

DEBUG = env_bool("DEBUG")
SECRET_KEY = env_secret_key(DEBUG)
# Those of before: what they signed or sealed is still read.
SECRET_KEY_FALLBACKS = env_list("SECRET_KEY_FALLBACKS")

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
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "partners.telemetry.middleware.Sight",
    "partners.middleware.FrontDoor",
    "django.middleware.security.SecurityMiddleware",
    # Before static files, which a browser can be led to as to a page.
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "partners.middleware.DeskIsPrivate",
    "partners.middleware.LanguageOfAddress",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "partners.limits.ShareOfAddress",
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

DATABASES = databases(VAR_DIR)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Language and time ---------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
# The first one speaks at plain addresses, each of the others below its code: /nl/partners/.
LANGUAGES = [("en", "English"), ("nl", "Nederlands")]
LOCALE_PATHS = [BASE_DIR / "partners" / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# Data ----------------------------------------------------------------------------------------------------------------

# The licence of the data, as an address or a name; files and pages say so. Empty until somebody who may has decided.
DATA_LICENCE = env_text("DATA_LICENCE")
# Who stands behind the directory, and where people write to: nothing is invented while these are empty.
PUBLISHER = env_text("PUBLISHER")
CONTACT = env_contact("CONTACT")
CORRECTIONS = env_contact("CORRECTIONS") or CONTACT
# Versions of the public data that `keep_version` keeps, which belong into a backup; and the package of the present
# state, which is made anew where it is missing.
# Several machines share one folder of versions. Each makes its own packages, which have the same bytes everywhere.
VERSIONS_DIR = Path(env_text("VERSIONS_DIR") or VAR_DIR / "versions").absolute()
PACKAGES_DIR = VAR_DIR / "packages"

# Static files --------------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "genesis.statics.SmallStaticFilesStorage"
    },
}
# Every page asks for the fingerprinted name; a second copy under the plain name doubles the work of a first start.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# Accounts ------------------------------------------------------------------------------------------------------------

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "partners.admin.signin.words.OwnWordsValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"

# Whoever signs in may change what the public reads: wherever the site is public, a password alone is not enough.
SECOND_STEP_REQUIRED = HTTPS
# Minutes without anything done after which somebody is signed out.
IDLE_MINUTES = env_number("IDLE_MINUTES", 60, most=1440)
# Hours after which somebody signs in again, whatever he does.
SESSION_HOURS = env_number("SESSION_HOURS", 12, most=720)
# It outlives them by a day: whoever comes back is told why he is signed out.
SESSION_COOKIE_AGE = IDLE_MINUTES * 60 + 24 * 3600
# Proxies in front, each of which adds the address that it was asked from to X-Forwarded-For.
PROXIES = env_number("PROXIES", 0, least=0, most=10)
# Seconds of computing that one address may have at once for public pages and files; 0 for no limit.
VISITOR_SECONDS = env_number("VISITOR_SECONDS", 60, least=0, most=86_400)
# A link that somebody asks for himself, and one by which a colleague is invited, lasts so many seconds.
PASSWORD_RESET_TIMEOUT = 2 * 3600
INVITATION_TIMEOUT = 7 * 24 * 3600

ACCOUNT_ADAPTER = "partners.admin.signin.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "partners.admin.signin.forms.SignInForm",
    "reauthenticate": "partners.admin.signin.forms.PasswordAgainForm",
}
ACCOUNT_EMAIL_VERIFICATION = "none"  # an administrator writes the address down
ACCOUNT_SESSION_REMEMBER = True  # IDLE_MINUTES or SESSION_HOURS ends it
ACCOUNT_REAUTHENTICATION_METHODS = ("password", "mfa")
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60
# Those of the library are kept by each process for itself, and lock out whoever's name somebody else knows; ours are in
# the database (partners/admin/signin/attempts.py).
ACCOUNT_RATE_LIMITS = False
MFA_RATE_LIMITS = False
MFA_ADAPTER = "partners.admin.signin.adapters.SecondStepAdapter"
MFA_FORMS = {
    "authenticate": "partners.admin.signin.forms.CodeForm",
    "reauthenticate": "partners.admin.signin.forms.CodeAgainForm",
    "authenticate_webauthn": "partners.admin.signin.forms.PasskeyForm",
    "login_webauthn": "partners.admin.signin.forms.PasskeyAloneForm",
    "add_webauthn": "partners.admin.signin.forms.AddPasskeyForm",
    "edit_webauthn": "partners.admin.signin.forms.RenamePasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_TOLERANCE = 1  # clocks of telephones may be half a minute wrong
MFA_TOTP_ISSUER = f"Partner directory ({site.hostname})"

# Mail ----------------------------------------------------------------------------------------------------------------

# Without a server for it nothing is sent, and the pages that would send something say so.
MAIL = env_mail("EMAIL_URL")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if MAIL else 'dummy'}.EmailBackend"
if MAIL:
    EMAIL_HOST, EMAIL_PORT = MAIL.host, MAIL.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL.user, MAIL.password
    EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL.starts_tls, MAIL.is_tls
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env_text("EMAIL_FROM") or f"Partner directory <no-reply@{site.hostname}>"

# Nobody publishes, or accepts as a proposal, what is his own.
FOUR_EYES = env_bool("FOUR_EYES")

# Days for which sign-ins, failures and changes of rights stay in the security log.
SECURITY_LOG_DAYS = env_number("SECURITY_LOG_DAYS", 365, most=36_500)

# Security ------------------------------------------------------------------------------------------------------------

HSTS = env_text("HSTS") or "host"
if HSTS not in ("host", "subdomains", "preload"):
    raise ImproperlyConfigured(f"HSTS={HSTS!r} is none of: host, subdomains, preload")
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
# Browsers take a cookie of such a name over HTTPS only, from this host and for no other: no host beside it plants one.
HOST_ONLY = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{HOST_ONLY}sessionid"
CSRF_COOKIE_NAME = f"{HOST_ONLY}csrftoken"
MESSAGE_STORAGE = "partners.admin.signin.told.ToldOnce"
# Scripts send what stands in the form.
CSRF_COOKIE_HTTPONLY = True
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
        "object-src": [NONE],
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
# Rows that are pasted into an import, of 10 MB at most, travel as a field of a form.
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 2**20

# Sight ---------------------------------------------------------------------------------------------------------------

LOG_FORMAT = env_text("LOG_FORMAT") or "text"
if LOG_FORMAT not in ("text", "json"):
    raise ImproperlyConfigured(f"LOG_FORMAT={LOG_FORMAT!r} is neither text nor json")
# Milliseconds from which on a statement is told; 0 for none.
SLOW_QUERIES = env_number("SLOW_QUERIES", 0, least=0, most=3_600_000)
# Who is told of errors by mail.
ADMINS = [("", address) for address in env_list("ERRORS_TO")]
if ADMINS and not MAIL:
    raise ImproperlyConfigured("ERRORS_TO names people, and no mail can be sent: set EMAIL_URL as well.")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_SUBJECT_PREFIX = f"[{site.hostname}] "
# Opens /metrics to whoever brings it. Each process writes its numbers here, and any of them adds them up.
METRICS_KEY = env_text("METRICS_KEY")
METRICS_DIR = VAR_DIR / "metrics"
if METRICS_KEY:
    if len(METRICS_KEY) < 20:
        raise ImproperlyConfigured("METRICS_KEY is too short: use 20 characters or more that nobody guesses.")
    METRICS_DIR.mkdir(parents=True, exist_ok=True)
    # The library looks for it when it is imported.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_DIR)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"numbered": {"()": "partners.telemetry.logs.Numbered"}},
    "formatters": {
        "text": {
            "()": "partners.telemetry.logs.TextLine",
            "format": "%(asctime)s %(levelname)s %(name)s%(numbered)s: %(message)s",
        },
        "json": {"()": "partners.telemetry.logs.JsonLine"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["numbered"]},
        "mail": {"()": "partners.telemetry.logs.ErrorMail", "formatter": "text", "filters": ["numbered"]},
    },
    "root": {"handlers": ["console", "mail"], "level": "WARNING"},
    "loggers": {
        # A line for each request; its answer is no warning to anybody, whatever a visitor asked for.
        "partners.access": {"level": "INFO" if env_bool("ACCESS_LOG") else "WARNING"},
        # Django has handlers of its own for its lines, and warns of each 404.
        "django": {"handlers": [], "level": "WARNING"},
        "django.request": {"level": "ERROR"},
        # What a visitor sent that cannot be right: too many parameters, another host, a broken form. It is answered 400.
        "django.security": {"level": "CRITICAL"},
        # Whoever asked for the connection says that there is none.
        "psycopg.pool": {"level": "ERROR"},
        # A line for each request that waits for a thread, which is what a busy server has them do.
        "waitress.queue": {"level": "ERROR"},
    },
}
