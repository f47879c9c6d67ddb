"""What captions say of a sweep and of networks side by side: what the numbers are of, and no more than is there."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from archcalc import sweep, totals
from archcalc.cli.main import cli
from archcalc.reports.tables.latex import tex_prose
from archcalc.reports.tables.totals import totals_table

ONE = "multiply-adds (MACs) for one sample."


@pytest.mark.parametrize(
    ("options", "caption"),
    [
        (("--set", "classes=10,20"), f"**AlexNet at an input of 3 × 227 × 227 by classes: {ONE}**"),
        (("--input", "H=227,228", "--columns", "MACs"), f"**AlexNet at an input of 3 × H × 227 by H: {ONE}**"),
        (("--input", "N=1,2", "--columns", "params"), "**AlexNet at an input of 3 × 227 × 227 by N.**"),
        (
            ("--set", "classes=10", "--input", "HW=227", "--input", "N=8", "--columns", "macs,FLOPs"),
            "**AlexNet at an input of 3 × H × W by classes, H, W and N: multiply-adds (MACs) and FLOPs (2 × MACs) for "
            "N samples.**",
        ),
    ],
)
def test_a_sweep_says_at_which_input_its_numbers_are(options: tuple[str, ...], caption: str) -> None:
    result = CliRunner().invoke(cli, ["sweep", "alexnet", *options, "--format", "markdown"])
    assert result.stdout.splitlines()[0] == caption
    assert ONE in sweep("alexnet", settings={"classes": [10, 20]}).table("markdown")


def test_networks_side_by_side_are_called_by_what_is_told_of_them() -> None:
    found = totals("lenet5", "alexnet")
    assert (
        totals_table(found, columns=["MACs", "parameters"]).caption
        == "Networks compared: parameters and multiply-adds."
    )
    whole = "Networks compared: inputs, layers with weights, parameters, multiply-adds and memory."
    assert totals_table(found).caption == whole


def test_what_a_note_quotes_is_code() -> None:
    assert tex_prose("`fc_1` takes 3, and `a` too") == r"\texttt{fc\_\allowbreak{}1} takes 3, and \texttt{a} too"
