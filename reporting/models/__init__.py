"""Facts of the reporting app, one module a noun."""

from .nota import NotaDinas

__all__ = ["NotaDinas"]
