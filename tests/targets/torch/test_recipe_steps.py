"""The parts of a recipe, each held to torch's or torchvision's own: schedules, decay, the average, mixing, erasing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, lr_scheduler
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from archcalc import check_text
from archcalc.targets.generate import GenerateError, generate
from tests.support.generated_folder import modules_of
from tests.support.torchvision_oracle import torchvision_module

NET = """\
archcalc: 1
name: Net
input: [3, 12, 12]
layers:
  - {name: conv, kind: conv2d, out_channels: 4, kernel_size: 3}
  - {name: bn, kind: batch_norm2d}
  - {name: gn, kind: group_norm, num_groups: 2}
  - {name: flat, kind: flatten}
  - {name: ln, kind: layer_norm, normalized_shape: [400]}
  - {name: fc, kind: linear, out_features: 5}
train:
"""
SGD_ALONE = "  optimizer: {kind: sgd, lr: 0.5}\n"
RUN = "  batch_size: 8\n  epochs: 9\n"


def made(train: str, out: Path, optimizer: str = SGD_ALONE) -> Path:
    folder = generate(check_text(NET + optimizer + train + RUN, file="net.yaml"), out=out)
    folder.write()
    return folder.folder


LR, EPOCHS, STEPS = 0.5, 9, 4

Made = Callable[[Any], Any]


def after(warmup: int, start: float, main: Made) -> Made:
    """What torchvision's reference does: a rise of so many steps, and then the schedule."""

    def make(optimizer: Any) -> Any:
        rise = lr_scheduler.LinearLR(optimizer, start_factor=start, total_iters=warmup)
        return lr_scheduler.SequentialLR(optimizer, [rise, main(optimizer)], milestones=[warmup])

    return make


COSINE = "schedule: {kind: cosine_annealing_lr"
SCHEDULED: dict[str, Made] = {
    "schedule: {kind: step_lr, step_size: 2, gamma: 0.3}": lambda o: lr_scheduler.StepLR(o, 2, gamma=0.3),
    "schedule: {kind: multi_step_lr, milestones: [2, 5]}": lambda o: lr_scheduler.MultiStepLR(o, [2, 5]),
    "schedule: {kind: exponential_lr, gamma: 0.9}": lambda o: lr_scheduler.ExponentialLR(o, 0.9),
    "schedule: {kind: polynomial_lr, power: 0.9}": lambda o: lr_scheduler.PolynomialLR(o, total_iters=9, power=0.9),
    "schedule: {kind: linear_lr, start_factor: 1, end_factor: 0.1, total_iters: 5}": lambda o: lr_scheduler.LinearLR(
        o, start_factor=1, end_factor=0.1, total_iters=5
    ),
    COSINE + ", T_max: 4, eta_min: 0.01}": lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=4, eta_min=0.01),
    COSINE + "}\n  warmup: {epochs: 3, start_factor: 0.1}": after(
        3, 0.1, lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=6)
    ),
    COSINE + ", interval: step}": lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=36),
    COSINE + ", interval: step}\n  warmup: {epochs: 1}": after(
        4, 0.01, lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=32)
    ),
    "schedule: {kind: polynomial_lr, interval: step}\n  warmup: {steps: 7}": after(
        7, 0.01, lambda o: lr_scheduler.PolynomialLR(o, total_iters=29)
    ),
    "schedule: {kind: step_lr, interval: step, step_size: 5}\n  warmup: {epochs: 2}": after(
        8, 0.01, lambda o: lr_scheduler.StepLR(o, 5)
    ),
    "warmup: {steps: 5, start_factor: 0.2}": lambda o: lr_scheduler.LinearLR(o, start_factor=0.2, total_iters=5),
}


@pytest.mark.parametrize("said", SCHEDULED, ids=lambda said: said.replace("schedule: {kind: ", ""))
def test_a_schedule_is_torchs_step_by_step(said: str, tmp_path: Path) -> None:
    parameter = nn.Parameter(torch.zeros(1))
    ours, theirs = SGD([parameter], lr=LR), SGD([parameter], lr=LR)
    with modules_of(made(f"  {said}\n", tmp_path), "recipe") as (recipe,):
        code = recipe.schedule_of.__code__
        given = {"epochs": EPOCHS, "steps": STEPS}
        wanted = code.co_varnames[1 : code.co_argcount]
        schedule = recipe.schedule_of(ours, **{name: given[name] for name in wanted})
    expected = SCHEDULED[said](theirs)
    for _ in range(EPOCHS * STEPS if "step" in said.split("interval: ")[-1] else EPOCHS):
        assert ours.param_groups[0]["lr"] == theirs.param_groups[0]["lr"]
        for optimizer, one in ((ours, schedule), (theirs, expected)):
            optimizer.step()
            one.step()


