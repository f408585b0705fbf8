"""Cascading: how indicators of lower units relate to those above them (domain guide 4)."""

from django.db import models
from django.db.models import F, Q

from .catalogue import Indicator


class Cascade(models.Model):
    """How an indicator of a lower unit relates to one above it."""

    class Relation(models.TextChoices):
        SAME = "same", "Adopsi langsung"
        NARROWED = "narrowed", "Dipersempit"
        COMPONENT = "component", "Komponen pembentuk"

    parent = models.ForeignKey(Indicator, models.CASCADE, related_name="cascades_down", verbose_name="induk")
    child = models.ForeignKey(Indicator, models.CASCADE, related_name="cascades_up", verbose_name="turunan")
    relation = models.CharField("hubungan", max_length=10, choices=Relation.choices)

    class Meta:
        verbose_name = "penurunan"
        verbose_name_plural = "penurunan"
        ordering = ["parent", "child"]
        constraints = [
            models.UniqueConstraint(fields=["parent", "child"], name="cascade_once"),
            models.CheckConstraint(name="cascade_not_to_itself", condition=~Q(parent=F("child"))),
            models.UniqueConstraint(  # two parents of which it is the same cannot both be right
                fields=["child"], condition=Q(relation="same"), name="cascade_adopted_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.parent.code} → {self.child.code}"
