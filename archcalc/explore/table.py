"""What a spec's networks are at many settings and inputs, as a table of exact numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from math import lcm, prod
from typing import TypeAlias

import numpy as np
from msgspec import Struct

from archcalc.analysis.report import SpecError
from archcalc.analysis.walk import infer
from archcalc.diagnostics.log import Log, TooManyErrors
from archcalc.diagnostics.model import Span
from archcalc.explore.exact_arrays import number
from archcalc.explore.refusals import reasons
from archcalc.explore.row_walk import Batch, trunk_of, walk
from archcalc.language.arithmetic import Bound
from archcalc.network.graph import Graph, Part, channel_axes
from archcalc.network.instantiate import Instantiator
from archcalc.network.session import Session
from archcalc.sizes.axes import LETTERS
from archcalc.sizes.columns import Array, Column, quotient
from archcalc.sizes.distinct_rows import distinct
from archcalc.sizes.rules import Dim, Exact, Shape, known_size
from archcalc.spec.model import LayerSpec, Spec
from archcalc.spec.unused_names import asks_channels

Table: TypeAlias = dict[str, Array]
"""Columns by name."""

BATCH = "N"
"""What the number of samples is called."""

TRUNK = "trunk_"
"""How the columns of the last map begin."""

MAPPED = "the last map is known"
"""A column that is there beside ``legal``; no size of a spec has its name."""

LEAST_HALVED = 32
"""How many combinations of settings are halved where not all of them can be computed at once."""


class _Unbuilt(Struct, frozen=True):
    """The layer at which a network cannot be built, and the error."""

    at: str
    why: str


class Networks:
    """The networks that a spec describes. ``letters`` are its input's axes, ``columns`` what a table says of it.

    ``has_names`` is whether there are several inputs, by their names. ``followed`` are those axes that `in_channels`
    follows and that cannot vary.

    Raises SpecError of a spec that takes more work than a check may, before its input is known, or has too many errors.
    """

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._session, log = Session(spec), Log(spec.file)
        try:
            stated = self._session.graph({}, None, log)
        except TooManyErrors:
            raise SpecError(spec.file, spec.texts, tuple(log.found)) from None
        if not stated.input:
            raise SpecError(spec.file, spec.texts, tuple(log.found))
        self._trunk = trunk_of(stated)
        self._paths = _paths(stated)
        self._recipe = [] if spec.training is None else [Batch(spec.training.batch_size, training=True)]
        self._sizes = _size_columns(stated, self._trunk)
        self._is_shaped = asks_channels(spec)
        self.letters, self.has_names = stated.letters, bool(stated.inputs)
        # Of the first input the networks are made one by one; who asks for channels of another is told to name them.
        others = channel_axes(stated.inputs, len(stated.input))[1:] if self._is_shaped and not any(stated.axes) else []
        self.followed = {self.letters[axis] for axis in others}
        # Settings may say whether there are experts at all.
        active = ("active_params",) if any(entry.route is not None for entry in spec.every_entry()) else ()
        trained = ("trainable_params",) if any(entry.frozen is not None for entry in spec.every_entry()) else ()
        self.columns = ("legal", "fails_at", "why", "params", *trained, *active, "macs", "flops", *self._sizes)

    def table(self, settings: Table, inputs: Mapping[str, Column], shape: tuple[int, ...], needed: set[str]) -> Table:
        """The needed columns, ``legal`` and ``MAPPED``, with a row for each element of an array of this shape.

        Settings and input sizes are arrays of that shape, or that go along some axes of it. Numbers mean
        something only where a row is legal, those of the last map also where it is ``MAPPED``.
        """
        if self._is_shaped and self.letters[0] in inputs:
            return self._one_by_one(settings, inputs, shape, needed)
        try:
            network = self._network({name: exact_column(values) for name, values in settings.items()})
            if isinstance(network, Graph):
                return self._walked(network, inputs, shape, needed)
        except (TypeError, ValueError, AttributeError, ArithmeticError):
            # An expression or a rule that columns do not go through.
            pass
        return self._in_halves(settings, inputs, shape, needed) or self._one_by_one(settings, inputs, shape, needed)

    def _in_halves(
        self, settings: Table, inputs: Mapping[str, Column], shape: tuple[int, ...], needed: set[str]
    ) -> Table | None:
        """The same, one half of the rows after the other, as few settings may spoil it for all; ``None`` of few.

        Settings go down the rows, or differ from one to the next.
        """
        rows = shape[0]
        if not settings or len(distinct([*flattened(settings, shape).values()], prod(shape))[1]) < LEAST_HALVED:
            return None
        halves = []
        for part in (slice(0, rows // 2), slice(rows // 2, rows)):
            some = {name: _rows(values, part, rows) for name, values in settings.items()}
            arriving = {letter: Column.of(_rows(column.values, part, rows)) for letter, column in inputs.items()}
            halves.append(self.table(some, arriving, (len(range(rows)[part]), *shape[1:]), needed))
        return {name: np.concatenate([half[name] for half in halves]) for name in halves[0]}

    def _one_by_one(
        self, settings: Table, inputs: Mapping[str, Column], shape: tuple[int, ...], needed: set[str]
    ) -> Table:
        """The same, with a network for each combination of settings: some cannot be built, or not as columns.

        So, too, for each number of channels that arrive, where the network's own values follow from them.
        """
        flat = flattened(settings, shape)
        arriving = flattened({letter: column.values for letter, column in inputs.items()}, shape)
        channels = arriving.get(self.letters[0]) if self._is_shaped else None
        places, examples = distinct([*flat.values(), *([] if channels is None else [channels])], prod(shape))
        order = np.argsort(places, kind="stable")
        borders = np.searchsorted(places[order], np.arange(len(examples) + 1))
        parts = []
        for example, begin, end in zip(examples, borders, borders[1:], strict=False):
            rows = order[begin:end]
            given = {name: number(values[example]) for name, values in flat.items()}
            network = self._network(given, None if channels is None else int(channels[example]))
            some = {letter: Column.of(values[rows]) for letter, values in arriving.items()}
            if isinstance(network, Graph):
                parts.append(self._walked(network, some, (len(rows),), needed))
            else:
                parts.append(_unbuilt(network, len(rows), needed))
        back = np.argsort(order, kind="stable")
        return {name: np.concatenate([part[name] for part in parts])[back] for name in needed | {"legal", MAPPED}}

    def _network(self, settings: Mapping[str, Bound], channels: int | None = None) -> Graph | _Unbuilt:
        """The network of these settings and channels of the input, or why it cannot be built."""
        log = Log(self._spec.file)
        graph = None
        with suppress(TooManyErrors):
            x = None if channels is None else (channels, *self.input_at(settings)[1:])
            graph = self._session.graph(settings, x, log)
        errors = [error for error in log.found if error.severity == "error"]
        if graph is not None and not errors:
            return graph
        at = self._at_fault(graph, [error.span for error in errors if error.span is not None])
        said = [" ".join(error.message.split()) for error in errors[:1]]
        return _Unbuilt(at, "".join(said if any(f"`{at}`" in one for one in said) else [f"`{at}`: ", *said]))

    def _at_fault(self, graph: Graph | None, errors: Sequence[Span]) -> str:
        """The first layer with an error, by its name in the network; ``input`` or ``let`` where no layer has one."""
        parts = [] if graph is None or graph.root is None else list(_layers(graph.root))
        named = [part for part in parts if part.spec is not None and _covers(part.spec, errors)]
        if len(named) > 1:
            # Of the copies of an entry those may be sound that see other values.
            wrong = (part for part in named if part.spec is not None and _is_wrong(part.spec, part.bindings))
            return next(wrong, named[0]).path
        if named:
            return named[0].path
        entries = (one for one in self._spec.every_entry() if one.children is None)
        at_input = any(self._spec.input_span.covers(span) for span in errors[:1])
        elsewhere = "input" if at_input else "let"
        return next((one.written_path for one in entries if _covers(one, errors[:1])), elsewhere)

    def input_at(self, settings: Mapping[str, Bound]) -> Shape:
        """The input's shape with these settings, as the spec states it."""
        return self._session.graph(settings, None, Log(self._spec.file)).input

    def _walked(self, network: Graph, inputs: Mapping[str, Column], shape: tuple[int, ...], needed: set[str]) -> Table:
        x = tuple(inputs.get(letter, n) for letter, n in zip(self.letters, network.input, strict=True))
        batches = [*self._recipe, *([Batch(inputs[BATCH], training=False)] if BATCH in inputs else [])]
        # With other settings layers may be others, and the last map that of another one.
        trunk = self._trunk if _paths(network) == self._paths else trunk_of(network)
        found = walk(network, x, shape, trunk, batches)
        macs = found.macs * inputs[BATCH] if BATCH in inputs else found.macs
        sizes = {**dict.fromkeys(self._sizes, 0), **_named("out", found.output), **_named("trunk", found.trunk)}
        counts = {name: getattr(found, name) for name in ("params", "trainable_params", "active_params")}
        counts |= {"macs": macs, **sizes}
        if "flops" in needed:
            counts["flops"] = 2 * macs
        table = flattened({name: _array(value) for name, value in counts.items() if name in needed}, shape)
        fails = found.fails.reshape(-1)
        if "fails_at" in needed:
            names = np.array([*(step.path for step in network.steps), ""], dtype=object)
            table["fails_at"] = names[fails]
        if "why" in needed:
            table["why"] = reasons(network, found.refused, shape, batches)
        return {"legal": fails < 0, MAPPED: found.mapped.reshape(-1), **table}


