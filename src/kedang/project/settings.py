"""Django's settings, read from the environment and the home folder; docs name every variable."""

import os
from typing import Any

from django.utils.translation import gettext_lazy as _

from kedang.project import database, home


def _words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def _flag(name: str) -> bool:
    return os.environ.get(name, "").lower() in {"1", "true", "yes", "on"}


KEDANG_HOME = home.path()
KEDANG_DEMO = home.is_demo()
DEBUG = _flag("KEDANG_DEBUG")
SECRET_KEY = home.secret_key()
ALLOWED_HOSTS = _words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = _words("CSRF_TRUSTED_ORIGINS")
HTTPS = _flag("KEDANG_HTTPS")
PROXIES = int(os.environ.get("KEDANG_PROXIES", "0"))

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    # before allauth, whose pages it dresses
    "kedang.kits.web",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "captcha",
    "kedang.engine",
    "kedang.areas.customers",
    "kedang.areas.pool",
    "kedang.areas.engagement",
    "kedang.areas.personal",
    "kedang.areas.team",
    "kedang.areas.warnings",
    "kedang.areas.catalog",
    "kedang.areas.trade",
    "kedang.areas.reviews",
    "kedang.areas.planning",
    "kedang.areas.maps",
    "kedang.insight",
    "kedang.project.operations",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "kedang.project.middleware.ContentPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "kedang.kits.web.errors.SizeLimit",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # a view is for people who signed in unless it says otherwise
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "kedang.engine.administration.door.OpenSessions",
    "kedang.engine.identity.middleware.ActorMiddleware",
    "kedang.kits.web.factor.NeedsFactor",
    "kedang.kits.web.errors.ForeseenErrors",
]

ROOT_URLCONF = "kedang.project.urls"
WSGI_APPLICATION = "kedang.project.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES: dict[str, dict[str, Any]] = {
    "default": (
        database.from_url(os.environ["DATABASE_URL"])
        if os.environ.get("DATABASE_URL")
        else database.sqlite(KEDANG_HOME / "kedang.sqlite3")
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "kedang_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    },
    # parts of pages that are the same until what they are drawn from changes; each process keeps its own
    "template_fragments": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "fragments",
        "OPTIONS": {"MAX_ENTRIES": 1_000},
    },
}
MEDIA_ROOT = KEDANG_HOME / "files"
STATIC_URL = "/static/"
STATIC_ROOT = KEDANG_HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "kedang.project.static.HashedFiles"
    },
}
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_242_880
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

AUTH_USER_MODEL = "engine.User"
AUTHENTICATION_BACKENDS = ["kedang.engine.identity.backend.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/sign-in/"
ACCOUNT_ADAPTER = "kedang.project.accounts.ClosedAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_FORMS = {"login": "kedang.kits.web.sign_in.SignInForm"}
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ADAPTER = "kedang.project.accounts.SealedSecrets"
MFA_TOTP_ISSUER = "Kedang"
MFA_TOTP_TOLERANCE = 1  # RFC 6238, 5.2: the number of the half minute before counts too, for who types slowly
CAPTCHA_CHALLENGE_FUNCT = "kedang.kits.web.letters.in_a_picture"
CAPTCHA_IMAGE_SIZE = (208, 76)  # shown at half the size, sharp on a phone
CAPTCHA_FONT_SIZE = 48
CAPTCHA_LETTER_ROTATION = (-18, 18)
CAPTCHA_FOREGROUND_COLOR = "#1a3168"
CAPTCHA_NOISE_FUNCTIONS = ("captcha.helpers.noise_arcs",)

# how long a session idles before it ends is the company's setting; no session is older than twelve hours
SESSION_ENGINE = "kedang.engine.administration.session_store"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_NAME = "kedang_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_NAME = "kedang_csrf"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_NAME = "kedang_language"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# a certificate of one's own may have to be replaced, and then nobody must be locked out
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS and not _flag("KEDANG_OWN_TLS") else 0
# a forwarded header counts only when the installation says that its own proxy stands in front
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS and PROXIES else None
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "kedang.kits.web.errors.csrf_failed"

USE_I18N = True
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [
    ("zh-hans", _("Simplified Chinese")),
    ("zh-hant", _("Traditional Chinese")),
    ("en", _("English")),
]
LOCALE_PATHS = [home.ROOT / "src" / "kedang" / "locale"]
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = _flag("EMAIL_USE_TLS")
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "kedang@localhost")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("KEDANG_LOG", "WARNING")},
    "loggers": {"django": {"handlers": [], "propagate": True}, "kedang": {"level": "INFO"}},
}
