"""`manage.py import_sheet KIND FILE --by EMAIL [--dry-run]`: the same import as in the page, by the same code."""

from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import importing
from accounts.import_job import ImportJob
from accounts.models import User
from kinerjaku import clock
from kinerjaku.errors import DomainError
from kinerjaku.sheets import kind_of, kinds


class Command(BaseCommand):
    help = "Mengimpor lembar XLSX atau CSV: semua baris atau tidak sama sekali."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", metavar="KIND", help=f"jenis: {', '.join(kind.key for kind in kinds())}")
        parser.add_argument("file", metavar="FILE", type=Path, help="berkas .xlsx atau .csv")
        parser.add_argument("--by", required=True, metavar="EMAIL", help="surel orang yang mengimpor; haknya berlaku")
        parser.add_argument("--reason", default="", metavar="TEXT", help="alasan, bila keputusannya sudah ditetapkan")
        parser.add_argument("--dry-run", action="store_true", help="hanya periksa, tidak menyimpan")

    def handle(self, *args: Any, **options: Any) -> None:
        by = User.objects.filter(email=options["by"].lower(), is_active=True).first()
        if by is None:
            raise CommandError(f"Pengguna aktif {options['by']} tidak ada.")
        try:
            kind = kind_of(options["kind"])
            given = {"reason": options["reason"]} if options["reason"] and kind.asks_reason else {}
            with options["file"].open("rb") as opened:
                upload = File(opened, name=options["file"].name)
                job = importing.start(kind, upload, given, by=by, at=clock.now())
        except PermissionDenied as error:
            raise CommandError(f"{by.name} tidak berhak mengimpor {options['kind']}.") from error
        except OSError as error:
            raise CommandError(f"Berkas tidak dapat dibuka: {error.strerror}.") from error
        except DomainError as error:
            raise CommandError(error.message) from error
        importing.run(job.pk, at=clock.now())
        job.refresh_from_db()
        if options["dry_run"] and job.can_be_cancelled:
            self._report(job)
            importing.cancel(job.pk, by=by, at=clock.now())
            self.stdout.write("Hanya diperiksa; tidak ada yang disimpan.")
            return
        if job.state == ImportJob.State.READY and job.changed:
            importing.confirm(job.pk, digest=job.digest, by=by, at=clock.now())
            importing.run(job.pk, at=clock.now())
            job.refresh_from_db()
        self._report(job)

    def _report(self, job: ImportJob) -> None:
        for fault in importing.details(job).faults:
            value = f" “{fault.value}”" if fault.value else ""
            self.stderr.write(f"{fault.place or 'berkas'}{value}: {fault.advice}")
        if job.note:
            self.stdout.write(job.note)
        self.stdout.write(
            f"{job.get_state_display()}: {job.total} baris dibaca, {job.changed} berubah, {job.unchanged} tetap, "
            f"{job.faulty} masalah."
        )
        if job.faulty or job.is_running or (job.state == ImportJob.State.READY and "berubah sejak" in job.note):
            raise CommandError("Tidak ada yang disimpan.")
