"""Public forms against robots, without a service from outside, without JavaScript, and with nothing to solve: a seal
that says when the form was opened, a field that only a machine fills in, and a limit by address."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

SOONEST, LATEST = timedelta(seconds=3), timedelta(hours=24)
_SALT = "services.robots.seal"


def seal(at: datetime) -> str:
    """What a form carries: a key of its own and when it was opened, signed."""
    return signing.Signer(salt=_SALT).sign_object([secrets.token_urlsafe(18), at.timestamp()])


@dataclass(frozen=True)
class Limit:
    """At most `most` times in `seconds` from one address (of IPv6: from one network of 64 bits). The cache holds a
    salted hash of it until then; it is stored nowhere else."""

    name: str
    most: int
    seconds: int

    def take(self, request: HttpRequest) -> bool:
        """False if there is no slot left. A cache without atomic counters may let a few more through."""
        key = f"limit/{salted_hmac(f'services.robots.{self.name}', _network(request), algorithm='sha256').hexdigest()}"
        cache.add(key, 0, self.seconds)
        try:
            return cache.incr(key) <= self.most
        except ValueError:  # it lapsed in between
            return True


def _network(request: HttpRequest) -> str:
    address = str(settings.AXES_CLIENT_IP_CALLABLE(request) or "")
    try:
        return str(ip_network(f"{address}/64", strict=False)) if ":" in address else address
    except ValueError:
        return address


class GuardedForm(forms.Form):
    """A public form. `key` is that of its seal: the same for whatever is sent twice."""

    seal = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)
    homepage = forms.CharField(
        required=False,
        label="Biarkan kosong",
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at, self.key = at, ""
        self.initial["seal"] = seal(at)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("homepage"):
            self.renew()
            self.add_error(None, "Kiriman ini tampak dibuat mesin. Periksa isian Anda, lalu kirim sekali lagi.")
            return cleaned
        try:
            self.key, opened = signing.Signer(salt=_SALT).unsign_object(cleaned.get("seal", ""))
        except signing.BadSignature:
            self.renew()
            self.add_error(None, "Formulir ini tidak lengkap terkirim. Periksa isian Anda, lalu kirim sekali lagi.")
            return cleaned
        age = self.at - datetime.fromtimestamp(opened, UTC)
        if age < SOONEST and not self.errors:  # with another mistake it comes back anyway
            self.add_error(None, "Formulir ini terkirim terlalu cepat. Tunggu beberapa detik, lalu kirim sekali lagi.")
        elif age > LATEST:
            self.renew()
            self.add_error(None, "Formulir ini terlalu lama terbuka. Periksa isian Anda, lalu kirim sekali lagi.")
        return cleaned

    def renew(self) -> None:
        """The form comes back with what was typed, as a form that was opened now."""
        self.data = self.data.copy()
        self.data["seal"], self.data["homepage"] = seal(self.at), ""


def claim(key: str) -> bool:
    """The form with this key serves once: False when it comes again, by a double click or a robot."""
    return cache.add(f"sealed/{key}", 1, int(LATEST.total_seconds()))


def release(key: str) -> None:
    """It was not kept after all; the person may send it again."""
    cache.delete(f"sealed/{key}")
