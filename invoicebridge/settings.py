"""
One settings file. Addresses and secrets come from the environment (see `.env.example`);
what support may change at run time is in the admin (CONSTANCE below); what a company
chooses is InvoicePreferences. Nothing is in two places.
"""

from pathlib import Path

from invoicebridge import env, frame_sdk_file
from invoicebridge.runtime_settings import (
    CONSTANCE_ADDITIONAL_FIELDS as CONSTANCE_ADDITIONAL_FIELDS,
)
from invoicebridge.runtime_settings import CONSTANCE_CONFIG as CONSTANCE_CONFIG
from invoicebridge.runtime_settings import CONSTANCE_CONFIG_FIELDSETS as CONSTANCE_CONFIG_FIELDSETS

BASE_DIR = Path(__file__).resolve().parent.parent
# State of the embedded profile: database, queue, cache. Production keeps none of it here.
VAR_DIR = Path(env.text("IB_VAR_DIR", default=str(BASE_DIR / "var")))

IS_DEMO = env.is_demo
DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.secret("SECRET_KEY", minimum=50, development="demo-only-secret-key")
SECRET_KEY_FALLBACKS = env.names("SECRET_KEY_FALLBACKS", default="")
SITE_URL = env.url("SITE_URL", development="http://localhost:8000")
IS_HTTPS = SITE_URL.startswith("https://")
_HOST = SITE_URL.split("://", 1)[1].split(":")[0].split("/")[0]
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", default=_HOST)

# -- Vendors (reliability T-1: every outside address is a setting) -----------------------------
PIPEDRIVE_CLIENT_ID = env.text("PIPEDRIVE_CLIENT_ID", development="sandbox-pipedrive")
# The first is used for tokens; Pipedrive may call us with an older one while it is changed (S-18).
PIPEDRIVE_CLIENT_SECRETS = env.secrets(
    "PIPEDRIVE_CLIENT_SECRET", minimum=16, development="sandbox-pipedrive-secret"
)
PIPEDRIVE_OAUTH_URL = env.url(
    "PIPEDRIVE_OAUTH_URL",
    default="https://oauth.pipedrive.com",
    development="http://127.0.0.1:9100",
)
# An allow-list pattern: a token answer names its own API host (reliability S-16).
PIPEDRIVE_API_HOSTS = env.text(
    "PIPEDRIVE_API_HOSTS",
    default=r"^https://[a-z0-9-]+\.pipedrive\.com$",
    development=r"^http://127\.0\.0\.1:9100$",
)
# Our page on Pipedrive's Marketplace, where a company installs the app; "" shows no link to it.
PIPEDRIVE_MARKETPLACE_URL = env.text(
    "PIPEDRIVE_MARKETPLACE_URL",
    default="",
    development=f"{PIPEDRIVE_OAUTH_URL}/settings/marketplace",
)
# Signs who opens a frame. The first is the one in use, others are accepted while it is changed.
PIPEDRIVE_JWT_SECRETS = env.secrets(
    "PIPEDRIVE_JWT_SECRET", development="sandbox-pipedrive-jwt-secret-for-the-demo-only"
)
# Our custom modal, by its name or id in the Developer Hub.
PIPEDRIVE_MODAL_ID = env.text("PIPEDRIVE_MODAL_ID", default="InvoiceBridge")
# Whose pages may hold our frames; nobody may hold anything else of ours.
FRAME_ANCESTORS = env.names(
    "FRAME_ANCESTORS", default="https://*.pipedrive.com", development=PIPEDRIVE_OAUTH_URL
)
# Pipedrive's SDK for frames: ours when it was fetched (make setup), else the public one.
FRAME_SDK_IS_HERE = frame_sdk_file.TARGET.is_file()
FRAME_SDK_STATIC_NAME = frame_sdk_file.STATIC_NAME
FRAME_SDK_URL = frame_sdk_file.URL
FRAME_SDK_INTEGRITY = frame_sdk_file.INTEGRITY
XERO_CLIENT_ID = env.text("XERO_CLIENT_ID", development="SANDBOXXERO")
# The first is used; Xero calls nobody with it, so an older one only waits to be taken back.
XERO_CLIENT_SECRETS = env.secrets(
    "XERO_CLIENT_SECRET", minimum=16, development="sandbox-xero-secret"
)
# Signs what Xero tells us. The first is the one in use, others are accepted while it is changed.
XERO_WEBHOOK_KEYS = env.secrets("XERO_WEBHOOK_KEY", development="sandbox-xero-webhook-key")
XERO_API_URL = env.url(
    "XERO_API_URL", default="https://api.xero.com", development="http://127.0.0.1:9200"
)
XERO_IDENTITY_URL = env.url(
    "XERO_IDENTITY_URL", default="https://identity.xero.com", development="http://127.0.0.1:9200"
)
XERO_LOGIN_URL = env.url(
    "XERO_LOGIN_URL", default="https://login.xero.com", development="http://127.0.0.1:9200"
)
# Where a person looks at an invoice in Xero (deep links, xero-api §7).
XERO_WEB_URL = env.url(
    "XERO_WEB_URL", default="https://go.xero.com", development="http://127.0.0.1:9200"
)
XERO_SCOPES = env.names(
    "XERO_SCOPES",
    default="openid,profile,email,offline_access,"
    # The payments are for "Void paid invoices": they are removed before the invoice is voided.
    "accounting.invoices,accounting.payments,accounting.contacts,accounting.settings.read",
)
# A company's or our own single sign-on, when there is one (OpenID Connect).
SSO_URL = env.text("SSO_URL", default="", development="http://127.0.0.1:9100/sso")
SSO_CLIENT_ID = env.text("SSO_CLIENT_ID", default="", development="sandbox-sso")
SSO_CLIENT_SECRET = env.text("SSO_CLIENT_SECRET", default="", development="sandbox-sso-secret")
# Whole-call deadline to a vendor, by the clock (reliability §2).
PROVIDER_DEADLINE_SECONDS = env.number("PROVIDER_DEADLINE_SECONDS", default=25, minimum=0.1)
# Calls one process may have in flight to one vendor, and polls of one batch at once.
PROVIDER_POOL_SIZE = env.integer("PROVIDER_POOL_SIZE", default=50, minimum=1)

