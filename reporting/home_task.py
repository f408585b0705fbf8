"""One line of the home page."""

from dataclasses import dataclass
from datetime import datetime

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

    @property
    def due(self) -> str:
        return last_minute(self.due_at) if self.due_at else ""
