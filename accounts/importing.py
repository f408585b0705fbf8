"""Imports: a file is taken in, checked without writing, shown, and applied in one transaction that checks it again.

A worker claims a job by a conditional update and is heard of with every step; one that is not heard of any more has
died, and the job is taken up again. Whatever a worker writes asks for its own claim, so that of two workers one counts.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import astuple
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import F

from kinerjaku import audit, clock, files, jobs, progress, sheet_reader
from kinerjaku.errors import DomainError
from kinerjaku.sheet_reader import Table
from kinerjaku.sheets import Change, Fault, Plan, Refused, Row, SheetKind, kind_of, no_step, repeated

from .import_job import ImportJob
from .models import User

State = ImportJob.State
CLAIM_LASTS = timedelta(minutes=10)
KEPT = timedelta(days=90)  # the files of a job; what it did stays in the audit
AT_ONCE_BYTES, AT_ONCE_ROWS = 200_000, 500  # what is checked while the person waits
MOST_ATTEMPTS = 3
EVERY = 250  # rows between two words about the progress
FOLDER = "impor"
NOT_READ = "Berkas ini bukan lembar kerja yang dapat dibaca. Simpan ulang sebagai Excel (.xlsx) atau CSV, lalu unggah."
LATER = "Data berubah sejak pratinjau. Periksa perubahan yang baru, lalu simpan."


def start(kind: SheetKind, upload: File, options: Mapping[str, Any], *, by: User, at: datetime) -> ImportJob:
    """Take a file in, to be checked. Raises DomainError if it is none that can be read."""
    require(kind, by)
    name = upload.name or ""
    if getattr(upload, "refused", "") or (upload.size or 0) > sheet_reader.MOST_BYTES:
        most = sheet_reader.MOST_BYTES // 2**20
        raise DomainError(f"Berkas lebih besar dari {most} MB. Bagi menjadi beberapa berkas.", code="too_big")
    if not name.lower().endswith((".xlsx", ".csv")):
        raise DomainError("Unggah berkas Excel (.xlsx) atau CSV.", code="wrong_type")
    if name.lower().endswith(".csv") and upload.size:
        upload.seek(0)
        sheet_reader.decoded(upload.read())  # names the place, where the check of all uploads only says no
    upload.seek(0)
    try:
        facts = files.inspect(upload)  # type: ignore[arg-type]
    except DomainError as error:
        if error.code in ("wrong_type", "type", "unknown_type"):
            raise DomainError(NOT_READ, code="wrong_type") from error
        raise
    if facts.kind not in ("Excel", "CSV"):
        raise DomainError("Unggah berkas Excel (.xlsx) atau CSV.", code="wrong_type")
    upload.seek(0)
    storage_name = files.store(upload, facts, FOLDER)  # type: ignore[arg-type]
    with transaction.atomic():
        job = ImportJob.objects.create(
            kind=kind.key,
            options=dict(options),
            name=facts.name,
            storage_name=storage_name,
            sha256=facts.sha256,
            size=facts.size,
            by=by,
            created_at=at,
        )
        after = {"kind": kind.key, "name": facts.name, "sha256": facts.sha256}
        audit.record(by=by, at=at, verb="unggah impor", target=job, after=after)
        jobs.wake("accounts.run_imports")
    return job


def require(kind: SheetKind, by: User) -> None:
    if not kind.may(by):
        raise PermissionDenied


def confirm(job_id: int, *, digest: str, by: User, at: datetime) -> ImportJob:
    """The person has seen the changes and wants them. Raises DomainError `wrong_state`, `stale`."""
    with transaction.atomic():
        job = _locked(job_id)
        require(kind_of(job.kind), by)
        if job.state != State.READY:
            raise DomainError(f"Impor ini {job.get_state_display().lower()}.", code="wrong_state", status=409)
        if digest != job.digest:
            raise DomainError(LATER, code="stale", status=409)
        if not job.changed:
            raise DomainError("Tidak ada yang perlu disimpan.", code="nothing_to_do", status=409)
        job.state, job.done, job.claimed_at, job.claim, job.attempts = State.CONFIRMED, 0, None, "", 0
        job.save(update_fields=["state", "done", "claimed_at", "claim", "attempts"])
        audit.record(by=by, at=at, verb="setujui impor", target=job, after={"changed": job.changed})
        jobs.wake("accounts.run_imports")
    return job


@transaction.atomic
def cancel(job_id: int, *, by: User, at: datetime) -> ImportJob:
    """Nothing of it is kept. Raises DomainError `wrong_state` once it is being applied."""
    job = _locked(job_id)
    if not job.can_be_cancelled:
        raise DomainError(
            f"Impor ini {job.get_state_display().lower()}; tidak dapat dibatalkan.", code="wrong_state", status=409
        )
    before = audit.snapshot(job, "state")
    job.state, job.claim = State.CANCELLED, ""
    job.save(update_fields=["state", "claim"])
    audit.record(by=by, at=at, verb="batalkan impor", target=job, before=before, after=audit.snapshot(job, "state"))
    return job


def run(job_id: int, *, at: datetime, most_rows: int | None = None) -> bool:
    """Do what is next for a job, if nobody else does. `most_rows`: a larger file is left to the worker.

    False: there was nothing to do, or somebody else does it.
    """
    claim = secrets.token_hex(16)
    rows = ImportJob.objects.to_do(stale_before=at - CLAIM_LASTS).filter(pk=job_id).order_by()
    found = rows.values_list("state", flat=True).first()
    if found is None:
        return False
    checks = found in (State.WAITING, State.CHECKING)
    taken = State.CHECKING if checks else State.APPLYING
    mark = {"state": taken, "claim": claim, "claimed_at": at, "done": 0, "attempts": F("attempts") + 1}
    if not rows.filter(state=found).update(**mark):
        return False
    job = ImportJob.objects.select_related("by").get(pk=job_id)
    if job.attempts > MOST_ATTEMPTS:
        why = f"Impor ini {MOST_ATTEMPTS} kali terhenti karena gangguan sistem. Bagi berkasnya atau hubungi Admin."
        _keep(job, claim, Plan(faults=[Fault(0, "", "", why)]), Table(), was=taken)
    elif checks:
        _check(job, claim, most_rows)
    else:
        _apply(job, claim, at=at)
    return True


def sweep(at: datetime) -> None:
    """Everything that waits, one after the other."""
    for job_id in list(ImportJob.objects.to_do(stale_before=at - CLAIM_LASTS).values_list("pk", flat=True)):
        run(job_id, at=clock.now())  # read anew: the one before may have taken minutes


def forget(at: datetime) -> None:
    """Remove the files of jobs whose time is over."""
    old = ImportJob.objects.filter(created_at__lt=at - KEPT).exclude(storage_name="")
    for job in old.exclude(state__in=ImportJob.RUNNING)[:100]:
        for name in filter(None, (job.storage_name, job.details_name)):
            with suppress(FileNotFoundError):
                default_storage.delete(name)
        ImportJob.objects.filter(pk=job.pk).update(storage_name="", details_name="")


def plan_of(
    job: ImportJob, *, at: datetime, lock: bool, step: Any = no_step, most_rows: int | None = None
) -> tuple[Plan, Table]:
    """What the file would change, and what was read of it. `lock`: again, inside the transaction that applies it."""
    kind = kind_of(job.kind)
    if not kind.may(job.by):
        fault = Fault(0, "", "", "Anda tidak lagi berhak mengimpor jenis ini. Hubungi Admin.")
        return Plan(faults=[fault]), Table()
    try:
        table = _read_before(job) if lock else _read(job, most_rows)
    except FileNotFoundError:
        return Plan(faults=[Fault(0, "", "", "Berkas tidak ada lagi. Unggah sekali lagi.")]), Table()
    except DomainError as error:
        if most_rows and isinstance(error, sheet_reader.TooManyRows):
            raise
        return Plan(faults=[Fault(0, "", "", error.message)]), Table()
    if table.faults and not table.rows:
        return Plan(faults=table.faults), table
    step(0, total=len(table.rows))
    plan = kind.plan(table.rows, by=job.by, at=at, options=job.options, lock=lock, step=step)
    faults = [*table.faults, *repeated(table.rows, kind.identity, kind.given(job.options)), *plan.faults]
    said = {(fault.row, fault.column) for fault in table.faults}
    fresh = [fault for fault in faults[len(table.faults) :] if (fault.row, fault.column) not in said]
    plan.faults = sheet_reader.all_faults([*table.faults, *fresh], table.letters)
    return plan, table


def _read(job: ImportJob, most_rows: int | None) -> Table:
    """The stored file. Raises DomainError, FileNotFoundError."""
    with default_storage.open(job.storage_name) as stored:
        data = stored.read()
    if hashlib.sha256(data).hexdigest() != job.sha256:
        raise DomainError("Berkas tersimpan tidak utuh lagi. Unggah sekali lagi.", code="damaged")
    columns = kind_of(job.kind).columns(job.by, job.options)
    return sheet_reader.read(BytesIO(data), job.name, columns, most_rows=most_rows or sheet_reader.MOST_ROWS)


def _read_before(job: ImportJob) -> Table:
    """The rows as the check has read them: a spreadsheet is slow to take apart twice."""
    kept = _kept(job)
    rows = [Row(number, dict(zip(kept["heads"], texts, strict=True))) for number, texts in kept["rows"]]
    return Table(rows, letters=kept["letters"])


def _check(job: ImportJob, claim: str, most_rows: int | None) -> None:
    mine = ImportJob.objects.filter(pk=job.pk, claim=claim, state=State.CHECKING)

    def step(done: int, total: int | None = None) -> None:
        if total is not None or done % EVERY == 0:
            facts = {} if total is None else {"total": total}
            mine.update(done=done, claimed_at=clock.now(), **facts)

    try:
        plan, table = plan_of(job, at=clock.now(), lock=False, step=step, most_rows=most_rows)
    except sheet_reader.TooManyRows:
        mine.update(state=State.WAITING, claim="", claimed_at=None, attempts=0)  # the worker takes it
        return
    except DomainError as error:
        plan, table = Plan(faults=_faults_of(error)), Table()
    _keep(job, claim, plan, table)


def _apply(job: ImportJob, claim: str, *, at: datetime) -> None:
    """One transaction: the plan anew over locked rows, the same as was shown, written, and the job done."""
    mine = ImportJob.objects.filter(pk=job.pk, claim=claim, state=State.APPLYING)
    plan, table = Plan(), Table()
    try:
        with progress.teller(mine) as tell:

            def step(done: int, total: int | None = None) -> None:
                if done % EVERY == 0:
                    tell(done=done, claimed_at=clock.now())

            with transaction.atomic():
                plan, table = plan_of(job, at=at, lock=True, step=step)
                if plan.faults:
                    raise Refused(plan.faults)
                if plan.digest != job.digest:
                    raise _OtherThanShown
                kind_of(job.kind).write(plan, by=job.by, at=at, step=step)
                facts = {"kind": job.kind, "name": job.name, "sha256": job.sha256, "changed": len(plan.changes)}
                audit.record(by=job.by, at=at, verb="terapkan impor", target=job, after=facts)
                if not mine.update(state=State.DONE, applied_at=at, done=job.total, claim=""):
                    raise _TakenOver
    except _TakenOver:
        return
    except _OtherThanShown:
        table.note = LATER
        _keep(job, claim, plan, table, was=State.APPLYING)
    except DomainError as error:
        plan.faults = _faults_of(error)
        _keep(job, claim, plan, table, was=State.APPLYING)
    except IntegrityError:  # the database refuses what the plan could not know: somebody was faster
        plan.faults = [Fault(0, "", "", "Data berubah ketika disimpan. Unduh isi terbaru, lalu unggah lagi.")]
        _keep(job, claim, plan, table, was=State.APPLYING)


def _faults_of(error: DomainError) -> list[Fault]:
    return error.faults if isinstance(error, Refused) else [Fault(0, "", "", error.message)]


class _TakenOver(Exception):
    """Another worker has the job."""


class _OtherThanShown(Exception):
    """The rows have changed since the preview."""


def _keep(job: ImportJob, claim: str, plan: Plan, table: Table, *, was: str = State.CHECKING) -> None:
    """What was found, for the person to see; only if the job is still this worker's."""
    name = default_storage.save(f"{FOLDER}/{secrets.token_hex(16)}", ContentFile(_as_json(plan, table)))
    total = len(table.rows) or job.total
    kept = ImportJob.objects.filter(pk=job.pk, claim=claim, state=was).update(
        state=State.FAULTY if plan.faults else State.READY,
        details_name=name,
        total=total,
        done=total,
        changed=len(plan.changes),
        unchanged=plan.unchanged,
        faulty=len(plan.faults),
        digest=plan.digest,
        note=table.note or job.note,
        claim="",
        claimed_at=None,
        attempts=0,
    )
    if unused := job.details_name if kept else name:
        default_storage.delete(unused)


