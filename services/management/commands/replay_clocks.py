"""`manage.py replay_clocks`: whether every stored clock is what its events say."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from services.actions import clockwork
from services.models import Case


class Command(BaseCommand):
    help = "Menghitung ulang setiap jam layanan dari kejadiannya dan membandingkannya dengan yang tersimpan."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(clockwork.faults())
        for fault in found:
            self.stderr.write(fault)
        if found:
            raise CommandError(f"{len(found)} jam layanan tidak cocok.")
        self.stdout.write(f"{Case.objects.count()} jam layanan cocok.")
