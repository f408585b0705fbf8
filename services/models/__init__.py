from .calendar import CalendarStamp, CalendarYear, Closure
from .case import Case, CaseEvent, Obligation
from .escalation import Escalation
from .report import ServiceReport
from .standard import Standard, Step
from .survey import FollowUp, SurveyAnswer, SurveyInvitation, SurveyPeriod, SurveyProfile, SurveyRemark

__all__ = [
    "CalendarStamp",
    "CalendarYear",
    "Case",
    "CaseEvent",
    "Closure",
    "Escalation",
    "FollowUp",
    "Obligation",
    "ServiceReport",
    "Standard",
    "Step",
    "SurveyAnswer",
    "SurveyInvitation",
    "SurveyPeriod",
    "SurveyProfile",
    "SurveyRemark",
]
