"""What is tried for an error: for inputs, what a picture is, and what it is not."""

from __future__ import annotations

import pytest

from archcalc.pipeline import find_fixes
from tests.support.small import checked

CONV = "{kind: conv2d, out_channels: 8, kernel_size: 3}"


def edits(shape: str) -> list[str]:
    return [fix.edit for fix in find_fixes(checked(CONV, head=f"archcalc: 1\nname: N\ninput: {shape}\nlayers:\n"))]


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_four_axes_are_a_picture_with_its_batch_where_the_second_is_the_channels_of_one(channels: int) -> None:
    """Grey, red green and blue, and these with transparency: PNG has no others."""
    assert edits(f"[8, {channels}, 32, 32]") == [f"input: [{channels}, 32, 32]"]


@pytest.mark.parametrize("frames", [5, 16])
def test_four_axes_of_which_the_second_is_larger_are_a_video(frames: int) -> None:
    assert edits(f"[3, {frames}, 32, 32]") == ["conv2d kind: conv3d"]


def test_no_size_is_tried_for_an_input_of_which_one_is_not_known() -> None:
    head = "archcalc: 1\nname: N\ninput: [3, H, 32]\nlayers:\n"
    report = checked("{kind: conv2d, in_channels: 5, out_channels: 8, kernel_size: 3}", head=head)
    assert [error.code for error in report.errors] == ["A303", "A203"]
    assert [fix.edit for fix in find_fixes(report)] == ["conv2d in_channels: 3"]


def test_a_single_channel_that_does_not_divide_is_the_batch() -> None:
    """No norm of groups is written for one channel; three, which do not divide either, are a picture's."""

    def ways(shape: str) -> tuple[str, ...]:
        head = f"archcalc: 1\nname: N\ninput: {shape}\nlayers:\n"
        (error,) = checked("{kind: group_norm, num_groups: 4}", head=head).errors
        assert error.code == "A204"
        return error.help

    assert ways("[1, 8, 32]") == ("leave out the batch: `input: [8, 32]`",)
    assert not any("batch" in way for way in ways("[3, 8, 32]"))
