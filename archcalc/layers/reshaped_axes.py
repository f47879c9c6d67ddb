"""What a reshape does to axes: which of the input's come to stand in which of the output's.

A reshape keeps the order of the values, so an axis ends wherever the sizes up to there have the same product:
its *cut*. Where the cuts of input and output nest, each divides the next, the output's axes are whole axes of the
input, or parts of them, beside each other. Where they do not, every output axis holds something of several.
"""

from collections.abc import Iterator
from itertools import accumulate, pairwise
from math import prod
from operator import mul

Ints = tuple[int, ...]

MAX_AXES = 6
"""Of how many axes blocks are looked for: there are 2ⁿ⁻¹ ways to part n of them."""


def cuts(sizes: Ints) -> list[int]:
    """Where each axis ends, counted in values of those before it; what follows the last cut is the last axis."""
    return list(accumulate(sizes, mul))


def nests(given: Ints, read: Ints) -> bool:
    """Whether no axis of the output is made of unequal parts of the input's axes: each cut divides the next."""
    return all(after % before == 0 for before, after in pairwise(sorted({*cuts(given), *cuts(read)})))


def turned(given: Ints, read: Ints) -> list[int] | None:
    """The input's axes, from 0, in the order in which the output seems to want them; ``None`` if in their own.

    Another is wanted where neighbouring axes of the input, taken together, have the output's sizes in another order:
    512 × 7 × 7 read as 49 × 512; or, where axes do not nest, those of the output too: 100 × 64 read as 64 × 10 × 10.
    Axes of 1 do not count.
    """
    axes = [axis for axis, size in enumerate(given) if size > 1]
    wanted = [size for size in read if size > 1]
    if len(axes) > MAX_AXES:
        return None
    taken = [(blocks, [prod(given[axis] for axis in block) for block in blocks]) for blocks in _partitions(axes)]
    if any(sizes == wanted for _, sizes in taken):
        return None
    ways = [wanted]
    if not nests(given, read) and len(wanted) <= MAX_AXES:
        ways += ([prod(block) for block in blocks] for blocks in _partitions(wanted))
    for way in ways:
        for blocks, sizes in taken:
            if sizes != way and sorted(sizes) == sorted(way):
                return _ordered(blocks, sizes, way)
    return None


def _ordered(blocks: list[list[int]], sizes: list[int], wanted: list[int]) -> list[int]:
    """The axes of blocks of these sizes, the blocks in the order in which their sizes are wanted."""
    left = list(zip(sizes, blocks, strict=True))
    found: list[int] = []
    for size in wanted:
        at = next(at for at, (one, _) in enumerate(left) if one == size)
        found += left.pop(at)[1]
    return found


def merges_whole(given: Ints, read: Ints) -> bool:
    """Whether every axis of the output is one axis of the input, or several neighbouring ones, whole."""
    return set(cuts(read)) <= set(cuts(given))


def channels_hold_rows(given: Ints, read: Ints) -> bool:
    """Whether an axis of the output holds channels, the first axis of a map, and some of its places, but not all.

    Two axes or more that stay whole behind it are places enough: 8 × 4 × 7 × 7 read as 32 × 7 × 7 folds depth
    into the channels.
    """
    if len(given) < 3:
        return False
    channels, whole, start = given[0], cuts(given), 1
    for end in cuts(read):
        if start < channels < end:
            rest = [size for size, cut in zip(given, whole, strict=True) if cut > end and size > 1]
            return end != whole[-1] and not (end in whole and len(rest) > 1)
        start = end
    return False


def _partitions(axes: list[int]) -> Iterator[list[list[int]]]:
    """Every way to take neighbouring axes together, as few as can be first."""
    if not axes:
        yield []
        return
    for size in range(1, len(axes) + 1):
        for rest in _partitions(axes[size:]):
            yield [axes[:size], *rest]
