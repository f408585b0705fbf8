"""The life of a decree: asked for initials, initialled twice, signed and with it enacted; or enacted on paper; revoked.

Locks: the decrees of the year, its open quarters, their rows, and the audit chain last.
"""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import formats

from accounts import notices, policy
from accounts.models import User, WorkUnit
from accounts.policy import Verb
from accounts.roles import Role
from indicators.decree_content import content_of
from indicators.decree_rules import faults
from indicators.models import Decree, DecreeSignature, Quarter
from indicators.quarters import WIB, ends_on
from kinerjaku import audit, documents
from kinerjaku.clock import said
from kinerjaku.errors import DomainError
from kinerjaku.models import Document

from .decree_rows import settle

Party = DecreeSignature.Party
INITIALS = (Party.PLANNING, Party.LEGAL)


def parties_of(user: User) -> list[Party]:
    """For whom this person may initial or sign."""
    legal = WorkUnit.objects.filter(code=settings.LEGAL_BUREAU).first()
    rights = {
        Party.PLANNING: policy.can(user, Verb.INITIAL_DECREE_PLANNING),
        Party.LEGAL: legal is not None and policy.can(user, Verb.INITIAL_DECREE_LEGAL, legal),
        Party.SECRETARY: policy.can(user, Verb.SIGN_DECREE),
    }
    return [party for party, held in rights.items() if held]


def standing(decree: Decree, content_hash: str) -> dict[Party, DecreeSignature]:
    """Initials and signature that are for this very content; an earlier one lapsed with the change."""
    return {Party(one.party): one for one in decree.signatures.all() if one.content_hash == content_hash}


@transaction.atomic
def ask_initials(decree_id: int, *, by: User, at: datetime) -> None:
    """The draft is ready: those who initial are told. Raises DomainError `not_ready`, `wrong_state`."""
    policy.require(by, Verb.EDIT_CATALOGUE)
    decree = _locked(decree_id)
    _require_ready(decree)
    content_hash = documents.content_hash(content_of(decree))
    decree.asked_at, decree.asked_hash = at, content_hash
    decree.save(update_fields=["asked_at", "asked_hash"])
    audit.record(by=by, at=at, verb="minta paraf keputusan", target=decree, after={"content_hash": content_hash})
    legal = WorkUnit.objects.filter(code=settings.LEGAL_BUREAU).first()
    people = {*policy.holders(Role.KAROREN), *(policy.holders(Role.OFFICIAL, legal) if legal else ())}
    _tell(decree, people, "Paraf rancangan keputusan", f"{by} meminta paraf Anda atas", content_hash, at=at)


@transaction.atomic
def initial(decree_id: int, *, content_hash: str, by: User, at: datetime) -> DecreeSignature:
    """Raises PermissionDenied, DomainError `not_ready`, `stale`, `already`, `wrong_state`."""
    mine = [party for party in parties_of(by) if party in INITIALS]
    if not mine:
        raise PermissionDenied
    decree = _locked(decree_id)
    _require_seen(decree, content_hash)
    given = standing(decree, content_hash)
    party = next((party for party in mine if party not in given), None)
    if party is None:
        raise DomainError("Isi ini sudah diparaf untuk biro Anda.", code="already", status=409)
    signature = _signature(decree, party, content_hash, by=by, at=at)
    _note(signature, by=by, at=at)
    decree.asked_at, decree.asked_hash = decree.asked_at or at, content_hash
    decree.save(update_fields=["asked_at", "asked_hash"])
    if all(one in {*given, party} for one in INITIALS):
        people = set(policy.holders(Role.SEKJEN))
        _tell(decree, people, "Tanda tangani keputusan", "Kedua paraf sudah lengkap pada", content_hash, at=at)
    return signature


