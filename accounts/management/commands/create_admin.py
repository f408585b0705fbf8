"""The first person: an Admin, who then makes everybody else."""

import getpass
import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts import actions
from accounts.models import Membership, User, WorkUnit
from accounts.roles import Role
from kinerjaku import clock


class Command(BaseCommand):
    help = "Membuat pengguna dengan peran Admin pada Biro Perencanaan."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True, help="surel untuk masuk")
        parser.add_argument("--name", required=True, help="nama lengkap")
        parser.add_argument("--nip", help="NIP, 18 digit")
        parser.add_argument("--generate", action="store_true", help="buatkan kata sandi dan tampilkan sekali")

    def handle(self, *args: Any, **options: Any) -> None:
        unit = (
            WorkUnit.objects.filter(code=settings.PLANNING_BUREAU).first()
            or WorkUnit.objects.filter(parent=None).first()
        )
        if unit is None:
            raise CommandError("Belum ada unit kerja. Muat dahulu katalog: manage.py load_catalogue.")
        user = User(email=options["email"].lower(), name=options["name"], nip=options["nip"] or None)
        try:
            user.full_clean(exclude=["password"])
            password = secrets.token_urlsafe(15) if options["generate"] else self._asked(user)
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        user.set_password(password)
        at = clock.now()
        with transaction.atomic():
            actions.save_user(user, by=None, at=at)
            actions.save_membership(Membership(user=user, role=Role.ADMIN, unit=unit), by=None, at=at)
        self.stdout.write(f"Admin {user.name} <{user.email}> dibuat pada {unit.name}.")
        if options["generate"]:
            self.stdout.write(f"Kata sandi, hanya ditampilkan kali ini: {password}")

    def _asked(self, user: User) -> str:
        password = getpass.getpass("Kata sandi: ")
        if password != getpass.getpass("Ulangi kata sandi: "):
            raise CommandError("Kedua kata sandi tidak sama.")
        validate_password(password, user)
        return password
