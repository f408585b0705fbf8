"""`manage.py verify_audit`: walk the audit chain and say what does not fit."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kinerjaku import audit
from kinerjaku.models import AuditEntry


class Command(BaseCommand):
    help = "Memeriksa rantai audit; keluar dengan kode 1 jika ada catatan yang diubah, hilang, atau disisipkan."

    def handle(self, *args: Any, **options: Any) -> None:
        problems = list(audit.problems())
        for problem in problems:
            self.stderr.write(problem)
        if problems:
            raise CommandError(f"Rantai audit rusak: {len(problems)} temuan.")
        self.stdout.write(f"Rantai audit utuh: {AuditEntry.objects.count()} catatan.")
