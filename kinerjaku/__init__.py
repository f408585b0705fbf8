"""The project and the small kernel that every app shares."""

from .celery import app as celery_app

__all__ = ["celery_app"]
