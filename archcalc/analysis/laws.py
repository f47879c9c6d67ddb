"""A network as formulas: the walk on symbols, for every batch, input size and width at once.

The walk is ``infer``'s, the same as on numbers, on positive integer symbols: N samples, the axes of the
input, and every name of ``let`` that is left free. Parameters are those of the network as built
(``legal_inputs.pinned``), and so do not depend on the input. Every formula is exact on whole numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction
from operator import index
from typing import Any

import sympy
from msgspec import Struct
from msgspec.structs import replace

from archcalc.analysis.batch_laws import BatchLaw, batch_laws
from archcalc.analysis.cost import activation_bytes
from archcalc.analysis.legal_inputs import pinned, varying
from archcalc.analysis.report import Report
from archcalc.analysis.walk import Facts, LayerFacts, infer
from archcalc.diagnostics.log import Log
from archcalc.diagnostics.spelling import did_you_mean
from archcalc.language.nodes import ScalarNode
from archcalc.layers.contract import Layer
from archcalc.layers.outcome import MOST_BYTES
from archcalc.layers.record import fields_of
from archcalc.network.elaborate import elaborate
from archcalc.network.flow import feeding
from archcalc.network.graph import Graph
from archcalc.sizes import symbolic
from archcalc.sizes.axes import LETTERS
from archcalc.sizes.bounds import Validity, validity
from archcalc.sizes.rules import Dim, Shape, divides, floor_div, is_known, is_symbolic
from archcalc.spec.field_values import exact
from archcalc.spec.model import Spec
from archcalc.spec.settings import shown

BATCH = "N"
"""What the number of samples is called."""


class LawError(ValueError):
    """A network that has no laws, a name that cannot be left free, or sizes that its laws cannot be asked at."""


class Law(Struct, frozen=True, kw_only=True):
    """What a layer, or the whole network, gives and costs, as formulas.

    ``output`` leaves out the batch. ``params`` counts learnable values; ``macs`` fused multiply-adds
    for N samples; ``activation_bytes`` 4 bytes for each value that a layer gives, a view or an in-place
    layer's too, for N samples; the input is not counted. Each is an ``int`` or a sympy expression.
    """

    name: str
    kind: str
    output: Shape
    params: Dim
    macs: Dim
    activation_bytes: Dim


class Laws(Struct, frozen=True, kw_only=True):
    """The formulas of a network.

    ``variables`` are the symbols by name: N, the axes, the free names. ``trunk`` is the layer that
    gives the last map whose size depends on the input's, if any. ``valid`` says for which sizes the
    formulas hold: what no number had decided. ``batch`` is what is asked of N where one sample is not
    enough. ``tensors`` are the bytes of the tensors of one sample, and of the weights, that depend on a
    variable, each once: torch refuses too large ones.
    """

    name: str
    input: Shape
    variables: dict[str, Any]
    layers: tuple[Law, ...]
    total: Law
    trunk: Law | None
    valid: Validity
    batch: tuple[BatchLaw, ...] = ()
    tensors: tuple[Any, ...] = ()

    def layer(self, name: str) -> Law:
        """The formulas of one layer. Raises LawError for a name that no layer has."""
        found = next((law for law in self.layers if law.name == name), None)
        if found is None:
            guess = did_you_mean(name, [law.name for law in self.layers])
            raise LawError(f"no layer is named `{name}`" + (f"; {guess}" if guess else ""))
        return found

    def at(self, formula: Any, **sizes: int) -> Any:
        """A formula's value at these sizes, an exact integer; a shape's is a shape. What is not given stays free.

        Raises LawError for a name that is no variable, and for a size that is no whole number from 1 up.
        """
        values = self._values(sizes)
        if isinstance(formula, tuple):
            return tuple(symbolic.at(size, values) for size in formula)
        return symbolic.at(formula, values)

    def holds(self, **sizes: int) -> bool:
        """Whether the network takes these sizes in evaluation, so that its formulas hold.

        Every variable but N must be given; without N, whether it takes them in batches that are large enough.
        Raises LawError for one that is missing, and otherwise as ``at``.
        """
        values = self._values(sizes)
        missing = [name for name in self.variables if name not in sizes and name != BATCH]
        if missing:
            raise LawError(
                f"{_listed(missing)} must be given too: which sizes the network takes depends on all of them"
            )
        within = all(
            low <= values[symbol] and (high is None or values[symbol] <= high)
            for symbol, (low, high) in self.valid.bounds.items()
        )
        met = within and all(symbolic.at(demand.relation, values) is True for demand in self.valid.demands)
        met = met and all(self._met(law, values) for law in self.batch if not law.only_in_training)
        return met and all(symbolic.at(size, values) <= MOST_BYTES for size in self.tensors)

    def trains(self, **sizes: int) -> bool:
        """Whether the network can be trained on these sizes; otherwise as ``holds``."""
        values = self._values(sizes)
        return self.holds(**sizes) and all(self._met(law, values) for law in self.batch)

    def _values(self, sizes: dict[str, int]) -> dict[Any, int]:
        """The sizes by symbol, as Python's ints."""
        values = {}
        for name, size in sizes.items():
            if name not in self.variables:
                guess = did_you_mean(name, self.variables) or f"there are {', '.join(self.variables)}"
                raise LawError(f"there is no variable `{name}`; {guess}")
            try:
                whole = 0 if isinstance(size, bool) else index(size)
            except TypeError:
                whole = 0
            if whole < 1:
                raise LawError(f"`{name}` takes whole numbers from 1 up, not {shown(size)}")
            values[self.variables[name]] = whole
        return values

    def _met(self, law: BatchLaw, values: dict[Any, int]) -> bool:
        batch = self.variables[BATCH]
        return batch not in values or symbolic.at(law.relation(batch), values) is True


