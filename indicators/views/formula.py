"""The formula editor of an indicator: its page, and the address that evaluates what is typed while it is typed."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods, require_POST

from accounts import policy
from accounts.policy import Verb
from indicators.actions import formula as formulas
from indicators.formula_check import MOST_ROWS, Draft
from indicators.formula_forms import BANDS, VARIABLES, Editor
from indicators.formula_trial import Trial, stored_draft, try_out
from indicators.models import Achievement, Indicator, ScoringYear
from kinerjaku import clock
from kinerjaku.errors import DomainError

_ADD = {f"tambah-{prefix}": prefix for prefix in (VARIABLES, BANDS)}


@dataclass
class Tried:
    """What the typed formula gives, as far as it can be told; `faults` lead to their inputs."""

    faults: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    trial: Trial | None = None

    @property
    def said(self) -> str:
        """In one line, for people who listen."""
        if self.faults:
            return f"Rumus belum benar: {self.faults[0][1]}"
        assert self.trial is not None, "a draft without faults is tried"
        grade = f", {self.trial.grade}" if self.trial.grade else ""
        return self.trial.problem or self.trial.outside or f"Hasil {self.trial.shown}{grade}."


@require_http_methods(["GET", "POST"])
def indicator_formula(request: HttpRequest, pk: int) -> HttpResponse:
    indicator = _editable(request, pk)
    if request.method == "GET":
        samples = _samples(indicator)
        editor = Editor.stored(indicator, formulas.fingerprint(indicator), samples)
        draft = stored_draft(indicator)
        editor.add(formulas.faults(indicator, draft))  # what came in by another way may have some
        tried = Tried(editor.faults) if editor.faults else _judged(indicator, draft, samples)
        return _page(request, indicator, editor, tried=tried)
    act = request.POST.get("aksi", "coba")
    editor = Editor.typed(request.POST)
    if act in _ADD:
        return _page(request, indicator, editor.with_a_row_more(_ADD[act]), added=_ADD[act])
    draft = _sound(indicator, editor)
    if draft is None:
        return _page(request, indicator, editor, tried=Tried(editor.faults), status=422)
    tried = _tried(indicator, editor, draft)
    if act != "simpan":
        return _page(request, indicator, editor, tried=tried)
    return _save(request, indicator, editor, tried, draft)


@require_POST
def indicator_formula_try(request: HttpRequest, pk: int) -> JsonResponse:
    """The result for what is typed right now; nothing is saved, and faults are an answer like any other."""
    indicator = _editable(request, pk)
    editor = Editor.typed(request.POST)
    draft = _sound(indicator, editor)
    tried = _tried(indicator, editor, draft) if draft else Tried(editor.faults)
    context = {"tried": tried, "indicator": indicator}
    html = render_to_string("indicators/partials/_formula_result.html", context, request)
    return JsonResponse({"html": html, "said": tried.said, "ok": not tried.faults})


def _editable(request: HttpRequest, pk: int) -> Indicator:
    rows = Indicator.objects.visible_to(request.user).select_related("unit", "decree")
    indicator = get_object_or_404(rows, pk=pk)
    policy.require(request.user, Verb.EDIT_CATALOGUE)
    return indicator


def _sound(indicator: Indicator, editor: Editor) -> Draft | None:
    """What was typed, or None and the faults beside their inputs."""
    draft = editor.read()
    if draft is not None:
        editor.add(formulas.faults(indicator, draft))
    return None if editor.faults else draft


def _tried(indicator: Indicator, editor: Editor, draft: Draft) -> Tried:
    return _judged(indicator, draft, editor.samples(), editor.form.cleaned_data["sample"])


def _judged(indicator: Indicator, draft: Draft, samples: dict[str, Decimal], score: Decimal | None = None) -> Tried:
    scheme = ScoringYear.objects.scheme(indicator.decree.year)
    trial = try_out(indicator, draft, samples, score, scheme)
    return Tried(notes=formulas.notes(indicator, draft), trial=trial)


def _save(request: HttpRequest, indicator: Indicator, editor: Editor, tried: Tried, draft: Draft) -> HttpResponse:
    typed = editor.form.cleaned_data
    named = {name: typed[name] for name in ("seen", "reason", "accepted")}
    try:
        saved = formulas.save(indicator.pk, draft, **named, by=request.user, at=clock.now())
    except formulas.Stale as error:
        fresh = _editable(request, indicator.pk)
        return _page(request, fresh, editor, tried=tried, refusal=error, seen=formulas.fingerprint(fresh), status=409)
    except formulas.Held as error:
        return _page(request, indicator, editor, tried=tried, refusal=error, held=error.held, status=error.status)
    except DomainError as error:
        if error.code != "reason_missing":
            raise
        editor.refuse("reason", f"Alasan perubahan: {error.message}")
        return _page(request, indicator, editor, tried=tried, status=error.status)
    if not saved.changed:
        messages.info(request, "Tidak ada yang berubah, jadi tidak ada yang disimpan.")
    elif saved.recomputed:
        messages.success(request, f"Rumus disimpan. {saved.recomputed} isian yang masih terbuka dihitung ulang.")
    else:
        messages.success(request, "Rumus disimpan.")
    return redirect(indicator)


def _page(
    request: HttpRequest,
    indicator: Indicator,
    editor: Editor,
    *,
    tried: Tried | None = None,
    refusal: DomainError | None = None,
    held: dict[str, int] | None = None,
    seen: str = "",
    added: str = "",
    status: int = 200,
) -> HttpResponse:
    form = editor.form
    context: dict[str, Any] = {
        "indicator": indicator,
        "editor": editor,
        "tried": tried,
        "refusal": refusal,
        "is_stale": isinstance(refusal, formulas.Stale),
        "accepting": formulas.accepting(held) if held else "",
        "seen": seen or form["seen"].value() or "",
        "added": added,
        "asks_reason": not indicator.decree.is_draft,
        "most_rows": MOST_ROWS,
    }
    return render(request, "indicators/formula.html", context, status=status)


def _samples(indicator: Indicator) -> dict[str, Decimal]:
    """To begin with: what was typed for the newest quarter, and plain figures where nothing was."""
    rows = Achievement.objects.filter(indicator=indicator).order_by("-quarter__opens_at")
    typed = next((values for values in rows.values_list("values", flat=True)[:4] if values), {})
    codes = indicator.variables.order_by("order").values_list("code", flat=True)
    return {code: Decimal(typed.get(code, 10 * number)) for number, code in enumerate(codes, 1)}
