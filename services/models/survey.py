"""The satisfaction survey (Permen PAN RB 14/2017): periods, invitations, what was answered, and what follows from it.

An answer cannot be traced to a person: see decision 12. Slips know the service and, at most, unit and day.
"""

import uuid
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts import policy
from accounts.models import WorkUnit
from accounts.policy import Verb
from kinerjaku.clock import WIB, said_day
from kinerjaku.errors import DomainError
from kinerjaku.models import Document
from services import ikm
from services.questionnaire import ELEMENT_CHOICES, KEYS, PROFILE

from .case import Case
from .standard import Standard


class SurveyPeriodQuerySet(models.QuerySet["SurveyPeriod"]):
    def running(self, today: date) -> "SurveyPeriodQuerySet":
        """Open to everybody."""
        return self.filter(first_day__lte=today, last_day__gte=today, closed_at=None, published_at=None)

    def to_publish(self, today: date) -> "SurveyPeriodQuerySet":
        """Over and not yet published."""
        return self.filter(Q(last_day__lt=today) | Q(closed_at__isnull=False), published_at=None)


class SurveyPeriod(models.Model):
    """The days on which everybody may answer about some services, and over which the index is published."""

    class State(models.TextChoices):
        COMING = "coming", "Akan dibuka"
        OPEN = "open", "Berlangsung"
        OVER = "over", "Berakhir"
        PUBLISHED = "published", "Diterbitkan"

    name = models.CharField("nama", max_length=150)
    first_day = models.DateField("hari pertama")
    last_day = models.DateField("hari terakhir")
    services = models.JSONField("layanan", default=list)  # keys of Standard.Key
    population = models.PositiveIntegerField("jumlah pengguna layanan")
    closed_at = models.DateTimeField("ditutup lebih awal", null=True, blank=True)
    document = models.OneToOneField(
        Document, models.PROTECT, null=True, blank=True, related_name="survey_period", verbose_name="laporan"
    )
    published_at = models.DateTimeField("diterbitkan", null=True, blank=True)

    objects = SurveyPeriodQuerySet.as_manager()

    class Meta:
        verbose_name = "periode survei"
        verbose_name_plural = "periode survei"
        ordering = ["-last_day", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="survey_period_days_in_order",
                condition=Q(first_day__lte=F("last_day")),
                violation_error_message="Hari terakhir mendahului hari pertama.",
            ),
            models.CheckConstraint(name="survey_period_population_from_1", condition=Q(population__gte=1)),
            models.CheckConstraint(
                name="survey_period_published_with_document",
                condition=Q(published_at=None, document=None) | Q(published_at__isnull=False, document__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("survey_period", args=[self.pk])

    @property
    def service_labels(self) -> list[str]:
        return [label for key, label in Standard.Key.choices if key in self.services]

    @property
    def advised_sample(self) -> int:
        return ikm.sample_size(self.population)

    def state(self, today: date) -> State:
        """What the days and the facts say; nobody has to run anything at midnight."""
        if self.published_at:
            return self.State.PUBLISHED
        if self.closed_at or today > self.last_day:
            return self.State.OVER
        return self.State.COMING if today < self.first_day else self.State.OPEN

    def require_open(self, today: date) -> None:
        """Raises DomainError `not_yet_open` or `closed`."""
        state = self.state(today)
        if state == self.State.COMING:
            raise DomainError(f"Survei ini dibuka mulai {said_day(self.first_day)}.", code="not_yet_open", status=409)
        if state != self.State.OPEN:
            raise DomainError("Survei ini sudah ditutup. Terima kasih atas perhatian Anda.", code="closed", status=410)


class SurveyInvitation(models.Model):
    """A link for one answer about a finished case. Who holds it is written nowhere: the token comes from the person and
    the case under the server's key, and only its hash is stored."""

    token_hash = models.CharField(max_length=64, primary_key=True)
    case = models.ForeignKey(Case, models.CASCADE, related_name="survey_invitations", verbose_name="berkas")
    last_day = models.DateField("berlaku sampai")
    is_used = models.BooleanField("sudah dipakai", default=False)

    class Meta:
        verbose_name = "undangan survei"
        verbose_name_plural = "undangan survei"

    def __str__(self) -> str:
        return f"Undangan survei berkas {self.case_id}"


class Slip(models.Model):
    """A slip of paper in the urn. `fresh_on` is the day it was dropped, until the urn has been shaken."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    service = models.CharField("layanan", max_length=20, choices=Standard.Key.choices)
    fresh_on = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True
        indexes = [models.Index(fields=["fresh_on"], name="%(class)s_fresh", condition=Q(fresh_on__isnull=False))]

    def __str__(self) -> str:
        return self.get_service_display()


_score = models.PositiveSmallIntegerField
_SCORE_LIMITS = {f"{key}__gte": ikm.LOWEST for key in KEYS} | {f"{key}__lte": ikm.HIGHEST for key in KEYS}


class SurveyAnswer(Slip):
    """Nine scores about a service, on a day, by somebody of a unit (if it was said)."""

    unit = models.ForeignKey(WorkUnit, models.PROTECT, null=True, blank=True, related_name="+")
    answered_on = models.DateField("tanggal", db_index=True)
    requirements = _score()
    procedure = _score()
    time = _score()
    fee = _score()
    product = _score()
    competence = _score()
    behaviour = _score()
    complaints = _score()
    facilities = _score()

    class Meta(Slip.Meta):
        verbose_name = "jawaban survei"
        verbose_name_plural = "jawaban survei"
        constraints = [
            models.CheckConstraint(name="survey_answer_scores_from_1_to_4", condition=Q(**_SCORE_LIMITS)),
        ]


class SurveyProfile(Slip):
    """What kind of person answered, apart from what they answered and from their unit."""

    period = models.ForeignKey(SurveyPeriod, models.PROTECT, null=True, blank=True, related_name="profiles")
    age_band = models.CharField("usia", max_length=10, choices=PROFILE[0].classes, blank=True)
    sex = models.CharField("jenis kelamin", max_length=10, choices=PROFILE[1].classes, blank=True)
    education = models.CharField("pendidikan", max_length=10, choices=PROFILE[2].classes, blank=True)
    relation = models.CharField("hubungan", max_length=10, choices=PROFILE[3].classes, blank=True)

    class Meta(Slip.Meta):
        verbose_name = "profil responden"
        verbose_name_plural = "profil responden"


class SurveyRemark(Slip):
    """Free words, apart from the scores and from the unit."""

    period = models.ForeignKey(SurveyPeriod, models.PROTECT, null=True, blank=True, related_name="remarks")
    year = models.PositiveSmallIntegerField("tahun")
    text = models.TextField("saran")

    class Meta(Slip.Meta):
        verbose_name = "saran"
        verbose_name_plural = "saran"


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def visible_to(self, user: object) -> "FollowUpQuerySet":
        """Everything for those who read the survey; otherwise what one has to do oneself."""
        return self if policy.can(user, Verb.VIEW_SURVEY) else self.filter(owner=user)

    def undone(self) -> "FollowUpQuerySet":
        return self.filter(done_at=None)

    def to_remind(self, today: date, *, last_before: date) -> "FollowUpQuerySet":
        """Overdue, and not reminded since `last_before`."""
        return self.undone().filter(Q(reminded_on=None) | Q(reminded_on__lt=last_before), due_on__lt=today)


class FollowUp(models.Model):
    """What is done about an element that was found wanting: who, until when, and the proof that it was done."""

    period = models.ForeignKey(SurveyPeriod, models.CASCADE, related_name="follow_ups", verbose_name="periode")
    element = models.CharField("unsur", max_length=20, choices=ELEMENT_CHOICES)
    action = models.TextField("tindakan")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="follow_ups", verbose_name="penanggung jawab"
    )
    due_on = models.DateField("paling lambat")
    done_at = models.DateTimeField("selesai", null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="diselesaikan oleh",
    )
    proof = models.TextField("bukti", blank=True)
    reminded_on = models.DateField("terakhir diingatkan", null=True, blank=True)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = "tindak lanjut survei"
        verbose_name_plural = "tindak lanjut survei"
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="follow_up_done_whole_or_not_at_all",
                condition=Q(done_at=None, done_by=None, proof="")
                | (Q(done_at__isnull=False, done_by__isnull=False) & ~Q(proof="")),
                violation_error_message="Tulis bukti penyelesaiannya.",
            ),
            models.CheckConstraint(name="follow_up_says_what_to_do", condition=~Q(action="")),
        ]
        indexes = [models.Index(fields=["due_on"], name="follow_up_undone", condition=Q(done_at=None))]

    def __str__(self) -> str:
        return f"{self.get_element_display()}, {self.period}"

    def get_absolute_url(self) -> str:
        return reverse("follow_up", args=[self.pk])

    @property
    def owner_title(self) -> str:
        """For the public: an office, never a name."""
        return self.owner.position or "Biro Perencanaan"

    @property
    def due_at(self) -> datetime:
        """The first instant that is too late."""
        return datetime.combine(self.due_on + timedelta(days=1), time(), WIB)

    def state(self, today: date) -> tuple[str, str]:
        """Words and tone."""
        if self.done_at:
            return "Selesai", "settled"
        return ("Terlambat", "problem") if self.due_on < today else ("Belum selesai", "active")
