"""Sign-in with e-mail or NIP."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.db.models import Q

from . import policy
from .models import User


class EmailOrNipBackend(BaseBackend):
    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        if not username or password is None:
            return None
        name = username.strip()
        user = User.objects.filter(Q(email=name.lower()) | Q(nip=name.replace(" ", ""))).first()
        if user is None:
            User().set_password(password)  # as slow as a wrong password, so that names cannot be guessed by time
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        user = policy.signed_in(user_id)
        return user if user and user.is_active else None