def test_a_rise_and_a_cosine_are_what_their_formula_says(tmp_path: Path) -> None:
    optimizer = SGD([nn.Parameter(torch.zeros(1))], lr=LR)
    said = COSINE + ", interval: step, eta_min: 0.1}\n  warmup: {epochs: 1, start_factor: 0.2}"
    with modules_of(made(f"  {said}\n", tmp_path), "recipe") as (recipe,):
        schedule = recipe.schedule_of(optimizer, EPOCHS, STEPS)
    for step in range(EPOCHS * STEPS):
        share = (step - STEPS) / (EPOCHS * STEPS - STEPS)
        rise = LR * (0.2 + 0.8 * step / STEPS)
        expected = rise if step < STEPS else 0.1 + (LR - 0.1) * (1 + math.cos(math.pi * share)) / 2
        assert optimizer.param_groups[0]["lr"] == pytest.approx(expected)
        optimizer.step()
        schedule.step()


def test_a_run_that_is_shorter_than_its_rise_still_has_a_schedule(tmp_path: Path) -> None:
    optimizer = SGD([nn.Parameter(torch.zeros(1))], lr=LR)
    with modules_of(made(f"  {COSINE}}}\n  warmup: {{epochs: 3}}\n", tmp_path), "recipe") as (recipe,):
        schedule = recipe.schedule_of(optimizer, 2)
    for _ in range(2):
        optimizer.step()
        schedule.step()
    assert 0 < optimizer.param_groups[0]["lr"] < LR


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


class Said:
    """Draws that are said beforehand: what a Beta distribution gives, then a row and a column."""

    def __init__(self, share: float, row: int = 0, column: int = 0) -> None:
        self.share, self.places = share, iter((row, column))

    def beta(self, *_: float) -> float:
        return self.share

    def integers(self, _: int) -> int:
        return next(self.places)


@pytest.fixture(scope="module")
def mixing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    said = "  augment: {mixup_alpha: 0.2, cutmix_alpha: 1}\n"
    with modules_of(made(said, tmp_path_factory.mktemp("mixing")), "mixing") as (module,):
        yield module


IMAGES = torch.randn(6, 3, 12, 10, generator=torch.Generator().manual_seed(0))
TARGET = torch.tensor([0, 4, 2, 2, 1, 3])


def mixed(mixing: ModuleType, kind: str, draws: Any) -> tuple[Tensor, Tensor]:
    """What the generated code makes of a batch where it takes this kind of mixing."""
    with patch.object(Said, "random", lambda _: 0.0 if kind == "mixup" else 0.9, create=True):
        images, classes = mixing.mix(IMAGES, TARGET, draws)
    assert images.is_contiguous(memory_format=torch.channels_last)
    return images, classes


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_mixup_is_torchvisions(share: float, mixing: ModuleType) -> None:
    theirs = torchvision_module("transforms.v2").MixUp(alpha=0.2, num_classes=5)
    with patch.object(theirs._dist, "sample", lambda _: torch.tensor(share, dtype=torch.float64)):
        images, classes = theirs(IMAGES, TARGET)
    found = mixed(mixing, "mixup", Said(share))
    assert torch.allclose(found[0], images, atol=1e-6)
    assert torch.allclose(found[1], classes)


@pytest.mark.parametrize(("share", "row", "column"), [(0.3, 5, 5), (0.9, 0, 9), (0.0, 11, 0), (1.0, 3, 3), (0.5, 6, 1)])
def test_cutmix_is_torchvisions(share: float, row: int, column: int, mixing: ModuleType) -> None:
    theirs = torchvision_module("transforms.v2").CutMix(alpha=1.0, num_classes=5)
    places = iter((column, row))
    with (
        patch.object(theirs._dist, "sample", lambda _: torch.tensor(share, dtype=torch.float64)),
        patch.object(torch, "randint", lambda *_, **__: torch.tensor([next(places)])),
    ):
        images, classes = theirs(IMAGES, TARGET)
    found = mixed(mixing, "cutmix", Said(share, row, column))
    assert torch.equal(found[0], images)
    assert torch.allclose(found[1], classes)


