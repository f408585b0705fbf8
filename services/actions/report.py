"""The report on the services: drafted by the schedule, read by Karoren."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction

from accounts import notices, policy
from accounts.models import User
from accounts.policy import Verb
from accounts.roles import Role
from kinerjaku import audit, documents
from kinerjaku.clock import WIB, said
from kinerjaku.errors import DomainError
from kinerjaku.models import Document
from services import office, performance
from services.models import Case, ServiceReport

Kind = ServiceReport.Kind
MONTHS = (
    *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
    *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
)
ROMAN = ("I", "II", "III", "IV")
LOOKS_BACK = 12  # months: a schedule that slept longer leaves gaps


def draft_due(*, at: datetime) -> list[ServiceReport]:
    """Make every report whose period is over, since the first case; those that are new."""
    begun = Case.objects.order_by("started_at").values_list("started_at", flat=True).first()
    if begun is None:
        return []
    since = begun.astimezone(WIB).date()
    made = []
    for kind, first, last, title in periods(at.astimezone(WIB).date()):
        if last >= since and not ServiceReport.objects.filter(kind=kind, first=first).exists():
            made.append(draft(kind, first, last, title, at=at))
    return made


@transaction.atomic
def draft(kind: str, first: date, last: date, title: str, *, at: datetime) -> ServiceReport:
    """Freeze the figures of a period as a document. Two at once: the database keeps one."""
    sections = performance.sections(first, last, at=at)
    content = {
        "period": title,
        "made_at_text": said(at),
        "sections": [section.as_json() for section in sections],
    }
    name = f"Laporan kinerja pelayanan {title}"
    document = documents.freeze(Document.Kind.SERVICE_REPORT, name, content, at=at)
    report = ServiceReport.objects.create(kind=kind, first=first, last=last, title=title, document=document, made_at=at)
    documents.seal(document, [{"party": "Portal Kinerjaku", "name": "Jadwal", "position": "", "at": said(at)}], at=at)
    audit.record(by=None, at=at, verb="susun laporan pelayanan", target=report, after={"number": title})
    notices.tell(
        {person for role in (Role.KAROREN, Role.TEAM_LEAD) for person in policy.holders(role)},
        cause=f"service-report/{kind}/{first}",
        subject=name,
        body=f"{name} telah disusun. Baca dan beri arahan di portal.",
        path=report.get_absolute_url(),
        at=at,
        send_after=office.next_open(at),
    )
    return report


@transaction.atomic
def mark_read(report_id: int, *, direction: str, by: User, at: datetime) -> ServiceReport:
    """Karoren has read it and says what is to be done."""
    policy.require(by, Verb.DIRECT_SERVICES)
    report = ServiceReport.objects.select_for_update(no_key=True).get(pk=report_id)
    if report.read_at is not None:
        raise DomainError("Arahan atas laporan ini sudah dicatat.", code="already_read", status=409)
    report.read_at, report.read_by, report.direction = at, by, direction.strip()
    report.save(update_fields=["read_at", "read_by", "direction"])
    audit.record(by=by, at=at, verb="baca laporan pelayanan", target=report, after=audit.snapshot(report, "direction"))
    return report


def periods(today: date) -> Iterator[tuple[str, date, date, str]]:
    """The months and quarters that are over, oldest first: kind, first and last day, name."""
    first = today.replace(day=1)
    months = [first := _month_before(first) for _ in range(LOOKS_BACK)]
    for month in reversed(months):
        last = _next_month(month) - timedelta(days=1)
        yield Kind.MONTH, month, last, f"{MONTHS[month.month - 1]} {month.year}"
        if month.month % 3 == 0:
            begin = month.replace(month=month.month - 2)
            yield Kind.QUARTER, begin, last, f"Triwulan {ROMAN[month.month // 3 - 1]} {month.year}"


def _month_before(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
