"""What the services ask of people: the calendar of next year, surveys, invitations, and reports to be read."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from kinerjaku.clock import WIB, said
from services import turns
from services.models import CalendarYear, FollowUp, Invitation, Obligation, ServiceReport, SurveyPeriod

from .task import Task


def tasks(user: User, at: datetime) -> Iterator[Task]:
    yield from _calendar(user, at)
    yield from _survey(user, at)
    yield from _invitations(user, at)
    yield from _cases(user, at)
    yield from _reports(user)
    yield from _escalations(user)


def _calendar(user: User, at: datetime) -> Iterator[Task]:
    """From November on: without the next year's calendar no deadline that reaches into it can be counted."""
    local = at.astimezone(WIB)
    if local.month < 11 or not policy.can(user, Verb.ADMINISTER):
        return
    year = local.year + 1
    loaded = CalendarYear.objects.filter(year=year).first()
    if loaded is None:
        address = reverse("calendar_import")
        yield Task(f"Muat kalender kerja {year}", "Jam kerja dan hari libur", address, "Belum dimuat", "problem")
    elif not loaded.is_verified:
        address = reverse("admin:services_calendaryear_change", args=[year])
        about = "Hari libur menurut keputusan bersama tiga menteri"
        yield Task(f"Cocokkan kalender kerja {year}", about, address, "Belum dicocokkan", "warning")


def _survey(user: User, at: datetime) -> Iterator[Task]:
    """What one promised after a survey; Karoren: results that can be published."""
    today = at.astimezone(WIB).date()
    for planned in FollowUp.objects.undone().filter(owner=user).select_related("period"):
        (words, tone), url, due_at = planned.state(today), planned.get_absolute_url(), planned.due_at
        title = "Selesaikan tindak lanjut survei"
        yield Task(title, str(planned), url, words, tone, due_at, is_overdue=due_at <= at)
    for period in SurveyPeriod.objects.to_publish(today) if policy.can(user, Verb.PUBLISH_SURVEY) else ():
        yield Task("Terbitkan hasil survei", period.name, period.get_absolute_url(), "Berakhir", "settled")


def _invitations(user: User, at: datetime) -> Iterator[Task]:
    """To be issued by Karoren, to be answered by whom they reached, and who came, for whoever prepared them."""
    for one in Invitation.objects.to_answer(user, at):
        url = reverse("invitation_answer", args=[one.pk])
        yield Task("Jawab undangan", one.subject, url, f"Rapat {said(one.begins_at)}", due_at=one.begins_at)
    if policy.can(user, Verb.ISSUE_INVITATION):
        for one in Invitation.objects.drafts().select_related("drafted_by"):
            about = f"{one.subject}, disiapkan {one.drafted_by.name}"
            late = one.has_begun(at)
            state, tone = ("Waktu rapat sudah lewat", "problem") if late else (f"Rapat {said(one.begins_at)}", "active")
            yield Task("Terbitkan undangan", about, one.get_absolute_url(), state, tone)
    if policy.can_somewhere(user, Verb.VERIFY):
        for one in Invitation.objects.to_record(at).prepared_by(user).order_by("begins_at"):
            url = reverse("invitation_attendance", args=[one.pk])
            yield Task("Catat kehadiran", one.subject, url, f"Rapat {said(one.begins_at)}")


def _reports(user: User) -> Iterator[Task]:
    """Karoren reads the latest report on the services."""
    if policy.can(user, Verb.DIRECT_SERVICES):
        for one in ServiceReport.objects.filter(read_at=None).order_by("-last")[:1]:
            yield Task("Baca laporan kinerja pelayanan", one.title, one.get_absolute_url(), "Belum dibaca")


def _cases(user: User, at: datetime) -> Iterator[Task]:
    """Steps that wait for this person; what is held says so."""
    for case in turns.awaiting(user).select_related("standard", "unit", "step").order_by("due_at", "pk"):
        late = case.due_at is not None and case.due_at < at
        yield Task(
            f"Langkah {case.step.order}: {case.step.name}",
            f"{case.standard.get_key_display()}, {case.unit.name}, {case.subject}",
            case.get_absolute_url(),
            "" if late else "Menunggu Anda",
            "active",
            case.due_at,
            is_overdue=late,
            due_is_in_time=True,
            why_not="Jam layanan dijeda." if case.is_paused else "",
        )


def _escalations(user: User) -> Iterator[Task]:
    """For those who watch rather than do: how many services have broken their promise and still owe something."""
    if not policy.can(user, Verb.OVERSEE_SERVICES) or policy.can(user, Verb.REASSIGN):
        return
    broken = Obligation.objects.unsettled().values("case").distinct().count()
    if broken:
        about = f"{broken} layanan melewati janjinya dan belum dipulihkan"
        yield Task("Baca eskalasi layanan", about, f"{reverse('escalations')}?kewajiban=terutang", "", "warning")
