"""Laws as tables: names of sizes stand for what is said below."""

from __future__ import annotations

import pytest

from archcalc import check_text
from archcalc.analysis.laws import laws
from archcalc.reports.tables.laws import law_table
from archcalc.reports.tables.model import PaperTable
from archcalc.reports.tables.views import render
from tests.support.bundled import checked

DIGITS = str.maketrans({"·": "*", ",": "", "−": "-"} | {digit: f"_{k}" for k, digit in enumerate("₀₁₂₃₄₅₆₇₈₉")})


def table(family: str, preset: str | None, *, short: bool = True) -> PaperTable:
    report = checked(family, preset)
    found = laws(report)
    return law_table(found, report, 1, found.total, short=short)


@pytest.mark.parametrize(("family", "preset"), [("resnet", "resnet18"), ("unet", "unet")])
def test_names_stand_for_what_is_said_below(family: str, preset: str) -> None:
    rows = table(family, preset).rows
    sizes = {"N": 3, "H": 224, "W": 160, "C": 3}
    where = [row[1:] for row in rows if row[0].data == "where"]
    assert [cell.text for cell in where[-1]] == ["w", "likewise"]
    names: dict[str, int] = {}
    for name, cell in where[:-1]:
        for letter, size in (("h", sizes["H"]), ("w", sizes["W"])):
            names[name.text.translate(DIGITS).replace("h", letter)] = eval(str(cell.data), {"H": size, "W": size})
    (macs,) = (row[2] for row in rows if row[1].text == "MACs")
    assert "⌊" not in macs.text
    assert eval(macs.text.translate(DIGITS), sizes | names) == eval(str(macs.data), dict(sizes))


def test_latex_has_an_index_and_csv_the_whole_formula() -> None:
    assert "147{,}456 h_{2} w_{2}" in render([table("resnet", "resnet18")], "latex")
    text = render([table("resnet", "resnet18", short=False)], "csv")
    assert "where" not in text
    assert "147456 * ((H + 3) // 4)" in text


def test_short_formulas_are_whole() -> None:
    small = "archcalc: 1\nname: S\ninput: [3, 8, 8]\nlayers:\n  - {kind: conv2d, out_channels: 4, kernel_size: 3}\n"
    found = laws(check_text(small))
    assert not [row for row in law_table(found, None, None).rows if row[0].data == "where"]


COPIES = """
archcalc: 1
name: Copies
let: {T: 16, width: 32}
axes: [T]
input: [T, 8]
blocks:
  layer:
    layers:
      - {name: attention, kind: multihead_attention, num_heads: 4}
      - {name: sum, kind: add, from: [attention, input]}
      - {name: fc, kind: linear, out_features: width}
layers:
  - {name: stem, kind: linear, out_features: width}
  - {name: layers, kind: layer, repeat: 3}
  - {name: wide, kind: linear, out_features: 2*width}
"""


def test_copies_that_have_the_same_formulas_are_one_line_for_people() -> None:
    report = check_text(COPIES)
    found = laws(report, free=["width"])
    short, whole = (law_table(found, report, 1, short=short) for short in (True, False))
    assert [row[0].text for row in short.rows if row[0].text][1:3] == ["layers.0 … layers.2, each", "wide"]
    assert [row[0].text for row in whole.rows if row[0].text][1:5] == ["layers.0", "layers.1", "layers.2", "wide"]
    first = next(place for place, row in enumerate(short.rows) if row[0].text.endswith("each"))
    said = {row[1].text: row[2].text for row in short.rows[first : first + 4]}
    # Of each place four products of width × width and one more for the linear layer; of each pair of places two.
    assert said["MACs"] == "N·(5·T·width² + 2·width·T²)"
    assert said["parameters"] == "5·width² + 5·width"
