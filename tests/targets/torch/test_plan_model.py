"""Which networks give their scores apart from the softmax that ends them, and what they give in training."""

from __future__ import annotations

import pytest
import torch

from archcalc import check_text
from archcalc.targets.generate import generate
from tests.support.generated_module import network_of

CLASSIFIER = """
archcalc: 1
name: Classifier
input: [3, 8, 8]
layers:
  - {name: flat, kind: flatten}
  - {name: scores, kind: linear, out_features: 4}
  - {name: aux, kind: linear, out_features: 5, from: flat}
  - {name: chances, kind: softmax, from: scores}
outputs:
"""


@pytest.mark.parametrize(
    ("outputs", "in_training", "evaluated"),
    [
        ("  chances:\n  aux: {training: true}\n", (4, 5), (4,)),
        ("  chances:\n  aux:\n", (4, 5), (4, 5)),
        ("  aux:\n  chances: {training: true}\n", (5, 4), (5,)),
    ],
)
def test_a_network_with_a_second_output_gives_it_whatever_ends_it(
    outputs: str, in_training: tuple[int, ...], evaluated: tuple[int, ...]
) -> None:
    """As GoogLeNet, whose heads beside the last one are there in training."""
    report = check_text(CLASSIFIER + outputs)
    files = generate(report).files
    network = network_of(files, report)
    x = torch.zeros(2, 3, 8, 8)
    for training, sizes in ((True, in_training), (False, evaluated)):
        given = network.train(training)(x)
        found = given if isinstance(given, tuple) else (given,)
        assert [tuple(one.shape) for one in found] == [(2, size) for size in sizes]
    assert "forward_logits" not in files["model.py"]


def test_a_softmax_that_ends_a_network_of_one_output_is_left_out_of_its_scores() -> None:
    """`cross_entropy` takes scores, and has a softmax of its own."""
    text = CLASSIFIER.replace("  - {name: aux, kind: linear, out_features: 5, from: flat}\n", "")
    report = check_text(text.replace("outputs:\n", ""))
    network = network_of(generate(report).files, report)
    x = torch.randn(2, 3, 8, 8)
    scores = network.forward_logits(x)  # type: ignore[operator]
    torch.testing.assert_close(network(x), scores.softmax(1))
    assert not torch.allclose(scores.sum(1), torch.ones(2))
