"""Random specs of attention within windows of a map, as people write them: padded, shifted, merged, or as a grid."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.support.drawn.documents import Drawn
from tests.support.drawn.items import Document

MAP = ["height", "width"]


def draw_windows(random: Random) -> Drawn:
    """A spec of one to three blocks over a map, channels last. About one in four has a size that does not fit."""
    heads, each = random.choice([1, 2]), random.choice([1, 2, 3])
    window = random.randint(1, 3)
    let: dict[str, Any] = {"window": window, "heads": heads, "width": heads * each}
    slips = random.random() < 0.25
    blocks: dict[str, Document] = {"block": _block(random, slips)}
    layers: list[Document] = []
    if random.random() < 0.6:
        layers.append({"name": "stem", "kind": "conv2d", "out_channels": "width", "kernel_size": 2, "stride": 2})
        layers.append({"kind": "permute", "dims": [0, 2, 3, 1]})
        sizes: list[Any] = [random.randint(1, 3), *(random.randint(2, 9) for _ in MAP)]
    else:
        sizes = [*(random.randint(1, 6) for _ in MAP), "width"]
    for place in range(random.randint(1, 2)):
        use: Document = {"kind": "block", "shift": random.choice([0, "window // 2", "index % 2 * (window // 2)"])}
        if "index" in str(use["shift"]):
            use["repeat"] = 2
        layers.append({"name": f"stage{place}", **use})
    if random.random() < 0.5:
        blocks["merge"] = _merge(random, slips)
        layers.append({"name": "merge", "kind": "merge"})
    if random.random() < 0.5:
        layers.append({"name": "norm", "kind": "layer_norm"})
    document: Document = {"archcalc": 1, "name": "Drawn", "let": let, "input": sizes, "blocks": blocks}
    return Drawn(document | {"layers": layers}, {})


def _block(random: Random, slips: bool) -> Document:
    """Attention within windows beside what arrives, cut, and put together again."""
    pads, shifts, grid = random.random() < 0.8, random.random() < 0.7, random.random() < 0.3
    layers: list[Document] = [{"name": "norm1", "kind": "layer_norm"}]
    last = "norm1"
    if pads:
        multiple = random.choice(["window", "window", "window + 1"] if slips else ["window"])
        layers.append({"name": "padded", "kind": "pad_to_multiple", "multiple": multiple, "dims": [1, 2]})
        last = "padded"
    if shifts:
        longer = {} if random.random() < 0.3 else {"longer_than": "window"}
        layers.append(
            {"name": "rolled", "kind": "roll", "when": "shift > 0", "shifts": "-shift", "dims": [1, 2], **longer}
        )
        last = "rolled"
    cut = "(a i) (b j) c -> i j (a b) c" if grid else "(i a) (j b) c -> i j (a b) c"
    sides = {"a": "window", "b": random.choice(["window", "window + 1"]) if slips else "window"}
    layers.append({"name": "windows", "kind": "rearrange", "pattern": cut, **sides})
    layers.append({"name": "qkv", "kind": "linear", "out_features": "3*width"})
    for name, part in {
        "q": {"stop": "width"},
        "k": {"start": "width", "stop": "2*width"},
        "v": {"start": "2*width"},
    }.items():
        layers.append({"name": name, "kind": "slice", "from": "qkv", "dim": -1, **part})
    sources = ["q", "k", "v"]
    if random.random() < 0.7:
        layers += _bias(random, slips, last if shifts else "")
        sources.append("bias")
    layers.append({"name": "all", "kind": "attention", "from": sources, "num_heads": "heads"})
    layers.append({"name": "proj", "kind": "linear", "out_features": "width"})
    together = "i j (a b) c -> (a i) (b j) c" if grid else "i j (a b) c -> (i a) (j b) c"
    layers.append({"name": "together", "kind": "rearrange", "pattern": together, "a": "window"})
    if shifts:
        layers.append({**layers[2 if pads else 1], "name": "back", "shifts": "shift"})
    layers.append({"name": "cut", "kind": "crop_as", "from": [layers[-1]["name"], "input"], "dims": [1, 2]})
    layers.append({"name": "sum", "kind": "add", "from": ["cut", "input"]})
    return {"args": {"shift": 0}, "layers": layers}


def _bias(random: Random, slips: bool, rolled: str) -> list[Document]:
    """A table of relative positions, with the mask of the shift where there is one."""
    rows = "(2*window - 1)*(2*window - 1)"
    shape = ["(2*window - 1)*(2*window - 2) + 1" if slips and random.random() < 0.5 else rows, "heads"]
    flat = {} if random.random() < 0.5 else {"flat": False}
    index: Document = {"kind": "relative_position_bias", "window_size": ["window", "window"], **flat}
    table: Document = {"name": "table", "kind": "parameter", "from": "input", "shape": shape}
    if not rolled:
        return [table, {"name": "bias", **index}]
    mask: Document = {"name": "bias", "kind": "shifted_window_mask", "when": "shift > 0", "from": ["index_", rolled]}
    return [table, {"name": "index_", **index}, mask | {"window_size": ["window", "window"], "shift": "shift"}]


def _merge(random: Random, slips: bool) -> Document:
    """Four places become one, as they lie beside each other."""
    layers: list[Document] = []
    if not slips:
        layers.append({"name": "even", "kind": "pad_to_multiple", "multiple": 2, "dims": [1, 2]})
    order = random.choice(["b a c", "a b c", "c a b"])
    layers.append({"name": "fours", "kind": "rearrange", "pattern": f"(h a) (w b) c -> h w ({order})", "a": 2, "b": 2})
    if random.random() < 0.5:
        layers.append({"name": "norm", "kind": "layer_norm"})
    layers.append({"name": "reduction", "kind": "linear", "out_features": "2*width", "bias": False})
    return {"layers": layers}