@transaction.atomic
def sign(decree_id: int, *, content_hash: str, by: User, at: datetime) -> Decree:
    """The Sekjen signs what was initialled; the decree is enacted with it, its annex frozen.

    Raises DomainError `not_ready`, `stale`, `not_initialled`, `own_initial`, `wrong_state`.
    """
    policy.require(by, Verb.SIGN_DECREE)
    decree = _locked(decree_id)
    content = _require_seen(decree, content_hash)
    given = standing(decree, content_hash)
    missing = [party.label for party in INITIALS if party not in given]
    if missing:
        raise DomainError(
            f"Belum dapat ditandatangani: {' dan '.join(missing)} belum ada untuk isi ini.",
            code="not_initialled",
            status=409,
        )
    signature = _signature(decree, Party.SECRETARY, content_hash, by=by, at=at)
    today = at.astimezone(WIB).date()
    decree.document = _frozen(decree, content, today, at=at)
    enacted = _enact(decree, today, "tetapkan keputusan", by=by, at=at)
    _note(signature, by=by, at=at)  # after the locks of quarters and rows: the audit chain is the last one
    return enacted


@transaction.atomic
def enact_on_paper(decree_id: int, *, number: str, decided_on: date, by: User | None, at: datetime) -> Decree:
    """Decided outside the portal: number and date are those of the paper. Without initials, which the paper bears.

    `by` is None for a command. Raises DomainError `not_ready`, `in_the_future`, `wrong_state`.
    """
    if by is not None:
        policy.require(by, Verb.EDIT_CATALOGUE)
    decree = _locked(decree_id)
    if decided_on > at.astimezone(WIB).date():
        raise DomainError("Tanggal penetapan tidak boleh sesudah hari ini.", code="in_the_future")
    decree.number, decree.decided_on = number.strip(), decided_on
    _require_ready(decree)
    return _enact(decree, decided_on, "tetapkan keputusan di luar portal", by=by, at=at)


@transaction.atomic
def revoke(decree_id: int, *, reason: str, by: User, at: datetime) -> Decree:
    """From now on its indicators are not reported; what it amended is in force again. Raises DomainError."""
    policy.require(by, Verb.EDIT_CATALOGUE)
    decree = _locked(decree_id)
    if not decree.is_enacted:
        raise DomainError("Hanya keputusan yang sudah ditetapkan yang dapat dicabut.", code="wrong_state", status=409)
    if not reason.strip():
        raise DomainError("Tulis alasan pencabutan.", code="reason_missing")
    if newer := decree.amendments.filter(state=Decree.State.ENACTED).first():
        raise DomainError(
            f"Keputusan ini diubah oleh “{newer.title}”. Cabut dulu perubahannya.", code="amended", status=409
        )
    quarters = _open_quarters(decree, at)
    before = audit.snapshot(decree, "state")
    decree.state, decree.revoked_at, decree.revoke_reason = Decree.State.REVOKED, at, reason.strip()
    decree.save(update_fields=["state", "revoked_at", "revoke_reason"])
    settle(quarters, by=by, at=at)
    if decree.document:
        documents.void(decree.document, f"Keputusan dicabut: {reason.strip()}", at=at)
    after = audit.snapshot(decree, "state")
    audit.record(by=by, at=at, verb="cabut keputusan", target=decree, before=before, after=after, reason=reason.strip())
    return decree


