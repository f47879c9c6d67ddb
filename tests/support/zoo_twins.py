"""torchvision's network of the same name as a bundled one, and where the two differ without a weight's value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from math import isclose
from typing import Any

import pytest
import torch

import archcalc
from archcalc.sizes.rules import known_sizes
from tests.support.bundled import NETWORKS
from tests.support.torchvision_oracle import built, macs

PRESETS = [param for param in NETWORKS if param.values[1] is not None]
"""Every preset of every bundled spec."""

WITHOUT_A_TWIN = {"mobilenet_v1", "unet"}
WITHOUT_A_TWIN |= {"bert", "distilbert", "gpt2", "llama", "opt", "phi3", "whisper", "clip"}  # transformers has these,
WITHOUT_A_TWIN |= {
    "mixtral",
    "qwen_moe",
    "t5",
    "mamba",
    "albert",
    "bart",
    "falcon",
    "deepseek_v2",
    "gemma",
    "gemma2",
    "gpt_neox",
    "gptj",
    "phi",
    "stablelm",
}
WITHOUT_A_TWIN |= {"yolov8"}  # Ultralytics this one,
WITHOUT_A_TWIN |= {"dit", "stable_diffusion"}  # its authors this one, diffusers that,
WITHOUT_A_TWIN |= {"convmixer", "gmlp", "hrnet", "mlp_mixer", "nfnet", "repvgg", "res2net", "vit_timm"}  # timm these,
WITHOUT_A_TWIN |= {
    "crnn",
    "word_language_model",
    "fpn",
    "swin3d",
}  # and these are in tests/specs: test_recurrent.py, test_fpn.py, test_swin3d.py

PAIRS = [
    pytest.param("alexnet-torchvision", None, id="alexnet"),
    *(param for param in PRESETS if param.values[0] not in WITHOUT_A_TWIN),
]
"""Those that torchvision has, too."""

ONE_OF_EACH: list[tuple[str, str | None]] = [
    ("alexnet-torchvision", None),
    ("vgg", "vgg11_bn"),
    ("resnet", "resnet18"),
    ("resnet", "resnext50_32x4d"),
    ("densenet", "densenet121"),
    ("googlenet", "googlenet"),
    ("googlenet", "googlenet_aux"),
    ("inception_v3", "inception_v3"),
    ("inception_v3", "inception_v3_no_aux"),
    ("squeezenet", "squeezenet1_0"),
    ("squeezenet", "squeezenet1_1"),
    ("mobilenet_v2", "mobilenet_v2"),
    ("mobilenet_v3", "mobilenet_v3_large"),
    ("mobilenet_v3", "mobilenet_v3_small"),
    ("mnasnet", "mnasnet0_5"),
    ("shufflenet_v2", "shufflenet_v2_x0_5"),
    ("efficientnet", "efficientnet_b0"),
    ("efficientnet_v2", "efficientnet_v2_s"),
    ("regnet", "regnet_x_400mf"),
    ("regnet", "regnet_y_400mf"),
    ("convnext", "convnext_tiny"),
    ("vit", "vit_b_32"),
    ("segmentation", "deeplabv3_resnet50"),
    ("segmentation_mobile", "deeplabv3_mobilenet_v3_large"),
    ("segmentation_mobile", "lraspp_mobilenet_v3_large"),
    ("swin", "swin_t"),
    ("swin_v2", "swin_v2_t"),
    ("maxvit", "maxvit_t"),
]
"""Each family, each block of it, as small as it comes."""

_OF_OLD = {"init_weights": False}  # else it warns that this will be the default
_HELPED = {"weights_backbone": None, "aux_loss": True}
TWINS: dict[str | None, tuple[str, dict[str, Any]]] = {
    None: ("alexnet", {}),
    "googlenet": ("googlenet", {**_OF_OLD, "aux_logits": False}),
    "googlenet_aux": ("googlenet", _OF_OLD),
    "inception_v3": ("inception_v3", _OF_OLD),
    "inception_v3_no_aux": ("inception_v3", {**_OF_OLD, "aux_logits": False}),
    "fcn_resnet50": ("segmentation.fcn_resnet50", _HELPED),
    "fcn_resnet101": ("segmentation.fcn_resnet101", _HELPED),
    "deeplabv3_resnet50": ("segmentation.deeplabv3_resnet50", _HELPED),
    "deeplabv3_resnet101": ("segmentation.deeplabv3_resnet101", _HELPED),
    "deeplabv3_mobilenet_v3_large": ("segmentation.deeplabv3_mobilenet_v3_large", _HELPED),
    "lraspp_mobilenet_v3_large": ("segmentation.lraspp_mobilenet_v3_large", {"weights_backbone": None}),
}
"""Presets whose twin is not just what the function of their name gives."""

OTHER_ORDER = ("convnext", "swin", "swin_v2", "vit")
"""Where torchvision has a parameter beside layers, which comes before those of all of them."""

NOT_LAYERS = (
    *("ReLU", "StochasticDepth", "NonDynamicallyQuantizableLinear", "Identity"),
    *("WindowPartition", "WindowDepartition", "SwapAxes"),
)
"""What torchvision has and a spec may not.

