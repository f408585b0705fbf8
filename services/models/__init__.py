from .calendar import CalendarStamp, CalendarYear, Closure
from .case import Case, CaseEvent, Obligation
from .complaint import Complaint, ComplaintEvent, ComplaintFile, ComplaintMail
from .standard import Standard, Step

__all__ = [
    "CalendarStamp",
    "CalendarYear",
    "Case",
    "CaseEvent",
    "Closure",
    "Complaint",
    "ComplaintEvent",
    "ComplaintFile",
    "ComplaintMail",
    "Obligation",
    "Standard",
    "Step",
]