def _locked(decree_id: int) -> Decree:
    """With all decrees of its year, so that of two acts the second sees what the first one enacted."""
    year = Decree.objects.values_list("year", flat=True).get(pk=decree_id)
    list(Decree.objects.filter(year=year).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    return Decree.objects.select_related("amends", "document").get(pk=decree_id)


def _open_quarters(decree: Decree, at: datetime) -> list[Quarter]:
    """Locked: the quarters that still take input and end while the decree counts. Earlier ones stay as they are."""
    rows = Quarter.objects.filter(year=decree.year, closes_at__gt=at).order_by("pk").select_for_update(no_key=True)
    return [one for one in rows if ends_on(one.year, one.number) >= decree.in_force_from]


def _enact(decree: Decree, decided_on: date, verb: str, *, by: User | None, at: datetime) -> Decree:
    quarters = _open_quarters(decree, at)
    before = audit.snapshot(Decree.objects.get(pk=decree.pk), "state", "number", "decided_on")
    decree.state, decree.decided_on, decree.enacted_at, decree.enacted_by = Decree.State.ENACTED, decided_on, at, by
    try:
        with transaction.atomic():
            decree.save(update_fields=["state", "number", "decided_on", "enacted_at", "enacted_by", "document"])
    except IntegrityError as error:  # the constraint knows of an amendment that no lock of ours saw
        raise DomainError("Keputusan itu sudah diubah keputusan lain.", code="not_ready", status=409) from error
    settle(quarters, by=by, at=at)
    after = audit.snapshot(decree, "state", "number", "decided_on")
    audit.record(by=by, at=at, verb=verb, target=decree, before=before, after=after)
    if quarters:
        _tell_units(decree, at=at)
    return decree


def _tell_units(decree: Decree, *, at: datetime) -> None:
    """Whoever fills in for a unit of the set, where a quarter is open."""
    people = policy.memberships([Role.OPERATOR, Role.KASUBAG]).filter(unit__indicators__decree=decree)
    notices.tell(
        User.objects.filter(pk__in=people.values("user")),
        cause=f"decree/{decree.pk}/enacted",
        subject=f"Keputusan IKU {decree.year} ditetapkan",
        body=f"“{decree.title}” berlaku sejak {formats.date_format(decree.in_force_from, 'j F Y')}. Baris yang belum "
        "diisi pada triwulan terbuka sudah mengikutinya. Baris yang sudah diisi tetap memakai keputusan sebelumnya, "
        "sampai Anda memilih “Pakai keputusan yang berlaku” pada halamannya.",
        path=decree.get_absolute_url(),
        at=at,
    )


def _require_ready(decree: Decree) -> None:
    if not decree.is_draft:
        raise DomainError(f"Keputusan ini sudah {decree.get_state_display().lower()}.", code="wrong_state", status=409)
    if found := faults(decree):
        raise DomainError(" ".join(found), code="not_ready", status=409)


def _require_seen(decree: Decree, content_hash: str) -> dict[str, Any]:
    """The content, if it is the one that was shown."""
    _require_ready(decree)
    content = content_of(decree)
    if documents.content_hash(content) != content_hash:
        raise DomainError(
            "Rancangan berubah sejak halaman ini dibuka. Baca sekali lagi, lalu ulangi.", code="stale", status=409
        )
    return content


def _signature(decree: Decree, party: Party, content_hash: str, *, by: User, at: datetime) -> DecreeSignature:
    """An earlier one for other content gives way; the history keeps it."""
    if decree.signatures.filter(person=by, content_hash=content_hash).exists():
        raise DomainError(
            "Anda sudah memaraf isi ini. Pihak lain diparaf atau ditandatangani orang lain.",
            code="own_initial",
            status=409,
        )
    decree.signatures.exclude(content_hash=content_hash).delete()
    return DecreeSignature.objects.create(
        decree=decree, party=party, person=by, position=by.position, signed_at=at, content_hash=content_hash
    )


def _note(signature: DecreeSignature, *, by: User, at: datetime) -> None:
    party = Party(signature.party)
    verb = "paraf keputusan" if party in INITIALS else "tanda tangani keputusan"
    after = {"party": party.label, "content_hash": signature.content_hash}
    audit.record(by=by, at=at, verb=verb, target=signature.decree, after=after)


def _frozen(decree: Decree, content: dict[str, Any], decided_on: date, *, at: datetime) -> Document:
    frozen = {**content, "decided_on_text": formats.date_format(decided_on, "j F Y")}
    title = f"Lampiran Keputusan Nomor {decree.number}: {decree.title}"[:300]
    document = documents.freeze(Document.Kind.DECREE, title, frozen, at=at)
    attestations = [
        {"party": one.get_party_display(), "name": one.person.name, "position": one.position, "at": said(one.signed_at)}
        for one in decree.signatures.select_related("person").order_by("party")
    ]
    documents.seal(document, attestations, at=at)
    return document


def _tell(decree: Decree, people: set[User], subject: str, opening: str, content_hash: str, *, at: datetime) -> None:
    notices.tell(
        people,
        cause=f"decree/{decree.pk}/{subject}/{content_hash[:16]}",
        subject=subject,
        body=f"{opening} “{decree.title}” tahun {decree.year}.",
        path=decree.get_absolute_url(),
        at=at,
    )
