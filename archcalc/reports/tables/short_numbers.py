"""Counts as papers print them."""

from __future__ import annotations


def in_three_digits(number: int) -> str:
    """``34.9k``, ``1.07M``."""
    for power, suffix in ((12, "T"), (9, "G"), (6, "M"), (3, "k")):
        # What would round to 1,000 of a unit is 1 of the next.
        if number * 2000 >= 1999 * 10**power:
            value = number / 10**power
            return f"{value:.{2 - min(2, len(str(int(value))) - 1)}f}{suffix}"
    return str(number)
