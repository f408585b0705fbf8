"""Small builders for tests: each makes one real row with sensible values, by the product's own actions if it can."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from pypdf import PdfWriter

from accounts import actions as account_actions
from accounts.models import Membership, User, WorkUnit
from accounts.roles import Role
from indicators.actions import achievement as achievements
from indicators.actions import catalogue, decree_copy, evidence, round_filling, round_format
from indicators.actions import quarter as quarter_actions
from indicators.models import (
    Achievement,
    Band,
    CollectionRound,
    Decree,
    Indicator,
    Objective,
    Quarter,
    Submission,
    Target,
    Variable,
)
from kinerjaku import clock, documents
from kinerjaku.clock import WIB
from reporting.actions import assistance as assistances
from reporting.actions import draft as drafts
from services import invitees
from services.actions import apology, compensation
from services.actions import case as cases
from services.actions import invitation as invitations
from services.actions import standard as standards
from services.models import Case, Invitation, Obligation, Standard, Step
from verification.actions import matrix, signing
from verification.actions import validation as validation_actions
from verification.actions import worksheet as worksheet_actions
from verification.models import Proposal, ValidationSheet, Worksheet, WorksheetRow

PASSWORD = "kata sandi contoh 2026"
_numbers = count(1)


def at(text: str) -> datetime:
    """An instant in WIB: at("2026-04-10 09:00")."""
    return datetime.fromisoformat(text).replace(tzinfo=WIB)


IN_TIME = at("2026-04-10 09:00")  # quarter I of 2026 is over and still open
AFTER_CLOSE = at("2026-04-16 09:00")


@contextmanager
def moment(instant: datetime) -> Iterator[datetime]:
    """Everything inside happens at this instant, also for the views and tasks that read the clock."""
    with clock.fixed(instant):
        yield instant


def unit(code: str = "ROKEU", *, parent: WorkUnit | None = None, level: str = "II", **fields: Any) -> WorkUnit:
    fields = {"name": f"Unit {code}", "head_title": f"Kepala {code}", **fields}
    return account_actions.save_unit(
        WorkUnit(code=code, parent=parent, level=level, **fields), by=None, at=at("2026-01-01 08:00")
    )


def ministry() -> tuple[WorkUnit, WorkUnit, WorkUnit]:
    """Setjen (Eselon I) with Biro Perencanaan, which issues letters, and Biro Keuangan."""
    setjen = unit("SETJEN", level="I", letter_code="SJ")
    bureau = unit("ROREN", parent=setjen, letter_code="SJ.1", head_title="Kepala Biro Perencanaan")
    return setjen, bureau, unit("ROKEU", parent=setjen)


def user(role: Role | None = None, of: WorkUnit | None = None, *, name: str = "", **fields: Any) -> User:
    number = next(_numbers)
    made = User.objects.create_user(
        f"orang{number}@example.test",
        PASSWORD,
        name=name or f"{role.label if role else 'Orang'} {number}",
        **fields,
    )
    if role is not None:
        assert of is not None, "a role is held for a unit"
        Membership.objects.create(user=made, role=role, unit=of)
    return made


def decree(year: int = 2026, **fields: Any) -> Decree:
    facts = {"number": f"{year}", "title": f"Keputusan IKU {year}", "state": Decree.State.ENACTED, **fields}
    return Decree.objects.get_or_create(key=f"keputusan-{year}", defaults={"year": year, **facts})[0]


def legal_head(setjen: WorkUnit) -> User:
    """The head of Biro Hukum, who initials decrees."""
    return user(Role.OFFICIAL, unit("ROKUM", parent=setjen), name="Kepala Biro Hukum")


def amendment(of: Decree, *, by: User, begins: date, number: str = "12/KEP-SJ/2026") -> Decree:
    """A draft with the whole set, in force from a date on."""
    made = decree_copy.amend(of.pk, by=by, at=IN_TIME)
    made.number, made.in_force_from = number, begins
    made.save()
    return made


def indicator(
    of: WorkUnit,
    no: int = 1,
    *,
    variables: tuple[str, ...] = ("selesai", "rencana"),
    target: str | None = "90",
    **fields: Any,
) -> Indicator:
    """By default a ratio in percent with a target of 90 in every quarter."""
    of_decree = fields.pop("decree", None) or decree()
    objective, _ = Objective.objects.get_or_create(
        decree=of_decree, unit=of, no=1, defaults={"name": f"Sasaran {of.code}"}
    )
    facts = {
        "objective": objective,
        "name": f"Indikator {no}",
        "measure": "%",
        "method": Indicator.Method.RATIO,
        "polarity": Indicator.Polarity.MAXIMIZE,
        "expression": "selesai / rencana * 100",
        **fields,
    }
    made = Indicator.objects.create(decree=of_decree, unit=of, no=no, **facts)
    Variable.objects.bulk_create(
        Variable(indicator=made, order=order, code=code, label=code.capitalize())
        for order, code in enumerate(variables, 1)
    )
    if target is not None:
        Target.objects.bulk_create(Target(indicator=made, number=n, value=Decimal(target)) for n in (1, 2, 3, 4))
    catalogue.keep_rule(made)
    return made


def scored_indicator(of: WorkUnit, no: int = 1, **fields: Any) -> Indicator:
    """One whose score somebody else gives: no formula."""
    return indicator(
        of, no, variables=(), expression="", method=Indicator.Method.EXTERNAL_SCORE, measure="nilai", **fields
    )


def quarter(year: int = 2026, number: int = 1) -> Quarter:
    """The quarter with a row for every indicator that exists by now."""
    return quarter_actions.open_quarter(year, number, at=at(f"{year}-01-01 08:00"))


def row(of: Indicator, number: int = 1) -> Achievement:
    """The row of an indicator in a quarter of its decree's year."""
    return Achievement.objects.get(indicator=of, quarter=quarter(of.decree.year, number))


