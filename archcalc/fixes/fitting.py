"""A sample that a network would take, in words."""

from __future__ import annotations

from msgspec import Struct

from archcalc.sizes.axes import WORDS
from archcalc.sizes.rules import Shape


class Fitting(Struct, frozen=True):
    """A shape that fits, and the sizes around it that fit as well where its changed axes move together.

    ``last`` is ``None`` where there is no end. ``whole`` is the size nearest to the one stated at
    which no pixel is lost, or ``None`` where there is none in that run. Where what fits
    goes on repeating, ``rule`` says which sizes do, and ``nearest`` are those on either side of the one stated.
    ``names`` are those of the input's axes that have one. Without ``axes`` they are those that change, each to a size
    of its own, which all are of the same rule.
    """

    shape: Shape
    axes: tuple[int, ...]
    first: int
    last: int | None
    whole: int | None
    rule: str | None = None
    nearest: tuple[int, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What fits, in words: ``input height and width 227…258 fit (227 leaves no pixel unseen)``.

        Of sizes that repeat the rule: ``input height and width fit at multiples of 32; the nearest are 608 and 640``.
        """
        if not self.axes:
            written = f"write `input: [{', '.join(map(str, self.shape))}]`"
            return f"{written}: {' and '.join(self.names)} fit{'s' * (len(self.names) == 1)} at {self.rule}"
        words = self.names or (WORDS[len(self.shape)] if len(self.shape) > 1 else ("size",))
        named = [words[axis] for axis in self.axes]
        what = " and ".join(filter(None, [", ".join(named[:-1]), named[-1]]))
        taken = self.shape[self.axes[0]]
        run = f"{self.first}" if self.first == self.last else f"{self.first}…{self.last}"
        run = f"{self.first} and up" if self.last is None else run
        text = f"input {what} {run} fit{'s' * (len(named) == 1)}"
        if self.rule is not None:
            near = " and ".join(map(str, self.nearest))
            are = "are" if len(self.nearest) > 1 else "is"
            text = f"input {what} fit{'s' * (len(named) == 1)} at {self.rule}; the nearest {are} {near}"
            text += f", and {taken} is a round one" if taken not in self.nearest else ""
        round_one = f"{taken} is a round one, " if self.rule is None and taken != self.whole else ""
        return text if self.whole is None else f"{text} ({round_one}{self.whole} leaves no pixel unseen)"
