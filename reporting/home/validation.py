"""What somebody has to do about proposed indicators: fill in the matrix, validate it, freeze the result."""

from collections.abc import Iterator

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from services.models import Case
from verification.actions import validation as actions
from verification.models import ValidationSheet

from .task import Task


def tasks(user: User) -> Iterator[Task]:
    """Signatures and letters are tasks of every kind of sheet."""
    if not (policy.can_somewhere(user, Verb.ENTER) or policy.can_somewhere(user, Verb.VALIDATE)):
        return
    sheets = ValidationSheet.objects.visible_to(user).filter(
        state=ValidationSheet.State.OPEN, case__state=Case.State.OPEN
    )
    sheets = sheets.with_progress().select_related("unit", "case__step").prefetch_related("rows")
    for sheet in sheets.order_by("year", "unit__path"):
        if actions.is_with_unit(sheet.case) and policy.can(user, Verb.ENTER, sheet.unit):
            yield _matrix(sheet)
        elif actions.is_with_unit(sheet.case) and policy.can(user, Verb.SIGN_ITJEN, sheet.unit):
            about, why_not = f"{sheet.unit.name}, {sheet.year}", "Menunggu matriks dari unit."
            yield Task("Validasi usulan indikator", about, sheet.get_absolute_url(), why_not=why_not)
        elif actions.is_with_validators(sheet.case) and policy.can(user, Verb.VALIDATE, sheet.unit):
            yield _validation(user, sheet)


def _matrix(sheet: ValidationSheet) -> Task:
    about, url = f"{sheet.unit.name}, {sheet.year}", sheet.get_absolute_url()
    if sheet.return_reason:
        return Task("Perbaiki matriks usulan indikator", about, url, "Dikembalikan", "problem")
    if not sheet.row_count:
        return Task("Isi matriks usulan indikator", about, url, "Belum diisi", "neutral")
    if lacking := sum(bool(row.lacks) for row in sheet.rows.all()):
        state = f"{lacking} dari {sheet.row_count} usulan belum lengkap"
        return Task("Isi matriks usulan indikator", about, f"{url}#kirim", state)
    if sheet.case.step.order < actions.MATRIX:
        why_not = "Matriks lengkap; menunggu undangan Biro Perencanaan."
        return Task("Kirim matriks usulan indikator", about, url, why_not=why_not)
    return Task("Kirim matriks usulan indikator", about, f"{url}#kirim", f"{sheet.row_count} usulan lengkap")


def _validation(user: User, sheet: ValidationSheet) -> Task:
    about, url = f"{sheet.unit.name}, {sheet.year}", sheet.get_absolute_url()
    done = f"{sheet.decided_count} dari {sheet.row_count} divalidasi"
    if sheet.decided_count < sheet.row_count:
        return Task("Validasi usulan indikator", about, url, done, "active")
    title = "Bekukan lembar kerja validasi"
    if policy.can(user, Verb.VERIFY, sheet.unit):
        return Task(title, about, f"{url}#bekukan", done, "settled")
    return Task(title, about, url, done, why_not="Menunggu verifikator Biro Perencanaan.")
