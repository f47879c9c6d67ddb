"""Claims: which agree, which are blamed, and which not because something else is."""

from __future__ import annotations

import pytest

from archcalc.analysis.claim_check import declared_shapes, value_text
from archcalc.analysis.report import Report
from archcalc.language.printed_numbers import Printed
from archcalc.pipeline import check_text
from tests.support.small import checked, codes

CONV = "{name: conv1, kind: conv2d, out_channels: 8, kernel_size: 3, expect: %s}"


def agreed(report: Report) -> list[bool | None]:
    return [one.agrees for one in report.claims]


@pytest.mark.parametrize(
    ("expect", "agrees"),
    [
        ("[8, 30, 30]", True),
        ("[8, 30, 31]", False),
        ("[8, 30]", False),
        ("{shape: [8, 30, 30]}", True),
        ("{shape: {claimed: [8, 30, 30]}}", True),
        ("{params: 224}", True),
        ("{params: 225}", False),
        ("{params: 0.2k}", True),
        ("{params: '224'}", True),
        ("{macs: 194400}", True),
        ("{macs: 0.19M}", True),
        ("{macs: 0.20M}", False),
        ("{macs: '194,400'}", True),
    ],
)
def test_a_claim_of_a_layer(expect: str, agrees: bool) -> None:
    report = checked(CONV % expect)
    assert agreed(report) == [agrees]
    assert codes(report) == ([] if agrees else ["A401"])


def test_a_claim_says_by_how_much_it_is_off() -> None:
    (error,) = checked(CONV % "{params: 200}").diagnostics
    assert error.message == "`conv1` has 224 parameters, but the source says 200, 12.00% more"
    (error,) = checked(CONV % "{macs: 0}").diagnostics
    assert error.message == "`conv1` has 194,400 MACs, but the source says 0"


def test_a_layer_is_blamed_once_and_then_no_total() -> None:
    report = checked(CONV % "{shape: [8, 32, 32], params: 200, macs: 1}", foot="expect: {params: 1, macs: 2}\n")
    assert agreed(report) == [False] * 5
    assert codes(report) == ["A401"]


def test_totals_are_blamed_once_where_no_layer_is() -> None:
    report = checked(CONV % "[8, 30, 30]", foot="expect: {params: 1, macs: 2, flops: 3, weight_layers: 4}\n")
    assert agreed(report) == [True, False, False, False, False]
    assert codes(report) == ["A401"]


def test_a_total_is_blamed_beside_an_error_that_changes_no_size() -> None:
    report = checked(CONV % "[8, 30, 30]", foot="expect: {params: 1}\ntrain: 3\n")
    assert codes(report) == ["A401", "A111"]


def test_a_total_is_not_blamed_for_a_layer_at_fault() -> None:
    report = checked("{kind: conv2d, in_channels: 4, out_channels: 8, kernel_size: 3}", foot="expect: {params: 1}\n")
    assert codes(report) == ["A203"]
    assert agreed(report) == [False]


def test_a_layer_is_blamed_beside_an_error_of_another() -> None:
    report = checked(CONV % "{params: 225}", "{kind: rleu}")
    assert codes(report) == ["A401", "A113"]


def test_a_layer_at_fault_is_not_blamed_for_its_numbers() -> None:
    report = checked("{kind: conv2d, in_channels: 4, out_channels: 8, kernel_size: 3, expect: {params: 1}}")
    assert codes(report) == ["A203"]


def test_a_total_that_an_error_hides_says_nothing() -> None:
    report = checked("{kind: wibble}", foot="expect: {params: 1, macs: 1, flops: 1, weight_layers: 1}\n")
    assert codes(report) == ["A113"]
    assert agreed(report) == [None] * 4
    assert [one.computed for one in report.claims] == [None] * 4


def test_a_deviation_acknowledged_is_no_error() -> None:
    report = checked(
        CONV % "{shape: [8, 32, 32], because: it forgets that nothing pads}",
        foot="expect: {params: {claimed: 1M, because: it counts something else}}\n",
    )
    assert report.diagnostics == ()
    assert agreed(report) == [False, False]
    assert report.layers[0].output == (8, 30, 30)


