"""What a recipe does in a step: which parameters decay, the average, clipping, the loss of one number."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from archcalc import check_text
from archcalc.targets.generate import generate
from tests.support.generated_folder import modules_of
from tests.support.recipe_folder import made
from tests.support.torchvision_oracle import torchvision_module


def torchvisions_groups(model: nn.Module, decay: float, norm: float | None, bias: float | None) -> dict[str, float]:
    """How much each parameter decays in torchvision's reference: a bias's own first, then a norm's."""
    norms = {id(one) for one in torchvision_module("ops._utils").split_normalization_params(model)[0]}
    found = {}
    for name, parameter in model.named_parameters():
        found[name] = decay if norm is None or id(parameter) not in norms else norm
        if bias is not None and name.rpartition(".")[2] == "bias":
            found[name] = bias
    return found


@pytest.mark.parametrize(("norm", "bias"), [(None, None), (0, None), (None, 0.3), (0.0, 0.3)])
@pytest.mark.parametrize("kind", ["sgd", "rmsprop", "adam", "adamw"])
def test_parameters_decay_as_in_torchvisions_reference(
    kind: str, norm: float | None, bias: float | None, tmp_path: Path
) -> None:
    stated = f"lr: 0.5, weight_decay: 0.02{'' if norm is None else f', norm_weight_decay: {norm}'}"
    stated += "" if bias is None else f", bias_weight_decay: {bias}"
    folder = made("", tmp_path, f"  optimizer: {{kind: {kind}, {stated}}}\n")
    with modules_of(folder, "recipe", "model") as (recipe, model):
        network = model.Net()
        optimizer = recipe.optimizer_of(network, 0.25)
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    found = {names[id(one)]: group["weight_decay"] for group in optimizer.param_groups for one in group["params"]}
    assert found == torchvisions_groups(network, 0.02, norm, bias)
    assert type(optimizer).__name__.lower() == kind
    assert {group["lr"] for group in optimizer.param_groups} == {0.25}


def test_an_optimizer_has_the_values_of_the_spec(tmp_path: Path) -> None:
    said = "  optimizer: {kind: rmsprop, lr: 0.5, momentum: 0.9, alpha: 0.8, eps: 0.0316, centered: true}\n"
    with modules_of(made("", tmp_path, said), "recipe", "model") as (recipe, model):
        defaults = recipe.optimizer_of(model.Net(), 0.5).defaults
    wanted = {"momentum": 0.9, "alpha": 0.8, "eps": 0.0316, "centered": True, "weight_decay": 0}
    assert {name: defaults[name] for name in wanted} == wanted


def draw(network: nn.Module, seed: int) -> None:
    torch.manual_seed(seed)
    with torch.no_grad():
        for value in network.state_dict().values():
            value.copy_(torch.randn(value.shape) if value.is_floating_point() else torch.tensor(seed))


def test_the_average_is_torchs_and_its_formulas(tmp_path: Path) -> None:
    with modules_of(made("  ema: {decay: 0.75}\n", tmp_path), "recipe", "model") as (recipe, model):
        network = model.Net()
        average = recipe.Average(network)
    decayed = get_ema_multi_avg_fn(0.75)  # type: ignore[no-untyped-call, unused-ignore]
    theirs = AveragedModel(network, multi_avg_fn=decayed, use_buffers=True)
    mean: dict[str, Tensor] = {}
    for seed in range(5):
        draw(network, seed)
        average.update_parameters(network)
        theirs.update_parameters(network)
        for name, value in network.state_dict().items():
            mean[name] = value.clone() if seed == 0 else 0.75 * mean[name] + 0.25 * value
    for name, value in average.module.state_dict().items():
        assert torch.equal(value, theirs.module.state_dict()[name])
        assert not value.is_floating_point() or torch.allclose(value, mean[name], atol=1e-6)


def test_gradients_are_clipped_before_the_step(tmp_path: Path) -> None:
    with modules_of(made("  clip_grad_norm: 0.25\n", tmp_path), "train", "model") as (train, model):
        network = model.Net().train()
        run = SimpleNamespace(
            options=SimpleNamespace(accumulate=2),
            machine=SimpleNamespace(sharing=lambda *_: nullcontext(), autocast=nullcontext),
            model=network,
            objective=lambda images, target: 100 * F.cross_entropy(network(images), target),
            optimizer=SGD(network.parameters(), lr=1.0),
        )
        before = [parameter.detach().clone() for parameter in network.parameters()]
        images, target = torch.randn(6, 3, 12, 12), torch.tensor([0, 4, 2, 2, 1, 3])
        train.take_step(run, iter([(images, target), (images, target)]), torch.zeros(()))
    moved = [old - new.detach() for old, new in zip(before, network.parameters(), strict=True)]
    assert torch.stack([one.norm() for one in moved]).norm() == pytest.approx(0.25, rel=1e-3)


@pytest.mark.parametrize("end", ["", ", {kind: sigmoid}"])
def test_one_number_learns_by_the_cross_entropy_of_two_classes(end: str, tmp_path: Path) -> None:
    head = f"{{name: one, layers: [{{kind: linear, out_features: 1}}{end}]}}"
    text = f"archcalc: 1\nname: Net\ninput: [5]\nlayers: [{{name: body, kind: tanh}}, {head}]\n"
    folder = generate(check_text(text, file="net.yaml"), out=tmp_path)
    folder.write()
    with modules_of(folder.folder, "objective", "model", "data") as (objective, model, data):
        assert data.CLASSES == 2
        network, samples, target = model.Net(), torch.randn(6, 5), torch.tensor([0, 1, 1, 0, 1, 1])
        given = network(samples)[:, 0]
        of = F.binary_cross_entropy if end else F.binary_cross_entropy_with_logits
        assert torch.allclose(objective.Objective(network)(samples, target), of(given, target.float()))
        machine = SimpleNamespace(device=torch.device("cpu"), autocast=nullcontext, summed=lambda value: value)
        found = objective.evaluate(network, machine, [(samples, target)])
    right = (given > (0.5 if end else 0.0)).long() == target
    assert found["top1"] == pytest.approx(right.float().mean().item())
    assert found["loss"] == pytest.approx(of(given, target.float()).item(), rel=1e-5)