FIELD_ENCRYPTION_KEYS = env.secrets(
    "FIELD_ENCRYPTION_KEYS", development="demo-only-field-encryption-key"
)
# Lets people break us on purpose (reliability T-4); refused at start outside the demo.
TEST_MODE = env.flag("IB_TEST_MODE", default=False)
CRASH_AT = env.text("IB_CRASH_AT", default="")
SENTRY_DSN = env.text("SENTRY_DSN", default="")

# -- Django ------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "invoicebridge",
    "connections",
    "connections.pipedrive",
    "mappings",
    "invoices",
    # Found with the addresses (urls.py): only a web process serves it, so no worker loads it.
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "connections.apps.SettingsConfig",
    "django_htmx",
    "template_partials",
    "django_structlog",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Answers of different length for the same page, so that a length tells nothing (BREACH).
    "django.middleware.gzip.GZipMiddleware",
    "connections.web.HeadMiddleware",
    "connections.web.CookielessMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Before everything that would read a cookie.
    "connections.frames.mount.FrameMiddleware",
    "connections.frames.mount.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "connections.guard.SessionClockMiddleware",
    "connections.web.MembershipMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "connections.frames.mount.LeavingMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "connections.guard.SignedInMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "invoicebridge.urls"
# What can be reached inside Pipedrive.
FRAME_URLCONF = "invoicebridge.frame_urls"
WSGI_APPLICATION = "invoicebridge.wsgi.application"
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
                "connections.web.page_context",
            ],
        },
    },
]

