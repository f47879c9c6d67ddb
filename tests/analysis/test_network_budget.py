"""A network that has more than its budget is wrong, and one that has as much is not."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from archcalc import Report, check_text
from archcalc.cli.main import cli

LAYERS = """
layers:
  - {name: conv, kind: conv2d, out_channels: 8, kernel_size: 3}
  - {name: flat, kind: flatten}
  - {name: fc, kind: linear, out_features: 10}
"""
# 8·(3·9 + 1) = 224 and 10·(8·30·30 + 1) = 72,010 parameters; 8·27·900 = 194,400 and 72,000 MACs.
COUNTS = {"params": 72_234, "trainable_params": 72_234, "macs": 266_400, "flops": 532_800}


def checked(budget: str, rest: str = LAYERS) -> Report:
    return check_text(f"archcalc: 1\nname: Small\ninput: [3, 32, 32]\nbudget: {budget}{rest}", file="small.yaml")


@pytest.mark.parametrize("what", COUNTS)
def test_as_much_is_allowed_and_one_more_is_not(what: str) -> None:
    assert checked(f"{{{what}: {COUNTS[what]}}}").ok
    (error,) = checked(f"{{{what}: {COUNTS[what] - 1}}}").diagnostics
    assert error.code == "A403"
    assert error.message.startswith(f"the network has {COUNTS[what]:,} ")
    assert error.span is not None
    assert error.span.line == 4
    assert error.help[0].startswith("make `conv`" if what in ("macs", "flops") else "make `fc`")


@pytest.mark.parametrize("text", ["72.3k", "0.1M", "'72,234'", "72.2k", "0"])
def test_a_limit_is_read_exactly_and_not_as_a_claim(text: str) -> None:
    assert checked(f"{{params: {text}}}").ok == (text not in ("72.2k", "0"))


@pytest.mark.parametrize("budget", ["5M", "[5M]", "{params: many}", "{params: -5}", "{params: true}", "{params: [5]}"])
def test_what_is_not_a_limit_is_said(budget: str) -> None:
    assert {error.code for error in checked(budget).errors} == {"A111"}


def test_another_word_for_it_is_understood() -> None:
    (error,) = checked("{parameters: 5M}").errors
    assert error.help == ("did you mean `params`?",)


def test_where_sizes_do_not_fit_nothing_is_said_of_the_budget() -> None:
    report = checked("{params: 10}", LAYERS.replace("kernel_size: 3", "kernel_size: 33"))
    assert {error.code for error in report.errors} == {"A201"}


def test_a_preset_has_its_own() -> None:
    text = f"archcalc: 1\nname: F\ninput: [3, 32, 32]\nbudget: {{params: 10, macs: 1M}}{LAYERS}"
    text += "presets: {small: {budget: {params: 80k}}, large: {}}\n"
    assert check_text(text, preset="small").ok
    (error,) = check_text(text, preset="large").errors
    assert error.code == "A403"


def test_what_only_trains_is_no_work_of_evaluation() -> None:
    layers = LAYERS + "  - {name: aux, kind: linear, from: flat, out_features: 1000}\n"
    layers += "outputs: {fc: {}, aux: {training: true, weight: 0.3}}\n"
    assert checked("{macs: 266400}", layers).ok
    (error,) = checked("{params: 72234}", layers).errors
    assert error.help[0].startswith("make `aux`")


def test_the_command_line_holds_whatever_the_spec_allows() -> None:
    spec = f"archcalc: 1\nname: Small\ninput: [3, 32, 32]\nbudget: {{params: 1M}}{LAYERS}"

    def run(*limits: str) -> tuple[int, str]:
        given = [argument for limit in limits for argument in ("--max", limit)]
        result = CliRunner().invoke(cli, ["check", "-", *given], input=spec)
        return result.exit_code, result.output

    assert run()[0] == run("params=72234", "macs=1M")[0] == 0
    status, output = run("params=72233", "macs=1")
    assert status == 1
    assert "the network has 72,234 parameters, but the limit is 72233" in output
    assert "the network has 266,400 MACs, but the limit is 1" in output
    for nothing in ("params", "params=", "params=x", "size=5", "=5"):
        status, output = run(nothing)
        assert status == 2
        assert "limits nothing" in output