def pdf(text: str = "bukti") -> SimpleUploadedFile:
    """A small real PDF."""
    writer = PdfWriter()
    writer.add_blank_page(width=200, height=200)
    writer.add_metadata({"/Title": text})
    buffer = BytesIO()
    writer.write(buffer)
    return SimpleUploadedFile(f"{text}.pdf", buffer.getvalue(), content_type="application/pdf")


def fill(
    achievement: Achievement,
    *,
    by: User,
    done: str = "95",
    planned: str = "100",
    when: datetime = IN_TIME,
    explanation: str = "",
) -> Achievement:
    """Type everything that a row needs before it can be sent, with evidence."""
    changes: dict[str, Any] = {
        "progress": "Berjalan sesuai rencana.",
        "obstacles": "Tidak ada.",
        "follow_up": "Dilanjutkan.",
        "explanation": explanation,
    }
    if achievement.indicator.is_computed:
        changes["values"] = {"selesai": Decimal(done), "rencana": Decimal(planned)}
    else:
        changes |= {"score": Decimal(done), "score_source": "Surat hasil penilaian"}
    with moment(when):
        saved = achievements.save(achievement.pk, changes, version=achievement.version, by=by, at=when)
        evidence.attach(saved.pk, pdf(f"bukti-{saved.pk}"), by=by, at=when)
    return Achievement.objects.get(pk=saved.pk)


def mended(achievement: Achievement, *, by: User, when: datetime) -> Achievement:
    """A returned row with another explanation."""
    achievement.refresh_from_db()
    with moment(when):
        changes = {"progress": "Sudah diperiksa kembali."}
        return achievements.save(achievement.pk, changes, version=achievement.version, by=by, at=when)


def submitted(of: WorkUnit, *, by: User, in_quarter: Quarter | None = None, when: datetime = IN_TIME) -> Submission:
    """All rows of the unit's quarter filled and sent."""
    in_quarter = in_quarter or quarter()
    for achievement in Achievement.objects.of(in_quarter, of).for_pages():
        if achievement.state in ("empty", "draft"):
            fill(achievement, by=by, when=when)
    with moment(when):
        return achievements.submit(in_quarter.pk, of, by=by, at=when)


def worksheet(of: WorkUnit, *, in_quarter: Quarter | None = None, when: datetime = AFTER_CLOSE) -> Worksheet:
    """Made by the schedule after closing."""
    in_quarter = in_quarter or quarter()
    with moment(when):
        quarter_actions.close_quarter(in_quarter.pk, at=when)
        return worksheet_actions.open_worksheet(in_quarter, of, by=None, at=when)


def frozen(sheet: Worksheet, *, by: User, when: datetime = AFTER_CLOSE) -> Worksheet:
    """Every row found conform (or, without a claim, nonconform), then frozen by the verifier."""
    with moment(when):
        for found in WorksheetRow.objects.filter(worksheet=sheet, verdict="pending").select_related("achievement"):
            claimed = found.achievement.state == Achievement.State.SUBMITTED
            worksheet_actions.decide(
                found.pk,
                verdict="conform" if claimed else "nonconform",
                verified_actual=None,
                evidence_fits=True if claimed else None,
                note="" if claimed else "Tidak diinput.",
                version=found.version,
                by=by,
                at=when,
            )
        return worksheet_actions.freeze(sheet.pk, by=by, at=when)


