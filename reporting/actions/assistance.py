"""What the bureau does with the draft of a report: it answers the checklist, gives it back, hands its findings over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import notices, policy
from accounts.models import User, WorkUnit
from accounts.policy import Verb
from accounts.roles import UNIT_ROLES, Role
from indicators.models import Decree
from kinerjaku import audit
from kinerjaku.errors import DomainError
from kinerjaku.models import Document
from reporting.models import AssistanceRow, AssistanceSheet, ReportDraft
from verification import workflow
from verification.actions import signing
from verification.models import Signature
from verification.workflow import Action

from . import service
from .draft import WRITING

Answer = AssistanceRow.Answer


@dataclass(frozen=True)
class Given:
    """An answer as it was typed, and the version of the row that was seen."""

    no: int
    answer: str
    note: str
    version: int


@dataclass(frozen=True)
class GivenNotes:
    text: str
    version: int


class Stale(DomainError):
    """Others have changed meanwhile what was typed; they are named, so that both values can be shown."""

    def __init__(self, rows: Sequence[AssistanceRow], sheet: AssistanceSheet | None) -> None:
        super().__init__("Sebagian isian diubah orang lain sejak Anda membukanya.", code="stale", status=409)
        self.rows, self.sheet = rows, sheet


@transaction.atomic
def answer(
    sheet_id: int, given: Sequence[Given], *, notes: GivenNotes | None = None, by: User, at: datetime
) -> AssistanceSheet:
    """Keep answers and general notes, all or none. What is stored already is nobody's change.

    Raises DomainError `locked`, `wrong_state`, `note_missing`, `unknown_answer`, `Stale`.
    """
    sheet = service.locked(sheet_id, Verb.VERIFY, by=by, at=at)
    service.require_bureaus_turn(sheet)
    require_not_own(sheet, by=by)
    rows = {row.no: row for row in sheet.rows.select_for_update(no_key=True, of=("self",)).order_by("no")}
    typed = [(rows[one.no], one, _clean(one.note)) for one in given]
    changed = [(row, one, note) for row, one, note in typed if (row.answer, row.note) != (one.answer, note)]
    text = _clean(notes.text) if notes else sheet.notes
    others = notes is not None and text != sheet.notes and notes.version != sheet.notes_version
    stale = [row for row, one, _ in changed if row.version != one.version]
    if stale or others:
        raise Stale(stale, sheet if others else None)
    before: dict[str, Any] = {f"butir {row.no:02}": row.in_words for row, _, _ in changed}
    for row, one, note in changed:
        _set(row, one.answer, note, by=by, at=at)
    after: dict[str, Any] = {f"butir {row.no:02}": row.in_words for row, _, _ in changed}
    if text != sheet.notes:
        before["notes"], after["notes"] = sheet.notes, text
        sheet.notes, sheet.notes_version = text, sheet.notes_version + 1
        sheet.save(update_fields=["notes", "notes_version"])
    if after:
        audit.record(by=by, at=at, verb="isi lembar kerja pendampingan", target=sheet, before=before, after=after)
    return sheet


@transaction.atomic
def give_back(sheet_id: int, *, reason: str, by: User, at: datetime) -> AssistanceSheet:
    """The draft has to be mended before it can be assisted: it is the unit's turn, and the clock does not run."""
    sheet = service.locked(sheet_id, Verb.VERIFY, by=by, at=at)
    service.require_bureaus_turn(sheet)
    require_not_own(sheet, by=by)
    service.returned(sheet, reason, by=by, at=at)
    audit.record(by=by, at=at, verb="kembalikan rancangan laporan", target=sheet, reason=reason.strip())
    notices.tell(
        {user for role in UNIT_ROLES for user in policy.holders(role, sheet.unit)} - {by},
        cause=f"case/{sheet.case_id}/return/{sheet.case.events.count()}",
        subject=f"Rancangan laporan kinerja {sheet.year} dikembalikan",
        body=f"{reason.strip()}\nPerbaiki rancangannya, lalu kirim permintaan pendampingan lagi.",
        path=sheet.get_absolute_url(),
        at=at,
    )
    return sheet


def fingerprint(sheet: AssistanceSheet, rows: Iterable[AssistanceRow]) -> str:
    """Of the answers and the general notes."""
    return signing.fingerprint([*((row.no, row.version) for row in rows), (0, sheet.notes_version)])


def missing_before_freeze(rows: Iterable[AssistanceRow]) -> list[AssistanceRow]:
    """What keeps the sheet open: one rule for the guard and the page."""
    return [row for row in rows if not row.is_answered]


