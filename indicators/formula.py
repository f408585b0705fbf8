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
from collections.abc import Callable, Mapping
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
    missing_variable, invalid_value, division_by_zero, undefined (0 ** 0).
    """

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class _Apply(NamedTuple):
    operation: str
    arity: int


_Program = tuple[Decimal | str | _Apply, ...]  # push a number; push the value of a name; replace the last ones


def evaluate(expression: str, values: Mapping[str, Decimal]) -> Decimal:
    """The value of `expression` with 34 significant digits, in the unit that the expression implies.

    `values` gives every variable a finite Decimal; others in it are ignored. All figures stay below 10**34 in
    size, exponents are whole numbers of at most 12 either way, and `round(x, n)` rounds half up (away from
    zero) to n decimals, n being written as a whole number 0..10 (0 if left out).

    Raises FormulaError, and nothing else: there is no result instead of a wrong one.
    """
    program = _parse(expression)
    if missing := sorted({item for item in program if isinstance(item, str) and item not in values}):
        raise FormulaError(f"Nilai variabel belum diisi: {', '.join(missing)}.", code="missing_variable")
    stack: list[Decimal] = []
    with localcontext(CONTEXT):
        for item in program:
            match item:
                case _Apply(operation, arity):
                    arguments = stack[-arity:]
                    del stack[-arity:]
                    stack.append(_checked(_OPERATIONS[operation](*arguments)))
                case str():
                    stack.append(_checked(_given(item, values[item])))
                case Decimal():
                    stack.append(_checked(+item))
        return +stack.pop()


def variables(expression: str) -> frozenset[str]:
    """The names for which `expression` needs a value. Raises FormulaError if it cannot be read."""
    return frozenset(item for item in _parse(expression) if isinstance(item, str))


@lru_cache(maxsize=512)
def _parse(expression: str) -> _Program:
    if len(expression) > MAX_LENGTH:
        raise FormulaError(f"Rumus lebih panjang dari {MAX_LENGTH} karakter.", code="too_large")
    return _Parser(_tokens(expression)).program()


def _tokens(expression: str) -> list[str]:
    tokens, position = [], 0
    while position < len(expression):
        if not (found := TOKEN.match(expression, position)):
            character = expression[position:].lstrip(" \t\r\n")[0]
            raise FormulaError(f"Karakter {character!r} tidak dapat dipakai dalam rumus.", code="forbidden")
        tokens.append(found[1] or "")
        position = found.end()
    return [token for token in tokens if token]


class _Parser:
    """Precedence climbing over the tokens; "" stands after the last one."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = [*tokens, ""]
        self.position = self.depth = 0
        self.output: list[Decimal | str | _Apply] = []

    def program(self) -> _Program:
        self.expression(1)
        if self.next:
            raise _unexpected(self.next)
        return tuple(self.output)

    @property
    def next(self) -> str:
        return self.tokens[self.position]

    def take(self) -> str:
        self.position += 1
        return self.tokens[self.position - 1]

    def expect(self, token: str) -> None:
        if (taken := self.take()) != token:
            raise _unexpected(taken)

    def emit(self, item: Decimal | str | _Apply) -> None:
        if len(self.output) >= MAX_SIZE:
            raise FormulaError(f"Rumus memuat lebih dari {MAX_SIZE} unsur.", code="too_large")
        self.output.append(item)

    def expression(self, binding: int) -> None:
        """One operand, and the operators after it that bind at least as strongly as `binding`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FormulaError(f"Rumus bertingkat lebih dari {MAX_DEPTH}.", code="too_large")
        self.operand()
        while BINDING.get(self.next, 0) >= binding:
            sign = self.take()
            self.expression(SIGN_BINDING if sign == "**" else BINDING[sign] + 1)
            self.emit(_Apply(sign, 2))
        self.depth -= 1

    def operand(self) -> None:
        symbol = self.take()
        if symbol in ("+", "-"):
            self.expression(SIGN_BINDING)
            self.emit(_Apply(f"unary {symbol}", 1))
        elif symbol == "(":
            self.expression(1)
            self.expect(")")
        elif symbol[:1].isdigit():
            self.emit(Decimal(symbol))
        elif not symbol[:1].isalpha():
            raise _unexpected(symbol)
        elif self.next == "(":
            self.call(symbol)
        elif symbol in ARITIES or iskeyword(symbol):
            raise FormulaError(f"Kata {symbol!r} tidak dapat dipakai sebagai variabel.", code="forbidden")
        else:
            self.emit(symbol)

    def call(self, function: str) -> None:
        if function not in ARITIES:
            known = ", ".join(ARITIES)
            raise FormulaError(f"Fungsi {function!r} tidak dikenal; gunakan {known}.", code="forbidden")
        arity = 0
        while arity == 0 or self.next == ",":
            self.take()
            begin = self.position
            self.expression(1)
            arity += 1
        places = "".join(self.tokens[begin : self.position])
        self.expect(")")
        if arity not in ARITIES[function]:
            raise FormulaError(f"Jumlah isian fungsi {function} tidak tepat.", code="syntax")
        if function == "round" and arity == 2 and places not in PLACES:
            raise FormulaError("Desimal pada round harus bilangan tertulis 0 sampai 10.", code="forbidden")
        self.emit(_Apply(function, arity))


def _unexpected(token: str) -> FormulaError:
    where = f"bagian {token!r} salah tempat" if token else "rumus kosong atau belum lengkap"
    return FormulaError(f"Rumus tidak dapat dibaca: {where}.", code="syntax")


def _given(name: str, value: Decimal) -> Decimal:
    if not isinstance(value, Decimal) or not value.is_finite():
        raise FormulaError(f"Nilai variabel {name} bukan angka desimal terhingga.", code="invalid_value")
    return +value


def _checked(figure: Decimal) -> Decimal:
    if figure.is_nan():
        raise FormulaError("Nol pangkat nol tidak terdefinisi.", code="undefined")
    if abs(figure) >= LIMIT:
        raise FormulaError("Angka dalam perhitungan terlalu besar.", code="too_large")
    return figure


def _divide(dividend: Decimal, divisor: Decimal) -> Decimal:
    if not divisor:
        raise FormulaError("Pembagian dengan nol.", code="division_by_zero")
    return dividend / divisor


def _power(base: Decimal, exponent: Decimal) -> Decimal:
    if abs(exponent) > MAX_EXPONENT:
        raise FormulaError(f"Pangkat paling besar {MAX_EXPONENT}.", code="too_large")
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