def test_what_mixes_a_pass_follows_from_its_place_in_the_run(mixing: ModuleType) -> None:
    def ready(images: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        return images, target

    def run(seed: int, epoch: int, *numbers: int) -> list[Tensor]:
        mix = mixing.mixed(ready, seed, epoch, numbers)
        return [mix(IMAGES, TARGET)[1] for _ in numbers]

    whole = run(0, 3, *range(6))
    assert all(map(torch.equal, whole[4:], run(0, 3, 4, 5)))
    others = [run(0, 3, 3)[0], run(0, 2, 4)[0], run(1, 3, 4)[0]]
    assert not any(torch.equal(whole[4], other) for other in others)
    # Both kinds come up, and the share is drawn from each one's own distribution.
    calls: list[tuple[float, ...]] = []

    def beta(*alphas: float) -> float:
        calls.append(alphas)
        return 0.5

    kinds = {(mixing.MIXUP_ALPHA,) * 2: mixing.mixup, (mixing.CUTMIX_ALPHA,) * 2: mixing.cutmix}
    for alphas, kind in kinds.items():
        draws = SimpleNamespace(beta=beta, integers=lambda _: 0)
        kind(IMAGES, draws)
        assert calls.pop() == alphas
    chosen = [np.random.default_rng((0, 3, number, 1)).random() < 0.5 for number in range(40)]
    assert 8 < sum(chosen) < 32


@pytest.fixture(scope="module")
def objective(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    folder = made("  label_smoothing: 0.1\n", tmp_path_factory.mktemp("smooth"))
    with modules_of(folder, "objective", "model") as (module, model):
        module.net = model.Net  # type: ignore[attr-defined]
        yield module


def test_smoothing_is_torchs_and_only_in_training(objective: ModuleType) -> None:
    network = objective.net().eval()
    images = torch.randn(6, 3, 12, 12)
    logits = network(images)
    smooth = nn.CrossEntropyLoss(label_smoothing=0.1)(logits, TARGET)
    assert torch.allclose(objective.Objective(network)(images, TARGET), smooth)
    assert torch.allclose(objective.loss_of(logits, TARGET), nn.CrossEntropyLoss()(logits, TARGET))
    shares = torch.rand(6, 5).softmax(1)
    mixed = nn.CrossEntropyLoss(label_smoothing=0.1)(logits, shares)
    assert torch.allclose(objective.Objective(network)(images, shares), mixed)


def test_every_output_is_smoothed(tmp_path: Path) -> None:
    text = NET.replace("train:", "  - {name: aux, from: ln, kind: linear, out_features: 5}\noutputs: [fc, aux]\ntrain:")
    folder = generate(check_text(text + SGD_ALONE + "  label_smoothing: 0.2\n" + RUN, file="net.yaml"), out=tmp_path)
    folder.write()
    with modules_of(folder.folder, "objective", "model") as (objective, model):
        network, images = model.Net(), torch.randn(6, 3, 12, 12)
        main, aux = (F.cross_entropy(output, TARGET, label_smoothing=0.2) for output in network(images))
        assert torch.allclose(objective.Objective(network)(images, TARGET), main + 0.3 * aux)


@pytest.mark.parametrize(("smoothing", "mixes"), [("  label_smoothing: 0.1\n", False), ("", True)])
def test_probabilities_are_smoothed_and_mixed_as_their_logits_are(smoothing: str, mixes: bool, tmp_path: Path) -> None:
    # A softmax in a group stays in the network: the loss is of probabilities.
    text = NET.replace("{name: fc, kind: linear, out_features: 5}", "{name: a, layers: [{kind: linear, "
                       "out_features: 5}, {kind: softmax}]}")  # fmt: skip
    said = smoothing + ("  augment: {mixup_alpha: 0.2}\n" if mixes else "")
    folder = generate(check_text(text + SGD_ALONE + said + RUN, file="net.yaml"), out=tmp_path)
    folder.write()
    with modules_of(folder.folder, "objective") as (module,):
        logits, target = torch.randn(6, 5), F.one_hot(TARGET, 5).float() * 0.7 + 0.06 if mixes else TARGET
        more = {"smoothing": 0.1} if smoothing else {}
        expected = F.cross_entropy(logits, target, label_smoothing=0.1 if smoothing else 0.0)
        assert torch.allclose(module.loss_of(logits.softmax(1), target, **more), expected, atol=1e-6)


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
        images = torch.randn(6, 3, 12, 12)
        train.take_step(run, iter([(images, TARGET), (images, TARGET)]), torch.zeros(()))
    moved = [old - new.detach() for old, new in zip(before, network.parameters(), strict=True)]
    assert torch.stack([one.norm() for one in moved]).norm() == pytest.approx(0.25, rel=1e-3)


@pytest.fixture(scope="module")
def drawing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    said = "  augment: {random_resized_crop: true, random_erasing: 0.5, lighting: 0.1}\n"
    with modules_of(made(said, tmp_path_factory.mktemp("drawing")), "augment") as (module,):
        yield module


def test_a_resized_crop_has_torchvisions_shares_and_ratios(drawing: ModuleType) -> None:
    draws = np.random.default_rng(0)
    shares, ratios = [], []
    for _ in range(2000):
        left, upper, right, lower = drawing.box_in(draws, 320, 300)
        assert 0 <= left < right <= 320
        assert 0 <= upper < lower <= 300
        shares.append((right - left) * (lower - upper) / (320 * 300))
        ratios.append((right - left) / (lower - upper))
    assert 0.078 < min(shares) < 0.09
    assert 0.9 < max(shares) <= 1
    assert 0.74 < min(ratios) < 0.77
    assert 1.3 < max(ratios) < 1.35
    assert np.mean(np.log(ratios)) == pytest.approx(0, abs=0.01)
    # Where no try fits, the middle, cut to the nearest ratio: torchvision's own.
    crop = torchvision_module("transforms").RandomResizedCrop
    for height, width in ((10, 4000), (4000, 10)):
        theirs = crop.get_params(torch.zeros(1, height, width), (0.9, 1.0), (3 / 4, 4 / 3))
        left, upper, right, lower = drawing.box_in(SimpleNamespace(uniform=lambda _, high: high), width, height)
        assert [round(one) for one in (upper, left, lower - upper, right - left)] == pytest.approx([*theirs], abs=1)


def test_what_is_erased_is_a_rectangle_in_half_of_the_images(drawing: ModuleType) -> None:
    draws = np.random.default_rng(0)
    holes = np.stack([drawing.hole(draws) for _ in range(1000)])
    erased = holes[:, 2] > 0
    assert 420 < erased.sum() < 580
    shares = (holes[:, 2] * holes[:, 3])[erased] / 144
    assert shares.min() > 0
    assert shares.max() < 0.4
    assert holes[:, 2:].max() < 12
    ratios = holes[erased, 3] / holes[erased, 2]
    assert 0.2 < ratios.min() < 0.5
    assert 2 < ratios.max() < 5
    images = torch.ones(1000, 2, 12, 12)
    found = drawing.erased(images, torch.from_numpy(holes))
    for image, (top, left, height, width) in zip(found, holes.tolist(), strict=True):
        expected = torch.ones(2, 12, 12)
        expected[:, top : top + height, left : left + width] = 0
        assert torch.equal(image, expected)


def test_colours_move_along_their_principal_components(drawing: ModuleType) -> None:
    assert np.allclose(drawing.VECTORS.T @ drawing.VECTORS, np.eye(3), atol=1e-3)
    draws = np.random.default_rng(0)
    shifts = np.stack([drawing.colours(draws) for _ in range(4000)]) / 255
    along = shifts @ drawing.VECTORS
    assert along.std(0) == pytest.approx([0.1 * 0.2175, 0.1 * 0.0188, 0.1 * 0.0045], rel=0.05)
    assert abs(along.mean(0)).max() < 0.002


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


REFUSED = {
    "mixup_alpha: 0.2": ("dense", "changes a picture with a class of its own"),
    "random_erasing: 0.2": ("dense", "changes a picture with a class of its own"),
    "random_resized_crop: true": ("dense", "changes a picture with a class of its own"),
    "cutmix_alpha: 1": ("flat", "cuts rectangles, and there are no pixels"),
    "lighting: 0.1": ("grey", "changes three colours, and there are others"),
}
SHAPES = {
    "dense": "input: [3, 8, 8]\nlayers: [{kind: conv2d, out_channels: 2, kernel_size: 1}]\n",
    "flat": "input: [8]\nlayers: [{kind: linear, out_features: 3}]\n",
    "grey": "input: [1, 8, 8]\nlayers: [{kind: flatten}, {kind: linear, out_features: 3}]\n",
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_images_of_this_network_cannot_have_is_refused_in_its_place(said: str) -> None:
    shape, why = REFUSED[said]
    text = f"archcalc: 1\nname: Net\n{SHAPES[shape]}train:\n{SGD_ALONE}  augment: {{{said}}}\n{RUN}"
    with pytest.raises(GenerateError) as raised:
        generate(check_text(text))
    (error,) = raised.value.diagnostics
    assert (error.code, error.message) == ("A503", f"`{said.partition(':')[0]}` {why}" + (
        ", and this network gives a class for each pixel" if shape == "dense" else ""
    ))  # fmt: skip
    assert error.span is not None
    assert text.splitlines()[error.span.line - 1].strip().startswith("augment")
