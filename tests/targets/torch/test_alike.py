"""Source of a value that changes from copy to copy."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from archcalc.targets.torch.alike import argument_annotation, by_index


def same(_: Any, values: Sequence[object]) -> str | None:
    return str(values[0]) if len({*values}) == 1 else None


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ([8, 12, 12], "8 if index == 0 else 12"),
        ([8, 12, 16], "8 + index * 4"),
        ([16, 12, 8], "16 - index * 4"),
        ([8, 12, 17], "(8, 12, 17)[index]"),
    ],
)
def test_a_value_of_each_copy_is_written_as_what_it_does(values: list[object], written: str) -> None:
    parts: Any = [SimpleNamespace(index=index) for index in range(len(values))]
    assert by_index(parts, values, same) == written


def test_what_differs_in_one_copy_has_no_source_of_that_kind() -> None:
    parts: Any = [SimpleNamespace(index=index) for index in (0, 1, 2, 2)]
    assert by_index(parts, [8, 12, 17, 18], same) is None


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ([1, 2], "int"),
        # Where a float is annotated an int is taken, too (PEP 484).
        ([1, Fraction(1, 2)], "float"),
        ([1, "same"], "int | str"),
        ([(1, 2), (3,)], "tuple[int, ...]"),
    ],
)
def test_an_argument_is_annotated_with_what_it_is_in_all_uses(values: list[object], written: str) -> None:
    assert argument_annotation(values) == written
