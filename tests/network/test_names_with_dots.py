"""Names with dots: layers that are kept together in one module, wherever they stand in a list."""

from __future__ import annotations

import pytest
import yaml

from archcalc import check_text
from archcalc.targets.torch import chains
from tests.support.drawn.documents import Drawn
from tests.support.drawn.held import outcomes
from tests.support.drawn.mutants import Mutant

TURNS = """\
archcalc: 1
name: Drawn
input: [4, 5, 6]
blocks:
  turns:
    args: {n: 2, norm: true}
    layers:
    - repeat: n
      layers:
      - {name: "convs.{index}", kind: conv2d, out_channels: 4, kernel_size: 1}
      - {name: "norms.{index}", kind: batch_norm2d, when: norm}
      - {kind: relu}
    - {name: heads.last.0, kind: conv2d, out_channels: 4, kernel_size: 1}
    - {kind: add, from: [heads.last.0, convs.0, norms.0]}
layers:
- {name: one, kind: turns}
- {name: two, kind: turns, n: 3, norm: false}
- {name: three, again: one}
- name: row
  layers:
  - {name: a.0, kind: conv2d, out_channels: 4, kernel_size: 1}
  - {name: b.0, kind: tanh}
  - {name: a.1, kind: conv2d, out_channels: 4, kernel_size: 1}
- {name: four, again: row.a.0}
- {kind: add, from: [row.a.1, row.b.0, four]}
"""


def test_layers_that_take_turns_are_kept_by_their_sort() -> None:
    assert outcomes(Drawn(yaml.safe_load(TURNS), {})) == [("held", "")]
    report = check_text(TURNS)
    assert [layer.name for layer in report.layers if layer.params and layer.name.startswith(("one", "row"))] == [
        *("one.convs.0", "one.norms.0", "one.convs.1", "one.norms.1", "one.heads.last.0", "row.a.0", "row.a.1"),
    ]


ROW = """\
archcalc: 1
name: Drawn
input: [4, 5, 6]
layers:
- name: row
  layers:
  - {name: a.0, kind: conv2d, out_channels: 4, kernel_size: 1}
  - {name: b.0, kind: tanh}
  - {name: a.1, kind: conv2d, out_channels: 4, kernel_size: 1}
- {kind: relu}
"""


def test_a_row_of_such_layers_is_no_sequential(monkeypatch: pytest.MonkeyPatch) -> None:
    assert outcomes(Drawn(yaml.safe_load(ROW), {})) == [("held", "")]
    slip = Mutant(chains, "_through", ' or "." in part.name', "")
    monkeypatch.setattr(slip.owner, slip.function, slip.made())
    assert outcomes(Drawn(yaml.safe_load(ROW), {}))[0].wrong


WRONG = {
    "{name: a, kind: relu}": "A301: `a.0` is kept in `a`, and that is another layer's name",
    "{name: a.0.b, kind: relu}": "A301: `a.0.b` is kept in `a.0`, and that is another layer's name",
    "{name: a.0, kind: relu}": "A301: two layers are named `a.0`: on lines 5 and 6",
    "{name: a.x, kind: conv2d, out_channels: 4, kernel_size: 1, repeat: 2}": "A302: `a.x` cannot name several copies",
    "{name: 0.a, kind: relu}": "A302: `0.a` cannot name a layer",
    "{name: a..b, kind: relu}": "A302: `a..b` cannot name a layer",
    "{name: a.forward, kind: relu}": "A302: `a.forward` cannot name a layer: every `torch.nn.Module` has it already",
    "{kind: relu, from: a}": "A310: nothing above is named `a`",
    "{kind: relu, from: a.1}": "A310: nothing above is named `a.1`",
    "{name: a.2, kind: relu, from: a.2}": "A312: `a.2` would take what it gives itself",
}


@pytest.mark.parametrize("entry", WRONG)
def test_what_such_a_name_cannot_be_is_said(entry: str) -> None:
    text = f"archcalc: 1\nname: Net\ninput: [4, 5, 6]\nlayers:\n  - {{name: a.0, kind: tanh}}\n  - {entry}\n"
    errors = [f"{one.code}: {one.message}" for one in check_text(text).diagnostics if one.severity == "error"]
    assert errors == [WRONG[entry]]


def test_a_name_that_comes_below_is_said_to() -> None:
    text = (
        "archcalc: 1\nname: Net\ninput: [4, 5, 6]\nlayers:\n  - {kind: relu, from: a.0}\n  - {name: a.0, kind: tanh}\n"
    )
    assert [one.message for one in check_text(text).diagnostics if one.severity == "error"] == [
        "`a.0` comes below: a layer takes what stands above it"
    ]
