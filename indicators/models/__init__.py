"""Facts and constraints of the indicators app."""

from .achievement import Achievement, Evidence, Submission
from .catalogue import Band, Cascade, Decree, Indicator, Objective, Target, Variable
from .quarter import Extension, Quarter

__all__ = [
    "Achievement",
    "Band",
    "Cascade",
    "Decree",
    "Evidence",
    "Extension",
    "Indicator",
    "Objective",
    "Quarter",
    "Submission",
    "Target",
    "Variable",
]
