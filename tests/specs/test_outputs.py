"""What small members of the families give, from stated weights, beside what transformers' modules gave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.support.small_network import small

FACTS: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "facts" / "outputs.json").read_text("utf-8"))[
    "models"
]


def stated(state: dict[str, Tensor]) -> None:
    """The weights under which the figures came about, by their keys' order."""
    for number, (_, weight) in enumerate(sorted(state.items())):
        places = torch.arange(weight.numel(), dtype=torch.float64)
        weight.copy_(((places * (places + number + 1) * 0.37).sin() * 0.4).reshape(weight.shape))


def given(model: str, **slip: int) -> Tensor:
    """What it gives for the words of the figures."""
    facts = FACTS[model]
    lengths = zip("TS" if len(facts["inputs"]) == 1 else "ST", facts["inputs"].values(), strict=False)
    sizes = {name: len(words) for name, words in lengths}
    _, network, state = small(facts["spec"], facts["preset"], **(facts["settings"] | sizes | slip))
    stated(state)
    with torch.no_grad():
        found: Tensor = network(*(torch.tensor([words]) for words in facts["inputs"].values()))
    return found[0]


@pytest.mark.parametrize("model", FACTS)
def test_values_are_those_of_transformers(model: str) -> None:
    found = given(model)
    for what, given_here in (("first", found[:, 0]), ("last", found[-1, -6:])):
        figures = torch.tensor(FACTS[model][what], dtype=found.dtype)
        # transformers works the angles out in single precision.
        torch.testing.assert_close(given_here, figures, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("model", "slip"),
    [
        ("phi", {"turned": 6}),
        ("gpt-j", {"turned": 12}),
        ("mistral in a window", {"window": 3}),
        ("gemma 2", {"window": 3}),
        ("gemma 2", {"cap": 3}),
        ("gemma 2", {"final_cap": 2}),
        ("deepseek-v2", {"top": 1}),
        ("deepseek-v2", {"base": 100}),
    ],
)
def test_a_slip_is_seen(model: str, slip: dict[str, int]) -> None:
    found = given(model, **slip)
    assert not torch.allclose(found[:, 0], torch.tensor(FACTS[model]["first"], dtype=found.dtype), atol=1e-4)
