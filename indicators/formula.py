"""Indicator formulas: an arithmetic expression over named figures, evaluated in Decimal and nothing else.

    expression = term {("+" | "-") term}        term  = factor {("*" | "/") factor}
    factor     = ("+" | "-") factor | power     power = atom ["**" factor]
    atom       = number | variable | "(" expression ")" | function "(" expression {"," expression} ")"

A number is ASCII digits with an optional decimal part, taken exactly as written. The functions are min, max,
abs and round. Parsing yields a flat postfix program, so its size bounds the work and no input can exhaust the
stack. Source: domain decision (a safe evaluator, and a reason instead of 0 for what cannot be computed).
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from functools import lru_cache
from keyword import iskeyword
from typing import NamedTuple

MAX_LENGTH, MAX_SIZE, MAX_DEPTH = 2000, 300, 50  # characters; numbers, names and operations; nested levels
MAX_EXPONENT = 12
PLACES = {str(n) for n in range(11)}
LIMIT = Decimal("1E+34")  # every figure on the way stays below it: its whole part fits the 34 digits kept

CONTEXT = Context(prec=34, traps=[])  # nothing is trapped, because every intermediate figure is checked
TOKEN = re.compile(r"[ \t\r\n]*(?:([0-9]+(?:\.[0-9]+)?|[A-Za-z][A-Za-z0-9_]*|\*\*|[-+*/(),])|\Z)")
BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 4}
SIGN_BINDING = 3
ARITIES = {"min": range(2, MAX_SIZE), "max": range(2, MAX_SIZE), "abs": range(1, 2), "round": range(1, 3)}


class FormulaError(ValueError):
    """Why there is no result: in Indonesian for people, and for machines as `code`.

    Codes: syntax, forbidden (a character, word, function or argument that formulas do not have), too_large,
    missing_variable, invalid_value, division_by_zero, undefined (0 ** 0). `position` is where in the expression it
    lies, counted from 0, or None if it concerns all of it.
    """

    def __init__(self, message: str, *, code: str, position: int | None = None) -> None:
        super().__init__(message)
        self.code, self.position = code, position


class Step(NamedTuple):
    """One operation of an evaluation: an operator, "unary +", "unary -" or the name of a function."""

    operation: str
    arguments: tuple[Decimal, ...]
    result: Decimal


class _Apply(NamedTuple):
    operation: str
    arity: int


class _Part(NamedTuple):
    """Push a number; push the value of a name; replace the last figures. And where that is written."""

    item: Decimal | str | _Apply
    position: int


_Program = tuple[_Part, ...]


def evaluate(expression: str, values: Mapping[str, Decimal]) -> Decimal:
    """The value of `expression` with 34 significant digits, in the unit that the expression implies.

    `values` gives every variable a finite Decimal; others in it are ignored. All figures stay below 10**34 in
    size, exponents are whole numbers of at most 12 either way, and `round(x, n)` rounds half up (away from
    zero) to n decimals, n being written as a whole number 0..10 (0 if left out).

    Raises FormulaError, and nothing else: there is no result instead of a wrong one.
    """
    return _run(expression, values)[0]


def steps(expression: str, values: Mapping[str, Decimal]) -> list[Step]:
    """Every operation of `evaluate`, in its order; the last one has its result. Empty for a lone number or variable.

    Raises FormulaError as `evaluate` does.
    """
    return _run(expression, values)[1]


def require_sound(expression: str) -> None:
    """Raises FormulaError for what cannot be read, and for what no values can mend: a / 0, a ** 13, a ** 0.5."""
    stack: list[Decimal | None] = []  # None: depends on a value
    with localcontext(CONTEXT):
        for item, position in _parse(expression):
            if not isinstance(item, _Apply):
                stack.append(_checked(+item, position) if isinstance(item, Decimal) else None)
                continue
            arguments = stack[-item.arity :]
            del stack[-item.arity :]
            if item.operation in ("/", "**") and arguments[0] is None:
                tried = [Decimal(1), *arguments[1:]]  # the divisor or the exponent alone may be at fault
            else:
                tried = arguments
            known = [figure for figure in tried if figure is not None]
            result = _applied(item.operation, known, position) if len(known) == len(tried) else None
            stack.append(None if None in arguments else result)


def variables(expression: str) -> frozenset[str]:
    """The names for which `expression` needs a value. Raises FormulaError if it cannot be read."""
    return frozenset(positions(expression))


def positions(expression: str) -> dict[str, int]:
    """Where each variable is first named, counted from 0, in that order. Raises FormulaError as `variables` does."""
    places: dict[str, int] = {}
    for part in sorted(_parse(expression), key=lambda part: part.position):
        if isinstance(part.item, str):
            places.setdefault(part.item, part.position)
    return places


def rounded(figure: Decimal, places: int) -> Decimal:
    """Half up (away from zero), in the width of formulas."""
    with localcontext(CONTEXT):
        return _round(figure, Decimal(places)) + 0  # never -0


def is_reserved(word: str) -> bool:
    """Whether it cannot be the name of a variable: a function, or a word that would look like programming."""
    return word in ARITIES or iskeyword(word)


def _run(expression: str, values: Mapping[str, Decimal]) -> tuple[Decimal, list[Step]]:
    program = _parse(expression)
    missing = [part for part in program if isinstance(part.item, str) and part.item not in values]
    if missing:
        named = ", ".join(sorted({str(part.item) for part in missing}))
        first = min(part.position for part in missing)
        raise FormulaError(f"Nilai variabel belum diisi: {named}.", code="missing_variable", position=first)
    stack: list[Decimal] = []
    done: list[Step] = []
    with localcontext(CONTEXT):
        for item, position in program:
            match item:
                case _Apply(operation, arity):
                    arguments = tuple(stack[-arity:])
                    del stack[-arity:]
                    stack.append(_applied(operation, arguments, position))
                    done.append(Step(operation, arguments, stack[-1]))
                case str():
                    stack.append(_checked(_given(item, values[item], position), position))
                case Decimal():
                    stack.append(_checked(+item, position))
        return +stack.pop(), done


def _applied(operation: str, arguments: Sequence[Decimal], position: int) -> Decimal:
    try:
        return _checked(_OPERATIONS[operation](*arguments))
    except FormulaError as error:
        error.position = position
        raise


@lru_cache(maxsize=512)
def _parse(expression: str) -> _Program:
    if len(expression) > MAX_LENGTH:
        raise FormulaError(
            f"Rumus lebih panjang dari {MAX_LENGTH} karakter. Ringkas rumusnya, atau hitung sebagian di luar "
            "dan jadikan satu variabel.",
            code="too_large",
            position=MAX_LENGTH,
        )
    return _Parser(_tokens(expression), len(expression.rstrip())).program()


def _tokens(expression: str) -> list[tuple[str, int]]:
    tokens, position = [], 0
    while position < len(expression):
        if not (found := TOKEN.match(expression, position)):
            at = len(expression) - len(expression[position:].lstrip(" \t\r\n"))
            advice = _ADVICE.get(expression[at], "Rumus hanya memuat angka, kode variabel, + - * / ** ( ) dan koma.")
            message = f"Karakter {expression[at]!r} tidak dapat dipakai dalam rumus{_place(at)}. {advice}"
            raise FormulaError(message, code="forbidden", position=at)
        if found[1]:
            tokens.append((found[1], found.start(1)))
        position = found.end()
    return tokens


_ADVICE = {
    "×": "Tulis * untuk kali.",
    "÷": "Tulis / untuk bagi.",
    ":": "Tulis / untuk bagi.",
    "^": "Tulis ** untuk pangkat.",
    "%": "Tulis * 100 untuk persen.",
    ".": "Tulis desimal dengan titik di antara dua angka, misalnya 0.5.",
    "−": "Tulis - untuk kurang.",
    "–": "Tulis - untuk kurang.",
    "[": "Tulis ( ) untuk kurung.",
    "{": "Tulis ( ) untuk kurung.",
}


def _place(position: int) -> str:
    """For people, who count from 1."""
    return f" (karakter ke-{position + 1})"


class _Parser:
    """Precedence climbing over the tokens; "" stands after the last one."""

    def __init__(self, tokens: list[tuple[str, int]], end: int) -> None:
        self.tokens = [*(token for token, _ in tokens), ""]
        self.places = [*(place for _, place in tokens), end]
        self.position = self.depth = 0
        self.output: list[_Part] = []

    def program(self) -> _Program:
        self.expression(1)
        if self.next:
            raise _unexpected(self.next, self.place)
        return tuple(self.output)

    @property
    def next(self) -> str:
        return self.tokens[self.position]

    @property
    def place(self) -> int:
        """Of the next token."""
        return self.places[self.position]

    def take(self) -> str:
        self.position += 1
        return self.tokens[self.position - 1]

    def expect(self, token: str) -> None:
        place = self.place
        if (taken := self.take()) != token:
            raise _unexpected(taken, place)

    def emit(self, item: Decimal | str | _Apply, place: int) -> None:
        if len(self.output) >= MAX_SIZE:
            raise FormulaError(
                f"Rumus memuat lebih dari {MAX_SIZE} unsur{_place(place)}. Hitung sebagian di luar dan jadikan satu "
                "variabel.",
                code="too_large",
                position=place,
            )
        self.output.append(_Part(item, place))

    def expression(self, binding: int) -> None:
        """One operand, and the operators after it that bind at least as strongly as `binding`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FormulaError(
                f"Rumus bertingkat lebih dari {MAX_DEPTH}{_place(self.place)}. Kurangi kurung di dalam kurung.",
                code="too_large",
                position=self.place,
            )
        self.operand()
        while BINDING.get(self.next, 0) >= binding:
            place, sign = self.place, self.take()
            self.expression(SIGN_BINDING if sign == "**" else BINDING[sign] + 1)
            self.emit(_Apply(sign, 2), place)
        self.depth -= 1

    def operand(self) -> None:
        place, symbol = self.place, self.take()
        if symbol in ("+", "-"):
            self.expression(SIGN_BINDING)
            self.emit(_Apply(f"unary {symbol}", 1), place)
        elif symbol == "(":
            self.expression(1)
            self.expect(")")
        elif symbol[:1].isdigit():
            self.emit(Decimal(symbol), place)
        elif not symbol[:1].isalpha():
            raise _unexpected(symbol, place)
        elif self.next == "(":
            self.call(symbol, place)
        elif is_reserved(symbol):
            message = f"Kata {symbol!r} tidak dapat dipakai sebagai variabel{_place(place)}. Pakai kode lain."
            raise FormulaError(message, code="forbidden", position=place)
        else:
            self.emit(symbol, place)

    def call(self, function: str, place: int) -> None:
        if function not in ARITIES:
            known = ", ".join(ARITIES)
            message = f"Fungsi {function!r} tidak dikenal{_place(place)}; gunakan {known}, atau * untuk kali."
            raise FormulaError(message, code="forbidden", position=place)
        arity = 0
        while arity == 0 or self.next == ",":
            self.take()
            begin = self.position
            self.expression(1)
            arity += 1
        places = "".join(self.tokens[begin : self.position])
        self.expect(")")
        if arity not in ARITIES[function]:
            message = f"Jumlah isian fungsi {function} tidak tepat{_place(place)}. Tulis {_USAGE[function]}."
            raise FormulaError(message, code="syntax", position=place)
        if function == "round" and arity == 2 and places not in PLACES:
            message = f"Desimal pada round harus bilangan tertulis 0 sampai 10{_place(place)}, misalnya round(a, 2)."
            raise FormulaError(message, code="forbidden", position=place)
        self.emit(_Apply(function, arity), place)


