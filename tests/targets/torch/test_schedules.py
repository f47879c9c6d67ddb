"""Schedules and rises, step by step: each is torch's, or what its formula says."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim import SGD, lr_scheduler

from tests.support.generated_folder import modules_of
from tests.support.recipe_folder import made

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
