"""The same rule on every kind of number: what a layer says of hidden sizes, against what it says of ints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import sympy
from hypothesis import settings

from archcalc.layers.contract import Layer
from archcalc.sizes import symbolic
from archcalc.sizes.columns import Column
from archcalc.sizes.periodic import AxisFunction, NotPeriodic, SizeSet
from archcalc.sizes.rules import UNKNOWN, Dim, Shape
from tests.support.draw_layers import Sizes, for_each, sizes, thorough


def check_sizes(kind: type[Layer], chosen: settings | None = None) -> None:
    """Hold the rules on columns, symbols and unknown sizes against the same rules on ints."""
    for_each(sizes(kind), check_sizes_of, chosen or thorough(kind, slow=True))


def check_sizes_of(case: Sizes) -> None:
    """The rules of one layer on hidden sizes, against its rules on ints."""
    on_ints = [_rules(case.layer, x) for x in case.inputs]
    on_columns = _rules(case.layer, _hidden(case, lambda axis: Column.of([x[axis] for x in case.inputs])))
    letters: dict[Any, int] = {}
    layer = _lettered(case, letters)
    on_symbols = _rules(layer, _hidden(case, lambda axis: symbolic.Open(_letter(axis)) if case.open else _letter(axis)))
    for index, expected in enumerate(on_ints):
        letters |= {_letter(axis): size for axis, size in enumerate(case.inputs[index])}
        assert expected == {name: element(value, index, len(on_ints)) for name, value in on_columns.items()}
        assert expected == {name: substituted(symbolic.closed(value), letters) for name, value in on_symbols.items()}
    unknown = msgspec.structs.replace(case.layer, **dict.fromkeys(case.fields, UNKNOWN))
    for name, value in _rules(unknown, _hidden(case, lambda _: UNKNOWN)).items():
        assert value is UNKNOWN or value is None or value == on_ints[0][name], name
    if True in case.axes:
        _check_along(case, case.axes.index(True))


def _check_along(case: Sizes, axis: int) -> None:
    """The rules on a function of one axis, where one is found, against those on ints."""
    x = case.inputs[0]
    try:
        along = _rules(case.layer, (*x[:axis], AxisFunction.axis_itself("n"), *x[axis + 1 :]))
    except NotPeriodic:
        return
    for size in {y[axis] for y in case.inputs}:
        expected = _rules(case.layer, (*x[:axis], size, *x[axis + 1 :]))
        for name, value in along.items():
            found = (
                value(size)
                if isinstance(value, AxisFunction)
                else size in value
                if isinstance(value, SizeSet)
                else value
            )
            assert found == expected[name], name


def _letter(axis: int) -> Any:
    return symbolic.size(f"n{axis}")


def _rules(layer: Layer, x: Shape) -> dict[str, Any]:
    """Everything that the layer says about an input, by name."""
    said: dict[str, Any] = {}
    for number, need in enumerate(layer.checks(x)):
        said[f"need {number} {need.code} {need.field}"] = need.holds
        if need.code == "A202" and need.holds is False:
            return said
    for name, shape in {"out": layer.out(x), **layer.weights(x), **layer.buffers(x)}.items():
        said |= {f"{name}[{axis}]": size for axis, size in enumerate(shape)}
    for number, asked in enumerate(layer.batch_needs(x)):
        said[f"batch {number} {asked.code} {asked.only_in_training} {asked.least}"] = asked.met_by_one
    return {**said, "macs": layer.macs(x)}


def _hidden(case: Sizes, size: Callable[[int], Dim]) -> Shape:
    """The input with something else in place of the axes that vary."""
    return tuple(size(axis) if vary else case.inputs[0][axis] for axis, vary in enumerate(case.axes))


def _lettered(case: Sizes, letters: dict[Any, int]) -> Layer:
    """The layer with symbols for the positive numbers in its hidden fields, which ``letters`` keeps."""

    def letter(name: str, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(letter(f"{name}{axis}", entry) for axis, entry in enumerate(value))
        if type(value) is not int or value < 1:
            return value
        symbol = symbolic.size(name)
        letters[symbol] = value
        return symbol

    return msgspec.structs.replace(
        case.layer, **{name: letter(name, getattr(case.layer, name)) for name in case.fields}
    )


def element(value: Any, index: int, count: int) -> Any:
    """One entry of what may be a column of so many, or a truth for each, as a number or truth of Python's."""
    values = value.values if isinstance(value, Column) else value
    assert isinstance(values, np.ndarray | int), f"no whole number in each row: {value}"
    found = np.broadcast_to(values, (count,))[index].item()
    assert type(found) in (int, bool)
    return found


def substituted(value: Any, letters: dict[Any, int]) -> Any:
    """What may be an expression or a relation, with numbers for its symbols, as a number or truth of Python's."""
    if not isinstance(value, sympy.Basic):
        return value
    found = value.xreplace({symbol: sympy.Integer(size) for symbol, size in letters.items()})
    if found in (sympy.true, sympy.false):
        return bool(found)
    assert found.is_Integer, found
    return int(found)
