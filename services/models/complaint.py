"""Complaints: what was received, the dialogue with the complainant, and by when the bureau has to answer."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts import policy
from accounts.policy import Verb
from kinerjaku.claims import ClaimedQuerySet

from .standard import Standard


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    def visible_to(self, user: object) -> "ComplaintQuerySet":
        """All for those who handle or oversee all, else those one is assigned to; never one about oneself."""
        if not policy.can_somewhere(user, Verb.VIEW_COMPLAINTS):
            return self.none()
        rows = self if policy.can(user, Verb.VIEW_COMPLAINTS) else self.filter(assigned_to=user)
        return rows.exclude(concerned=user)

    def waiting(self) -> "ComplaintQuerySet":
        """Those that the bureau owes an answer."""
        return self.filter(state__in=Complaint.WAITING)

    def overdue(self, at: datetime) -> "ComplaintQuerySet":
        unheard = Q(responded_at=None, response_due_at__lte=at)
        return self.waiting().filter(unheard | Q(answer_due_at__lte=at))

    def alarmed(self, at: datetime) -> "ComplaintQuerySet":
        """Those with a limit that has passed and that nobody has acted on yet."""
        return self.exclude(state=Complaint.State.CLOSED).filter(alarm_at__lte=at)


class Complaint(models.Model):
    """A complaint about the bureau's services. Its text is the first of its messages.

    Due instants are the first that are too late; they are missing while the calendar of their year is not loaded.
    """

    class Kind(models.TextChoices):
        INFORMATION = "information", "Permintaan informasi"
        SERVICE = "service", "Pengaduan tanpa substansi pengawasan"
        SUPERVISION = "supervision", "Pengaduan mengandung substansi pengawasan"

    class Mode(models.TextChoices):
        NAMED = "named", "Dengan nama"
        CONFIDENTIAL = "confidential", "Dirahasiakan"
        ANONYMOUS = "anonymous", "Anonim"

    class Channel(models.TextChoices):
        PORTAL = "portal", "Portal"
        IN_PERSON = "in_person", "Datang langsung"
        EMAIL = "email", "Surel"

    class State(models.TextChoices):
        NEW = "new", "Diterima"
        IN_PROGRESS = "in_progress", "Ditangani"
        ASKED = "asked", "Menunggu keterangan pengadu"
        ANSWERED = "answered", "Dijawab"
        CLOSED = "closed", "Ditutup"

    WAITING = (State.NEW, State.IN_PROGRESS, State.ASKED)

    number = models.CharField("nomor", max_length=20, unique=True)
    secret_hash = models.CharField(max_length=64)
    form_key = models.CharField(max_length=64, unique=True)  # hash of the key of the form: sent twice, kept once
    form_digest = models.CharField(max_length=64)  # of what that form said
    kind = models.CharField("jenis", max_length=12, choices=Kind.choices)
    channel = models.CharField("saluran", max_length=10, choices=Channel.choices)
    service = models.CharField("layanan", max_length=20, choices=Standard.Key.choices, blank=True)
    subject = models.CharField("perihal", max_length=200)
    mode = models.CharField("identitas", max_length=12, choices=Mode.choices)
    name = models.CharField("nama pengadu", max_length=150, blank=True)
    email = models.EmailField("surel pengadu", blank=True)
    contact = models.CharField("kontak lain", max_length=200, blank=True)
    received_at = models.DateTimeField("diterima")
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="dicatat oleh"
    )
    state = models.CharField("status", max_length=12, choices=State.choices, default=State.NEW)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="complaints",
        verbose_name="petugas",
    )
    assignment_note = models.TextField("catatan disposisi", blank=True)
    concerned = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="+", verbose_name="petugas yang diadukan"
    )
    responded_at = models.DateTimeField("tanggapan awal", null=True, blank=True)
    answered_at = models.DateTimeField("dijawab pertama kali", null=True, blank=True)
    answer_days = models.PositiveSmallIntegerField("hari kerja sampai jawaban pertama", null=True, blank=True)
    is_in_time = models.BooleanField("jawaban pertama dalam batas waktu", null=True, blank=True)  # None: not known yet
    counted_from = models.DateTimeField("batas jawaban dihitung sejak")
    response_due_at = models.DateTimeField("batas tanggapan awal", null=True, blank=True)
    answer_due_at = models.DateTimeField("batas jawaban", null=True, blank=True)
    closes_at = models.DateTimeField("ditutup bila tidak dibalas", null=True, blank=True)
    closed_at = models.DateTimeField("ditutup", null=True, blank=True)
    alarm_at = models.DateTimeField("tanda berikutnya", null=True, blank=True)
    marks = models.JSONField("tanda yang sudah lewat", default=list, blank=True)
    calendar_token = models.CharField(max_length=32, blank=True)

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        verbose_name = "pengaduan"
        verbose_name_plural = "pengaduan"
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="complaint_anonymous_stores_nobody",
                condition=(Q(mode="anonymous", name="", email="", contact="")) | (~Q(mode="anonymous") & ~Q(name="")),
                violation_error_message="Pengaduan anonim tidak menyimpan identitas; yang lain memerlukan nama.",
            ),
            models.CheckConstraint(
                name="complaint_registered_unless_from_the_portal",
                condition=Q(channel="portal", registered_by=None)
                | (~Q(channel="portal") & Q(registered_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="complaint_closed_has_instant",
                condition=Q(state="closed", closed_at__isnull=False) | (~Q(state="closed") & Q(closed_at=None)),
            ),
            models.CheckConstraint(
                name="complaint_closes_only_when_answered", condition=Q(state="answered") | Q(closes_at=None)
            ),
            models.CheckConstraint(
                name="complaint_closed_sounds_no_alarm", condition=~Q(state="closed") | Q(alarm_at=None)
            ),
        ]
        indexes = [
            models.Index(fields=["alarm_at"], name="complaint_alarm", condition=~Q(state="closed")),
            models.Index(fields=["answer_due_at"], name="complaint_due", condition=~Q(state="closed")),
            models.Index(fields=["received_at"], name="complaint_received"),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("complaint", args=[self.pk])

    @property
    def is_waiting(self) -> bool:
        return self.state in self.WAITING

    @property
    def is_anonymous(self) -> bool:
        return self.mode == self.Mode.ANONYMOUS

    @property
    def service_words(self) -> str:
        return self.get_service_display() if self.service else "Lainnya"

    @property
    def public_name(self) -> str:
        """Who complains, as far as everybody may read it who sees the complaint."""
        return self.name if self.mode == self.Mode.NAMED else self.get_mode_display()

    def is_late(self, at: datetime) -> bool:
        """As `overdue` asks of the rows."""
        due = [self.answer_due_at] + ([] if self.responded_at else [self.response_due_at])
        return self.is_waiting and any(limit is not None and limit <= at for limit in due)

    def is_handled_by(self, user: Any) -> bool:
        """Whoever handles all of them, and the officer it is assigned to; never one who is complained about."""
        may = policy.can(user, Verb.HANDLE_COMPLAINT) or (
            self.assigned_to == user and policy.can_somewhere(user, Verb.HANDLE_COMPLAINT)
        )
        return may and not self.concerned.filter(pk=user.pk).exists()

    def shows_identity_to(self, user: Any) -> bool:
        """Of a confidential complainant."""
        return self.is_handled_by(user) and (self.assigned_to == user or policy.can(user, Verb.SEE_COMPLAINANT))


class ComplaintEvent(models.Model):
    """One message of the dialogue, or the end or new beginning of it. Both sides read all of them."""

    class Kind(models.TextChoices):
        REPORT = "report", "Pengaduan"
        RESPONSE = "response", "Tanggapan awal"
        QUESTION = "question", "Permintaan keterangan"
        ANSWER = "answer", "Jawaban"
        MORE = "more", "Balasan pengadu"
        CLOSE = "close", "Ditutup"
        REOPEN = "reopen", "Dibuka kembali"

    class Author(models.TextChoices):
        COMPLAINANT = "complainant", "Pengadu"
        OFFICER = "officer", "Biro Perencanaan"
        SYSTEM = "system", "Sistem"

    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="events", verbose_name="pengaduan")
    seq = models.PositiveIntegerField("urutan")
    kind = models.CharField("kejadian", max_length=10, choices=Kind.choices)
    author = models.CharField("penulis", max_length=12, choices=Author.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="petugas"
    )
    at = models.DateTimeField("waktu")
    text = models.TextField("isi", blank=True)

    class Meta:
        verbose_name = "pesan pengaduan"
        verbose_name_plural = "pesan pengaduan"
        ordering = ["complaint_id", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["complaint", "seq"], name="complaint_event_seq_once"),
            models.CheckConstraint(
                name="complaint_event_officer_is_known",
                condition=Q(author="officer", by__isnull=False) | (~Q(author="officer") & Q(by=None)),
            ),
            models.CheckConstraint(name="complaint_event_has_text", condition=Q(kind="close") | ~Q(text="")),
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id}/{self.seq} {self.get_kind_display()}"


class ComplaintFile(models.Model):
    """A file that came with a message."""

    event = models.ForeignKey(ComplaintEvent, models.CASCADE, related_name="files", verbose_name="pesan")
    name = models.CharField("nama berkas", max_length=150)
    kind = models.CharField("jenis", max_length=20)
    content_type = models.CharField("tipe isi", max_length=100)
    size = models.PositiveBigIntegerField("ukuran")
    sha256 = models.CharField("SHA-256", max_length=64)
    storage_name = models.CharField(max_length=200, unique=True)

    class Meta:
        verbose_name = "lampiran pengaduan"
        verbose_name_plural = "lampiran pengaduan"
        ordering = ["event_id", "pk"]

    def __str__(self) -> str:
        return self.name


class ComplaintMailQuerySet(ClaimedQuerySet):
    def to_send(self, at: datetime, *, stale_before: datetime, given_up_before: datetime) -> "ComplaintMailQuerySet":
        free = self.unclaimed(stale_before=stale_before)
        return free.filter(event__at__lte=at, event__at__gt=given_up_before)


class ComplaintMail(models.Model):
    """That the complainant is told of a message by e-mail: once, without its text and without the secret."""

    event = models.OneToOneField(ComplaintEvent, models.CASCADE, related_name="mail", verbose_name="pesan")
    claimed_at = models.DateTimeField("diambil", null=True, blank=True)
    sent_at = models.DateTimeField("terkirim", null=True, blank=True)

    objects = ComplaintMailQuerySet.as_manager()

    class Meta:
        verbose_name = "surel kepada pengadu"
        verbose_name_plural = "surel kepada pengadu"
        indexes = [models.Index(fields=["sent_at"], name="complaint_mail_to_send", condition=Q(sent_at=None))]

    def __str__(self) -> str:
        return f"surel {self.event_id}"
