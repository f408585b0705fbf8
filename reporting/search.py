"""One search over what a person may see: units, indicators, documents."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.urls import reverse

from accounts import policy
from accounts.models import User
from indicators.models import Indicator, Submission
from kinerjaku.models import Document
from verification.models import ValidationSheet, Worksheet

from .models import AssistanceSheet, NotaDinas

MOST = 20  # hits shown of each kind
MOST_WORDS = 8


@dataclass(frozen=True)
class Hit:
    label: str
    detail: str
    path: str


@dataclass(frozen=True)
class Group:
    title: str
    hits: list[Hit]
    more: str = ""  # where the rest is listed


def find(user: User, text: str) -> list[Group]:
    """What fits every word of `text`, by kind; kinds without a hit are left out."""
    words = text.split()[:MOST_WORDS]
    if not words:
        return []
    found = [_units(user, words), _indicators(user, words), _receipts(user, words), _worksheets(user, words)]
    found += [_validations(user, words), _assistances(user, words), _notas(user, words), _by_code(text)]
    return [group for group in found if group.hits]


def _units(user: User, words: Sequence[str]) -> Group:
    rows = _fitting(policy.units_for(user).order_by("path"), words, ["code", "name"])
    index = reverse("entry_index")
    return _group("Unit kerja", (Hit(u.name, f"Capaian unit {u.code}", f"{index}?unit={u.code}") for u in rows))


def _indicators(user: User, words: Sequence[str]) -> Group:
    rows = (
        Indicator.objects.visible_to(user)
        .select_related("unit", "decree")
        .order_by("-decree__year", "unit__path", "no")
    )
    fields = ["name", "unit__code", "unit__name", "decree__year"]
    hits = (
        Hit(
            f"{i.code}. {i.name}",
            f"{i.unit.name}, {i.decree.year}{' (contoh)' * i.decree.is_example}",
            i.get_absolute_url(),
        )
        for i in _fitting(rows, words, fields)
    )
    return _group("Indikator", hits, reverse("catalogue"))


def _receipts(user: User, words: Sequence[str]) -> Group:
    rows = Submission.objects.visible_to(user).select_related("unit", "quarter").order_by("-at")
    fields = ["number", "unit__code", "unit__name", "quarter__year"]
    hits = (Hit(s.number, f"{s.unit.name}, {s.quarter}", s.get_absolute_url()) for s in _fitting(rows, words, fields))
    return _group("Tanda terima", hits, reverse("receipts"))


def _worksheets(user: User, words: Sequence[str]) -> Group:
    rows = Worksheet.objects.visible_to(user).select_related("unit", "quarter").order_by("-quarter", "unit__path")
    hits = (
        Hit(f"Lembar kerja {w.unit.name}", f"{w.quarter}, {w.get_state_display()}", w.get_absolute_url())
        for w in _fitting(rows, words, ["unit__code", "unit__name", "quarter__year"])
    )
    return _group("Lembar kerja verifikasi", hits, reverse("worksheets"))


def _assistances(user: User, words: Sequence[str]) -> Group:
    rows = AssistanceSheet.objects.visible_to(user).select_related("unit", "case__step").order_by("-year", "unit__path")
    hits = (
        Hit(f"Pendampingan LKj {s.unit.name}", f"{s.about}, {s.stage.label}", s.get_absolute_url())
        for s in _fitting(rows, words, ["unit__code", "unit__name", "year"])
    )
    return _group("Lembar kerja pendampingan", hits, reverse("assistances"))


def _validations(user: User, words: Sequence[str]) -> Group:
    rows = ValidationSheet.objects.visible_to(user).select_related("unit").order_by("-year", "unit__path")
    hits = (
        Hit(f"Lembar kerja validasi {v.unit.name}", f"{v.year}, {v.get_state_display()}", v.get_absolute_url())
        for v in _fitting(rows, words, ["unit__code", "unit__name", "year"])
    )
    return _group("Lembar kerja validasi", hits, reverse("validations"))


def _notas(user: User, words: Sequence[str]) -> Group:
    rows = NotaDinas.objects.visible_to(user).select_related("unit", "document")
    fields = ["number", "unit__code", "unit__name", "about_year"]
    hits = (
        Hit(n.number, f"{n.unit.name}, {n.about}", n.get_absolute_url())
        for n in _fitting(rows.order_by("-issued_at"), words, fields)
    )
    return _group("Nota dinas", hits, reverse("notas"))


def _by_code(text: str) -> Group:
    """A check code, as it is printed on a document; its page is open to everybody."""
    code = text.replace("-", "").replace(" ", "").upper()
    rows = Document.objects.filter(code=code)
    return _group("Kode pemeriksaan", (Hit(d.title, d.state_label, d.get_absolute_url()) for d in rows))


def _fitting(rows: QuerySet, words: Iterable[str], fields: Sequence[str]) -> QuerySet:
    for word in words:
        fits = Q()
        for field in fields:
            fits |= Q(**{f"{field}__icontains": word})
        rows = rows.filter(fits)
    return rows[: MOST + 1]


def _group(title: str, hits: Iterable[Hit], all_of_them: str = "") -> Group:
    found = list(hits)
    return Group(title, found[:MOST], all_of_them if len(found) > MOST else "")
