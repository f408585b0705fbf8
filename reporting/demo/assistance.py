"""Assistance with performance reports: one sheet signed and handed over, some in work, one still with its unit.

What is reported on is the last year of the story whose figures are all verified, for nothing else can be asked for.
"""

from datetime import datetime, timedelta
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from pypdf import PdfWriter

from accounts.models import User, WorkUnit
from kinerjaku import clock
from reporting.actions import assistance as actions
from reporting.actions import draft as drafts
from reporting.actions.assistance import Given, GivenNotes
from reporting.models import AssistanceSheet
from services.actions import case as cases
from services.models import Case
from verification.actions import signing

from . import people

YEAR = 2021
SIGNED = "ROKEU"  # for other units, see `lateness` and `oversight`
ANSWERS = {
    5: ("partial", "Contoh: rencana perbaikan belum menyebut penanggung jawab dan waktunya."),
    13: ("not_applicable", ""),
    20: ("nonconform", "Contoh: bandingkan capaian dengan tahun sebelumnya pada setiap indikator."),
}
NOTES = "Contoh: perkuat analisis penyebab keberhasilan dan kegagalan, lalu lengkapi lampiran pengukuran kinerja."


def tell(units: dict[str, WorkUnit], now: datetime) -> Case | None:
    """The case that has just ended, or None if all this has been told already."""
    if AssistanceSheet.objects.filter(unit=units[SIGNED]).exists():
        return None
    with clock.fixed(now - timedelta(hours=4)) as at:
        prepare(units[SIGNED], f"Tahun {now.year}", at, year=now.year)
    begins = now - timedelta(days=2)
    done = begin(units[SIGNED], f"Tahun {YEAR}", begins)
    find(done, now - timedelta(days=1))
    hand_over(done, now - timedelta(hours=2))
    for sheet in AssistanceSheet.objects.filter(unit__code="ROKUM"):
        with clock.fixed(now) as at:
            _answer(sheet, range(1, 15), at)
    return done


def prepare(unit: WorkUnit, subject: str, at: datetime, *, year: int = YEAR) -> Case:
    """The unit has begun and handed in a draft."""
    with clock.fixed(at):
        case = cases.start("report_assistance", unit, subject, by=None, at=at, year=year)
        name = f"contoh-rancangan-lkj-{unit.code.lower()}-{year}.pdf"
        upload = SimpleUploadedFile(name, _report(name))
        drafts.give(case.assistance.pk, upload, note="Contoh: versi pertama.", by=_operator(unit), at=at)
    return case


def begin(unit: WorkUnit, subject: str, at: datetime) -> Case:
    """The unit has asked; it is the bureau's turn."""
    case = prepare(unit, subject, at)
    with clock.fixed(at):
        drafts.request(case.assistance.pk, message="Contoh: mohon pendampingan.", by=_operator(unit), at=at)
    return case


def find(case: Case, at: datetime) -> None:
    """Everything is answered and frozen."""
    with clock.fixed(at):
        _answer(case.assistance, range(1, 24), at)
        actions.freeze(case.assistance.pk, by=people.verifier_of(case.unit.code), at=at)


def hand_over(case: Case, at: datetime) -> None:
    """Signed by who assisted and by the unit."""
    for signer in (people.verifier_of(case.unit.code), people.person(f"pejabat.{case.unit.code.lower()}")):
        sheet = AssistanceSheet.objects.select_related("document").get(case=case)
        with clock.fixed(at):
            signing.sign(sheet, content_hash=sheet.document.content_hash, by=signer, at=at)


def _answer(sheet: AssistanceSheet, numbers: range, at: datetime) -> None:
    given = [Given(no, *ANSWERS.get(no, ("conform", "")), version=0) for no in numbers]
    by = people.verifier_of(sheet.unit.code)
    actions.answer(sheet.pk, given, notes=GivenNotes(NOTES, 0), by=by, at=at)


def _operator(unit: WorkUnit) -> User:
    return people.person(f"operator.{unit.code.lower()}")


def _report(title: str) -> bytes:
    """A one-page PDF that says it is an example."""
    writer = PdfWriter()
    writer.add_blank_page(width=595, height=842)
    writer.add_metadata({"/Title": f"Contoh: {title}"})
    buffer = BytesIO()
    writer.write(buffer)
    return buffer.getvalue()
