"""`manage.py seed_demo`: the demo story up to this moment."""

from typing import Any

from django.core.management.base import BaseCommand

from kinerjaku import clock
from reporting.demo import accounts, story


class Command(BaseCommand):
    help = "Menyusun cerita contoh dengan memanggil aksi aplikasi. Aman dijalankan ulang."

    def handle(self, *args: Any, **options: Any) -> None:
        story.tell(clock.now(), say=self.stdout.write)
        if not options["verbosity"]:  # whoever called says them
            return
        for account in accounts():
            self.stdout.write(f"{account.role:45} {account.email:32} {account.password}")
