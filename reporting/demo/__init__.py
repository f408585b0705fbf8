"""The demo story: people, figures and years that show every role something to do. All of it is marked “contoh”."""

from .people import accounts

__all__ = ["accounts"]
