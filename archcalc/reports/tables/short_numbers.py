"""Counts as papers print them."""

from __future__ import annotations


def in_three_digits(number: int) -> str:
    """``34.9k``, ``1.07M``."""
    return in_digits(number, 3)


def in_digits(number: int, digits: int | None) -> str:
    """A count from 0 up rounded to so many digits, from 3 up, with a unit: ``1.814G``; with ``None`` all of them."""
    if digits is None:
        return f"{number:,}"
    for power, suffix in ((12, "T"), (9, "G"), (6, "M"), (3, "k")):
        # What would round to 1,000 of a unit is 1 of the next.
        least = 10 ** (digits - 3)
        if number * 2000 * least >= (2000 * least - 1) * 10**power:
            value = number / 10**power
            places = digits - 1 - min(digits - 1, len(str(int(value))) - 1)
            return f"{value:.{places}f}{suffix}"
    return str(number)
