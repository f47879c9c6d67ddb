"""The drawn spec of a number: what ten thousand of them are, and what is printed of one that is wrong."""

from __future__ import annotations

from random import Random

from tests.support.drawn.documents import Drawn, draw
from tests.support.drawn.sequences import draw_sequence
from tests.support.drawn.windows import draw_windows


def numbered(number: int) -> Drawn:
    """Of eight, two are sequences and one is a map in windows; the others are of images, blocks and branches.

    Of those, one in ten is drawn without regard for what has two readings: such lists must be refused, and no others.
    """
    random = Random(number)
    if number % 4 == 3:
        return draw_sequence(random)
    if number % 8 == 5:
        return draw_windows(random)
    return draw(random, refused=number % 10 == 8)