def laws(report: Report, *, free: Iterable[str] | str = ()) -> Laws:
    """The formulas of a checked network, with these names of ``let`` left free.

    Raises LawError where the spec does not check, or where a name cannot stand for any whole number. A claim that
    disagrees (A4) is no hindrance: the formulas are of what the spec says, and not of what its source does.
    """
    free = (free,) if isinstance(free, str) else tuple(dict.fromkeys(free))
    if not report.sound:
        raise LawError(f"{report.file} has no formulas before its faults are mended: {report.first_error}")
    if report.spec is None or report.graph is None or report.facts is None or not _is_complete(report.facts):
        raise LawError(f"{report.file} has no formulas: not all of its sizes are known")
    graph, relations = _freed(report, free) if free else (report.graph, [])
    facts, valid = _walked(pinned(infer(graph)), relations)
    shape = tuple(map(symbolic.closed, facts.input))
    axes = [size.name for size in shape if is_symbolic(size)]
    variables = {name: symbolic.size(name) for name in (BATCH, *axes, *free)}
    bytes_of: dict[Shape, Dim] = {}
    found = tuple(_law(layer, variables[BATCH], bytes_of) for layer in facts.layers)
    return Laws(
        name=report.name or "",
        input=shape,
        variables=variables,
        layers=found,
        total=_total(facts, found, variables[BATCH]),
        trunk=_trunk(facts, found, {variables[name] for name in axes}),
        valid=valid,
        batch=batch_laws(facts.batch, valid.bounds),
        tensors=_tensors(facts),
    )


def _is_complete(facts: Facts) -> bool:
    return bool(facts.layers) and not facts.failures and all(map(_is_known, facts.layers))


def _tensors(facts: Facts) -> tuple[Any, ...]:
    kept = [shape for layer in facts.layers for shape in (*layer.weights.values(), *layer.buffers.values())]
    shapes = [facts.input, *(layer.output or () for layer in facts.layers), *kept]
    open_ = dict.fromkeys(tuple(map(symbolic.closed, shape)) for shape in shapes if is_symbolic(*shape))
    return tuple(dict.fromkeys(activation_bytes(shape) for shape in open_))


def _is_known(layer: LayerFacts) -> bool:
    return layer.output is not None and is_known(*layer.output, layer.params, layer.macs)


def _freed(report: Report, free: tuple[str, ...]) -> tuple[Graph, list[tuple[str, Any]]]:
    """The graph with names left free, and what makes its fields whole and large enough."""
    assert report.spec is not None
    for name in free:
        _may_be_free(name, report.spec, report)
    log = Log(report.file)
    settings = {**report.settings, **{name: symbolic.size(name) for name in free}}
    try:
        graph = elaborate(report.spec, settings, report.input, log)
    except TypeError:
        raise LawError(f"{_listed(free)} cannot be free: what the spec computes with it is no formula") from None
    fault = next((fault for fault in log.found if fault.severity == "error"), None)
    if fault is not None:
        raise LawError(f"{_listed(free)} cannot be free: {fault.message}")
    return _whole(graph)


def _may_be_free(name: str, spec: Spec, report: Report) -> None:
    let = spec.let
    if name not in let:
        known = f"it names {', '.join(let) or 'nothing'}"
        raise LawError(f"`let` does not name `{name}`; {did_you_mean(name, let) or known}")
    if name in (BATCH, *LETTERS.get(len(report.input or ()), ())):
        raise LawError(f"`{name}` is a size of the input in formulas; give the name of `let` another")
    node = let[name]
    value = report.settings.get(name, exact(node.text) if isinstance(node, ScalarNode) else None)
    if isinstance(value, Fraction) and value.denominator != 1:
        raise LawError(f"`{name}` is {float(value):g}, and a free name stands for whole numbers from 1 up")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _whole(graph: Graph) -> tuple[Graph, list[tuple[str, Any]]]:
    """The graph with its fields as whole numbers, and the relations under which that changes nothing."""
    relations: list[tuple[str, Any]] = []
    steps = []
    for step in graph.steps:
        layer = None if step.layer is None else _whole_layer(step.layer, step.path, relations)
        steps.append(replace(step, layer=layer))
    return replace(graph, steps=tuple(steps)), relations


