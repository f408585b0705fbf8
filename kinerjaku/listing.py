"""One mechanism for every list: filter, sort, page, export.

    listing = Listing(request, queryset, columns=COLUMNS, filter_form=UnitFilter, default_sort="name", name="unit")
    return listing.response("accounts/units.html", {...})

The template shows `listing.filters`, `{% sort_header listing column %}` for each of `listing.columns`, `listing.rows`
and includes components/pagination.html. `?format=xlsx` or `?format=csv` exports the filtered, sorted list.
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import cached_property
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from .cells import cell

PER_PAGE = 50
WIDEST = 60  # characters of a column in a spreadsheet
_NOT_FILTERS = {"urut", "hal", "format", "semua"}
_KEPT, _MOST_KEPT = "filters", 2000
FORMATS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@dataclass(frozen=True)
class Column:
    """`value` gives the exported cell; `order` the fields to sort by (empty: cannot be sorted)."""

    key: str
    label: str
    value: Callable[[Any], Any]
    order: tuple[str, ...] = ()
    numeric: bool = False


class FilterForm(forms.Form):
    """A list's filter bar. Each subclass narrows the queryset by its cleaned values; empty fields narrow nothing."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            if "invalid_choice" in field.error_messages:
                field.error_messages["invalid_choice"] = "Pilihan ini tidak ada."

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        raise NotImplementedError


class Listing:
    def __init__(
        self,
        request: HttpRequest,
        queryset: QuerySet,
        *,
        columns: Sequence[Column],
        default_sort: str,
        name: str,
        filter_form: Callable[..., FilterForm] | None = None,
        per_page: int = PER_PAGE,
    ) -> None:
        self.request, self.columns, self.name, self.per_page = request, columns, name, per_page
        self.filters = filter_form(request.GET or None) if filter_form else None
        self._queryset, self._default_sort = queryset, default_sort

    @cached_property
    def sort(self) -> str:
        """The key of the sorting column, with a leading minus for descending; from the address or the default."""
        wanted = self.request.GET.get("urut", "")
        known = {column.key for column in self.columns if column.order}
        return wanted if wanted.removeprefix("-") in known else self._default_sort

    @cached_property
    def queryset(self) -> QuerySet:
        rows = self._queryset
        if self.filters is not None and self.filters.is_valid():
            chosen = {name: value for name, value in self.filters.cleaned_data.items() if value not in (None, "", [])}
            rows = self.filters.narrow(rows, **chosen)
        order = next(column.order for column in self.columns if column.key == self.sort.removeprefix("-"))
        return rows.order_by(*(_turned(order) if self.sort.startswith("-") else order), "pk")

    @cached_property
    def page(self) -> Page:
        wanted = self.request.GET.get("hal", "1")
        return Paginator(self.queryset, self.per_page).get_page(wanted if wanted.strip("0") else 1)

    @property
    def rows(self) -> Page:
        return self.page

    @property
    def is_filtered(self) -> bool:
        return bool(self._chosen)

    @property
    def _chosen(self) -> str:
        """The filter of the address, as a query."""
        chosen = self.request.GET.copy()
        for key in list(chosen):
            if key in _NOT_FILTERS or not any(chosen.getlist(key)):
                del chosen[key]
        return chosen.urlencode()

    def address(self, **changes: str | int | None) -> str:
        """The present address with some parameters changed (None: taken out)."""
        query = self.request.GET.copy()
        for key, value in changes.items():
            query.pop(key, None)
            if value is not None:
                query[key] = str(value)
        return f"?{query.urlencode()}"

    def response(self, template: str, context: dict[str, Any] | None = None) -> HttpResponse:
        """The page, or the file if the address asks for one."""
        wanted = self.request.GET.get("format", "")
        if wanted in FORMATS:
            return export(self.name, wanted, self.columns, self.queryset)
        if again := self._remember():
            return redirect(f"{self.request.path}?{again}")
        return render(self.request, template, {"listing": self, **(context or {})})

    def _remember(self) -> str:
        """Keep this list's filter for as long as the person is signed in; whoever comes back without one gets it
        again (the query to go to). “Hapus filter” comes with `semua`, which forgets it."""
        if self.filters is None:
            return ""
        kept = self.request.session.get(_KEPT, {})
        if not self.request.GET:
            return kept.get(self.name, "")
        if kept.get(self.name, "") != self._chosen:
            self.request.session[_KEPT] = {**kept, self.name: self._chosen[:_MOST_KEPT]}
        return ""


def _turned(order: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(field.removeprefix("-") if field.startswith("-") else f"-{field}" for field in order)


def export(name: str, wanted: str, columns: Sequence[Column], rows: Any) -> HttpResponse:
    """Rows as XLSX, or as CSV as spreadsheets read it where the comma is the decimal sign: UTF-8 with BOM, semicolons,
    figures as 1234,5."""
    table = [[column.label for column in columns]]
    table += [[cell(column.value(row)) for column in columns] for row in rows]
    response = HttpResponse(_xlsx([(name, table)]) if wanted == "xlsx" else _csv(table), content_type=FORMATS[wanted])
    response["Content-Disposition"] = f'attachment; filename="{name}.{wanted}"'
    return response


def workbook(name: str, tables: Sequence[tuple[str, Sequence[Sequence[Any]]]]) -> HttpResponse:
    """Several tables as one XLSX, each a sheet of its own; a table begins with its heads."""
    cells = [(title, [[cell(value) for value in row] for row in table]) for title, table in tables]
    response = HttpResponse(_xlsx(cells), content_type=FORMATS["xlsx"])
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


def _xlsx(tables: Sequence[tuple[str, list[list[Any]]]]) -> bytes:
    """The heads stay in sight, long texts wrap."""
    book = Workbook()
    book.remove(book.active)
    for title, table in tables:
        _fill(book.create_sheet(title[:31]), table)
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def _fill(sheet: Worksheet, table: list[list[Any]]) -> None:
    for row in table:
        sheet.append(row)
    for head in sheet[1]:
        head.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for column in sheet.columns:
        longest = max(len(str(one.value or "")) for one in column)
        sheet.column_dimensions[column[0].column_letter].width = min(longest + 2, WIDEST)
        if longest > WIDEST:
            for one in column:
                one.alignment = Alignment(wrap_text=True, vertical="top")


def _csv(table: list[list[Any]]) -> str:
    written = StringIO()
    csv.writer(written, delimiter=";").writerows([[_csv_cell(value) for value in row] for row in table])
    return "\ufeff" + written.getvalue()


def _csv_cell(value: Any) -> Any:
    return f"{value:f}".replace(".", ",") if isinstance(value, Decimal) else value
