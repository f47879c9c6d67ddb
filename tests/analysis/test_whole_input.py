"""Who gives one number for an input of three axes is told to give them all."""

from __future__ import annotations

import pytest

from archcalc.pipeline import check_text

NETWORK = """\
archcalc: 1
name: Net
input: [3, 32, 32]
layers:
  - {kind: conv2d, out_channels: 8, kernel_size: 3}
"""


@pytest.mark.parametrize(
    ("given", "said"), [((33,), True), ((3, 33), False), ((3, 2, 2), False), ((33, 33, 3, 1), False)]
)
def test_one_number_is_taken_for_height_and_width(given: tuple[int, ...], said: bool) -> None:
    error = check_text(NETWORK, input=given).diagnostics[0]
    assert (error.help[:1] == ("give every axis of the input: `--input 3,33,33`",)) == said
    assert any("give every axis" in help for help in error.help) == said
