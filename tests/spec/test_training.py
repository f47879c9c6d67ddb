"""``train``: what a recipe may say, what a preset changes of it, and what is refused with a way out."""

from __future__ import annotations

from typing import Any

import pytest

from archcalc import check_text
from archcalc.spec.recipe import Training

NET = """\
archcalc: 1
name: Net
input: [8]
let: {width: 4}
layers: [{kind: linear, out_features: width}]
"""
WHOLE = {
    "optimizer": "{kind: sgd, lr: 0.1}",
    "batch_size": "32",
    "epochs": "10",
}


def train(**stated: str | None) -> str:
    """The text of a recipe with this stated of it beside, or in place of, what it must have."""
    entries = {key: value for key, value in (WHOLE | stated).items() if value is not None}
    return "train:\n" + "".join(f"  {key}: {value}\n" for key, value in entries.items())


def said(text: str, **options: Any) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(one.code, one.message, tuple(one.help)) for one in check_text(NET + text, **options).diagnostics]


def training(text: str, preset: str | None = None) -> Training | None:
    report = check_text(NET + text, preset=preset)
    assert report.ok, report.diagnostics
    assert report.spec is not None
    return report.spec.training


def test_all_that_a_recipe_can_say_is_read() -> None:
    found = training(
        train(
            optimizer="{kind: adamw, lr: 1e-3, betas: [0.9, 0.95], weight_decay: 0.05, norm_weight_decay: 0}",
            schedule="{kind: cosine_annealing_lr, interval: step, eta_min: 1e-5}",
            warmup="{steps: 100, start_factor: 0.1}",
            ema="{decay: 0.999, steps: 32}",
            label_smoothing="0.1",
            clip_grad_norm="1",
            augment="{mixup_alpha: 0.2, cutmix_alpha: 1.0, random_erasing: 0.1, lighting: 0.1}",
            source="a paper",
        )
    )
    assert found is not None
    assert found.optimizer.arguments() == {"lr": 0.001, "betas": (0.9, 0.95), "weight_decay": 0.05}
    assert found.optimizer.norm_weight_decay == 0
    assert found.by_step
    assert found.ends_with_the_run
    assert found.warmup is not None
    assert (found.warmup.steps, found.warmup.start_factor) == (100, 0.1)
    assert found.ema is not None
    assert (found.ema.decay, found.ema.steps) == (0.999, 32)
    assert (found.run.label_smoothing, found.run.clip_grad_norm, found.source) == (0.1, 1, "a paper")
    assert found.augment.mixes


@pytest.mark.parametrize(
    ("stated", "code", "message", "way"),
    [
        (
            {"warmup": "{steps: 5}", "schedule": "{kind: step_lr, step_size: 3}"},
            "A121",
            "`warmup` counts steps, and the schedule epochs",
            "add `interval: step` to the schedule",
        ),
        (
            {"warmup": "{epochs: 5, steps: 5}"},
            "A121",
            "`warmup` goes over `epochs` or over `steps`, and over one of them",
            "write `warmup: {epochs: 5}`",
        ),
        (
            {"warmup": "{}"},
            "A121",
            "`warmup` goes over `epochs` or over `steps`, and over one of them",
            "write `warmup: {epochs: 5}`",
        ),
        (
            {"warmup": "{epochs: 5}", "schedule": "{kind: reduce_lr_on_plateau}"},
            "A121",
            "`reduce_lr_on_plateau` waits for the loss, and cannot begin after a `warmup`",
            "remove `warmup`, or take another schedule",
        ),
        (
            {"warmup": "{epochs: 10}"},
            "A121",
            "the learning rate still rises when the run of 10 epochs ends",
            "write fewer `epochs` of `warmup`, or more of the run",
        ),
        (
            {"optimizer": "{kind: sgd, lr: 0.1, nesterov: true}"},
            "A121",
            "`nesterov` looks ahead by the momentum, and there is none",
            "add `momentum: 0.9`",
        ),
        (
            {"optimizer": "{kind: sgd, lr: 0.1, momentum: 0.9, dampening: 0.1, nesterov: true}"},
            "A121",
            "`nesterov` takes no `dampening`",
            "remove one of them",
        ),
        (
            {"schedule": "{kind: multi_step_lr, milestones: [6, 3, 6]}"},
            "A121",
            "`milestones` do not follow each other",
            "write `milestones: [3, 6]`",
        ),
        (
            {"schedule": "{kind: multi_step_lr, milestones: [3, 3]}"},
            "A121",
            "`milestones` do not follow each other",
            "write `milestones: [3]`",
        ),
        (
            {"augment": "{random_crop: true, random_resized_crop: true}"},
            "A121",
            "an image is cropped once: by `random_crop` or by `random_resized_crop`",
            "remove one of them",
        ),
        (
            {"schedule": "{kind: cosine}"},
            "A113",
            "there is no schedule `cosine`",
            "did you mean `cosine_annealing_lr`?",
        ),
        ({"warmup_epochs": "5"}, "A110", "`train` has no `warmup_epochs`", "write `warmup: {epochs: …}`"),
        ({"mixup": "0.2"}, "A110", "`train` has no `mixup`", "write `augment: {mixup_alpha: …}`"),
        (
            {"optimizer": "{kind: sgd, lr: 0.1, no_weight_decay: [bias]}"},
            "A110",
            "`sgd` has no `no_weight_decay`",
            "write `norm_weight_decay: 0` and `bias_weight_decay: 0`",
        ),
        ({"ema": "{steps: 2}"}, "A112", "`ema` has no `decay`", "add `decay:` with a number from 0 to 1"),
        (
            {"schedule": "{kind: step_lr, step_size: 2, interval: batch}"},
            "A114",
            "`interval` takes `epoch` or `step`, not `batch`",
            "",
        ),
        (
            {"optimizer": "{kind: adam, lr: 0.1, betas: [0.9, 1]}"},
            "A114",
            "`betas` takes a list of two numbers from 0 to below 1, not 1",
            "",
        ),
        ({"label_smoothing": "2"}, "A114", "`label_smoothing` takes a number from 0 to 1, not 2", ""),
        ({"clip_grad_norm": "0"}, "A114", "`clip_grad_norm` takes a number above 0, not 0", ""),
    ],
)
def test_what_does_not_fit_is_said_with_a_way_out(
    stated: dict[str, str | None], code: str, message: str, way: str
) -> None:
    ((found_code, found_message, help),) = said(train(**stated))
    assert (found_code, found_message) == (code, message)
    assert way in help or not way


