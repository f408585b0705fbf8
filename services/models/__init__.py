from .calendar import CalendarStamp, CalendarYear, Closure
from .case import Case, CaseEvent, Obligation
from .standard import Standard, Step
from .survey import FollowUp, SurveyAnswer, SurveyInvitation, SurveyPeriod, SurveyProfile, SurveyRemark

__all__ = [
    "CalendarStamp",
    "CalendarYear",
    "Case",
    "CaseEvent",
    "Closure",
    "FollowUp",
    "Obligation",
    "Standard",
    "Step",
    "SurveyAnswer",
    "SurveyInvitation",
    "SurveyPeriod",
    "SurveyProfile",
    "SurveyRemark",
]
