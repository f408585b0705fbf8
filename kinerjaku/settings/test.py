"""Tests: like `dev`, with its own data folder, fast passwords and mail kept in memory."""

import os
import tempfile

_data = tempfile.TemporaryDirectory(prefix="kinerjaku-test-", ignore_cleanup_errors=True)  # gone at the end
os.environ["DATA_DIR"] = os.environ.get("TEST_DATA_DIR") or _data.name

from .dev import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
