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
from tests.support.stated_weights import stated, stated_values

FILE = Path(__file__).parent / "facts" / "timm_outputs.json"
FACTS: dict[str, dict[str, Any]] = json.loads(FILE.read_text("utf-8"))["models"]


@pytest.mark.parametrize("name", FACTS)
def test_values_are_those_of_timm(name: str) -> None:
    report = archcalc.check(bundled_specs()[FACTS[name]["spec"]], preset=name)
    network = network_of(generate(report).files, report).double().eval()
    stated(network.state_dict())
    with torch.no_grad():
        found: Tensor = network(stated_values(1, 3, 64, 64))[0]
    figures = torch.tensor(FACTS[name]["logits"], dtype=torch.float64)
    torch.testing.assert_close(found[[0, 1, 2, -2, -1]], figures, rtol=1e-9, atol=1e-9)
