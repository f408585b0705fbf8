"""One line of the home page: what somebody has to do, or waits for."""

from dataclasses import dataclass
from datetime import datetime

from kinerjaku.clock import said
from kinerjaku.templatetags.kinerjaku import last_minute


@dataclass(frozen=True)
class Task:
    """`why_not` is set, and `url` may be empty, where nothing can be done yet."""

    title: str
    about: str
    url: str
    state: str = ""
    tone: str = "active"
    due_at: datetime | None = None
    is_overdue: bool = False
    why_not: str = ""
    due_is_in_time: bool = False  # at `due_at` itself it is not yet late

    @property
    def due(self) -> str:
        if self.due_at is None:
            return ""
        return said(self.due_at) if self.due_is_in_time else last_minute(self.due_at)