def details(job: ImportJob) -> Plan:
    """What the last check found."""
    try:
        kept = _kept(job)
    except FileNotFoundError:
        return Plan()
    changes = [Change(row, what, new, [tuple(one) for one in fields]) for row, what, new, fields in kept["changes"]]
    return Plan(changes, [Fault(*one) for one in kept["faults"]], kept["unchanged"])


def rows_of(job: ImportJob) -> Table:
    """What the last check has read; nothing if the files are gone."""
    try:
        return _read_before(job)
    except FileNotFoundError:
        return Table()


def _kept(job: ImportJob) -> dict[str, Any]:
    if not job.details_name:
        raise FileNotFoundError
    with default_storage.open(job.details_name) as stored:
        return json.loads(stored.read())


def _as_json(plan: Plan, table: Table) -> bytes:
    kept = {
        "changes": [[one.row, one.what, one.is_new, one.fields] for one in plan.changes],
        "faults": [astuple(one) for one in plan.faults],
        "unchanged": plan.unchanged,
        "letters": table.letters,
        "heads": list(table.rows[0].cells) if table.rows else [],
        "rows": [[row.number, list(row.cells.values())] for row in table.rows],
    }
    return json.dumps(kept, ensure_ascii=False).encode()


def _locked(job_id: int) -> ImportJob:
    return ImportJob.objects.select_for_update(no_key=True).get(pk=job_id)
