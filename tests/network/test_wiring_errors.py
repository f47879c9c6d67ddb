"""What nothing takes is warned of, and nothing else."""

from __future__ import annotations

from tests.support.small import checked, codes


def test_a_network_of_what_is_learnt_alone_leaves_nothing_unused() -> None:
    assert codes(checked("{name: token, kind: parameter, shape: [3]}")) == []


def test_a_layer_that_nothing_takes_is_named() -> None:
    report = checked("{name: a, kind: relu}", "{name: b, kind: relu, from: input}")
    assert [(one.code, one.span and one.span.line) for one in report.diagnostics] == [("A315", 5)]


def test_copies_of_a_block_of_one_input_take_one_source() -> None:
    report = checked(
        "{name: a, kind: relu}",
        "{name: c, kind: relu}",
        "{name: d, kind: b, repeat: 2, from: [a, c]}",
        foot="blocks:\n  b:\n    layers:\n      - {kind: relu}\n",
    )
    assert codes(report) == ["A313"]
    assert report.diagnostics[0].message == "the group `d` takes one source, not 2"
