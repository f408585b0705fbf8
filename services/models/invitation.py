"""Invitations of Biro Perencanaan to a meeting, whom they went to, what these answered, and who came (memo 3)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Lower
from django.urls import reverse

from accounts import policy
from accounts.models import User, WorkUnit
from accounts.policy import Verb
from accounts.roles import Role
from kinerjaku.claims import ClaimedQuerySet
from kinerjaku.clock import WIB
from kinerjaku.models import Document

from .case import Case
from .standard import Step


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, user: User) -> "InvitationQuerySet":
        """A draft: to whoever may prepare it. A letter: to whom it went, and to whoever sees one of its units."""
        went_to = Exists(InvitationRecipient.objects.filter(invitation=OuterRef("pk"), user=user))
        drafts = Q(document=None) & (Q(drafted_by=user) | self._about(user, Verb.DRAFT_INVITATION))
        return self.filter(drafts | (Q(document__isnull=False) & (Q(went_to) | self._about(user, Verb.VIEW))))

    def prepared_by(self, user: User) -> "InvitationQuerySet":
        """Those of the units for which the user prepares invitations."""
        return self.filter(Q(drafted_by=user) | self._about(user, Verb.DRAFT_INVITATION))

    @staticmethod
    def _about(user: User, verb: Verb) -> Q:
        units = policy.units_for(user, verb)
        invited = Invitation.units.through.objects.filter(invitation=OuterRef("pk"), workunit__in=units)
        served = Invitation.cases.through.objects.filter(invitation=OuterRef("pk"), case__unit__in=units)
        return Q(Exists(invited)) | Q(Exists(served))

    def drafts(self) -> "InvitationQuerySet":
        return self.filter(state=Invitation.State.DRAFT)

    def to_answer(self, user: User, at: datetime) -> "InvitationQuerySet":
        mine = InvitationRecipient.objects.filter(invitation=OuterRef("pk"), user=user, answer="")
        return self.filter(Exists(mine), state=Invitation.State.ISSUED, begins_at__gt=at)

    def to_record(self, at: datetime) -> "InvitationQuerySet":
        """Held, or to be held later today, and nobody has closed the list of who came."""
        midnight = at.astimezone(WIB).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return self.filter(state=Invitation.State.ISSUED, begins_at__lt=midnight, attendance_closed_at=None)


class Invitation(models.Model):
    """A meeting and the letter that announces it. Sending it completes the step of its cases, whose clocks then wait
    for the meeting (domain guide 3)."""

    class Kind(models.TextChoices):
        VERIFICATION = Step.Invites.VERIFICATION.value, Step.Invites.VERIFICATION.label
        VALIDATION = Step.Invites.VALIDATION.value, Step.Invites.VALIDATION.label
        VALIDATORS = Step.Invites.VALIDATORS.value, Step.Invites.VALIDATORS.label
        ASSISTANCE = "assistance", "Undangan pendampingan laporan kinerja"

    class State(models.TextChoices):
        DRAFT = "draft", "Rancangan"
        ISSUED = "issued", "Terbit"
        CANCELLED = "cancelled", "Dibatalkan"

    class Nature(models.TextChoices):
        NORMAL = "normal", "Biasa"
        IMPORTANT = "important", "Penting"
        URGENT = "urgent", "Segera"

    kind = models.CharField("jenis", max_length=12, choices=Kind.choices)
    state = models.CharField("status", max_length=10, choices=State.choices, default=State.DRAFT)
    subject = models.CharField("hal", max_length=200)
    nature = models.CharField("sifat", max_length=10, choices=Nature.choices, default=Nature.NORMAL)
    agenda = models.TextField("acara")
    begins_at = models.DateTimeField("mulai")
    ends_at = models.DateTimeField("selesai")
    place = models.CharField("tempat", max_length=300, blank=True)
    link = models.URLField("tautan rapat", max_length=500, blank=True)
    cases = models.ManyToManyField(Case, related_name="invitations", blank=True, verbose_name="berkas layanan")
    units = models.ManyToManyField(WorkUnit, related_name="+", blank=True, verbose_name="unit yang diundang")
    roles = models.JSONField("peran yang diundang", default=list, blank=True)
    guests = models.JSONField("undangan lain", default=list, blank=True)  # [{"name", "email", "position"}]
    version = models.PositiveIntegerField("versi", default=0)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="disiapkan oleh"
    )
    drafted_at = models.DateTimeField("disiapkan")
    document = models.OneToOneField(
        Document, models.PROTECT, null=True, blank=True, related_name="invitation", verbose_name="surat"
    )
    earlier = models.ManyToManyField(Document, related_name="+", blank=True, verbose_name="surat yang diganti")
    issued_at = models.DateTimeField("terbit", null=True, blank=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="diterbitkan oleh",
    )
    uid = models.CharField(max_length=64, unique=True)  # of the event in people's calendars, for good
    sequence = models.PositiveSmallIntegerField("perubahan ke", default=0)
    cancelled_at = models.DateTimeField("dibatalkan", null=True, blank=True)
    cancel_reason = models.TextField("alasan pembatalan", blank=True)
    attendance_closed_at = models.DateTimeField("daftar hadir ditutup", null=True, blank=True)
    attendance_closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="daftar hadir ditutup oleh",
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "undangan"
        verbose_name_plural = "undangan"
        ordering = ["-begins_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="invitation_ends_after_it_begins",
                condition=Q(ends_at__gt=F("begins_at")),
                violation_error_message="Rapat selesai sesudah mulai.",
            ),
            models.CheckConstraint(
                name="invitation_has_place_or_link",
                condition=~Q(place="") | ~Q(link=""),
                violation_error_message="Isi tempat atau tautan rapat.",
            ),
            models.CheckConstraint(
                name="invitation_link_is_https",
                condition=Q(link="") | Q(link__startswith="https://"),
                violation_error_message="Tautan rapat dimulai dengan https://.",
            ),
            models.CheckConstraint(
                name="invitation_issued_with_letter",
                condition=Q(state="draft", document=None, issued_at=None, issued_by=None)
                | Q(state="issued", document__isnull=False, issued_at__isnull=False, issued_by__isnull=False)
                | Q(state="cancelled"),
            ),
            models.CheckConstraint(
                name="invitation_cancelled_with_reason",
                condition=(Q(state="cancelled", cancelled_at__isnull=False) & ~Q(cancel_reason=""))
                | (~Q(state="cancelled") & Q(cancelled_at=None, cancel_reason="")),
                violation_error_message="Pembatalan memerlukan alasan.",
            ),
            models.CheckConstraint(
                name="invitation_attendance_closed_by_somebody",
                condition=Q(attendance_closed_at=None, attendance_closed_by=None)
                | Q(state="issued", attendance_closed_at__isnull=False, attendance_closed_by__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["begins_at"], name="invitation_open", condition=Q(state="issued"))]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.subject}"

    def get_absolute_url(self) -> str:
        return reverse("invitation", args=[self.pk])

    @property
    def number(self) -> str:
        return self.document.number if self.document else ""

    @property
    def role_labels(self) -> list[str]:
        return [str(Role(role).label) for role in self.roles]

    def has_begun(self, at: datetime) -> bool:
        return at >= self.begins_at

    def is_on_or_after_its_day(self, at: datetime) -> bool:
        return at.astimezone(WIB).date() >= self.begins_at.astimezone(WIB).date()


class InvitationRecipient(models.Model):
    """Somebody who was invited, as they were when the letter was issued; or who came without an invitation."""

    class Answer(models.TextChoices):
        ATTENDS = "attends", "Hadir"
        ABSENT = "absent", "Tidak hadir"
        SUBSTITUTE = "substitute", "Diwakili"

    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="recipients", verbose_name="undangan")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="pengguna"
    )
    name = models.CharField("nama", max_length=150)
    email = models.EmailField("surel", blank=True)
    position = models.CharField("jabatan atau instansi", max_length=200, blank=True)
    unit = models.ForeignKey(
        WorkUnit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="unit kerja"
    )
    role = models.CharField("peran", max_length=20, choices=Role.choices, blank=True)
    is_walk_in = models.BooleanField("hadir tanpa undangan", default=False)
    answer = models.CharField("jawaban", max_length=10, choices=Answer.choices, blank=True)
    substitute = models.CharField("diwakili oleh", max_length=150, blank=True)
    note = models.CharField("keterangan", max_length=500, blank=True)
    answered_at = models.DateTimeField("dijawab", null=True, blank=True)
    came = models.BooleanField("hadir", default=False)

    class Meta:
        verbose_name = "penerima undangan"
        verbose_name_plural = "penerima undangan"
        ordering = ["invitation_id", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["invitation", "user"], name="recipient_user_once"),
            models.UniqueConstraint(
                "invitation", Lower("email"), condition=~Q(email=""), name="recipient_email_once_in_any_case"
            ),
            models.CheckConstraint(
                name="recipient_is_reachable", condition=Q(is_walk_in=True, user=None) | ~Q(email="")
            ),
            models.CheckConstraint(
                name="recipient_answered_at_some_time",
                condition=Q(answer="", answered_at=None) | (~Q(answer="") & Q(answered_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="recipient_substitute_is_named",
                condition=(Q(answer="substitute") & ~Q(substitute="")) | (~Q(answer="substitute") & Q(substitute="")),
                violation_error_message="Tulis nama yang mewakili.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def agency(self) -> str:
        """Where somebody comes from, in a list of people."""
        return self.unit.name if self.unit else self.position


class InvitationMailQuerySet(ClaimedQuerySet):
    def to_send(self, *, stale_before: datetime) -> "InvitationMailQuerySet":
        """Once the letter has its PDF. What was overtaken by a newer letter is not sent any more."""
        return self.unclaimed(stale_before=stale_before).filter(
            Q(is_cancellation=True) | Q(document__rendered_at__isnull=False),
            sequence=F("recipient__invitation__sequence"),
        )


class InvitationMail(models.Model):
    """One e-mail to one recipient about one state of the meeting: claimed, sent, marked."""

    recipient = models.ForeignKey(InvitationRecipient, models.CASCADE, related_name="mails", verbose_name="penerima")
    sequence = models.PositiveSmallIntegerField("perubahan ke")
    is_cancellation = models.BooleanField("pembatalan", default=False)
    document = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name="surat")
    token_hash = models.CharField(max_length=64, unique=True, null=True, blank=True)  # of the link to answer with
    claimed_at = models.DateTimeField("diambil", null=True, blank=True)
    sent_at = models.DateTimeField("terkirim", null=True, blank=True)

    objects = InvitationMailQuerySet.as_manager()

    class Meta:
        verbose_name = "surel undangan"
        verbose_name_plural = "surel undangan"
        constraints = [models.UniqueConstraint(fields=["recipient", "sequence"], name="invitation_mail_once")]
        indexes = [models.Index(fields=["sequence"], name="invitation_mail_to_send", condition=Q(sent_at=None))]

    def __str__(self) -> str:
        return f"{self.recipient_id}/{self.sequence}"