PRESETS = """\
presets:
  same: {}
  other: {train: {optimizer: {lr: 0.4}, batch_size: 64}}
  kinds: {train: {optimizer: {kind: adamw, lr: 1e-3}, schedule: null}}
  none: {train: null}
  parts: {train: {schedule: {step_size: 5}, augment: {mixup_alpha: 0.2}}}
"""
FAMILY = train(optimizer="{kind: sgd, lr: 0.1, momentum: 0.9}", schedule="{kind: step_lr, step_size: 3}") + PRESETS


def test_a_preset_changes_the_familys_recipe_field_by_field() -> None:
    family = training(FAMILY)
    assert family == training(FAMILY, "same")
    assert family is not None
    other, kinds, parts = (training(FAMILY, preset) for preset in ("other", "kinds", "parts"))
    assert other is not None
    assert (other.optimizer.arguments(), other.batch_size) == ({"lr": 0.4, "momentum": 0.9}, 64)
    assert (other.schedule, other.run.epochs) == (family.schedule, 10)
    assert kinds is not None
    assert (kinds.optimizer.arguments(), kinds.schedule) == ({"lr": 0.001}, None)
    assert training(FAMILY, "none") is None
    assert parts is not None
    assert parts.schedule is not None
    assert parts.schedule.arguments() == {"step_size": 5}
    assert (parts.augment.mixup_alpha, parts.optimizer) == (0.2, family.optimizer)


def test_a_preset_can_have_a_recipe_where_the_family_has_none() -> None:
    own = train(batch_size="16").replace("train:\n", "").replace("\n", ",").replace("  ", "").rstrip(",")
    text = f"presets:\n  one: {{train: {{{own}}}}}\n  two: {{}}\n"
    assert training(text) is None
    found = training(text, "one")
    assert found is not None
    assert found.batch_size == 16
    assert training(text, "two") is None


def test_what_is_wrong_with_a_familys_recipe_is_said_once() -> None:
    wrong = FAMILY.replace("momentum: 0.9", "momentum: -1")
    assert [code for code, _, _ in said(wrong)] == ["A114"]
    own = said(FAMILY.replace("{lr: 0.4}", "{lr: 0}"))
    assert [code for code, _, _ in own] == ["A114"]
    # What contradicts the family's values is said where the preset states it.
    text = FAMILY.replace("augment: {mixup_alpha: 0.2}", "warmup: {steps: 5}")
    report = check_text(NET + text)
    (error,) = report.diagnostics
    assert (error.code, error.span and error.span.line) == ("A121", len((NET + text).splitlines()))
