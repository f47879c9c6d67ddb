"""Which values a network gives."""

from __future__ import annotations

import pytest

from archcalc import check_text

SPEC = """\
archcalc: 1
name: N
input: [3]
outputs: {outputs}
layers:
  - {{name: a, kind: relu, when: false}}
  - {{name: b, kind: tanh, from: {source}}}
"""


@pytest.mark.parametrize("outputs", ["[a]", "[a, a]"])
def test_a_network_whose_outputs_are_all_absent_is_at_fault_in_the_first(outputs: str) -> None:
    (error,) = (f for f in check_text(SPEC.format(outputs=outputs, source="input")).diagnostics if f.code == "A310")
    assert error.message == "none of the `outputs` is there"
    assert error.span is not None
    assert (error.span.line, error.span.column) == (4, 11)


def test_a_single_output_that_is_there_is_given() -> None:
    report = check_text(SPEC.format(outputs="[b]", source="input"))
    assert report.ok
    assert report.layers[-1].output == (3,)


def test_a_layer_is_not_counted_back_from_where_it_is_taken() -> None:
    """Other frameworks do. Of `-1` it is said what it may mean; there is no `-0`."""
    (error,) = check_text(SPEC.format(outputs="[b]", source="-1").replace("when: false", "inplace: false")).diagnostics
    assert error.help == ("layers are not counted: write its name, such as `from: a`",)
    (error,) = check_text(SPEC.format(outputs="[b]", source="-0").replace("when: false", "inplace: false")).diagnostics
    assert not any("counted" in text for text in error.help)
