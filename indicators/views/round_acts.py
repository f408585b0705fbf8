"""What is done to a collection round. GET of each address is where the browser ends up after signing in again."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import policy
from accounts.forms import ProofForm
from accounts.policy import Verb
from indicators.actions import round as rounds
from indicators.actions import round_approval as approval
from indicators.actions import round_filling as filling
from indicators.actions import round_format as formats
from indicators.models import CollectionRound, Stage
from indicators.round_forms import FormatForm, GiveBackForm, ReasonForm, ReassignForm, filled_down
from kinerjaku import clock
from kinerjaku.errors import DomainError
from services import turns
from services.actions import case as cases
from services.models import Standard

from .round import CancelForm, round_page, visible
from .rows import unit_and_quarter

FILL_DOWN = "samakan"
FORMAT_ACTS: dict[str, tuple[Callable[..., CollectionRound], str]] = {
    "simpan": (formats.save, "Format disimpan."),
    "kirim": (formats.send, "Format dikirim kepada Kasubag untuk dikoreksi."),
    "setujui": (formats.approve, "Format disetujui dan diteruskan kepada staf untuk dibagikan."),
    "bagikan": (formats.hand_out, "Format dibagikan. Setiap pejabat diberi tahu."),
}


@require_http_methods(["GET", "POST"])
def round_open(request: HttpRequest, year: int, number: int, code: str) -> HttpResponse:
    """Begin the case of collection for a unit's quarter; twice leads to the same one."""
    unit, quarter = unit_and_quarter(request.user, year, number, code, Verb.ENTER)
    if request.method == "GET":
        return redirect(quarter.entry_path(unit))
    facts = {"year": year, "quarter": number, "by": request.user, "at": clock.now()}
    case = cases.start(Standard.Key.COLLECTION, unit, str(quarter), **facts)
    messages.success(request, "Pengumpulan data dibuka. Tetapkan pejabat dan batas setiap indikator.")
    return redirect(getattr(case, "round", case))


@require_http_methods(["GET", "POST"])
def round_format(request: HttpRequest, pk: int) -> HttpResponse:
    """The table of steps 1 to 3: kept, or kept and passed on."""
    found = visible(request.user, pk)
    if request.method == "GET":
        return redirect(found)
    policy.require(request.user, Verb.ENTER, found.unit)
    wanted = request.POST.get("act")
    if wanted not in {*FORMAT_ACTS, FILL_DOWN}:
        raise SuspiciousOperation("unknown act")
    at = clock.now()
    version = request.POST.get("version", "")
    seen = int(version) if version.isdecimal() and len(version) < 10 else -1
    dates_only = found.stage == Stage.HAND_OUT
    officials = rounds.officials_of(found.unit)
    assignments = list(found.assignments.for_pages())
    if wanted == FILL_DOWN:
        table = FormatForm(assignments, officials, filled_down(assignments, request.POST), dates_only=dates_only)
        said = "Isian baris pertama disalin ke baris yang kosong. Belum tersimpan: periksa, lalu simpan."
        messages.info(request, said)
        return round_page(request, found, at=at, table=table, version=seen)
    act, done = FORMAT_ACTS[wanted]
    table = FormatForm(assignments, officials, request.POST, dates_only=dates_only)
    if not table.is_valid():
        return round_page(request, found, at=at, table=table, version=seen, status=422)
    try:
        act(pk, table.lines, version=seen, by=request.user, at=at)
    except formats.Faulty as error:
        table.mark(error.faults)
        return round_page(request, found, at=at, table=table, version=seen, status=error.status)
    except DomainError as error:
        table.is_stale = error.code == "stale"
        fresh = visible(request.user, pk)  # the version of now: who saves again has seen both
        return round_page(request, fresh, at=at, table=table, said=error.message, status=error.status)
    messages.success(request, done)
    return redirect(found)


@require_http_methods(["GET", "POST"])
def round_send_back(request: HttpRequest, pk: int) -> HttpResponse:
    def act(form: forms.Form, at: datetime) -> None:
        formats.send_back(pk, reason=form.cleaned_data["reason"], by=request.user, at=at)

    make = _reason(ReasonForm, "kembali-%s")
    return _act(request, pk, Verb.CHECK_UNIT, make, act, "Format dikembalikan kepada staf.", stages=(Stage.CORRECT,))


@require_http_methods(["GET", "POST"])
def round_return(request: HttpRequest, pk: int) -> HttpResponse:
    def act(_: forms.Form, at: datetime) -> None:
        filling.return_form(pk, by=request.user, at=at)

    done = "Formulir Anda dikembalikan kepada Kasubag. Anda diberi tahu bila ada yang perlu diperbaiki."
    return _act(request, pk, Verb.ENTER, lambda _, data: forms.Form(data), act, done, stages=(Stage.FILL,))


@require_http_methods(["GET", "POST"])
def round_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    def act(_: forms.Form, at: datetime) -> None:
        filling.take_back(pk, by=request.user, at=at)

    done = "Formulir Anda dapat diisi lagi. Kembalikan kepada Kasubag setelah selesai."
    return _act(request, pk, Verb.ENTER, lambda _, data: forms.Form(data), act, done, stages=(Stage.FILL,))


