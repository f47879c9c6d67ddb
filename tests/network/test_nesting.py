"""How far blocks and groups may stand in one another."""

from __future__ import annotations

import pytest

from archcalc import check_text
from archcalc.network.graph import MOST_USES
from archcalc.network.limits import MAX_NESTED

HEAD = "archcalc: 1\nname: Small\ninput: [3, 32, 32]\n"


def nested(levels: int, groups: int) -> str:
    """Blocks in blocks, each around groups in groups."""
    lines = []
    for level in range(levels):
        inner = f"{{kind: b{level + 1}}}" if level + 1 < levels else "{kind: relu}"
        for group in range(groups):
            inner = f"{{name: g{group}, layers: [{inner}]}}" if group % 2 else f"{{layers: [{inner}]}}"
        lines.append(f"  b{level}: {{layers: [{inner}]}}\n")
    return f"{HEAD}blocks:\n{''.join(lines)}layers: [{{kind: b0}}]\n"


def test_blocks_and_groups_may_be_nested_so_deep() -> None:
    report = check_text(nested(MAX_NESTED, 0))
    assert report.ok
    (layer,) = report.layers
    assert layer.name.count(".") == MAX_NESTED


@pytest.mark.parametrize(("levels", "groups"), [(MAX_NESTED + 1, 0), (40, 28), (64, 20)])
def test_and_no_deeper(levels: int, groups: int) -> None:
    assert [error.code for error in check_text(nested(levels, groups)).diagnostics] == ["A317"]


def test_of_many_uses_the_first_and_those_nearest_are_labels() -> None:
    text = nested(10, 0).replace("relu", "conv2d, out_channels: 0, kernel_size: 3")
    (error,) = check_text(text).diagnostics
    assert len(error.labels) == MOST_USES
    assert error.labels[0].text == "used here as `b0`"
    assert [label.text.count(".") for label in error.labels] == [0, 7, 8, 9]
