"""Invented but plausible figures: first what is reported, then targets that make the achievement believable."""

import re
from collections.abc import Mapping
from decimal import Decimal
from random import Random

from indicators import results
from indicators.models import Indicator

FACTORS = ("1.02", "1.00", "0.97", "1.05", "0.93", "1.10", "1.00", "0.78", "1.01", "1.25")


def values_for(indicator: Indicator, quarter: int) -> dict[str, Decimal]:
    """Variable values for a computed indicator, the same at every call."""
    random = _random(indicator, quarter)
    below = set(
        re.findall(r"[a-z_][a-z0-9_]*", " ".join(re.findall(r"/\s*(\([^)]*\)|[a-z0-9_]+)", indicator.expression)))
    )
    above = [variable.code for variable in indicator.rule.inputs if variable.code not in below]
    is_ratio = bool(below & {variable.code for variable in indicator.rule.inputs})
    return {
        v.code: _base(v.measure, is_ratio, v.code in below, len(above), indicator, random)
        for v in indicator.rule.inputs
    }


def score_for(indicator: Indicator, quarter: int) -> Decimal:
    """A direct score that lies in the scale, if there is one."""
    random = _random(indicator, quarter)
    limits = [b for b in indicator.rule.bands if b.lower is not None and b.upper is not None]
    if limits:
        top = max(limits, key=lambda band: band.upper)
        second = sorted(limits, key=lambda band: band.upper)[-2] if len(limits) > 1 else top
        return ((second.lower + second.upper) / 2).quantize(Decimal("0.01"))
    usual = {"indeks": "3.2", "level": "3", "opini": "4", "kategori": "3"}.get(indicator.measure, "84")
    return Decimal(usual) + Decimal(random.randrange(0, 40)) / 100


def target_for(indicator: Indicator, quarter: int) -> Decimal:
    """A round target which the invented figures reach to a believable degree."""
    computed = values_for(indicator, quarter) if indicator.is_computed else {}
    score = None if indicator.is_computed else score_for(indicator, quarter)
    actual, problem = results.actual_of(indicator, computed, score)
    if actual is None:
        raise ValueError(f"{indicator}: {problem}")
    if indicator.rule.steps:
        return Decimal(5)
    factor = Decimal(FACTORS[(indicator.no * 3 + indicator.unit_id + quarter) % len(FACTORS)])
    if indicator.polarity == Indicator.Polarity.MINIMIZE:
        factor = 2 - factor
    target = actual / factor
    if indicator.measure in ("%", "nilai") and actual <= 100:
        target = min(target, Decimal(100))
    places = Decimal("0.01") if target < 10 else Decimal("0.1") if target < 1000 else Decimal(1)
    return target.quantize(places) or places


def changes_for(indicator: Indicator, quarter: int) -> Mapping[str, object]:
    """Everything an operator types into a row."""
    texts = {
        "progress": f"Contoh: kegiatan triwulan {quarter} berjalan sesuai rencana kerja.",
        "obstacles": "Contoh: sebagian dokumen terlambat diterima dari mitra.",
        "follow_up": "Contoh: rapat koordinasi dijadwalkan setiap dua minggu.",
    }
    if indicator.is_computed:
        return {"values": values_for(indicator, quarter), **texts}
    return {"score": score_for(indicator, quarter), "score_source": "Contoh: surat hasil penilaian", **texts}


def _base(measure: str, is_ratio: bool, is_below: bool, above: int, indicator: Indicator, random: Random) -> Decimal:
    if measure == "rupiah":
        return (
            Decimal(random.randrange(40, 60) if is_below or not is_ratio else _share(above, indicator, random))
            * 100_000_000
        )
    if is_ratio:
        return Decimal(random.randrange(48, 56) if is_below else _share(above, indicator, random))
    if measure == "bobot":
        return Decimal(random.randrange(3, 9)) / 100
    if measure == "skala 1-4":
        return Decimal(random.randrange(280, 380)) / 100
    if measure in ("%", "nilai", "skor", ""):
        parts = len(indicator.rule.inputs) if indicator.method == Indicator.Method.SUM else 1  # together below 100
        return Decimal(random.randrange(7800, 9600) // parts) / 100
    return Decimal(random.randrange(6, 24))


def _share(above: int, indicator: Indicator, random: Random) -> int:
    """The part above the line, so that the ratio is high, or low for a smaller-is-better indicator."""
    if indicator.polarity == Indicator.Polarity.MINIMIZE:
        return 1
    return max(1, random.randrange(42, 48) // max(1, above))


def _random(indicator: Indicator, quarter: int) -> Random:
    return Random(f"{indicator.unit.code}/{indicator.no}/{quarter}")  # noqa: S311  (invented figures)
