"""Evidence of a row: upload, use again, say what it proves, download, remove."""

import time
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.policy import Verb
from indicators.actions import evidence as actions
from indicators.models import Achievement, Evidence
from kinerjaku import clock, files
from kinerjaku.errors import DomainError
from kinerjaku.middleware import wants_json
from kinerjaku.templatetags.kinerjaku import file_size

from .panel import slots_of
from .row import row_page
from .rows import Row

MOST_SECONDS = 45  # for all files of one request: it holds a thread of the server
TOO_SLOW = DomainError("Berkas sebelumnya lama diperiksa. Unggah berkas ini sekali lagi.", code="busy", status=503)
UNKNOWN_SLOT = DomainError("Pilih data dukung yang disyaratkan dari daftar.", code="unknown_slot")
NOTHING_CHOSEN = DomainError("Pilih berkas dahulu, lalu unggah.", code="nothing_chosen")


@require_http_methods(["GET", "POST"])
def evidence_upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Attach one or several files; each has its own answer. GET: back from signing in again."""
    row = get_object_or_404(Achievement.objects.visible_to(request.user).select_related("unit"), pk=pk)
    if request.method == "GET":
        return redirect(row)
    uploads = request.FILES.getlist("berkas")  # reads the whole body, so the clock below is after its last byte
    at = clock.now()
    policy.require(request.user, Verb.ENTER, row.unit)
    try:
        slot_id = _slot_id(request)
    except DomainError as error:
        uploads, answers = [], [_failure("", error)]
    else:
        answers = [] if uploads else [_failure("", NOTHING_CHOSEN)]
    began = time.monotonic()
    for upload in uploads:
        late = time.monotonic() - began > MOST_SECONDS
        failed_late = _failure(upload.name or "", TOO_SLOW)
        answers.append(failed_late if late else _attach(row, upload, request.user, at, slot_id))
    if wants_json(request):
        status = next((answer["status"] for answer in answers if not answer["ok"]), 200)
        fresh = Achievement.objects.for_pages().get(pk=pk)
        slots = {slot.pk: slot.state for slot in slots_of(fresh)}
        return JsonResponse({"files": answers, "lacks": Row(fresh, "").lacks, "slots": slots}, status=status)
    for answer in answers:
        if answer["ok"]:
            messages.success(request, answer["message"])
    failed = [answer for answer in answers if not answer["ok"]]
    if not failed:
        return redirect(f"{row.get_absolute_url()}#bukti")
    fresh = Achievement.objects.for_pages().get(pk=pk)
    errors = [("berkas", answer["message"]) for answer in failed]
    chosen = {"upload_slot": request.POST.get("slot", "")}
    return row_page(request, fresh, at=at, upload_errors=errors, chosen=chosen, status=failed[0]["status"])


@require_http_methods(["GET", "POST"])
def evidence_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Use files again that were uploaded before. GET: back from signing in again."""
    row = get_object_or_404(Achievement.objects.visible_to(request.user).select_related("unit"), pk=pk)
    if request.method == "GET":
        return redirect(row)
    at = clock.now()
    policy.require(request.user, Verb.ENTER, row.unit)
    sources = request.POST.getlist("sumber")
    try:
        if not all(_is_key(source) for source in sources):
            raise Http404
        made = actions.link(pk, [int(one) for one in sources], by=request.user, at=at, slot_id=_slot_id(request))
    except Evidence.DoesNotExist as error:
        raise Http404 from error
    except DomainError as error:
        fresh = Achievement.objects.for_pages().get(pk=pk)
        chosen = {"sources": [int(one) for one in sources], "link_slot": request.POST.get("slot", "")}
        errors = [("pakai-lagi", error.message)]
        return row_page(request, fresh, at=at, upload_errors=errors, chosen=chosen, status=error.status)
    messages.success(request, f"{len(made)} berkas ditautkan sebagai data dukung.")
    return redirect(f"{row.get_absolute_url()}#bukti")


@require_http_methods(["GET", "POST"])
def evidence_assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Say which required document a file is. GET: back from signing in again."""
    file = get_object_or_404(Evidence.objects.visible_to(request.user).select_related("achievement"), pk=pk)
    if request.method == "POST":
        placed = actions.assign(pk, _slot_id(request), by=request.user, at=clock.now())
        messages.success(request, f"“{file.name}” kini untuk {placed.slot or 'data dukung lainnya'}.")
    return redirect(f"{file.achievement.get_absolute_url()}#bukti")


@require_safe
def evidence(request: HttpRequest, pk: int) -> HttpResponseBase:
    file = get_object_or_404(Evidence.objects.visible_to(request.user), pk=pk)
    return files.download(file.storage_name, filename=file.name, content_type=file.content_type)


@require_http_methods(["GET", "POST"])
def evidence_remove(request: HttpRequest, pk: int) -> HttpResponse:
    file = get_object_or_404(Evidence.objects.visible_to(request.user).select_related("achievement"), pk=pk)
    row = file.achievement
    if request.method == "POST":
        actions.remove(pk, by=request.user, at=clock.now())
        messages.success(request, f"“{file.name}” dihapus dari data dukung.")
    return redirect(f"{row.get_absolute_url()}#bukti")


def _slot_id(request: HttpRequest) -> int | None:
    """The required document that was chosen; none: another one."""
    text = request.POST.get("slot", "")
    if not text:
        return None
    if not _is_key(text):
        raise UNKNOWN_SLOT
    return int(text)


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def _attach(row: Achievement, upload: UploadedFile, by: Any, at: Any, slot_id: int | None) -> dict[str, Any]:
    try:
        file = actions.attach(row.pk, upload, by=by, at=at, slot_id=slot_id)
    except DomainError as error:
        return _failure(upload.name or "", error)
    return {
        "ok": True,
        "name": file.name,
        "message": f"“{file.name}” sudah diunggah.",
        "size": file_size(file.size),
        "kind": file.kind,
        "url": file.get_absolute_url(),
        "slot": file.slot.name if file.slot else "",
        "assign_url": reverse("evidence_assign", args=[file.pk]),
        "remove_url": reverse("evidence_remove", args=[file.pk]),
        "status": 200,
    }


def _failure(name: str, error: DomainError) -> dict[str, Any]:
    said = f"“{name}” tidak diunggah. {error.message}" if name else error.message
    return {"ok": False, "name": name, "message": said, "code": error.code, "status": error.status}
