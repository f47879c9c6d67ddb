"""Facts to what data.py and text.py print of a network that tells the next token."""

from __future__ import annotations

from archcalc.network.graph import Graph
from archcalc.sizes.rules import known_size
from archcalc.spec.recipe import Augment, Training
from archcalc.targets.python.source import Code
from archcalc.targets.torch.slots import NoCode

BYTES = 256
"""How many tokens a text has whose bytes are taken as such."""

_NO_PICTURES = ("pictures", "dense", "draws_more", "mixes", "binary", "sigmoid")


def plan_tokens(graph: Graph, training: Training) -> dict[str, object]:
    assert graph.below is not None
    (length,), vocabulary = graph.input, known_size(graph.below)
    if training.augment != Augment():
        assert training.augment_span is not None
        message = "`augment` changes pictures, and this network takes the numbers of tokens"
        raise NoCode(training.augment_span, message, "remove it")
    return {
        **dict.fromkeys(_NO_PICTURES, False),
        "tokens": True,
        "described": True,
        "inputs": Code("tokens"),
        "unit": Code("tokens"),
        "batch_help": f"windows of {length:,} tokens a step, in all",
        "worst": Code("math.inf"),
        "better": Code("<"),
        "best_of": Code("min"),
        "score": Code("loss"),
        "score_words": Code("loss"),
        "length": length,
        "takes_bytes": vocabulary >= BYTES,
        # As nanoGPT and llm.c write them: 16 bits are enough for most vocabularies.
        "token_bits": Code("16" if vocabulary <= 2**16 else "32"),
        "augment": training.augment,
        "channels_last": None,
        "layout": Code(""),
        "data": "text" if vocabulary >= BYTES else "synthetic",
        "data_help": "text, synthetic, or a file or a folder of text or tokens"
        if vocabulary >= BYTES
        else "synthetic, or a folder of tokens",
    }