@pytest.mark.parametrize(
    ("expect", "foot"),
    [
        ("[8, 32, 32]", ""),
        ("{params: '1,000'}", ""),
        ("{macs: 1M}", ""),
        ("[8, 30, 30]", "expect: {params: '62,378'}\n"),
    ],
)
def test_saying_that_the_source_slips_ends_the_error(expect: str, foot: str) -> None:
    (error,) = checked(CONV % expect, foot=foot).diagnostics
    offered = next(line for line in error.help if "the source is wrong" in line)
    slip = offered.partition("`")[2].rstrip("`").replace("…", "of a misprint")
    layer = CONV % expect if foot else (CONV % expect).replace(f"expect: {expect}", slip)
    report = checked(layer, foot=f"expect: {{{slip}}}\n" if foot else "")
    assert report.diagnostics == ()


def test_because_without_a_deviation_is_a_warning() -> None:
    report = checked(CONV % "{shape: [8, 30, 30], because: no reason}")
    assert [(error.severity, error.code) for error in report.diagnostics] == [("warning", "A402")]
    assert report.ok


def test_because_of_several_claims_needs_one_that_deviates() -> None:
    assert checked(CONV % "{shape: [8, 31, 31], params: 224, because: one of them}").diagnostics == ()
    report = checked(CONV % "{shape: [8, 30, 30], params: 224, because: neither}")
    assert codes(report) == ["A402", "A402"]


def test_channels_last_is_recognised() -> None:
    (error,) = checked(CONV % "[30, 30, 8]").diagnostics
    assert error.help == ("write the channels first: `[8, 30, 30]`",)


def test_several_slips_are_told_from_what_follows() -> None:
    report = checked(
        "{name: a, kind: conv2d, out_channels: 8, kernel_size: 3, expect: [7, 30, 30]}",
        "{name: b, kind: conv2d, in_channels: 8, out_channels: 8, kernel_size: 3, expect: [8, 28, 27]}",
        "{name: c, kind: conv2d, out_channels: 8, kernel_size: 3, expect: [8, 26, 26]}",
    )
    assert codes(report) == ["A401", "A401"]
    assert [one.claim.of for one in report.claims if one.agrees is False] == ["a", "b"]
    assert report.layers[2].output == (8, 26, 26)


def test_claims_of_layers_that_share_a_name_are_not_passed_on() -> None:
    report = checked(
        "{name: a, kind: conv2d, out_channels: 8, kernel_size: 3, expect: [8, 30, 30]}",
        "{name: a, kind: conv2d, in_channels: 8, out_channels: 4, kernel_size: 3, expect: [4, 28, 28]}",
    )
    assert codes(report) == ["A301"]
    assert report.graph is not None
    assert declared_shapes(report.graph) == {}


def test_of_a_group_of_nothing_no_layer_is_the_cause() -> None:
    """It gives what arrives at it, here the input: the last layer, of which nothing is claimed, has no part in that."""
    group = "{name: g, expect: [4, 32, 32], layers: [{kind: relu, when: false}]}"
    (error,) = checked(group, "{kind: conv2d, out_channels: 5, kernel_size: 1}").diagnostics
    assert error.message == "`g` gives 3 × 32 × 32, but the source says 4 × 32 × 32"
    assert error.cause is None


def test_values_are_written_as_people_read_them() -> None:
    assert value_text(61100840) == "61,100,840"
    assert value_text((96, 55, 55)) == "96 × 55 × 55"
    assert value_text(None) == "?"
    report = check_text("archcalc: 1\nname: A\ninput: [3]\nlayers:\n  - {kind: relu}\nexpect: {params: 0.0M}\n")
    claimed = report.claims[0].claim.claimed
    assert isinstance(claimed, Printed)
    assert value_text(claimed) == "0.0M"


@pytest.mark.parametrize(("claimed", "below", "taken"), [(8, 8, True), (9, 7, False)])
def test_an_error_says_where_what_follows_is_computed_with_the_claim(claimed: int, below: int, taken: bool) -> None:
    """A layer whose fields are wrong, and a slip: 16 pixels are 7 for a pool of 3 that strides by 2."""
    report = check_text(
        "archcalc: 1\nname: Pooled\ninput: [3, 16, 16]\nlayers:\n"
        f"  - {{name: pool, kind: max_pool2d, kernel_size: 3, stride: 2, expect: [3, {claimed}, {claimed}]}}\n"
        f"  - {{name: conv, kind: conv2d, out_channels: 8, kernel_size: 1, expect: [8, {below}, {below}]}}\n"
    )
    (error,) = report.errors
    notes = [label.text for label in error.labels if label.span == error.span]
    assert (error.code, notes) == ("A401", ["what follows is computed with this"] * taken)
    assert report.layers[1].output == (8, below, below)
