"""Validations: this year's proposals of one unit, validated and reported, and next year's matrix, half filled in."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import User, WorkUnit
from kinerjaku import clock
from reporting import actions as letters
from services.actions import case as cases
from services.models import Standard
from verification.actions import matrix, signing
from verification.actions import validation as actions
from verification.models import ValidationSheet

from . import people

_HOUR = timedelta(hours=1)
_FIRST = 3  # rows that the validators look at one by one


def tell(units: dict[str, WorkUnit], now: datetime) -> None:
    """Twice changes nothing."""
    setjen = units["SETJEN"]
    if not ValidationSheet.objects.filter(unit=setjen, year=now.year).exists():
        _finished(setjen, now)
    begun = ValidationSheet.objects.filter(unit=setjen, year=now.year + 1, rows=None).first()
    if begun is not None:  # by the demo meetings
        with clock.fixed(now - _HOUR) as at:
            by = people.person("operator.setjen")
            matrix.copy_present(begun.pk, by=by, at=at)
            _propose(begun, by, at=at)


def _finished(unit: WorkUnit, now: datetime) -> None:
    begin = (now - timedelta(days=21)).replace(hour=9, minute=0, second=0, microsecond=0)
    verifier, itjen = people.verifier_of(unit.code), people.person("validator.itjen")
    operator, official = people.person("operator.setjen"), people.person("pejabat.setjen")
    with clock.fixed(begin) as at:
        subject = f"Tahun {now.year} (contoh)"
        case = cases.start(Standard.Key.VALIDATION, unit, subject, by=verifier, at=at, year=now.year)
        cases.carry(case.pk, through=matrix.MATRIX - 1, by=verifier, at=at, note="Contoh: diundang lewat surat.")
        sheet = ValidationSheet.objects.get(case=case)
    with clock.fixed(begin + 24 * _HOUR) as at:
        matrix.copy_present(sheet.pk, by=operator, at=at)
        _propose(sheet, operator, at=at)
        for row in sheet.rows.filter(source=""):  # the catalogue does not know it
            facts = {name: getattr(row, name) for name in matrix.FIELDS} | {"source": "Data unit kerja (contoh)"}
            matrix.save_row(sheet.pk, row.pk, facts, version=row.version, by=operator, at=at)
        rows = list(sheet.rows.all())
        matrix.send(sheet.pk, seen=matrix.fingerprint(rows), by=operator, at=at)
    with clock.fixed(begin + 25 * _HOUR) as at:
        for row in rows[:_FIRST]:
            actions.decide(row.pk, verdict="valid", note="", version=row.version, by=itjen, at=at)
        note = "Contoh: rumus belum menyebut sumber pembandingnya."
        last = rows[-1]
        actions.decide(last.pk, verdict="invalid", note=note, version=last.version, by=itjen, at=at)
        actions.accept_rest(sheet.pk, expected=len(rows) - _FIRST - 1, by=verifier, at=at)
        frozen = actions.freeze(sheet.pk, by=verifier, at=at)
    for hours, signer in enumerate((verifier, itjen, official), 26):
        with clock.fixed(begin + hours * _HOUR) as at:
            signing.sign(frozen, content_hash=frozen.document.content_hash, by=signer, at=at)
    with clock.fixed(begin + 48 * _HOUR) as at:
        letters.issue(frozen, by=people.person("karoren"), at=at)


def _propose(sheet: ValidationSheet, by: User, *, at: datetime) -> None:
    facts: dict[str, Any] = {
        "objective": "Layanan kesekretariatan yang terukur (contoh)",
        "name": "Indeks ketepatan waktu layanan kesekretariatan (contoh)",
        "measure": "indeks",
        "polarity": "maximize",
        "validity": "lag_output",
        "period": "half_yearly",
        "calculation": "Jumlah layanan yang selesai dalam janji waktunya dibagi jumlah layanan, dikali 100.",
        "source": "Laporan kinerja pelayanan",
        "justification": "Contoh: belum ada indikator yang mengukur ketepatan waktu layanan.",
        "target_1": None,
        "target_2": Decimal(90),
        "target_3": None,
        "target_4": Decimal(95),
    }
    matrix.save_row(sheet.pk, None, facts, version=0, by=by, at=at)
