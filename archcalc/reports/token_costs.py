"""What ``archcalc law --per token`` prints."""

from __future__ import annotations

import json
from collections.abc import Sequence

import sympy
from sympy import Expr, Symbol

from archcalc.analysis.tokens.conventions import CONVENTIONS, own
from archcalc.analysis.tokens.costs import PASSES, TokenCosts
from archcalc.analysis.tokens.kept import Kept
from archcalc.diagnostics.json_object import JsonObject
from archcalc.layers.working import written
from archcalc.reports.aligned import Heading, aligned
from archcalc.reports.terminal_text import printable
from archcalc.sizes.notation import python_code, text

BYTES = {"float32": 4, "bfloat16": 2, "float16": 2, "float8": 1, "int8": 1}
"""How many bytes a value takes in which decoding keeps keys and values."""

OURS = "6 × MACs"
"""What archcalc counts of training: two operations a MAC, in each of three passes."""

COLUMNS = (Heading(), Heading(), Heading(right=True))


def as_text(costs: TokenCosts, dtype: str, conventions: Sequence[str] = ()) -> str:
    """Each count as a formula, and its value at the stated length; there also as others count."""
    tokens, earlier = costs.tokens.name, costs.earlier.name
    at = f"{tokens} = {earlier} = {costs.stated:,}" if costs.next is not None else f"{tokens} = {costs.stated:,}"
    rows = [_row(costs, "before, of other inputs", costs.before)] if costs.before != 0 else []
    rows.append(_row(costs, f"each of {tokens} tokens", costs.each))
    if costs.hidden != 0:
        rows.append(_row(costs, f"of all {tokens}, hidden by masks", costs.hidden))
    if costs.next is not None:
        rows.append(_row(costs, f"one more behind {earlier}", costs.next))
    rows.append(_row(costs, f"training, each of {tokens}", PASSES * costs.each))
    parts = [
        f"{printable(costs.name) or 'A network'}, a token at a time, and at {at}",
        _table("MACs, over all pairs of places", rows),
    ]
    if conventions:
        parts.append(_as_others_count(costs, conventions))
    if costs.next is None:
        return "\n\n".join([*parts, f"no token comes behind others: {costs.why}"])
    if costs.kept:
        size = BYTES[dtype]
        kept = [_row(costs, _what_keeps(one), size * one.values) for one in costs.kept]
        kept.append(_row(costs, "all", size * costs.kept_values))
        parts.append(_table(f"bytes in {dtype} that are kept of {earlier} tokens", kept))
    return "\n\n".join(parts)


def _what_keeps(one: Kept) -> str:
    return f"{len(one.layers)} × {one.called or one.kind}, each" + (", of other inputs" if one.beside else "")


def _as_others_count(costs: TokenCosts, conventions: Sequence[str]) -> str:
    assert costs.layers is not None
    ours = own(costs.layers).at(costs.stated)
    rows = [("as archcalc counts", f"{ours:,}", "", OURS)]
    for name in conventions:
        terms = {of: one.at(costs.stated) for of, one in CONVENTIONS[name].differs(costs.layers).items()}
        more = sum(terms.values())
        added = "".join(f" {'+' if count > 0 else '−'} {abs(count):,} {of}" for of, count in terms.items())
        off = f"{100 * more / ours:+.1f} %".replace("-", "−")
        rows.append((f"as {name} counts", f"{ours + more:,}", off, f"{OURS}{added}"))
    columns = (Heading(), Heading(right=True), Heading(right=True), Heading())
    lines = aligned(columns, rows, header=False, rule=False)
    title = f"operations of training, for each of {costs.stated:,} tokens"
    return "\n".join([title, *(f"  {line}" for line in lines)])


def _table(title: str, rows: list[tuple[str, str, str]]) -> str:
    return "\n".join([title, *(f"  {line}" for line in aligned(COLUMNS, rows, header=False, rule=False))])


def _row(costs: TokenCosts, what: str, formula: Expr) -> tuple[str, str, str]:
    stated = sympy.Integer(costs.stated)
    value = sympy.sympify(formula, strict=True).xreplace({costs.tokens: stated, costs.earlier: stated})
    number = int(value) if value.is_Integer else float(value)
    return what, _text(sympy.expand(formula), costs.tokens), written(number)


def _text(formula: Expr, tokens: Symbol) -> str:
    """As ``text`` has it; what is divided by T as a fraction."""
    whole, below = sympy.fraction(sympy.together(formula))
    return text(formula) if below == 1 else f"({text(sympy.expand(whole))})/{text(below)}"


def as_json(costs: TokenCosts, dtype: str, conventions: Sequence[str] = ()) -> str:
    """Formulas as Python code over T and S; ``macs`` of all T tokens, operations of training of each."""
    size = BYTES[dtype]
    found: JsonObject = {
        "name": costs.name,
        "tokens": costs.tokens.name,
        "earlier": costs.earlier.name,
        "macs": python_code(costs.macs),
        "before_macs": python_code(costs.before),
        "hidden_macs": python_code(costs.hidden),
        "training_macs": python_code(sympy.expand(PASSES * costs.macs)),
        "next_macs": None if costs.next is None else python_code(costs.next),
        "why": costs.why or None,
        "dtype": dtype,
        "kept": [
            {
                "kind": one.kind,
                "layers": list(one.layers),
                "of_other_inputs": one.beside,
                "values": python_code(one.values),
            }
            for one in costs.kept
        ],
        "kept_values": python_code(costs.kept_values),
        "kept_bytes": python_code(sympy.expand(size * costs.kept_values)),
    }
    if conventions:
        found["others"] = [_other(costs, name) for name in conventions]
    return json.dumps(found, indent=2)


def _other(costs: TokenCosts, name: str) -> JsonObject:
    assert costs.layers is not None
    terms = {OURS: own(costs.layers), **CONVENTIONS[name].differs(costs.layers)}
    formulas = {of: sympy.Integer(one.fixed) + one.each * costs.tokens for of, one in terms.items()}
    return {
        "convention": name,
        "training_operations": python_code(sympy.Add(*formulas.values())),
        "terms": {of: python_code(formula) for of, formula in formulas.items()},
    }
