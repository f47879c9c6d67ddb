"""What torchinfo, thop, fvcore and ptflops print of generated networks and of torchvision's, and Keras of its own.

`results/counters.json` has it, to which a test holds archcalc's conventions.

The tools are in no extra: `pip install torchinfo thop fvcore ptflops keras` beside archcalc and its `torch`.
"""

from __future__ import annotations

import io
import json
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import nn

from archcalc import check_text, generate
from archcalc.spec.opened import opened
from archcalc.targets.python.source import class_name
from tests.support.torchvision_oracle import torchvision_models

NETWORKS = (
    *("alexnet", "lenet5", "vgg16", "resnet50", "mobilenet_v2", "mobilenet_v3_large", "densenet121", "googlenet"),
    *("inception_v3_no_aux", "convnext_tiny", "efficientnet_b0", "squeezenet1_1", "unet", "vit_b_16"),
)
IN_TORCHVISION = (
    *("vgg16", "resnet50", "mobilenet_v2", "mobilenet_v3_large", "densenet121", "convnext_tiny", "efficientnet_b0"),
    *("squeezenet1_1", "mnasnet1_0", "shufflenet_v2_x1_0", "regnet_y_400mf", "vit_b_16"),
)
IN_KERAS = {
    "vgg16": "VGG16",
    "vgg19": "VGG19",
    "mobilenet_v1": "MobileNet",
    "mobilenet_v2": "MobileNetV2",
    "densenet121": "DenseNet121",
    "densenet169": "DenseNet169",
    "densenet201": "DenseNet201",
    "convnext_tiny": "ConvNeXtTiny",
    "convnext_small": "ConvNeXtSmall",
    "convnext_base": "ConvNeXtBase",
    "efficientnet_v2_s": "EfficientNetV2S",
    "efficientnet_v2_m": "EfficientNetV2M",
}
"""The bundled networks that keras.applications has with the same layers, and its names for them."""

SPECS = {
    "maps": """
input: [8, 12, 12]
layers:
  - {kind: conv2d, out_channels: 16, kernel_size: 3, groups: 2, padding: 1}
  - {kind: prelu, num_parameters: 16}
  - {kind: conv_transpose2d, out_channels: 8, kernel_size: 4, stride: 2, padding: 1, groups: 4}
  - {kind: group_norm, num_groups: 2}
  - {kind: leaky_relu}
  - {kind: instance_norm2d, affine: true}
  - {kind: elu}
  - {kind: instance_norm2d}
  - {kind: silu}
  - {kind: batch_norm2d, affine: false}
  - {kind: gelu}
  - {kind: upsample, scale_factor: 2, mode: bilinear, align_corners: false}
  - {kind: relu6}
  - {kind: avg_pool2d, kernel_size: 3, stride: 2}
  - {kind: hardswish}
  - {kind: upsample, scale_factor: 2}
  - {kind: max_pool2d, kernel_size: 2}
  - {kind: upsample, size: 30, mode: bicubic}
  - {kind: adaptive_max_pool2d, output_size: 6}
  - {kind: sigmoid}
  - {kind: local_response_norm, size: 3}
  - {kind: softmax2d}
  - {kind: adaptive_avg_pool2d, output_size: 4}
  - {kind: pixel_shuffle, upscale_factor: 2}
  - {kind: flatten}
  - {kind: layer_norm, normalized_shape: 128}
  - {kind: linear, out_features: 10, bias: false}
  - {kind: batch_norm1d}
  - {kind: softmax}
""",
    "sequence": """
input: [8, 12]
layers:
  - {kind: conv1d, out_channels: 16, kernel_size: 3}
  - {kind: batch_norm1d}
  - {kind: relu}
  - {kind: max_pool1d, kernel_size: 2, stride: 1}
  - {kind: conv_transpose1d, out_channels: 8, kernel_size: 3}
  - {kind: avg_pool1d, kernel_size: 2, stride: 1}
  - {kind: instance_norm1d}
  - {kind: upsample, scale_factor: 2, mode: linear}
  - {kind: adaptive_max_pool1d, output_size: 12}
  - {kind: adaptive_avg_pool1d, output_size: 6}
  - {kind: linear, out_features: 16, in_features: 6}
  - {kind: layer_norm, normalized_shape: 16, bias: false}
  - {kind: layer_norm, normalized_shape: 16, elementwise_affine: false}
  - {kind: prelu}
  - {kind: softmax, dim: 2}
  - {kind: log_softmax, dim: 2}
""",
    "volume": """
input: [4, 6, 8, 8]
layers:
  - {kind: conv3d, out_channels: 8, kernel_size: 3, padding: 1}
  - {kind: batch_norm3d}
  - {kind: relu}
  - {kind: avg_pool3d, kernel_size: 2, stride: 1}
  - {kind: conv_transpose3d, out_channels: 4, kernel_size: 2, stride: 2, bias: false}
  - {kind: instance_norm3d, affine: true}
  - {kind: max_pool3d, kernel_size: 2}
  - {kind: upsample, scale_factor: 2, mode: trilinear}
  - {kind: adaptive_max_pool3d, output_size: 4}
  - {kind: adaptive_avg_pool3d, output_size: 2}
""",
}
"""Three small networks in which every kind that a tool has a rule for stands, with and without what it learns."""


