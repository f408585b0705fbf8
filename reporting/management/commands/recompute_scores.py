"""`manage.py recompute_scores --year 2026`: all scores of a year anew."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from kinerjaku import clock
from reporting.actions import score


class Command(BaseCommand):
    help = "Menghitung ulang nilai semua unit pada satu tahun. Aman dijalankan ulang."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--year", type=int, required=True, help="Tahun yang dihitung ulang.")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.perf_counter()
        count = score.recompute(options["year"], at=clock.now())
        self.stdout.write(
            f"{count} indikator tahun {options['year']} dihitung, {time.perf_counter() - began:.1f} detik"
        )
