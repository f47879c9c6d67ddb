"""Random specs of networks over sequences as people write them: words or vectors, positions, attention, tied heads."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.support.drawn.documents import Drawn
from tests.support.drawn.items import Document

MOST = 9
"""The longest sequence that is drawn."""


def draw_sequence(random: Random) -> Drawn:
    """A spec of a network over a sequence. About one in four has an error: a size or a kind that does not fit."""
    heads, each = random.choice([1, 2, 4]), random.choice([2, 4])
    let: dict[str, Any] = {"T": random.randint(1, MOST), "width": heads * each, "heads": heads}
    let["kv"] = random.choice([one for one in (1, 2, 4) if heads % one == 0] + [3] * (random.random() < 0.1))
    words = random.random() < 0.7
    if words:
        let["vocab"] = random.randint(3, 12)
    layers: list[Document] = []
    last = _words(random, let, layers) if words else "input"
    if random.random() < 0.3:
        # A token of the network's own before all others, as BERT's and ViT's.
        layers.append({"name": "token", "kind": "parameter", "from": last, "shape": [1, "width"]})
        layers.append({"name": "longer", "kind": "concat", "from": ["token", last]})
        last = "longer"
    if random.random() < 0.2:
        layers.append({"name": "table", "kind": "parameter", "from": last, "batch_axis": random.random() < 0.5})
        layers.append({"name": "placed", "kind": "add", "from": [last, "table"]})
    blocks = {"block": _block(random)}
    use: Document = {"name": "h", "kind": "block", "repeat": random.randint(1, 2)}
    if blocks["block"]["args"] and random.random() < 0.5:
        use["is_causal"] = random.random() < 0.5
    layers.append(use)
    if random.random() < 0.3:
        layers.append(_again(random, words))
    if random.random() < 0.6:
        layers.append({"name": "ln_f", **_norm(random)})
    _head(random, words, layers)
    document: Document = {"archcalc": 1, "name": "Drawn", "let": let}
    document["axes"] = ["T"]
    document["input"] = {"shape": ["T"], "below": "vocab"} if words else ["T", "width"]
    document |= {"blocks": blocks, "layers": layers}
    if random.random() < 0.3:
        document["presets"] = {"short": {"let": {"T": 2}}, "long": {"let": {"T": MOST}}}
    return Drawn(document, {})


def _again(random: Random, words: bool) -> Document:
    """The blocks, or one of them, once more or several times; seldom what takes something else."""
    entry: Document = {"again": random.choice(["h", "h", "h.0"] + ["wte"] * (words and random.random() < 0.1))}
    if random.random() < 0.5:
        entry = {"name": "more", **entry, "repeat": random.randint(1, 3)}
    return entry


def _words(random: Random, let: dict[str, Any], layers: list[Document]) -> str:
    """Words and places looked up; the name of their sum."""
    rows = random.choice(["vocab", "vocab", "vocab + 1", "vocab - 1"] if random.random() < 0.3 else ["vocab"])
    wte: Document = {"name": "wte", "kind": "embedding", "num_embeddings": rows, "embedding_dim": "width"}
    if random.random() < 0.3:
        wte["padding_idx"] = random.randint(0, 2)
    layers.append(wte)
    if random.random() < 0.6:
        places = random.choice([MOST, MOST, "T", let["T"] + 1, max(1, let["T"] - random.randint(0, 1))])
        wpe = {"kind": "position_embedding", "num_embeddings": places, "embedding_dim": "width"}
        if random.random() < 0.3:
            wpe["offset"] = random.randint(0, 2)
        source = {"from": random.choice(["input", "wte"])} if random.random() < 0.8 else {}
        layers.append({"name": "wpe", **source, **wpe})
        layers.append({"name": "x", "kind": "add", "from": ["wte", "wpe"]})
        return "x"
    return "wte"


def _norm(random: Random) -> Document:
    kind = random.choice(["layer_norm", "rms_norm"])
    return {"kind": kind, **({"add_unit_offset": True} if kind == "rms_norm" and random.random() < 0.4 else {})}


def _block(random: Random) -> Document:
    """Attention and two linear layers, each beside what arrives."""
    args: Document = {"is_causal": random.random() < 0.5} if random.random() < 0.6 else {}
    causal: Document = {"is_causal": "is_causal" if args else random.random() < 0.5}
    if random.random() < 0.35:
        attention = [{"name": "all", "kind": "multihead_attention", "num_heads": "heads", **causal}]
    elif random.random() < 0.5:
        linear = random.choice(["linear", "transposed_linear"])
        attention = [{"name": "c_attn", "kind": linear, "out_features": "3*width"}]
        cuts = {"q": (0, "width"), "k": ("width", "2*width"), "v": ("2*width", None)}
        for name, (start, stop) in cuts.items():
            cut = {"name": name, "kind": "slice", "from": "c_attn", "dim": 2, "start": start}
            attention.append(cut if stop is None else {**cut, "stop": stop})
        attention.append({"name": "all", "kind": "attention", "from": ["q", "k", "v"], "num_heads": "heads", **causal})
    else:
        bias = {} if random.random() < 0.5 else {"bias": False}
        attention = [{"name": "q", "kind": "linear", "out_features": "width", **bias}]
        attention.append({"name": "k", "kind": "linear", "from": "ln", "out_features": "kv*width // heads", **bias})
        wide = random.choice(["kv*width // heads", "2*kv"])
        attention.append({"name": "v", "kind": "linear", "from": "ln", "out_features": wide, **bias})
        all_ = {"name": "all", "kind": "attention", "from": ["q", "k", "v"], "num_heads": "heads", **causal}
        if random.random() < 0.5:
            base: Document = {"base": 100} if random.random() < 0.5 else {}
            base |= {"interleaved": True} if random.random() < 0.3 else {}
            base |= {"rotary_dim": 2} if random.random() < 0.3 else {}
            attention.insert(1, {"name": "turned", "kind": "rotary", "num_heads": "heads", **base})
            attention.insert(3, {"name": "keys", "kind": "rotary", "from": "k", "num_heads": "kv", **base})
            all_["from"] = ["turned", "keys", "v"]
        if random.random() < 0.3:
            all_["scale"] = 0.5
        if random.random() < 0.3:
            all_["sliding_window"] = random.randint(1, 4)
            all_ |= {"softcap": 1.5} if all_["sliding_window"] == 2 else {}
        attention.append(all_)
    layers: list[Document] = [{"name": "ln", **_norm(random)}, *attention]
    layers.append({"name": "o", "kind": "linear", "out_features": "width"})
    layers.append({"name": "y", "kind": "add", "from": ["o", "input"]})
    if random.random() < 0.7:
        inner: list[Document] = [
            {"kind": "linear", "out_features": "2*width"},
            {"kind": "gelu"},
            {"kind": "linear", "out_features": "width"},
        ]
        layers.append({"name": "mlp", "layers": _experts(random, inner) if random.random() < 0.4 else inner})
        layers.append({"name": "z", "kind": "add", "from": ["mlp", "y"]})
    return {"args": args, "layers": layers} if args else {"layers": layers, "args": {}}


def _experts(random: Random, inner: list[Document]) -> list[Document]:
    """A gate, and several such of which each token takes some; perhaps one more for all tokens."""
    many = random.randint(1, 4)
    route: Document = {"by": "gate", "top": random.randint(1, many + (random.random() < 0.1))}
    if route["top"] == 1 or random.random() < 0.4:
        route["renormalize"] = False
    scores = many + (random.random() < 0.1)
    found: list[Document] = [
        {"name": "gate", "kind": "linear", "out_features": scores, "bias": random.random() < 0.5},
        {"name": "experts", "from": "y", "repeat": many, "route": route, "layers": inner},
    ]
    if random.random() < 0.3:
        found += [{"name": "shared", "from": "y", "layers": inner}, {"kind": "add", "from": ["experts", "shared"]}]
    return found


def _head(random: Random, words: bool, layers: list[Document]) -> None:
    if random.random() < 0.2:
        layers.append({"name": "first", "kind": "slice", "dim": 1, "stop": 1})
        layers.append({"name": "flat", "kind": "flatten"})
    if words and random.random() < 0.6:
        tied = {"tied": "wte"} if random.random() < 0.7 else {}
        layers.append(
            {"name": "head", "kind": "linear", "out_features": "vocab", "bias": random.random() < 0.3, **tied}
        )
