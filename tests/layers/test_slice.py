"""Slices are Python's, where those are whole; torch cuts off what is not, and so cannot say what we refuse."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from archcalc.layers.fields import FieldError
from archcalc.layers.kinds import borders
from archcalc.layers.kinds.borders import Slice, _counted
from archcalc.layers.size_fields import Place
from archcalc.sizes import symbolic
from tests.support.draw_layers import failing


def _all() -> Iterator[tuple[int, int, int | None]]:
    return product(range(1, 6), range(-6, 8), (None, *range(-6, 8)))


def check_slices() -> None:
    for n, start, stop in _all():
        layer = Slice(dim=2, start=start, stop=stop)
        inside = -n <= start and (stop is None or stop <= n)
        whole = range(n)[start:stop]
        assert (not failing(layer, (3, n))) == (inside and len(whole) > 0), (n, start, stop)
        if inside and len(whole) > 0:
            assert layer.out((3, n)) == (3, len(whole))


def test_a_slice_is_what_python_gives_and_whole() -> None:
    check_slices()


@pytest.mark.parametrize(
    "counted",
    [lambda place, n: place, lambda place, n: place % n, lambda place, n: n - 1 + place if place < 0 else place],
)
def test_a_place_counted_wrongly_is_found(counted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(borders, "_counted", counted)
    with pytest.raises(AssertionError):
        check_slices()


def test_a_place_that_is_an_expression_keeps_its_sign() -> None:
    n, crop = symbolic.size("n"), symbolic.size("crop")
    assert _counted(crop, n) == crop
    assert _counted(-crop, n) == n - crop
    assert _counted(n - crop, n) == n - crop
    assert _counted(-(crop * 2) - 1, n) == n - 2 * crop - 1
    assert symbolic.closed(_counted(symbolic.Open(-crop), n)) == n - crop


def test_places_of_two_signs_are_no_column() -> None:
    from archcalc.sizes.columns import Column

    places = Place().read(Column.of([-3, -1]), 1)
    assert isinstance(places, Column)
    assert places.low == -3
    counted = _counted(places, 8)
    assert isinstance(counted, Column)
    assert counted.values.tolist() == [5, 7]
    with pytest.raises(FieldError, match="one sign"):
        Place().read(Column.of([-3, 1]), 1)
