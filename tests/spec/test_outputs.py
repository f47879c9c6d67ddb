"""``outputs``: which the network gives in training only, what counts then and what does not, and what is refused."""

from __future__ import annotations

import pytest
import sympy

from archcalc import check, check_text, laws, solve, sweep
from archcalc.spec.model import OutputName

NET = """
archcalc: 1
name: Heads
input: [3, 32, 32]
let: {{aux: true}}
layers:
  - {{name: stem, kind: conv2d, out_channels: 8, kernel_size: 3}}
  - {{name: pool, kind: max_pool2d, kernel_size: 4}}
  - name: side
    when: aux
    from: stem
    layers: [{{kind: conv2d, out_channels: 2, kernel_size: 20}}, {{kind: flatten}}]
  - {{name: conv, from: pool, kind: conv2d, out_channels: 4, kernel_size: 3}}
outputs: {outputs}
"""


def net(outputs: str) -> str:
    return NET.format(outputs=outputs)


def found(outputs: str) -> list[tuple[str, str]]:
    return [(error.code, error.message) for error in check_text(net(outputs)).diagnostics]


def test_names_with_what_is_said_of_them() -> None:
    report = check_text(net("{conv, side: {training: true, weight: 0.3}}"))
    assert report.spec is not None
    said = [(one.name, one.training, one.weight) for one in report.spec.outputs]
    assert said == [("conv", False, None), ("side", True, 0.3)]
    assert all(isinstance(one, OutputName) for one in report.spec.outputs)


def test_a_list_and_a_mapping_are_the_same() -> None:
    one, other = check_text(net("[conv, side]")), check_text(net("{conv, side}"))
    assert one.totals == other.totals
    assert one.graph is not None
    assert other.graph is not None
    assert one.graph.outputs == other.graph.outputs


def test_parameters_count_it_and_macs_do_not() -> None:
    always, training = check_text(net("[conv, side]")), check_text(net("{conv, side: {training: true}}"))
    assert always.totals is not None
    assert training.totals is not None
    assert training.totals.params == always.totals.params
    assert training.totals.training_macs == always.totals.macs == always.totals.training_macs
    alone = sum(layer.macs for layer in training.layers if layer.step.in_training)
    assert training.totals.macs == always.totals.macs - alone < always.totals.macs
    assert [layer.name for layer in training.layers if layer.step.in_training] == ["side.0", "side.1"]


def test_legal_inputs_are_those_of_evaluation() -> None:
    report = check_text(net("{conv, side: {training: true}}"))
    assert report.legal is not None
    assert report.legal_in_training is not None
    assert 15 in report.legal.axes["H"]
    assert 15 not in report.legal_in_training.axes["H"]
    assert check_text(net("{conv, side: {training: true}}"), input=(3, 15, 15)).ok
    assert not check_text(net("[conv, side]"), input=(3, 15, 15)).ok


def test_as_it_is_written_it_can_be_trained() -> None:
    text = net("{conv, side: {training: true}}").replace("[3, 32, 32]", "[3, 20, 20]")
    assert [error.code for error in check_text(text).errors] == ["A201"]


def test_laws_solutions_and_sweeps_are_those_of_evaluation() -> None:
    report = check_text(net("{conv, side: {training: true}}"))
    assert report.totals is not None
    law = laws(report)
    assert law.total.params == report.totals.params
    at = {law.variables[name]: value for name, value in {"N": 1, "H": 32, "W": 32}.items()}
    assert sympy.sympify(law.total.macs).subs(at) == report.totals.macs
    solutions = solve(report, "conv.H == 1", "input.H", {"input.H": range(10, 33)})
    assert [one.values["input.H"] for one in solutions.found] == [17, 16, 15, 14]


def test_a_sweep_goes_where_evaluation_goes() -> None:
    table = sweep("inception_v3", input={"H": "74:76", "W": "299"})
    assert table["legal"].tolist() == [False, True, True]
    report = check("inception_v3", input=(3, 76, 299))
    assert report.totals is not None
    assert table["macs"][2] == report.totals.macs
    assert table["params"][2] == report.totals.params


@pytest.mark.parametrize(
    ("outputs", "errors"),
    [
        ("{conv: {training: true}, side}", [("A111", "`conv` is the main output, which evaluation gives as well")]),
        ("{conv, side: 0.3}", [("A111", "the output `side` takes `training` and `weight`, not 0.3")]),
        ("{conv, side: {trainign: true}}", [("A110", "an output has no `trainign`")]),
        ("{conv, side: {weight: -1}}", [("A114", "`weight` is -1, but must be 0 or more")]),
        ("{conv, sid: {training: true}}", [("A310", "`sid` is no layer")]),
    ],
)
def test_what_cannot_be_meant_is_said(outputs: str, errors: list[tuple[str, str]]) -> None:
    said = found(outputs)
    assert [code for code, _ in said if not code.startswith("A315")][: len(errors)] == [code for code, _ in errors], (
        said
    )


def test_without_its_main_output_a_network_is_refused() -> None:
    text = net("{conv, side: {training: true}}").replace(
        "{name: conv, from: pool", "{name: conv, from: pool, when: not aux"
    )
    assert "the first of the `outputs` that are there is given in training only" in str(check_text(text).errors)


@pytest.mark.parametrize(("network", "least"), [("googlenet_aux", 15), ("inception_v3", 75)])
def test_the_bundled_heads_ask_for_nothing_in_evaluation(network: str, least: int) -> None:
    report = check(network)
    assert report.legal is not None
    assert least in report.legal.axes["H"]
    assert least - 1 not in report.legal.axes["H"]
    assert check(network, input=(3, 75, 75)).ok
