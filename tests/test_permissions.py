"""Every named page x every role x (own unit, another unit, not signed in), with the expected code.

A page that is not in PAGES fails the last test, so that none is ever added without deciding who may open it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.cookies import SimpleCookie
from typing import Any

import builders
import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse

from accounts import importing
from accounts.models import Notice
from accounts.roles import Role
from indicators.models import Achievement
from kinerjaku import documents
from kinerjaku.sheets import kind_of
from reporting import actions as letters
from services import mailing
from services.actions import case as cases
from services.actions import complaint as complaints
from services.actions import report as reports
from services.actions import standard as standards
from services.actions import survey, survey_period
from services.actions.complaint import Report

pytestmark = pytest.mark.django_db
PARTS = 4  # of the table, so that two workers share it
AT = builders.AFTER_CLOSE  # quarter I of 2026 is closed, quarter II is open

IN_THE_UNIT = {"operator", "kasubag", "official"}
OF_THE_UNIT = {*IN_THE_UNIT, "verifier"}
OVER_ALL = {"itjen_validator", "quality_lead", "team_lead", "karoren", "sekjen", "itjen_oversight", "admin"}
ELSEWHERE = {"operator elsewhere", "kasubag elsewhere", "official elsewhere", "verifier elsewhere"}
ASSIGNS = {"verifier", "quality_lead", "team_lead", "karoren"}
OVERSEES = OVER_ALL - {"itjen_validator"}
SEES_THE_UNIT = OF_THE_UNIT | OVER_ALL
HANDLES_COMPLAINTS = {"quality_lead", "team_lead", "karoren"}
SEES_COMPLAINTS = HANDLES_COMPLAINTS | {"sekjen", "itjen_oversight"}
WATCHES = {"itjen_validator", "sekjen", "itjen_oversight"}  # read what was said of a row, write nothing
VERIFIERS = {"verifier", "verifier elsewhere"}
PREPARES = {"verifier", "quality_lead", "team_lead", "karoren"}
VALIDATES = {"verifier", "itjen_validator"}
SIGNED_IN = SEES_THE_UNIT | ELSEWHERE
RUNS_THE_SURVEY = {"karoren", "team_lead", "admin"}
IMPORTS = IN_THE_UNIT | {f"{role} elsewhere" for role in IN_THE_UNIT} | {"admin"}
READS_THE_SURVEY = RUNS_THE_SURVEY | {"sekjen", "itjen_oversight"}


@dataclass(frozen=True)
class World:
    people: dict[str, Any]
    made: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.made[name]


@dataclass(frozen=True)
class Page:
    """Those in `may` get `code`. Of the rest, who may not see the unit gets 404, who only lacks the right 403."""

    may: set[str]
    args: Callable[[World], list[Any]] = lambda world: []
    method: str = "get"
    code: int = 200
    data: dict[str, Any] = field(default_factory=dict)
    about_the_unit: bool = False
    personal: bool = False  # not there at all for anybody else
    public: bool = False
    seen_by: set[str] | None = None  # not there for others than these and `may`

    def expected(self, person: str) -> int:
        if person in self.may:
            return self.code
        if person == "anonymous":
            return self.code if self.public else 302
        if self.seen_by is not None:
            return 403 if person in self.seen_by else 404
        return 404 if self.personal or (self.about_the_unit and person not in SEES_THE_UNIT) else 403


def of_unit(args: Callable[[World], list[Any]], may: set[str] = SEES_THE_UNIT, **options: Any) -> Page:
    return Page(may, args, about_the_unit=True, **options)


def public(**options: Any) -> Page:
    return Page(SIGNED_IN, public=True, **options)


def of_complaint(may: set[str], **options: Any) -> Page:
    return Page(may, options.pop("args", lambda w: [w.complaint.pk]), seen_by=SEES_COMPLAINTS | {"verifier"}, **options)


def quarter(world: World) -> list[Any]:
    return [2026, 2, "ROKEU"]


def decree(world: World) -> list[Any]:
    """It is enacted."""
    return [world.indicator.decree_id]


PAGES: dict[str, Page] = {
    # the kernel
    "healthz": public(),
    "readyz": public(),
    "document_search": public(),
    "document_check": public(args=lambda w: [w.nota.document.code]),
    # accounts
    "login": public(),
    "logout": Page(SIGNED_IN, method="post", code=302),
    "profile": Page(SIGNED_IN),
    "password_change": Page(SIGNED_IN),
    "channels": Page(SIGNED_IN, method="post", code=422),
    "notices": Page(SIGNED_IN),
    "notices_read": Page(SIGNED_IN, method="post", code=302),
    "notice": Page({"operator"}, lambda w: [w.notice.pk], personal=True),
    "notice_open": Page({"operator"}, lambda w: [w.notice.pk], method="post", code=302, personal=True),
    "kept": Page(SIGNED_IN, code=302),
    "imports": Page(SIGNED_IN),
    "import_new": Page(IMPORTS),
    "import_file": Page(IMPORTS - {"admin"}, lambda w: ["capaian"]),
    "import_job": Page({"operator", "admin"}, lambda w: [w.import_job.pk], personal=True),
    "import_result": Page({"operator", "admin"}, lambda w: [w.import_job.pk], personal=True),
    "import_confirm": Page(
        {"operator"}, lambda w: [w.import_job.pk], method="post", code=409, personal=True, seen_by={"admin"}
    ),
    "import_cancel": Page({"operator", "admin"}, lambda w: [w.import_job.pk], method="post", code=409, personal=True),
    "audit_log": Page({"admin", "karoren", "itjen_oversight"}),
    # indicators
    "catalogue": Page(SIGNED_IN),
    "indicator": Page(SIGNED_IN, lambda w: [w.indicator.pk]),
    "targets": Page(SIGNED_IN),
    "target_sheet": Page(SIGNED_IN, lambda w: [w.indicator.decree_id, "ROKEU"]),
    "indicator_formula": Page({"admin"}, lambda w: [w.indicator.pk]),
    "indicator_formula_try": Page({"admin"}, lambda w: [w.indicator.pk], method="post"),
    "indicator_edit": Page({"admin"}, lambda w: [w.indicator.pk]),
    "indicator_manual": Page(SIGNED_IN, lambda w: [w.indicator.pk]),
    "manual": Page(SIGNED_IN, lambda w: [*decree(w), "ROKEU"]),
    "indicator_new": Page({"admin"}, decree, code=409),
    "indicator_cascade": Page({"admin"}, lambda w: [w.indicator.pk]),
    "cascade_link": Page({"admin"}, lambda w: [w.indicator.pk], method="post", code=422),
    "cascade_unlink": Page({"admin"}, lambda w: [w.indicator.pk, w.indicator.pk], method="post", code=422),
    "cascade_declare": Page({"admin"}, lambda w: [w.indicator.pk], method="post", code=422),
    "cascade_values": Page({"admin"}, lambda w: [w.indicator.pk], method="post", code=422),
    "decrees": Page(SIGNED_IN),
    "decree": Page(SIGNED_IN, decree),
    "decree_changes": Page(SIGNED_IN, decree),
    "decree_annex": Page(SIGNED_IN, decree),
    "decree_copy": Page({"admin"}, decree, method="post", code=422),
    "decree_amend": Page({"admin"}, decree, method="post", code=302),
    "decree_facts": Page({"admin"}, decree, method="post", code=422),
    "decree_drop": Page({"admin"}, lambda w: [*decree(w), w.indicator.pk], method="post", code=409),
    "decree_ask": Page({"admin"}, decree, method="post", code=409),
    "decree_initial": Page({"karoren", "official elsewhere"}, decree, method="post", code=422),  # of Biro Hukum
    "decree_sign": Page({"sekjen"}, decree, method="post", code=422),
    "decree_enact": Page({"admin"}, decree, method="post", code=422),
    "decree_revoke": Page({"admin"}, decree, method="post", code=422),
    "entry_index": Page(SIGNED_IN),
    "entry": of_unit(quarter),
    "entry_import": of_unit(quarter, IN_THE_UNIT),
    "achievement": of_unit(lambda w: [w.row.pk]),
    "achievement_save": of_unit(
        lambda w: [w.row.pk],
        IN_THE_UNIT,
        method="post",
        data={"version": "0", "progress": "Berjalan."},
        code=302,
    ),
    "achievement_adopt": of_unit(lambda w: [w.row.pk], IN_THE_UNIT, method="post", code=409),
    "achievement_fill": of_unit(lambda w: [w.row.pk], IN_THE_UNIT, method="post", code=409),
    "achievement_panel": of_unit(lambda w: [w.row.pk]),
    "comment_new": of_unit(lambda w: [w.row.pk], SEES_THE_UNIT - WATCHES, method="post", code=422),
    "evidence_link": of_unit(lambda w: [w.row.pk], IN_THE_UNIT, method="post", code=422),
    "evidence_assign": of_unit(lambda w: [w.evidence.pk], IN_THE_UNIT, method="post", code=409),
    "evidence_upload": of_unit(lambda w: [w.row.pk], IN_THE_UNIT, method="post", code=422),
    "evidence": of_unit(lambda w: [w.evidence.pk]),
    "evidence_remove": of_unit(lambda w: [w.evidence.pk], IN_THE_UNIT, method="post", code=409),
    "submit_check": of_unit(quarter),
    "withdraw": of_unit(quarter, IN_THE_UNIT, method="post", code=409),
    "receipts": Page(SIGNED_IN),
    "receipt": of_unit(lambda w: [w.submission.number]),
    "receipt_pdf": of_unit(lambda w: [w.submission.number]),
    "rounds": Page(SIGNED_IN),
    "round_open": of_unit(quarter, IN_THE_UNIT, method="post", code=302),
    "round": of_unit(lambda w: [w.round.pk]),
    "round_format": of_unit(lambda w: [w.round.pk], IN_THE_UNIT, method="post", code=400),
    "round_send_back": of_unit(lambda w: [w.round.pk], {"kasubag"}, method="post", code=409),
    "round_return": of_unit(lambda w: [w.round.pk], IN_THE_UNIT, method="post", code=409),
    "round_take_back": of_unit(lambda w: [w.round.pk], IN_THE_UNIT, method="post", code=409),
    "round_reassign": of_unit(lambda w: [w.round.pk], {"kasubag"}, method="post", code=409),
    "round_accept": of_unit(lambda w: [w.round.pk], {"kasubag"}, method="post", code=409),
    "round_give_back": of_unit(lambda w: [w.round.pk], IN_THE_UNIT, method="post", code=409),
    "round_initial": of_unit(lambda w: [w.round.pk], {"kasubag"}, method="post", code=409),
    "round_sign": of_unit(lambda w: [w.round.pk], {"official"}, method="post", code=409),
    "round_cancel": of_unit(lambda w: [w.round.pk], {"kasubag"}, method="post", code=422),
    "extensions": Page(SIGNED_IN),
    "extension_new": Page({"karoren"}),
    # verification
    "worksheets": Page(SIGNED_IN),
    "worksheet_open": of_unit(lambda w: [], {"verifier"}, method="post", data={"choice": "ROKEU/1"}, code=422),
    "worksheet": of_unit(lambda w: [w.worksheet.pk]),
    "worksheet_pdf": of_unit(lambda w: [w.worksheet.pk]),
    "worksheet_row": of_unit(lambda w: [w.worksheet_row.pk]),
    "row_return": of_unit(lambda w: [w.worksheet_row.pk], {"verifier"}, method="post", code=409),
    "worksheet_accept": of_unit(lambda w: [w.worksheet.pk], {"verifier"}, method="post", code=409),
    "worksheet_freeze": of_unit(lambda w: [w.worksheet.pk], {"verifier"}, method="post", code=409),
    "worksheet_sign": of_unit(lambda w: [w.worksheet.pk]),
    "worksheet_refuse": of_unit(lambda w: [w.worksheet.pk], method="post", code=409),
    "worksheet_reopen": of_unit(lambda w: [w.worksheet.pk], {"verifier"}, method="post", code=409),
    # services
    "standards": public(),
    "standard": public(args=lambda w: ["verification"]),
    "calendar": public(),
    "calendar_month": public(args=lambda w: [2026, 4]),
    "calendar_import": Page({"admin"}),
    "recounts": Page(SIGNED_IN),
    "cases": Page(SIGNED_IN),
    "escalations": Page(OVERSEES),
    "case": of_unit(lambda w: [w.case.pk]),
    "case_new": Page(OF_THE_UNIT | {f"{role} elsewhere" for role in OF_THE_UNIT}),
    "case_complete": of_unit(lambda w: [w.hand_case.pk, 1], IN_THE_UNIT, method="post", code=302),
    "case_send_back": of_unit(lambda w: [w.hand_case.pk, 2], SEES_THE_UNIT, method="post", code=422),
    "case_assign": of_unit(lambda w: [w.case.pk], ASSIGNS, method="post", code=422),
    "case_pause": of_unit(lambda w: [w.case.pk], {"verifier"}, method="post", code=422),
    "case_resume": of_unit(lambda w: [w.case.pk], {"verifier"}, method="post", code=409),
    "case_cancel": of_unit(lambda w: [w.case.pk], {"karoren"}, method="post", code=422),
    "service_reports": Page(OVERSEES),
    "service_report": Page(OVERSEES, lambda w: [w.report.pk]),
    "service_report_pdf": Page(OVERSEES, lambda w: [w.report.pk]),
    "service_report_xlsx": Page(OVERSEES, lambda w: [w.report.pk]),
    "service_report_read": Page({"karoren"}, lambda w: [w.report.pk], method="post", code=302),
    "survey": public(),
    "survey_published": public(args=lambda w: [w.published.pk]),
    "survey_pdf": public(args=lambda w: [w.published.pk]),
    "survey_open": public(args=lambda w: [w.period.pk]),
    "survey_mine": Page(IN_THE_UNIT, lambda w: [w.asked.pk], code=302, personal=True),
    "survey_invitation": public(args=lambda w: [survey.token_for(w.people["operator"], w.asked.pk)]),
    "survey_thanks": public(),
    "survey_periods": Page(READS_THE_SURVEY),
    "survey_period": Page(READS_THE_SURVEY, lambda w: [w.period.pk]),
    "survey_period_new": Page(RUNS_THE_SURVEY),
    "survey_period_edit": Page(RUNS_THE_SURVEY, lambda w: [w.period.pk]),
    "survey_period_close": Page(RUNS_THE_SURVEY, lambda w: [w.published.pk], method="post", code=409),
    "survey_period_publish": Page({"karoren"}, lambda w: [w.published.pk], method="post", code=409),
    "survey_results": Page(READS_THE_SURVEY),
    "survey_remarks": Page(READS_THE_SURVEY),
    "follow_up_new": Page(RUNS_THE_SURVEY, lambda w: [w.period.pk]),
    "follow_up": Page(READS_THE_SURVEY | {"verifier"}, lambda w: [w.follow_up.pk], personal=True),  # and its owner
    "follow_up_edit": Page(RUNS_THE_SURVEY, lambda w: [w.follow_up.pk]),
    "obligations": Page(SIGNED_IN),
    "obligation": of_unit(lambda w: [w.oral.pk]),
    "obligation_fulfil": of_unit(lambda w: [w.oral.pk], {"verifier"}, method="post", code=422),
    "obligation_hand_over": of_unit(lambda w: [w.in_person.pk], {"verifier"}, method="post", code=422),
    "obligation_reassign": of_unit(lambda w: [w.oral.pk], {"team_lead", "karoren"}, method="post", code=422),
    "obligation_waive": of_unit(lambda w: [w.oral.pk], {"karoren"}, method="post", code=422),
    "handover_scan": of_unit(lambda w: [w.handed.pk]),
    "apology": of_unit(lambda w: [w.handed.case_id]),
    "apology_draft": of_unit(lambda w: [w.case.pk], {"verifier", "karoren"}, method="post", code=422),
    "apology_issue": of_unit(lambda w: [w.case.pk], {"karoren"}, method="post", code=409),
    "apology_pdf": of_unit(lambda w: [w.handed.case_id]),
    "complaint_new": public(),
    "complaint_track": public(),
    "complaint_followed": public(code=302),
    "complaint_write": public(method="post", code=403),
    "complaint_withdraw": public(method="post", code=403),
    "complaint_reopen": public(method="post", code=403),
    "complaint_leave": public(method="post", code=302),
    "complaint_own_file": public(args=lambda w: [w.complaint_file.pk], code=404),
    "complaint_statistics": public(),
    "complaints": Page(SEES_COMPLAINTS | VERIFIERS),
    "complaint_register": Page(HANDLES_COMPLAINTS | VERIFIERS),
    "complaint": of_complaint(SEES_COMPLAINTS | {"verifier"}),
    "complaint_file": of_complaint(HANDLES_COMPLAINTS | {"verifier"}, args=lambda w: [w.complaint_file.pk]),
    "complaint_assign": of_complaint(HANDLES_COMPLAINTS, method="post", code=422),
    "complaint_concerned": of_complaint(HANDLES_COMPLAINTS, method="post", code=302),
    "complaint_classify": of_complaint(HANDLES_COMPLAINTS | {"verifier"}, method="post", code=422),
    "complaint_reply": of_complaint(HANDLES_COMPLAINTS | {"verifier"}, method="post", code=422),
    "complaint_close": of_complaint(HANDLES_COMPLAINTS | {"verifier"}, method="post", code=409),
    "invitations": Page(SIGNED_IN),
    "invitation_new": Page(PREPARES | {"verifier elsewhere"}),
    "invitation": of_unit(lambda w: [w.invitation.pk]),
    "invitation_edit": Page(PREPARES, lambda w: [w.draft.pk], personal=True),
    "invitation_issue": of_unit(lambda w: [w.invitation.pk], {"karoren"}, method="post", code=409),
    "invitation_reschedule": of_unit(lambda w: [w.invitation.pk], {"karoren"}, method="post", code=422),
    "invitation_cancel": of_unit(lambda w: [w.invitation.pk], {"karoren"}, method="post", code=422),
    "invitation_pdf": of_unit(lambda w: [w.invitation.pk]),
    "invitation_answer": Page({"operator"}, lambda w: [w.invitation.pk], personal=True),
    "invitation_answer_guest": public(args=lambda w: ["tautan-rahasia"]),
    "invitation_attendance": of_unit(lambda w: [w.invitation.pk]),
    "invitation_walk_in": of_unit(
        lambda w: [w.invitation.pk], PREPARES, method="post", data={"name": "Tamu"}, code=409
    ),
    "invitation_attendance_close": of_unit(lambda w: [w.invitation.pk], PREPARES, method="post", code=409),
    # validation: the matrix is with its unit
    "validations": Page(SIGNED_IN),
    "validation": of_unit(lambda w: [w.matrix.pk]),
    "validation_copy": of_unit(lambda w: [w.matrix.pk], IN_THE_UNIT, method="post", code=302),
    "validation_send": of_unit(lambda w: [w.matrix.pk], IN_THE_UNIT, method="post", code=422),
    "validation_return": of_unit(lambda w: [w.matrix.pk], VALIDATES, method="post", code=422),
    "validation_accept": of_unit(lambda w: [w.matrix.pk], VALIDATES, method="post", code=422),
    "validation_freeze": of_unit(lambda w: [w.matrix.pk], {"verifier"}, method="post", code=422),
    "validation_sign": of_unit(lambda w: [w.matrix.pk], code=302),
    "validation_refuse": of_unit(lambda w: [w.matrix.pk], method="post", code=302),
    "validation_reopen": of_unit(lambda w: [w.matrix.pk], {"verifier"}, method="post", code=409),
    "validation_pdf": of_unit(lambda w: [w.matrix.pk], code=409),
    "validation_nota_issue": of_unit(lambda w: [w.matrix.pk], {"karoren"}, method="post", code=409),
    "proposal": of_unit(lambda w: [w.proposal.pk]),
    "proposal_new": of_unit(lambda w: [w.matrix.pk], IN_THE_UNIT),
    "proposal_decide": of_unit(lambda w: [w.proposal.pk], VALIDATES, method="post", code=422),
    "proposal_remove": of_unit(lambda w: [w.proposal.pk], IN_THE_UNIT, method="post", code=422),
    # reporting
    "home": Page(SIGNED_IN),
    "guide": Page(SIGNED_IN),
    "search": Page(SIGNED_IN),
    "notas": Page(SIGNED_IN),
    "performances": Page(SIGNED_IN),
    "cascade_tree": Page(SIGNED_IN),
    "performance": of_unit(lambda w: ["ROKEU"]),
    "performance_calculation": of_unit(lambda w: ["ROKEU", w.indicator.pk]),
    "nota": of_unit(lambda w: [w.nota.pk]),
    "nota_pdf": of_unit(lambda w: [w.nota.pk]),
    "nota_zip": Page(SIGNED_IN, method="post", code=302),
    "nota_figures": Page(SIGNED_IN),
    "notas_ready": Page({"karoren"}),
    "nota_issue": of_unit(lambda w: [w.worksheet.pk], {"karoren"}, method="post", code=409),
    "assistances": Page(SIGNED_IN),
    "assistance": of_unit(lambda w: [w.assistance.pk]),
    "assistance_point": of_unit(lambda w: [w.assistance.rows.first().pk]),
    "assistance_draft": of_unit(lambda w: [w.assistance.drafts.get().pk]),
    "assistance_draft_remove": of_unit(lambda w: [w.assistance.drafts.get().pk], IN_THE_UNIT, method="post", code=409),
    "assistance_draft_upload": of_unit(lambda w: [w.assistance.pk], IN_THE_UNIT, method="post", code=422),
    "assistance_request": of_unit(lambda w: [w.assistance.pk], IN_THE_UNIT, method="post", code=422),
    "assistance_answer": of_unit(lambda w: [w.assistance.pk], {"verifier"}, method="post", code=422),
    "assistance_return": of_unit(lambda w: [w.assistance.pk], {"verifier"}, method="post", code=422),
    "assistance_freeze": of_unit(lambda w: [w.assistance.pk], {"verifier"}, method="post", code=422),
    "assistance_sign": of_unit(lambda w: [w.assistance.pk]),
    "assistance_refuse": of_unit(lambda w: [w.assistance.pk], method="post", code=409),
    "assistance_reopen": of_unit(lambda w: [w.assistance.pk], {"verifier"}, method="post", code=422),
    "assistance_pdf": of_unit(lambda w: [w.assistance.pk]),
}


def build_world() -> World:
    setjen, bureau, unit = builders.ministry()
    other = builders.unit("ROKUM", parent=setjen)
    local = {Role.OPERATOR, Role.KASUBAG, Role.OFFICIAL, Role.VERIFIER}
    people = {role.value: builders.user(role, unit if role in local else bureau) for role in Role}
    people |= {f"{role.value} elsewhere": builders.user(role, other) for role in local}
    indicator = builders.indicator(unit)
    submission = builders.submitted(unit, by=people["operator"])
    sheet = builders.frozen(builders.worksheet(unit), by=people["verifier"])
    chief = builders.user(Role.OFFICIAL, setjen)
    sheet = builders.signed(sheet, by=[people["verifier"], people["official"], chief])
    advised = builders.assistance(unit, by=people["kasubag"], when=AT)
    advised = builders.assisted(builders.requested(advised, by=people["operator"], when=AT), by=people["verifier"])
    advised = builders.signed(advised, by=[people["verifier"], people["official"]])
    with builders.moment(AT):
        nota = letters.issue(sheet, by=people["karoren"], at=AT)
        standards.load(at=AT)
        case = cases.start("verification", unit, "Triwulan I 2026", by=None, at=AT)
        cases.complete_step(case.pk, 1, by=None, at=AT)
        cases.sound(case.pk, at=AT + timedelta(days=30))
        collection = builders.opened_round(unit, by=people["kasubag"], in_quarter=builders.quarter(2026, 2), when=AT)
        builders.walked_by_hand("report_assistance", "collection")
        hand_case = cases.start("collection", unit, "Triwulan I 2026", by=None, at=AT, year=2026, quarter=1)
        matrix = builders.validation(unit, when=AT)
        proposal = builders.proposal(matrix, by=people["operator"], when=AT)
        report = reports.draft("month", date(2026, 3, 1), date(2026, 3, 31), "Maret 2026", at=AT)
        asked, (period, published), follow_up = build_survey(unit, people)
        handed = builders.handed_over(unit, by=people["verifier"], signer=people["karoren"], when=AT)
        with_document = (report, nota, submission, sheet, advised, published, handed.letter)
        made_documents = [one.document for one in with_document]
        what = Report("service", "Lambat", "Hasil belum diterima.", "anonymous")
        complaint, _ = complaints.receive(what, key="uji", uploads=[builders.pdf("surat")], at=AT)
        complaints.assign(complaint.pk, people["verifier"], note="", by=people["karoren"], at=AT)
        draft, invitation = (builders.invitation(unit, by=people["verifier"], at=AT) for _ in range(2))
        invitation = builders.issued(invitation, by=people["karoren"], at=AT)
        guest = invitation.recipients.get(user=None)
        guest.mails.update(token_hash=mailing.token_hash("tautan-rahasia"))
        made_documents.append(invitation.document)
        for document in made_documents:
            documents.render(document.pk, at=AT)
        notice = Notice.objects.create(
            user=people["operator"],
            cause="uji",
            subject="Uji",
            body="Uji",
            path="/",
            created_at=AT,
            send_after=AT,
        )
    row = builders.row(indicator, 2)
    with builders.moment(AT):
        sheet_file = SimpleUploadedFile("isian.csv", b"versi,tahun,triwulan,unit,no\n0,2026,2,TIDAKADA,1\n")
        imported = importing.start(kind_of("capaian"), sheet_file, {}, by=people["operator"], at=AT)
        importing.run(imported.pk, at=AT)
    claimed = Achievement.objects.get(indicator=indicator, quarter__number=1)
    made = {
        "indicator": indicator,
        "import_job": imported,
        "row": row,
        "evidence": claimed.evidence.get(),
        "submission": submission,
        "worksheet": sheet,
        "assistance": advised,
        "worksheet_row": claimed.worksheet_row,
        "nota": nota,
        "case": case,
        "hand_case": hand_case,
        "matrix": matrix,
        "proposal": proposal,
        "round": collection,
        "report": report,
        "oral": case.obligations.get(kind="oral"),
        "in_person": case.obligations.get(kind="in_person"),
        "handed": handed,
        "draft": draft,
        "invitation": invitation,
        "notice": notice,
        "asked": asked,
        "period": period,
        "published": published,
        "follow_up": follow_up,
        "complaint": complaint,
        "complaint_file": complaint.events.get().files.get(),
    }
    return World(people, made)


def signed_in(people: dict[str, Any]) -> dict[str, SimpleCookie]:
    """The cookies of everybody, and none of somebody who is not signed in."""
    jars = {"anonymous": SimpleCookie()}
    for person, user in people.items():
        client = Client()
        client.force_login(user)
        jars[person] = client.cookies
    return jars


def build_survey(unit: Any, people: dict[str, Any]) -> tuple[Any, Any, Any]:
    """A case whose people were asked, an open and a published period, and a line of the plan."""
    karoren, day = people["karoren"], AT.date()
    case = builders.finished_case(unit, "report_assistance", when=AT)
    survey.invite(case.pk, at=AT)
    periods = [
        survey_period.save_period(
            None, name=key, first_day=day, last_day=day, services=[key], population=9, by=karoren, at=AT
        )
        for key in ("validation", "verification")
    ]
    reply = survey.Reply(dict.fromkeys(survey.KEYS, 3))
    for _ in range(5):
        survey.answer_openly(periods[1].pk, "verification", None, reply, at=AT)
    survey_period.close(periods[1].pk, by=karoren, at=AT)
    periods[1] = survey_period.publish(periods[1].pk, by=karoren, at=AT)
    facts = {"element": "time", "action": "Percepat.", "owner": people["verifier"], "due_on": day}
    return case, periods, survey_period.plan_follow_up(periods[0].pk, None, **facts, by=karoren, at=AT)


def answers(page: Page, address: str, jars: dict[str, SimpleCookie]) -> dict[str, int]:
    """The code each person gets; whatever a request changed is undone before the next."""
    got = {}
    for person, cookies in jars.items():
        with transaction.atomic():
            client = Client()
            client.cookies = SimpleCookie(cookies.output(header="", sep=";"))
            got[person] = getattr(client, page.method)(address, page.data).status_code
            transaction.set_rollback(True)
    return got


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_answers_each_person_as_the_table_says(subtests, part):
    world = build_world()
    jars = signed_in(world.people)
    for name, page in list(PAGES.items())[part::PARTS]:
        address = reverse(name, args=page.args(world))
        with subtests.test(page=name), builders.moment(AT):
            got = answers(page, address, jars)
            assert got == {person: page.expected(person) for person in got}


def test_the_admin_site_is_for_admins_alone(subtests):
    jars = signed_in(build_world().people)
    pages = {f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist" for model in admin.site._registry}
    for name in sorted(pages | {"admin:index"}):
        with subtests.test(page=name), builders.moment(AT):
            got = answers(Page({"admin"}), reverse(name), jars)
            assert got == {person: Page({"admin"}).expected(person) for person in got}


def test_every_named_page_is_in_the_table():
    named = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert named - PAGES.keys() == set()
