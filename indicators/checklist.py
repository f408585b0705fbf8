"""What is missing before a unit can submit: one rule, read by the action as a guard and by the page as a checklist."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from kinerjaku.figures import format_figure

from . import results
from . import unusual as figures
from .models import Achievement


@dataclass(frozen=True)
class Missing:
    achievement: Achievement
    field: str  # the input on the row's page that mends it
    message: str
    word: str = ""  # what is missing, where the field alone does not say it


def missing_before_submit(rows: Iterable[Achievement]) -> list[Missing]:
    """Every row needs a result (or the statement that there is none yet) with an explanation and evidence [M 3.2];
    an achievement below 100 also its obstacles and follow-up [R 53/2014]; an unusual figure its explanation [D]."""
    return [Missing(row, *found) for row in rows for found in _missing_in(row)]


def _missing_in(row: Achievement) -> list[tuple[str, ...]]:
    missing: list[tuple[str, ...]] = []
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
    if not row.no_result:
        missing += _missing_evidence(row)
    if row.percent is not None and row.percent < Decimal(100):
        if not row.obstacles:
            missing.append(("obstacles", "Capaian di bawah 100%: kendala belum ditulis."))
        if not row.follow_up:
            missing.append(("follow_up", "Capaian di bawah 100%: tindak lanjut belum ditulis."))
    if not row.explanation and (found := unusual(row)):
        missing.append(("explanation", f"Jelaskan nilai yang tidak biasa. {' '.join(found)}"))
    return missing


def _missing_evidence(row: Achievement) -> list[tuple[str, ...]]:
    """Each required document by name; a row without any file lacks evidence in any case."""
    filled = set(row.filled_slots)
    lacking = [name for name in row.indicator.rule.required if name not in filled]
    if lacking:
        return [("evidence", f"Data dukung “{name}” belum diunggah.", f"data dukung “{name}”") for name in lacking]
    return [] if row.file_count else [("evidence", "Data dukung belum diunggah.")]


# Any other measure is counted in wholes.
_SCALES = {"%", "nilai", "skor", "bobot", "rupiah", "kategori", "skala 1-4", ""}


def unusual(row: Achievement) -> list[str]:
    """Why the row asks for an explanation [D]: its actual is far from the past, or its achievement is at the cap. It
    is saved all the same."""
    found = []
    if row.actual is not None and row.usual and not figures.within(row.actual, row.usual):
        low, high = (format_figure(end, 2) for end in figures.ends(row.usual))
        found.append(f"Realisasi {format_figure(row.actual, 2)} jauh dari triwulan sebelumnya (biasanya {low}–{high}).")
    if row.percent is not None and not row.indicator.rule.steps:
        cap = results.cap_by(row.quarter.scheme, row.indicator.cap)
        if row.percent >= cap:
            found.append(f"Capaian mencapai batas {format_figure(cap)}%, pastikan angka dan targetnya.")
    return found


def doubts(row: Achievement) -> list[str]:
    """What is likely a slip, for whoever types and whoever verifies, and what is unusual. Nothing is refused for it."""
    return [*slips(row), *unusual(row)]


def slips(row: Achievement) -> list[str]:
    found = []
    for one in row.indicator.rule.inputs:
        value = Decimal(row.values.get(one.code, 0))
        if value < 0:
            found.append(f"{one.label} bernilai negatif.")
        elif one.measure not in _SCALES and value % 1:
            found.append(f"{one.label} bukan bilangan bulat.")
    if row.score is not None and row.score < 0:
        found.append("Nilai bernilai negatif.")
    if row.children_problem:
        found.append(row.children_problem)
    return found
