"""Bundled networks with small sizes, generated and given weights, to be held to a paper's formulas."""

from __future__ import annotations

import torch
from torch import Tensor, nn

import archcalc
from archcalc import Report
from archcalc.spec.bundled import bundled_specs
from archcalc.targets.generate import generate
from tests.support.generated_module import network_of


def small(spec: str, preset: str, **settings: int) -> tuple[Report, nn.Module, dict[str, Tensor]]:
    """A small member of the family, its generated network in double precision, and the weights that it was given."""
    return with_weights(archcalc.check(bundled_specs()[spec], preset=preset, settings=settings))


def with_weights(report: Report) -> tuple[Report, nn.Module, dict[str, Tensor]]:
    """The same of a network that was checked."""
    assert report.errors == ()
    network = network_of(generate(report).files, report).double().eval()
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn(parameter.shape) / 4)
    return report, network, dict(network.state_dict())
