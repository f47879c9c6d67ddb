"""The generated networks compute what torchvision's compute, from the same weights: the same numbers."""

from typing import Any

import pytest
import torch

import archcalc
from archcalc.bundled import bundled_specs
from archcalc.generating import generate
from tests.zoo.test_zoo import TWINS
from tests.zoo.torchvision_oracle import torchvision_models

ONE_OF_EACH = [
    ("alexnet-torchvision", None, 224),
    ("vgg", "vgg11_bn", 32),
    ("resnet", "resnet18", 64),
    ("resnet", "resnext50_32x4d", 64),
    ("densenet", "densenet121", 64),
    ("googlenet", "googlenet", 64),
    ("googlenet", "googlenet_aux", 64),
    ("inception_v3", "inception_v3", 299),
    ("squeezenet", "squeezenet1_0", 64),
    ("squeezenet", "squeezenet1_1", 64),
    ("mobilenet_v2", "mobilenet_v2", 64),
    ("mobilenet_v3", "mobilenet_v3_large", 64),
    ("mobilenet_v3", "mobilenet_v3_small", 64),
    ("mnasnet", "mnasnet0_5", 64),
    ("shufflenet_v2", "shufflenet_v2_x0_5", 64),
    ("efficientnet", "efficientnet_b0", 64),
    ("efficientnet_v2", "efficientnet_v2_s", 64),
    ("regnet", "regnet_x_400mf", 64),
    ("regnet", "regnet_y_400mf", 64),
    ("convnext", "convnext_tiny", 64),
]
"""Each family, each block of it, as small as it comes, on small pictures."""


def with_values(preset: str | None) -> torch.nn.Module:
    """torchvision's network, every tensor of it drawn: as it starts, its norms would do nothing."""
    name, options = TWINS.get(preset, (preset or "", {}))
    model: torch.nn.Module = getattr(torchvision_models(), name)(weights=None, **options)
    for key, value in model.state_dict().items():
        if key.endswith(("running_var", "layer_scale")) or (key.endswith("weight") and value.dim() == 1):
            value.uniform_(0.5, 1.5)
        elif value.dim() == 1 and value.is_floating_point():
            value.normal_(0, 0.1)
    return model.eval()


def generated(report: archcalc.Report) -> torch.nn.Module:
    namespace: dict[str, Any] = {"__name__": "model"}
    exec(compile(generate(report).files["model.py"], "model.py", "exec"), namespace)
    assert report.spec is not None
    network = namespace[report.spec.name]()
    assert isinstance(network, torch.nn.Module)
    return network.eval()


@pytest.mark.parametrize(("spec", "preset", "size"), ONE_OF_EACH, ids=lambda value: str(value))
def test_a_generated_network_computes_what_torchvisions_does(spec: str, preset: str | None, size: int) -> None:
    torch.manual_seed(0)
    twin = with_values(preset)
    network = generated(archcalc.check(bundled_specs()[spec], preset=preset))
    network.load_state_dict(twin.state_dict())
    pictures = torch.randn(2, 3, size, size)
    with torch.no_grad():
        ours, theirs = network(pictures), twin(pictures)
    main = ours if isinstance(ours, torch.Tensor) else ours[0]
    torch.testing.assert_close(main, theirs)
