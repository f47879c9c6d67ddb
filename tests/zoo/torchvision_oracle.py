"""torchvision's networks, built without memory: what the bundled ones are held to.

torchvision is imported here and nowhere else. Beside a torch for the CPU its compiled operators do not
load, and then it cannot import: it describes two of them to torch, which has not heard of them. So they are
declared here; no classifier calls them.
"""

import importlib
from functools import cache
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

_OPERATORS = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


@cache
def torchvision_models() -> Any:
    """The module ``torchvision.models``."""
    try:
        return importlib.import_module("torchvision.models")
    except RuntimeError:
        for name, signature in _OPERATORS.items():
            torch.library.define(f"torchvision::{name}", signature)
        return importlib.import_module("torchvision.models")


def built(name: str, **options: Any) -> torch.nn.Module:
    """A network by its function's name, with random weights of no size in memory."""
    with torch.device("meta"):
        model: torch.nn.Module = getattr(torchvision_models(), name)(weights=None, **options)
    return model


def macs(model: torch.nn.Module, shape: tuple[int, ...]) -> int:
    """Multiply-accumulates of one sample, as torch counts them: its FLOPs are twice as many.

    In training mode, where the auxiliary heads run too, on two samples: batch normalisation wants more
    than one value a channel.
    """
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        model.train()(torch.empty(2, *shape, device="meta"))
    quarter, rest = divmod(counter.get_total_flops(), 4)
    assert rest == 0
    return quarter
