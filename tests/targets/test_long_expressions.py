"""What Python itself cannot read is refused, and not written."""

from __future__ import annotations

import pytest

from archcalc import check_text, generate
from archcalc.targets.generate import GenerateError
from tests.support.costly_specs import spec


def test_a_sum_of_very_many_is_refused() -> None:
    layers = [f"{{kind: relu, name: r{place}, from: input}}" for place in range(1500)]
    listed = ", ".join(f"r{place}" for place in range(1500))
    with pytest.raises(GenerateError, match="longer than Python can read") as refused:
        generate(check_text(spec(*layers, f"{{kind: add, from: [{listed}]}}")))
    assert [error.code for error in refused.value.diagnostics] == ["A503"]
