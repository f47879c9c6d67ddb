"""The loss of networks whose outputs are probabilities, log-probabilities or scores."""

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


LOGS = """
archcalc: 1
name: Logs
input: [4]
layers:
  - {kind: linear, out_features: 8}
  - {name: hidden, kind: relu}
  - {name: fc, kind: linear, out_features: 3}
"""
SMOOTHED = "train: {batch_size: 5, epochs: 1, optimizer: {kind: sgd, lr: 0.1}, label_smoothing: 0.1}\n"
LOG_SOFTMAX = "{name: logs, kind: log_softmax, dim: 1}"
ENDS = {
    "last": f"  - {LOG_SOFTMAX}\n",
    "in a group": f"  - {{name: end, layers: [{LOG_SOFTMAX}]}}\n",
    "smoothed": f"  - {{name: end, layers: [{LOG_SOFTMAX}]}}\n{SMOOTHED}",
    "beside scores": f"  - {LOG_SOFTMAX}\noutputs: {{fc: {{weight: 0}}, logs: {{weight: 1}}}}\n",
    "beside probabilities": f"  - {LOG_SOFTMAX}\n  - {{name: chances, kind: softmax, from: fc}}\n"
    "outputs: {chances: {weight: 0}, logs: {weight: 1}}\n",
}


@pytest.mark.parametrize("end", ENDS)
def test_log_probabilities_are_trained_as_the_scores_before_them(end: str, tmp_path: Path) -> None:
    """Their logarithm is nowhere taken: the gradient is that of the cross-entropy of what arrives at them."""
    files = generate(check_text(LOGS + ENDS[end]), out=tmp_path / "logs")
    files.write()
    with modules_of(files.folder, "model", "objective") as (model, objective):
        torch.manual_seed(0)
        network = model.Logs()
        x, target = torch.randn(5, 4), torch.tensor([0, 1, 2, 2, 1])
        weight = network.fc.weight
        (given,) = torch.autograd.grad(objective.Objective(network)(x, target), weight)
        scores = network.fc(network.hidden(network.linear(x)))
        smoothing = 0.1 if end == "smoothed" else 0.0
        (expected,) = torch.autograd.grad(cross_entropy(scores, target, label_smoothing=smoothing), weight)
    assert expected.abs().max() > 0.01
    torch.testing.assert_close(given, expected)
