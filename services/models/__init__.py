from .calendar import CalendarStamp, CalendarYear, Closure
from .case import Case, CaseEvent, Obligation
from .standard import Standard, Step

__all__ = ["CalendarStamp", "CalendarYear", "Case", "CaseEvent", "Closure", "Obligation", "Standard", "Step"]
