"""The assistance sheet and its case of the service “pendampingan LKj” [M 3.3]: the sheet is made with the case, and
each act on the one moves the other.

Steps 1 to 3 are the unit's and end with its request, step 4 ends with the freeze, step 5 with the last signature.
"""

from datetime import datetime

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from kinerjaku import audit
from kinerjaku.errors import DomainError
from reporting.models import AssistanceRow, AssistanceSheet
from reporting.models.assistance import ASSISTANCE, HANDOVER, REQUEST
from services import turns
from services.actions import case as cases
from services.models import Case, Standard, Step
from verification.actions import signing

SERVICE = Standard.Key.REPORT_ASSISTANCE


@turns.begins_with_case(SERVICE)
def begin(case: Case, *, by: User | None, at: datetime) -> None:
    """The sheet with a row for each point of the standard. None where a ministry walks the steps by hand, and none
    where a sheet is opened again, which goes over to the case by itself."""
    if not case.standard.steps.filter(mover=Step.Mover.WORKSHEET).exists():
        return
    if case.year is None or case.quarter is not None:
        raise DomainError(
            "Laporan kinerja disusun untuk satu tahun penuh. Isi tahunnya dan kosongkan triwulannya.", code="no_year"
        )
    if not case.standard.checklist:
        raise DomainError(
            "Standar layanan ini belum memuat daftar periksa. Minta Admin melengkapinya.", code="no_checklist"
        )
    former = _of_the_year(case)
    if former is not None:
        if by is None and former.case.state == Case.State.DONE:
            return
        raise DomainError(
            f"Lembar kerja pendampingan {case.unit.name} tahun {case.year} sudah ada ({former.stage.label.lower()}). "
            "Lanjutkan, atau buka kembali lembar kerja itu.",
            code="already_assisted",
            status=409,
        )
    sheet = AssistanceSheet.objects.create(case=case, unit=case.unit, year=case.year, created_at=at)
    AssistanceRow.objects.bulk_create(AssistanceRow(sheet=sheet, no=no) for no in sheet.points)
    audit.record(by=by, at=at, verb="buat lembar kerja pendampingan", target=sheet)


def _of_the_year(case: Case) -> AssistanceSheet | None:
    """Its sheet, unless that was cancelled. Two cases of one year cannot begin at once: there is one open case of a
    unit and subject, and the subject of this service is the year."""
    rows = AssistanceSheet.objects.filter(unit=case.unit, year=case.year).exclude(case__state=Case.State.CANCELLED)
    return rows.select_related("case__step").first()


def locked(sheet_id: int, verb: Verb, *, by: User, at: datetime) -> AssistanceSheet:
    """The sheet and its case under lock, for an act of this person. Raises DomainError `locked` if it was cancelled."""
    sheet = AssistanceSheet.objects.select_for_update(no_key=True, of=("self",)).get(pk=sheet_id)
    policy.require(by, verb, sheet.unit)
    settle(sheet, at=at)
    signing.require_unlocked(sheet)
    return sheet


def settle(sheet: AssistanceSheet, *, at: datetime) -> None:
    sheet.case = cases.lock(sheet.case_id, at=at)


def require_units_turn(sheet: AssistanceSheet) -> None:
    if sheet.stage != AssistanceSheet.Stage.WITH_UNIT:
        raise DomainError(
            "Permintaan pendampingan sudah dikirim. Rancangan dapat diubah lagi bila dikembalikan verifikator.",
            code="wrong_state",
            status=409,
        )


def require_bureaus_turn(sheet: AssistanceSheet) -> None:
    if sheet.stage == AssistanceSheet.Stage.WITH_UNIT:
        raise DomainError("Menunggu permintaan pendampingan dari unit.", code="wrong_state", status=409)
    if sheet.stage != AssistanceSheet.Stage.ASSISTED:
        raise DomainError(
            f"Lembar kerja berstatus {sheet.stage.label.lower()}, isinya tidak dapat diubah.",
            code="wrong_state",
            status=409,
        )


def requested(sheet: AssistanceSheet, message: str, *, by: User, at: datetime) -> None:
    """The figures are entered, their verification is there, the request is sent: the message belongs to the last."""
    cases.carry(sheet.case_id, through=REQUEST - 1, by=by, at=at)
    _follow(sheet, cases.carry(sheet.case_id, through=REQUEST, by=by, at=at, note=message))


def returned(sheet: AssistanceSheet, reason: str, *, by: User, at: datetime) -> None:
    _follow(sheet, cases.carry_back(sheet.case_id, reason=reason, by=by, at=at))


def frozen(sheet: AssistanceSheet, *, by: User, at: datetime) -> None:
    _follow(sheet, cases.carry(sheet.case_id, through=ASSISTANCE, by=by, at=at))


def signed(sheet: AssistanceSheet, *, by: User, at: datetime) -> None:
    _follow(sheet, cases.carry(sheet.case_id, through=HANDOVER, by=by, at=at))


def opened_again(sheet: AssistanceSheet, reason: str, *, by: User, at: datetime) -> None:
    """Back to the assistance; a service that was finished begins anew, its finished clock stays as it was."""
    former = sheet.case
    if former.state == Case.State.OPEN:
        _follow(sheet, cases.carry_back(former.pk, reason=reason, by=by, at=at))
        return
    before = audit.snapshot(sheet, "case_id")
    case = cases.start(SERVICE, sheet.unit, former.subject, by=None, at=at, year=sheet.year)
    if not case.standard.checklist or not case.standard.steps.filter(mover=Step.Mover.WORKSHEET).exists():
        raise DomainError(
            "Menurut standar yang berlaku sekarang layanan ini tidak memakai lembar kerja, jadi lembar kerja yang "
            "selesai tidak dapat dibuka kembali.",
            code="other_standard",
            status=409,
        )
    _follow(sheet, cases.carry(case.pk, through=REQUEST, by=by, at=at, note=reason))
    sheet.save(update_fields=["case"])
    if sheet.case.standard_id != former.standard_id:
        _reword(sheet, former.standard.checklist)
    after = audit.snapshot(sheet, "case_id")
    audit.record(by=by, at=at, verb="mulai berkas baru", target=sheet, before=before, after=after, reason=reason)


def _follow(sheet: AssistanceSheet, case: Case) -> None:
    sheet.case = case


def _reword(sheet: AssistanceSheet, former: list[dict[str, str]]) -> None:
    """Another version of the standard is in force by now: points that it words the same keep their answers."""
    if former == sheet.case.standard.checklist:
        return
    kept = {(former[row.no - 1]["group"], former[row.no - 1]["text"]): row for row in sheet.rows.all()}
    sheet.rows.all().delete()
    rows = []
    for point in sheet.points.values():
        row = kept.get((point.group, point.text)) or AssistanceRow()
        row.pk, row.sheet, row.no, row._state.adding = None, sheet, point.no, True
        rows.append(row)
    AssistanceRow.objects.bulk_create(rows)
