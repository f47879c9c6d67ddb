"""Sizes that are divided and put together again, in laws: what they come to is the size that there was."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.sizes.symbolic import at, closed

HEAD = "archcalc: 1\nname: Small\ninput: [4, 12, 24]\nlayers:\n"
CONV = "  - {name: conv, kind: conv2d, out_channels: 16, kernel_size: 3, stride: 2, padding: 1}\n"
DOWN = "  - {name: down, kind: pixel_unshuffle, downscale_factor: 3}\n"
UP = "  - {name: up, kind: pixel_shuffle, upscale_factor: 3}\n"
CUT = '  - {name: cut, kind: rearrange, pattern: "c (i a) (b j) -> i j (a b) c", a: 3, b: 4}\n'
BACK = '  - {name: back, kind: rearrange, pattern: "i j (a b) c -> c (i a) (b j)", a: 3}\n'
LAST = "  - {name: last, kind: conv2d, out_channels: 2, kernel_size: 2, stride: 2}\n"


@pytest.mark.parametrize(
    ("layers", "output"),
    [
        (DOWN + UP, ("H", "W")),
        (CONV + DOWN + UP, ("((H + 1)//2)", "((W + 1)//2)")),
        (CONV + CUT + BACK, ("((H + 1)//2)", "((W + 1)//2)")),
        (CONV + CUT + BACK + LAST, ("((H + 1)//4)", "((W + 1)//4)")),
        # A pool that leaves rows out asks for nothing, and gives fewer than there were.
        ("  - {kind: max_pool2d, kernel_size: 3}\n  - {kind: upsample, scale_factor: 3}\n", ("3*(H//3)", "3*(W//3)")),
    ],
)
def test_what_divides_is_whole_again(layers: str, output: tuple[str, ...]) -> None:
    report = archcalc.check_text(HEAD + layers)
    laws = archcalc.laws(report)
    assert tuple(map(str, laws.layers[-1].output[1:])) == output
    for H, W in ((12, 24), (24, 48), (36, 24), (11, 23)):
        there = archcalc.check_text(HEAD + layers, input=(4, H, W))
        if there.ok:
            sizes = {laws.variables["H"]: H, laws.variables["W"]: W}
            assert there.facts is not None
            found = there.facts.layers[-1].output
            assert found == tuple(at(closed(size), sizes) for size in laws.layers[-1].output)


def test_the_law_of_maxvit_has_a_floor_a_stage() -> None:
    laws = archcalc.laws(archcalc.check("maxvit", preset="maxvit_t"))
    outputs = {law.name: law.output for law in laws.layers}
    for stage, patch in enumerate((4, 8, 16, 32)):
        name = f"blocks.{stage}.layers.1.layers.grid_attention.map"
        assert str(outputs[name][1]) == f"((H + {patch - 1})//{patch})"
