"""What is done first, and of which layers it is said."""

from __future__ import annotations

from archcalc.pipeline import find_fixes
from tests.support.broken_specs import after, errors
from tests.support.small import checked


def test_nothing_is_said_of_a_layer_of_which_it_is_not_known_what_arrives() -> None:
    """Its own edit may fit as well, and is as good as a guess: what `first` gives is another one's to say."""
    report = checked(
        "{name: first, kind: conv2d, kernel_size: 3}",
        "{name: second, kind: conv2d, out_channels: 4, kernel_size: 3}",
        "{kind: flatten}",
        f"{{kind: linear, in_features: {4 * 30 * 30}, out_features: 3}}",
    )
    missing, wrong = report.diagnostics
    assert (missing.code, wrong.code) == ("A112", "A203")
    assert any("`first padding: 1`" in way for way in wrong.help)
    assert not any("`second" in way for way in wrong.help)


def test_a_depthwise_convolution_becomes_one_of_what_arrives_and_costs_no_less_than_nothing() -> None:
    """Its three numbers are one: stated as 8, where 6 arrive."""
    conv = "{name: a, kind: conv2d, in_channels: 8, out_channels: 8, groups: 8, kernel_size: 3, padding: 1}"
    report = checked(conv, head="archcalc: 1\nname: Small\ninput: [6, 8, 8]\nlayers:\n")
    fixes = find_fixes(report)
    fix = next(fix for fix in fixes if fix.edit == "a in_channels: 6, out_channels: 6, groups: 6")
    assert errors(after(report, fix)) == []
    assert min(fix.cost for fix in fixes) >= 0
