"""What every installation shares. Whatever differs between plants comes from MES_* environment variables."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
import pghistory
from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.utils.translation import gettext_lazy as _

from mes.settings.database import database
from mes.settings.logs import configure_structlog, logging_config
from mes.settings.unfold import UNFOLD as UNFOLD

ROOT = Path(__file__).resolve().parent.parent.parent

env = environ.Env()

VAR = Path(env.str("MES_VAR_DIR", default=str(ROOT / "var")))

SECRET_KEY = env.str("MES_SECRET_KEY", default="")
DEBUG = False
DEMO_DATA = False

# So long may a database take to come back: after a power cut it recovers first, while services start.
DATABASE_PATIENCE_SECONDS = env.float("MES_DATABASE_PATIENCE_SECONDS", default=120.0)

# Whether a past is being told that this installation didn't live through: then a quote may be asked for as of
# a moment of it. Anywhere else that would be a record of promises nobody made.
HISTORY_IS_REPLAYED = False

# Whether a web process loads what dates are computed with when it starts (1.5 CPU seconds, 150 MB), not when
# somebody first asks for one.
LOADS_PLANNING = True

ALLOWED_HOSTS: list[str] = env.list("MES_ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("MES_CSRF_ORIGINS", default=[])

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "mes.lib.admin.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "import_export",
    "pgtrigger",
    "pghistory",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "axes",
    "csp",
    "django_structlog",
    "mes.runtime",
    "mes.accounts",
    "machines",
    "orders",
    "quality",
    "integrations",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "mes.lib.security.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "machines.views.plant_time.PlantTime",
    "mes.lib.audit_context.AuditMiddleware",
]

ROOT_URLCONF = "mes.urls"
ASGI_APPLICATION = "mes.asgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"mes": "mes.lib.templatetags"},
        },
    },
]

# --- Database: the application's role, and the owner's for migrations and backup

PROCESS = env.str("MES_PROCESS", default="")
AS_OWNER = env.str("MES_DATABASE_ROLE", default="") == "owner"
DATABASE_URL = env.str("MES_DATABASE_URL", default="") or "postgresql:///mes"
DATABASE_OWNER_URL = env.str("MES_DATABASE_OWNER_URL", default="") or DATABASE_URL
DATABASES: dict[str, dict[str, Any]] = {
    "default": database(
        DATABASE_OWNER_URL if AS_OWNER else DATABASE_URL,
        process=PROCESS,
        owner=AS_OWNER,
        pool_size=env.int("MES_DATABASE_POOL", default=20),
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Who and where is copied into every audit row: the shared context table of pghistory would have to stay
# updatable for the application, and "who" is the part worth protecting.
PGHISTORY_CONTEXT_FIELD = pghistory.ContextJSONField()
PGHISTORY_APPEND_ONLY = True

# --- Broker, cache, machines, file exchange

BROKER_URL = env.str("MES_BROKER_URL", default="redis://127.0.0.1:6379/0")
CACHE_URL = env.str("MES_CACHE_URL", default=BROKER_URL if BROKER_URL.startswith("redis") else "")
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}
    if CACHE_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

MQTT_URL = env.str("MES_MQTT_URL", default="mqtt://127.0.0.1:1883")
INBOX_DIR = Path(env.str("MES_INBOX_DIR", default=str(VAR / "erp" / "inbox")))
DNC_DIR = Path(env.str("MES_DNC_DIR", default=str(VAR / "dnc")))
OUTBOX_DIR = Path(env.str("MES_OUTBOX_DIR", default=str(VAR / "erp" / "outbox")))
# The only hosts that the product ever calls: a connection's address alone must not open the network.
WEBHOOK_HOSTS: list[str] = env.list("MES_WEBHOOK_HOSTS", default=["localhost", "127.0.0.1"])

CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A broker that is gone must not hold up a request: rows wait in PostgreSQL and the next beat finds them.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_DEFAULT_QUEUE = "mes"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_TIMEZONE = "UTC"

# --- People and access

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "mes.accounts.backends.BadgeBackend",
    "mes.accounts.backends.PinBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"

# Five failures lock one name from one address for a quarter of an hour: a shared terminal with one
# forgetful colleague stays usable for the others.
AXES_FAILURE_LIMIT = "mes.accounts.backends.failure_limit"
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "badge", "pin", "code"]
AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_ENABLE_ADMIN = False
AXES_IPWARE_PROXY_COUNT = env.int("MES_PROXY_COUNT", default=0)

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY: dict[str, Any] = {
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
    }
}
# Foreign pages that can't do without: the admin's Alpine.js evaluates the expressions in its attributes and
# its theme colours come as a <style> element; the API's documentation page styles itself. Neither needs
# inline scripts.
CONTENT_SECURITY_POLICY_BY_PREFIX: dict[str, dict[str, list[str]]] = {
    "/admin/": {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]},
    "/api/docs/": {"style-src": [SELF, UNSAFE_INLINE]},
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

# --- Language, time, static files

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LOCALE_PATHS = [ROOT / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("MES_STATIC_ROOT", default=str(ROOT / "staticfiles")))
STATICFILES_DIRS = [ROOT / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- API

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "mes.accounts.authentication.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["mes.accounts.throttling.RateThrottle"],
    # A gateway sends lists several times a second; a stranger has nothing to ask here.
    "DEFAULT_THROTTLE_RATES": {
        "anon": env.str("MES_THROTTLE_ANONYMOUS", default="60/min"),
        "user": env.str("MES_THROTTLE_ACCOUNT", default="6000/min"),
    },
    "NUM_PROXIES": env.int("MES_PROXY_COUNT", default=0),
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "MES",
    "DESCRIPTION": "Orders in, machine signals in, confirmations out.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "OrderState": "orders.enums.OrderState",
        "OperationState": "orders.enums.OperationState",
        "ErpStatus": "orders.enums.ErpStatus",
        "MachineState": "machines.enums.MachineState",
        "DocumentOutcome": "orders.enums.Outcome",
        "AndonOutcome": "machines.models.andon.AndonOutcome",
        "CommandStatus": ("accepted", "replayed", "refused"),
        "ReceiptStatus": ("posted", "refused"),
        "ResultStatus": ("accepted", "refused"),
        "RequirementKind": "orders.enums.RequirementKind",
        "PlanChange": ("rush", "down", "shift_more", "shift_less", "late"),
    },
}

# --- Logs and metrics

LOG_FORMAT = env.str("MES_LOG_FORMAT", default="json")
LOG_LEVEL = env.str("MES_LOG_LEVEL", default="INFO")
configure_structlog()
LOGGING = logging_config(log_format=LOG_FORMAT, level=LOG_LEVEL)
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = 10
# Closing a page ends its event stream: that's no incident.
DJANGO_STRUCTLOG_REQUEST_CANCELLED_LOG_LEVEL = 10

METRICS_TOKEN = env.str("MES_METRICS_TOKEN", default="")
METRICS_OPEN = False
