"""What a name may be, wherever names stand."""

from __future__ import annotations

import pytest

from archcalc import Report, check_text

HEAD = "archcalc: 1\nname: Small\ninput: [3, 32, 32]\n"


def codes(report: Report) -> list[str]:
    return [error.code for error in report.diagnostics]


@pytest.mark.parametrize(
    "name", ["conv1_out", "w0_h", "k3_s2", "x0b1", "l0x1f", "e1", "v1or", "j2if", "a1e400", "none"]
)
def test_a_name_may_hold_digits_anywhere(name: str) -> None:
    text = f"""\
let: {{{name}: 3, wide: "2*{name} + 1 - {name}"}}
blocks:
  unit:
    args: {{z1_{name}, z2_: 2*{name}}}
    let: {{z3_: "z1_{name}*z2_"}}
    layers:
      - {{name: "u{{z2_ - {name}}}", kind: conv2d, out_channels: z3_, kernel_size: [1, "{name}//3"]}}
layers:
  - {{name: "c{{{name}}}", kind: conv2d, out_channels: {name}, kernel_size: {name}, padding: "({name}-1)//2"}}
  - {{name: mid, kind: identity, from: "c{{{name}}}"}}
  - {{kind: unit, z1_{name}: wide, repeat: {name} - 2, when: "{name}>2 and not {name}<3"}}
"""
    report = check_text(f"{HEAD}{text}")
    assert not report.diagnostics
    assert [layer.output for layer in report.layers] == [(3, 32, 32), (3, 32, 32), (24, 32, 32)]
    assert [layer.name for layer in report.layers] == ["c3", "mid", "unit.u3"]
    wider = check_text(f"{HEAD}{text}", settings={name: 5})
    assert not [error for error in wider.diagnostics if error.code in ("A116", "A303")]


@pytest.mark.parametrize("name", ["null", "true", "False", "NULL"])
def test_a_word_of_yaml_cannot_be_a_name(name: str) -> None:
    assert "A302" in codes(check_text(f"{HEAD}let: {{{name}: 3}}\nlayers: [{{kind: relu}}]\n"))
