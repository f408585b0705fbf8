"""Who was told of what along the chain of oversight (memo 4.5), kept so that it can be proved afterwards."""

from typing import Any

from django.db import models
from django.db.models import Q

from accounts import policy
from accounts.policy import Verb
from accounts.roles import Role
from services import sla

from .case import Case, Obligation

AT_RISK = ("risk_75", "risk_90")
OVERDUE = tuple(f"overdue_{kind}" for kind in (sla.ORAL, sla.WRITTEN, sla.IN_PERSON))


class EscalationQuerySet(models.QuerySet["Escalation"]):
    def visible_to(self, user: Any) -> "EscalationQuerySet":
        return self.filter(case__unit__in=policy.units_for(user, Verb.OVERSEE_SERVICES))


class Escalation(models.Model):
    """A case has passed a mark, and these roles were told. Once a case and mark, in the transaction of the notices."""

    class Mark(models.TextChoices):
        RISK_75 = "risk_75", "75% janji terpakai"
        RISK_90 = "risk_90", "90% janji terpakai"
        BREACH = sla.ORAL, "Melewati janji"
        TIER_THREE = sla.IN_PERSON, "Melewati 72 jam kerja"
        OVERDUE_ORAL = f"overdue_{sla.ORAL}", "Maaf lisan terlambat"
        OVERDUE_WRITTEN = f"overdue_{sla.WRITTEN}", "Maaf tertulis terlambat"
        OVERDUE_IN_PERSON = f"overdue_{sla.IN_PERSON}", "Penyampaian langsung terlambat"

    case = models.ForeignKey(Case, models.PROTECT, related_name="escalations", verbose_name="berkas")
    mark = models.CharField("tanda", max_length=20, choices=Mark.choices)
    since = models.DateTimeField("lewat sejak")
    at = models.DateTimeField("diberitahukan")
    told = models.JSONField("yang diberi tahu")  # role -> how many people held it
    obligation = models.OneToOneField(
        Obligation, models.PROTECT, null=True, blank=True, related_name="escalation", verbose_name="kewajiban"
    )

    objects = EscalationQuerySet.as_manager()

    class Meta:
        verbose_name = "eskalasi"
        verbose_name_plural = "eskalasi"
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "mark"], name="escalation_once_a_mark"),
            models.CheckConstraint(
                name="escalation_names_its_obligation",
                condition=Q(obligation=None, mark__in=[*AT_RISK, sla.ORAL, sla.IN_PERSON])
                | Q(obligation__isnull=False, mark__in=OVERDUE),
            ),
        ]
        indexes = [models.Index(fields=["at"], name="escalation_at")]

    def __str__(self) -> str:
        return f"{self.get_mark_display()}: {self.case}"

    @property
    def cause(self) -> str:
        """Of its notices. What is only at risk is a matter of the service; the rest is escalation proper."""
        first = "case" if self.mark in AT_RISK else "escalation"
        return f"{first}/{self.case_id}/{self.mark}"

    @property
    def told_words(self) -> str:
        """Verifikator (2 orang), Kepala Biro Perencanaan, Sekretaris Jenderal (tidak ada pemegang)."""
        counts = {0: " (tidak ada pemegang)", 1: ""}
        up_the_chain = [
            (role.label, self.told[role]) for role in Role if role in self.told
        ]  # PostgreSQL keeps no order
        return ", ".join(f"{label}{counts.get(n, f' ({n} orang)')}" for label, n in up_the_chain)

    @property
    def owed(self) -> list[Obligation]:
        """The obligations that this mark is about; expects them to be prefetched with the case."""
        kinds = {self.Mark.BREACH: (sla.ORAL, sla.WRITTEN), self.Mark.TIER_THREE: (sla.IN_PERSON,)}
        wanted = kinds.get(self.Mark(self.mark), (self.mark.removeprefix("overdue_"),))
        return [one for one in self.case.obligations.all() if one.kind in wanted]
