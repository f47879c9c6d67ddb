"""A picture whose channels stand last, in a spec that states something else wrongly, too."""

from __future__ import annotations

import pytest

from archcalc.pipeline import check_text, find_fixes, fix_all
from tests.support.broken_specs import after

HEAD = "archcalc: 1\nname: Small\ninput: [64, 64, 3]\nlayers:\n"
TURNED = "write the channels first: `input: [3, 64, 64]`"


def spec(in_channels: int, in_features: int, between: str = "", head: str = HEAD) -> str:
    conv = f"{{name: c, kind: conv2d, in_channels: {in_channels}, out_channels: 8, kernel_size: 3, padding: 1}}"
    return (
        f"{head}  - {conv}\n"
        f"  - {{kind: max_pool2d, kernel_size: 2}}\n{between}  - {{kind: flatten}}\n"
        f"  - {{name: f, kind: linear, in_features: {in_features}, out_features: 8}}\n"
    )


@pytest.mark.parametrize(
    ("in_channels", "in_features", "with_it"),
    [
        (3, 8192, ""),
        (1, 8192, ", and with it `c in_channels: 3`"),
        # The features are those of 64 channels of 64 by 3.
        (3, 256, ", and with it `f in_features: 8192`"),
        (1, 256, ", and with it `c in_channels: 3` and `f in_features: 8192`"),
    ],
)
def test_the_channels_go_first_whatever_else_is_stated_for_the_other_order(
    in_channels: int, in_features: int, with_it: str
) -> None:
    report = check_text(spec(in_channels, in_features))
    assert report.errors[0].help[0] == TURNED + with_it
    assert after(report, find_fixes(report)[0]).ok


def test_a_grey_picture_s_channel_goes_first_too() -> None:
    report = check_text(spec(3, 8192, head=HEAD.replace("[64, 64, 3]", "[64, 64, 1]")))
    grey = TURNED.replace("[3, 64, 64]", "[1, 64, 64]")
    assert report.errors[0].help[0] == f"{grey}, and with it `c in_channels: 1`"
    assert after(report, find_fixes(report)[0]).ok


def test_an_error_of_its_own_stays_and_does_not_speak_against_it() -> None:
    report = check_text(spec(1, 9999, "  - {name: d, kind: conv2d, out_channels: 8, kernel_size: 3}\n"))
    first, second = report.errors
    assert first.help[0].startswith(f"{TURNED}, and with it `c in_channels: 3`; it shows an error of `f`")
    assert second.help == ("goes with `c` (line 5): its first edit fixes this, too",)


def test_all_edits_begin_with_that_of_the_input() -> None:
    misspelt = "  - {name: d, kind: conv2d, filters: 8, kernel_size: 3}\n"
    report = check_text(spec(1, 9999, misspelt))
    taken, text = fix_all(report)
    assert taken[0].edit == "input: [3, 64, 64]; c in_channels: 3"
    assert text == spec(
        3, 7200, misspelt.replace("filters", "out_channels"), HEAD.replace("[64, 64, 3]", "[3, 64, 64]")
    )


@pytest.mark.parametrize("stated", ["[64, 64, 2]", "[4, 64, 3]", "[64, 2, 3]"])
def test_what_is_no_picture_with_its_channels_last_is_left_as_it_is(stated: str) -> None:
    report = check_text(spec(1, 9999, head=HEAD.replace("[64, 64, 3]", stated)))
    assert not any("channels first" in way for error in report.errors for way in error.help)


def test_one_channel_is_said_in_the_singular() -> None:
    assert check_text(spec(1, 256)).errors[0].message == "`c` takes 1 channel, but 64 arrive"
    grouped = "archcalc: 1\nname: N\ninput: [1, 8, 8]\nlayers:\n  - {name: g, kind: group_norm, num_groups: 8}\n"
    assert check_text(grouped).errors[0].message == "`g` has 1 channel, which does not divide into 8 groups"


def test_what_stands_above_may_be_of_no_kind_at_all() -> None:
    layers = [
        "{name: a, kind: relu}",
        "{name: strange, kind: convolve_twice}",
        "{name: c, kind: conv2d, from: a, in_channels: 32, out_channels: 8, kernel_size: 3}",
    ]
    report = check_text(HEAD.replace("[64, 64, 3]", "[3, 24, 32]") + "".join(f"  - {layer}\n" for layer in layers))
    assert [error.code for error in report.errors] == ["A113", "A203"]
    assert [fix.edit for fix in find_fixes(report)] == ["c in_channels: 3", "input: [32, 24, 32]"]
