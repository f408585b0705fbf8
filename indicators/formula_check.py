"""What an editor typed of an indicator's formula, and what does not fit together in it. Pure.

A fault keeps the formula from being saved and names where it is, what stands there and what to do; a note does not.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches

from . import formula, scale
from .rule import Input
from .scoring import Band

MOST_ROWS = 60  # of variables, and of bands
CODE = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class VariableLine:
    """`row` is its number in the table as typed, from 1."""

    row: int
    code: str
    label: str
    measure: str = ""
    weight: Decimal | None = None
    from_children: str = ""

    def plain(self) -> Input:
        return Input(self.code, self.label, self.measure)


@dataclass(frozen=True, slots=True)
class BandLine:
    row: int
    band: Band


@dataclass(frozen=True, slots=True)
class Draft:
    expression: str
    variables: tuple[VariableLine, ...] = ()
    bands: tuple[BandLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """`part` is "expression", "variables" or "bands"; `row` its row there (0: the part as a whole)."""

    part: str
    message: str
    row: int = 0
    column: str = ""


def faults(draft: Draft, write: Callable[[Decimal], str]) -> list[Fault]:
    return [*_code_faults(draft.variables), *_expression_faults(draft), *_band_faults(draft.bands, write)]


def notes(draft: Draft, write: Callable[[Decimal], str]) -> list[str]:
    """What is allowed and worth a look; for a draft without faults."""
    found = []
    if not draft.expression:
        found.append("Tanpa rumus: nilai diisi langsung beserta sumbernya. Variabel dicatat, tidak dihitung.")
    else:
        used = formula.variables(draft.expression)
        found += [
            f"Variabel baris {line.row} (“{line.code}”) tidak dipakai dalam rumus. Unit tetap diminta mengisinya; "
            "hapus barisnya bila tidak perlu."
            for line in draft.variables
            if line.code not in used
        ]
        if not used:
            found.append("Rumus tidak memakai variabel apa pun, jadi hasilnya selalu sama.")
    bands = [line.band for line in draft.bands]
    for low, high in scale.holes(bands):
        below, above = draft.bands[low], draft.bands[high]
        between = scale.hole_words(below.band, above.band, write)
        found.append(
            f"Skala bercelah di antara baris {below.row} dan baris {above.row}: nilai {between} masuk baris {below.row}"
            f"{_grade(below.band)}."
        )
    return found


def code_advice(code: str) -> str:
    """What to do about a code with other characters than a name has; empty if it has none."""
    if CODE.fullmatch(code):
        return ""
    better = re.sub(r"[^a-z0-9]+", "_", code.lower()).strip("_")
    better = re.sub(r"^[0-9_]+", "", better)
    advice = "Pakai huruf kecil, angka, dan garis bawah, dimulai dengan huruf"
    return f"{advice}, misalnya {better}." if better and not formula.is_reserved(better) else f"{advice}."


def overlap_words(row: int, band: Band, other_row: int, other: Band, write: Callable[[Decimal], str]) -> str:
    """One sentence for forms, imports and the admin."""
    return (
        f"Dua rentang bertumpuk: baris {row} ({scale.words(band, write)}) dan baris {other_row} "
        f"({scale.words(other, write)}). Ubah batasnya atau tanda “termasuk”, agar setiap nilai hanya "
        "termasuk satu baris."
    )


def _code_faults(lines: Sequence[VariableLine]) -> list[Fault]:
    found: list[Fault] = []
    first: dict[str, int] = {}
    for line in lines:
        where = f"Variabel baris {line.row}, kode “{line.code}”"
        if formula.is_reserved(line.code):
            what = "nama fungsi rumus" if line.code in formula.ARITIES else "kata yang tidak dapat dipakai rumus"
            words = f"{where}: ini {what}. Pakai kode lain, misalnya nilai_{line.code}."
            found.append(Fault("variables", words, line.row, "code"))
        elif line.code in first:
            words = f"{where}: sudah dipakai baris {first[line.code]}. Beri kode lain, atau hapus salah satu barisnya."
            found.append(Fault("variables", words, line.row, "code"))
        first.setdefault(line.code, line.row)
    return found


def _expression_faults(draft: Draft) -> list[Fault]:
    if not draft.expression:
        return []
    try:
        formula.require_sound(draft.expression)
    except formula.FormulaError as error:
        words = f"{error}{piece(draft.expression, error.position)}"
        return [Fault("expression", words if words.startswith("Rumus") else f"Rumus: {words}")]
    named = formula.positions(draft.expression)
    known = [line.code for line in draft.variables]
    return [Fault("expression", _unknown(name, place, known)) for name, place in named.items() if name not in known]


def piece(expression: str, position: int | None) -> str:
    """The surroundings of a place, so that it is found without counting."""
    if position is None or not expression[position:].strip():
        return ""
    start, end = max(0, position - 12), position + 12
    shown = " ".join(expression[start:end].split())
    return f" Di sekitar: “{'…' if start else ''}{shown}{'…' if end < len(expression) else ''}”."


def _unknown(name: str, place: int, known: Sequence[str]) -> str:
    near = get_close_matches(name.lower(), known, n=1, cutoff=0.6)
    advice = f"Maksud Anda “{near[0]}”? Perbaiki ejaannya" if near else "Perbaiki ejaannya"
    where = f"Rumus, karakter ke-{place + 1}: rumus memakai variabel yang tidak ada dalam daftar: {name}."
    return f"{where} {advice}, atau tambahkan barisnya pada tabel variabel."


def _band_faults(lines: Sequence[BandLine], write: Callable[[Decimal], str]) -> list[Fault]:
    found = []
    for first, second in scale.overlaps([line.band for line in lines]):
        one, other = lines[first], lines[second]
        words = overlap_words(one.row, one.band, other.row, other.band, write)
        found.append(Fault("bands", words, other.row, "lower"))
    with_percent = [line for line in lines if line.band.achievement is not None]
    if with_percent and len(with_percent) < len(lines):
        empty = [str(line.row) for line in lines if line.band.achievement is None]
        row = next(line.row for line in lines if line.band.achievement is None)
        words = f"Skala baris {', '.join(empty)}: capaian (%) kosong, padahal baris lain berisi."
        words += " Isi capaian (%) pada semua rentang, atau kosongkan pada semua rentang."
        found.append(Fault("bands", words, row, "achievement"))
    return found


def _grade(band: Band) -> str:
    words = " ".join(filter(None, [band.grade, band.label]))
    return f" ({words})" if words else ""


def held_words(held: Mapping[str, int]) -> str:
    """Variables that are taken away although open rows have values for them."""
    listed = ", ".join(f"“{code}” pada {count} baris" for code, count in sorted(held.items()))
    return f"Variabel yang dihapus sudah berisi nilai di isian yang masih terbuka: {listed}."