def _paths(graph: Graph) -> list[str]:
    return [step.path for step in graph.steps]


def _layers(part: Part) -> Iterator[Part]:
    """The layers in a part, in order."""
    if part.step is not None:
        yield part
    for inner in part.parts:
        yield from _layers(inner)


def _covers(entry: LayerSpec, errors: Sequence[Span]) -> bool:
    return any(entry.span.covers(span) for span in errors)


def _is_wrong(entry: LayerSpec, known: Mapping[str, Bound]) -> bool:
    """Whether a layer cannot be built as it stands, with these names."""
    log = Log("")
    with suppress(TooManyErrors):
        Instantiator(log).build(entry, known)
    return log.has_errors


def _rows(values: Array, part: slice, rows: int) -> Array:
    """Some rows of an array that goes along them, or is the same in all."""
    return values[part] if values.shape[0] == rows else values


def flattened(table: Table, shape: tuple[int, ...]) -> Table:
    """Arrays of this shape, or along some axes of it, with an element for each row."""
    return {name: np.broadcast_to(values, shape).reshape(-1) for name, values in table.items()}


def _unbuilt(found: _Unbuilt, rows: int, needed: set[str]) -> Table:
    """What there is to say of a network that cannot be built."""
    numbers = dict.fromkeys(needed, np.zeros(rows, np.int64))
    none = np.zeros(rows, bool)
    texts = {"fails_at": np.full(rows, found.at, dtype=object), "why": np.full(rows, found.why, dtype=object)}
    return {**numbers, "legal": none, MAPPED: none, **texts}


