"""Every multi-row write of the reporting app, one module a noun. Letters are asked for here."""

from .letters import issue, subject_of

__all__ = ["issue", "subject_of"]
