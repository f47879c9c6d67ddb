"""The formulas of a network: the block below a report, and what ``archcalc law`` prints, a format each."""

from __future__ import annotations

import json

from sympy import Expr, Symbol

from archcalc.analysis.batch_laws import BatchLaw
from archcalc.analysis.batch_limits import mode, named
from archcalc.analysis.law import BATCH, Law, Laws, conditions, conditions_in_training
from archcalc.reports.aligned import Heading, aligned
from archcalc.reports.terminal_text import printable
from archcalc.sizes.notation import factor, python_code, text
from archcalc.sizes.rules import Dim, Shape, is_symbolic
from archcalc.sizes.symbolic import closed, size, symbols_in

TWO = (Heading(), Heading())
"""The columns of a name and its formula."""

LONGEST = 200
"""How many characters a formula below a report may have."""

QUANTITIES = {"params": "parameters", "macs": "MACs", "activation_bytes": "activation bytes"}


def quantities(law: Law) -> dict[str, str]:
    """What is told of a layer or a network, and what it is called."""
    if law.active_params == law.params:
        return QUANTITIES
    return {"params": "parameters", "active_params": "active parameters", **QUANTITIES}


def block(laws: Laws) -> str:
    """The formulas below a report: the last map, the totals, and for which sizes they hold."""
    return _rows(f"for {samples_text(laws)}", block_rows(laws))


