"""The recipes of the bundled networks: which have one, where it comes from, and what sets a family's members apart."""

from __future__ import annotations

from functools import cache

import pytest

from archcalc.diagnostics.log import Log
from archcalc.spec.bundled import bundled_specs
from archcalc.spec.model import Spec
from archcalc.spec.reader import read_spec
from archcalc.spec.recipe import AdamW, CosineAnnealingLR, ExponentialLR, RMSprop, StepLR, Training

WITHOUT = {"albert", "alexnet", "bert", "convmixer", "distilbert", "gmlp", "googlenet", "mlp_mixer"}
WITHOUT |= {"bart", "deepseek_v2", "falcon", "gemma", "gemma2", "gpt_neox", "gptj", "phi", "stablelm"}
WITHOUT |= {
    "clip",
    "crnn",
    "dit",
    "fpn",
    "hrnet",
    "mamba",
    "mobilenet_v1",
    "mixtral",
    "nfnet",
    "opt",
    "phi3",
    "qwen_moe",
    "repvgg",
    "res2net",
    "segmentation",
    "segmentation_mobile",
    "stable_diffusion",
    "swin3d",
    "t5",
    "unet",
    "vit_timm",
    "whisper",
    "word_language_model",
    "yolov8",
}
"""Their sources give none, or not its learning rate."""

MEMBERS_WITH = {"gpt2": ("gpt2",), "llama": ("llama_", "llama2_", "tinyllama_")}
"""How the names of those members begin that have one, of families of which some have none."""


@cache
def spec_of(name: str) -> Spec:
    path = bundled_specs()[name]
    spec = read_spec(path.read_text("utf-8"), Log(str(path)))
    assert spec is not None
    return spec


def recipe(name: str, preset: str) -> Training:
    training = spec_of(name).chosen(preset).training
    assert training is not None
    return training


@pytest.mark.parametrize("name", bundled_specs())
def test_a_network_has_a_recipe_with_its_source_or_is_known_to_have_none(name: str) -> None:
    spec = spec_of(name)
    for member in [spec, *map(spec.chosen, spec.presets)]:
        begins = MEMBERS_WITH.get(name, "")
        without = name in WITHOUT or bool(member.preset and not member.preset.startswith(begins))
        assert (member.training is None) == without
        # LeNet-5's is nobody's, and its spec says so.
        assert member.training is None or (member.training.source is None) == (name == "lenet5")


@pytest.mark.parametrize(
    ("name", "preset", "lr", "batch_size", "epochs"),
    [
        ("resnet", "resnet50", 0.1, 256, 90),
        ("resnet", "resnext50_32x4d", 0.1, 256, 100),
        ("resnet", "resnext101_32x8d", 0.1, 256, 100),
        ("vgg", "vgg16", 0.01, 256, 90),
        ("vgg", "vgg16_bn", 0.1, 256, 90),
        ("mobilenet_v2", "mobilenet_v2", 0.045, 256, 300),
        ("mobilenet_v3", "mobilenet_v3_small", 0.064, 1024, 600),
        ("regnet", "regnet_x_400mf", 0.8, 1024, 100),
        ("regnet", "regnet_y_400mf", 0.4, 1024, 100),
        ("regnet", "regnet_x_8gf", 0.4, 512, 100),
        ("regnet", "regnet_y_32gf", 0.2, 256, 100),
        ("convnext", "convnext_base", 0.001, 1024, 600),
        ("efficientnet_v2", "efficientnet_v2_s", 0.5, 1024, 600),
        ("shufflenet_v2", "shufflenet_v2_x2_0", 0.5, 1024, 600),
        ("vit", "vit_b_16", 0.003, 4096, 300),
        ("vit", "vit_l_16", 0.5, 1024, 600),
        ("swin", "swin_b", 0.001, 1024, 300),
        ("swin_v2", "swin_v2_s", 0.001, 1024, 300),
        ("maxvit", "maxvit_t", 0.003, 4096, 400),
    ],
)
def test_a_recipe_is_torchvisions(name: str, preset: str, lr: float, batch_size: int, epochs: int) -> None:
    """The figures of its references/classification/README.md, of all eight GPUs together."""
    found = recipe(name, preset)
    assert (found.optimizer.lr, found.batch_size, found.run.epochs) == (lr, batch_size, epochs)
    assert found.augment.random_resized_crop
    assert found.augment.horizontal_flip
    assert isinstance(found.schedule, StepLR if found.warmup is None else CosineAnnealingLR)
    if found.ema is not None:
        # train.py's adjustment of 0.99998, which it gives for a single GPU, to the batch and the epochs.
        adjusted = 1 - (1 - 0.99998) * batch_size * found.ema.steps / epochs
        assert found.ema.decay == pytest.approx(adjusted, abs=1e-6)


def test_the_largest_densenet_trains_on_half_the_samples_and_longer() -> None:
    usual, largest = recipe("densenet", "densenet121"), recipe("densenet", "densenet161")
    assert (usual.batch_size, usual.run.epochs) == (256, 90)
    assert (largest.batch_size, largest.run.epochs) == (128, 100)
    assert usual.schedule is not None
    assert largest.schedule is not None
    assert usual.schedule.arguments() == {"milestones": (30, 60)}
    assert largest.schedule.arguments() == {"milestones": (30, 60, 90)}
    assert usual.optimizer == largest.optimizer


@pytest.mark.parametrize(("name", "preset"), [("efficientnet", "efficientnet_b0"), ("mnasnet", "mnasnet1_0")])
def test_a_rate_that_falls_every_2_4_epochs_has_fallen_as_far_after_twelve(name: str, preset: str) -> None:
    """By 0.97 every 2.4 epochs, as both papers say: five times in twelve epochs."""
    found = recipe(name, preset)
    assert isinstance(found.schedule, ExponentialLR)
    assert found.schedule.gamma**12 == pytest.approx(0.97**5, rel=1e-5)
    assert isinstance(found.optimizer, RMSprop)
    assert (found.optimizer.lr, found.optimizer.alpha, found.optimizer.momentum) == (0.256, 0.9, 0.9)
    assert found.optimizer.weight_decay == 1e-5


@pytest.mark.parametrize(
    ("name", "preset", "lr", "batch_size"),
    [
        ("gpt2", "gpt2", 6e-4, 480),
        ("gpt2", "gpt2_medium", 3e-4, 480),
        ("gpt2", "gpt2_xl", 2e-4, 480),
        ("llama", "tinyllama_1_1b", 4e-4, 1024),
        ("llama", "llama2_7b", 3e-4, 2048),
        ("llama", "llama2_70b", 1.5e-4, 2048),
    ],
)
def test_a_language_model_is_trained_as_their_papers_say(name: str, preset: str, lr: float, batch_size: int) -> None:
    """Half a million, two and four million tokens a step; a rise of 2,000 steps, and a cosine to a tenth."""
    found = recipe(name, preset)
    assert (found.optimizer.lr, found.batch_size) == (lr, batch_size)
    assert isinstance(found.optimizer, AdamW)
    assert (found.optimizer.betas, found.optimizer.weight_decay) == ((0.9, 0.95), 0.1)
    assert found.run.clip_grad_norm == 1
    assert found.warmup is not None
    assert found.warmup.steps == 2000
    assert isinstance(found.schedule, CosineAnnealingLR)
    assert found.schedule.eta_min == pytest.approx(lr / 10)
    assert found.by_step
    assert found.ends_with_the_run