def signed(sheet: Any, *, by: list[User], when: datetime = AFTER_CLOSE) -> Any:
    """Signed by the given people in order."""
    with moment(when):
        for number, signer in enumerate(by):
            sheet = type(sheet).objects.select_related("document").get(pk=sheet.pk)
            signing.sign(
                sheet,
                content_hash=sheet.document.content_hash,
                by=signer,
                at=when + timedelta(minutes=number),
            )
    return type(sheet).objects.get(pk=sheet.pk)


def assistance(of: WorkUnit, *, by: User | None = None, year: int = 2026, when: datetime = AFTER_CLOSE) -> Any:
    """The sheet of a report, made with its case."""
    with moment(when):
        standards.load(at=when)
        return cases.start("report_assistance", of, f"Tahun {year}", by=by, at=when, year=year).assistance


def requested(sheet: Any, *, by: User, when: datetime = AFTER_CLOSE) -> Any:
    """The unit has handed in a draft and asked for assistance; what it claimed has to be verified."""
    with moment(when):
        drafts.give(sheet.pk, pdf(f"rancangan-{sheet.pk}"), by=by, at=when)
        return drafts.request(sheet.pk, message="Mohon didampingi.", by=by, at=when)


def assisted(sheet: Any, *, by: User, when: datetime = AFTER_CLOSE) -> Any:
    """Every point found as it should be, then frozen."""
    with moment(when):
        rows = sheet.rows.filter(answer="pending").order_by("no")
        given = [assistances.Given(row.no, "conform", "", row.version) for row in rows]
        assistances.answer(sheet.pk, given, by=by, at=when)
        return assistances.freeze(sheet.pk, by=by, at=when)


def invitation(*units: WorkUnit, by: User, at: datetime, **fields: Any) -> Invitation:
    """A draft that invites the operators of the units and a guest to a meeting a week later."""
    begins_at = at + timedelta(days=7)
    facts = {
        "kind": "verification",
        "units": units,
        "cases": [],
        "roles": ["operator"],
        "guests": [{"name": "Tamu Contoh", "email": "tamu@example.test", "position": "Dinas Contoh"}],
        "subject": "Verifikasi capaian Triwulan I 2026",
        "nature": "normal",
        "agenda": "Memeriksa kesesuaian data dukung.",
        "begins_at": begins_at,
        "ends_at": begins_at + timedelta(hours=3),
        "place": "Ruang Rapat Biro Perencanaan",
        "link": "",
        **fields,
    }
    with moment(at):
        return invitations.draft(by=by, at=at, **facts)


def issued(draft: Invitation, *, by: User, at: datetime) -> Invitation:
    """By Karoren, who saw what is stored."""
    with moment(at):
        seen = invitations.digest(invitees.content(draft, invitees.people(draft)))
        return invitations.issue(draft.pk, seen=seen, by=by, at=at)


def opened_round(
    of: WorkUnit, *, by: User, in_quarter: Quarter | None = None, when: datetime = IN_TIME
) -> CollectionRound:
    """As the button on the page does it."""
    in_quarter = in_quarter or quarter()
    with moment(when):
        standards.load(at=when)
        facts = {"year": in_quarter.year, "quarter": in_quarter.number}
        case = cases.start("collection", of, str(in_quarter), by=by, at=when, **facts)
    return CollectionRound.objects.for_pages().get(case=case)


def lines(of: CollectionRound, *officials: User, due_on: date = date(2026, 4, 14)) -> list[round_format.Line]:
    """The format as it would be typed: the rows in turn to the officials; none named: as they stand."""
    rows = of.assignments.order_by("achievement__indicator__no")
    given = [officials[n % len(officials)].pk if officials else one.official_id for n, one in enumerate(rows)]
    return [round_format.Line(one.pk, pk, due_on, "Isi angka kumulatif.") for one, pk in zip(rows, given, strict=True)]


def handed_out(
    of: WorkUnit, *officials: User, staff: User, kasubag: User, due_on: date = date(2026, 4, 14)
) -> CollectionRound:
    """A round at step 4: drafted by the staff on 10 April, corrected, handed out to the officials."""
    found = opened_round(of, by=kasubag)
    with moment(IN_TIME):
        for act, person in (
            (round_format.send, staff),
            (round_format.approve, kasubag),
            (round_format.hand_out, staff),
        ):
            typed = lines(found, *officials, due_on=due_on)
            found = act(found.pk, typed, version=found.version, by=person, at=IN_TIME)
    return found


def returned_by(of: CollectionRound, official: User, *, when: datetime = IN_TIME) -> CollectionRound:
    """The official fills in what is theirs and returns the format."""
    for one in of.assignments.filter(official=official, done_at=None):
        fill(Achievement.objects.get(pk=one.achievement_id), by=official, when=when)
    with moment(when):
        return round_filling.return_form(of.pk, by=official, at=when)


