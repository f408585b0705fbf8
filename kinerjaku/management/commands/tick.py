"""`manage.py tick [--at ISO]`: run what the schedule would run at that instant, in its order."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kinerjaku import clock
from kinerjaku.celery import SCHEDULE, app


class Command(BaseCommand):
    help = "Menjalankan seluruh jadwal sekali, seolah-olah pada saat yang disebut (bawaan: sekarang)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--at", help="saat ISO 8601 dengan zona waktu, misalnya 2026-04-16T00:00:00+07:00")

    def handle(self, *args: Any, at: str | None = None, **options: Any) -> None:
        app.loader.import_default_modules()
        with clock.fixed(self._instant(at)):
            for name in SCHEDULE:
                app.tasks[name]()
                self.stdout.write(name)

    def _instant(self, text: str | None) -> datetime:
        if text is None:
            return clock.now()
        try:
            at = datetime.fromisoformat(text)
        except ValueError as error:
            raise CommandError(f"“{text}” bukan saat ISO 8601, misalnya 2026-04-16T00:00:00+07:00.") from error
        return at if at.tzinfo else at.replace(tzinfo=clock.WIB)
