"""Facts and constraints of the indicators app."""

from .achievement import Achievement, Evidence, Submission
from .cascade import Cascade
from .catalogue import Indicator, Objective
from .comment import Comment
from .decree import Decree, DecreeSignature
from .parts import Band, EvidenceSlot, PastActual, Target, Variable
from .quarter import Extension, Quarter
from .round import Assignment, CollectionRound, Stage
from .scoring import ScoringYear

__all__ = [
    "Achievement",
    "Assignment",
    "Band",
    "Cascade",
    "CollectionRound",
    "Comment",
    "Decree",
    "DecreeSignature",
    "Evidence",
    "EvidenceSlot",
    "Extension",
    "Indicator",
    "Objective",
    "PastActual",
    "Quarter",
    "ScoringYear",
    "Stage",
    "Submission",
    "Target",
    "Variable",
]
