"""What people are told about and by which channel: the kinds of notices with the terms of each, in one table."""

from typing import NamedTuple

from django.db import models


class Channel(models.TextChoices):
    """How a notice reaches its person besides the portal, where it always stands."""

    NOW = "now", "Surel segera"
    DIGEST = "digest", "Ringkasan harian lewat surel"
    PORTAL = "portal", "Hanya di portal"


class Kind(models.TextChoices):
    ACHIEVEMENT = "achievement", "Tenggat dan capaian"
    LETTER = "letter", "Tanda tangan dan surat"
    SERVICE = "service", "Janji layanan"
    ESCALATION = "escalation", "Eskalasi layanan"
    PUBLIC = "public", "Pengaduan dan survei"
    PORTAL = "portal", "Akun dan portal"


class Terms(NamedTuple):
    about: str
    causes: frozenset[str]  # the first part of the cause of its notices
    offered: tuple[Channel, ...] = (Channel.NOW, Channel.DIGEST, Channel.PORTAL)
    default: Channel = Channel.NOW
    waits_for_office: bool = False  # its mail goes out in working hours only


TERMS: dict[Kind, Terms] = {  # whatever the person chooses is one of `offered` [D]
    Kind.ACHIEVEMENT: Terms(
        "Tenggat, perpanjangan, pengumpulan data, capaian yang dikirim, ditarik, dikembalikan, atau dikomentari.",
        frozenset({"deadline", "extension", "round", "submission", "withdrawal", "return", "comment", "indicator"}),
    ),
    Kind.LETTER: Terms(
        "Yang menunggu atau selesai Anda tanda tangani, nota dinas, undangan, laporan, dan surat lain.",
        frozenset({"decree", "sign", "signed", "validated", "void", "nota", "invitation", "apology", "service-report"}),
    ),
    Kind.SERVICE: Terms(
        "Berkas yang diserahkan kepada Anda, dan layanan yang sudah memakai 75% atau 90% janji waktunya.",
        frozenset({"case", "officer", "validation"}),
        waits_for_office=True,
    ),
    Kind.ESCALATION: Terms(
        "Layanan yang melewati janjinya dan kewajiban yang belum dipenuhi. Selalu dikirim lewat surel.",
        frozenset({"escalation", "obligation"}),
        offered=(Channel.NOW, Channel.DIGEST),  # nobody of the chain of oversight (memo 4.5) can say: I did not know
        waits_for_office=True,
    ),
    Kind.PUBLIC: Terms(
        "Pengaduan masyarakat dan survei kepuasan.",
        frozenset({"complaint", "survey", "follow-up"}),
        default=Channel.DIGEST,
        waits_for_office=True,
    ),
    Kind.PORTAL: Terms(
        "Kata sandi dan gangguan portal. Selalu dikirim segera.",
        frozenset({"password", "calendar"}),
        offered=(Channel.NOW,),
    ),
}
CHOOSABLE = [kind for kind, terms in TERMS.items() if len(terms.offered) > 1]
URGENT = [kind for kind, terms in TERMS.items() if not terms.waits_for_office]
_OF_CAUSE = {first: kind for kind, terms in TERMS.items() for first in terms.causes}


def kind_of(cause: str) -> Kind:
    """By the first part of the cause. What is in no row of the table is mailed at once rather than kept back."""
    return _OF_CAUSE.get(cause.partition("/")[0], Kind.PORTAL)
