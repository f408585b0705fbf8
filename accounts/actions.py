"""Writes on people and units. Each is one transaction with its audit entry."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.urls import reverse

from kinerjaku import audit
from kinerjaku.errors import DomainError

from . import notices, policy
from .channels import CHOOSABLE, TERMS, Channel, Kind
from .models import Membership, NoticeChoice, User, WorkUnit
from .policy import Verb


@transaction.atomic
def save_unit(unit: WorkUnit, *, by: User | None, at: datetime) -> WorkUnit:
    """Create or change a unit; keeps the paths of everything below it right. `by` None: the system loads it."""
    if by is not None:
        policy.require(by, Verb.ADMINISTER)
    old = WorkUnit.objects.select_for_update(no_key=True).filter(pk=unit.pk).first() if unit.pk else None
    if old and unit.parent and unit.parent.path.startswith(old.path):
        raise DomainError("Unit induk tidak boleh unit itu sendiri atau unit di bawahnya.", code="loop")
    unit.path = f"{unit.parent.path if unit.parent else '/'}{unit.code}/"
    before = audit.snapshot(old) if old else None
    unit.save()
    if old and old.path != unit.path:
        for child in WorkUnit.objects.filter(path__startswith=old.path).exclude(pk=unit.pk):
            child.path = unit.path + child.path.removeprefix(old.path)
            child.save(update_fields=["path"])
    after = audit.snapshot(unit)
    if before != after:
        audit.record(by=by, at=at, verb="ubah unit" if old else "buat unit", target=unit, before=before, after=after)
    return unit


@transaction.atomic
def save_user(user: User, *, by: User | None, at: datetime) -> User:
    """Create or change a person."""
    if by is not None:
        policy.require(by, Verb.ADMINISTER)
    old = User.objects.select_for_update(no_key=True).filter(pk=user.pk).first() if user.pk else None
    before = audit.snapshot(old) if old else None
    user.save()
    after = audit.snapshot(user)
    if before != after or (old and old.password != user.password):
        audit.record(
            by=by, at=at, verb="ubah pengguna" if old else "buat pengguna", target=user, before=before, after=after
        )
    return user


@transaction.atomic
def save_membership(membership: Membership, *, by: User | None, at: datetime) -> Membership:
    """Give a role for a unit, or change its validity."""
    if by is not None:
        policy.require(by, Verb.ADMINISTER)
    old = Membership.objects.filter(pk=membership.pk).first() if membership.pk else None
    before = audit.snapshot(old) if old else None
    membership.save()
    after = audit.snapshot(membership)
    if before != after:
        audit.record(
            by=by, at=at, verb="ubah peran" if old else "beri peran", target=membership, before=before, after=after
        )
    return membership


@transaction.atomic
def remove_membership(membership: Membership, *, by: User, at: datetime) -> None:
    policy.require(by, Verb.ADMINISTER)
    audit.record(by=by, at=at, verb="cabut peran", target=membership, before=audit.snapshot(membership))
    membership.delete()


@transaction.atomic
def change_password(user: User, password: str, *, at: datetime) -> None:
    user.set_password(password)
    user.password_is_given = False
    user.save(update_fields=["password", "password_is_given"])
    audit.record(by=user, at=at, verb="ganti kata sandi", target=user)


@transaction.atomic
def give_password(user: User, password: str, *, by: User, at: datetime) -> None:
    """An Admin sets it: it opens nothing but the page where the person replaces it, and the person is told."""
    policy.require(by, Verb.ADMINISTER)
    user.set_password(password)
    user.password_is_given = user != by
    user.save(update_fields=["password", "password_is_given"])
    audit.record(by=by, at=at, verb="beri kata sandi baru", target=user)
    notices.tell(
        [user],
        cause=f"password/{user.pk}/{at.isoformat()}",
        subject="Kata sandi Anda diganti Admin",
        body=f"{by.name} memberi akun Anda kata sandi baru. Jika tidak Anda minta, hubungi Biro Perencanaan.",
        path=reverse("password_change"),
        at=at,
    )


@transaction.atomic
def choose_channels(user: User, wanted: Mapping[str, str], *, at: datetime) -> None:
    """How the person wants to be told, by kind; also of what waits to be mailed. Raises DomainError `not_offered`."""
    for kind, channel in wanted.items():
        if kind not in CHOOSABLE or channel not in TERMS[Kind(kind)].offered:
            raise DomainError("Cara ini tidak tersedia untuk jenis pemberitahuan itu.", code="not_offered")
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    old = dict(user.notice_choices.values_list("kind", "channel"))
    for kind, channel in wanted.items():
        before = old.get(kind, TERMS[Kind(kind)].default)
        if channel == before:
            continue
        choice, _ = NoticeChoice.objects.update_or_create(user=user, kind=kind, defaults={"channel": channel})
        waiting = user.notices.filter(kind=kind, sent_at=None, mail="").exclude(channel=Channel.PORTAL)
        waiting.update(channel=channel)
        audit.record(
            by=user,
            at=at,
            verb="pilih cara diberi tahu",
            target=choice,
            before={"channel": Channel(before)},
            after={"kind": kind, "channel": channel},
        )


@transaction.atomic
def note_sign_in(user: User, verb: str, *, at: datetime) -> None:
    """Sign-in and sign-out are acts too."""
    audit.record(by=user, at=at, verb=verb, target=user)
