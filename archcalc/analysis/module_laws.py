"""The formulas of modules: what a block, a group or all copies of an entry give, and what their layers cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archcalc.analysis.experts import standing_for
from archcalc.analysis.law import BATCH, Law, LawError, Laws
from archcalc.analysis.plain_network import parts
from archcalc.analysis.report import Report
from archcalc.diagnostics.spelling import did_you_mean
from archcalc.network.graph import Part, Value
from archcalc.sizes.rules import Dim, Shape, is_symbolic
from archcalc.sizes.symbolic import collected

PER_SAMPLE = ("macs", "activation_bytes")
"""What is counted of each sample."""


def law_named(laws: Laws, report: Report, name: str) -> Law:
    """The formulas of a layer, of a module by its path, or of the ``total``.

    A layer comes before a module that is called the same. Raises LawError where nothing has the name.
    """
    laws_of = {law.name: law for law in (laws.total, *laws.layers)}
    name = name if report.graph is None else standing_for(report.graph, name)
    modules = {} if report.graph is None else {part.path: part for part in parts(report.graph) if part.step is None}
    if name in laws_of or report.facts is None:
        return laws.layer(name)
    if name not in modules:
        guess = did_you_mean(name, [*laws_of, *modules])
        raise LawError(f"no layer, block or group is named `{name}`" + (f"; {guess}" if guess else ""))
    module = modules[name]
    inside = [laws_of[report.facts.layers[place].name] for place in module.steps()]
    return law_of_layers(laws, name, _kind(module), module.output, inside)


def law_of_layers(laws: Laws, name: str, kind: str, gives: Value, inside: Sequence[Law]) -> Law:
    """What a module gives, the value ``gives``, and what all layers ``inside`` cost together."""
    samples = laws.variables[BATCH]
    counts = {what: _sum(getattr(law, what) for law in inside) for what in ("params", "active_params")}
    # What is counted of all samples is that of one, so many times: the sum of one is the shorter.
    counts |= {what: samples * _sum(getattr(law, what) / samples for law in inside) for what in PER_SAMPLE}
    return Law(name=name, kind=kind, output=_output(laws, gives), **counts)


def _kind(module: Part) -> str:
    return (module.spec.written_kind if module.spec is not None and module.block is not None else None) or "group"


def _output(laws: Laws, value: Value) -> Shape:
    given = [*laws.inputs.values()] or [laws.input]
    # The inputs that have names are the first values after the sample.
    place = value - 1 if laws.inputs else value
    return given[place] if place < len(given) else laws.layers[place - len(given)].output


def _sum(terms: Iterable[Dim]) -> Dim:
    several = [*terms]
    return collected(several) if is_symbolic(*several) else sum(several)
