"""Laws as LaTeX: rows of formulas that a parser takes."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner
from latex2mathml.converter import convert

from archcalc import check, check_text, laws
from archcalc.cli import main
from archcalc.reports.tables.laws import law_table
from archcalc.reports.tables.views import render

HEAD = "archcalc: 1\nname: Small\n"


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main.cli, list(arguments))
    return done.exit_code, done.output


def formulas(document: str) -> list[str]:
    """Each formula as MathML. Raises where something is not closed, or a command is not known."""
    found = [convert(one) for one in re.findall(r"(?<!\\)\$(.*?)(?<!\\)\$", document)]
    assert "\\" not in "".join(found)
    return found


def test_the_latex_of_a_law_is_whole_lines() -> None:
    _, printed = run("law", "alexnet", "--of", "fc3", "--free", "classes", "--format", "latex")
    begin, end = printed.index("\\midrule\n"), printed.index("\\bottomrule")
    assert printed[begin:end].splitlines() == [
        r"\midrule",
        r"fc3 & output & $\mathit{classes}$ \\",
        r" & parameters & $4{,}097 \mathit{classes}$ \\",
        r" & MACs & $4{,}096 N \mathit{classes}$ \\",
        r" & activation bytes & $4 N \mathit{classes}$ \\",
        r"\midrule",
        r"valid for &  & H $\geq$ 67 \\",
        r" &  & W $\geq$ 67 \\",
        r" & at fc1 & $256 (\left\lfloor\frac{H + 29}{32}\right\rfloor - 2) "
        r"(\left\lfloor\frac{W + 29}{32}\right\rfloor - 2) = 9{,}216$ \\",
    ]


@pytest.mark.parametrize("spec", ["alexnet", "lenet5"])
def test_the_latex_of_a_network_can_be_typeset(spec: str) -> None:
    _, printed = run("law", spec, "--format", "latex")
    assert len(formulas(printed)) > 20
    for layer in check(spec).layers:
        assert f"\n{layer.name} & output & " in printed


def test_hostile_names_can_be_typeset() -> None:
    row = "{name: x_1, kind: linear, out_features: a_b_1 * alpha + e}"
    text = f"{HEAD}input: [3]\nlet: {{a_b_1: 5, alpha: 2, e: 3}}\nlayers:\n  - {row}\n"
    report = check_text(text)
    assert formulas(render([law_table(laws(report, free=["a_b_1", "alpha", "e"]), report, None)], "latex"))


@pytest.mark.parametrize("cut", [r"\right\rfloor", "}{"])
def test_latex_that_is_cut_would_be_noticed(cut: str) -> None:
    _, printed = run("law", "alexnet", "--of", "pool3", "--format", "latex")
    start = printed.index("pool3 &")
    with pytest.raises((Exception, AssertionError)):
        assert formulas(printed[start:].replace(cut, "", 1))
