"""Facts of the verification app, one module a noun."""

from .sheet import Sheet
from .signature import Signature, side
from .worksheet import CLAIMED, Worksheet, WorksheetRow

__all__ = ["CLAIMED", "Sheet", "Signature", "Worksheet", "WorksheetRow", "side"]
