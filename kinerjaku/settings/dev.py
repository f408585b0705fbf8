"""One machine, one command: SQLite and a queue of files under DATA_DIR, plain HTTP on loopback.

Only loosens `base`.
"""

import contextlib
import os
import secrets

from .env import FALLBACKS, data_dir


def kept_secret(name: str) -> str:
    """Made once for this installation, so that sessions and the audit chain outlive a restart."""
    path = data_dir() / f"{name.lower()}.txt"
    if not path.exists():
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)  # the first of several processes wins
        fresh.unlink()
    return path.read_text()


FALLBACKS["SECRET_KEY"] = kept_secret("SECRET_KEY")
FALLBACKS["AUDIT_KEY"] = kept_secret("AUDIT_KEY")
FALLBACKS["BASE_URL"] = f"http://127.0.0.1:{os.environ.get('PORT') or '8000'}"

from .base import *  # noqa: E402, F403
from .base import LOGGING  # noqa: E402

ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
SECURE_HSTS_SECONDS = 0
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
LOGGING["loggers"]["celery"]["level"] = "WARNING"  # the schedule alone is thirty lines a minute
