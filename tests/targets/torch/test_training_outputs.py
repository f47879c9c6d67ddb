"""Auxiliary heads run in training only: a tensor in evaluation, at sizes that they do not take, and a weighed loss."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from archcalc import check, check_text
from archcalc.targets.generate import GenerateError, generate
from tests.support.generated_module import network_of

SMALL = """
archcalc: 1
name: Helped
input: [1, 8, 8]
layers:
  - {name: stem, kind: conv2d, out_channels: 4, kernel_size: 3}
  - name: main
    layers: [{kind: adaptive_avg_pool2d, output_size: 1}, {kind: flatten}, {kind: linear, out_features: 10}]
  - name: aux
    from: stem
    layers: [{kind: conv2d, out_channels: 2, kernel_size: 6}, {kind: flatten}, {kind: linear, out_features: 10}]
outputs:
  main:
  aux: {training: true, weight: 0.25}
"""


@pytest.mark.parametrize("network", ["googlenet_aux", "inception_v3"])
def test_evaluation_gives_a_tensor_and_75_pixels_are_enough(network: str) -> None:
    report = check(network)
    model = network_of(generate(report).files, report).eval()
    with torch.no_grad():
        given = model(torch.zeros(1, 3, 75, 75))
    assert isinstance(given, Tensor)
    assert given.shape == (1, 1000)


def test_training_gives_all_and_each_parameter_is_reached() -> None:
    report = check_text(SMALL)
    model = network_of(generate(report).files, report)
    main, aux = model.train()(torch.randn(2, 1, 8, 8))
    (main.sum() + aux.sum()).backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
    assert torch.equal(main, model.eval()(torch.zeros(2, 1, 8, 8))) is False


def test_evaluation_is_exported_and_compiled_without_the_heads() -> None:
    report = check_text(SMALL)
    model = network_of(generate(report).files, report).eval()
    images = torch.randn(2, 1, 8, 8)
    program = torch.export.export(model, (images,))
    assert torch.equal(program.module()(images), model(images))
    assert not any("aux" in str(node.target) for node in program.graph.nodes if node.op == "call_function")


def test_the_reference_evaluates_without_the_heads_too() -> None:
    """The generated tests hold the model to it: its table says what comes out in either mode."""
    table = generate(check_text(SMALL, file="small.yaml")).files["layers_small.py"]
    assert 'OUTPUTS = ("main.2",)\n' in table
    assert 'OUTPUTS_IN_TRAINING = ("main.2", "aux.2")\n' in table


def test_the_loss_weighs_them_as_the_spec_says() -> None:
    code = generate(check_text(SMALL)).files["objective.py"]
    assert "WEIGHTS = (1.0, 0.25)\n" in code
    code = generate(check_text(SMALL.replace("training: true, weight: 0.25", "training: true"))).files["objective.py"]
    assert "WEIGHTS = (1.0, 0.3)\n" in code


def test_both_counts_are_told() -> None:
    report = check_text(SMALL)
    assert report.totals is not None
    model = generate(report).files["model.py"]
    assert f"{report.totals.macs:,} multiply-adds a sample,\n{report.totals.training_macs:,} in training." in model
    assert "(N, 1, 8, 8) -> (N, 10). In training also (N, 10)." in model


def test_what_cannot_be_trained_is_not_generated() -> None:
    report = check_text(SMALL, input=(1, 7, 7))
    assert report.ok
    with pytest.raises(GenerateError, match=r"cannot be trained: `aux\.0` reaches"):
        generate(report)
