"""How a score came about, step by step. Pure: every figure is one of `scoring`, none is computed here.

Words carry places for figures ("{0} dari {1}"), which the page writes as people read them. The value of the last step
is the score itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from . import scoring
from .scheme import COLOUR_WORDS, Scheme

MANUAL = "Manual IKU KKP [R]"
CONSOLIDATION_WORDS = {
    "sum": "Akumulasi: jumlah semua triwulan yang dilaporkan",
    "average": "Rata-rata triwulan yang diketahui",
    "last": "Nilai posisi akhir: triwulan terakhir yang diketahui",
}


@dataclass(frozen=True, slots=True)
class Step:
    """`clause` is where the rule stands; `value` what the step gives (None: words alone)."""

    name: str
    words: str
    figures: tuple[Decimal, ...] = ()
    value: Decimal | None = None
    clause: str = ""

    def said(self, write: Callable[[Decimal], str]) -> str:
        return self.words.format(*map(write, self.figures))


@dataclass(frozen=True, slots=True)
class Measured:
    """What an indicator is scored by: figures of the quarters of a period, oldest first, and its rule."""

    quarters: tuple[str, ...]
    actuals: tuple[Decimal | None, ...]
    targets: tuple[scoring.Target | None, ...]
    how: str
    polarity: str
    cap: Decimal
    worst: Decimal | None = None
    steps: tuple[scoring.Step, ...] = ()
    counting: tuple[int, ...] = field(init=False, repr=False)
    actual: Decimal | None = field(init=False, repr=False)
    target: scoring.Target | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Figures of the period, once: pages ask for them all the time."""
        places = scoring.counting(self.actuals, self.how)
        for name, value in (
            ("counting", places),
            ("actual", scoring.consolidate_at(self.actuals, places, self.how)),
            ("target", scoring.consolidate_target(self.targets, places, self.how)),
        ):
            object.__setattr__(self, name, value)

    def percent(self) -> Decimal | None:
        """The achievement; None where it is not assessed. Raises ValueError for what no step table holds."""
        return scored(self.actual, self.target, self.polarity, self.cap, self.worst, self.steps)


def scored(
    actual: Decimal | None,
    target: scoring.Target | None,
    polarity: str,
    cap: Decimal,
    worst: Decimal | None,
    steps: Sequence[scoring.Step],
) -> Decimal | None:
    """The achievement of an actual by an indicator's rule. Raises ValueError as `scoring` does."""
    if actual is None:
        return None
    if steps:
        return scoring.step_achievement(actual, steps)
    return None if target is None else scoring.achievement(actual, target, polarity=polarity, cap=cap, worst=worst)


def explain_indicator(measured: Measured, scheme: Scheme) -> list[Step]:
    """From the figures of the quarters to the achievement; what is not assessed ends with a step without a value."""
    actual, target = measured.actual, measured.target
    steps = _consolidation(measured) if len(measured.quarters) > 1 else []
    if actual is None:
        return [*steps, Step("Belum dinilai", "Tidak ada realisasi yang dapat dihitung, jadi tidak ikut dihitung.")]
    if measured.steps:
        percent = scoring.step_achievement(actual, measured.steps)
        words = "Realisasi {0} terletak pada satu baris tabel bertingkat, yang menetapkan capaian {1}%."
        return [*steps, Step("Tabel bertingkat", words, (actual, percent), percent, MANUAL)]
    if target is None:
        return [*steps, Step("Belum dinilai", "Target belum ditetapkan, jadi tidak ikut dihitung.")]
    raw = scoring.compared(actual, target, polarity=measured.polarity, worst=measured.worst)
    limited = measured.percent()
    if raw is None or limited is None:
        return [*steps, Step("Belum dinilai", ZERO_TARGET, clause=MANUAL)]
    words, figures = _comparison(measured, actual, target)
    steps.append(Step("Perbandingan", words, figures, raw, MANUAL))
    if raw > limited:
        steps.append(Step("Batas atas", "Paling tinggi {0}%.", (measured.cap,), limited, MANUAL))
    elif raw < limited:
        steps.append(Step("Batas bawah", "Paling rendah 0%.", (), limited, MANUAL))
    words = "Untuk orang dibulatkan {0} angka di belakang koma; perhitungan selanjutnya memakai angka penuh."
    return [*steps, Step("Capaian", words, (Decimal(scheme.places),), limited, "Keputusan portal 8 [D]")]


ZERO_TARGET = (
    "Targetnya nol, sehingga perbandingan tidak dapat dihitung; hanya indikator yang diminimalkan dan memiliki "
    "nilai terburuk dapat dinilai. Tidak ikut dihitung."
)


