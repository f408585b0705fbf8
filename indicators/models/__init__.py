"""Facts and constraints of the indicators app."""

from .achievement import Achievement, Evidence, Submission
from .catalogue import Band, Cascade, Indicator, Objective, Target, Variable
from .decree import Decree, DecreeSignature
from .quarter import Extension, Quarter
from .round import Assignment, CollectionRound, Stage
from .scoring import ScoringYear

__all__ = [
    "Achievement",
    "Assignment",
    "Band",
    "Cascade",
    "CollectionRound",
    "Decree",
    "DecreeSignature",
    "Evidence",
    "Extension",
    "Indicator",
    "Objective",
    "Quarter",
    "ScoringYear",
    "Stage",
    "Submission",
    "Target",
    "Variable",
]
