"""The bundled networks are torchvision's: each preset that is named as a function of torchvision gives the same
state_dict, the same parameters and the same MACs, and its layers are set as torchvision's are."""

import os

import pytest

import archcalc
from archcalc.spec.bundled import bundled_specs
from tests.support.torchvision_oracle import torchvision_models
from tests.support.zoo_twins import ONE_OF_EACH, OTHER_ORDER, PAIRS, PRESETS, differences, twin

DEEP = os.environ.get("ARCHCALC_DEEP") == "1"
SHAPES: dict[str, tuple[int, ...]] = {"unet": (2, 512, 512), "unet_paper": (2, 388, 388)}
SHAPES |= {"crnn": (26, 37), "clip_vit_b_32": (512,), "clip_vit_b_16": (512,)}
SHAPES |= {"clip_vit_l_14": (768,), "clip_vit_l_14_336": (768,)}
SHAPES |= {f"whisper_{size}": (448, 51865) for size in ("tiny", "base", "small", "medium", "large_v2")}
SHAPES |= {"whisper_large_v3": (448, 51866), "whisper_large_v3_turbo": (448, 51866)}
SHAPES |= {
    "albert_base_v2": (768,),
    "albert_large_v2": (1024,),
    "albert_xlarge_v2": (2048,),
    "albert_xxlarge_v2": (4096,),
}
SHAPES |= {f"{head}_resnet{depth}": (21, 520, 520) for head in ("fcn", "deeplabv3") for depth in (50, 101)}
SHAPES |= {f"{head}_mobilenet_v3_large": (21, 520, 520) for head in ("lraspp", "deeplabv3")}
SHAPES |= {"fpn_resnet50": (256, 13, 13), "fpn_resnet101": (256, 13, 13)}
SHAPES |= {f"dit_{size}_{patch}": (8, 32, 32) for size in ("s", "b", "l", "xl") for patch in (2, 4, 8)}
SHAPES |= {f"stable_diffusion_{name}": (4, 64, 64) for name in ("v1", "v1_inpainting", "v2")}
SHAPES |= {f"swin3d_{size}": (400,) for size in "tsb"}
SHAPES |= {f"yolov8{size}": (84, 20, 20) for size in "nsmlx"}
SHAPES |= {"bart_base": (1024, 768), "bart_large": (1024, 1024)}
SHAPES |= {f"t5_{size}": (512, 32128) for size in ("small", "base", "large", "3b", "11b")}
SHAPES |= {f"flan_t5_{size}": (512, 32128) for size in ("small", "base", "large", "xl", "xxl")}
"""Outputs of networks of pictures that are not one number a class; 388 × 388 is the paper's figure 1. Those of
ALBERT, BART, CLIP, Whisper and T5 are of transformers' modules."""


def given(preset: str, report: archcalc.Report) -> tuple[object, ...]:
    """The shape of what its source says it gives: of a network of words by the table that they are looked up in."""
    assert report.input is not None
    if len(report.input) > 1 or preset in SHAPES:
        return SHAPES.get(preset, (1000,))
    (length,), (vocabulary, width) = report.input, report.layers[0].weights["weight"]
    pooled = any(layer.name.startswith("pooler.") for layer in report.layers)
    return (width,) if pooled else (length, width if "distilbert" in preset else vocabulary)


@pytest.mark.parametrize(("spec", "preset"), PRESETS)
def test_a_preset_is_what_its_source_says(spec: str, preset: str) -> None:
    report = archcalc.check(bundled_specs()[spec], preset=preset)
    assert not report.diagnostics
    assert report.facts is not None
    assert report.facts.layers[-1].output == given(preset, report)


@pytest.mark.parametrize(("spec", "preset"), PAIRS)
def test_a_preset_is_torchvisions(spec: str, preset: str | None) -> None:
    report = archcalc.check(bundled_specs()[spec], preset=preset)
    # That takes torch most of the time. Of layers that are torchvision's, docs/zoo.md has the MACs of every preset.
    counted = DEEP or (spec, preset) in ONE_OF_EACH
    assert list(differences(report, twin(preset), in_order=spec not in OTHER_ORDER, counted=counted)) == []


def test_every_classifier_of_torchvision_without_windows_of_attention_is_here() -> None:
    models = torchvision_models()
    windows = ("swin_", "maxvit_")
    theirs = {name for name in models.list_models(module=models) if not name.startswith(windows)}
    assert theirs <= {param.id for param in PAIRS}


@pytest.mark.parametrize(
    ("spec", "preset", "right", "wrong", "seen"),
    [
        ("resnet", "resnet50", "planes: 128, n: n2, stride: 2", "planes: 128, n: n2, stride: 1", "MACs"),
        ("resnet", "resnet18", "name: conv1", "name: conv0", "state_dict"),
        ("resnet", "resnet18", "name: maxpool, kind: max_pool2d", "name: maxpool, kind: avg_pool2d", "maxpool"),
        ("googlenet", "googlenet", "p: 0.2", "p: 0.5", "dropout"),
        ("efficientnet", "efficientnet_b0", "before: n1 + n2}", "before: n1}", "stochastic_depth"),
        ("mobilenet_v3", "mobilenet_v3_small", "eps: 0.001", "eps: 0.01", "eps"),
        ("vgg", "vgg16", "{kind: dropout, p: 0.5}", "{kind: identity}", "classifier"),
        ("densenet", "densenet121", "4 * growth", "5 * growth", "parameters"),
        ("vit", "vit_b_32", "num_heads: heads", "num_heads: 2*heads", "num_heads"),
    ],
)
def test_a_slip_is_seen(spec: str, preset: str, right: str, wrong: str, seen: str) -> None:
    text = bundled_specs()[spec].read_text(encoding="utf-8")
    assert right in text
    slipped = archcalc.check_text(text.replace(right, wrong), preset=preset)
    assert seen in "\n".join(differences(slipped, twin(preset)))
