"""How many copies an entry may have."""

from __future__ import annotations

import pytest

from archcalc.pipeline import check_text

SPEC = """\
archcalc: 1
name: Copies
input: [6, 8]
layers:
  - {name: gate, kind: linear, out_features: 4}
  - name: copies
    from: input
    repeat: %s
    %slayers: [{kind: linear, out_features: 8}, {kind: gelu}]
"""
ROUTE = "route: {by: gate, top: 2}\n    "


@pytest.mark.parametrize(("copies", "route", "least"), [("-1", "", 0), ("-1", ROUTE, 1), ("0", ROUTE, 1)])
def test_a_layer_may_be_left_out_and_experts_are_one_at_least(copies: str, route: str, least: int) -> None:
    (error,) = check_text(SPEC % (copies, route)).errors
    assert error.code == "A114"
    assert error.message == f"`repeat` takes a whole number from {least} up, not {copies}"
