"""Every multi-row write of the reporting app, one module a noun. Letters are asked for here."""

from .letters import issue

__all__ = ["issue"]