def block_rows(laws: Laws) -> list[tuple[str, str]]:
    """What stands in this block: what each formula is of, and the formula.

    Where one is long, the sizes of maps get names of their own; one that is still long is left to
    ``archcalc law``.
    """
    maps = maps_of(laws)
    told = quantities(laws.total)
    totals = {quantity: getattr(laws.total, quantity) for quantity in told}
    named = any(len(text(formula)) > LONGEST // 2 for formula in totals.values())
    names = {entry: size(name) for name, entry in maps.items()} if named else {}
    rows = [] if laws.trunk is None else [(f"`{laws.trunk.name}` gives", shape_text(laws.trunk.output))]
    rows += [(told[quantity], _within(text(renamed(formula, names)))) for quantity, formula in totals.items()]
    if valid := _valid(laws, names):
        rows.append(("valid for", _within(valid)))
    after = len(rows) - bool(valid)
    rows += [(mode(law.only_in_training), _within(_batch(law, names))) for law in laws.batch]
    if any(name in formula for _, formula in rows for name in maps):
        rows.insert(after, ("where", _where(laws, maps)))
    return rows


def _within(formula: str) -> str:
    return formula if len(formula) <= LONGEST else "long, see `archcalc law`"


def renamed(formula: Expr, names: dict[Expr, Symbol]) -> Expr:
    if not names or not is_symbolic(formula):
        return formula
    if formula.is_Relational:
        return formula.func(renamed(formula.lhs, names), renamed(formula.rhs, names), evaluate=False)
    return formula.xreplace(names)


def _rows(title: str, rows: list[tuple[str, str]]) -> str:
    return "\n".join([title, *(f"  {line}" for line in aligned(TWO, rows, header=False, rule=False))])


def shape_text(shape: Shape) -> str:
    """A shape of formulas: ``256 × (⌊(H + 29)/32⌋ − 2)``."""
    return text(shape[0]) if len(shape) == 1 else " × ".join(map(factor, shape))


def samples_text(laws: Laws) -> str:
    """What a batch is of: ``N inputs of 3 × H × W``, or of several inputs each by its name."""
    if not laws.inputs:
        return f"{BATCH} inputs of {shape_text(laws.input)}"
    return f"{BATCH} samples of {', '.join(f'`{name}` {shape_text(shape)}' for name, shape in laws.inputs.items())}"


def _valid(laws: Laws, names: dict[Expr, Symbol] | None = None) -> str:
    bounds = [bounds_text(symbol.name, low, high) for symbol, (low, high) in laws.valid.bounds.items()]
    demands = [
        f"{text(renamed(demand.relation, names or {}))} at {named(demand.layers)}" for demand in laws.valid.demands
    ]
    return ", ".join(bounds + demands)


def _batch(law: BatchLaw, names: dict[Expr, Symbol] | None = None) -> str:
    """``N ≥ 2 at `bn` where H ≤ 32 and W ≤ 32``; the condition itself where no bounds say it."""
    at = f"at {named(law.layers)}"
    if law.where is None:
        return f"{text(renamed(law.relation(size(BATCH)), names or {}))} {at}"
    where = " and ".join(bounds_text(symbol.name, low, high) for symbol, (low, high) in law.where.items())
    return f"{BATCH} ≥ {law.least} {at}" + (f" where {where}" if where else "")


def bounds_text(name: str, low: int, high: int | None) -> str:
    """``H ≥ 63``, ``H 227…258``, ``H = 32``."""
    if high is None:
        return f"{name} ≥ {low:,}"
    if low == 1 < high:
        return f"{name} ≤ {high:,}"
    return f"{name} {low:,}…{high:,}" if low < high else f"{name} = {low:,}"


# Sizes of maps by name, h₁ and w₁ the first there are

_NUMBERS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def maps_of(laws: Laws) -> dict[str, Expr]:
    """The sizes that the axes of the input come to, in their order: ``h₁``, ``h₂``, … ``w₁``, …"""
    maps: dict[str, Expr] = {}
    for axis in _axes(laws):
        sizes = dict.fromkeys(entry for law in laws.layers for entry in law.output[1:] if _is_map(entry, axis))
        for number, entry in enumerate(sizes, 1):
            maps[f"{axis.name.lower()}{str(number).translate(_NUMBERS)}"] = entry
    return maps


def _axes(laws: Laws) -> list[Symbol]:
    return [entry for entry in laws.input if is_symbolic(entry)]


def _is_map(entry: Dim, axis: Symbol) -> bool:
    return symbols_in(entry) == {axis} and not closed(entry).is_Symbol and not closed(entry).is_Mul


def shown_maps(laws: Laws, maps: dict[str, Expr]) -> tuple[dict[str, Expr], list[str]]:
    """The sizes along the first axis, and along others that are not like it, by name; the letters of those that are."""
    axes = _axes(laws)
    along = {axis: [entry for entry in maps.values() if axis in entry.free_symbols] for axis in axes}
    alike = [axis for axis in axes[1:] if [entry.xreplace({axis: axes[0]}) for entry in along[axis]] == along[axes[0]]]
    shown = {name: entry for name, entry in maps.items() if entry.free_symbols.isdisjoint(alike)}
    return shown, [axis.name.lower() for axis in alike]


def _where(laws: Laws, maps: dict[str, Expr]) -> str:
    shown, alike = shown_maps(laws, maps)
    told = ", ".join(f"{name} = {text(entry)}" for name, entry in shown.items())
    return told + (f"; {', '.join(alike)} likewise" if alike else "")


# What `archcalc law` prints: everything, or the formulas of one layer


def as_text(laws: Laws, of: Law | None) -> str:
    """Every formula in full, for people."""
    parts = [f"{printable(laws.name) or 'A network'}, for {samples_text(laws)}"]
    for law in (*laws.layers, laws.total) if of is None else (of,):
        rows = [("output", shape_text(law.output))]
        rows += [(what, text(getattr(law, quantity))) for quantity, what in quantities(law).items()]
        parts.append(_rows(law.name, [row for row in rows if row[1] != "0"]))
    valid = _valid(laws)
    conditions = [f"valid for {valid}"] if valid else []
    conditions += [f"{mode(one.only_in_training)}, {_batch(one)}" for one in laws.batch]
    return "\n\n".join([*parts, "; ".join(conditions)] if conditions else parts)


def as_json(laws: Laws, of: Law | None) -> str:
    """Every formula as Python code over the variables."""
    return json.dumps(laws.to_dict(of), indent=2)


def as_python(laws: Laws, of: Law | None) -> str:
    """Functions of whole numbers. Each takes every variable, whether it uses it or not."""
    law = laws.total if of is None else of
    is_layer = any(law is one for one in laws.layers)
    whose = "the network" if law is laws.total else f"{'layer' if is_layer else 'module'} {law.name}"
    arguments = ", ".join(f"{name}: int" for name in laws.variables)
    returns = {
        "valid": ("bool", _all_of(conditions(laws))),
        "valid_in_training": ("bool", _all_of([*conditions(laws), *conditions_in_training(laws)])),
        "output": ("tuple[int, ...]", _tuple(law)),
        **{quantity: ("int", python_code(getattr(law, quantity))) for quantity in quantities(law)},
    }
    lines = [f"# {laws.name!a}, {whose}: exact on whole numbers where `valid`. Written by archcalc."]
    for name, (kind, code) in returns.items():
        lines += ["", "", f"def {name}({arguments}) -> {kind}:", f"    return {code}"]
    if of is None:
        lines += ["", "", f"def layers({arguments}) -> dict[str, dict[str, object]]:", "    return {"]
        lines += [f"        {layer.name!r}: {{{_entries(layer)}}}," for layer in laws.layers]
        lines.append("    }")
    return "\n".join(lines)


def _all_of(conditions: list[str]) -> str:
    return " and ".join(f"({condition})" for condition in conditions) or "True"


def _tuple(law: Law) -> str:
    return f"({', '.join(map(python_code, law.output))},)"


def _entries(law: Law) -> str:
    codes = {"output": _tuple(law), **{quantity: python_code(getattr(law, quantity)) for quantity in QUANTITIES}}
    return ", ".join(f'"{name}": {code}' for name, code in codes.items())


FORMATS = {"text": as_text, "json": as_json, "python": as_python}
