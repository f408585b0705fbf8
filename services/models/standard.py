"""Service standards as data: what is promised, by which steps, and what lateness owes (memo 913, chapters 3 and 4)."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse

from services import sla

KINDS = {
    sla.ORAL: "permohonan maaf secara lisan",
    sla.WRITTEN: "permohonan maaf secara tertulis",
    sla.IN_PERSON: "permohonan maaf secara tertulis dan hasil layanan disampaikan langsung",
}


class StandardQuerySet(models.QuerySet["Standard"]):
    def in_force(self, on: date) -> "StandardQuerySet":
        """Of each service the version that holds on this day."""
        later = Standard.objects.filter(
            key=models.OuterRef("key"), valid_from__gt=models.OuterRef("valid_from"), valid_from__lte=on
        )
        return self.filter(~models.Exists(later), valid_from__lte=on)


class Standard(models.Model):
    """One version of a service's standard. A case keeps the version under which it began."""

    class Key(models.TextChoices):
        VALIDATION = "validation", "Validasi indikator kinerja"
        VERIFICATION = "verification", "Verifikasi capaian kinerja"
        REPORT_ASSISTANCE = "report_assistance", "Pendampingan penyusunan laporan kinerja"
        COLLECTION = "collection", "Pengumpulan data kinerja di unit kerja"

    key = models.CharField("jenis", max_length=20, choices=Key.choices)
    valid_from = models.DateField("berlaku sejak")
    decree = models.CharField("keputusan", max_length=200)
    name = models.CharField("nama layanan", max_length=200)
    is_public = models.BooleanField("layanan kepada unit lain", default=True, help_text="Bukan prosedur di dalam unit.")
    promise_minutes = models.PositiveIntegerField("janji waktu (menit kerja)", null=True, blank=True)
    requirements = models.JSONField(
        "persyaratan",
        default=list,
        blank=True,
        help_text='Daftar, misalnya [{"text": "Rancangan laporan sudah disampaikan"}]. “rule” menyebut aturan yang '
        "memeriksanya dan “before” langkah yang menunggunya; keduanya boleh tidak ada.",
    )
    fee = models.CharField("biaya", max_length=200, blank=True)
    product = models.CharField("produk", max_length=200, blank=True)
    legal_basis = models.JSONField(
        "dasar hukum", default=list, blank=True, help_text='Daftar teks: ["Peraturan …", "Peraturan …"].'
    )
    compensation = models.JSONField(
        "kompensasi",
        default=list,
        blank=True,
        help_text="Daftar kewajiban (oral: lisan, written: tertulis, in_person: disampaikan langsung). “after_hours” "
        "jam kerja sesudahnya terutang (kosong: janjinya), “within_hours” batas memenuhinya (kosong: segera).",
    )
    complaint_channels = models.JSONField(
        "saluran pengaduan", default=list, blank=True, help_text='Daftar teks: ["Datang langsung ke …", "Surel …"].'
    )
    checklist = models.JSONField(
        "daftar periksa",
        default=list,
        blank=True,
        help_text='Butir lembar kerja pendampingan: [{"group": "Format", "text": "…"}].',
    )
    source_issues = models.JSONField(
        "catatan atas naskah sumber", default=list, blank=True, help_text="Daftar teks, untuk pengelola."
    )

    objects = StandardQuerySet.as_manager()

    class Meta:
        verbose_name = "standar pelayanan"
        verbose_name_plural = "standar pelayanan"
        ordering = ["key", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["key", "valid_from"],
                name="standard_once_a_day",
                violation_error_message="Sudah ada versi layanan ini yang berlaku sejak tanggal itu.",
            ),
            models.CheckConstraint(
                name="standard_promise_is_positive", condition=Q(promise_minutes=None) | Q(promise_minutes__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.valid_from:%d-%m-%Y})"

    def get_absolute_url(self) -> str:
        return reverse("standard", args=[self.key.replace("_", "-")])

    def clean(self) -> None:
        if not all(isinstance(one, dict) and one.get("text") for one in self.requirements):
            raise ValidationError({"requirements": 'Tulis setiap persyaratan seperti {"text": "…"}.'})
        if not all(isinstance(one, dict) and one.get("group") and one.get("text") for one in self.checklist):
            raise ValidationError({"checklist": 'Tulis setiap butir seperti {"group": "…", "text": "…"}.'})
        try:
            if self.promise:
                sla.obligations(self.promise, self.rules)
        except (ValueError, TypeError, KeyError) as error:
            raise ValidationError({"compensation": "Kompensasi tidak dapat dibaca. Ikuti bentuk yang ada."}) from error

    @property
    def promise(self) -> timedelta | None:
        """The working time within which the service is to be done; None for a procedure inside a unit."""
        return timedelta(minutes=self.promise_minutes) if self.promise_minutes else None

    @property
    def owed(self) -> list[tuple[str, int, int]]:
        """For people: what is owed, after how many and within how many working minutes."""
        if self.promise is None:
            return []
        minute = timedelta(minutes=1)
        found = sla.obligations(self.promise, self.rules)
        return [(KINDS[one.kind], one.accrued_after // minute, one.fulfil_by // minute) for one in found]

    @property
    def rules(self) -> list[sla.Rule]:
        """The compensation tiers: kind, and hours after which (nothing: the promise) and within which."""
        return [
            sla.Rule(
                row["kind"],
                timedelta(hours=row["after_hours"]) if row.get("after_hours") is not None else None,
                timedelta(hours=row["within_hours"]) if row.get("within_hours") is not None else None,
            )
            for row in self.compensation
        ]


class Step(models.Model):
    """A step of a standard: who does it, what it needs, how long it may take in working time, and what comes out."""

    class Actor(models.TextChoices):
        UNIT = "unit", "Unit kerja"
        BUREAU = "bureau", "Biro Perencanaan"
        JOINT = "joint", "Biro Perencanaan dan unit kerja"
        WITH_ITJEN = "with_itjen", "Biro Perencanaan dan Inspektorat Jenderal"
        ALL_PARTIES = "all_parties", "Tim Verifikator, Eselon I, dan Eselon II"
        STAFF = "staff", "Staf unit"
        KASUBAG = "kasubag", "Kasubag Program, Kepegawaian, dan Pelaporan"
        OFFICIAL = "official", "Pejabat terkait"

    class Mover(models.TextChoices):
        PERSON = "person", "Halaman berkas"
        WORKSHEET = "worksheet", "Lembar kerja"
        LETTER = "letter", "Nota dinas"
        ROUND = "round", "Pengumpulan data"

    class Invites(models.TextChoices):
        """What a step sends; sending it completes the step."""

        VERIFICATION = "verification", "Undangan verifikasi capaian kinerja"
        VALIDATION = "validation", "Undangan validasi indikator kinerja"
        VALIDATORS = "validators", "Permohonan tim validator"

    PROVIDER = (Actor.BUREAU, Actor.JOINT, Actor.WITH_ITJEN, Actor.ALL_PARTIES)
    TOGETHER = (Actor.JOINT, Actor.WITH_ITJEN)  # what is done in the meeting to which others were invited

    standard = models.ForeignKey(Standard, models.CASCADE, related_name="steps", verbose_name="standar")
    order = models.PositiveSmallIntegerField("urutan")
    name = models.CharField("kegiatan", max_length=300)
    actor = models.CharField("pelaksana", max_length=12, choices=Actor.choices)
    inputs = models.CharField("kelengkapan", max_length=300, blank=True)
    minutes = models.PositiveIntegerField("waktu (menit kerja)", null=True, blank=True)
    output = models.CharField("keluaran", max_length=200, blank=True)
    back_to = models.PositiveSmallIntegerField("bila salah kembali ke langkah", null=True, blank=True)
    mover = models.CharField("diselesaikan lewat", max_length=10, choices=Mover.choices, default=Mover.PERSON)
    invites = models.CharField("surat yang dikirim", max_length=12, choices=Invites.choices, blank=True)

    class Meta:
        verbose_name = "langkah"
        verbose_name_plural = "langkah"
        ordering = ["standard_id", "order"]
        constraints = [
            models.UniqueConstraint(fields=["standard", "order"], name="step_order_once"),
            models.CheckConstraint(
                name="step_goes_back_not_forth",
                condition=Q(back_to=None) | Q(back_to__lt=models.F("order")),
                violation_error_message="Langkah hanya dapat kembali ke langkah sebelumnya.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order}. {self.name}"

    @property
    def uses_the_promise(self) -> bool:
        """The unit's own steps are measured but do not use up what the bureau promises [D]."""
        return self.actor in self.PROVIDER
