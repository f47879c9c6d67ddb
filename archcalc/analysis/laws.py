"""A network as formulas: the walk on symbols, for every batch, input size and width at once.

The walk is ``infer``'s, the same as on numbers, on positive integer symbols: N samples, the axes of the
input, and every name of ``let`` that is left free. Parameters are those of the network as built
(``legal_inputs.pinned``), and so do not depend on the input. Every formula is exact on whole numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache

import sympy
from sympy import Expr, Symbol
from sympy.core.relational import Relational

from archcalc.analysis.batch_laws import batch_laws
from archcalc.analysis.cost import activation_bytes
from archcalc.analysis.free_names import freed
from archcalc.analysis.law import BATCH, Law, LawError, Laws, LawsTooLong
from archcalc.analysis.legal_inputs import pinned, varying
from archcalc.analysis.report import Checked, Report, as_report
from archcalc.analysis.settled_laws import settled
from archcalc.analysis.walk import Facts, LayerFacts, infer
from archcalc.diagnostics.errors import texts
from archcalc.network.flow import feeding
from archcalc.network.graph import Graph
from archcalc.sizes import symbolic
from archcalc.sizes.bounds import Validity, validity
from archcalc.sizes.looked import FormulaTooLong
from archcalc.sizes.rules import Dim, is_known, is_symbolic

MOST_UNASKED = 60_000
"""How much the laws of a network may take that nobody asked for."""

ALIKE, UNLIKE = 6, 40
"""What the laws of a layer take, and what they take where it or its sizes are new."""


def take_long(report: Report) -> bool:
    """Whether the laws of a network take longer than its check may."""
    unlike = len({(id(layer.step.layer), layer.inputs) for layer in report.layers})
    return ALIKE * len(report.layers) + UNLIKE * unlike > MOST_UNASKED


def laws(report: Checked, *, free: Iterable[str] | str = ()) -> Laws:
    """The formulas of a checked network, with these names of ``let`` left free.

    Raises LawError where the spec does not check, or where a name cannot stand for any whole number, and LawsTooLong
    where floors of floors make formulas that nobody reads. A claim that disagrees (A4) is no hindrance: the formulas
    are of what the spec says, and not of what its source does.
    """
    report = as_report(report, "laws")
    free = tuple(dict.fromkeys(texts("free", free)))
    if not report.sound:
        raise LawError(f"{report.file} has no laws before its errors are fixed: {report.first_error}")
    if report.spec is None or report.graph is None or report.facts is None or not _is_complete(report.facts):
        raise LawError(f"{report.file} has no laws: not all of its sizes are known")
    try:
        graph, relations = freed(report, free) if free else (report.graph, [])
        facts, valid = _walked(pinned(infer(graph), training=True), relations)
    except FormulaTooLong as error:
        most = f"a size of it has more than {error} as a formula"
        raise LawsTooLong(f"{report.file} has no laws that could be read: {most}") from None
    facts = settled(facts, valid)
    shape = tuple(map(symbolic.closed, facts.input))
    axes = [size.name for size in shape if is_symbolic(size)]
    variables = {name: symbolic.size(name) for name in (BATCH, *axes, *free)}
    bytes_of = cache(activation_bytes)
    found = tuple(_law(layer, variables[BATCH], bytes_of) for layer in facts.own_layers)
    return Laws(
        name=report.name or "",
        input=shape,
        inputs={one.name: one.of(shape) for one in facts.inputs},
        variables=variables,
        layers=found,
        total=_total(facts, found, variables[BATCH], bytes_of),
        trunk=_trunk(facts, found, {variables[name] for name in axes}),
        valid=valid,
        batch=batch_laws(facts.batch, valid.bounds),
        tensors=_tensors(facts, bytes_of),
    )


def _is_complete(facts: Facts) -> bool:
    return bool(facts.layers) and not facts.failures and all(map(_is_known, facts.layers))


def _is_known(layer: LayerFacts) -> bool:
    return layer.output is not None and is_known(*layer.output, layer.params, layer.macs)


def _walked(graph: Graph, relations: list[tuple[str, Relational]]) -> tuple[Facts, Validity]:
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


def _not_empty(facts: Facts) -> Iterator[tuple[str, Relational]]:
    """That every size is at least 1; a product of such sizes is, too."""
    asked = {symbolic.closed(size) for size in facts.input}
    for found in (layer for layer in facts.layers if not layer.step.in_training):
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


def _law(found: LayerFacts, batch: Symbol, bytes_of: Callable[..., Dim]) -> Law:
    output = tuple(map(symbolic.closed, found.output or ()))
    return Law(
        name=found.name,
        kind=found.kind,
        output=output,
        params=found.params,
        macs=_for_all(batch, symbolic.closed(found.macs)),
        activation_bytes=0 if found.step.idle else bytes_of(output, batch),
        active_params=0 if found.step.idle else found.params,
    )


def _for_all(batch: Symbol, count: Expr | int) -> Expr:
    """What is counted for one sample, for a batch. A number comes last, which sympy does at once with what it knows."""
    if isinstance(count, int):
        return batch * count
    number, rest = count.as_coeff_Mul()
    return number * (batch * rest)


def _total(facts: Facts, found: tuple[Law, ...], batch: Symbol, bytes_of: Callable[..., Dim]) -> Law:
    run = zip(facts.own_layers, found, strict=True)
    outputs = Counter(law.output for layer, law in run if not (layer.step.in_training or layer.step.idle))
    return Law(
        name="total",
        kind="",
        output=tuple(map(symbolic.closed, facts.outputs[0] or ())),
        params=_sum(law.params for law in found),
        macs=batch * _sum(symbolic.closed(layer.macs) for layer in facts.layers if not layer.step.in_training),
        activation_bytes=batch * _sum(n * bytes_of(output) for output, n in outputs.items()),
        active_params=_sum(law.active_params for law in found),
    )


def _sum(terms: Iterable[Dim]) -> Dim:
    terms = list(terms)
    return symbolic.collected(terms) if is_symbolic(*terms) else sum(terms)


def _tensors(facts: Facts, bytes_of: Callable[..., Dim]) -> tuple[Expr, ...]:
    kept = [shape for layer in facts.layers for shape in (*layer.weights.values(), *layer.buffers.values())]
    given = [] if facts.inputs else [facts.input]
    shapes = [*given, *(layer.output or () for layer in facts.layers), *kept]
    open_ = dict.fromkeys(tuple(map(symbolic.closed, shape)) for shape in shapes if is_symbolic(*shape))
    return tuple(dict.fromkeys(bytes_of(shape) for shape in open_))


def _trunk(facts: Facts, found: tuple[Law, ...], axes: set[Symbol]) -> Law | None:
    """The layer that gives the last map on the way to the output whose places depend on the input's.

    Of several of the same shape it is the first: where the shape comes about.
    """
    trunk = None
    on_the_way = feeding([layer.step for layer in facts.layers], facts.output_values[0])
    given = len(facts.inputs)
    for law in (found[place - given] for place in sorted(on_the_way) if place >= given):
        follows = any(not symbolic.symbols_in(size).isdisjoint(axes) for size in law.output[1:])
        if follows and (trunk is None or law.output != trunk.output):
            trunk = law
    return trunk
