from .calendar import CalendarStamp, CalendarYear, Closure
from .case import Case, CaseEvent
from .compensation import Apology, Handover, Obligation
from .standard import Standard, Step

__all__ = [
    "Apology",
    "CalendarStamp",
    "CalendarYear",
    "Case",
    "CaseEvent",
    "Closure",
    "Handover",
    "Obligation",
    "Standard",
    "Step",
]
