"""What networks under timm's names give for a picture, from stated weights, beside what timm's modules gave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import archcalc
from archcalc.spec.bundled import bundled_specs
from archcalc.targets.generate import generate
from tests.support.generated_module import network_of

FILE = Path(__file__).parent / "facts" / "timm_outputs.json"
FACTS: dict[str, dict[str, Any]] = json.loads(FILE.read_text("utf-8"))["models"]


def stated(state: dict[str, Tensor]) -> None:
    """The weights under which the figures came about, by their keys' order."""
    real = sorted((key, weight) for key, weight in state.items() if weight.is_floating_point())
    for number, (key, weight) in enumerate(real):
        places = torch.arange(weight.numel(), dtype=torch.float64)
        values = (places * (number + 1) * 0.37).sin().reshape(weight.shape)
        weight.copy_(1 + values / 2 if key.endswith("running_var") else values * 0.3)


@pytest.mark.parametrize("name", FACTS)
def test_values_are_those_of_timm(name: str) -> None:
    report = archcalc.check(bundled_specs()[FACTS[name]["spec"]], preset=name)
    network = network_of(generate(report).files, report).double().eval()
    stated(network.state_dict())
    x = (torch.arange(3 * 64 * 64, dtype=torch.float64) * 0.11).sin().reshape(1, 3, 64, 64)
    with torch.no_grad():
        found: Tensor = network(x)[0]
    figures = torch.tensor(FACTS[name]["logits"], dtype=torch.float64)
    torch.testing.assert_close(found[[0, 1, 2, -2, -1]], figures, rtol=1e-9, atol=1e-9)
