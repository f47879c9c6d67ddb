"""A generated network beside torchvision's, from the same drawn weights: outputs and gradients."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
from msgspec import Struct
from torch import Tensor

import archcalc
from archcalc.spec.bundled import bundled_specs
from archcalc.targets.generate import generate
from tests.support.zoo_twins import twin

SMALL = {"alexnet-torchvision": 64, "vgg": 32, "inception_v3": 75, "vit": 224, "maxvit": 224}
"""A size that is small and yet legal, by spec; of the others 64. A ViT takes that of its position embeddings alone."""

SMALL_OF = {"inception_v3": 299}
"""By preset, where it takes another: the head at the side wants a map of some size."""


class Passed(Struct):
    """What a network gives, its auxiliary heads' at the end, and the gradients of its parameters and its ``input``."""

    outputs: list[Tensor]
    gradients: dict[str, Tensor | None]


def small(spec: str, preset: str | None) -> int:
    """A height and width at which a network of the zoo is quick."""
    return SMALL_OF.get(preset or "", SMALL.get(spec, 64))


@cache
def model_code(spec: str, preset: str | None) -> str:
    """The generated ``model.py`` of a bundled network."""
    return generate(archcalc.check(bundled_specs()[spec], preset=preset)).files["model.py"]


def drawn_twin(preset: str | None) -> torch.nn.Module:
    """torchvision's network, every tensor of it drawn: as it starts, its norms would do nothing."""
    model = twin(preset).to_empty(device="cpu")
    torch.manual_seed(0)
    for key, value in model.state_dict().items():
        if key.endswith("relative_position_index"):
            # Any rows of the table: which ones, is not what is compared here.
            value.random_(0, round((2 * value.numel() ** 0.25 - 1) ** 2))
        elif value.dim() > 1 and not key.endswith("layer_scale"):
            value.normal_(0, value[0].numel() ** -0.5)
        elif key.endswith(("running_var", "weight", "layer_scale")):
            value.uniform_(0.5, 1.5)
        elif value.is_floating_point():
            value.normal_(0, 0.1)
        else:
            value.zero_()
    model.eval()
    # Of the network alone, not of what is in it: then the auxiliary heads run, and all else does as when it is used.
    model.training = True
    return model


def network_of(code: str, name: str, weights: dict[str, Tensor]) -> torch.nn.Module:
    """The module that generated code defines for a spec of this name, with these very weights."""
    namespace: dict[str, Any] = {"__name__": "model"}
    exec(compile(code, "model.py", "exec"), namespace)
    with torch.device("meta"):
        network = namespace[name]()
    assert isinstance(network, torch.nn.Module)
    network.load_state_dict(weights, assign=True)
    network.eval()
    # As in ``drawn_twin``.
    network.training = True
    return network


def passed(network: torch.nn.Module, pictures: Tensor) -> Passed:
    """Once there and back, by a loss to which every number that it gives adds its own share."""
    pictures = pictures.clone().requires_grad_()
    given = network(pictures)
    outputs: list[Tensor] = [given] if isinstance(given, Tensor) else [*given]
    generator = torch.Generator().manual_seed(1)
    shares = [torch.randn(output.shape, generator=generator) for output in outputs]
    torch.autograd.backward(outputs, shares)
    gradients = {"input": pictures.grad} | {name: weight.grad for name, weight in network.named_parameters()}
    network.zero_grad(set_to_none=True)
    return Passed([output.detach() for output in outputs], gradients)


def both(spec: str, preset: str | None, size: int, code: str | None = None) -> tuple[Passed, Passed]:
    """What the generated network does, and torchvision's; ``code`` stands for what is generated."""
    theirs = drawn_twin(preset)
    name = archcalc.check(bundled_specs()[spec], preset=preset).name or ""
    ours = network_of(code or model_code(spec, preset), name, theirs.state_dict())
    pictures = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(2))
    return passed(ours, pictures), passed(theirs, pictures)


def difference(ours: Tensor, theirs: Tensor) -> float:
    """The largest difference of two tensors, as a part of the largest number among them."""
    largest = theirs.abs().max().item()
    return (ours - theirs).abs().max().item() / (largest or 1.0)
