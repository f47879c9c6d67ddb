"""Legal and lossless sizes of small networks, worked out by hand, and of the bundled ones, held to torch."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.reports.text import render
from archcalc.sizes.set_notation import sizes_text
from tests.support.brute_force import disagreements
from tests.support.legal_sizes import found

SPATIAL = "archcalc: 1\nname: Known\ninput: [3, 64, 64]\nlayers:\n"


POOLS = SPATIAL + "  - {kind: max_pool2d, kernel_size: 2}\n" * 5


PATCHES = SPATIAL + "  - {kind: conv2d, out_channels: 8, kernel_size: 16, stride: 16}\n"


HALVES = "  - {kind: glu, dim: 2}\n  - {kind: glu, dim: 3}\n"


REFLECTED = SPATIAL + "  - {kind: conv2d, out_channels: 8, kernel_size: 3, padding: 9, padding_mode: reflect}\n"


@pytest.mark.parametrize(
    ("spec", "fit", "lossless"),
    [
        ("alexnet", "227…258", "227, 235, …, 251"),
        ("alexnet-torchvision", "≥ 63", "multiples of 8, and 1 less or 1 more, from 63 on"),
        ("lenet5", "32…35", "32"),
        (POOLS, "≥ 32", "multiples of 32"),
        (PATCHES, "≥ 16", "multiples of 16"),
        (PATCHES + HALVES, "multiples of 32, and 1…15 more, from 32 on", "multiples of 32"),
        (PATCHES + "  - {kind: flatten}\n  - {kind: linear, out_features: 2}\n", "64…79", "64"),
        (SPATIAL + "  - {kind: conv2d, out_channels: 8, kernel_size: 3, padding: same}\n", "any", "any"),
        (REFLECTED, "≥ 10", "≥ 10"),
        (SPATIAL + "  - {kind: avg_pool2d, kernel_size: 3, stride: 2, ceil_mode: true}\n", "≥ 2", "≥ 2"),
    ],
)  # fmt: skip
def test_known_answers(spec: str, fit: str, lossless: str) -> None:
    text = spec if "\n" in spec else archcalc.bundled_specs()[spec].read_text(encoding="utf-8")
    _, sizes = found(text)
    assert sizes.proven
    assert {name: sizes_text(where) for name, where in sizes.axes.items()} == {"H": fit, "W": fit}
    assert {name: sizes_text(where) for name, where in sizes.lossless.items() if where} == {
        "H": lossless,
        "W": lossless,
    }


@pytest.mark.parametrize("name", ["lenet5", "alexnet-torchvision"])
def test_torch_takes_what_the_bundled_networks_are_said_to(name: str) -> None:
    report, sizes = found(archcalc.bundled_specs()[name].read_text(encoding="utf-8"))
    assert disagreements(report, [1, 31, 32, 33, 35, 36, 62, 63, 64, 95], sizes) == []


def test_no_size_is_legal_where_a_layer_refuses_the_channels() -> None:
    """In training only: two groups do not part three channels, whatever the height and width."""
    text = (
        "archcalc: 1\nname: Helped\ninput: [2, 8, 8]\nlayers:\n"
        "  - {name: main, kind: adaptive_avg_pool2d, output_size: 1}\n"
        "  - {name: aux, kind: conv2d, out_channels: 2, kernel_size: 3, groups: 2, from: input}\n"
        "outputs: {main: , aux: {training: true}}\n"
    )
    report = archcalc.check_text(text, input=(3, 8, 8))
    assert report.ok
    for told, sizes in ((report.legal, "any"), (report.legal_in_training, "none")):
        assert told is not None
        assert [sizes_text(where) for where in told.axes.values()] == [sizes] * 2
        assert [sizes_text(where) for where in told.lossless.values() if where is not None] == [sizes] * 2
    assert "`aux`, each axis while the others stay\n  H, W: none\n  at this input it cannot be trained" in render(
        report
    )


def test_what_is_not_proven_is_not_claimed() -> None:
    text = SPATIAL + "  - {kind: flatten}\n  - {kind: glu}\n"
    report, sizes = found(text)
    assert not sizes.proven
    assert disagreements(report, range(1, 40), sizes) == []
    assert 600 not in sizes.axes["H"]


def test_a_stated_size_beyond_what_is_tried_is_legal() -> None:
    text = SPATIAL.replace("64, 64", "1000, 2") + "  - {kind: flatten}\n  - {kind: glu}\n"
    _, sizes = found(text)
    assert [n for n in (999, 1000, 1001) if n in sizes.axes["H"]] == [1000]