@require_http_methods(["GET", "POST"])
def round_reassign(request: HttpRequest, pk: int) -> HttpResponse:
    def make(found: CollectionRound, data: Any) -> forms.Form:
        return ReassignForm(found.assignments.for_pages(), rounds.officials_of(found.unit), data)

    def act(form: forms.Form, at: datetime) -> None:
        typed = dict(form.cleaned_data)
        filling.reassign(pk, typed.pop("assignment"), **typed, by=request.user, at=at)

    return _act(
        request, pk, Verb.CHECK_UNIT, make, act, "Penugasan dialihkan. Keduanya diberi tahu.", stages=(Stage.FILL,)
    )


@require_http_methods(["GET", "POST"])
def round_accept(request: HttpRequest, pk: int) -> HttpResponse:
    def act(_: forms.Form, at: datetime) -> None:
        approval.accept(pk, content_hash=request.POST.get("content_hash", ""), by=request.user, at=at)

    done, at_check = "Semua isian diterima dan siap diparaf.", (Stage.CHECK,)
    return _act(request, pk, Verb.CHECK_UNIT, _corrections, act, done, stages=at_check, keeps_nothing=True)


@require_http_methods(["GET", "POST"])
def round_give_back(request: HttpRequest, pk: int) -> HttpResponse:
    """By whoever examines the rows now: the action asks whose turn it is."""

    def act(form: forms.Form, at: datetime) -> None:
        filling.give_back(pk, form.reasons, by=request.user, at=at)

    done = "Isian dikembalikan kepada pejabatnya dengan catatan Anda."
    return _act(request, pk, Verb.ENTER, _corrections, act, done, stages=filling.EXAMINED)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def round_initial(request: HttpRequest, pk: int) -> HttpResponse:
    def act(form: forms.Form, at: datetime) -> None:
        seen = form.cleaned_data["content_hash"]
        approval.initial(pk, content_hash=seen, by=request.user, at=at)

    done = "Capaian diparaf dan diteruskan untuk ditandatangani."
    return _act(request, pk, Verb.CHECK_UNIT, _proof(request), act, done, stages=(Stage.INITIAL,))


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def round_sign(request: HttpRequest, pk: int) -> HttpResponse:
    def act(form: forms.Form, at: datetime) -> None:
        seen = form.cleaned_data["content_hash"]
        approval.sign(pk, content_hash=seen, by=request.user, at=at)

    done = "Capaian ditandatangani dan terkirim. Tanda terimanya ada di bawah."
    return _act(request, pk, Verb.SIGN_UNIT, _proof(request), act, done, stages=(Stage.SIGN,))


@require_http_methods(["GET", "POST"])
def round_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel its case; the rows are free."""
    found = visible(request.user, pk)

    def act(form: forms.Form, at: datetime) -> None:
        cases.cancel(found.case_id, reason=form.cleaned_data["reason"], by=request.user, at=at)

    done = "Pengumpulan data dibatalkan. Isian tetap tersimpan dan dapat dikirim langsung."
    return _act(request, pk, turns.cancels(found.case), _reason(CancelForm, "batal-%s"), act, done)


Make = Callable[[CollectionRound, Any], forms.Form]


def _act(
    request: HttpRequest,
    pk: int,
    verb: Verb,
    make: Make,
    act: Callable[[Any, datetime], None],
    done: str,
    *,
    stages: tuple[Stage, ...] = (),
    keeps_nothing: bool = False,
) -> HttpResponse:
    """One act by one form; what was typed comes back if it is refused. The step is asked before the form, so that no
    password is tried for nothing. `keeps_nothing`: texts in the form would be lost by the act."""
    found = visible(request.user, pk)
    if request.method == "GET":
        return redirect(found)
    policy.require(request.user, verb, found.unit)
    at = clock.now()
    form = None
    try:
        rounds.require_at(found, *stages)
        form = make(found, request.POST)
        if not form.is_valid():
            return round_page(request, found, at=at, refused=form, status=422)
        if keeps_nothing and any(form.cleaned_data.values()):
            said = "Ada catatan perbaikan. Kembalikan baris itu, atau hapus catatannya sebelum menerima semua isian."
            return round_page(request, found, at=at, refused=form, said=said, status=422)
        act(form, at)
    except DomainError as error:
        fresh = visible(request.user, pk)
        kept = None if isinstance(form, ProofForm) else form  # who signs sees the content of now
        return round_page(request, fresh, at=at, refused=kept, said=error.message, status=error.status)
    messages.success(request, done)
    return redirect(found)


def _corrections(found: CollectionRound, data: Any) -> forms.Form:
    return GiveBackForm(found.assignments.for_pages(), data)


def _reason(form: type[ReasonForm], auto_id: str) -> Make:
    return lambda _, data: form(data, auto_id=auto_id)


def _proof(request: HttpRequest) -> Make:
    return lambda _, data: ProofForm(request, data)
