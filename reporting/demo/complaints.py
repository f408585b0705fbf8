"""A few complaints, each at another place of its way."""

from datetime import datetime, timedelta

from kinerjaku import clock
from services.actions import complaint as actions
from services.actions import complaint_dialogue as dialogue
from services.actions.complaint import Report
from services.complaint_flow import Act
from services.models import Complaint

from . import people


def tell(now: datetime) -> str:
    """Up to `now`; what is already told is not told again. The number and secret of one of them, for the tracking."""
    if Complaint.objects.exists():
        return ""
    late = _received(_LATE, "terlambat", now - timedelta(days=40))
    _assign(late, "verifikator2", now - timedelta(days=39))
    answered = _received(_ANSWERED, "dijawab", now - timedelta(days=6))
    _assign(answered, "verifikator1", now - timedelta(days=5))
    _reply(answered, Act.RESPOND, "Contoh: terima kasih, sedang kami periksa.", 1, now - timedelta(days=4))
    _reply(answered, Act.ANSWER, "Contoh: jadwal sudah kami perbaiki.", 2, now - timedelta(days=1))
    asked = _received(_ASKED, "ditanya", now - timedelta(days=3))
    _assign(asked, "verifikator2", now - timedelta(days=2))
    _reply(asked, Act.ASK, "Contoh: mohon sebutkan tanggal rapatnya.", 1, now - timedelta(days=1))
    with clock.fixed(now):
        actions.sound(late.pk, at=now)
        registered = actions.receive(
            _REGISTERED,
            key="contoh-surel",
            at=now,
            by=people.person("subtim"),
            channel=Complaint.Channel.EMAIL,
            received_at=now - timedelta(days=1),
        )[0]
        dialogue.write(registered.pk, "Contoh: saya lampirkan keterangan lewat telepon.", at=now)
        fresh, secret = actions.receive(_FRESH, key="contoh-baru", at=now)
    return f"Pengaduan contoh untuk dilacak: {fresh.number}, kode {secret}"


_LATE = Report("service", "Contoh: verifikasi lambat", "Contoh: hasil verifikasi belum kami terima.", "anonymous")
_ANSWERED = Report(
    "service",
    "Contoh: jadwal rapat bertabrakan",
    "Contoh: dua undangan pada jam yang sama.",
    "named",
    service="verification",
    name="Pengadu (contoh)",
    email="pengadu@contoh.test",
)
_ASKED = Report(
    "supervision",
    "Contoh: dugaan perlakuan tidak adil",
    "Contoh: berkas unit lain didahulukan tanpa alasan.",
    "confidential",
    name="Pengadu rahasia (contoh)",
    contact="0800-000-0000 (contoh)",
)
_REGISTERED = Report(
    "information",
    "Contoh: cara mengisi matriks",
    "Contoh: mohon panduan matriks usulan.",
    "named",
    name="Staf (contoh)",
)
_FRESH = Report("service", "Contoh: tautan tidak terbuka", "Contoh: tautan panduan tidak terbuka.", "anonymous")


def _received(report: Report, key: str, at: datetime) -> Complaint:
    with clock.fixed(at):
        return actions.receive(report, key=f"contoh-{key}", at=at)[0]


def _assign(complaint: Complaint, officer: str, at: datetime) -> None:
    with clock.fixed(at):
        chief = people.person("ketuatim")
        actions.assign(complaint.pk, people.person(officer), note="Contoh: mohon ditangani.", by=chief, at=at)


def _reply(complaint: Complaint, act: Act, text: str, seen: int, at: datetime) -> None:
    with clock.fixed(at):
        actions.reply(complaint.pk, act, text, seen=seen, by=people.person("ketuatim"), at=at)
