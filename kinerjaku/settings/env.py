"""What the settings read from the environment, and where the installation keeps its data."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parents[2]
FALLBACKS: dict[str, str] = {}  # `dev` fills it before it imports `base`; production has none


def required(name: str) -> str:
    value = os.environ.get(name) or FALLBACKS.get(name)
    if not value:
        raise ImproperlyConfigured(f"Set {name} in the environment (see .env.example).")
    return value


def data_dir() -> Path:
    folder = Path(os.environ.get("DATA_DIR") or ROOT / "var").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder
