"""What keeps robots from a public form without asking another service or puzzling people: a signed time at which the
form was shown, a field that only a robot fills, and so many answers from one address in an hour.

    class MyForm(NoRobots, forms.Form): ...
    form = MyForm(request.POST or None, at=at)     # it carries its stamp to the page
    robots.require_room(request, at=at)            # DomainError too_many, 429
    robots.claim(form.cleaned_data["stamp"])       # False: this very form was sent before
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.cache import cache
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from kinerjaku.clock import WIB
from kinerjaku.errors import DomainError

QUICKEST = timedelta(seconds=4)
LONGEST = timedelta(hours=12)
MOST_AN_HOUR = 200  # a whole ministry may sit behind one address
HOUR = 3600
_signer = Signer(salt="services.robots")


class NoRobots(forms.Form):
    """Fields of a public form. What a person typed comes back with each refusal; sending again is enough."""

    stamp = forms.CharField(widget=forms.HiddenInput, required=False, label="Waktu formulir")
    website = forms.CharField(
        required=False,
        label="Jangan diisi",
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, *, at: datetime, **options: Any) -> None:
        super().__init__(None if data is None else data.copy(), **options)
        self.at = at
        self.initial["stamp"] = stamp_of(at)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        shown_at = _shown_at(found.get("stamp", ""))
        if shown_at is None or self.at - shown_at > LONGEST:
            self.data["stamp"] = stamp_of(self.at)
            self.add_error(None, "Halaman ini sudah lama terbuka. Isian Anda masih ada; kirim sekali lagi.")
        elif self.at - shown_at < QUICKEST:
            self.add_error(None, "Terkirim terlalu cepat. Periksa isian Anda, lalu kirim sekali lagi.")
        if found.get("website"):
            self.data["website"] = ""
            self.add_error(None, "Isian yang tersembunyi tidak boleh diisi. Kirim sekali lagi.")
        return found


def stamp_of(at: datetime) -> str:
    return _signer.sign(f"{int(at.timestamp())}.{secrets.token_urlsafe(12)}")


def claim(stamp: str) -> bool:
    """Each stamp serves once: False when the same form comes again, by a double click or a robot."""
    return cache.add(_key("stamp", stamp), 1, int(LONGEST.total_seconds()))


def release(stamp: str) -> None:
    """It was not kept after all; the person may send it again."""
    cache.delete(_key("stamp", stamp))


def require_room(request: HttpRequest, *, at: datetime) -> None:
    """Raises DomainError `too_many`. The address itself is kept nowhere: its keyed hash is good for one hour."""
    hour = int(at.timestamp()) // HOUR
    address = settings.AXES_CLIENT_IP_CALLABLE(request)
    key = _key("room", f"{hour}/{address}")
    cache.add(key, 0, HOUR)
    try:
        count = cache.incr(key)
    except ValueError:  # it lapsed in between
        return
    if count > MOST_AN_HOUR:
        raise DomainError(
            "Terlalu banyak kiriman dari jaringan Anda. Isian Anda masih ada; kirim lagi satu jam lagi.",
            code="too_many",
            status=429,
        )


def _key(what: str, secret: str) -> str:
    return f"{what}/{salted_hmac('services.robots', secret).hexdigest()}"


def _shown_at(stamp: str) -> datetime | None:
    """The instant in a stamp that we have signed."""
    try:
        seconds, _, _ = _signer.unsign(stamp).partition(".")
    except BadSignature:
        return None
    return datetime.fromtimestamp(int(seconds), WIB)
