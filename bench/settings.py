"""As `dev`, with the yardstick's address among the routes."""

from kinerjaku.settings.dev import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
