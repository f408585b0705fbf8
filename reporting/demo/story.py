"""Years as they would really have gone, by calling the actions at the instants they would have been called."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import F
from pypdf import PdfWriter

from accounts.models import Notice, WorkUnit
from indicators import children, quarters
from indicators.actions import achievement as achievements
from indicators.actions import cascade, catalogue, decree_copy, evidence, targets
from indicators.actions import decree as decrees
from indicators.actions import quarter as quarter_actions
from indicators.actions.fill_from_children import fill_from_children
from indicators.checklist import unusual
from indicators.models import Achievement, Decree, Quarter
from kinerjaku import clock
from reporting import actions as letters
from reporting.actions import score
from services.actions import calendar, standard
from verification.actions import signing
from verification.actions import worksheet as worksheets
from verification.models import Worksheet, WorksheetRow

from . import (
    assistance,
    cards,
    closure,
    collection,
    complaints,
    figures,
    lateness,
    meetings,
    oversight,
    people,
    satisfaction,
    validation,
)

CODES = ("SETJEN", "ROREN", "ROSDMAO", "ROKUM", "ROHUMAS", "ROKEU", "ROUM", "PUSDATIN", "LPMUKP")
LATE = "LPMUKP"  # its verifications take longer than promised, so that something is owed
Say = Callable[[str], None]


def tell(now: datetime, *, say: Say) -> None:
    """The whole story up to `now`. What is already told is not told again."""
    began = datetime(2021, 1, 4, 8, 0, tzinfo=clock.WIB)
    with clock.fixed(began):
        calendar.load(at=began)
        standard.load(at=began)
        catalogue.load(at=began)
        units = {unit.code: unit for unit in WorkUnit.objects.select_related("parent")}
        people.make({code: units[code] for code in ("KKP", *CODES)}, at=began)
    real = Decree.objects.get(key="setjen-2021-perubahan")
    _prepare(real, at=began)
    this_year, this_number = quarters.quarter_of(now)
    closed = [number for number in (1, 2, 3, 4) if quarters.closes_at(this_year, number) <= now]
    years = [this_year] if closed else [this_year - 1, this_year]
    for year in years:
        begins = quarters.opens_at(year, 1)
        with clock.fixed(begins):
            copy = decree_copy.copy_decree(real, year=year, key=f"setjen-{year}-contoh", at=begins, is_example=True)
        _prepare(copy, at=begins)
    told = [
        (year, number) for year in [2021, *years] for number in (1, 2, 3, 4) if quarters.closes_at(year, number) <= now
    ]
    for year, number in told:
        say(f"Menyusun contoh triwulan {quarters.ROMAN[number]} {year} …")
        last = (year, number) == told[-1]
        _past(_opened(year, number), [(units[code], _LAST[code] if last else "nota") for code in CODES], now)
    say("Mengisi triwulan berjalan …")
    _current(_opened(this_year, this_number), units, now)
    oversight.tell(units, now)
    collection.tell(Quarter.objects.get(year=told[-1][0], number=told[-1][1]), units["ROUM"], now)
    collection.tell_draft(Quarter.objects.get(year=this_year, number=this_number), units["ROHUMAS"], now)
    closure.tell(now)
    lateness.tell(units, now)
    ended = assistance.tell(units, now)
    satisfaction.tell({code: units[code] for code in CODES}, now, ended=ended)
    if line := complaints.tell(now):
        say(line)
    meetings.tell(Quarter.objects.get(year=told[-1][0], number=told[-1][1]), units, now)
    validation.tell(units, now)
    _settle_notices(now)
    score.catch_up(at=now)


_LAST = {  # how far each unit has come in the quarter that closed last, so that every role has something to do
    "SETJEN": "review",
    "ROREN": "frozen",
    "ROSDMAO": "signed by verifier",
    "ROKUM": "signed by level two",
    "ROHUMAS": "signed",
    "ROKEU": "returned",
    "ROUM": "extended",  # and collects inside
    "PUSDATIN": "nota",
    "LPMUKP": "mended",
}


def _settle_notices(now: datetime) -> None:
    """What people were told in earlier months has long been sent and read."""
    Notice.objects.filter(created_at__lt=now - timedelta(days=40), sent_at=None).update(
        sent_at=F("created_at"), read_at=F("created_at")
    )


def _prepare(decree: Decree, *, at: datetime) -> None:
    """Enacted, with targets; its figures are examples."""
    if decree.state == Decree.State.ENACTED:
        return
    with clock.fixed(at), transaction.atomic():
        Decree.objects.filter(pk=decree.pk).update(is_example=True)
        decree.refresh_from_db()
        admin = people.person("admin")
        cards.fill(decree, at=at)
        for indicator in decree.indicators.select_related("unit"):
            for number in (1, 2, 3, 4):
                if number not in indicator.rule.targets:
                    value = figures.target_for(indicator, number)
                    targets.set_target(indicator, number, value=value, by=admin, at=at)
        if professional := decree.indicators.filter(unit__code="SETJEN", no=11).first():
            how = dict.fromkeys(professional.variables.values_list("code", flat=True), "mean")
            cascade.set_from_children(professional.pk, how, by=admin, at=at)
        decrees.enact_on_paper(decree.pk, number=decree.number, decided_on=at.date(), by=admin, at=at)


def _opened(year: int, number: int) -> Quarter:
    at = quarters.opens_at(year, number)
    with clock.fixed(at):
        return quarter_actions.open_quarter(year, number, at=at)


def _past(quarter: Quarter, plan: list[tuple[WorkUnit, str]], now: datetime) -> None:
    """A quarter that is over: the units report, input closes, then each goes as far as its plan says."""
    at = quarter.closes_at - timedelta(days=6, hours=-9)
    with clock.fixed(at):
        for unit, until in sorted(plan, key=lambda one: -len(one[0].path)):  # those below first: parents take theirs
            rows = list(Achievement.objects.of(quarter, unit).for_pages())
            if all(row.state == Achievement.State.EMPTY for row in rows):
                with transaction.atomic():
                    _report(quarter, unit, rows, half=until == "extended", at=at)
    with clock.fixed(quarter.closes_at):
        quarter_actions.close_quarter(quarter.pk, at=quarter.closes_at)
    for unit, until in plan:
        if not Worksheet.objects.filter(quarter=quarter, unit=unit).exists():
            with transaction.atomic():
                if until == "extended":
                    _extend(quarter, unit, now)
                else:
                    _verify(quarter, unit, until, now)


def _report(quarter: Quarter, unit: WorkUnit, rows: list[Achievement], *, half: bool, at: datetime) -> None:
    for row in rows[: len(rows) // 2] if half else rows:
        _fill(row, at)
    if not half:
        achievements.submit(quarter.pk, unit, by=people.person(f"operator.{unit.code.lower()}"), at=at)


def _extend(quarter: Quarter, unit: WorkUnit, now: datetime) -> None:
    """It was late; Karoren gave it two weeks more."""
    if quarter.extensions.filter(unit=unit).exists():
        return
    until = (now + timedelta(days=14)).replace(hour=0, minute=0, second=0, microsecond=0)
    at = max(now - timedelta(days=3), quarter.closes_at)
    with clock.fixed(at):
        quarter_actions.extend(
            quarter,
            unit,
            until=until,
            reason="Contoh: data dari mitra terlambat diterima.",
            reference_number=f"B.101/SJ.6/TU.210/{now.year} (contoh)",
            by=people.person("karoren"),
            at=at,
        )


def _verify(quarter: Quarter, unit: WorkUnit, until: str, now: datetime) -> None:
    """From the worksheet to the nota dinas, or as far as `until` says."""
    verifier = people.verifier_of(unit.code)

    @contextmanager
    def moment(days: int, hour: int) -> Iterator[datetime]:
        with clock.fixed(min(quarter.closes_at + timedelta(days=days, hours=hour), now)) as at:
            yield at

    with moment(3, 10) as at:
        sheet = worksheets.open_worksheet(quarter, unit, by=None, at=at)
        found = worksheets.rows_of(sheet)
        if until in ("returned", "mended"):
            _return(found[1], at, due_at=now + timedelta(days=7))
        for row in found[: len(found) // 2] if until == "review" else found:
            if WorksheetRow.objects.get(pk=row.pk).verdict == WorksheetRow.Verdict.PENDING:
                _decide(row, at)
    if until == "mended":
        with clock.fixed(now):
            operator = people.person(f"operator.{unit.code.lower()}")
            claim = Achievement.objects.get(pk=found[1].achievement_id)
            changes = {"progress": f"{claim.progress} Rincian dilengkapi sesuai catatan verifikator."}
            achievements.save(claim.pk, changes, version=claim.version, by=operator, at=now)
            achievements.submit(quarter.pk, unit, by=operator, at=now)
    if until in ("review", "returned", "mended"):
        return
    with moment(4, 9) as at:
        worksheets.freeze(sheet.pk, by=verifier, at=at)
        content_hash = Worksheet.objects.get(pk=sheet.pk).document.content_hash
    signers = [
        verifier,
        *(people.person(f"pejabat.{u.code.lower()}") for _, u in worksheets.parties(unit)[1:]),
    ]
    count = {"frozen": 0, "signed by verifier": 1, "signed by level two": 2}.get(until, len(signers))
    last_day = 9 if unit.code == LATE else 5
    for hour, signer in enumerate(signers[:count], 9):
        with moment(last_day, hour) as at:
            signing.sign(sheet, content_hash=content_hash, by=signer, at=at)
    if until == "nota":
        with moment(10, 10) as at:
            letters.issue(sheet, by=people.person("karoren"), at=at)


def _current(quarter: Quarter, units: dict[str, WorkUnit], now: datetime) -> None:
    """Half filled; one unit has already sent."""
    at = max(quarter.opens_at, now - timedelta(days=2))
    with clock.fixed(at):
        for code in CODES:
            rows = list(Achievement.objects.of(quarter, units[code]).for_pages())
            if any(row.state != Achievement.State.EMPTY for row in rows):
                continue
            early = code == "PUSDATIN"
            with transaction.atomic():
                for row in rows if early else rows[: len(rows) // 2]:
                    _fill(row, at)
                if early:
                    by = people.person(f"operator.{code.lower()}")
                    achievements.submit(quarter.pk, units[code], by=by, at=at)


def _fill(row: Achievement, at: datetime) -> None:
    by = people.person(f"operator.{row.unit.code.lower()}")
    changes = figures.changes_for(row.indicator, row.quarter.number)
    saved = achievements.save(row.pk, changes, version=row.version, by=by, at=at)
    if (source := children.sources([row]).get(row.pk)) and source.is_complete:
        saved = fill_from_children(row.pk, version=saved.version, by=by, at=at)
    if unusual(saved):
        changes = {"explanation": "Contoh: angka sudah dicocokkan dengan data dukung."}
        achievements.save(row.pk, changes, version=saved.version, by=by, at=at)
    if not row.evidence.all():
        name = f"contoh-data-dukung-{row.unit.code.lower()}-{row.indicator.no}-tw{row.quarter.number}"
        slots = row.indicator.evidence_slots.filter(is_required=True).values_list("pk", flat=True)
        for place, slot in enumerate(slots or [None], 1):
            proof = SimpleUploadedFile(
                f"{name}.pdf" if place == 1 else f"{name}-{place}.pdf", _proof(row.quarter.number, place)
            )
            evidence.attach(row.pk, proof, by=by, at=at, slot_id=slot)


@cache
def _proof(number: int, place: int) -> bytes:
    """A one-page PDF that says it is an example; another one for each quarter of the year and for each
    required document of a row."""
    writer = PdfWriter()
    writer.add_blank_page(width=595, height=842)
    writer.add_metadata({"/Title": f"Contoh data dukung triwulan {number}, {place}"})
    buffer = BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def _return(row: WorksheetRow, at: datetime, *, due_at: datetime) -> None:
    worksheets.return_row(
        row.pk,
        reason="Contoh: lampirkan rekapitulasi yang mendukung angka ini.",
        due_at=due_at,
        version=row.version,
        by=people.verifier_of(row.worksheet.unit.code),
        at=at,
    )


def _decide(row: WorksheetRow, at: datetime) -> None:
    """Most claims hold; every ninth is corrected a little."""
    claim = row.achievement.actual
    corrected = row.achievement.indicator.no % 9 == 8 and claim is not None
    worksheets.decide(
        row.pk,
        verdict=WorksheetRow.Verdict.NONCONFORM if corrected else WorksheetRow.Verdict.CONFORM,
        verified_actual=(claim * 98 / 100).quantize(claim) if corrected else None,
        evidence_fits=True,
        note="Contoh: angka disesuaikan dengan rekapitulasi pada data dukung." if corrected else "",
        version=row.version,
        by=people.verifier_of(row.worksheet.unit.code),
        at=at,
    )
