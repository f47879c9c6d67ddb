"""Numbers as sources print them: ``62.3M`` claims three digits, ``62,378,344`` claims every one."""

from __future__ import annotations

import re
from fractions import Fraction

from msgspec import Struct

_SUFFIXES = {
    "": 1,
    "k": 10**3,
    "thousand": 10**3,
    "m": 10**6,
    "million": 10**6,
    "g": 10**9,
    "b": 10**9,
    "billion": 10**9,
    "t": 10**12,
    "trillion": 10**12,
    "ki": 2**10,
    "mi": 2**20,
    "gi": 2**30,
    "ti": 2**40,
}
# As texts: what a spec has no use for is not compiled.
_IN_TEXT = r"(?a)(?<![\w.])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE]\+?\d{1,2})?(?: ?[A-Za-z]+)?(?![\w.])"
_NUMBER = r"(?a)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?(?:[eE]\+?(\d{1,2}))?\s*([A-Za-z]*)"


class Printed(Struct, frozen=True):
    """A printed number: its value and the size of one unit of its last digit."""

    text: str
    value: Fraction
    unit: Fraction

    def agrees(self, computed: int) -> bool:
        """Whether ``computed`` prints as this number, rounded or cut off after its last digit.

        62,378,344 is 62.4M rounded and 62.3M cut off; papers do both.
        """
        if self.unit <= 1:
            return computed == self.value
        return self.value - self.unit / 2 <= computed < self.value + self.unit


def read_printed_number(text: str) -> Printed | None:
    """A printed number, or ``None`` where the text is none. Thousands are parted by commas."""
    match = re.fullmatch(_NUMBER, text.strip())
    if not match or len(text) > 40:
        return None
    whole, decimals, exponent, suffix = match.groups()
    scale = _SUFFIXES.get(suffix.lower())
    if scale is None:
        return None
    scale *= 10 ** int(exponent or 0)
    decimals = decimals or ""
    value = Fraction(int(whole.replace(",", "") + decimals), 10 ** len(decimals)) * scale
    unit = Fraction(scale, 10 ** len(decimals))
    return Printed(text.strip(), value, unit)


def written_out(text: str) -> str:
    """A text with every printed number in it written as an exact one: ``600M`` as 600000000."""
    return re.sub(_IN_TEXT, _exactly, text)


def _exactly(match: re.Match[str]) -> str:
    printed = read_printed_number(match[0])
    if printed is None:
        return match[0]
    value = printed.value
    return str(value.numerator) if value.denominator == 1 else f"({value.numerator}/{value.denominator})"
