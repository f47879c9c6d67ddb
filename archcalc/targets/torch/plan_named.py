"""Facts to what data.py prints of a network whose inputs have names: an array for each, and a class for each sample."""

from __future__ import annotations

from msgspec import Struct

from archcalc.analysis.walk import Facts
from archcalc.network.graph import Graph, NamedInput
from archcalc.sizes.rules import known_size, known_sizes
from archcalc.spec.recipe import Augment, Training
from archcalc.targets.python import source
from archcalc.targets.python.source import Code
from archcalc.targets.torch.slots import NoCode

_NOT_SO = ("tokens", "described", "pictures", "dense", "draws_more", "mixes", "digits_cut")


class ArrayInput(Struct, frozen=True):
    """An input: the sizes of a sample, how random ones are drawn, and below what its whole numbers are."""

    name: str
    sizes: tuple[int, ...]
    below: int | None
    drawn: Code
    exported: Code


def plan_named(graph: Graph, facts: Facts, training: Training, least: int) -> dict[str, object]:
    """``least`` is how many samples the network takes at once when it is evaluated."""
    if training.augment != Augment():
        assert training.augment_span is not None
        raise NoCode(
            training.augment_span, "`augment` changes pictures, and this network takes several inputs", "remove it"
        )
    (first,) = known_sizes(facts.outputs[0] or ())
    classes = max(2, first)
    return {
        **dict.fromkeys(_NOT_SO, False),
        "named": True,
        "array_inputs": [_array(one, facts, least) for one in graph.inputs],
        "inputs": Code("*inputs"),
        "unit": Code("samples"),
        "batch_help": "samples a step, in all",
        "worst": Code("0.0"),
        "better": Code(">"),
        "best_of": Code("max"),
        "score": Code("top1"),
        "score_words": Code("top-1"),
        "classes": classes,
        "binary": classes != first,
        "sigmoid": classes != first and facts.layers[-1].kind == "sigmoid",
        "positions": "",
        "augment": training.augment,
        "channels_last": None,
        "layout": Code(""),
        "data": "synthetic",
        "data_help": "synthetic, or a folder of arrays",
    }


def _array(one: NamedInput, facts: Facts, least: int) -> ArrayInput:
    sizes = known_sizes(one.of(facts.input))
    below = None if one.below is None else known_size(one.below)
    listed = source.bare(sizes)
    if below is None:
        drawn = f"torch.randn(batch_size, {listed}, device=device, dtype=dtype)"
        return ArrayInput(one.name, sizes, below, Code(drawn), Code(f"torch.randn({least + 2}, {listed})"))
    drawn = f"torch.randint({below}, (batch_size, {listed}), device=device)"
    return ArrayInput(one.name, sizes, below, Code(drawn), Code(f"torch.randint({below}, ({least + 2}, {listed}))"))
