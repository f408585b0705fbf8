"""`manage.py load_catalogue`: the indicators of Sekretariat Jenderal 2021."""

from typing import Any

from django.core.management.base import BaseCommand

from indicators.actions import catalogue
from kinerjaku import clock


class Command(BaseCommand):
    help = "Memuat keputusan, unit, sasaran, dan 110 indikator Sekretariat Jenderal 2021. Aman dijalankan ulang."

    def handle(self, *args: Any, **options: Any) -> None:
        counts = catalogue.load(at=clock.now())
        for code, count in counts.items():
            self.stdout.write(f"{code:10} {count:3}")
        self.stdout.write(f"{'jumlah':10} {counts.total():3}")
