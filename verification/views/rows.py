"""A row of the worksheet as the templates show it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from indicators import results
from indicators.checklist import slips, unusual
from indicators.models import Achievement
from verification.models import WorksheetRow

Verdict = WorksheetRow.Verdict


@dataclass
class ReviewRow:
    row: WorksheetRow
    at: datetime

    @property
    def pk(self) -> int:
        return self.row.pk

    @property
    def claim(self) -> Achievement:
        return self.row.achievement

    @property
    def target(self) -> str:
        return results.target_text(self.claim.indicator, self.claim.quarter.number)

    @property
    def was_entered(self) -> bool:
        return self.claim.submitted_at is not None

    @property
    def is_being_mended(self) -> bool:
        """The unit has it, and still has time."""
        due_at = self.claim.return_due_at
        return self.claim.state == Achievement.State.RETURNED and due_at is not None and self.at < due_at

    @property
    def flags(self) -> list[str]:
        """What a reviewer must not overlook, in words."""
        found = []
        if self.row.was_mended:
            found.append("Dikirim ulang")
        elif self.row.verdict in WorksheetRow.FINAL and self.row.changed_since_review:
            found.append("Berubah sejak ditinjau")
        if not self.was_entered:
            found.append("Tidak diinput")
        if self.claim.state == Achievement.State.RETURNED and not self.is_being_mended:
            found.append("Batas perbaikan lewat")
        if self.was_entered and unusual(self.claim):
            found.append("Nilai tidak biasa")
        if self.was_entered and slips(self.claim):
            found.append("Angka perlu dicermati")
        if self.was_entered and not self.claim.no_result and not self.claim.evidence.all():
            found.append("Tanpa data dukung")
        return found


SHOWN: dict[str, Callable[[ReviewRow], bool]] = {  # by the values of the parameter `hasil`
    "": lambda shown: True,
    **{verdict.value: lambda shown, v=verdict: shown.row.verdict == v for verdict in Verdict},
    "tanda": lambda shown: bool(shown.flags),
}
_LABELS = {"": "Semua", **{verdict.value: verdict.label for verdict in Verdict}, "tanda": "Perlu perhatian"}


def tabs(rows: list[ReviewRow], chosen: str) -> list[dict[str, object]]:
    """The filter of the page: value, label, how many rows, and whether it is the present one."""
    return [
        {
            "value": value,
            "label": _LABELS[value],
            "count": sum(wanted(row) for row in rows),
            "current": value == chosen,
        }
        for value, wanted in SHOWN.items()
    ]