def built(text: str, name: str, preset: str | None) -> tuple[nn.Module, tuple[int, ...]]:
    """The generated network, and the shape of its input."""
    report = check_text(text, file=f"{name}.yaml", preset=preset).require_ok()
    namespace: dict[str, Any] = {"__name__": "model"}
    exec(compile(generate(report).files["model.py"], "model.py", "exec"), namespace)
    return namespace[class_name(report.spec.name)]().eval(), report.input


def counts(model: nn.Module, shape: tuple[int, ...]) -> dict[str, dict[str, int]]:
    """Parameters and multiply-adds of one sample as each tool prints them."""
    # ptflops and fvcore import torchvision, which beside a torch for the CPU fails without what this declares.
    torchvision_models()
    import fvcore.nn
    import ptflops
    import thop
    import torchinfo

    x = torch.zeros(1, *shape)
    told = torchinfo.summary(model, input_data=x, verbose=0)
    found = {"torchinfo": (told.total_params, told.total_mult_adds)}
    seen = fvcore.nn.FlopCountAnalysis(model, x).unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    found["fvcore"] = (fvcore.nn.parameter_count(model)[""], int(seen.total()))
    for name, again in {"ptflops": True, "ptflops-once": False}.items():
        macs, params = ptflops.get_model_complexity_info(
            model,
            shape,
            as_strings=False,
            print_per_layer_stat=False,
            ost=io.StringIO(),
            backend_specific_config={"count_functional": again},
        )
        found[name] = (params, macs)
    macs, params = thop.profile(model, (x,), verbose=False)
    found["thop"] = (int(params), int(macs))
    return {tool: {"params": int(params), "macs": int(macs)} for tool, (params, macs) in sorted(found.items())}


def keras_params(name: str) -> int:
    """What `model.summary()` says of one of keras.applications."""
    os.environ["KERAS_BACKEND"] = "torch"
    import keras

    return int(getattr(keras.applications, name)(weights=None).count_params())


def main() -> None:
    """Write the facts beside this file."""
    versions = {tool: version(tool) for tool in ("torch", "torchinfo", "thop", "fvcore", "ptflops", "keras")}
    networks: dict[str, Any] = {}
    for name in NETWORKS:
        found = opened(name)
        assert found.text is not None
        networks[name] = counts(*built(found.text, name, found.preset))
        print(name, networks[name], file=sys.stderr)
    in_torchvision: dict[str, Any] = {}
    for name in IN_TORCHVISION:
        model = getattr(torchvision_models(), name)(weights=None).eval()
        in_torchvision[name] = counts(model, (3, 224, 224))
        print(name, in_torchvision[name], file=sys.stderr)
    kinds: dict[str, Any] = {}
    for name, layers in SPECS.items():
        text = f"archcalc: 1\nname: {name}{layers}"
        kinds[name] = {"spec": text, **counts(*built(text, name, None))}
        print(name, kinds[name], file=sys.stderr)
    in_keras = {name: {"params": keras_params(its)} for name, its in IN_KERAS.items()}
    facts = {
        "versions": versions,
        "generated": networks,
        "kinds": kinds,
        "torchvision": in_torchvision,
        "keras": in_keras,
    }
    path = Path(__file__).parent / "results" / "counters.json"
    path.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
