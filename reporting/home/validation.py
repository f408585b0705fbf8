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
    for sheet in sheets.with_progress().select_related("unit", "case__step").order_by("year", "unit__path"):
        if actions.is_with_unit(sheet.case) and policy.can(user, Verb.ENTER, sheet.unit):
            yield _matrix(sheet)
        elif actions.is_with_validators(sheet.case) and policy.can(user, Verb.VALIDATE, sheet.unit):
            yield _validation(user, sheet)


def _matrix(sheet: ValidationSheet) -> Task:
    about, url = f"{sheet.unit.name}, {sheet.year}", sheet.get_absolute_url()
    if sheet.return_reason:
        return Task("Perbaiki matriks usulan indikator", about, url, "Dikembalikan", "problem")
    status = f"{sheet.row_count} usulan" if sheet.row_count else "Belum diisi"
    return Task("Isi matriks usulan indikator", about, url, status, "active" if sheet.row_count else "neutral")


def _validation(user: User, sheet: ValidationSheet) -> Task:
    about, url = f"{sheet.unit.name}, {sheet.year}", sheet.get_absolute_url()
    done = f"{sheet.decided_count} dari {sheet.row_count} divalidasi"
    if sheet.decided_count < sheet.row_count:
        return Task("Validasi usulan indikator", about, url, done, "active")
    title = "Bekukan lembar kerja validasi"
    if policy.can(user, Verb.VERIFY, sheet.unit):
        return Task(title, about, f"{url}#bekukan", done, "settled")
    return Task(title, about, url, done, why_not="Menunggu verifikator Biro Perencanaan.")
