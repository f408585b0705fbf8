"""Achievements as a sheet: a row for each indicator and quarter, a column for each variable code."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts import policy
from accounts.models import User, WorkUnit
from accounts.policy import Verb
from kinerjaku.cells import plain_figure, yes_or_no
from kinerjaku.errors import DomainError
from kinerjaku.sheet_reader import MOST_COLUMNS
from kinerjaku.sheets import Change, Column, Fault, Plan, Refused, Row, SheetKind, Step

from .actions import achievement_bulk as bulk
from .actions.achievement import Stale
from .forms import TEXTS, VALUE, label_of, read_row, stored_inputs
from .models import Achievement, Quarter, Variable
from .models.achievement import AchievementQuerySet

FIXED = {
    "nilai": "score",
    "sumber_nilai": "score_source",
    "belum_ada_hasil": "no_result",
    "penjelasan": "progress",
    "kendala": "obstacles",
    "tindak_lanjut": "follow_up",
    "penjelasan_nilai": "explanation",
}
KEY = ("tahun", "triwulan", "unit", "keputusan", "no")
UNUSED = "Indikator ini tidak memakai kolom ini. Kosongkan."
_TAKEN = {*KEY, *FIXED, "versi", "indikator", "satuan"}


class AchievementKind(SheetKind):
    """`options`: year, number and unit of the page that it is for; the file then needs no columns for them."""

    key = "capaian"
    label = "Capaian"
    help = "Isian triwulan unit Anda: variabel rumus, nilai, dan penjelasan. Tenggat tetap berlaku untuk setiap baris."
    sheet_name = "Capaian"
    filters = (("tahun", "year", "Tahun"), ("triwulan", "number", "Triwulan"), ("unit", "unit", "Kode unit"))
    holds_what_is_stored = True  # without its version no row can be written

    def may(self, user: Any) -> bool:
        return policy.can_somewhere(user, Verb.ENTER)

    def given(self, options: Mapping[str, Any]) -> dict[str, str]:
        if not options.get("unit"):
            return {}
        return {"tahun": str(options["year"]), "triwulan": str(options["number"]), "unit": options["unit"]}

    def address(self, options: Mapping[str, Any]) -> str:
        if not options.get("unit"):
            return reverse("entry_index")
        return reverse("entry", args=[options["year"], options["number"], options["unit"]])

    def door(self, options: Mapping[str, Any]) -> str:
        if not options.get("unit"):
            return ""
        return reverse("entry_import", args=[options["year"], options["number"], options["unit"]])

    def columns(self, by: Any, options: Mapping[str, Any]) -> Sequence[Column]:
        variables = Variable.objects.filter(indicator__unit__in=policy.units_for(by, Verb.ENTER))
        codes = variables.values_list("code", flat=True).distinct().order_by("code")
        return self._columns(codes, self.given(options))

    def _columns(self, codes: Iterable[str], given: Mapping[str, str]) -> list[Column]:
        version = "Versi baris ini saat diunduh; jangan diubah. Menjaga isian orang lain tidak tertimpa."
        return [
            Column("versi", version, is_required=True, width=8),
            Column("tahun", "Tahun, misalnya 2026.", is_required=not given, width=8),
            Column("triwulan", "1, 2, 3, atau 4.", is_required=not given, choices=("1", "2", "3", "4"), width=9),
            Column("unit", "Kode unit.", is_required=not given, width=14),
            Column("keputusan", "Kunci keputusan; hanya perlu bila satu nomor ada pada dua keputusan.", width=20),
            Column("no", "Nomor indikator.", is_required=True, width=6),
            Column("indikator", "Nama indikator, untuk dibaca.", is_shown=True, width=50),
            Column("satuan", "Satuan, untuk dibaca.", is_shown=True, width=12),
            *(Column(_head(code), "Variabel. Kosongkan bila indikator tidak memakainya.") for code in codes),
            Column("nilai", "Nilai langsung, hanya untuk indikator tanpa rumus."),
            Column("sumber_nilai", "Sumber nilai langsung.", width=30),
            Column("belum_ada_hasil", "ya bila belum ada hasil pada triwulan ini.", choices=("ya", "tidak"), width=16),
            *(Column(name, str(TEXTS[FIXED[name]].label) + ".", width=40) for name in list(FIXED)[3:]),
        ]

    def plan(
        self, rows: Sequence[Row], *, by: User, at: datetime, options: Mapping[str, Any], lock: bool, step: Step
    ) -> Plan:
        plan = Plan()
        given = self.given(options)
        units = {unit.code: unit for unit in policy.units_for(by, Verb.ENTER)}
        wanted: list[tuple[Row, tuple[int, int, str], int]] = []
        for row in rows:
            if place := _place(row, given, units, plan.faults):
                wanted.append((row, place, int(row.cells["no"])))
        found = _found({place for _, place, _ in wanted}, units, lock=lock)
        first: dict[int, int] = {}
        entries: list[bulk.Entry] = []
        of_entry: list[tuple[Row, list[tuple[str, str, str]]]] = []
        for done, (row, place, no) in enumerate(wanted, 1):
            step(done)
            achievement = _one_of(found.get((*place, no), []), row, plan.faults)
            if achievement is None:
                continue
            if achievement.pk in first:
                words = f"Kunci ganda: indikator dan triwulan ini sudah ada pada baris {first[achievement.pk]}. "
                plan.faults.append(row.fault("no", words + "Hapus salah satu dari baris itu."))
                continue
            first[achievement.pk] = row.number
            typed = _typed(row, achievement, plan.faults)
            if typed is None:
                continue
            fields = _changed_fields(achievement, typed[0])
            if not fields:
                plan.unchanged += 1
                continue
            entries.append(bulk.Entry(achievement, *typed))
            of_entry.append((row, fields))
        changed, refused = bulk.change_all(entries, by=by, at=at)
        row_of = {entry.achievement.pk: row for entry, (row, _) in zip(entries, of_entry, strict=True)}
        fields_of = {entry.achievement.pk: fields for entry, (_, fields) in zip(entries, of_entry, strict=True)}
        for entry, error in refused:
            row = row_of[entry.achievement.pk]
            plan.faults.append(row.fault("versi" if isinstance(error, Stale) else "", error.message))
        for one in changed:
            pk = one.achievement.pk
            what = f"{one.achievement.indicator.code} {one.achievement.indicator.name}, {one.achievement.quarter}"
            plan.changes.append(Change(row_of[pk].number, what, False, fields_of[pk], one))
        return plan

    def write(self, plan: Plan, *, by: User, at: datetime, step: Step) -> None:
        try:
            bulk.write([one.payload for one in plan.changes], by=by, at=at)
        except DomainError as error:
            raise Refused([Fault(0, "", "", error.message)]) from error

    def file_columns(self, by: Any, options: Mapping[str, Any]) -> list[Column]:
        """Only the variables of the rows that are in the file. Raises DomainError `too_wide`."""
        codes: dict[str, None] = {}
        for row in self._stored(by, options):
            codes |= dict.fromkeys(one.code for one in row.indicator.rule.inputs)
        columns = self._columns(codes, {})
        if len(columns) > MOST_COLUMNS:
            raise DomainError("Terlalu banyak variabel untuk satu berkas. Pilih satu unit dahulu.", code="too_wide")
        return columns

    def table(self, by: Any, options: Mapping[str, Any]) -> Iterator[Sequence[Any]]:
        heads = [column.key for column in self.file_columns(by, options)]
        for row in self._stored(by, options):
            stored = stored_inputs(row)
            texts = {
                _head(name.removeprefix(VALUE)): _text(value) for name, value in stored.items() if name[:6] == VALUE
            }
            texts |= {column: _text(stored[name]) for column, name in FIXED.items()}
            facts = {
                "versi": row.version,
                "tahun": row.quarter.year,
                "triwulan": row.quarter.number,
                "unit": row.unit.code,
                "keputusan": row.indicator.decree.key,
                "no": row.indicator.no,
                "indikator": row.indicator.name,
                "satuan": row.indicator.measure,
            }
            yield [facts.get(head, texts.get(head, "")) for head in heads]

    def _stored(self, by: Any, options: Mapping[str, Any]) -> list[Achievement]:
        rows = Achievement.objects.filter(unit__in=policy.units_for(by, Verb.ENTER))
        for name, field in (("year", "quarter__year"), ("number", "quarter__number"), ("unit", "unit__code")):
            if options.get(name):
                rows = rows.filter(**{field: options[name]})
        found = bulk.whole(rows)
        return sorted(found, key=lambda one: (one.quarter.year, one.quarter.number, one.unit.path, one.indicator.no))


def _head(code: str) -> str:
    """The column of a variable, which may be called like a column that every file has."""
    return f"variabel_{code}" if code in _TAKEN else code


def _place(
    row: Row, given: Mapping[str, str], units: Mapping[str, WorkUnit], faults: list[Fault]
) -> tuple[int, int, str] | None:
    """Year, quarter and unit of a row; a fault for each that cannot be."""
    before = len(faults)
    texts = {name: row.cells.get(name) or given.get(name, "") for name in KEY[:3]}
    for name, text in texts.items():
        if given and text != given[name]:
            faults.append(row.fault(name, f"Berkas ini untuk {name} {given[name]}. Impor baris ini di halamannya."))
    for name, most in (("tahun", 2100), ("triwulan", 4)):
        if not _whole(texts[name], most):
            example = "tahun, misalnya 2026" if name == "tahun" else "triwulan 1 sampai 4"
            faults.append(row.fault(name, f"Isi dengan {example}."))
    if texts["unit"] not in units:
        faults.append(row.fault("unit", "Unit tidak ditemukan di antara unit yang Anda isi. Periksa kodenya."))
    if not _whole(row.cells.get("no", ""), 32767):
        faults.append(row.fault("no", "Isi dengan nomor indikator."))
    if len(faults) > before:
        return None
    return int(texts["tahun"]), int(texts["triwulan"]), texts["unit"]


def _whole(text: str, most: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 6 and 0 < int(text) <= most


def _found(
    places: set[tuple[int, int, str]], units: Mapping[str, WorkUnit], *, lock: bool
) -> dict[tuple[int, int, str, int], list[Achievement]]:
    """The rows of these units and quarters."""
    quarters = Quarter.objects.filter(
        year__in={year for year, _, _ in places}, number__in={number for _, number, _ in places}
    )
    wanted = {units[code].pk for _, _, code in places}
    rows: AchievementQuerySet = Achievement.objects.filter(unit__in=wanted, quarter__in=quarters)
    found: dict[tuple[int, int, str, int], list[Achievement]] = {}
    for one in bulk.locked_for_writing(rows) if lock else bulk.whole(rows):
        key = (one.quarter.year, one.quarter.number, one.unit.code, one.indicator.no)
        found.setdefault(key, []).append(one)
    return found


def _one_of(found: list[Achievement], row: Row, faults: list[Fault]) -> Achievement | None:
    decree = row.cells.get("keputusan", "")
    if decree:
        found = [one for one in found if one.indicator.decree.key == decree]
    if len(found) == 1:
        return found[0]
    if found:
        keys = ", ".join(sorted(one.indicator.decree.key for one in found))
        faults.append(row.fault("keputusan", f"Nomor ini ada pada beberapa keputusan: {keys}. Isi salah satunya."))
    else:
        faults.append(
            row.fault("no", "Indikator nomor ini tidak ditemukan pada unit dan triwulan ini. Periksa nomornya.")
        )
    return None


def _typed(row: Row, achievement: Achievement, faults: list[Fault]) -> tuple[dict[str, Any], int] | None:
    """What the row says, by the same checks as the page's, and the version; None if there is a fault."""
    indicator = achievement.indicator
    used = {_head(one.code): VALUE + one.code for one in indicator.rule.inputs}
    before = len(faults)
    sent: dict[str, str] = {}
    for column, text in row.cells.items():
        if column in KEY or column in ("versi", "indikator", "satuan"):
            continue
        name = used.get(column) or FIXED.get(column)
        if name is None or (indicator.is_computed and name in ("score", "score_source")):
            if text:
                faults.append(row.fault(column, UNUSED))
            continue
        sent[name] = text
    if "no_result" in sent:
        try:
            sent["no_result"] = str(yes_or_no(sent["no_result"]))
        except ValueError as error:
            faults.append(row.fault("belum_ada_hasil", str(error)))
    typed = read_row(sent | {"version": row.cells.get("versi", "")})
    column_of = {name: column for column, name in FIXED.items()} | {name: column for column, name in used.items()}
    for name, message in typed.errors.items():
        if name == "version":
            faults.append(row.fault("versi", "Isi dengan versi dari berkas yang diunduh. Unduh lagi bila hilang."))
        else:
            faults.append(row.fault(column_of[name], message))
    return None if len(faults) > before else (typed.changes, typed.version)


def _changed_fields(achievement: Achievement, changes: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    sent = {VALUE + code: value for code, value in changes.get("values", {}).items()}
    sent |= {name: value for name, value in changes.items() if name != "values"}
    stored = stored_inputs(achievement)
    other = ((name, stored.get(name), value) for name, value in sent.items() if stored.get(name) != value)
    texts = ((name, _text(old), _text(new)) for name, old, new in other)
    return [(label_of(achievement, name), old, new) for name, old, new in texts if old != new]


def _text(value: Any) -> str:
    if value is None or value is False:
        return ""
    return "ya" if value is True else value if isinstance(value, str) else plain_figure(value)
