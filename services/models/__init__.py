from .calendar import CalendarStamp, CalendarYear, Closure
from .case import Case, CaseEvent
from .compensation import Apology, Handover, Obligation
from .complaint import Complaint, ComplaintEvent, ComplaintFile, ComplaintMail
from .escalation import Escalation
from .invitation import Invitation, InvitationMail, InvitationRecipient
from .report import ServiceReport
from .standard import Standard, Step
from .survey import FollowUp, SurveyAnswer, SurveyInvitation, SurveyPeriod, SurveyProfile, SurveyRemark

__all__ = [
    "Apology",
    "CalendarStamp",
    "CalendarYear",
    "Case",
    "CaseEvent",
    "Closure",
    "Complaint",
    "ComplaintEvent",
    "ComplaintFile",
    "ComplaintMail",
    "Escalation",
    "FollowUp",
    "Handover",
    "Invitation",
    "InvitationMail",
    "InvitationRecipient",
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
