"""Which places padding repeats, of inputs of one axis and of more."""

from __future__ import annotations

import pytest
import torch

from archcalc.layers.kinds.borders import Pad
from archcalc.layers.working import Repeats
from archcalc.sizes.rules import Shape
from tests.support.small import checked

AT_THE_ENDS = Repeats("reflect", 2, 1)


@pytest.mark.parametrize(
    ("padding", "x", "repeated"),
    [
        ((2, 1), (5,), (AT_THE_ENDS,)),
        ((2, 1), (3, 5), (AT_THE_ENDS,)),
        ((2, 1, 2, 1), (3, 5, 5), (AT_THE_ENDS, AT_THE_ENDS)),
        # Of two axes or more the first are the channels, and what repeats them is no window over places.
        ((2, 1, 0, 0), (3, 5), None),
        ((2, 1, 1, 1, 0, 0), (3, 5, 5), None),
    ],
)
def test_padding_repeats_places_and_no_channels(
    padding: tuple[int, ...], x: Shape, repeated: tuple[Repeats, ...] | None
) -> None:
    assert Pad(padding=padding, mode="reflect").repeats(x) == repeated


def test_padding_with_a_constant_repeats_nothing() -> None:
    assert Pad(padding=(2, 1)).repeats((5,)) is None


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
@pytest.mark.parametrize(("before", "after"), [(0, 0), (2, 1), (0, 3), (3, 3)])
def test_what_is_repeated_is_what_torch_repeats(mode: str, before: int, after: int) -> None:
    n = 4
    padded = torch.nn.functional.pad(torch.arange(n).float()[None, None], (before, after), mode=mode)
    repeats = Repeats(mode, before, after)
    assert [repeats.source(place, n) for place in range(n + before + after)] == padded.flatten().tolist()


@pytest.mark.parametrize("padding", ["[-1, 0]", "[0, -1]", "[2, 2, 2, -1]"])
def test_nothing_is_cut_off_by_padding(padding: str) -> None:
    """torch's `pad` cuts where a number is below 0; in a spec `slice` does."""
    (error,) = checked(f"{{kind: pad, padding: {padding}}}").errors
    assert (error.code, error.message) == ("A114", "`padding` takes a whole number from 0 up, not -1")
