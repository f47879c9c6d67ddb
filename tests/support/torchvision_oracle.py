"""torchvision's networks, built without memory: what the bundled ones are held to.

torchvision is imported here and nowhere else. Beside a torch for the CPU its compiled operators do not
load, and then it cannot import: it describes two of them to torch, which has not heard of them. So they are
declared here; no classifier calls them.
"""

import importlib
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from operator import attrgetter
from typing import Any
from unittest.mock import patch

import torch
from torch import library
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

_DRAWING = ("kaiming_normal_", "kaiming_uniform_", "normal_", "trunc_normal_", "uniform_", "xavier_uniform_")
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
            library.define(f"torchvision::{name}", signature)
        return importlib.import_module("torchvision.models")


def torchvision_module(name: str) -> Any:
    """Another of its modules, ``transforms.v2``."""
    torchvision_models()
    return importlib.import_module(f"torchvision.{name}")


def built(name: str, **options: Any) -> torch.nn.Module:
    """A network by its function's name, without weights' values: on torch's meta device."""
    regnet = torchvision_models().regnet.BlockParams
    with ExitStack() as patched:
        patched.enter_context(patch.object(regnet, "from_init_params", _on_cpu(regnet.from_init_params)))
        for function in _DRAWING:
            # Of tensors without values nothing is drawn, and to find that out takes a third of the time.
            patched.enter_context(patch.object(torch.nn.init, function, lambda tensor, *_args, **_options: tensor))
        patched.enter_context(torch.device("meta"))
        model: torch.nn.Module = attrgetter(name)(torchvision_models())(weights=None, **options)
    if name.startswith("segmentation."):
        model.forward = _helped_in_training(model)
    return model


def _helped_in_training(model: torch.nn.Module) -> Callable[[torch.Tensor], tuple[torch.Tensor, ...]]:
    """What a network gives that tells pixels: of torchvision the second head runs in evaluation too, for nobody."""
    forward = model.forward

    def called(x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        helper = model._modules.get("aux_classifier")
        if helper is not None and not model.training:
            model.aux_classifier = None  # type: ignore[assignment]
        given = forward(x)
        if helper is not None:
            model.aux_classifier = helper
        return tuple(given.values())

    return called


def _on_cpu(function: Callable[..., Any]) -> Callable[..., Any]:
    """RegNet works its widths out with tensors, whose values it needs."""

    def called(*args: Any, **options: Any) -> Any:
        with torch.device("cpu"):
            return function(*args, **options)

    return called


def macs(model: torch.nn.Module, shape: tuple[int, ...], training: bool) -> int:
    """Multiply-accumulates of one sample, as torch counts them: its FLOPs are twice as many.

    In training the auxiliary heads run too. Of a batch normalisation torch counts none, but takes it to pieces to see
    that: it is left out, and one sample is enough.
    """
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad(), patch.object(F, "batch_norm", lambda x, *_args, **_options: x):
        model.train(training)(torch.empty(1, *shape, device="meta"))
    counted, rest = divmod(counter.get_total_flops(), 2)
    assert rest == 0
    return counted
