"""The ministry's working calendar as rows that an Admin can change (domain guide 3)."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from services.worktime import WorkCalendar


class CalendarYear(models.Model):
    """The hours of one year. A year that is not here is an error wherever it is touched, never "no holidays"."""

    year = models.PositiveSmallIntegerField("tahun", primary_key=True)
    basis = models.CharField("dasar hukum", max_length=300)
    is_verified = models.BooleanField("sudah dicocokkan dengan keputusan bersama", default=False)
    week = models.JSONField("jam kerja", help_text='Misalnya {"mon": [["07:30", "12:00"], ["13:00", "16:00"]]}.')
    ramadan_from = models.DateField("Ramadan sejak", null=True, blank=True)
    ramadan_to = models.DateField("Ramadan sampai", null=True, blank=True)
    ramadan_week = models.JSONField("jam kerja Ramadan", default=dict, blank=True)
    version = models.PositiveIntegerField("versi", default=1, editable=False)

    class Meta:
        verbose_name = "tahun kalender kerja"
        verbose_name_plural = "tahun kalender kerja"
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(
                name="calendar_year_ramadan_whole_and_in_order",
                condition=Q(ramadan_from=None, ramadan_to=None) | Q(ramadan_from__lte=F("ramadan_to")),
                violation_error_message="Isi awal dan akhir Ramadan, dengan awal sebelum akhir.",
            )
        ]

    def __str__(self) -> str:
        return f"Kalender kerja {self.year}"

    def clean(self) -> None:
        """The hours can be read, do not overlap, and Ramadan lies in the year."""
        errors: dict[str, str] = {}
        for name in ("week", "ramadan_week"):
            try:
                WorkCalendar.from_hours(hours=getattr(self, name))
            except (ValueError, TypeError, AttributeError) as error:
                errors[name] = str(error) if isinstance(error, ValueError) else "Tulis jam seperti pada contoh."
        for name in ("ramadan_from", "ramadan_to"):
            day = getattr(self, name)
            if day is not None and day.year != self.year:
                errors[name] = f"Tanggal harus pada tahun {self.year}."
        if errors:
            raise ValidationError(errors)

    def hours_of(self, day: date) -> list[list[str]]:
        """The opening hours of a date of this year, holidays apart."""
        is_ramadan = self.ramadan_from is not None and self.ramadan_from <= day <= self.ramadan_to
        week: dict[str, Any] = self.ramadan_week if is_ramadan else self.week
        found: list[list[str]] = week.get(WEEKDAYS[day.weekday()], [])
        return found


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Closure(models.Model):
    """A day on which no work is done, and why."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", "Libur nasional"
        JOINT_LEAVE = "joint_leave", "Cuti bersama"
        OTHER = "other", "Penutupan lain"

    day = models.DateField(
        "tanggal", unique=True, error_messages={"unique": "Tanggal ini sudah tercatat sebagai hari libur."}
    )
    kind = models.CharField("jenis", max_length=12, choices=Kind.choices)
    name = models.CharField("nama", max_length=200)
    basis = models.CharField("dasar hukum", max_length=300)

    class Meta:
        verbose_name = "hari libur"
        verbose_name_plural = "hari libur"
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day:%d-%m-%Y} {self.name}"


class CalendarStamp(models.Model):
    """One row: another token after each change of the calendar, and of the standards. What a process has built of them
    belongs to these."""

    token = models.CharField(max_length=32)
    standards = models.CharField(max_length=32, default="")

    class Meta:
        constraints = [models.CheckConstraint(name="calendar_stamp_is_one_row", condition=Q(pk=1))]
