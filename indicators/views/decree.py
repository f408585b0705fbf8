"""Decrees: the list, one decree with its set, what it changes, and its annex."""

from collections import Counter
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import policy
from accounts.forms import ProofForm
from accounts.policy import Verb
from indicators.actions import decree as decrees
from indicators.decree_content import comparison, content_of, indicators_of, row_key
from indicators.decree_forms import CopyForm, DecreeFilter, FactsForm, PaperForm, RevokeForm
from indicators.decree_rules import faults
from indicators.models import Decree, DecreeSignature
from indicators.versions import Kind
from kinerjaku import audit, documents, pdf
from kinerjaku.listing import Column, Listing

KINDS = {
    Kind.ADDED: ("Baru", "Ditambahkan"),
    Kind.CHANGED: ("Berubah", "Diubah"),
    Kind.DROPPED: ("Dihapus", "Dihapus"),
    Kind.SAME: ("Tetap", "Tidak berubah"),
}
COLUMNS = [
    Column("judul", "Keputusan", lambda row: str(row), ("title", "year")),
    Column("nomor", "Nomor", lambda row: row.number, ("number",)),
    Column("tahun", "Tahun", lambda row: row.year, ("year", "in_force_from", "key"), True),
    Column("berlaku", "Berlaku sejak", lambda row: row.in_force_from, ("in_force_from", "key")),
    Column("mengubah", "Mengubah", lambda row: row.amends.title if row.amends else row.amends_text),
    Column("status", "Status", lambda row: row.get_state_display(), ("state", "-year")),
]


def visible(user: Any, pk: int) -> Decree:
    rows = Decree.objects.visible_to(user).select_related("amends", "document", "enacted_by")
    return get_object_or_404(rows.prefetch_related("signatures__person"), pk=pk)


@require_safe
def decree_list(request: HttpRequest) -> HttpResponse:
    rows = Decree.objects.visible_to(request.user).select_related("amends")
    listing = Listing(request, rows, columns=COLUMNS, default_sort="-tahun", name="keputusan", filter_form=DecreeFilter)
    return listing.response("indicators/decrees.html")


@require_safe
def decree(request: HttpRequest, pk: int) -> HttpResponse:
    return decree_page(request, visible(request.user, pk))


def decree_page(
    request: HttpRequest,
    found: Decree,
    *,
    refused: forms.Form | None = None,
    said: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page of one decree, also with an act that was refused."""
    content_hash = documents.content_hash(content_of(found))
    given = decrees.standing(found, content_hash)
    signed = {DecreeSignature.Party(one.party): one for one in found.signatures.all()}
    mine = decrees.parties_of(request.user)
    may_edit = policy.can(request.user, Verb.EDIT_CATALOGUE)
    lacking = faults(found) if found.is_draft else []
    may_initial = any(party in mine and party not in given for party in decrees.INITIALS)
    may_sign = DecreeSignature.Party.SECRETARY in mine and all(party in given for party in decrees.INITIALS)
    forms_by_act: dict[str, forms.Form] = {
        "copying": CopyForm(initial={"year": found.year + 1, "title": found.title}, auto_id="salin-%s"),
        "paper": PaperForm(initial={"number": found.number}, auto_id="tetapkan-%s"),
        "revoking": RevokeForm(auto_id="cabut-%s"),
        "stating": FactsForm(initial=_facts(found), auto_id="data-%s"),
        "proof": ProofForm(request, content_hash=content_hash),
    }
    names = {CopyForm: "copying", PaperForm: "paper", RevokeForm: "revoking", FactsForm: "stating", ProofForm: "proof"}
    if refused is not None:
        forms_by_act[names[type(refused)]] = refused
    context = {
        "decree": found,
        "indicators": (indicators := indicators_of(found)),
        "manuals": list({one.unit_id: one.unit for one in indicators}.values()),
        "amendments": found.amendments.order_by("in_force_from", "pk"),
        "signatures": [
            (party, signed.get(party), party in given or not found.is_draft) for party in DecreeSignature.Party
        ],
        "content_hash": content_hash,
        "faults": lacking,
        "may_edit": may_edit,
        "may_initial": found.is_draft and not lacking and may_initial,
        "may_sign": found.is_draft and not lacking and may_sign,
        "refused": refused,
        "said": said,
        "history": audit.history(found) if policy.can(request.user, Verb.VIEW_AUDIT) else None,
        **forms_by_act,
    }
    return render(request, "indicators/decree.html", context, status=status)


def _facts(found: Decree) -> dict[str, object]:
    facts = {name: getattr(found, name) for name in ("number", "title", "in_force_from")}
    return {**facts, "legal_basis": "\n".join(found.legal_basis)}


@require_safe
def decree_changes(request: HttpRequest, pk: int) -> HttpResponse:
    """Added, changed and dropped rows against the decree it amends, side by side."""
    found = visible(request.user, pk)
    before = indicators_of(found.amends) if found.amends else []
    after = indicators_of(found)
    rows = comparison(before, after) if found.amends else []
    old = {f"lama-{one.pk}": one for one in before}
    new = {row_key(one, old): one for one in after}
    counts = Counter(row.kind for row in rows)
    wanted = request.GET.get("jenis", "")
    kinds = [Kind(wanted)] if wanted in {kind.value for kind in Kind} else [kind for kind in Kind if kind != Kind.SAME]
    context = {
        "decree": found,
        "rows": [(row, KINDS[row.kind][1], old.get(row.key), new.get(row.key)) for row in rows if row.kind in kinds],
        "kinds": [(kind.value, words, counts[kind]) for kind, (words, _) in KINDS.items()],
        "wanted": wanted if len(kinds) == 1 else "",
    }
    return render(request, "indicators/decree_changes.html", context)


@require_safe
def decree_annex(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The annex that was signed; of a draft, and of what was decided on paper, one of now that is not kept."""
    found = visible(request.user, pk)
    filename = f"lampiran-{found.key}.pdf"
    if found.document:
        return documents.response(found.document, filename=filename)
    state = "RANCANGAN. Belum ditetapkan." if found.is_draft else "SALINAN. Yang berlaku adalah naskah di luar portal."
    context = {"content": content_of(found), "state": state, "document": {"title": found.title}}
    answer = HttpResponse(pdf.render_kept("pdf/decree_draft.html", context), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{filename}"'
    return answer
