"""One machine, one command: SQLite and a queue of files under DATA_DIR, plain HTTP on loopback. Only loosens `base`."""

import os
import secrets

from .base import *  # noqa: F403
from .base import DATA_DIR


def kept_secret(name: str) -> str:
    """Made once for this installation, so that sessions and the audit chain outlive a restart."""
    path = DATA_DIR / f"{name.lower()}.txt"
    if not path.exists():
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        try:
            os.link(fresh, path)  # the first of several processes wins
        except FileExistsError:
            pass
        fresh.unlink()
    return path.read_text()


SECRET_KEY = os.environ.get("SECRET_KEY") or kept_secret("SECRET_KEY")
AUDIT_KEY = os.environ.get("AUDIT_KEY") or kept_secret("AUDIT_KEY")
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
BASE_URL = os.environ.get("BASE_URL") or f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
SECURE_HSTS_SECONDS = 0
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
