"""The loss of networks of which some outputs are probabilities and others are scores."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch.nn.functional import cross_entropy

from archcalc import check_text
from archcalc.targets.generate import generate
from tests.support.generated_folder import modules_of

TEXT = """
archcalc: 1
name: Two
input: [3, 8, 8]
layers:
  - {name: flat, kind: flatten}
  - {name: scores, kind: linear, out_features: 4}
  - {name: others, kind: linear, out_features: 4, from: flat}
  - {name: chances, kind: softmax, from: scores}
  - {name: other_chances, kind: softmax, from: others}
outputs:
"""
OTHERS = "  - {name: other_chances, kind: softmax, from: others}\n"


@pytest.mark.parametrize(
    ("first", "second"),
    [("chances", "others"), ("others", "chances"), ("chances", "other_chances")],
)
def test_each_output_has_the_cross_entropy_of_its_scores(first: str, second: str, tmp_path: Path) -> None:
    """Whether it gives these or their softmax, in training and where both are always given."""
    text = TEXT if second == "other_chances" else TEXT.replace(OTHERS, "")
    losses: list[torch.Tensor] = []
    for training in ("", "training: true, "):
        outputs = f"  {first}:\n  {second}: {{{training}weight: 0.3}}\n"
        files = generate(check_text(text + outputs), out=tmp_path / f"of{len(losses)}")
        files.write()
        with modules_of(files.folder, "model", "objective") as (model, objective):
            torch.manual_seed(0)
            network = model.Two()
            images, target = torch.randn(5, 3, 8, 8), torch.tensor([0, 1, 2, 3, 1])
            losses.append(objective.Objective(network)(images, target))
            told = {"scores": network.scores, "others": network.others}
            scores = {name: cross_entropy(layer(images.flatten(1)), target) for name, layer in told.items()}
    weights = {"others": 0.3, "scores": 1.0} if first == "chances" else {"others": 1.0, "scores": 0.3}
    expected = sum(weight * scores[name] for name, weight in weights.items())
    torch.testing.assert_close(losses, [expected, expected])
