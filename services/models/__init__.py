from .calendar import CalendarStamp, CalendarYear, Closure
from .case import Case, CaseEvent, Obligation
from .invitation import Invitation, InvitationMail, InvitationRecipient
from .standard import Standard, Step

__all__ = [
    "CalendarStamp",
    "CalendarYear",
    "Case",
    "CaseEvent",
    "Closure",
    "Invitation",
    "InvitationMail",
    "InvitationRecipient",
    "Obligation",
    "Standard",
    "Step",
]
