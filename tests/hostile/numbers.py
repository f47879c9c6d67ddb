"""Numbers that are no sizes, in every field of every kind and in every slot of a document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from tests.hostile.case import SPEC, Case, asked, slots, with_field, written
from tests.hostile.document import replaced

T = TypeVar("T")

PLAIN: tuple[object, ...] = (
    0, -1, 1, 1.5, -0.0, 2**31 - 1, 2**31, 2**63, 10**18, 10**19, 10**30, 1e308, 1e-308, float("inf"), float("nan"),
    True, None, [], {}, [1, [2]], list(range(300)), [2**62] * 3, "", "3", "3 3",
)  # fmt: skip

SPELT = (
    "1e400", "-1e400", "1e-99999999", "9" * 5000, "0." + "0" * 4000 + "1", "0x" + "f" * 4000, "0b1", "0o17", "017",
    "1_000", "1:30", "190:20:30", ".inf", "-.inf", ".nan", "+1", "1.", ".5", "1e3", "١٢", "½", "²", "𝟗", "1,000",
    "1 000", "--1", "1e", "0" * 5000, "1/0", "10**100000", "2**2**2**2**2**2",
)  # fmt: skip


def cases() -> Iterator[Case]:
    """Some numbers in each slot, others in the next."""
    number = 0
    for slot, kind, field in slots():
        for value in _some(PLAIN, number, 3):
            yield _case(slot, str(value), written(with_field(kind, field, value)), number)
            number += 1
        for text in _some(SPELT, number, 3):
            filled = written(with_field(kind, field, "@@")).replace(b"'@@'", text.encode())
            yield _case(slot, text, filled, number)
            number += 1
    for slot, fill in replaced():
        for value in _some(PLAIN, number, 3):
            yield _case(slot, str(value), written(fill(value)), number, "two")
            number += 1
        for text in _some(SPELT, number, 2):
            yield _case(slot, text, written(fill("@@")).replace(b"'@@'", text.encode()), number, "one")
            number += 1


def _case(slot: str, what: str, text: bytes, number: int, preset: str | None = None) -> Case:
    return Case("numbers", slot, what[:80], asked(number, preset), {SPEC: text})


def _some(values: tuple[T, ...], start: int, many: int) -> Iterator[T]:
    # Steps that share no factor with how many there are reach all of them.
    return (values[(start + step * 7) % len(values)] for step in range(many))
