"""People, work units, and who holds which role where."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse

from kinerjaku.claims import ClaimedQuerySet

from .channels import CHOOSABLE, URGENT, Channel, Kind
from .import_job import ImportJob as ImportJob
from .roles import Role


class WorkUnitQuerySet(models.QuerySet["WorkUnit"]):
    def on(self, day: date) -> "WorkUnitQuerySet":
        """Units that exist on that day."""
        return self.filter(Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gte=day))

    def under(self, unit: "WorkUnit") -> "WorkUnitQuerySet":
        """The unit and everything below it."""
        return self.filter(path__startswith=unit.path)


class WorkUnit(models.Model):
    """A node of the organisation. It comes and goes with reorganisations, so it has a first and a last day."""

    class Level(models.TextChoices):
        MINISTRY = "0", "Kementerian"
        ONE = "I", "Eselon I"
        TWO = "II", "Eselon II"
        BLU = "BLU", "Badan Layanan Umum"
        THREE = "III", "Eselon III"
        REGION = "9", "Dinas daerah"

    code = models.SlugField("kode", max_length=20, unique=True)
    number = models.CharField(
        "kode unit 10 digit",
        max_length=10,
        blank=True,
        validators=[RegexValidator(r"^\d{10}$", "Kode unit terdiri dari 10 digit.")],
    )
    letter_code = models.CharField(
        "kode surat", max_length=20, blank=True, help_text="Dipakai pada nomor surat, misalnya SJ.1"
    )
    name = models.CharField("nama", max_length=200)
    level = models.CharField("level", max_length=3, choices=Level.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="unit induk"
    )
    path = models.CharField(max_length=200, unique=True, editable=False)
    head_title = models.CharField("jabatan pimpinan", max_length=200, blank=True)
    valid_from = models.DateField("berlaku sejak", null=True, blank=True)
    valid_to = models.DateField("berlaku sampai", null=True, blank=True)

    objects = WorkUnitQuerySet.as_manager()

    class Meta:
        verbose_name = "unit kerja"
        verbose_name_plural = "unit kerja"
        ordering = ["path"]
        constraints = [
            models.UniqueConstraint(  # SQLite's LIKE, which finds subtrees by path, does not tell cases apart
                Lower("code"),
                name="work_unit_code_once_in_any_case",
                violation_error_message="Kode ini sudah dipakai unit lain.",
            ),
            models.CheckConstraint(
                name="work_unit_validity_in_order",
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_from__lte=F("valid_to")),
                violation_error_message="Tanggal “berlaku sampai” mendahului “berlaku sejak”.",
            ),
            models.CheckConstraint(
                name="work_unit_is_not_its_own_parent",
                condition=Q(parent=None) | ~Q(parent=F("pk")),
                violation_error_message="Unit tidak dapat menjadi induk dirinya sendiri.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def level_one(self) -> "WorkUnit":
        """The Eselon I unit this unit belongs to (itself, if it is one)."""
        unit = self
        while unit.level != WorkUnit.Level.ONE and unit.parent is not None:
            unit = unit.parent
        return unit


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A person. Rights come from memberships alone (see policy.py)."""

    email = models.EmailField("surel", unique=True)
    nip = models.CharField(
        "NIP",
        max_length=18,
        unique=True,
        null=True,
        blank=True,
        validators=[RegexValidator(r"^\d{18}$", "NIP terdiri dari 18 digit.")],
    )
    name = models.CharField("nama", max_length=150)
    position = models.CharField("jabatan", max_length=200, blank=True)
    is_active = models.BooleanField("aktif", default=True)
    password_is_given = models.BooleanField("kata sandi diberikan Admin", default=False, editable=False)
    created_at = models.DateTimeField("dibuat", auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        verbose_name = "pengguna"
        verbose_name_plural = "pengguna"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="user_nip_empty_is_null",
                condition=~Q(nip=""),
                violation_error_message="NIP kosong disimpan tanpa nilai.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.lower()
        self.nip = self.nip or None
        super().save(*args, **kwargs)

    def get_short_name(self) -> str:
        return self.name

    @property
    def is_example(self) -> bool:
        """A demo person: their address lies in the domain that nobody can own (RFC 2606)."""
        return self.email.endswith(".test")

    # What Django's admin asks; the answers come from our one policy.
    @property
    def is_staff(self) -> bool:
        from .policy import Verb, can

        return can(self, Verb.ADMINISTER)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return self.is_staff

    def has_perms(self, perm_list: Iterable[str], obj: Any = None) -> bool:
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff


class Membership(models.Model):
    """A role held for a unit. A verifier holds the role for each unit assigned to them [M 4.4]."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name="pengguna")
    role = models.CharField("peran", max_length=20, choices=Role.choices)
    unit = models.ForeignKey(WorkUnit, models.PROTECT, related_name="memberships", verbose_name="unit kerja")
    valid_from = models.DateField("berlaku sejak", null=True, blank=True)
    valid_to = models.DateField("berlaku sampai", null=True, blank=True)

    class Meta:
        verbose_name = "peran"
        verbose_name_plural = "peran"
        ordering = ["user", "role", "unit"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "unit"],
                name="membership_once",
                violation_error_message="Pengguna ini sudah memegang peran itu pada unit itu.",
            ),
            models.CheckConstraint(
                name="membership_validity_in_order",
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_from__lte=F("valid_to")),
                violation_error_message="Tanggal “berlaku sampai” mendahului “berlaku sejak”.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.unit.code}"


def holds(first: date | None, last: date | None, day: date) -> bool:
    """Whether a validity from `first` to `last`, both included, None open-ended, covers the day."""
    return (first is None or first <= day) and (last is None or day <= last)


def _due(at: datetime, opening: datetime | None) -> list[Q]:
    """What is mailed by now, each a range of the index `notice_to_send`.

    `opening`: when the office opened today, None while it is closed. Only what is urgent goes out meanwhile; the daily
    digest holds what was due when the office opened.
    """
    if opening is None:
        return [Q(channel=Channel.NOW, send_after__lte=at, kind__in=URGENT)]
    return [Q(channel=Channel.NOW, send_after__lte=at), Q(channel=Channel.DIGEST, send_after__lte=opening)]


class NoticeQuerySet(ClaimedQuerySet):
    def to_send(self, at: datetime, *, stale_before: datetime, opening: datetime | None = None) -> "NoticeQuerySet":
        return self.unclaimed(stale_before=stale_before).filter(Q(*_due(at, opening), _connector=Q.OR))

    def people_to_mail(
        self, at: datetime, *, stale_before: datetime, opening: datetime | None = None
    ) -> models.QuerySet:
        """To whom something of `to_send` is due."""
        people = self.unclaimed(stale_before=stale_before).order_by().values_list("user_id", flat=True).distinct()
        first, *more = (people.filter(one) for one in _due(at, opening))
        return first.union(*more).order_by("user_id")


class Notice(models.Model):
    """Something a person is told, in the portal and as they chose by e-mail, at most once a cause."""

    user = models.ForeignKey(User, models.CASCADE, related_name="notices", verbose_name="penerima")
    cause = models.CharField("sebab", max_length=150)
    kind = models.CharField("jenis", max_length=12, choices=Kind.choices, default=Kind.PORTAL)
    subject = models.CharField("perihal", max_length=200)
    body = models.TextField("isi")
    path = models.CharField("tautan", max_length=300)
    created_at = models.DateTimeField("dibuat")
    channel = models.CharField("cara", max_length=6, choices=Channel.choices, default=Channel.NOW)
    send_after = models.DateTimeField("dikirim mulai")
    claimed_at = models.DateTimeField("diambil", null=True, blank=True)
    mail = models.CharField("surel", max_length=32, blank=True)  # the mail that carries it; sent again, it is the same
    sent_at = models.DateTimeField("terkirim", null=True, blank=True)
    read_at = models.DateTimeField("dibaca", null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = "pemberitahuan"
        verbose_name_plural = "pemberitahuan"
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "cause"], name="notice_once_a_cause")]
        indexes = [
            models.Index(fields=["channel", "send_after"], name="notice_to_send", condition=Q(sent_at=None)),
            models.Index(fields=["user", "claimed_at"], name="notice_of_person_claimed"),
        ]

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        return reverse("notice", args=[self.pk])


class NoticeChoice(models.Model):
    """How a person wants to be told of one kind; without a row the kind's default holds."""

    user = models.ForeignKey(User, models.CASCADE, related_name="notice_choices", verbose_name="pengguna")
    kind = models.CharField("jenis", max_length=12, choices=Kind.choices)
    channel = models.CharField("cara", max_length=6, choices=Channel.choices)

    class Meta:
        verbose_name = "pilihan pemberitahuan"
        verbose_name_plural = "pilihan pemberitahuan"
        ordering = ["user", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="notice_choice_once_a_kind"),
            models.CheckConstraint(
                name="notice_choice_is_offered",
                condition=Q(kind__in=CHOOSABLE) & ~Q(kind=Kind.ESCALATION, channel=Channel.PORTAL),
                violation_error_message="Jenis pemberitahuan ini selalu dikirim lewat surel.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_channel_display()}"
