"""What is missing before a unit can submit: one rule, read by the action as a guard and by the page as a checklist."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from kinerjaku.figures import format_figure

from .models import Achievement


@dataclass(frozen=True)
class Missing:
    achievement: Achievement
    field: str  # the input on the row's page that mends it
    message: str


def missing_before_submit(rows: Iterable[Achievement]) -> list[Missing]:
    """Every row needs a result (or the statement that there is none yet) with an explanation and evidence [M 3.2];
    an achievement below 100 also its obstacles and follow-up [R 53/2014]."""
    return [Missing(row, field, message) for row in rows for field, message in _missing_in(row)]


def _missing_in(row: Achievement) -> list[tuple[str, str]]:
    missing = []
    if row.state == Achievement.State.RETURNED and not row.is_mended:
        missing.append(
            (
                "mending",
                "Belum ada yang diubah sejak dikembalikan. Perbaiki, atau jelaskan mengapa isian ini sudah benar.",
            )
        )
    if not row.no_result and row.actual is None:
        missing.append(("figures", row.actual_problem or "Nilai belum diisi."))
    if row.score is not None and not row.indicator.is_computed and not row.score_source and not row.no_result:
        missing.append(("score_source", "Sumber nilai belum ditulis."))
    if not row.progress:
        missing.append(("progress", "Penjelasan kemajuan belum ditulis."))
    if not row.no_result and not row.file_count:
        missing.append(("evidence", "Data dukung belum diunggah."))
    if row.percent is not None and row.percent < Decimal(100):
        if not row.obstacles:
            missing.append(("obstacles", "Capaian di bawah 100%: kendala belum ditulis."))
        if not row.follow_up:
            missing.append(("follow_up", "Capaian di bawah 100%: tindak lanjut belum ditulis."))
    return missing


# Any other measure is counted in wholes.
_SCALES = {"%", "nilai", "skor", "bobot", "rupiah", "kategori", "skala 1-4", ""}


def doubts(row: Achievement) -> list[str]:
    """What is likely a slip, for whoever types and whoever verifies. Nothing is refused for it."""
    found = []
    for one in row.indicator.rule.inputs:
        value = Decimal(row.values.get(one.code, 0))
        if value < 0:
            found.append(f"{one.label} bernilai negatif.")
        elif one.measure not in _SCALES and value % 1:
            found.append(f"{one.label} bukan bilangan bulat.")
    if row.score is not None and row.score < 0:
        found.append("Nilai bernilai negatif.")
    if row.percent is not None and row.percent >= row.indicator.cap and not row.indicator.rule.steps:
        found.append(f"Capaian mencapai batas {format_figure(row.indicator.cap)}%, pastikan angka dan targetnya.")
    if row.children_problem:
        found.append(row.children_problem)
    return found
