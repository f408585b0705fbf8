"""Facts of the reporting app, one module a noun."""

from .assistance import AssistanceRow, AssistanceSheet, ReportDraft
from .nota import NotaDinas
from .score import ScoreStamp, UnitScore

__all__ = ["AssistanceRow", "AssistanceSheet", "NotaDinas", "ReportDraft", "ScoreStamp", "UnitScore"]
