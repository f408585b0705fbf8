"""What complaints ask of a handler, for the home page."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from services.models import Complaint

from .task import Task


def tasks(user: User, at: datetime) -> Iterator[Task]:
    """Those assigned to the user; for those who handle all: what has to be assigned, and what is late."""
    if not policy.can_somewhere(user, Verb.HANDLE_COMPLAINT):
        return
    visible = Complaint.objects.visible_to(user)
    for one in visible.waiting().filter(assigned_to=user).order_by("answer_due_at"):
        due = one.answer_due_at if one.responded_at else one.response_due_at
        title = "Jawab pengaduan" if one.responded_at else "Tanggapi pengaduan"
        state, tone = one.get_state_display(), "problem" if one.is_late(at) else "active"
        about = f"{one.number}, {one.get_kind_display().lower()}"
        yield Task(title, about, one.get_absolute_url(), state, tone, due, is_overdue=one.is_late(at))
    if not policy.can(user, Verb.HANDLE_COMPLAINT):
        return
    address = reverse("complaints")
    if unassigned := visible.waiting().filter(assigned_to=None).count():
        title, about = "Disposisi pengaduan", f"{unassigned} pengaduan belum ditugaskan"
        yield Task(title, about, f"{address}?petugas=kosong", "Belum ditugaskan", "warning")
    if late := visible.overdue(at).count():
        about = f"{late} pengaduan melewati batas tanggapan atau jawaban"
        yield Task("Pengaduan terlambat", about, f"{address}?batas=lewat", "Melewati batas", "problem", is_overdue=True)
