"""Names of a spec that are also the names of classes which the generated code brings with it."""

from __future__ import annotations

import pytest

from archcalc import check_text
from archcalc.targets.generate import GenerateError, generate

HEAD = "archcalc: 1\nname: Net\naxes: [T]\ninput: [T, 8]\n"
ARGUMENT = """\
let: {{T: 4}}
blocks:
  unit:
    args: {{{name}: 2}}
    layers:
      - {{name: q, kind: rotary, num_heads: {name}}}
layers:
  - {{name: one, kind: unit}}
  - {{name: two, kind: unit, {name}: 4}}
"""
ROWS = """\
let: {{T: 4, rows: [{{{name}: 2}}, {{{name}: 4}}]}}
layers:
  - {{name: "q{{index}}", kind: rotary, num_heads: {name}, repeat: rows}}
"""


ROWS_OF_A_BLOCK = """\
let: {{T: 4}}
blocks:
  unit:
    let: {{rows: [{{{name}: 2}}, {{{name}: 4}}]}}
    layers:
      - {{name: "q{{index}}", kind: rotary, num_heads: {name}, repeat: rows}}
layers:
  - {{name: one, kind: unit}}
"""


@pytest.mark.parametrize("text", [ARGUMENT, ROWS, ROWS_OF_A_BLOCK])
def test_what_is_called_as_a_class_of_the_code_is_refused_in_its_place(text: str) -> None:
    with pytest.raises(GenerateError) as raised:
        generate(check_text(HEAD + text.format(name="Rotary")))
    (error,) = raised.value.diagnostics
    assert error.code == "A503"
    assert error.message.startswith("`Rotary` of ")
    assert error.span is not None


@pytest.mark.parametrize("text", [ARGUMENT, ROWS])
@pytest.mark.parametrize("name", ["heads", "Attention"])
def test_a_class_that_the_code_does_not_have_takes_no_name(text: str, name: str) -> None:
    code = generate(check_text(HEAD + text.format(name=name))).files["model.py"]
    assert "class Rotary(" in code
    assert "class Attention(" not in code
