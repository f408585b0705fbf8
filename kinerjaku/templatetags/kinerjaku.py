"""Template filters and tags that every page may use; registered as built-ins."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from django import template
from django.apps import apps
from django.db import models
from django.forms.utils import flatatt
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kinerjaku import audit, jinja, menu, pdf
from kinerjaku.clock import said, said_day
from kinerjaku.fields import FigureField
from kinerjaku.figures import format_figure

register = template.Library()


@register.filter
def figure(value: Decimal | None) -> str:
    """1234.5 -> 1.234,5; nothing -> an empty string."""
    return format_figure(value)


@register.filter
def percent(value: Decimal | None) -> str:
    """Two decimals, half up; an en dash where nothing is assessed."""
    return format_figure(value, 2) or "–"


@register.filter
def places(value: Decimal | None, count: int) -> str:
    """Exactly so many decimals, half up."""
    return format_figure(value, count)


@register.filter
def moment(at: datetime | None) -> str:
    """9 Maret 2026 pukul 14.05 WIB."""
    return said(at) if at else ""


@register.filter
def file_size(size: int) -> str:
    """1536 -> 1,5 KB."""
    for unit, factor in (("MB", 1024 * 1024), ("KB", 1024)):
        if size >= factor:
            return f"{format_figure(Decimal(size) / factor, 1)} {unit}"
    return f"{size} byte"


@register.filter
def get(mapping: dict[str, Any], key: str) -> Any:
    return mapping.get(key)


@register.filter
def at(values: Sequence[Any], place: int) -> Any:
    return values[place]


@register.simple_tag
@cache
def icon(name: str, **attributes: str) -> SafeString:
    """One of our own icons (static/img/icons.svg), decorative: the words stand beside it."""
    from django.templatetags.static import static

    extra = flatatt({"class": "icon", **{k.replace("_", "-"): v for k, v in attributes.items()}})
    return format_html(
        '<svg{} aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        extra,
        static("img/icons.svg"),
        name,
    )


@register.simple_tag
def qr(text: str) -> SafeString:
    return pdf.qr_svg(text)


@register.filter
def state_tone(state: models.TextChoices | str) -> str:
    """The colour role of a state; the words always stand beside it."""
    return _TONES.get(str(state), "neutral")


_TONES = {
    "empty": "neutral",
    "draft": "active",
    "submitted": "active",
    "returned": "problem",
    "verified": "settled",
    "not_entered": "problem",
    "open": "active",
    "done": "settled",
    "cancelled": "neutral",
    "new": "active",
    "in_progress": "active",
    "asked": "warning",
    "answered": "settled",
    "issued": "settled",
    "frozen": "active",
    "signed": "settled",
    "reported": "settled",
    "pending": "neutral",
    "conform": "settled",
    "valid": "settled",
    "invalid": "problem",
    "nonconform": "problem",
    "partial": "warning",
    "assisted": "active",
    "over": "warning",
    "published": "settled",
    "overdue": "problem",
    "owed": "warning",
    "fulfilled": "settled",
    "waived": "neutral",
}


@register.inclusion_tag("components/sort_header.html")
def sort_header(listing: Any, column: Any) -> dict[str, Any]:
    """A table head that sorts by its column: first click ascending, second descending."""
    current = listing.sort.removeprefix("-") == column.key
    descending = current and listing.sort.startswith("-")
    turned = column.key if not current or descending else f"-{column.key}"
    return {
        "column": column,
        "address": listing.address(urut=turned, hal=None),
        "direction": ("descending" if descending else "ascending") if current else "",
    }


@register.simple_tag
def address(listing: Any, **changes: Any) -> str:
    """The list's address with some parameters changed."""
    return listing.address(**changes)


@register.simple_tag(takes_context=True)
def site_header(context: template.Context) -> SafeString:
    user = context.get("user")
    shown: dict[str, Any] = {"path": context["request"].path if "request" in context else "", "user": None}
    if user is not None and user.is_authenticated:
        shown |= {"user": user, "unread": context["unread_notices"]}
        shown["navigation"] = menu.navigation(shown["path"], context["may"])
        shown["csrf_token"] = context["csrf_token"]
    return jinja.render("components/header.jinja", shown)