_USAGE = {"min": "min(a, b)", "max": "max(a, b)", "abs": "abs(a)", "round": "round(a) atau round(a, 2)"}


def _unexpected(token: str, place: int) -> FormulaError:
    if not token:
        where = f"rumus kosong atau belum lengkap{_place(place)}. Lengkapi angka, variabel, atau kurung tutupnya."
    else:
        where = f"bagian {token!r} salah tempat{_place(place)}. Periksa tanda hitung, koma, atau kurung sebelumnya."
    return FormulaError(f"Rumus tidak dapat dibaca: {where}", code="syntax", position=place)


def _given(name: str, value: Decimal, position: int) -> Decimal:
    if not isinstance(value, Decimal) or not value.is_finite():
        message = f"Nilai variabel {name} bukan angka desimal terhingga."
        raise FormulaError(message, code="invalid_value", position=position)
    return +value


def _checked(figure: Decimal, position: int | None = None) -> Decimal:
    if figure.is_nan():
        raise FormulaError("Nol pangkat nol tidak terdefinisi.", code="undefined")
    if abs(figure) >= LIMIT:
        raise FormulaError("Angka dalam perhitungan terlalu besar.", code="too_large", position=position)
    return figure


def _divide(dividend: Decimal, divisor: Decimal) -> Decimal:
    if not divisor:
        raise FormulaError("Pembagian dengan nol.", code="division_by_zero")
    return dividend / divisor


def _power(base: Decimal, exponent: Decimal) -> Decimal:
    if abs(exponent) > MAX_EXPONENT:
        raise FormulaError(f"Pangkat paling besar {MAX_EXPONENT}. Kecilkan pangkatnya.", code="too_large")
    if exponent != exponent.to_integral_value():
        raise FormulaError("Pangkat harus bilangan bulat.", code="forbidden")
    if not base and exponent < 0:
        raise FormulaError("Pembagian dengan nol.", code="division_by_zero")
    return base**exponent


def _round(figure: Decimal, places: Decimal = Decimal(0)) -> Decimal:
    rounded = figure.quantize(Decimal(1).scaleb(-int(places)), rounding=ROUND_HALF_UP)
    return figure if rounded.is_nan() else rounded  # no room for more decimals: there was nothing to round


_OPERATIONS: Mapping[str, Callable[..., Decimal]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "**": _power,
    "unary +": operator.pos,
    "unary -": operator.neg,
    "min": min,
    "max": max,
    "abs": abs,
    "round": _round,
}
