"""What the unit does on the sheet: drafts of its report go up and come down, and it asks for assistance."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from accounts.policy import Verb
from kinerjaku import clock, files
from reporting.actions import draft as actions
from reporting.assistance_forms import DraftForm, RequestForm
from reporting.models import ReportDraft

from .assistance import act


@require_http_methods(["GET", "POST"])
def draft_upload(request: HttpRequest, pk: int) -> HttpResponse:
    def give(sheet_id: int, *, berkas: UploadedFile, note: str, **given: Any) -> ReportDraft:
        return actions.give(sheet_id, berkas, note=note, **given)

    return act(request, pk, Verb.ENTER, partial(DraftForm, auto_id="rancangan-%s"), give, "Rancangan diunggah.")


@require_safe
def draft(request: HttpRequest, pk: int) -> HttpResponseBase:
    file = get_object_or_404(ReportDraft.objects.visible_to(request.user).present(), pk=pk)
    return files.download(file.storage_name, filename=file.name, content_type=file.content_type)


@require_http_methods(["GET", "POST"])
def draft_remove(request: HttpRequest, pk: int) -> HttpResponse:
    file = get_object_or_404(ReportDraft.objects.visible_to(request.user).select_related("sheet"), pk=pk)
    if request.method == "POST":
        actions.remove(pk, by=request.user, at=clock.now())
        messages.success(request, f"“{file.name}” dihapus.")
    return redirect(file.sheet)


@require_http_methods(["GET", "POST"])
def assistance_request(request: HttpRequest, pk: int) -> HttpResponse:
    form = partial(RequestForm, auto_id="minta-%s")
    done = "Permintaan pendampingan dikirim kepada verifikator Biro Perencanaan."
    return act(request, pk, Verb.SUBMIT, form, actions.request, done)