def _whole_layer(layer: Layer, path: str, relations: list[tuple[str, Any]]) -> Layer:
    changed: dict[str, Any] = {}
    for name, field in fields_of(type(layer)).items():
        value = getattr(layer, name)
        entries = value if isinstance(value, tuple) else (value,)
        if is_symbolic(*entries):
            least = getattr(field, "at_least", 1)
            whole = tuple(_whole_size(entry, least, path, relations) for entry in entries)
            changed[name] = whole if isinstance(value, tuple) else whole[0]
    return replace(layer, **changed) if changed else layer


def _whole_size(value: Any, least: int, layer: str, relations: list[tuple[str, Any]]) -> Any:
    if not is_symbolic(value):
        return value
    above, below = sympy.expand(value).as_numer_denom()
    if below != 1:
        relations.append((layer, divides(below, above)))
        value = floor_div(above, below)
    relations.append((layer, sympy.Ge(value, least, evaluate=False)))
    return value


def _walked(graph: Graph, relations: list[tuple[str, Any]]) -> tuple[Facts, Validity]:
    """The walk with every axis free that the network as built leaves free."""
    shape = list(graph.input)
    for axis, name in varying(graph):
        shape[axis] = symbolic.Open(symbolic.size(name))
    while True:
        facts = infer(graph, shape=tuple(shape))
        for failure in facts.failures:
            raise LawError(f"`{failure.step.path}` takes what arrives at no size")
        asked = [(one.step.path, one.need.holds) for one in facts.conditions]
        asked += _not_empty(facts)
        valid = validity(relations + asked)
        held = [axis for axis, size in enumerate(shape) if _only_one(valid, size)]
        if not held:
            return facts, valid
        for axis in held:
            shape[axis] = graph.input[axis]


def _not_empty(facts: Facts) -> Iterator[tuple[str, Any]]:
    """That every size is at least 1; a product of such sizes is, too."""
    asked = {symbolic.closed(size) for size in facts.input}
    for found in facts.layers:
        for size in map(symbolic.closed, found.output or ()):
            if is_symbolic(size) and size not in asked:
                asked.add(size)
                coefficient, rest = size.as_coeff_Mul()
                if coefficient < 0 or not asked.issuperset(sympy.Mul.make_args(rest)):
                    yield found.name, sympy.Ge(size, 1, evaluate=False)


def _only_one(valid: Validity, size: Dim) -> bool:
    """Whether a layer holds an axis to a single size; that is then the stated one."""
    low, high = valid.bounds.get(symbolic.closed(size), (1, None))
    return low == high


def _law(found: LayerFacts, batch: Any, bytes_of: dict[Shape, Dim]) -> Law:
    output = tuple(map(symbolic.closed, found.output or ()))
    if output not in bytes_of:
        bytes_of[output] = batch * activation_bytes(output)
    return Law(
        name=found.name,
        kind=found.kind,
        output=output,
        params=found.params,
        macs=batch * symbolic.closed(found.macs),
        activation_bytes=bytes_of[output],
    )


def _total(facts: Facts, found: tuple[Law, ...], batch: Any) -> Law:
    outputs = Counter(law.output for law in found)
    return Law(
        name="total",
        kind="",
        output=tuple(map(symbolic.closed, facts.outputs[0] or ())),
        params=_sum(law.params for law in found),
        macs=batch * _sum(symbolic.closed(layer.macs) for layer in facts.layers),
        activation_bytes=batch * _sum(n * activation_bytes(output) for output, n in outputs.items()),
    )


def _sum(terms: Iterable[Dim]) -> Dim:
    terms = list(terms)
    return symbolic.collected(terms) if is_symbolic(*terms) else sum(terms)


def _trunk(facts: Facts, found: tuple[Law, ...], axes: set[Any]) -> Law | None:
    """The layer that gives the last map on the way to the output whose places depend on the input's.

    Of several of the same shape it is the first: where the shape comes about.
    """
    trunk = None
    on_the_way = feeding([layer.step for layer in facts.layers], facts.output_values[0])
    for law in (found[place] for place in sorted(on_the_way)):
        follows = any(is_symbolic(size) and not size.free_symbols.isdisjoint(axes) for size in law.output[1:])
        if follows and (trunk is None or law.output != trunk.output):
            trunk = law
    return trunk
