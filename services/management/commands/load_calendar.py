"""`manage.py load_calendar`: the working calendar of the project's data file, or closed days of a file of one's own."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kinerjaku import clock, tables
from kinerjaku.errors import DomainError
from services import closure_file, closure_plan
from services.actions import calendar


class Command(BaseCommand):
    help = "Memuat tahun kalender kerja yang belum ada, atau hari libur dari berkas XLSX, CSV, atau iCalendar."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--file", type=Path, help="berkas hari libur (.xlsx, .csv, .ics)")
        parser.add_argument("--basis", default="", help="dasar hukum bagi hari yang tidak menyebutnya")
        parser.add_argument("--make-years", action="store_true", help="buat tahun yang belum dimuat")
        parser.add_argument("--dry-run", action="store_true", help="tunjukkan saja, tanpa menyimpan")

    def handle(self, *args: Any, file: Path | None = None, **options: Any) -> None:
        if file is not None:
            self._import(file, options)
            return
        if options["dry_run"]:
            raise CommandError("--dry-run hanya bersama --file.")
        loaded = calendar.load(at=clock.now())
        for year, closures in sorted(loaded.items()):
            self.stdout.write(f"{year} {closures} hari libur")
        if not loaded:
            self.stdout.write("Semua tahun sudah dimuat.")

    def _import(self, file: Path, options: dict[str, Any]) -> None:
        settings = {name: options[name] for name in ("basis", "make_years")}
        try:
            if file.stat().st_size > tables.MOST_BYTES:
                raise CommandError("Berkas lebih besar dari 2 MB. Bagi menjadi beberapa berkas.")
            lines = closure_file.read(file.name, file.read_bytes())
            plan = closure_plan.plan(lines, **settings)
            for row in plan.rows:
                self.stdout.write(f"{row.line.day or row.line.place} {row.state.label}: {row.line.name}")
                for fault in row.faults:
                    self.stderr.write(f"{row.line.place}, {fault.column} “{fault.value}”: {fault.advice}")
            if plan.faulty:
                raise CommandError(f"{plan.faulty} baris perlu diperbaiki. Tidak ada yang disimpan.")
            if options["dry_run"]:
                self.stdout.write(
                    f"{plan.new} baru, {plan.changed} berubah, {plan.same} sama. Tidak ada yang disimpan."
                )
                return
            source = f"Impor dari berkas {file.name}"
            done = calendar.import_closures(lines, **settings, seen=plan.token, source=source, by=None, at=clock.now())
            self.stdout.write(f"{done.new} baru, {done.changed} berubah, {done.same} sama.")
        except OSError as error:
            raise CommandError(f"{file} tidak dapat dibuka.") from error
        except DomainError as error:
            raise CommandError(error.message) from error
