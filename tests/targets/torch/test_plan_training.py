"""What recipe.py says of a recipe: all that the spec states, and no more, and each thing once."""

from __future__ import annotations

import ast

import pytest

from archcalc import check_text
from archcalc.targets.generate import generate

HEAD = """
archcalc: 1
name: Small
input: [3, 8, 8]
layers:
  - {kind: flatten}
  - {kind: linear, out_features: 4}
train:
  epochs: 9
  batch_size: 4
  optimizer: {kind: sgd, lr: 0.1}
"""


def recipe(train: str) -> str:
    return generate(check_text(f"{HEAD}{train}")).files["recipe.py"]


def kept(text: str) -> object:
    """What a run keeps beside its settings."""
    (value,) = (
        node.value
        for node in ast.parse(text).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "RECIPE"
    )
    return ast.literal_eval(value) if value is not None else None


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        ("augment", {"mixup_alpha": 0.2}),
        ("augment", {"horizontal_flip": True}),
        ("augment", {"resize": 9, "random_crop": True}),
        ("warmup", {"epochs": 3, "start_factor": 0.1}),
        ("ema", {"decay": 0.99, "steps": 32}),
        ("schedule", {"kind": "step_lr", "step_size": 2, "gamma": 0.5}),
    ],
)
def test_a_run_keeps_what_is_stated_and_nothing_else(name: str, stated: dict[str, object]) -> None:
    said = ", ".join(f"{key}: {str(value).lower()}" for key, value in stated.items())
    assert kept(recipe(f"  {name}: {{{said}}}\n")) == {"optimizer": {"kind": "sgd"}, name: stated}


@pytest.mark.parametrize(
    ("schedule", "length"),
    [
        ("schedule: {kind: cosine_annealing_lr}\n  warmup: {epochs: 3}", "3"),
        ("schedule: {kind: cosine_annealing_lr, interval: step}\n  warmup: {epochs: 3}", "3 * steps"),
        ("schedule: {kind: polynomial_lr, interval: step}\n  warmup: {steps: 70}", "70"),
    ],
)
def test_how_long_the_rise_is_stands_once(schedule: str, length: str) -> None:
    """Whoever edits it does so in one place, for the rise, for what comes after it, and for where that begins."""
    _, _, function = recipe(f"  {schedule}\n").partition("def schedule_of")
    assert f"warmup = {length}\n" in function
    assert "total_iters=warmup" in function
    assert "milestones=[warmup]" in function
    assert function.count("warmup = ") == 1
