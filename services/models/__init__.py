from .calendar import CalendarStamp, CalendarYear, Closure
from .standard import Standard, Step

__all__ = ["CalendarStamp", "CalendarYear", "Closure", "Standard", "Step"]
