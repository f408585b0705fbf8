from .calendar import CalendarStamp, CalendarYear, Closure
from .case import Case, CaseEvent, Obligation
from .escalation import Escalation
from .report import ServiceReport
from .standard import Standard, Step

__all__ = [
    "CalendarStamp",
    "CalendarYear",
    "Case",
    "CaseEvent",
    "Closure",
    "Escalation",
    "Obligation",
    "ServiceReport",
    "Standard",
    "Step",
]