DATABASES = {
    "default": env.database("DATABASE_URL", development=f"sqlite:///{VAR_DIR / 'db.sqlite3'}")
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# SQLite too: to close its last connection writes all of it to the disk, some 10 ms a request.
DATABASES["default"]["CONN_MAX_AGE"] = env.integer("DB_CONN_MAX_AGE", default=60)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": env.cache("CACHE_URL", development=f"filecache://{VAR_DIR / 'cache'}")}

AUTH_USER_MODEL = "connections.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "connections.passwords.MaximumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "connections.breached_passwords.BreachedPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
# A list of hashes of breached passwords, in order (docs/security.md); "" has none.
BREACHED_PASSWORDS_LIST = env.text("BREACHED_PASSWORDS_LIST", default="")

# -- Sign-in (allauth). It logs people in and runs the vendors' consent; it keeps no token -----
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_ADAPTER = "connections.signin.AccountAdapter"
# Whoever has a second factor changes it, or does what is dangerous, only after showing it anew.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
# Nobody's sign-in is kept beyond the session: it ends by idling and by the clock (S-6).
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "InvoiceBridge: "
# How many proxies of ours stand before us: 0 takes the address that the connection comes from,
# and X-Forwarded-For is whatever somebody wrote into it (S-4).
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXY_COUNT", default=0, minimum=0, maximum=10)
MFA_ADAPTER = "connections.mfa.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "InvoiceBridge"
MFA_FORMS = {
    "authenticate": "connections.mfa.AuthenticateForm",
    "reauthenticate": "connections.mfa.ReauthenticateForm",
    "activate_totp": "connections.mfa.ActivateForm",
    "add_webauthn": "connections.mfa.AddKeyForm",
    "authenticate_webauthn": "connections.mfa.AuthenticateKeyForm",
    "login_webauthn": "connections.mfa.LoginKeyForm",
    "reauthenticate_webauthn": "connections.mfa.ReauthenticateKeyForm",
}
# A browser takes http://localhost for secure; nobody else is served without https.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = IS_DEMO
SOCIALACCOUNT_ADAPTER = "connections.signin.SocialAccountAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_LOGIN_ON_GET = False
_OPENID_APPS: list[dict[str, object]] = [
    {
        "provider_id": "xero",
        "name": "Xero",
        "client_id": XERO_CLIENT_ID,
        "secret": XERO_CLIENT_SECRETS[0],
        "settings": {
            "server_url": XERO_IDENTITY_URL,
            "uid_field": "xero_userid",
            "fetch_userinfo": False,
            "token_auth_method": "client_secret_basic",
            "scope": XERO_SCOPES,
        },
    },
]
SOCIALACCOUNT_PROVIDERS = {
    "pipedrive": {
        "APPS": [{"client_id": PIPEDRIVE_CLIENT_ID, "secret": PIPEDRIVE_CLIENT_SECRETS[0]}],
    },
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": _OPENID_APPS,
    },
}
if SSO_URL:
    _OPENID_APPS.append(
        {
            "provider_id": "sso",
            "name": "Single sign-on",
            "client_id": SSO_CLIENT_ID,
            "secret": SSO_CLIENT_SECRET,
            "settings": {
                "server_url": SSO_URL,
                "fetch_userinfo": False,
                "token_auth_method": "client_secret_basic",
                # People are invited here; the sign-on vouches for their verified address.
                "email_authentication": True,
            },
        }
    )
vars().update(env.email("EMAIL_URL", development="consolemail://"))
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", default=f"InvoiceBridge <no-reply@{_HOST}>")

MESSAGE_STORAGE = "connections.frames.mount.message_storage"

