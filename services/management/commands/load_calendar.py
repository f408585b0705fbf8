"""`manage.py load_calendar`: the working calendar of the project's data file."""

from typing import Any

from django.core.management.base import BaseCommand

from kinerjaku import clock
from services.actions import calendar


class Command(BaseCommand):
    help = "Memuat tahun kalender kerja yang belum ada. Yang sudah ada tidak diubah."

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = calendar.load(at=clock.now())
        for year, closures in sorted(loaded.items()):
            self.stdout.write(f"{year} {closures} hari libur")
        if not loaded:
            self.stdout.write("Semua tahun sudah dimuat.")
