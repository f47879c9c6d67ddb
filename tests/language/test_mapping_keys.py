"""Unknown keys of a mapping, and the known ones that they may have meant."""

from __future__ import annotations

import pytest

from archcalc.pipeline import check_text

HEAD = "archcalc: 1\nname: Small\ninput: [8]\nlayers:\n  - {kind: linear, out_features: 8"


@pytest.mark.parametrize(
    ("written", "help"),
    [
        # Letter by letter `outs` is nearest to `route`, which takes keys with values.
        ("outs: 8", "`linear` has `in_features`, `out_features`, `bias`, `unbiased`"),
        ("in: 8", "did you mean `in_features`?"),
        ("rout: {top: 2}", "did you mean `route`?"),
    ],
)
def test_no_key_that_takes_keys_is_meant_by_a_number(written: str, help: str) -> None:
    error = check_text(f"{HEAD}, {written}}}\n").errors[0]
    assert error.help == (help,)
