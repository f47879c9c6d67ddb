"""Small networks with layers in place anywhere, views, parts, joins and several outputs."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import assume
from hypothesis import strategies as st

from archcalc.analysis import inplace
from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.record import defaults_of, fields_of
from archcalc.sizes.rules import Shape, known_size, known_sizes, prod
from tests.support.draw_chains import layers_for, stated


def _is_activation(kind: type[Layer]) -> bool:
    bare = kind() if kind.arity == (1, 1) and not fields_of(kind).keys() - defaults_of(kind).keys() else None
    shapes = [(4,), (4, 3), (4, 3, 2)]
    return bare is not None and all(
        all(need.holds for need in bare.checks(x)) and bare.out(x) == x and not bare.weights(x) for x in shapes
    )


JOINS = sorted(name for name, kind in KINDS.items() if kind.arity[1] is None)
IN_PLACE = sorted(name for name, kind in KINDS.items() if inplace.FIELD in fields_of(kind))
PLAIN = sorted(name for name, kind in KINDS.items() if not kind.positional and _is_activation(kind))
"""Kinds that need nothing stated and leave the shape as it is, whatever it is."""

LARGEST = 3_000
"""The most values a sample has, so that drawn networks stay quick."""


def text_of(rows: list[dict[str, Any]], x: Shape, outputs: list[str] | None = None) -> str:
    document = {"archcalc": 1, "name": "Drawn", "input": list(x), "layers": rows}
    return yaml.safe_dump(document | ({"outputs": outputs} if outputs else {}), sort_keys=False)


@st.composite
def in_place(draw: st.DrawFn) -> dict[str, Any]:
    """A layer in place, of any kind that can be."""
    kind = KINDS[draw(st.sampled_from(IN_PLACE))]
    values = {name: draw(field.values(kind.axes)) for name, field in fields_of(kind).items() if draw(st.booleans())}
    values |= {name: draw(fields_of(kind)[name].values(kind.axes)) for name in kind.positional}
    return {"kind": kind.kind, **values, "inplace": True}


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A small network with layers in place anywhere, views, parts, joins and several outputs."""
    x: Shape = (draw(st.sampled_from([2, 4, 6])), *(draw(st.integers(1, 5)) for _ in range(draw(st.integers(0, 2)))))
    shapes: dict[str, Shape] = {"input": x}
    # Nearly always something stands between the input, which nobody may overwrite, and the rest.
    rows: list[dict[str, Any]] = []
    if draw(st.integers(0, 9)):
        rows.append({"name": "start", "kind": "add", "from": ["input", "input"]})
        shapes["start"] = x
    sort = draw(st.sampled_from(["", "parts", "both"]))
    for position in range(draw(st.integers(0, 2) if sort else st.integers(1, 9))):
        name = f"v{position}"
        source = draw(st.sampled_from([*shapes, *[list(shapes)[-1]] * 4]))
        row = draw(_rows(shapes, source))
        if row is None:
            continue
        out = _out(row, [shapes[one] for one in row["from"]])
        if out is not None and min(known_sizes(out)) >= 1 and prod(out) <= LARGEST:
            rows.append({"name": name, **row})
            shapes[name] = out
    ending = draw(_ending(sort, shapes, list(shapes)[-1]))
    if any(_out(row, [shapes[list(shapes)[-1]]]) is None for row in ending if row["name"] == "act"):
        ending = []
    rows += ending
    assume(rows)
    names = [row["name"] for row in rows]
    outputs = draw(st.lists(st.sampled_from(names), unique=True, max_size=3))
    taken = {source for row in ending for source in row["from"]}
    last = [row["name"] for row in ending if row["name"] not in taken] or names[-1:]
    if len(last) > 1 and draw(st.integers(0, 3)) == 0:
        last = last[-1:]
    return text_of(rows, x, [*last, *(name for name in outputs if name not in last)])


@st.composite
def _ending(draw: st.DrawFn, sort: str, shapes: dict[str, Shape], source: str) -> list[dict[str, Any]]:
    """Two that take the same value, or parts of it, one of which may be overwritten; or nothing more."""
    x = shapes[source]
    if sort == "parts" and x[0] > 1:
        cut = draw(st.integers(1, known_size(x[0]) - 1))
        common = draw(st.sampled_from([0, 0, 1]))
        left = {"name": "left", "kind": "slice", "stop": cut, "from": [source]}
        right = {"name": "right", "kind": "slice", "start": cut - common, "from": [source]}
        return [left, right, {"name": "act", **draw(in_place()), "from": [draw(st.sampled_from(["left", "right"]))]}]
    tried = (draw(layers_for(x)) for _ in range(6 if sort == "both" else 0))
    layer = next((layer for layer in tried if layer is not None and layer.keeps_input()), None)
    if layer is None:
        return []
    reader = {"name": "reader", "kind": layer.kind, **stated(layer), "from": [source]}
    return [reader, {"name": "act", **draw(in_place()), "from": [source]}]


@st.composite
def _rows(draw: st.DrawFn, shapes: dict[str, Shape], source: str) -> dict[str, Any] | None:
    sort = draw(st.sampled_from(["in place", "in place", "in place", "join", "view", "view", "activation", "any"]))
    if sort == "in place":
        return {**draw(in_place()), "from": [source]}
    if sort == "join":
        others = [name for name, shape in shapes.items() if shape == shapes[source]]
        taken = [source, *draw(st.lists(st.sampled_from(others), min_size=1, max_size=2))]
        return {"kind": draw(st.sampled_from(JOINS)), "from": draw(st.permutations(taken))}
    if sort == "view":
        first = draw(st.integers(0, 4))
        views = [
            {"kind": "slice", "start": first, "stop": first + draw(st.integers(1, 3))},
            {"kind": "slice", "start": -draw(st.integers(1, 3))},
            {"kind": "flatten"},
            {"kind": "identity"},
            {"kind": "dropout", "p": draw(st.sampled_from([0.0, 0.5]))},
            {"kind": "stochastic_depth", "p": draw(st.sampled_from([0.0, 0.5]))},
        ]
        return {**draw(st.sampled_from(views)), "from": [source]}
    layer = draw(layers_for(shapes[source])) if sort == "any" else KINDS[draw(st.sampled_from(PLAIN))]()
    return None if layer is None else {"kind": layer.kind, **stated(layer), "from": [source]}


def _out(row: dict[str, Any], xs: list[Shape]) -> Shape | None:
    """What a row gives, where it takes what arrives."""
    fields = {name: value for name, value in row.items() if name not in ("name", "kind", "from")}
    fields = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    layer: Layer = KINDS[row["kind"]](**fields)
    return layer.out(*xs) if all(need.holds for need in layer.checks(*xs)) else None