# -- Languages ---------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("tr", "Türkçe")]
LOCALE_PATHS = [BASE_DIR / "locale"]
# The admin's dates are Django's to write; all other pages use connections.templatetags.display.
FORMAT_MODULE_PATH = ["invoicebridge.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# -- Static files and headers ------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_HANDLERS: list[str] = []
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# An invoice of 1,000 lines, with eleven fields a line.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 12_000

# Chrome applies form-action to the redirects that follow a form, so the consent pages are named.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'", PIPEDRIVE_OAUTH_URL, XERO_LOGIN_URL]
        + (["/".join(SSO_URL.split("/")[:3])] if SSO_URL else []),
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = IS_HTTPS and env.flag("SECURE_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = 31536000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SECURE_HSTS_PRELOAD = IS_HTTPS
if env.flag("TRUST_PROXY_HEADERS", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_ENGINE = "invoicebridge.session_store"
SESSION_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "ib_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "ib_csrf"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
LANGUAGE_COOKIE_NAME = "ib_language"

# -- Celery: the queue is a doorbell, the database is the list of work (reliability §1.6) ------
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", development=f"filesystem://{VAR_DIR / 'queue'}")
_VISIBILITY_SECONDS = 300
if CELERY_BROKER_URL.startswith("filesystem://"):
    _QUEUE_DIR = Path(CELERY_BROKER_URL.removeprefix("filesystem://"))
    for _folder in ("messages", "control"):
        (_QUEUE_DIR / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://localhost//"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_QUEUE_DIR / "messages"),
        "data_folder_out": str(_QUEUE_DIR / "messages"),
        "control_folder": str(_QUEUE_DIR / "control"),
        "polling_interval": 0.1,
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": _VISIBILITY_SECONDS,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        # A press must not hang on an ill broker: the sweep delivers what was not rung.
        "socket_connect_timeout": 1,
        "socket_timeout": 5,
    }
CELERY_VISIBILITY_TIMEOUT = _VISIBILITY_SECONDS
CELERY_REDIS_SOCKET_CONNECT_TIMEOUT = 1
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SOFT_TIME_LIMIT = 110
CELERY_TASK_TIME_LIMIT = 120
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_MAX_TASKS_PER_CHILD = 2000
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 300_000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
_TICK = env.number("TICK_SECONDS", default=5, minimum=0.2)
# Beat only ticks: what is due is decided by rows, so two beats, or none for a while, do no harm.
CELERY_BEAT_SCHEDULE = {
    name: {"task": task, "schedule": seconds, "options": {"expires": seconds}}
    for name, task, seconds in (
        ("sweep", "invoices.tasks.sweep_operations", env.number("SWEEP_SECONDS", default=15)),
        ("poll", "invoices.tasks.poll_due", _TICK),
        ("histories", "invoices.tasks.sweep_histories", _TICK * 6),
        ("webhooks", "invoices.tasks.follow_webhooks", env.number("WEBHOOK_SECONDS", default=1)),
        ("reference", "mappings.tasks.refresh_due", _TICK * 12),
        ("gates", "connections.tasks.check_gates_due", _TICK * 60),
        ("hooks", "connections.tasks.keep_hooks_due", _TICK * 6),
        ("native", "connections.tasks.register_native_due", _TICK * 6),
        ("uninstalls", "connections.tasks.finish_uninstalls", _TICK * 12),
        ("breaker", "connections.tasks.probe_due", _TICK),
        ("warnings", "connections.tasks.warn_due", _TICK * 60),
        ("housekeeping", "connections.tasks.clean_up", 3600.0),
        ("erasure", "invoices.tasks.erase_uninstalled", 3600.0),
        ("drafts", "invoices.tasks.forget_drafts", 3600.0),
    )
}

# -- Run-time settings -------------------------------------------------------------------------
CONSTANCE_BACKEND = "constance.backends.database.DatabaseBackend"
CONSTANCE_SUPERUSER_ONLY = False

# -- Logs: one JSON line an event; ids and codes, never tokens, payloads or names (S-19) -------
LOG_LEVEL = env.text("LOG_LEVEL", default="INFO")
DJANGO_STRUCTLOG_CELERY_ENABLED = False
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "structlog.stdlib.ProcessorFormatter",
            "processors": "cfg://processors",
            "foreign_pre_chain": "cfg://foreign_processors",
        },
    },
    "processors": [],
    "foreign_processors": [],
    "handlers": {"console": {"class": "invoicebridge.log_writer.Handler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "celery": {"level": "WARNING"},
        "urllib3": {"level": "WARNING"},
        "requests_oauthlib": {"level": "WARNING"},
    },
}
LOGGING_CONFIG = "invoicebridge.logs.configure"