One ReLU for several places, StochasticDepth where nothing is added, the last projection of an attention, which is in
it; and what a `rearrange` does in one.
"""


def twin(preset: str | None) -> torch.nn.Module:
    name, options = TWINS.get(preset, (preset or "", {}))
    return built(name, **options)


def differences(
    report: archcalc.Report, module: torch.nn.Module, *, in_order: bool = True, counted: bool = True
) -> Iterator[str]:
    """Where a checked spec is another network than a module; ``counted`` says whether torch counts MACs for it."""
    assert report.facts is not None
    assert report.totals is not None
    ours = {
        layer.key(name): shape
        for layer in report.facts.layers
        for name, shape in {**layer.weights, **layer.buffers}.items()
    }
    theirs = {name: tuple(value.shape) for name, value in module.state_dict().items()}
    for here, there in zip_longest(*(items.items() if in_order else sorted(items.items()) for items in (ours, theirs))):
        if here != there:
            yield f"state_dict: {here} instead of {there}"
    params = sum(weight.numel() for weight in module.parameters())
    if report.totals.params != params:
        yield f"{report.totals.params} parameters instead of {params}"
    yield from other_settings(report, module)
    for training in (False, True) if counted else ():
        what, ours_of_it = (
            ("MACs in training", report.totals.training_macs) if training else ("MACs", report.totals.macs)
        )
        theirs_of_it = macs(module, known_sizes(report.facts.layers[0].input or ()), training)
        if ours_of_it != theirs_of_it:
            yield f"{ours_of_it} {what} instead of {theirs_of_it}"


def other_settings(report: archcalc.Report, module: torch.nn.Module) -> Iterator[str]:
    """Where a layer is set otherwise: what no shape shows, such as paddings, eps, the rates of stochastic depth."""
    assert report.facts is not None
    whole = (torch.nn.MultiheadAttention,)
    modules = dict(module.named_modules()).items()
    leaves = {name: one for name, one in modules if name and (isinstance(one, whole) or not any(one.children()))}
    layers = {place.name: place.step.layer for place in report.facts.layers}
    for name, leaf in leaves.items():
        kind = type(leaf).__name__
        layer = layers.get(name)
        if layer is None:
            if kind not in NOT_LAYERS and name.rpartition(".")[2] != "branch1":  # ShuffleNet's empty one
                yield f"{name}: there is no {leaf}"
        elif type(layer).__name__ != kind:
            yield f"{name}: {layer} instead of {leaf}"
        else:
            for field in type(layer).__struct_fields__:
                if differ(getattr(layer, field), getattr(leaf, field, None)):
                    yield f"{name}: {layer} instead of {leaf}, by its {field}"


def differ(ours: Any, theirs: Any) -> bool:
    """Whether a setting has another value; torch writes 3 as (3, 3) for some layers, and 0.0003 as 1 − 0.9997."""
    if ours is None or theirs is None or isinstance(theirs, torch.Tensor):
        return False  # left out, or not kept under this name; the bias, of which the shapes tell
    if isinstance(ours, str):
        return bool(ours != theirs)
    several = theirs if isinstance(theirs, Sequence) else [theirs]
    stated = ours if isinstance(ours, Sequence) else [ours] * len(several)
    return len(stated) != len(several) or not all(map(isclose, stated, several))
