"""Background work of services: clocks and limits that have passed a mark or were counted with another calendar, what is
owed and overdue, mail that waits for working hours, complaints, reports, the survey."""

import logging
from datetime import timedelta

from celery import shared_task

from accounts import notices
from kinerjaku import clock
from kinerjaku.errors import DomainError

from . import calendar, complaint_mail, mailing, office
from .actions import case as actions
from .actions import complaint as complaints
from .actions import escalation, survey, survey_period
from .actions import report as reports
from .models import Case, Complaint, FollowUp, InvitationMail, Obligation
from .worktime import CalendarNotLoaded

log = logging.getLogger("kinerjaku.services")
MOST = 1000  # of each kind a run; the next one goes on


@shared_task(name="services.sound_clocks")
def sound_clocks() -> None:
    at = clock.now()
    stale = Case.objects.counted_otherwise(calendar.token())
    held, alarmed = Case.objects.to_resume(at).order_by("resumes_at"), Case.objects.alarmed(at).order_by("alarm_at")
    for act, due in ((actions.sound, held), (actions.recount, stale), (actions.sound, alarmed)):
        done = 0
        for case_id in due.values_list("pk", flat=True).iterator():
            try:
                act(case_id, at=at)
            except (DomainError, CalendarNotLoaded) as error:  # one year that is missing holds up no other case
                log.error("case %s is not counted: %s", case_id, type(error).__name__)
                continue
            done += 1
            if done == MOST:
                break


@shared_task(name="services.escalate_overdue")
def escalate_overdue() -> None:
    at = clock.now()
    for obligation_id in Obligation.objects.to_escalate(at).order_by("due_at").values_list("pk", flat=True)[:MOST]:
        escalation.escalate_overdue(obligation_id, at=at)


@shared_task(name="services.draft_reports")
def draft_reports() -> None:
    reports.draft_due(at=clock.now())


@shared_task(name="services.send_notices")
def send_notices() -> None:
    """While the office is open: everything that is due, the daily digest with it (accounts cannot know the hours)."""
    at = clock.now()
    if opening := office.opened_at(at):
        for user_id in notices.people_to_mail(at=at, opening=opening):
            notices.send(user_id, at=clock.now(), opening=opening)


@shared_task(name="services.invite_to_survey")
def invite_to_survey() -> None:
    """Finished cases about which nobody has been asked yet."""
    at = clock.now()
    done = Case.objects.filter(state=Case.State.DONE, ended_at__gte=at - survey.LINK_LASTS, ended_at__lte=at)
    due = done.filter(standard__is_public=True, survey_invitations=None).order_by("ended_at")
    for case_id in due.values_list("pk", flat=True)[:MOST]:
        survey.invite(case_id, at=at)


@shared_task(name="services.shake_urn")
def shake_urn() -> None:
    """The day after, answers lose the place at which they were written."""
    survey.shake(before=clock.now().date())


@shared_task(name="services.remind_follow_ups")
def remind_follow_ups() -> None:
    at = clock.now()
    week_ago = at.date() - timedelta(days=6)
    for pk in FollowUp.objects.to_remind(at.date(), last_before=week_ago).values_list("pk", flat=True)[:MOST]:
        survey_period.remind(pk, last_before=week_ago, at=at)


@shared_task(name="services.watch_complaints")
def watch_complaints() -> None:
    """Escalation, automatic closing, and mail to complainants."""
    at = clock.now()
    stale = Complaint.objects.exclude(state=Complaint.State.CLOSED).exclude(calendar_token=calendar.token())
    for due in (stale, Complaint.objects.alarmed(at).order_by("alarm_at")):
        for complaint_id in due.values_list("pk", flat=True)[:MOST]:
            complaints.sound(complaint_id, at=at)
    for mail_id in complaint_mail.due(at):
        complaint_mail.send(mail_id, at=at)


@shared_task(name="services.send_invitations")
def send_invitations() -> None:
    at = clock.now()
    due = InvitationMail.objects.to_send(stale_before=at - mailing.CLAIM_LASTS).order_by("pk")
    for mail_id in due.values_list("pk", flat=True)[:MOST]:
        try:
            mailing.send(mail_id, at=at)
        except DomainError as error:  # a letter that is missing or changed holds up no other
            log.error("invitation mail %s is not sent: %s", mail_id, error.code)
