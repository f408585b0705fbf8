"""Changing the card of an indicator, adding one to a draft, and the manual as PDF."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.policy import Verb
from indicators.actions import card as actions
from indicators.card import Card, cards_of, manual_of, with_parts
from indicators.card_forms import BaseSlotFormSet, CardForm, NewCardForm, slot_formset
from indicators.models import Decree, Evidence, EvidenceSlot, Indicator
from kinerjaku import clock, pdf
from kinerjaku.errors import DomainError
from kinerjaku.figures import format_figure

FIELDS = {  # of the form, by what the action may find wrong
    "number_taken": "no",
    "wrong_objective": "objective",
    "is_cascaded": "is_not_cascaded",
    "reason_missing": "reason",
}


@require_http_methods(["GET", "POST"])
def indicator_edit(request: HttpRequest, pk: int) -> HttpResponse:
    policy.require(request.user, Verb.EDIT_CATALOGUE)
    found = _visible(request.user, pk)
    stored = _slots(found)
    if request.method == "GET":
        form = CardForm(found, seen=actions.fingerprint(found))
        return _page(request, found, form, slot_formset(stored))
    form, table = CardForm(_visible(request.user, pk), request.POST), slot_formset(stored, request.POST)
    if not all([form.is_valid(), table.is_valid()]):
        return _page(request, found, form, table, status=422)
    files = list(Evidence.objects.filter(slot__in=stored, removed_at=None).values_list("pk", flat=True))
    try:
        actions.edit_card(
            pk,
            {**form.changes, "slots": table.slots},
            seen=form.cleaned_data["seen"],
            reason=form.cleaned_data.get("reason", ""),
            by=request.user,
            at=clock.now(),
        )
    except DomainError as error:
        return _refused(request, pk, form, table, error)
    loose = Evidence.objects.filter(pk__in=files, slot=None).count()
    kept = f" {loose} berkas dari syarat yang dihapus tetap tersimpan pada barisnya." if loose else ""
    messages.success(request, f"Kartu indikator tersimpan.{kept}")
    return redirect(found)


@require_http_methods(["GET", "POST"])
def indicator_new(request: HttpRequest, pk: int) -> HttpResponse:
    """A new indicator of a draft decree."""
    policy.require(request.user, Verb.EDIT_CATALOGUE)
    decree = get_object_or_404(Decree.objects.visible_to(request.user), pk=pk)
    if not decree.is_draft:
        raise DomainError(
            "Keputusan ini sudah ditetapkan. Indikator baru hanya dapat ditambahkan lewat keputusan perubahan.",
            code="wrong_state",
            status=409,
        )
    empty = Indicator(decree=decree)
    if request.method == "GET":
        return _page(request, empty, NewCardForm(empty), slot_formset([]))
    form, table = NewCardForm(Indicator(decree=decree), request.POST), slot_formset([], request.POST)
    if not all([form.is_valid(), table.is_valid()]):
        return _page(request, empty, form, table, status=422)
    changes, unit = {**form.changes, "slots": table.slots}, form.cleaned_data["unit"]
    try:
        made = actions.create_card(pk, changes, unit=unit, by=request.user, at=clock.now())
    except DomainError as error:
        _add(form, error)
        return _page(request, empty, form, table, status=error.status)
    messages.success(request, "Indikator ditambahkan ke rancangan. Lengkapi rumus, skala, dan targetnya.")
    return redirect(made)


@require_safe
def indicator_manual(request: HttpRequest, pk: int) -> HttpResponse:
    """The card as PDF, as it is now; not kept."""
    rows = Indicator.objects.visible_to(request.user).filter(pk=pk)
    shown = get_object_or_404(with_parts(rows))
    return _pdf(cards_of([shown], request.user), f"manual-iku-{slugify(shown.unit.code)}-{shown.no}")


@require_safe
def manual(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """All cards of a unit under one decree."""
    decree = get_object_or_404(Decree.objects.visible_to(request.user), pk=pk)
    cards = manual_of(decree, code, request.user)
    if not cards:
        raise Http404
    return _pdf(cards, f"manual-iku-{slugify(code)}")


def _pdf(cards: list[Card], name: str) -> HttpResponse:
    first = cards[0].indicator
    decree = first.decree
    title = f"Manual IKU {first.code}" if len(cards) == 1 else f"Manual IKU {first.unit.name} {decree.year}"
    context = {
        "cards": cards,
        "unit": first.unit,
        "decree": decree,
        "content": {"is_example": decree.is_example},
        "document": {"title": title},
        "made_at": clock.now(),
    }
    answer = HttpResponse(pdf.render_kept("pdf/manual.html", context), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}-{decree.year}.pdf"'
    return answer


def _visible(user: Any, pk: int) -> Indicator:
    rows = Indicator.objects.visible_to(user).select_related("unit", "decree", "objective")
    return get_object_or_404(rows, pk=pk)


def _slots(indicator: Indicator) -> list[EvidenceSlot]:
    """With the number of files that each holds."""
    files = Count("files", filter=Q(files__removed_at=None))
    return list(indicator.evidence_slots.annotate(file_count=files).order_by("order", "pk"))


def _refused(request: HttpRequest, pk: int, form: CardForm, table: BaseSlotFormSet, error: DomainError) -> HttpResponse:
    """What was typed, beside what is stored now; saving once more is for the card as it is now."""
    found = Indicator.objects.visible_to(request.user).select_related("unit", "decree").filter(pk=pk).first()
    if found is None:
        raise error
    _add(form, error)
    differing = []
    if error.code == "stale":
        form.data = form.data.copy()
        form.data["seen"] = actions.fingerprint(found)
        differing = _differing(CardForm(found, request.POST), _slots(found), table)
    return _page(request, found, form, table, differing=differing, status=error.status)


def _differing(fresh: CardForm, stored: list[EvidenceSlot], table: BaseSlotFormSet) -> list[tuple[str, str]]:
    """What is stored where something else was typed: label and text."""
    found = []
    for name in fresh.changed_data:
        if name in ("seen", "reason", "new_objective"):
            continue
        found.append((str(fresh.fields[name].label), _words(fresh, name)))
    if [(slot.name, slot.is_required) for slot in stored] != [(slot.name, slot.is_required) for slot in table.slots]:
        found.append(("Data dukung yang disyaratkan", "; ".join(slot.words for slot in stored)))
    return found


def _words(form: CardForm, name: str) -> str:
    value, field = form.get_initial_for_field(form.fields[name], name), form.fields[name]
    if isinstance(value, bool):
        return "Ya" if value else "Tidak"
    if isinstance(value, list):
        return "; ".join(sorted(unit.name for unit in value))
    if isinstance(field, forms.ModelChoiceField):
        return str(field.queryset.filter(pk=value).first() or "")
    if isinstance(field, forms.ChoiceField):
        return str(dict(field.choices).get(value, value))
    return format_figure(value) if hasattr(value, "as_tuple") else str(value or "")


def _add(form: CardForm, error: DomainError) -> None:
    field = FIELDS.get(error.code)
    form.add_error(field if field in form.fields else None, error.message)


def _page(
    request: HttpRequest,
    found: Indicator,
    form: CardForm,
    table: BaseSlotFormSet,
    *,
    differing: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    errors = [(field.id_for_label or field.auto_id, f"{field.label}: {e}") for field in form for e in field.errors]
    errors = [*[("kartu", str(e)) for e in form.non_field_errors()], *errors, *table.problems]
    counts = {str(slot.pk): slot.file_count for slot in _slots(found)} if found.pk else {}
    context = {
        "indicator": found if found.pk else None,
        "decree": found.decree,
        "form": form,
        "table": table,
        "rows": [(row, counts.get(str(row["pk"].value()), 0)) for row in table.forms],
        "errors": errors if form.is_bound else [],
        "differing": differing or [],
    }
    return render(request, "indicators/card_edit.html", context, status=status)
