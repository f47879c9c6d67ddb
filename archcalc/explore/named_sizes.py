"""What a condition on solutions may name: the sizes of the input, those of layers and what they cost, and totals."""

from __future__ import annotations

from archcalc.network.graph import Graph
from archcalc.sizes.axes import LETTERS
from archcalc.sizes.rules import Shape, known_sizes

_TOTALS = ("params", "active_params", "macs", "flops")

NAMES = f"write LAYER.H, LAYER.params, input.H, {', '.join(_TOTALS)}"
"""Which names there are, where one is like none of them."""

_LETTERS = tuple(dict.fromkeys(letter for letters in LETTERS.values() for letter in letters))


def names_and_places(graph: Graph) -> dict[str, int | None]:
    """Every name a condition may use, with the place after which it is known; totals after the last."""
    names: dict[str, int | None] = {f"input.{letter}": -1 for letter in graph.letters}
    for place, step in enumerate(graph.steps):
        names |= dict.fromkeys((f"{step.path}.{what}" for what in ("params", "macs", *_LETTERS)), place)
    return names | dict.fromkeys(_TOTALS)


def of_layer(path: str, x: Shape, params: int, macs: int) -> dict[str, int]:
    """What the names of one layer stand for, that gives ``x``; where it stands for others, of one."""
    sizes = dict(zip(LETTERS.get(len(x), ()), known_sizes(x), strict=False))
    return {f"{path}.params": params, f"{path}.macs": macs} | {f"{path}.{axis}": n for axis, n in sizes.items()}
