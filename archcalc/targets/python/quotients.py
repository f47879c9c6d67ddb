"""Source of whole numbers and of quotients of two, as they are added, multiplied, divided and written."""

from __future__ import annotations

from fractions import Fraction
from math import gcd

from msgspec import Struct

TRUTH, SUM, PRODUCT, ATOM = range(4)
"""How tightly the outermost sign of a piece of source binds."""


class Whole(Struct, frozen=True):
    """Source of a whole number; ``value`` where it is a number, ``factor`` and ``rest`` where one is a factor."""

    text: str
    tight: int = ATOM
    value: int | None = None
    factor: int = 1
    rest: Whole | None = None


class Quotient(Struct, frozen=True):
    over: Whole
    under: Whole


def written(value: Quotient) -> str:
    """As Python writes it; of two numbers their float."""
    if value.under.value == 1:
        return value.over.text
    if value.over.value is not None and value.under.value is not None:
        return repr(float(Fraction(value.over.value, value.under.value)))
    return f"{at(value.over, PRODUCT)} / {at(value.under, ATOM)}"


def number(value: int | Fraction) -> Quotient:
    """A number as a quotient."""
    value = Fraction(value)
    return Quotient(constant(value.numerator), constant(value.denominator))


def constant(value: int) -> Whole:
    """A whole number as its own source."""
    return Whole(str(value), ATOM if value >= 0 else SUM, value)


ONE = constant(1)


def at(one: Whole, tight: int) -> str:
    """The source, in brackets where what stands around it binds tighter."""
    return one.text if one.tight >= tight else f"({one.text})"


def times(a: Whole, b: Whole) -> Whole:
    """a·b."""
    if a.value is not None and b.value is not None:
        return constant(a.value * b.value)
    if a.value == 1:
        return b
    if b.value == 1:
        return a
    number, other = (a.value, b) if a.value is not None else (b.value, a)
    if number is not None and other.rest is not None:
        return times(constant(number * other.factor), other.rest)
    # A floor division on the right goes in brackets: a * (b // c) is not a * b // c.
    right = b.text if b.tight == ATOM or (b.tight == PRODUCT and "//" not in b.text) else f"({b.text})"
    return Whole(f"{at(a, PRODUCT)} * {right}", PRODUCT, None, number or 1, other if number else None)


def plus(a: Whole, b: Whole, sign: str) -> Whole:
    """a + b, or a − b."""
    if a.value is not None and b.value is not None:
        return constant(a.value + b.value if sign == "+" else a.value - b.value)
    if b.value == 0:
        return a
    if a.value == 0 and sign == "+":
        return b
    return Whole(f"{at(a, SUM)} {sign} {at(b, PRODUCT)}", SUM)


def divided(a: Whole, b: Whole) -> Whole:
    """⌊a/b⌋."""
    if a.value is not None and b.value is not None:
        return constant(a.value // b.value)
    if b.value == 1:
        return a
    if b.value and a.rest is not None and a.factor > 0 and b.value > 0:
        # ⌊f·x/(g·f)⌋ = ⌊x/g⌋
        common = gcd(a.factor, b.value)
        if common > 1:
            return divided(times(constant(a.factor // common), a.rest), constant(b.value // common))
    return Whole(f"{at(a, PRODUCT)} // {at(b, ATOM)}", PRODUCT)


def power(a: Whole, b: Whole) -> Whole:
    """a to the power of b."""
    if a.value is not None and b.value is not None and b.value >= 0:
        return constant(a.value**b.value)
    if a.value == 1 or b.value == 1:
        return a
    return Whole(f"{at(a, ATOM)} ** {at(b, ATOM)}", PRODUCT)


def reduced(over: Whole, under: Whole) -> Quotient:
    """over/under, in lowest terms where both are numbers."""
    if over.value is not None and under.value is not None and under.value:
        return number(Fraction(over.value, under.value))
    return Quotient(over, under)


def negated(one: Whole) -> Whole:
    """−one."""
    return constant(-one.value) if one.value is not None else Whole(f"-{at(one, ATOM)}", PRODUCT)


def cancelled(a: Quotient, b: Quotient) -> Quotient:
    """a with what its number over shares with b's number under, and the other way round, taken out."""
    over, under = a.over, a.under
    if over.value and b.under.value:
        over = constant(over.value // gcd(over.value, b.under.value))
    if under.value and b.over.value:
        under = constant(under.value // gcd(under.value, b.over.value))
    return Quotient(over, under)
