"""What a search varies: a field of a layer or sizes of the input, and the values to try."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from archcalc.analysis.experts import standing_for
from archcalc.analysis.legal_inputs import varying
from archcalc.analysis.report import Report
from archcalc.diagnostics.errors import ArchcalcError
from archcalc.diagnostics.spelling import did_you_mean
from archcalc.explore.ranges import RangeError, expanded
from archcalc.language.scalars import scalar_value
from archcalc.language.yaml_changes import Plain
from archcalc.layers.fields import Field, FieldError
from archcalc.layers.record import fields_of
from archcalc.layers.size_fields import MAX_SIZE
from archcalc.network.graph import Graph
from archcalc.sizes.rules import known_sizes
from archcalc.spec.settings import field_value, is_unordered, shown, whole_size
from archcalc.spec.unused_names import asks_channels


class SolveError(ArchcalcError, ValueError):
    """A question that cannot be asked of a spec; the message says what to write instead."""


MOST = 2_000_000
"""How many values a range may have, and how many combinations are tried."""

NEAR = 8
"""How far from what a field says its values go, where no range is given."""

NEAR_INPUT = 32
"""How far an input size goes."""


class Varied(Struct, frozen=True):
    """What is varied: a field of the layer at ``place``, or the sizes of the input at ``axes``."""

    name: str
    place: int | None
    key: str | tuple[int, ...]
    stated: Plain
    values: tuple[Plain, ...]


def varied(report: Report, graph: Graph, places: Mapping[str, int], name: str, given: object) -> Varied:
    """What a name of ``over`` stands for, with the values that are given, or else those near. Raises SolveError."""
    path, _, key = name.rpartition(".")
    if name == "input" or path == "input":
        return _input(report, graph, name, key if path else None, given)
    if not path:
        is_named = report.spec is not None and name in report.spec.let
        way = f"`archcalc sweep --set {name}=…` varies it" if is_named else "write LAYER.FIELD, or input"
        raise SolveError(f"`{name}` is {'a size of `let`' if is_named else 'no field'}: {way}")
    path = standing_for(graph, path)
    if path not in places:
        raise SolveError(f"there is no layer `{path}`; {did_you_mean(path, places) or 'write LAYER.FIELD'}")
    layer = graph.steps[places[path]].layer
    assert layer is not None
    if layer.routes:
        raise SolveError(f"`{name}` decides which experts are computed: give it a name in `let`, and sweep over that")
    place = places[path]
    if graph.steps[place].times > 1:
        raise SolveError(f"`{name}` is of one of many experts alike: give it a name in `let`, and sweep over that")
    if layer.again or any(step.again == place for step in graph.steps):
        raise SolveError(f"`{name}` is of a layer that is applied again: give it a name in `let`, and sweep over that")
    fields = fields_of(type(layer))
    if key not in fields:
        guess = did_you_mean(key, fields, layer.foreign) or f"it has {', '.join(fields) or 'no fields'}"
        raise SolveError(f"`{path}` has no field `{key}`; {guess}")
    stated = getattr(layer, key)
    field, axes = fields[key], layer.axes
    values = _near(field, stated, axes) if given is None else _read(name, field, given, axes)
    xs = None if report.facts is None else report.facts.layers[places[path]].arriving
    if xs is not None and len({replace(layer, **{key: value}).out(*xs)[:1] for value in (stated, *values)}) > 1:
        _refuse_channels(report, name)
    return Varied(name, places[path], key, stated, values)


def combinations(varied: Sequence[Varied]) -> Iterator[dict[str, Plain]]:
    """Every choice of a value for each of them."""
    for values in product(*(one.values for one in varied)):
        yield dict(zip((one.name for one in varied), values, strict=True))


def _input(report: Report, graph: Graph, name: str, axis: str | None, given: object) -> Varied:
    shape = known_sizes(graph.input)
    letters = graph.letters
    every = tuple(at for at, _ in varying(graph))
    axes = (letters.index(axis),) if axis in letters else every
    if axis is not None and axis not in letters:
        raise SolveError(f"the input has no axis `{axis}`: it has {', '.join(letters)}")
    if len({shape[a] for a in axes}) > 1:
        raise SolveError("the input's sizes differ: vary each by itself, such as input.H,input.W")
    stated = shape[axes[0]]
    if 0 in axes and 0 not in every:
        _refuse_channels(report, name)
    near = range(max(1, stated - NEAR_INPUT), stated + NEAR_INPUT + 1)
    return Varied(name, None, axes, stated, tuple(near if given is None else _sizes(name, given)))


def _refuse_channels(report: Report, name: str) -> None:
    """Raises SolveError where expressions of the spec follow channels, which only the layers would do here."""
    if report.spec is not None and asks_channels(report.spec):
        way = "give that number a name in `let`, and vary it with `archcalc sweep --set`"
        raise SolveError(f"`{name}` decides how many channels arrive, and `in_channels` of this spec follows it: {way}")


def _near(field: Field, stated: Plain, axes: int) -> tuple[Plain, ...]:
    """The values near a stated one, in order where they have one."""
    near = [value for distance in range(1, NEAR + 1) for value in field.nearby(stated, axes, distance)]
    found = [stated, *cast("list[Plain]", near)]
    numbers = sorted(value for value in found if type(value) is int)
    return tuple(numbers if type(stated) is int else dict.fromkeys(found))


def _read(name: str, field: Field, given: object, axes: int) -> tuple[Plain, ...]:
    try:
        read = [field.read(value, axes) for value in map(field_value, values(name, given))]
        return tuple(cast("list[Plain]", read))
    except FieldError as error:
        raise SolveError(f"`{name}` {error}") from None


def _sizes(name: str, given: object) -> Iterator[int]:
    """The sizes of an input that were given, in whatever way a whole number can be."""
    for one in values(name, given):
        size = whole_size(one)
        if size is None:
            raise SolveError(f"`{name}` takes whole numbers from 1 up to {MAX_SIZE:,}, not {shown(one)}")
        yield size


def values(name: str, given: object) -> list[object]:
    """What stands in a range that was given: a text by the grammar of ``ranges``, a list, or one value alone.

    A word and a decimal are what they are in the file. Raises SolveError.
    """
    if isinstance(given, str):
        try:
            found: list[object] = [_as_in_the_file(one) for one in expanded(given, MOST)]
        except RangeError as error:
            raise SolveError(f"`{name}`: {error}") from None
    elif given is None or not isinstance(given, Iterable) or getattr(given, "shape", None) == ():
        found = [given]
    elif is_unordered(given):
        raise SolveError(f"`{name}` takes a range such as 0:5, or a list of values, not {shown(given)}")
    else:
        found = list(given)
    if not found:
        raise SolveError(f"`{name}` has no value to try")
    return found


def _as_in_the_file(one: int | Fraction | str) -> object:
    return scalar_value(one) if isinstance(one, str) else float(one) if isinstance(one, Fraction) else one
