"""The rows of the table of layers that generated tests evaluate a network by."""

from __future__ import annotations

import pytest

from archcalc import check_text
from archcalc.targets.generate import generate


def row(shape: str, layer: str) -> str:
    files = generate(check_text(f"archcalc: 1\nname: N\ninput: {shape}\nlayers: [{layer}]\n")).files
    (text,) = (text for name, text in files.items() if name.startswith("layers_"))
    (line,) = (line for line in text.splitlines() if ": Row(" in line)
    return line.strip()


@pytest.mark.parametrize(
    ("kind", "shape", "dim"),
    [("softmax", "[4]", 1), ("log_softmax", "[4]", 1), ("softmin", "[4]", 1), ("softmax", "[4, 6, 6]", 1)],
)
def test_a_softmax_says_along_which_axis_though_the_spec_leaves_it_to_what_arrives(
    kind: str, shape: str, dim: int
) -> None:
    """torch warns of a softmax without `dim`, and its choice is another one for three axes and the batch."""
    stated = ", dim: 1" if "," in shape else ""
    assert f'{{"dim": {dim}}}' in row(shape, f"{{kind: {kind}{stated}}}")


def test_a_pool_without_a_stride_strides_by_its_kernel() -> None:
    """As torch's."""
    assert '{"kernel_size": 3, "stride": 3}' in row("[3, 9, 9]", "{kind: max_pool2d, kernel_size: 3}")