@register.filter
def last_minute(due_at: datetime) -> str:
    """The last minute that is in time: 00.00 on the 16th is said as 15 April 2026 pukul 23.59 WIB."""
    return moment(due_at - timedelta(minutes=1))


@register.filter
def remaining(due_at: datetime, now: datetime) -> str:
    """What is left, in the two largest units, rounded down: 2 hari 3 jam; empty once it is over."""
    minutes = int((due_at - now).total_seconds() // 60)
    if due_at <= now:
        return ""
    if minutes < 1:
        return "kurang dari 1 menit"
    days, hours = divmod(minutes // 60, 24)
    parts = [(days, "hari"), (hours, "jam"), (minutes % 60, "menit")]
    largest = next(i for i, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count} {unit}" for count, unit in parts[largest : largest + 2] if count)


@register.filter
def work_duration(minutes: int | None) -> str:
    """Working minutes as people say them: 1425 -> 23 jam 45 menit."""
    if minutes is None:
        return ""
    hours, rest = divmod(minutes, 60)
    return " ".join(f"{count} {unit}" for count, unit in ((hours, "jam"), (rest, "menit")) if count)


@register.filter
def deadline_tone(due_at: datetime, now: datetime) -> str:
    if due_at <= now:
        return "is-past"
    return "is-near" if due_at - now <= timedelta(days=1) else ""


_NAMED = {"accounts.user", "accounts.workunit", "indicators.quarter"}  # their names cost no further query


@register.filter
def named(entries: Any) -> list[Any]:
    """Audit entries that know the people, units and quarters they speak of; one query a kind."""
    entries = list(entries)
    wanted: dict[str, set[Any]] = {kind: set() for kind in _NAMED}
    for entry in entries:
        if entry.target_type in _NAMED:
            wanted[entry.target_type].add(entry.target_id)
        for name, field in _fields(entry).items():
            if field.is_relation and field.related_model._meta.label_lower in _NAMED:
                known = wanted[field.related_model._meta.label_lower]
                known |= {side[name] for side in (entry.before, entry.after) if side and side.get(name)}
    names = {
        (kind, str(pk)): str(row)
        for kind, pks in wanted.items()
        if pks
        for pk, row in apps.get_model(kind)._default_manager.in_bulk(pks).items()
    }
    for entry in entries:
        entry.names = names
    return entries


_TOGETHER = timedelta(minutes=30)


@register.filter
def gathered(entries: Any) -> list[Any]:
    """Entries newest first, the autosaves of one person in a row taken together: first before, last after."""
    shown: list[Any] = []
    for entry in entries:
        last = shown[-1] if shown else None
        if (
            last is not None
            and entry.verb == last.verb == "simpan capaian"
            and (entry.by_id, entry.target_id) == (last.by_id, last.target_id)
            and last.at - entry.at < _TOGETHER
        ):
            last.before, last.times = entry.before, getattr(last, "times", 1) + 1
        else:
            shown.append(entry)
    return shown


@register.filter
def changes(entry: Any) -> list[dict[str, str]]:
    """The fields that differ between `before` and `after` of an audit entry, as people read them, in the model's order
    (PostgreSQL keeps none). What only machines read stays in the audit alone."""
    before, after = _flat(entry.before), _flat(entry.after)
    fields, names = _fields(entry), getattr(entry, "names", {})
    order = {name: place for place, name in enumerate(fields)}
    return [
        {
            "label": str(fields[name].verbose_name) if name in fields else _LABELS.get(name, field_words(name)),
            "before": _said(before.get(name), fields.get(name), names),
            "after": _said(after.get(name), fields.get(name), names),
        }
        for name in sorted({**before, **after}, key=lambda name: (order.get(name, len(order)), name))
        if before.get(name) != after.get(name)
        and name not in _FOR_MACHINES
        and not (name in fields and fields[name].primary_key)
    ]


_FOR_MACHINES = {
    "values_from",
    "version",
    "sha256",
    "content_hash",
    "scan_sha256",
    "storage_name",
    "id",
    "concerned",
    "assignments",
}
_LABELS = {"name": "Nama berkas", "size": "Ukuran (byte)", "party": "Pihak", "number": "Nomor", "revision": "Revisi"}
_LABELS |= {"proposal": "Usulan", "accepted": "Usulan dinyatakan valid"}
_LABELS |= {"proposals": "Jumlah usulan", "copied": "Indikator disalin", "decree": "Dari keputusan"}
_LABELS |= {"indicator": "Indikator", "copied_from": "Disalin dari"}
_LABELS |= {"variables": "Variabel", "bands": "Skala", "targets": "Target", "responsible": "Unit penanggung jawab"}
_LABELS |= {"evidence_slots": "Data dukung yang disyaratkan", "past_actuals": "Realisasi tahun lalu"}
_LABELS |= {"place": "Tempat", "what": "Yang diserahkan", "scan_name": "Berita acara"}

_PARTS = {  # of a variable, a band and a target in the history of an indicator
    "code": "kode",
    "measure": "satuan",
    "weight": "bobot",
    "from_children": "dihitung dari turunan",
    "lower": "dari",
    "lower_inclusive": "termasuk batas bawah",
    "upper": "sampai",
    "upper_inclusive": "termasuk batas atas",
    "grade": "predikat",
    "achievement": "capaian (%)",
    "number": "triwulan",
    "value": "nilai",
    "high": "sampai",
}


def _flat(values: dict[str, Any] | None) -> dict[str, Any]:
    """The variables of a formula as fields of their own, so that only those show that changed."""
    flat = dict(values or {})
    if isinstance(flat.get("values"), dict):
        flat |= flat.pop("values")
    return flat


def _fields(entry: Any) -> dict[str, models.Field]:
    try:
        model = apps.get_model(entry.target_type)
    except LookupError:
        return {}
    return {field.attname: field for field in model._meta.concrete_fields}


@register.simple_tag
def history_of(instance: models.Model) -> models.QuerySet[Any]:
    """The audit entries about one object, newest first."""
    return audit.history(instance)


@register.filter
def target_words(entry: Any) -> str:
    """What an audit entry is about, as people call it: unit kerja Biro Keuangan, pengiriman 12."""
    try:
        kind = str(apps.get_model(entry.target_type)._meta.verbose_name)
    except LookupError:
        kind = entry.target_type
    name = getattr(entry, "names", {}).get((entry.target_type, entry.target_id))
    return f"{kind} {name or entry.target_id}"


@register.filter
def field_words(name: str) -> str:
    """The name of a form field, readable where its label is not at hand: follow_up -> Follow up."""
    words = name.replace("_", " ").replace("-", " ").strip()
    return words if words[:1].isupper() else words.capitalize()


def _said(value: Any, field: models.Field | None, names: dict[tuple[str, str], str]) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "Ya" if value else "Tidak"
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if field is not None and field.is_relation:
        return names.get((field.related_model._meta.label_lower, str(value)), str(value))
    if isinstance(field, models.DateTimeField) and isinstance(value, str) and (at := parse_datetime(value)):
        return last_minute(at) if field.name in _FIRST_TOO_LATE else moment(at)
    if type(field) is models.DateField and (day := parse_date(str(value))):
        return said_day(day)
    if isinstance(value, dict):
        parts = ((_PARTS.get(name, name), _said(part, field, names)) for name, part in value.items())
        return ", ".join(f"{name}: {words}" for name, words in parts if words)
    if isinstance(value, list):
        return "; ".join(_said(part, None, names) for part in value)
    if (field is None or isinstance(field, FigureField | models.JSONField)) and _PLAIN_FIGURE.fullmatch(str(value)):
        return format_figure(round(Decimal(value), 4))
    return str(value)


_FIRST_TOO_LATE = {"return_due_at", "until", "closes_at", "response_due_at", "answer_due_at"}
_PLAIN_FIGURE = re.compile(r"-?\d+(\.\d+)?")
