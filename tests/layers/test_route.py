"""The layer that experts end in: its rules, and the code that is written for it, token by token in plain torch."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from archcalc.layers.contract import KINDS
from archcalc.layers.outcome import infer_layer
from archcalc.layers.route import Routed
from archcalc.sizes.rules import Shape
from templates.torch.modules import route as written
from templates.torch.reference.layer import Layer
from templates.torch.reference.route import route as dense


def token_by_token(module: written.Routed, x: Tensor, scores: Tensor) -> Tensor:
    """Shazeer et al. 2017, each token by itself: the best are looked for one after the other."""
    given = []
    for token, own in zip(x.flatten(0, -2), scores.flatten(0, -2), strict=True):
        left, taken = own.tolist(), []
        for _ in range(module.top):
            best = max(range(len(left)), key=left.__getitem__)
            taken.append(best)
            left[best] = -float("inf")
        among = [own[number] for number in taken] if module.renormalize else [*own]
        whole = sum(one.exp() for one in among)
        place = (1,) * (x.dim() - 1)
        given.append(sum(own[n].exp() / whole * module[n](token.view(*place, -1)).flatten() for n in taken))
    return torch.stack(given).unflatten(0, x.shape[:-1])  # type: ignore[no-untyped-call, no-any-return]


def experts(number: int, width: int, features: int) -> list[nn.Module]:
    return [nn.Sequential(nn.Linear(width, 7), nn.GELU(), nn.Linear(7, features)).double() for _ in range(number)]


@pytest.mark.parametrize("places", [(), (5,), (2, 3)])
@pytest.mark.parametrize("renormalize", [True, False])
@pytest.mark.parametrize(("number", "top"), [(1, 1), (4, 1), (4, 3), (4, 4)])
def test_each_token_is_computed_by_the_best_experts(
    places: tuple[int, ...], renormalize: bool, number: int, top: int
) -> None:
    torch.manual_seed(number + top)
    module = written.Routed(*experts(number, 6, 3), top=top, renormalize=renormalize)
    x, scores = (torch.randn(2, *places, size, dtype=torch.double).requires_grad_() for size in (6, number))
    found, expected = module(x, scores), token_by_token(module, x, scores)
    torch.testing.assert_close(found, expected)
    leaves = (x, scores, *module.parameters())
    ours, theirs = (torch.autograd.grad(out.square().sum(), leaves, allow_unused=True) for out in (found, expected))
    for leaf, one, other in zip(leaves, ours, theirs, strict=True):
        # Without a token an expert has no gradient there, and zeros here.
        torch.testing.assert_close(one, torch.zeros_like(leaf) if other is None else other)
    layer = Layer({"top": top, "renormalize": renormalize}, {}, False)
    torch.testing.assert_close(dense(layer, scores, *(expert(x) for expert in module)), expected)


def test_an_expert_that_no_token_takes_gives_nothing() -> None:
    module = written.Routed(*experts(3, 6, 6), top=1)
    x, scores = torch.randn(2, 4, 6, dtype=torch.double), torch.tensor([3.0, 2.0, 1.0], dtype=torch.double)
    torch.testing.assert_close(module(x, scores.expand(2, 4, 3)), module[0](x))


def test_without_values_as_many_experts_are_computed_as_a_token_takes() -> None:
    module = written.Routed(*(nn.Linear(6, 3) for _ in range(5)), top=2).to("meta")
    with FlopCounterMode(display=False) as counter:
        found = module(torch.empty(2, 4, 6, device="meta"), torch.empty(2, 4, 5, device="meta"))
    assert found.shape == (2, 4, 3)
    assert counter.get_total_flops() == 2 * 2 * (2 * 4 * 6 * 3)


@pytest.mark.parametrize(
    ("top", "shapes", "code"),
    [
        (2, [(4, 3), (4, 8), (4, 8), (4, 8)], None),
        (3, [(3,), (8,), (8,), (8,)], None),
        (4, [(4, 3), (4, 8), (4, 8), (4, 8)], "A114"),
        (2, [(4, 2), (4, 8), (4, 8), (4, 8)], "A230"),
        (2, [(4, 4), (4, 8), (4, 8), (4, 8)], "A230"),
        (2, [(5, 3), (4, 8), (4, 8), (4, 8)], "A211"),
        (2, [(4, 3), (4, 8), (4, 8), (4, 9)], "A211"),
        (2, [(3,), (4, 8), (4, 8), (4, 8)], "A202"),
    ],
)
def test_what_it_needs(top: int, shapes: list[Shape], code: str | None) -> None:
    found = infer_layer(Routed(top=top), tuple(shapes))
    assert [need.code for need in found.failed] == [code] * (code is not None)
    assert code is not None or found.output == shapes[1]


def test_no_entry_states_it() -> None:
    assert "route" not in KINDS
    assert KINDS["route"] is Routed


@pytest.mark.parametrize("number", [1, 2, 5])
def test_what_is_given_is_as_what_each_expert_gives(number: int) -> None:
    module = written.Routed(*experts(number, 6, 3), top=1)
    x, scores = torch.randn(2, 4, 6, dtype=torch.double), torch.randn(2, 4, number, dtype=torch.double)
    assert Routed(top=1).out((4, number), *[(4, 3)] * number) == module(x, scores).shape[1:]
