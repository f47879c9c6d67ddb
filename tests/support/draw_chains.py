"""Random networks as spec texts: chains of every layer kind, each layer legal where it stands."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import strategies as st

from archcalc.analysis.inplace import FIELD
from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.record import defaults_of, fields_of
from archcalc.sizes.rules import Shape, known_sizes, prod
from tests.support.draw_layers import ONE_INPUT

REAL = sorted(name for name, kind in ONE_INPUT.items() if not kind.looks_up)
"""The kinds that take real numbers: whole ones are an input's."""

LARGEST = 20_000
"""The most values a layer may give, so that drawn networks stay quick."""


@st.composite
def layers_for(draw: st.DrawFn, x: Shape, windows: bool = False) -> Layer | None:
    """A layer with drawn fields, of any kind or of one with windows; ``None`` where it does not take ``x``.

    An adaptive pool is no window here: below it no size of the input shows any more.
    """
    names = [name for name in REAL if not windows or KINDS[name].axes == len(x) - 1 > 0]
    names = [name for name in names if not windows or not name.startswith("adaptive")]
    kind = draw(st.sampled_from([KINDS[name] for name in names or REAL]))
    if kind.ranks is not None and len(x) not in kind.ranks:
        return None
    values: dict[str, Any] = {}
    for name, field in fields_of(kind).items():
        # What may be in place depends on the whole network: ``test_inplace`` draws that.
        if name not in defaults_of(kind) or (draw(st.booleans()) and name != FIELD):
            values[name] = draw(field.values(kind.axes))
    layer = kind(**values)
    inferred = dict.fromkeys(layer.infers(x))
    layer = kind(**{name: value for name, value in values.items() if name not in inferred})
    if not all(need.holds for need in layer.checks(x)):
        return None
    out = layer.out(x)
    return layer if min(known_sizes(out)) >= 1 and prod(out) <= LARGEST else None


@st.composite
def chain_texts(draw: st.DrawFn) -> str:
    """A spec with up to nine layers, most of them with windows, and often a flatten and a linear layer below."""
    rank = draw(st.sampled_from([2, 3, 3, 3, 4]))
    largest = {2: 90, 3: 48, 4: 9}[rank]
    x: Shape = (draw(st.integers(1, 3)), *(draw(st.integers(1, largest)) for _ in range(rank - 1)))
    rows: list[dict[str, Any]] = []
    sample = x
    for position in range(draw(st.integers(1, 10))):
        layer = draw(layers_for(x, draw(st.sampled_from([True, True, True, False]))))
        if layer is not None and len(rows) < 7:
            rows.append({"name": f"layer{position}", "kind": layer.kind} | stated(layer))
            x = layer.out(x)
    if draw(st.booleans()):
        rows.append({"name": "flat", "kind": "flatten", "start_dim": draw(st.integers(1, len(x)))})
    if draw(st.booleans()) or not rows:
        rows.append({"name": "last", "kind": "linear", "out_features": 3})
    return yaml.safe_dump({"archcalc": 1, "name": "Drawn", "input": list(sample), "layers": rows}, sort_keys=False)


@st.composite
def spec_texts(draw: st.DrawFn) -> str:
    """A spec with up to eight layers, some of them in a group."""
    rank = draw(st.integers(1, 4))
    largest = {1: 60, 2: 40, 3: 16, 4: 9}[rank]
    x: Shape = tuple(draw(st.integers(1, 4 if axis == 0 and rank > 1 else largest)) for axis in range(rank))
    sample = x
    rows: list[dict[str, Any]] = []
    for position in range(draw(st.integers(1, 16))):
        layer = draw(layers_for(x))
        if layer is not None and len(rows) < 8:
            rows.append({"name": f"layer{position}", "kind": layer.kind} | stated(layer))
            x = layer.out(x)
    rows = rows or [{"name": "layer", "kind": "identity"}]
    cut = draw(st.integers(0, len(rows)))
    nested = [{"name": "head", "layers": _unnamed(rows[cut:], draw(st.booleans()))}] if cut < len(rows) else []
    document = {"archcalc": 1, "name": "Drawn", "input": list(sample), "layers": rows[:cut] + nested}
    return yaml.safe_dump(document, sort_keys=False)


def stated(layer: Layer) -> dict[str, Any]:
    defaults = defaults_of(type(layer))
    values = {name: getattr(layer, name) for name in fields_of(type(layer))}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if name not in defaults or value != defaults[name]
    }


def _unnamed(rows: list[dict[str, Any]], without_names: bool) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k != "name"} for row in rows] if without_names else rows
