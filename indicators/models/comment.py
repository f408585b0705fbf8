"""What people say to each other about one row, outside the claim itself."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts import policy

from .achievement import Achievement


class CommentQuerySet(models.QuerySet["Comment"]):
    def visible_to(self, user: object) -> "CommentQuerySet":
        return self.filter(achievement__unit__in=policy.units_for(user))


class Comment(models.Model):
    """Said once and kept; whoever is mentioned is told."""

    achievement = models.ForeignKey(Achievement, models.PROTECT, related_name="comments", verbose_name="capaian")
    text = models.TextField("komentar", max_length=2000)
    at = models.DateTimeField("waktu")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="oleh")
    mentions = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True, verbose_name="disebut")

    objects = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = "komentar"
        verbose_name_plural = "komentar"
        ordering = ["at", "pk"]
        constraints = [models.CheckConstraint(name="comment_is_not_empty", condition=~Q(text=""))]

    def get_absolute_url(self) -> str:
        return f"{self.achievement.get_absolute_url()}#komentar-{self.pk}"

    def __str__(self) -> str:
        return f"{self.by}: {self.text[:60]}"
