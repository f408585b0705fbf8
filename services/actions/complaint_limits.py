"""The limits of a complaint by the working calendar, who is told when one passes, and what is measured."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from accounts import notices, policy
from accounts.models import User
from accounts.roles import Role
from kinerjaku.clock import WIB
from services import complaint_flow, workdays
from services.calendar import token, working_calendar
from services.models import Complaint, ComplaintEvent
from services.worktime import CalendarNotLoaded

NO_TIME = timedelta(microseconds=1)

TOLD = {  # along the chain of oversight, by mark; the assigned officer is told of what is near as well
    "response_near": Role.TEAM_LEAD,
    "response_late": Role.KAROREN,
    "answer_near": Role.TEAM_LEAD,
    "answer_late": Role.KAROREN,
    "answer_far_late": Role.SEKJEN,
}
WORDS = {
    "response_near": "belum ditanggapi; batas tanggapan awalnya tinggal satu hari kerja lagi",
    "response_late": "melewati batas tanggapan awal",
    "answer_near": "belum dijawab; batas jawabannya tinggal satu hari kerja lagi",
    "answer_late": "melewati batas jawaban",
    "answer_far_late": "melewati batas jawaban lebih dari 5 hari kerja",
}


def settle(complaint: Complaint, *, at: datetime) -> None:
    """Its limits by the calendar of now, people who have to know, and when to look again."""
    calendar = working_calendar()
    ends = {
        mark: complaint_flow.limit(start, days, calendar)
        for mark, (start, days) in complaint_flow.marks(complaint).items()
    }
    if complaint.is_waiting:
        complaint.response_due_at = ends.get("response_late", complaint.response_due_at)
        complaint.answer_due_at = ends["answer_late"]
        if complaint.answered_at is None:
            is_late = complaint.answer_due_at is not None and complaint.answer_due_at <= at
            complaint.is_in_time = False if is_late else None
    complaint.closes_at = None
    if complaint.state == Complaint.State.ANSWERED:
        answer = complaint.events.filter(kind=ComplaintEvent.Kind.ANSWER).latest("seq")
        complaint.closes_at = complaint_flow.limit(answer.at, complaint_flow.UNANSWERED, calendar)
    coming = [complaint.closes_at]
    for mark, end in ends.items():
        if mark in complaint.marks:
            continue
        if end is not None and end <= at:
            complaint.marks = [*complaint.marks, mark]
            _escalate(complaint, mark, at=at)
        else:
            coming.append(end)
    complaint.alarm_at = min((end for end in coming if end is not None), default=None)
    complaint.calendar_token = token()


def tell(complaint: Complaint, people: Iterable[User], cause: str, words: str, *, at: datetime) -> None:
    """In working hours, once a cause, and never those whom it is about. Without the text of the complaint."""
    about = set(complaint.concerned.all())
    try:
        send_after = working_calendar().add(at, NO_TIME)
    except CalendarNotLoaded:
        send_after = at
    notices.tell(
        [user for user in dict.fromkeys(people) if user not in about],
        cause=f"complaint/{complaint.pk}/{cause}",
        subject=f"Pengaduan {complaint.number} {words}",
        body=f"Pengaduan {complaint.number} ({complaint.get_kind_display().lower()}) {words}.",
        path=complaint.get_absolute_url(),
        at=at,
        send_after=send_after,
    )


def _escalate(complaint: Complaint, mark: str, *, at: datetime) -> None:
    """Whom a complaint is about is passed over; if nobody is left, Sekjen is told."""
    about = set(complaint.concerned.all())
    people = {*policy.holders(TOLD[mark])} - about or {*policy.holders(Role.SEKJEN)}
    if mark.endswith("_near") and complaint.assigned_to is not None:
        people.add(complaint.assigned_to)
    since = complaint.counted_from.astimezone(WIB).date()
    tell(complaint, people, f"{mark}/{complaint.kind}/{since}", WORDS[mark], at=at)


def first_answer(complaint: Complaint, *, at: datetime) -> None:
    """Kept for the statistics; a later change of the calendar does not touch it."""
    complaint.answered_at = at
    complaint.is_in_time = complaint.answer_due_at is None or at < complaint.answer_due_at
    try:
        complaint.answer_days = workdays.used(complaint.received_at, at, working_calendar())
    except CalendarNotLoaded:
        complaint.answer_days = None
