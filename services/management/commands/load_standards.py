"""`manage.py load_standards`: the service standards of the project's data file."""

from typing import Any

from django.core.management.base import BaseCommand

from kinerjaku import clock
from services.actions import standard


class Command(BaseCommand):
    help = "Memuat standar pelayanan yang belum ada. Yang sudah ada tidak diubah."

    def handle(self, *args: Any, **options: Any) -> None:
        made = standard.load(at=clock.now())
        for one in made:
            self.stdout.write(f"{one.key} {one.steps.count()} langkah")
        if not made:
            self.stdout.write("Semua standar sudah dimuat.")
