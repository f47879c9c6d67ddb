"""Of which layers another window is said to mend an error."""

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


def test_what_all_convolutions_lack_is_said_of_all_of_them() -> None:
    """Two that are alike and keep no size: 16 pixels are 12 behind them, and stay 16 where both are padded."""
    conv = "{{name: {}, kind: conv2d, out_channels: 8, kernel_size: 3}}"
    last = f"{{kind: linear, in_features: {8 * 16 * 16}, out_features: 3}}"
    head = "archcalc: 1\nname: Small\ninput: [3, 16, 16]\nlayers:\n"
    report = checked(conv.format("a"), conv.format("b"), "{kind: flatten}", last, head=head)
    assert report.errors[0].help[0] == "write `padding: 1` in `a` and `b`"
    fix = next(fix for fix in find_fixes(report) if fix.edit == "a padding: 1; b padding: 1")
    assert errors(after(report, fix)) == []


def test_a_stride_is_said_to_lack_where_branches_meet_and_not_for_a_number_of_features() -> None:
    """Of 8,192 features a quarter is stated: a stride of 2 would make as many, as would a quarter of the channels."""
    head = "archcalc: 1\nname: Small\ninput: [3, 32, 32]\nlayers:\n"
    last = f"{{kind: linear, in_features: {8 * 16 * 16}, out_features: 3}}"
    report = checked(
        "{name: a, kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1}", "{kind: flatten}", last, head=head
    )
    assert errors(report) == ["A203"]
    assert any("`a out_channels: 2`" in way for way in report.errors[0].help)
    assert not any("stride" in way for way in report.errors[0].help)


def test_a_stride_too_many_is_taken_back() -> None:
    conv = "{{name: {}, kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1{}}}"
    rows = conv.format("low", ""), conv.format("first", ", stride: 2"), conv.format("last", "")
    report = checked(*rows, "{kind: concat, from: [last, low]}")
    assert errors(report) == ["A211"]
    assert report.errors[0].help[0] == "write `first stride: 1`"


def test_a_usual_window_comes_before_one_that_only_fits() -> None:
    head = "archcalc: 1\nname: Small\ninput: [3, 8, 8]\nlayers:\n"
    report = checked("{name: pool, kind: max_pool2d, kernel_size: 9}", head=head)
    assert errors(report) == ["A207"]
    assert "or `pool kernel_size: 2, stride: 2`" in report.errors[0].help
    assert not any("padding" in way for way in report.errors[0].help)


def test_a_usual_kernel_of_the_layer_of_which_another_size_is_claimed_comes_before_another_input() -> None:
    report = checked("{name: a, kind: conv2d, out_channels: 8, kernel_size: 4, expect: [8, 30, 30]}")
    assert errors(report) == ["A401"]
    assert report.errors[0].help[:2] == ("write `a kernel_size: 3`", "or input height and width 33 fit")
