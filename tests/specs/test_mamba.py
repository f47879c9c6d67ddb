"""Mamba against its paper's formulas in plain torch; its keys and figures are in ``test_language_models.py``."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from archcalc import check, laws
from archcalc.analysis.causality import Ahead, sees_ahead
from archcalc.analysis.conventions import counted
from archcalc.sizes.symbolic import at, closed
from archcalc.spec.bundled import bundled_specs
from tests.support.small_network import small

SIZES = {"width": 12, "depth": 2, "vocab": 30, "state": 5, "rank": 3, "T": 7}


def normed(state: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    return x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt() * state[f"{name}.weight"]


def scanned(x: Tensor, dt: Tensor, b: Tensor, c: Tensor, a: Tensor, d: Tensor) -> Tensor:
    """Equation 2 of the paper unrolled: what each place has left of each one up to it, all at once."""
    far = dt.cumsum(1)
    left = torch.exp((far[:, :, None] - far[:, None]).unsqueeze(-1) * a)
    left = left * torch.ones(x.shape[1], x.shape[1]).tril()[:, :, None, None]
    return torch.einsum("ntsck,nsc,nsk,nsc,ntk->ntc", left, dt, b, x, c) + d * x


def mixed(state: dict[str, Tensor], name: str, y: Tensor) -> Tensor:
    x, z = (y @ state[f"{name}.in_proj.weight"].T).chunk(2, 2)
    padded = F.pad(x.transpose(1, 2), (3, 0))
    x = F.conv1d(padded, state[f"{name}.conv1d.weight"], state[f"{name}.conv1d.bias"], groups=24).transpose(1, 2)
    x = F.silu(x)
    low, b, c = torch.split(x @ state[f"{name}.x_proj.weight"].T, [3, 5, 5], 2)
    dt = F.softplus(low @ state[f"{name}.dt_proj.weight"].T + state[f"{name}.dt_proj.bias"])
    y = scanned(x, dt, b, c, -state[f"{name}.A_log"].exp(), state[f"{name}.D"])
    return (y * F.silu(z)) @ state[f"{name}.out_proj.weight"].T


def test_mamba_computes_what_its_paper_says() -> None:
    _, network, state = small("mamba", "mamba_130m", **SIZES)
    for length in (1, 7, 40):
        words = torch.randint(30, (2, length))
        x = state["backbone.embeddings.weight"][words]
        for layer in (f"backbone.layers.{n}" for n in range(2)):
            x = x + mixed(state, f"{layer}.mixer", normed(state, f"{layer}.norm", x))
        scores = normed(state, "backbone.norm_f", x) @ state["backbone.embeddings.weight"].T
        torch.testing.assert_close(network(words), scores)


def test_no_place_sees_one_behind_it_and_macs_grow_with_the_length() -> None:
    report = check(bundled_specs()["mamba"], preset="mamba_130m")
    assert report.facts is not None
    assert sees_ahead(report.facts) == [Ahead(axis=0)]
    law = laws(report)
    # transformers' module, by torch's own counter.
    assert at(closed(law.total.macs), {law.variables["T"]: 32, law.variables["N"]: 1}) == 4_128_620_544


def test_products_with_the_states_are_counted_by_fvcore() -> None:
    sizes = {"width": 32, "depth": 2, "vocab": 50, "T": 16}
    report = check(bundled_specs()["mamba"], preset="mamba_130m", settings=sizes).require_ok()
    # fvcore 0.1.5's FlopCountAnalysis of the generated module: linear layers, matrices, convolutions.
    assert counted(report.layers, "fvcore").total_operations == 295_936 + 32_768 + 9_728