def scale(of: Indicator) -> None:
    """The indicator's scale: D up to 50, then A up to 100."""
    for order, (lower, upper, inclusive, grade) in enumerate([("50", "100", False, "A"), ("0", "50", True, "D")], 1):
        Band.objects.create(
            indicator=of,
            order=order,
            lower=Decimal(lower),
            lower_inclusive=inclusive,
            upper=Decimal(upper),
            upper_inclusive=True,
            grade=grade,
        )
    catalogue.keep_rule(of)


def walked_by_hand(*keys: str) -> None:
    """The loaded standards of these services, as a ministry that has no sheets for them would have them."""
    Step.objects.filter(standard__key__in=keys).update(mover=Step.Mover.PERSON)


PROPOSAL = {
    "objective": "Terwujudnya kinerja yang baik",
    "name": "Indeks kinerja",
    "measure": "nilai",
    "polarity": "maximize",
    "validity": "lag_output",
    "period": "yearly",
    "calculation": "Rata-rata nilai unit.",
    "source": "Biro Perencanaan",
    "target_1": None,
    "target_2": None,
    "target_3": None,
    "target_4": Decimal("90"),
    "justification": "Sesuai rencana strategis.",
}


def validation(of: WorkUnit, *, when: datetime, year: int = 2027) -> ValidationSheet:
    """A validation whose invitation and request for validators are done: the unit's matrix, empty."""
    with moment(when):
        if not Standard.objects.filter(key="validation").exists():
            standards.load(at=when)
        case = cases.start("validation", of, f"Tahun {year}", by=None, at=when, year=year)
        cases.carry(case.pk, through=2, by=None, at=when)
        return ValidationSheet.objects.get(case=case)


def proposal(sheet: ValidationSheet, *, by: User, when: datetime, **facts: Any) -> Proposal:
    """A complete one."""
    with moment(when):
        return matrix.save_row(sheet.pk, None, {**PROPOSAL, **facts}, version=0, by=by, at=when)


def sent_matrix(sheet: ValidationSheet, *, by: User, when: datetime) -> ValidationSheet:
    with moment(when):
        seen = matrix.fingerprint(sheet.rows.all())
        return matrix.send(sheet.pk, seen=seen, by=by, at=when)


def validated(sheet: ValidationSheet, *, by: User, when: datetime) -> ValidationSheet:
    """Every proposal found valid, then frozen by the verifier."""
    with moment(when):
        plain = sum(validation_actions.is_plain(row) for row in sheet.rows.all())
        validation_actions.accept_rest(sheet.pk, expected=plain, by=by, at=when)
        return validation_actions.freeze(sheet.pk, by=by, at=when)


def finished_case(of: WorkUnit, key: str = "verification", subject: str = "Triwulan I 2026", *, when: datetime) -> Case:
    """A service that was given from its first step to its last, in one instant."""
    with moment(when):
        standards.load(at=when)
        case = cases.start(key, of, subject, by=None, at=when, year=when.year)
        for step in case.standard.steps.all():
            case = cases.complete_step(case.pk, step.order, by=None, at=when)
    return case


def issued_apology(debt: Obligation, *, by: User, signer: User, when: datetime) -> Obligation:
    """The letter of the obligation's case, drafted and issued."""
    texts = {"cause": "Dokumen terlambat diperiksa.", "prevention": "Jadwal periksa ditambah."}
    with moment(when):
        letter = apology.draft(debt.case_id, **texts, version=0, by=by, at=when)
        seen = documents.content_hash(apology.content_of(letter))
        apology.issue(debt.case_id, content_hash=seen, by=signer, at=when)
    return Obligation.objects.get(pk=debt.pk)


def handed_over(of: WorkUnit, *, by: User, signer: User, when: datetime) -> Obligation:
    """A verification that ended a month late, with its letter and the record of handing over."""
    late = when + timedelta(days=30)
    case = cases.start("verification", of, "Terlambat", by=None, at=when)
    cases.complete_step(case.pk, 1, by=None, at=when)
    for order in (2, 3, 4, 5):
        cases.complete_step(case.pk, order, by=by, at=late)
    debt = issued_apology(case.obligations.get(kind="in_person"), by=by, signer=signer, when=late)
    facts = {"given_by": by, "to": "Sari", "position": "Kepala Biro", "place": "Jakarta", "what": "Lembar kerja"}
    with moment(late):
        return compensation.hand_over(debt.pk, **facts, when=late, scan=pdf("berita-acara"), by=by, at=late)