def _size_columns(graph: Graph, trunk: int | None) -> tuple[str, ...]:
    facts = infer(graph)
    outputs = [("out", facts.shape_of(graph.outputs[0]) if facts.layers and graph.outputs[0] else None)]
    if trunk is not None:
        outputs.append(("trunk", facts.layers[trunk].output))
    return tuple(name for prefix, shape in outputs for name in _named(prefix, shape))


def _named(prefix: str, shape: Shape | None) -> dict[str, Dim]:
    if shape is None:
        return {}
    letters = LETTERS.get(len(shape)) or tuple(map(str, range(len(shape))))
    return {f"{prefix}_{letter}": size for letter, size in zip(letters, shape, strict=True)}


def _array(value: Dim) -> Array:
    if isinstance(value, Column):
        return value.values
    number = known_size(value)
    return np.array(number, np.int64 if abs(number) < 2**63 else object)


def exact_column(values: Array) -> Exact | bool:
    """A column to compute with, of numbers as a sweep is given them (``ranges``); of truths, the one that they all are.

    Raises TypeError for truths that differ: no column goes through what they decide.
    """
    if values.dtype == bool:
        if values.min() != values.max():
            raise TypeError("truths that differ from row to row")
        return bool(values.flat[0])
    if values.dtype == np.int64:
        return Column.of(values)
    if values.dtype == np.float64:
        for below in _DECIMALS:
            above = np.rint(values * below)
            # A quotient of numbers that a float holds is rounded right, and so prints as this decimal.
            if np.abs(above).max() < 2**53 and np.array_equal(above / below, values):
                return quotient(Column.of(above.astype(np.int64)), below)
    kinds, places = np.unique(values, return_inverse=True)
    exact = [Fraction(number(value)) for value in kinds]
    below = lcm(*(value.denominator for value in exact))
    above = np.array([int(value * below) for value in exact], dtype=object)[places].reshape(values.shape)
    return quotient(Column.of(above), below)


_DECIMALS = [10**digits for digits in range(10)]
