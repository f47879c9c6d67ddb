"""Networks side by side in Python: what the command prints, and how those of one name are told."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from archcalc import ArgumentError, check, check_each, totals
from archcalc.cli.main import cli


@pytest.mark.parametrize("form", ["markdown", "latex", "html", "csv"])
def test_it_is_the_table_of_the_command(form: str) -> None:
    printed = CliRunner().invoke(cli, ["check", "lenet5", "resnet18", "--totals", "--format", form]).stdout
    assert totals(check("lenet5"), check("resnet18")).table(form) == printed.removesuffix("\n")


def test_those_of_one_name_are_told_by_their_settings() -> None:
    found = totals(check("alexnet"), check("alexnet", settings={"classes": 10}), check("lenet5"))
    assert found.names == ("AlexNet", "AlexNet (classes = 10)", "LeNet5")
    assert [one["params"] for one in found.figures][:2] == [62_378_344, 62_378_344 - 990 * 4097]


def test_a_family_is_a_row_for_each_member() -> None:
    assert totals(*check_each("vgg")).names[:2] == ("vgg11", "vgg13")


def test_what_is_no_report_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"`totals` takes a report, .* or the name of a spec, not `3`"):
        totals(3)  # type: ignore[arg-type]


def test_names_stand_for_networks_their_variants_and_families() -> None:
    found = totals("alexnet", "alexnet#classes=10", "resnet#resnet18", check("lenet5"), "vgg16#input=3,64,64")
    assert found.names == ("AlexNet", "AlexNet (classes = 10)", "resnet18", "LeNet5", "vgg16")
    assert found.reports[-1].input == (3, 64, 64)
    assert totals("vgg").names == totals(*check_each("vgg")).names