@transaction.atomic
def freeze(sheet_id: int, *, seen: str = "", by: User, at: datetime) -> AssistanceSheet:
    """All is answered: the content is frozen under a new revision, and the parties are asked to sign. `seen` is the
    `fingerprint` of what was shown; anything else is refused as `stale`."""
    sheet = service.locked(sheet_id, Verb.VERIFY, by=by, at=at)
    workflow.next_state(sheet.state, Action.FREEZE)
    service.require_bureaus_turn(sheet)
    rows = list(sheet.rows.select_for_update(no_key=True, of=("self",)).order_by("no"))
    if missing := missing_before_freeze(rows):
        raise DomainError(f"Masih ada {len(missing)} butir yang belum dijawab.", code="incomplete")
    signing.require_seen(seen, fingerprint(sheet, rows))
    require_not_own(sheet, by=by)
    service.frozen(sheet, by=by, at=at)
    title = f"Lembar kerja pendampingan laporan kinerja {sheet.unit.name}, tahun {sheet.year}"
    content = _content(sheet, rows)
    signing.freeze(sheet, Document.Kind.ASSISTANCE, title, content, parties(sheet.unit), by=by, at=at)
    return sheet


def parties(unit: WorkUnit) -> list[tuple[Signature.Party, WorkUnit]]:
    """Who signs: who assisted, then the unit that receives the sheet [M 3.3 step 5]."""
    is_level_one = unit.level == WorkUnit.Level.ONE
    return [
        (Signature.Party.ADVISER, unit),
        (Signature.Party.LEVEL_ONE if is_level_one else Signature.Party.LEVEL_TWO, unit),
    ]


def wrote(by: User, sheet: AssistanceSheet) -> bool:
    """Whether the person had a hand in the draft: uploaded a version, took one away, or asked for assistance."""
    return audit.acted_on(by, WRITING, AssistanceSheet, [sheet.pk])


def require_not_own(sheet: AssistanceSheet, *, by: User) -> None:
    """Nobody assists what they wrote themselves (domain guide 1)."""
    if wrote(by, sheet):
        raise PermissionDenied("Anda ikut menyampaikan rancangan laporan ini, jadi tidak dapat mendampinginya.")


def is_example(sheet: AssistanceSheet) -> bool:
    return Decree.objects.filter(year=sheet.year, indicators__unit=sheet.unit_id, is_example=True).exists()


def row_content(row: AssistanceRow) -> dict[str, Any]:
    """One point as the document tells it."""
    point = row.point
    return {
        "no": point.no,
        "group": point.group,
        "text": point.text,
        "answer": row.answer,
        "answer_text": str(row.get_answer_display()),
        "note": row.note,
    }


def _signed(sheet: AssistanceSheet, *, by: User, at: datetime) -> None:
    """The sheet is handed over: the service is done [M 3.3 step 5]."""
    service.signed(sheet, by=by, at=at)
    people = {user for role in UNIT_ROLES for user in policy.holders(role, sheet.unit)}
    notices.tell(
        (people | set(policy.holders(Role.KAROREN))) - {by},
        cause=f"signed/assistance/{sheet.pk}/{sheet.revision}",
        subject=f"{sheet} selesai ditandatangani",
        body=f"Lembar kerja pendampingan laporan kinerja {sheet.unit.name} tahun {sheet.year} diserahkan kepada unit.",
        path=sheet.get_absolute_url(),
        at=at,
    )


def _found_by(sheet: AssistanceSheet, user: User) -> bool:
    return audit.acted_on(user, ("isi lembar kerja pendampingan",), AssistanceSheet, [sheet.pk])


signing.register(
    AssistanceSheet, signing.Kind(service.settle, require_not_own, _found_by, _signed, service.opened_again)
)


def _clean(text: str) -> str:
    """As it is stored: browsers send line ends of their own."""
    return text.replace("\r\n", "\n").strip()


def _set(row: AssistanceRow, answer: str, note: str, *, by: User, at: datetime) -> None:
    if answer not in Answer.values:
        raise DomainError("Pilih salah satu jawaban.", code="unknown_answer")
    if answer in AssistanceRow.EXPLAINED and not note:
        raise DomainError(f"Tulis catatan untuk butir {row.no}.", code="note_missing")
    is_open = answer == Answer.PENDING
    row.answer, row.note, row.version = answer, note, row.version + 1
    row.decided_at, row.decided_by = (None, None) if is_open else (at, by)
    row.save()


def _content(sheet: AssistanceSheet, rows: list[AssistanceRow]) -> dict[str, Any]:
    draft = sheet.drafts.present().first()
    for row in rows:
        row.sheet = sheet
    return {
        "unit": {"code": sheet.unit.code, "name": sheet.unit.name, "head_title": sheet.unit.head_title},
        "year": sheet.year,
        "is_example": is_example(sheet),
        "draft": _draft_content(draft) if draft else None,
        "rows": [row_content(row) for row in rows],
        "notes": sheet.notes,
    }


def _draft_content(draft: ReportDraft) -> dict[str, Any]:
    return audit.snapshot(draft, "name", "size", "sha256", "note")
