"""The catalogue of indicators, and the card (manual IKU) of one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import policy
from accounts.policy import Verb
from indicators.card import cards_of, with_parts
from indicators.filters import CatalogueFilter
from indicators.models import Indicator
from indicators.results import in_words
from kinerjaku import audit
from kinerjaku.listing import Column, Listing

COLUMNS = [
    Column(
        "unit",
        "Unit kerja",
        lambda row: row.unit.name,
        ("unit__path", "-decree__year", "decree__key", "objective__no", "no"),
    ),
    Column("no", "No", lambda row: row.no, ("no", "unit__path"), True),
    Column("nama", "Indikator", lambda row: row.name, ("name",)),
    Column("sasaran", "Sasaran", lambda row: row.objective.name, ("objective__name", "no")),
    Column("satuan", "Satuan", lambda row: row.measure, ("measure",)),
    Column("polarisasi", "Polarisasi", lambda row: row.get_polarity_display(), ("polarity",)),
    Column("rumus", "Rumus", lambda row: in_words(row)),
    Column("periode", "Periode pelaporan", lambda row: row.get_period_display(), ("period",)),
    Column("sumber", "Sumber data", lambda row: row.source),
    Column("tahun", "Tahun", lambda row: row.decree.year, ("decree__year", "unit__path", "no"), True),
    Column("keputusan", "Keputusan", lambda row: str(row.decree)),
]
SHOWN = ("unit", "no", "nama", "satuan", "polarisasi", "tahun")
GROUPED = ("unit", "-unit")


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    rows = Indicator.objects.visible_to(request.user).select_related("unit", "objective", "decree")
    listing = Listing(
        request, rows, columns=COLUMNS, default_sort="unit", name="indikator", filter_form=CatalogueFilter
    )
    is_grouped = listing.sort in GROUPED
    names = [name for name in SHOWN if not is_grouped or name not in ("unit", "tahun")]
    context = {"shown": [column for column in COLUMNS if column.key in names], "is_grouped": is_grouped}
    return listing.response("indicators/catalogue.html", context)


@require_safe
def indicator(request: HttpRequest, pk: int) -> HttpResponse:
    """The card: what is measured, how, and what is promised."""
    rows = with_parts(Indicator.objects.visible_to(request.user))
    shown = get_object_or_404(rows, pk=pk)
    may_edit = policy.can(request.user, Verb.EDIT_CATALOGUE)
    context = {
        "indicator": shown,
        "card": cards_of([shown], request.user)[0],
        "successors": shown.replaced_by.select_related("decree"),
        "may_edit": may_edit,
        "history": audit.history(shown) if policy.can(request.user, Verb.VIEW_AUDIT) else None,
    }
    return render(request, "indicators/indicator.html", context)
