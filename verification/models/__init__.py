"""Facts of the verification app, one module a noun."""

from .sheet import Sheet
from .signature import Signature, side
from .validation import Proposal, ValidationSheet
from .worksheet import CLAIMED, Worksheet, WorksheetRow

__all__ = ["CLAIMED", "Proposal", "Sheet", "Signature", "ValidationSheet", "Worksheet", "WorksheetRow", "side"]