def explain_colour(percent: Decimal | None, scheme: Scheme) -> Step:
    colour = scoring.status_colour(percent, scheme.colours)
    if percent is None:
        return Step("Warna", "Abu-abu: belum dinilai.", clause="Konfigurasi tahun [D]")
    words = f"{COLOUR_WORDS[colour]}: {scheme.colours.begins(colour)}. Yang menentukan angka penuhnya, {{0}}."
    return Step("Warna", words, (percent,), percent, "Konfigurasi tahun [D]")


@dataclass(frozen=True, slots=True)
class Share:
    """One line of a weighted mean: who, with which weight and normalised share (0..1) and achievement."""

    name: str
    weight: Decimal
    share: Decimal
    percent: Decimal


def explain_objective(
    indicators: Sequence[tuple[str, str, Decimal | None]], scheme: Scheme
) -> tuple[list[Share], Step | None]:
    """(name, validity, achievement) of each indicator -> the lines of those assessed, and the mean (None: none is)."""
    assessed = [(name, validity, percent) for name, validity, percent in indicators if percent is not None]
    score = scoring.objective_score([(validity, percent) for _, validity, percent in indicators], scheme.weights)
    if score is None:
        return [], None
    parts = scoring.shares([validity for _, validity, _ in assessed], scheme.weights)
    lines = [
        Share(name, scheme.weights[validity], part, percent)
        for (name, validity, percent), part in zip(assessed, parts, strict=True)
    ]
    words = "Rata-rata {0} indikator yang dinilai, berbobot validitas dan dinormalkan."
    return lines, Step("Nilai sasaran", words, (Decimal(len(lines)),), score, "NSS, Manual IKU KKP [R]")


def explain_unit(objectives: Sequence[Decimal | None]) -> Step | None:
    score = scoring.unit_score(objectives)
    if score is None:
        return None
    assessed = Decimal(sum(one is not None for one in objectives))
    return Step("Nilai unit", "Rata-rata {0} sasaran yang dinilai.", (assessed,), score, "Pedoman domain 4 [D]")


def _consolidation(measured: Measured) -> list[Step]:
    words = CONSOLIDATION_WORDS[measured.how]
    counted = ", ".join(measured.quarters[place] for place in measured.counting)
    if not counted:
        return [Step("Konsolidasi realisasi", f"{words}. Belum ada yang dapat dihitung.", clause=MANUAL)]
    steps = [Step("Konsolidasi realisasi", f"{words} ({counted}).", (), measured.actual, MANUAL)]
    target = measured.target
    if target is None or measured.steps:
        return steps
    words = f"Target dengan cara yang sama dari triwulan yang sama ({counted}): " + _range_words(0, target) + "."
    ends = target if isinstance(target, tuple) else (target,)
    value = None if isinstance(target, tuple) else target
    return [*steps, Step("Konsolidasi target", words, ends, value, "Keputusan portal 19 [D]")]


def _range_words(first: int, target: scoring.Target) -> str:
    return f"{{{first}}} sampai {{{first + 1}}}" if isinstance(target, tuple) else f"{{{first}}}"


def _comparison(measured: Measured, actual: Decimal, target: scoring.Target) -> tuple[str, tuple[Decimal, ...]]:
    """The formula in words with the figures that went in."""
    low, high = target if isinstance(target, tuple) else (target, target)
    if low < high and low <= actual <= high:
        return "Realisasi {0} berada di dalam rentang target {1} sampai {2}.", (actual, low, high)
    bound = low if actual < low else high
    which = "target {1}" if low == high else f"batas {'bawah' if actual < low else 'atas'} target {{1}}"
    if bound == 0 and measured.worst is not None:
        return "Target nol: (nilai terburuk {1} − realisasi {0}) ÷ nilai terburuk {1} × 100.", (actual, measured.worst)
    words = _POLARITY_WORDS[measured.polarity, bound < 0].format(which=which)
    return words, (actual, bound)


_MIRRORED = "(1 + (1 − realisasi {{0}} ÷ {which})) × 100."
_DIRECT = "Realisasi {{0}} ÷ {which} × 100."
_STABLE = (
    "Kedekatan realisasi {{0}} dengan {which}: yang lebih kecil dari perbandingan dan kebalikannya, lalu diskalakan "
    "lurus melalui (0, 0), (90, 100), dan (100, 120)."
)
_POLARITY_WORDS: Mapping[tuple[str, bool], str] = {  # by polarity, and whether the target is below zero
    ("maximize", False): "Maksimalkan: " + _DIRECT,
    ("maximize", True): "Maksimalkan dengan target negatif: " + _MIRRORED,
    ("minimize", False): "Minimalkan: " + _MIRRORED,
    ("minimize", True): "Minimalkan dengan target negatif: " + _DIRECT,
    ("stabilize", False): "Stabilkan. " + _STABLE,
    ("stabilize", True): "Stabilkan. " + _STABLE,
}
